use deputize_core::{
    Actor, Change, ClientId, Grant, Lineage, ProofMethod, Report, ResourceId, Revision, ScopeSet, TokenId, UnixTime,
};
use serde::{Deserialize, Serialize};

use super::{AuditHash, Checkpoint};

/// One event of a tenant's audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct AuditEvent {
    /// Its place in the tenant's one order: grows, and never repeats. A store may leave numbers out.
    pub sequence: u64,
    /// When it happened, as the caller said.
    pub at: UnixTime,
    /// What happened.
    pub what: AuditEntry,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new kind of event must break those who show them")]
pub enum AuditEntry {
    /// Configuration was changed. A change that makes no difference leaves no event.
    Changed {
        /// By whom.
        actor: Actor,
        /// How.
        change: Box<Change>,
        /// The revision it led to.
        revision: Revision,
    },
    /// A token was issued.
    Issued {
        /// What it says.
        token: Box<IssuedToken>,
        /// Why: each scope, each gate, each ground.
        report: Box<Report>,
    },
    /// A request was refused.
    Refused {
        /// Why.
        report: Box<Report>,
    },
    /// The events up to a checkpoint were removed.
    Pruned {
        /// By whom.
        actor: Actor,
        /// Up to where, that event included.
        through: Box<Checkpoint>,
    },
    /// A sealed key ring was put in the place of another.
    Rekeyed {
        /// By whom.
        actor: Actor,
        /// Which one it is.
        version: u64,
        /// The SHA-256 of the sealed text.
        digest: AuditHash,
    },
}

/// The kinds of event, without their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new kind of event must break those who show them")]
pub enum AuditKind {
    /// Configuration was changed.
    Changed,
    /// A token was issued.
    Issued,
    /// A request was refused.
    Refused,
    /// Events were removed.
    Pruned,
    /// A sealed key ring was put.
    Rekeyed,
}

/// What an issued token says, without being one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssuedToken {
    /// Its id.
    pub id: TokenId,
    /// The agent that got it.
    pub client: ClientId,
    /// How the agent was proven.
    pub proof: ProofMethod,
    /// The resource it is for.
    pub resource: ResourceId,
    /// What it grants.
    pub scopes: ScopeSet,
    /// From when on it no longer counts.
    pub expires_at: UnixTime,
    /// Everything it rests on.
    pub lineage: Lineage,
    /// Hops from the root: 0 for a token that was not handed on.
    pub depth: u8,
    /// Hops that are allowed in all.
    pub max_depth: u8,
    /// Whether it is bound to a key or certificate.
    pub bound: bool,
}

impl AuditEntry {
    /// The kind of event.
    #[must_use]
    pub const fn kind(&self) -> AuditKind {
        match self {
            Self::Changed { .. } => AuditKind::Changed,
            Self::Issued { .. } => AuditKind::Issued,
            Self::Refused { .. } => AuditKind::Refused,
            Self::Pruned { .. } => AuditKind::Pruned,
            Self::Rekeyed { .. } => AuditKind::Rekeyed,
        }
    }
}

impl AuditKind {
    /// Its name in JSON and in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Issued => "issued",
            Self::Refused => "refused",
            Self::Pruned => "pruned",
            Self::Rekeyed => "rekeyed",
        }
    }
}

impl From<&Grant> for IssuedToken {
    fn from(grant: &Grant) -> Self {
        Self {
            id: grant.token,
            client: grant.agent.client_id.clone(),
            proof: grant.proof,
            resource: grant.resource.clone(),
            scopes: grant.scopes.clone(),
            expires_at: grant.expires_at,
            lineage: grant.lineage(),
            depth: grant.depth,
            max_depth: grant.max_depth,
            bound: grant.confirmation.is_some(),
        }
    }
}
