use serde::{Deserialize, Serialize};

use crate::vocabulary::{NonEmptySet, RoleId, ScopePattern};

/// A named set of patterns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "every field is a decision its author has to make")]
pub struct Role {
    /// Its name, unique in the tenant.
    pub name: RoleId,
    /// What it stands for.
    pub permissions: NonEmptySet<ScopePattern>,
}
