use deputize_core::{
    AgentId, ClientId, Confirmation, DelegationId, Lineage, ProofMethod, ResourceId, Scope, ScopeSet, TenantId,
    TokenId, UnixTime, UserId,
};

use crate::claims::Claims;

/// A token that was verified, presented as it has to be, and not revoked.
///
/// A [`Verifier`](crate::Verifier) makes it and nothing else does. What it says held at the moment
/// of verification.
#[derive(Debug)]
#[must_use]
pub struct Verified {
    claims: Claims,
    lineage: Lineage,
}

impl Verified {
    pub(super) fn new(claims: Claims, lineage: Lineage) -> Self {
        Self { claims, lineage }
    }

    /// Whether the token holds `scope`: for one that is known only at run time. Prefer
    /// [`Verified::require`].
    #[must_use]
    pub fn allows(&self, scope: &Scope) -> bool {
        self.claims.scopes.contains(scope)
    }

    /// The person it acts for; none when the agent acts for itself.
    #[must_use]
    pub fn person(&self) -> Option<&UserId> {
        self.claims.person.as_ref()
    }

    /// The SPIFFE ID of the agent that acts, where an SVID proved it.
    #[must_use]
    pub fn agent(&self) -> Option<&AgentId> {
        self.claims.agent.spiffe_id.as_ref()
    }

    /// The client id of the agent that acts.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.claims.agent.client_id
    }

    /// The agents it came through, root first, the one that acts last.
    #[must_use]
    pub fn chain(&self) -> &[ClientId] {
        &self.lineage.agents
    }

    /// How often it was handed on: 0 for what the person's own agent holds.
    #[must_use]
    pub fn depth(&self) -> u8 {
        self.claims.depth
    }

    /// How the agent was proven.
    #[must_use]
    pub fn proof(&self) -> ProofMethod {
        self.claims.proof
    }

    /// The scopes it holds.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.claims.scopes
    }

    /// The resource it is for.
    #[must_use]
    pub fn resource(&self) -> &ResourceId {
        &self.claims.audience
    }

    /// The tenant it belongs to.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.claims.tenant
    }

    /// The delegation it rests on; none when the agent acts for itself.
    #[must_use]
    pub fn delegation(&self) -> Option<&DelegationId> {
        self.claims.delegation.as_ref()
    }

    /// Its id (`jti`).
    #[must_use]
    pub fn token_id(&self) -> TokenId {
        self.claims.token
    }

    /// When it was issued.
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.claims.issued_at
    }

    /// From when on it no longer counts.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.claims.expires_at
    }

    /// The key it is bound to, proven when it was presented.
    #[must_use]
    pub fn confirmation(&self) -> Option<Confirmation> {
        self.claims.confirmation
    }

    /// Everything it rests on: to be held against what is revoked later.
    #[must_use]
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }
}

impl Claims {
    pub(crate) fn lineage(&self) -> Lineage {
        Lineage {
            tenant: self.tenant.clone(),
            person: self.person.clone(),
            delegation: self.delegation.clone(),
            agents: self.earlier.iter().chain([&self.agent]).map(|agent| agent.client_id.clone()).collect(),
            tokens: self.ancestors.iter().copied().chain([self.token]).collect(),
        }
    }
}
