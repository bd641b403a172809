//! Every statement of this store. All begin with the tenant; lists go in as JSON arrays, so that
//! the number of statements does not grow with them.

pub(super) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

pub(super) const TENANT: &str = "SELECT latest, epoch, revoked, default_resource FROM tenant WHERE id = ?1";
pub(super) const NEW_TENANT: &str = "INSERT INTO tenant (id, latest, epoch, revoked) VALUES (?1, 0, 0, 0)";
pub(super) const PUT_TENANT: &str =
    "UPDATE tenant SET latest = ?2, epoch = ?3, revoked = ?4, default_resource = ?5 WHERE id = ?1";

// One entry, by its key.
pub(super) const RESOURCE: &str = "SELECT entry FROM resource WHERE tenant = ?1 AND uri = ?2";
pub(super) const AGENT: &str = "SELECT revision, entry FROM agent WHERE tenant = ?1 AND client = ?2";
pub(super) const AGENT_REVISION: &str = "SELECT revision FROM agent WHERE tenant = ?1 AND client = ?2";
pub(super) const PERSON: &str = "SELECT revision, revoked FROM person WHERE tenant = ?1 AND id = ?2";
pub(super) const BINDING: &str = "SELECT entry FROM binding WHERE tenant = ?1 AND id = ?2";
pub(super) const REMOVED_BINDING: &str = "SELECT id FROM removed_binding WHERE tenant = ?1 AND id = ?2";
pub(super) const DELEGATION: &str = "SELECT entry FROM delegation WHERE tenant = ?1 AND id = ?2";
pub(super) const DELEGATION_STATUS: &str = "SELECT status FROM delegation WHERE tenant = ?1 AND id = ?2";
pub(super) const SPIFFE_OWNER: &str = "SELECT client FROM agent WHERE tenant = ?1 AND spiffe_id = ?2";

// Several entries, by their keys.
pub(super) const AGENTS: &str = "SELECT entry FROM agent
    WHERE tenant = ?1 AND client IN (SELECT value FROM json_each(?2))";
pub(super) const ACTIVE_AGENTS: &str = "SELECT client FROM agent
    WHERE tenant = ?1 AND client IN (SELECT value FROM json_each(?2)) AND status = 'active'";
pub(super) const ROLES: &str = "SELECT entry FROM role
    WHERE tenant = ?1 AND name IN (SELECT value FROM json_each(?2))";
pub(super) const RESOURCES: &str = "SELECT entry FROM resource
    WHERE tenant = ?1 AND uri IN (SELECT value FROM json_each(?2))";
pub(super) const REVOKED_TOKENS: &str = "SELECT id FROM revoked_token
    WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))";

// What belongs to a subject, a person, a pair.
pub(super) const BINDINGS_OF: &str = "SELECT entry FROM binding
    WHERE tenant = ?1 AND subject_kind = ?2 AND subject = ?3 ORDER BY id";
pub(super) const ROLES_OF: &str = "SELECT entry FROM role WHERE tenant = ?1 AND name IN
    (SELECT role FROM binding WHERE tenant = ?1 AND subject_kind = ?2 AND subject = ?3) ORDER BY name";
pub(super) const DELEGATION_OF: &str = "SELECT entry FROM delegation WHERE tenant = ?1 AND id = ?2 AND delegator = ?3";
pub(super) const DELEGATIONS_OF: &str = "SELECT entry FROM delegation
    WHERE tenant = ?1 AND delegator = ?2 AND agent = ?3 ORDER BY id";

// Whether something is referred to at all, or how often.
pub(super) const USES_OF_ROLE: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM binding WHERE tenant = ?1 AND role = ?2 LIMIT 1)";
pub(super) const USES_OF_RESOURCE: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM resource_use WHERE tenant = ?1 AND uri = ?2 LIMIT 1)";
pub(super) const COUNT_BINDINGS: &str =
    "SELECT COUNT(*) FROM binding WHERE tenant = ?1 AND subject_kind = ?2 AND subject = ?3";
pub(super) const COUNT_DELEGATIONS: &str =
    "SELECT COUNT(*) FROM delegation WHERE tenant = ?1 AND delegator = ?2 AND agent = ?3";

