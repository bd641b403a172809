use serde::{Deserialize, Serialize};

use crate::vocabulary::{Allow, ResourceId, Scope};

/// A protected API and the scopes it supports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "every field is a decision its author has to make")]
pub struct Resource {
    /// Its resource indicator (RFC 8707), and so the token's audience.
    pub uri: ResourceId,
    /// The scopes it supports.
    #[serde(default, skip_serializing_if = "Allow::is_any")]
    pub scopes: Allow<Scope>,
}
