/// The statements of an engine. All begin with the tenant; what else is bound, in order, stands with
/// each. A list (`…s`) is one value.
#[derive(Debug)]
pub(crate) struct Statements {
    /// Of a tenant: `latest, epoch, revoked, default_resource, sequence, number, hash`.
    pub(crate) tenant: &'static str,
    /// The same, and held until the transaction ends. What is read after it is the latest.
    pub(crate) lock_tenant: &'static str,
    /// Nothing happens where it is there.
    pub(crate) new_tenant: &'static str,
    /// latest, epoch, revoked, default resource, sequence, number, hash
    pub(crate) put_tenant: &'static str,
    /// sequence, number, hash
    pub(crate) put_head: &'static str,

    /// All that answers a question, as `part, number, number, text`; see `load.rs`. client, resource,
    /// the agent's and the tenant's revision that are known already, person, delegation, client again
    /// if the delegation is not named, lineage's agents, tokens
    pub(crate) load: &'static str,
    /// How what tokens rest on stands, as `part, number, number, text`; see `standing.rs`. agents,
    /// people, delegations, lineage's tokens, new tokens, digests
    pub(crate) standing: &'static str,

    // One entry, or several, by their keys.
    pub(crate) binding: &'static str,
    pub(crate) removed_binding: &'static str,
    pub(crate) delegation: &'static str,
    pub(crate) spiffe_owner: &'static str,
    pub(crate) person_revoked: &'static str,
    pub(crate) agents: &'static str,
    pub(crate) roles: &'static str,
    pub(crate) resources: &'static str,

    // Whether something is referred to at all, or how often.
    pub(crate) uses_of_role: &'static str,
    pub(crate) uses_of_resource: &'static str,
    pub(crate) count_bindings: &'static str,
    pub(crate) count_delegations: &'static str,

    // Changes.
    pub(crate) put_agent: &'static str,
    pub(crate) put_role: &'static str,
    pub(crate) remove_role: &'static str,
    pub(crate) put_binding: &'static str,
    pub(crate) remove_binding: &'static str,
    pub(crate) retire_binding: &'static str,
    pub(crate) put_delegation: &'static str,
    pub(crate) put_resource: &'static str,
    pub(crate) remove_resource: &'static str,
    pub(crate) forget_uses: &'static str,
    /// kind, holder, resources
    pub(crate) note_uses: &'static str,
    pub(crate) revoke_token: &'static str,
    pub(crate) revoke_person: &'static str,
    pub(crate) bump_agent: &'static str,
    pub(crate) bump_person: &'static str,

    // The ledger.
    pub(crate) record: Record,
    /// revisions and entries
    pub(crate) publish: &'static str,
    /// cursor, how many
    pub(crate) feed: &'static str,
    /// sequence, at, kind, chain, number, hash and entry of each
    pub(crate) append: &'static str,
    /// kind, value and sequence of each
    pub(crate) append_keys: &'static str,

    // The trail: found by one key, which leads into an index, and held against the others. Above and
    // below which places, kind, from, until, how many; then kind, value, the other keys
    pub(crate) audit_oldest: &'static str,
    pub(crate) audit_newest: &'static str,
    pub(crate) audit_by_key_oldest: &'static str,
    pub(crate) audit_by_key_newest: &'static str,

    // The trail as it is stored, and its start.
    pub(crate) audit_lines: &'static str,
    pub(crate) audit_at: &'static str,
    pub(crate) audit_start: &'static str,
    pub(crate) put_audit_start: &'static str,
    pub(crate) prune: &'static str,
    pub(crate) prune_keys: &'static str,

    // The key ring, sealed: `version, sealed`.
    pub(crate) key_ring: &'static str,
    /// version, sealed
    pub(crate) put_key_ring: &'static str,

    // A whole tenant, for an export.
    pub(crate) all_resources: &'static str,
    pub(crate) all_roles: &'static str,
    pub(crate) all_agents: &'static str,
    pub(crate) all_bindings: &'static str,
    pub(crate) all_removed: &'static str,
    pub(crate) all_delegations: &'static str,
    pub(crate) all_revoked_tokens: &'static str,
    pub(crate) all_revoked_people: &'static str,
}

/// What a batch of recordings writes.
#[derive(Debug)]
pub(crate) enum Record {
    /// All of it. Tokens; digests and until when; now, how many to purge; then what is bound to `append`,
    /// `append_keys` and `put_head`
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "only PostgreSQL has such statements"))]
    Together(&'static str),
    /// What is before the events.
    #[cfg_attr(not(any(feature = "mysql", feature = "sqlite")), expect(dead_code, reason = "PostgreSQL needs none"))]
    Apart {
        /// tokens
        claim_tokens: &'static str,
        /// now, how many
        purge_replay: &'static str,
        /// digests and until when
        claim_replay: &'static str,
    },
}

#[cfg(test)]
impl Statements {
    /// The statements by name, as they stand in an engine's `sql.rs`.
    pub(crate) fn named(source: &'static str) -> Vec<(&'static str, &'static str)> {
        let all = source.split_once("Statements {").unwrap().1;
        let mut quoted = all.split('"');
        let mut statements = Vec::new();
        while let (Some(name), Some(text)) = (quoted.next(), quoted.next()) {
            let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').find(|word| !word.is_empty());
            statements.push((name.unwrap(), text));
        }
        statements
    }
}
