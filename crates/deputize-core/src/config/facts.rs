use alloc::{collections::BTreeMap, vec::Vec};

use super::{Agent, Binding, Change, Delegation, Resource, Role, Subject, Target};
use crate::vocabulary::{AgentId, BindingId, ClientId, DelegationId, ResourceId, RoleId, UserId};

/// What has to be looked up before a change can be judged: keys only, bounded by the change, never
/// by the size of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Needs {
    /// Agents to look up by client id.
    pub agents: Vec<ClientId>,
    /// The SPIFFE ID whose owner is to be looked up.
    pub spiffe_id: Option<AgentId>,
    /// Roles to look up.
    pub roles: Vec<RoleId>,
    /// The binding to look up, also among those that were removed.
    pub binding: Option<BindingId>,
    /// The delegation to look up.
    pub delegation: Option<DelegationId>,
    /// Resources to look up.
    pub resources: Vec<ResourceId>,
    /// The person of whom is asked whether they are revoked.
    pub person: Option<UserId>,
    /// What is to be counted.
    pub count: Option<Use>,
}

/// What is to be counted before a change can be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to answer each")]
pub enum Use {
    /// Bindings to this role.
    OfRole(RoleId),
    /// References to this resource: by agents, bindings, delegations, or as the default.
    OfResource(ResourceId),
    /// Bindings of this subject.
    BindingsOf(Subject),
    /// Delegations from this person to this agent.
    Delegations(UserId, ClientId),
}

/// What was found: the answer to [`Needs`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "a fact left out would be a check left out")]
pub struct Facts {
    /// Whether the tenant is revoked.
    pub tenant_revoked: bool,
    /// Those of the agents asked for that are there.
    pub agents: BTreeMap<ClientId, Agent>,
    /// The agent that has the SPIFFE ID asked for.
    pub spiffe_owner: Option<ClientId>,
    /// Those of the roles asked for that are there.
    pub roles: BTreeMap<RoleId, Role>,
    /// The binding asked for, if it is there.
    pub binding: Option<Binding>,
    /// Whether the binding asked for was there once and was removed.
    pub binding_removed: bool,
    /// The delegation asked for, if it is there.
    pub delegation: Option<Delegation>,
    /// Those of the resources asked for that are there.
    pub resources: BTreeMap<ResourceId, Resource>,
    /// Whether the person asked about is revoked.
    pub person_revoked: bool,
    /// How many of what was to be counted.
    pub count: usize,
    /// The resource that a request means that names none.
    pub default_resource: Option<ResourceId>,
}

impl Change {
    /// What has to be looked up before this change can be judged.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        match self {
            Self::PutAgent(agent) => {
                needs.agents.push(agent.client_id.clone());
                needs.spiffe_id = Some(agent.spiffe_id.clone());
                needs.resources.extend(agent.resources.listed().cloned());
            }
            Self::PutRole(role) => needs.roles.push(role.name.clone()),
            Self::RemoveRole(name) => {
                needs.roles.push(name.clone());
                needs.count = Some(Use::OfRole(name.clone()));
            }
            Self::Bind(binding) => {
                needs.binding = Some(binding.id.clone());
                match &binding.subject {
                    Subject::Agent(client) => needs.agents.push(client.clone()),
                    Subject::User(user) => needs.person = Some(user.clone()),
                }
                needs.roles.push(binding.role.clone());
                needs.resources.extend(binding.resource.clone());
                needs.count = Some(Use::BindingsOf(binding.subject.clone()));
            }
            Self::Unbind(id) => needs.binding = Some(id.clone()),
            Self::Delegate(delegation) => {
                needs.delegation = Some(delegation.id.clone());
                needs.person = Some(delegation.delegator.clone());
                needs.agents.push(delegation.agent.clone());
                needs.agents.extend(delegation.onward.iter().cloned());
                needs.resources.extend(delegation.resources.listed().cloned());
                needs.count = Some(Use::Delegations(delegation.delegator.clone(), delegation.agent.clone()));
            }
            Self::PutResource(resource) => needs.resources.push(resource.uri.clone()),
            Self::RemoveResource(uri) => {
                needs.resources.push(uri.clone());
                needs.count = Some(Use::OfResource(uri.clone()));
            }
            Self::SetDefaultResource(uri) => needs.resources.extend(uri.clone()),
            Self::Revoke(Target::Delegation(id)) => needs.delegation = Some(id.clone()),
            Self::Revoke(Target::Agent(client)) => needs.agents.push(client.clone()),
            Self::Revoke(Target::Person(user)) => needs.person = Some(user.clone()),
            Self::Revoke(Target::Token(_) | Target::Tenant) => {}
        }
        needs
    }
}

impl Facts {
    pub(super) fn delegation(&self, id: &DelegationId) -> Option<&Delegation> {
        self.delegation.as_ref().filter(|found| found.id == *id)
    }

    pub(super) fn binding(&self, id: &BindingId) -> Option<&Binding> {
        self.binding.as_ref().filter(|found| found.id == *id)
    }
}
