use alloc::{collections::BTreeSet, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Target;
use crate::vocabulary::{ClientId, DelegationId, TenantId, TokenId, UserId};

/// What is revoked in one tenant, suspended agents included: a snapshot that a verifier holds
/// against a token's [`Lineage`].
///
/// One entry stops everything below it: a token carries its whole lineage, so nothing needs to be
/// listed token by token.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "the sets of the wire format, one for each target")]
pub struct Revoked {
    /// Tokens, by `jti`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tokens: BTreeSet<TokenId>,
    /// Delegations.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub delegations: BTreeSet<DelegationId>,
    /// Agents, revoked or suspended.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub agents: BTreeSet<ClientId>,
    /// People.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub people: BTreeSet<UserId>,
    /// The tenant itself.
    #[serde(skip_serializing_if = "is_false")]
    pub tenant: bool,
}

impl Revoked {
    /// The first thing in `lineage` that is revoked: tenant, person, delegation, then agents and
    /// tokens from the root on.
    #[must_use]
    pub fn find(&self, lineage: &Lineage) -> Option<Target> {
        let person = lineage.person.iter().filter(|id| self.people.contains(*id)).cloned().map(Target::Person);
        let delegation =
            lineage.delegation.iter().filter(|id| self.delegations.contains(*id)).cloned().map(Target::Delegation);
        let agents = lineage.agents.iter().filter(|id| self.agents.contains(*id)).cloned().map(Target::Agent);
        let tokens = lineage.tokens.iter().filter(|id| self.tokens.contains(*id)).copied().map(Target::Token);
        let tenant = self.tenant.then_some(Target::Tenant);
        tenant.into_iter().chain(person).chain(delegation).chain(agents).chain(tokens).next()
    }

    /// Adds a target; whether it was new.
    pub fn insert(&mut self, target: Target) -> bool {
        match target {
            Target::Token(id) => self.tokens.insert(id),
            Target::Delegation(id) => self.delegations.insert(id),
            Target::Agent(id) => self.agents.insert(id),
            Target::Person(id) => self.people.insert(id),
            Target::Tenant => !core::mem::replace(&mut self.tenant, true),
        }
    }
}

impl Revoked {
    /// Takes an agent out that is active again: the only target that ever comes back.
    pub fn resume(&mut self, agent: &ClientId) {
        self.agents.remove(agent);
    }
}

/// Everything a token rests on: if one part is not live, the token is not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a part left out of a lineage would never be checked")]
pub struct Lineage {
    /// The tenant.
    pub tenant: TenantId,
    /// The person it acts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<UserId>,
    /// The delegation it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegation: Option<DelegationId>,
    /// Every agent of the chain, root first, the current one last.
    pub agents: Vec<ClientId>,
    /// Every token of the chain, root first, the token itself last.
    pub tokens: Vec<TokenId>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_false(value: &bool) -> bool {
    !value
}
