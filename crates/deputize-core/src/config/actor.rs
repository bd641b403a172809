use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Change, Facts, Target};
use crate::vocabulary::{ClientId, UserId};

/// Who makes a change. The caller has authenticated them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new kind of actor must break those who decide on it")]
pub enum Actor {
    /// Runs the tenant: may make every change.
    Operator(UserId),
    /// A person: may make, edit and revoke their own delegations, and nothing else.
    Person(UserId),
    /// An agent: may change nothing.
    Agent(ClientId),
}

impl Actor {
    /// Whether this actor may make `change`, given what is there. A delegation that is not there
    /// and one of another person are refused alike.
    pub(super) fn may(&self, change: &Change, facts: &Facts) -> bool {
        match (self, change) {
            (Self::Operator(_), _) => true,
            (Self::Agent(_), _) => false,
            (Self::Person(user), Change::Delegate(delegation)) => {
                delegation.delegator == *user && facts.delegation(&delegation.id).is_none_or(|d| d.delegator == *user)
            }
            (Self::Person(user), Change::Revoke(Target::Delegation(id))) => {
                facts.delegation(id).is_some_and(|d| d.delegator == *user)
            }
            (Self::Person(_), _) => false,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(user) => write!(f, "operator {user}"),
            Self::Person(user) => write!(f, "person {user}"),
            Self::Agent(client) => write!(f, "agent {client}"),
        }
    }
}
