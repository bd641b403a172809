use crate::{
    issue::Parent,
    vocabulary::{ClientId, DelegationId, ResourceId, TenantId, UserId},
};

/// What is asked: who, for whom, for which resource. Which gates apply follows from the question
/// alone, never from what a lookup happened to return.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks has to decide on each field")]
pub struct Question {
    /// The tenant.
    pub tenant: TenantId,
    /// The agent that asks.
    pub client: ClientId,
    /// For whom it would act.
    pub acting: Acting,
    /// The resource it would go to. `None`: its parent's, else the tenant's default; and where
    /// there is neither, the question is refused.
    pub resource: Option<ResourceId>,
}

/// For whom an agent would act.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a new way of acting must break those who decide on it")]
pub enum Acting {
    /// For itself.
    Alone,
    /// For a person, under one of their delegations.
    For {
        /// The person.
        person: UserId,
        /// The delegation; `None`: the only live one that fits.
        delegation: Option<DelegationId>,
    },
    /// For the parent token's person, under the parent token's delegation.
    HandedOn(Parent),
}

impl Question {
    /// The person the agent would act for.
    #[must_use]
    pub fn person(&self) -> Option<&UserId> {
        match &self.acting {
            Acting::Alone => None,
            Acting::For { person, .. } => Some(person),
            Acting::HandedOn(parent) => Some(&parent.held().person),
        }
    }

    /// The delegation that was named, by the request or by the parent token.
    #[must_use]
    pub fn delegation(&self) -> Option<&DelegationId> {
        match &self.acting {
            Acting::Alone => None,
            Acting::For { delegation, .. } => delegation.as_ref(),
            Acting::HandedOn(parent) => Some(&parent.held().delegation),
        }
    }

    /// The token that is handed on.
    #[must_use]
    pub fn parent(&self) -> Option<&Parent> {
        match &self.acting {
            Acting::HandedOn(parent) => Some(parent),
            Acting::Alone | Acting::For { .. } => None,
        }
    }

    /// The resource that is meant, when the tenant's default is this: the named one, else the
    /// parent's, else the default.
    #[must_use]
    pub fn target<'a>(&'a self, default: Option<&'a ResourceId>) -> Option<&'a ResourceId> {
        let of_parent = || self.parent().map(|parent| &parent.held().resource);
        self.resource.as_ref().or_else(of_parent).or(default)
    }
}
