use super::proof::AgentProof;
use crate::{engine::Report, issue::Returned};

/// Why a decision did not become an issuance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "a new reason must break those who map it")]
pub enum Refusal {
    /// No requested scope passes every gate.
    #[error("no requested scope is granted")]
    NothingGranted,
    /// The agent's mode is `exact`, and not every requested scope passes every gate.
    #[error("not every requested scope is granted, and this agent gets all or nothing")]
    NotAllGranted,
    /// The proof is of another tenant.
    #[error("the agent was proven in another tenant")]
    ForeignProof,
    /// The proof is of another agent than the one that asks.
    #[error("another agent was proven than the one that asks")]
    ProofOfAnother,
    /// The proof no longer counts.
    #[error("the proof of the agent has expired")]
    ProofExpired,
    /// The parent token is bound to a key or certificate, or to both, and the agent has proven fewer.
    #[error("what descends from a bound token is bound no weaker, and the agent proved less")]
    BindingWeakened,
}

impl Refusal {
    /// The OAuth error code (RFC 6749 §5.2, RFC 8693 §2.2.2).
    #[must_use]
    pub const fn oauth_code(self) -> &'static str {
        match self {
            Self::NothingGranted | Self::NotAllGranted => "invalid_scope",
            Self::ForeignProof | Self::ProofOfAnother | Self::ProofExpired => "invalid_client",
            Self::BindingWeakened => "invalid_request",
        }
    }
}

/// A refused issuance: the proof for a later request, and the report for the audit trail.
pub(super) type Refused = Returned<Refusal, (AgentProof, Report)>;
