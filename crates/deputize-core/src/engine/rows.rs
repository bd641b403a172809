use alloc::{sync::Arc, vec::Vec};

use super::agent_policy::AgentPolicy;
use crate::{
    config::{Agent, Binding, Delegation, Resource, Role},
    vocabulary::{BindingId, ClientId, DelegationId, ResourceId, Revision, RoleId, TenantId, TokenId, UserId},
};

/// What a directory found for one question, all at one moment. What it says is trusted; whether it
/// answers the question is checked.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "a directory has to look up each")]
pub struct Rows {
    /// The tenant.
    pub tenant: TenantId,
    /// Whether the tenant is revoked.
    pub tenant_revoked: bool,
    /// The tenant's revision.
    pub epoch: Revision,
    /// The resource that a request means that names none.
    pub default_resource: Option<ResourceId>,
    /// The resource the question means ([`Question::target`](super::Question::target)), if it is there.
    pub resource: Option<Resource>,
    /// The agent that asks, compiled, if it is there.
    pub agent: Option<Arc<AgentPolicy>>,
    /// The person the question is about: always there when it is about one, also when nothing is
    /// known of them.
    pub person: Option<PersonRows>,
    /// The state of the parent token's lineage: always there when there is a parent.
    pub lineage: Option<LineageRows>,
}

/// An agent's half of the rows: what [`AgentPolicy::compile`] takes.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "a directory has to look up each")]
pub struct AgentRows {
    /// The tenant.
    pub tenant: TenantId,
    /// The tenant's revision.
    pub epoch: Revision,
    /// The agent's revision.
    pub revision: Revision,
    /// Its entry.
    pub agent: Agent,
    /// All its bindings.
    pub bindings: Vec<Binding>,
    /// The roles that the bindings lead to, each once.
    pub roles: Vec<Role>,
}

/// A person's half of the rows.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "a directory has to look up each")]
pub struct PersonRows {
    /// The person.
    pub person: UserId,
    /// The person's revision; [`Revision::NONE`] when nothing is known of them.
    pub revision: Revision,
    /// Whether the person is revoked.
    pub revoked: bool,
    /// All their bindings.
    pub bindings: Vec<Binding>,
    /// The roles that the bindings lead to, each once.
    pub roles: Vec<Role>,
    /// Their delegations that could answer the question: the named one (also the parent token's),
    /// else all to this agent. More do no harm.
    pub delegations: Vec<Delegation>,
}

/// The state of a parent token's lineage.
#[derive(Debug, Clone, Default)]
#[expect(clippy::exhaustive_structs, reason = "a directory has to look up each")]
pub struct LineageRows {
    /// Those of the lineage's agents that are there and active.
    pub active_agents: Vec<ClientId>,
    /// Those of the lineage's tokens that are revoked.
    pub revoked_tokens: Vec<TokenId>,
}

/// How rows do not answer their question. Always the directory's fault, never the request's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// They are of another tenant, or part of them is.
    #[error("the rows are of another tenant")]
    Tenant,
    /// They are of another agent.
    #[error("the rows are of another agent")]
    Agent,
    /// They are of another person, or of none, or of one where none was asked for.
    #[error("the rows are not of the person asked for")]
    Person,
    /// They hold another resource.
    #[error("the rows hold another resource")]
    Resource,
    /// The state of the parent's lineage is missing, or there where there is no parent.
    #[error("the rows do not tell the state of the parent's lineage")]
    Lineage,
    /// The agent's half and the rest were read at different moments.
    #[error("the rows were read at different moments")]
    Epoch,
    /// A binding is of somebody else.
    #[error("the binding `{0}` is of somebody else")]
    Binding(BindingId),
    /// A delegation is of somebody else.
    #[error("the delegation `{0}` is of somebody else")]
    Delegation(DelegationId),
    /// A binding leads to a role that is not among the rows.
    #[error("the role `{0}` is missing")]
    MissingRole(RoleId),
    /// There are more bindings than [`MAX_BINDINGS`](crate::limits::MAX_BINDINGS).
    #[error("more bindings of one subject than there may be")]
    TooManyBindings,
}