// Changes.
pub(super) const PUT_AGENT: &str = "INSERT INTO agent (tenant, client, spiffe_id, status, revision, entry)
    VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT (tenant, client) DO UPDATE
    SET spiffe_id = excluded.spiffe_id, status = excluded.status, entry = excluded.entry";
pub(super) const PUT_ROLE: &str = "INSERT INTO role (tenant, name, entry) VALUES (?1, ?2, ?3)
    ON CONFLICT (tenant, name) DO UPDATE SET entry = excluded.entry";
pub(super) const REMOVE_ROLE: &str = "DELETE FROM role WHERE tenant = ?1 AND name = ?2";
pub(super) const PUT_BINDING: &str = "INSERT INTO binding (tenant, id, subject_kind, subject, role, entry)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (tenant, id) DO UPDATE SET role = excluded.role, entry = excluded.entry";
pub(super) const REMOVE_BINDING: &str = "DELETE FROM binding WHERE tenant = ?1 AND id = ?2";
pub(super) const RETIRE_BINDING: &str = "INSERT INTO removed_binding (tenant, id) VALUES (?1, ?2)";
pub(super) const PUT_DELEGATION: &str = "INSERT INTO delegation (tenant, id, delegator, agent, status, entry)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (tenant, id) DO UPDATE SET status = excluded.status, entry = excluded.entry";
pub(super) const PUT_RESOURCE: &str = "INSERT INTO resource (tenant, uri, entry) VALUES (?1, ?2, ?3)
    ON CONFLICT (tenant, uri) DO UPDATE SET entry = excluded.entry";
pub(super) const REMOVE_RESOURCE: &str = "DELETE FROM resource WHERE tenant = ?1 AND uri = ?2";
pub(super) const FORGET_USES: &str = "DELETE FROM resource_use WHERE tenant = ?1 AND holder_kind = ?2 AND holder = ?3";
pub(super) const NOTE_USES: &str = "INSERT INTO resource_use (tenant, uri, holder_kind, holder)
    SELECT ?1, value, ?2, ?3 FROM json_each(?4)";
pub(super) const REVOKE_TOKEN: &str = "INSERT INTO revoked_token (tenant, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
pub(super) const REVOKE_PERSON: &str = "INSERT INTO person (tenant, id, revision, revoked) VALUES (?1, ?2, 0, 1)
    ON CONFLICT (tenant, id) DO UPDATE SET revoked = 1";
pub(super) const BUMP_AGENT: &str = "UPDATE agent SET revision = ?3 WHERE tenant = ?1 AND client = ?2";
pub(super) const BUMP_PERSON: &str = "INSERT INTO person (tenant, id, revision, revoked) VALUES (?1, ?2, ?3, 0)
    ON CONFLICT (tenant, id) DO UPDATE SET revision = excluded.revision";

// The ledger.
pub(super) const CLAIM_TOKEN: &str = "INSERT INTO issued_token (tenant, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
pub(super) const CLAIM_REPLAY: &str =
    "INSERT INTO replay (tenant, digest, keep_until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
pub(super) const PURGE_REPLAY: &str = "DELETE FROM replay WHERE tenant = ?1 AND digest IN
    (SELECT digest FROM replay WHERE tenant = ?1 AND keep_until <= ?2 ORDER BY keep_until LIMIT ?3)";
pub(super) const PUBLISH: &str = "INSERT INTO revocation (tenant, revision, entry) VALUES (?1, ?2, ?3)";
pub(super) const FEED: &str = "SELECT revision, entry FROM revocation
    WHERE tenant = ?1 AND revision > ?2 ORDER BY revision LIMIT ?3";
pub(super) const AUDIT_LAST: &str = "SELECT sequence, number, hash FROM audit
    WHERE tenant = ?1 ORDER BY sequence DESC LIMIT 1";
pub(super) const APPEND: &str = "INSERT INTO audit (tenant, sequence, at, kind, chain, number, hash, entry)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
pub(super) const APPEND_KEYS: &str = "INSERT INTO audit_key (tenant, kind, value, sequence)
    SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), ?2 FROM json_each(?3)";

// The audit trail: found by one key, which leads into an index, and held against the others. ?2 and
// ?3 are the places between which to look, ?4 the kind, ?5 and ?6 the moments, ?7 the limit.
pub(super) const AUDIT_OLDEST: &str = "SELECT sequence, at, entry FROM audit
    WHERE tenant = ?1 AND sequence > ?2 AND sequence < ?3
    AND (?4 IS NULL OR kind = ?4) AND at >= ?5 AND at < ?6 ORDER BY sequence LIMIT ?7";
