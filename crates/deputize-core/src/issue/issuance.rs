use super::{
    confirmation::Confirmation,
    grant::{ChainAgent, Grant},
    proof::AgentProof,
    refusal::{Refusal, Refused},
    returned::Returned,
};
use crate::{
    config::ScopeMode,
    engine::{Decision, Report},
    vocabulary::{Revision, ScopeSet, TokenId, UnixTime},
};

/// What a decision and a proof come to: a token that may be recorded, and once recorded, signed.
#[derive(Debug)]
#[must_use = "an issuance that is not recorded issues nothing"]
pub struct Issuance {
    grant: Grant,
    basis: Basis,
    proof: AgentProof,
    report: Report,
}

/// The revisions that the compiled policy was made at: `record` refuses when one has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a revision left out would never be checked")]
pub struct Basis {
    /// Of the agent.
    pub agent: Revision,
    /// Of the tenant.
    pub epoch: Revision,
    /// Of the person, when it acts for one.
    pub person: Option<Revision>,
}

impl Decision<'_> {
    /// Joins the decision with the proof of the agent that asked. `token` is the new token's id,
    /// never used before.
    ///
    /// # Errors
    ///
    /// As [`Refusal`] tells, with the proof and the report for the audit trail.
    pub fn issue(self, proof: AgentProof, token: TokenId) -> Result<Issuance, Returned<Refusal, (AgentProof, Report)>> {
        let refused = |refusal, proof| Err(Refused::new(refusal, (proof, self.report().because(refusal))));
        let policy = self.policy();
        let agent = policy.agent();
        let parent = policy.question().parent().map(|parent| parent.held());
        if *proof.tenant() != *policy.tenant() {
            return refused(Refusal::ForeignProof, proof);
        }
        if !proof.by().proves(&agent.client_id, &agent.spiffe_id) {
            return refused(Refusal::ProofOfAnother, proof);
        }
        if proof.expires_at() <= self.now() {
            return refused(Refusal::ProofExpired, proof);
        }
        let strength = |confirmation: Option<Confirmation>| confirmation.map_or(0, Confirmation::strength);
        if strength(proof.confirmation()) < strength(parent.and_then(|held| held.confirmation)) {
            return refused(Refusal::BindingWeakened, proof);
        }
        let nothing = match agent.mode {
            ScopeMode::Narrow => Refusal::NothingGranted,
            ScopeMode::Exact => Refusal::NotAllGranted,
        };
        let (Some(expires_at), Ok(scopes)) = (self.end(), ScopeSet::new(self.granted().cloned())) else {
            return refused(nothing, proof);
        };
        let delegation = self.delegation();
        let grant = Grant {
            token,
            tenant: policy.tenant().clone(),
            agent: ChainAgent { client_id: agent.client_id.clone(), spiffe_id: proof.by().spiffe_id().cloned() },
            proof: proof.by().method(),
            person: policy.question().person().cloned(),
            delegation: delegation.map(|delegation| delegation.id.clone()),
            resource: policy.resource().clone(),
            scopes,
            issued_at: self.now(),
            expires_at,
            ancestors: parent.map_or_else(Default::default, |held| held.tokens.clone()),
            earlier: parent.map_or_else(Default::default, |held| held.agents.clone()),
            depth: parent.map_or(0, |held| held.depth.saturating_add(1)),
            max_depth: self.max_depth(),
            confirmation: proof.confirmation(),
        };
        let report = self.report();
        Ok(Issuance { grant, basis: policy.basis(), proof, report })
    }
}

impl Issuance {
    /// What the token will say.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The revisions it rests on.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The proof it rests on.
    pub fn proof(&self) -> &AgentProof {
        &self.proof
    }

    /// The decision, for the audit trail.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Whether both the token's end and the proof's lie ahead.
    #[must_use]
    pub fn is_current(&self, now: UnixTime) -> bool {
        now < self.grant.expires_at && now < self.proof.expires_at()
    }

    pub(super) fn into_grant(self) -> Grant {
        self.grant
    }

    /// Gives up the issuance and takes the proof back, for another try.
    pub fn into_proof(self) -> AgentProof {
        self.proof
    }
}
