use alloc::{collections::BTreeSet, string::String};

use serde::{Deserialize, Serialize};

use crate::vocabulary::{Allow, ClientId, DelegationId, NonEmptySet, ResourceId, Scope, UnixTime, UserId, Window};

/// A person's grant to one agent. Its scopes are concrete: a pattern would grow by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "every field is a decision its author has to make")]
pub struct Delegation {
    /// Its id, unique in the tenant, for ever.
    pub id: DelegationId,
    /// The person who delegates.
    pub delegator: UserId,
    /// The agent that may act for the person.
    pub agent: ClientId,
    /// The exact scopes the person grants.
    pub scopes: NonEmptySet<Scope>,
    /// What it is for, in the person's words; at most 1 024 bytes.
    pub purpose: String,
    /// The resources it counts for.
    #[serde(default, skip_serializing_if = "Allow::is_any")]
    pub resources: Allow<ResourceId>,
    /// The agents it may be handed on to: nobody where empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub onward: BTreeSet<ClientId>,
    /// How many hops below the first agent's token: 0 to 8.
    #[serde(default)]
    pub max_depth: u8,
    /// When it counts.
    #[serde(default)]
    pub window: Window,
    /// Whether it counts at all.
    #[serde(default)]
    pub status: DelegationStatus,
}

impl Delegation {
    /// Whether the delegation counts at `now`.
    #[must_use]
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.status == DelegationStatus::Active && self.window.holds(now)
    }
}

/// Whether a delegation counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new status must break those who decide on it")]
pub enum DelegationStatus {
    /// It does, inside its window.
    #[default]
    Active,
    /// It does not, ever again: no later change takes this back.
    Revoked,
}
