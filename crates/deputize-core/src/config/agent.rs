use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::vocabulary::{AgentId, Allow, ClientId, NonEmptySet, ResourceId, ScopePattern};

/// An agent's entry: who it is, and the cap on what it may ever be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "every field is a decision its author has to make")]
pub struct Agent {
    /// Its OAuth name.
    pub client_id: ClientId,
    /// Its cryptographic identity, unique in the tenant.
    pub spiffe_id: AgentId,
    /// For whom it may act. There is no default.
    pub acting: MayAct,
    /// The cap: a scope that no pattern here matches is never granted.
    pub allowed_scopes: NonEmptySet<ScopePattern>,
    /// The longest life of a token of this agent, in seconds.
    pub max_lifetime_seconds: NonZeroU32,
    /// The resources it may target.
    #[serde(default, skip_serializing_if = "Allow::is_any")]
    pub resources: Allow<ResourceId>,
    /// What happens when not everything that was requested is granted.
    #[serde(default)]
    pub mode: ScopeMode,
    /// Whether it may act at all.
    #[serde(default)]
    pub status: Status,
}

/// For whom an agent may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new way of acting must break those who decide on it")]
pub enum MayAct {
    /// For itself only.
    Alone,
    /// For a person who delegated to it only.
    ForPerson,
    /// Both.
    Either,
}

/// What happens when not everything that was requested is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new mode must break those who decide on it")]
pub enum ScopeMode {
    /// What is granted is issued (RFC 6749 §3.3); nothing granted is a refusal.
    #[default]
    Narrow,
    /// Everything or nothing: one scope denied withholds all others.
    Exact,
}

/// Whether an agent may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new status must break those who decide on it")]
pub enum Status {
    /// It may.
    #[default]
    Active,
    /// It may not, nor may anything below it in a chain, until it is active again.
    Suspended,
    /// It may not, ever again: no later change takes this back.
    Revoked,
}
