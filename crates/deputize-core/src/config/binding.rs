use core::fmt;

use serde::{Deserialize, Serialize};

use crate::vocabulary::{BindingId, ClientId, ResourceId, RoleId, UnixTime, UserId, Window};

/// Links an agent or a person to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "every field is a decision its author has to make")]
pub struct Binding {
    /// Its id, unique in the tenant, for ever.
    pub id: BindingId,
    /// Who is bound.
    pub subject: Subject,
    /// To which role.
    pub role: RoleId,
    /// When it counts.
    #[serde(default)]
    pub window: Window,
    /// Where it counts: for requests to this resource only, or for all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
}

impl Binding {
    /// Whether the binding counts for a request to `resource` at `now`.
    #[must_use]
    pub fn is_live(&self, resource: &ResourceId, now: UnixTime) -> bool {
        self.window.holds(now) && self.fits(resource)
    }

    pub(crate) fn fits(&self, resource: &ResourceId) -> bool {
        self.resource.as_ref().is_none_or(|own| own == resource)
    }
}

/// Who is bound to a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new kind of subject must break those who decide on it")]
pub enum Subject {
    /// An agent.
    Agent(ClientId),
    /// A person.
    User(UserId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(client) => write!(f, "agent {client}"),
            Self::User(user) => write!(f, "person {user}"),
        }
    }
}
