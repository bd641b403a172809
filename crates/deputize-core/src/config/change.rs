use serde::{Deserialize, Serialize};

use super::{Agent, Binding, Delegation, Resource, Role};
use crate::vocabulary::{BindingId, ClientId, DelegationId, ResourceId, RoleId, TokenId, UserId};

/// One change of a tenant's configuration, as data: the audit trail holds exactly this.
///
/// `Put…`, `Bind` and `Delegate` add an entry or replace the one with the same id; what an entry
/// belongs to (a binding's subject, a delegation's person and agent) never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// Adds or replaces an agent's entry; also how it is suspended and made active again.
    PutAgent(Agent),
    /// Adds or replaces a role.
    PutRole(Role),
    /// Removes a role that nothing is bound to.
    RemoveRole(RoleId),
    /// Adds or replaces a binding.
    Bind(Binding),
    /// Removes a binding, whether or not it is there. Its id is never used again.
    Unbind(BindingId),
    /// Adds or replaces a delegation.
    Delegate(Delegation),
    /// Adds or replaces a resource.
    PutResource(Resource),
    /// Removes a resource that nothing refers to.
    RemoveResource(ResourceId),
    /// Says which resource a request means that names none.
    SetDefaultResource(Option<ResourceId>),
    /// Ends authority for good.
    Revoke(Target),
}

/// What is revoked, each with everything below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new target must break those who follow revocation")]
pub enum Target {
    /// One token and what it was handed on to. It need not be known here.
    Token(TokenId),
    /// A delegation and every token that rests on it.
    Delegation(DelegationId),
    /// An agent, its tokens and all below them in a chain.
    Agent(ClientId),
    /// A person: their delegations, bindings and all tokens that act for them.
    Person(UserId),
    /// The whole tenant.
    Tenant,
}
