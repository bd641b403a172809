use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::ground::Ground;

/// One operand of the intersection. These names stand in documents, JSON and metrics too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new gate must break those who explain decisions")]
pub enum Gate {
    /// The entry is active and may act this way.
    Agent,
    /// A live binding of the agent leads to a role with a pattern that matches.
    RoleBinding,
    /// One of the agent's allowed patterns matches.
    AllowedScopes,
    /// The agent may target the resource, and the resource supports the scope.
    Resource,
    /// The delegation is live, fits, and lists the scope.
    Delegation,
    /// A live binding of the person leads to a role with a pattern that matches.
    Delegator,
    /// The parent token holds the scope, is live with its lineage, and allows one more hop here.
    Parent,
}

impl Gate {
    /// All gates, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Agent,
        Self::RoleBinding,
        Self::AllowedScopes,
        Self::Resource,
        Self::Delegation,
        Self::Delegator,
        Self::Parent,
    ];

    /// The gate's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::RoleBinding => "role_binding",
            Self::AllowedScopes => "allowed_scopes",
            Self::Resource => "resource",
            Self::Delegation => "delegation",
            Self::Delegator => "delegator",
            Self::Parent => "parent",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What one gate says of one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third answer")]
pub enum Verdict<'a> {
    /// It grants the scope, on each of these grounds: at least one.
    Granted(Vec<Ground<'a>>),
    /// It refuses the scope.
    Refused,
}
