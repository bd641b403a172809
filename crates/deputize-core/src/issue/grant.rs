use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{confirmation::Confirmation, proof::ProofMethod};
use crate::{
    config::Lineage,
    vocabulary::{AgentId, ClientId, DelegationId, ResourceId, ScopeSet, TenantId, TokenId, UnixTime, UserId},
};

/// Everything a token will say, as plain data: not a permission, only its description.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The token's id.
    pub token: TokenId,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The agent that gets it.
    pub agent: ChainAgent,
    /// How the agent was proven.
    pub proof: ProofMethod,
    /// The person it acts for.
    pub person: Option<UserId>,
    /// The delegation it rests on.
    pub delegation: Option<DelegationId>,
    /// The one resource it is for.
    pub resource: ResourceId,
    /// What it grants.
    pub scopes: ScopeSet,
    /// When it was decided.
    pub issued_at: UnixTime,
    /// From when on it no longer counts.
    pub expires_at: UnixTime,
    /// The tokens it descends from, root first.
    pub ancestors: Vec<TokenId>,
    /// The agents it came through, root first.
    pub earlier: Vec<ChainAgent>,
    /// Hops from the root: 0 for a token that was not handed on.
    pub depth: u8,
    /// Hops that are allowed in all.
    pub max_depth: u8,
    /// The key or certificate it is bound to.
    pub confirmation: Option<Confirmation>,
}

impl Grant {
    /// Everything the token rests on, itself included.
    #[must_use]
    pub fn lineage(&self) -> Lineage {
        let agents = self.earlier.iter().chain([&self.agent]);
        Lineage {
            tenant: self.tenant.clone(),
            person: self.person.clone(),
            delegation: self.delegation.clone(),
            agents: agents.map(|agent| agent.client_id.clone()).collect(),
            tokens: self.ancestors.iter().copied().chain([self.token]).collect(),
        }
    }
}

/// One agent of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "the two names of an agent")]
pub struct ChainAgent {
    /// Its OAuth name.
    pub client_id: ClientId,
    /// Its SPIFFE ID, where an SVID proved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spiffe_id: Option<AgentId>,
}