pub(super) const AUDIT_NEWEST: &str = "SELECT sequence, at, entry FROM audit
    WHERE tenant = ?1 AND sequence > ?2 AND sequence < ?3
    AND (?4 IS NULL OR kind = ?4) AND at >= ?5 AND at < ?6 ORDER BY sequence DESC LIMIT ?7";
pub(super) const AUDIT_BY_KEY_OLDEST: &str = "SELECT a.sequence, a.at, a.entry
    FROM audit_key k CROSS JOIN audit a ON a.tenant = ?1 AND a.sequence = k.sequence
    WHERE k.tenant = ?1 AND k.kind = ?8 AND k.value = ?9 AND k.sequence > ?2 AND k.sequence < ?3
    AND (?4 IS NULL OR a.kind = ?4) AND a.at >= ?5 AND a.at < ?6
    AND NOT EXISTS (SELECT 1 FROM json_each(?10) o WHERE NOT EXISTS (SELECT 1 FROM audit_key also
        WHERE also.tenant = ?1 AND also.kind = json_extract(o.value, '$[0]')
        AND also.value = json_extract(o.value, '$[1]') AND also.sequence = k.sequence))
    ORDER BY k.sequence LIMIT ?7";
pub(super) const AUDIT_BY_KEY_NEWEST: &str = "SELECT a.sequence, a.at, a.entry
    FROM audit_key k CROSS JOIN audit a ON a.tenant = ?1 AND a.sequence = k.sequence
    WHERE k.tenant = ?1 AND k.kind = ?8 AND k.value = ?9 AND k.sequence > ?2 AND k.sequence < ?3
    AND (?4 IS NULL OR a.kind = ?4) AND a.at >= ?5 AND a.at < ?6
    AND NOT EXISTS (SELECT 1 FROM json_each(?10) o WHERE NOT EXISTS (SELECT 1 FROM audit_key also
        WHERE also.tenant = ?1 AND also.kind = json_extract(o.value, '$[0]')
        AND also.value = json_extract(o.value, '$[1]') AND also.sequence = k.sequence))
    ORDER BY k.sequence DESC LIMIT ?7";

// The audit trail as it is stored, and its start. An entry that somebody made no text of is read too.
pub(super) const AUDIT_LINES: &str = "SELECT sequence, at, chain, number, hash, CAST(entry AS BLOB) FROM audit
    WHERE tenant = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3";
pub(super) const AUDIT_AT: &str = "SELECT sequence, number, hash FROM audit WHERE tenant = ?1 AND sequence = ?2";
pub(super) const AUDIT_START: &str = "SELECT checkpoint FROM audit_start WHERE tenant = ?1";
pub(super) const PUT_AUDIT_START: &str = "INSERT INTO audit_start (tenant, checkpoint) VALUES (?1, ?2)
    ON CONFLICT (tenant) DO UPDATE SET checkpoint = excluded.checkpoint";
pub(super) const PRUNE: &str = "DELETE FROM audit WHERE tenant = ?1 AND sequence <= ?2";
pub(super) const PRUNE_KEYS: &str = "DELETE FROM audit_key WHERE tenant = ?1 AND sequence <= ?2";

// A whole tenant, for an export.
pub(super) const ALL_RESOURCES: &str = "SELECT entry FROM resource WHERE tenant = ?1";
pub(super) const ALL_ROLES: &str = "SELECT entry FROM role WHERE tenant = ?1";
pub(super) const ALL_AGENTS: &str = "SELECT entry FROM agent WHERE tenant = ?1";
pub(super) const ALL_BINDINGS: &str = "SELECT entry FROM binding WHERE tenant = ?1";
pub(super) const ALL_REMOVED: &str = "SELECT id FROM removed_binding WHERE tenant = ?1";
pub(super) const ALL_DELEGATIONS: &str = "SELECT entry FROM delegation WHERE tenant = ?1";
pub(super) const ALL_REVOKED_TOKENS: &str = "SELECT id FROM revoked_token WHERE tenant = ?1";
pub(super) const ALL_REVOKED_PEOPLE: &str = "SELECT id FROM person WHERE tenant = ?1 AND revoked";
