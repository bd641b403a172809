use alloc::{string::ToString, vec::Vec};

use super::{
    Actor, Agent, Binding, Change, Delegation, DelegationStatus, Facts, Resource, Role, Status, Subject, Target,
};
use crate::{
    limits::{
        MAX_BINDINGS, MAX_DELEGATIONS, MAX_DEPTH, MAX_LISTED_RESOURCES, MAX_LISTED_SCOPES, MAX_ONWARD, MAX_PATTERNS,
        MAX_PURPOSE_BYTES,
    },
    vocabulary::{Allow, BindingId, ClientId, ResourceId, RoleId, TokenId, UserId},
};

/// What a change comes to, once it was judged: what is to be written, and whose revision moves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effect {
    /// What is to be written.
    pub write: Write,
    /// Whose revision moves to the new one.
    pub bump: Option<Bump>,
}

/// Whose revision a change moves: policies that were compiled at an older one are stale.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to carry out each")]
pub enum Bump {
    /// The agent's.
    Agent(ClientId),
    /// The person's.
    Person(UserId),
    /// The tenant's epoch: of its roles, resources and itself.
    Epoch,
}

/// What is to be written. Nothing here is left to be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to carry out each")]
pub enum Write {
    /// Insert or replace this agent.
    Agent(Agent),
    /// Insert or replace this role.
    Role(Role),
    /// Delete this role.
    RemoveRole(RoleId),
    /// Insert or replace this binding.
    Binding(Binding),
    /// Delete this binding and remember its id.
    RemoveBinding(BindingId),
    /// Insert or replace this delegation.
    Delegation(Delegation),
    /// Insert or replace this resource.
    Resource(Resource),
    /// Delete this resource.
    RemoveResource(ResourceId),
    /// Set or clear the default resource.
    DefaultResource(Option<ResourceId>),
    /// Remember this token as revoked.
    RevokedToken(TokenId),
    /// Remember this person as revoked.
    RevokedPerson(UserId),
    /// Remember the tenant as revoked.
    RevokedTenant,
}

/// Why a change was not made. Nothing of it, nor of the changes it came with, took effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// This actor may not make this change; or, for a person, what it names is not theirs.
    #[error("this actor may not make this change")]
    Forbidden,
    /// It refers to something that is not there.
    #[error("there is no {kind} `{id}`")]
    Missing {
        /// What is not there.
        kind: &'static str,
        /// Its id.
        id: alloc::string::String,
    },
    /// It would bring back what was revoked or removed.
    #[error("the {kind} `{id}` was revoked or removed, for good")]
    Retired {
        /// What was revoked or removed.
        kind: &'static str,
        /// Its id.
        id: alloc::string::String,
    },
    /// What is there under this id belongs to somebody else, or the SPIFFE ID is another agent's.
    #[error("the {kind} `{id}` belongs to another")]
    Conflict {
        /// What is taken.
        kind: &'static str,
        /// Its id.
        id: alloc::string::String,
    },
    /// Something refers to what is to be removed.
    #[error("the {kind} `{id}` is still referred to")]
    InUse {
        /// What is referred to.
        kind: &'static str,
        /// Its id.
        id: alloc::string::String,
    },
    /// A bound of [`limits`](crate::limits) would be crossed.
    #[error("more than {max} {what}")]
    Limit {
        /// What there would be too many of.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// The tenant is revoked: nothing in it changes any more.
    #[error("the tenant is revoked")]
    TenantRevoked,
}

impl Change {
    /// Judges the change by what is there: what it comes to, or nothing where it changes nothing.
    ///
    /// The one place where changes are judged. [`Configuration::apply`](super::Configuration::apply)
    /// and every store gather [`Facts`] as [`Change::needs`] asks, call this, and write the effect.
    ///
    /// # Errors
    ///
    /// As [`ApplyError`] tells.
    pub fn judge(&self, actor: &Actor, facts: &Facts) -> Result<Option<Effect>, ApplyError> {
        if !actor.may(self, facts) {
            return Err(ApplyError::Forbidden);
        }
        if facts.tenant_revoked {
            return match self {
                Self::Revoke(Target::Tenant) => Ok(None),
                _ => Err(ApplyError::TenantRevoked),
            };
        }
        match self {
            Self::PutAgent(agent) => put_agent(agent, facts),
            Self::PutRole(role) => put_role(role, facts),
            Self::RemoveRole(name) => remove_role(name, facts),
            Self::Bind(binding) => bind(binding, facts),
            Self::Unbind(id) => unbind(id, facts),
            Self::Delegate(delegation) => delegate(delegation, facts),
            Self::PutResource(resource) => put_resource(resource, facts),
            Self::RemoveResource(uri) => remove_resource(uri, facts),
            Self::SetDefaultResource(uri) => set_default_resource(uri.as_ref(), facts),
            Self::Revoke(target) => revoke(target, facts),
        }
    }
}

type Judged = Result<Option<Effect>, ApplyError>;

fn effect(write: Write, bump: Bump) -> Judged {
    Ok(Some(Effect { write, bump: Some(bump) }))
}

fn put_agent(agent: &Agent, facts: &Facts) -> Judged {
    limit("patterns in allowed scopes", agent.allowed_scopes.len(), MAX_PATTERNS)?;
    resources_exist(&agent.resources, facts)?;
    let existing = facts.agents.get(&agent.client_id);
    if existing == Some(agent) {
        return Ok(None);
    }
    if existing.is_some_and(|e| e.status == Status::Revoked) {
        return Err(retired("agent", &agent.client_id));
    }
    if facts.spiffe_owner.as_ref().is_some_and(|owner| *owner != agent.client_id) {
        return Err(conflict("SPIFFE ID", &agent.spiffe_id));
    }
    effect(Write::Agent(agent.clone()), Bump::Agent(agent.client_id.clone()))
}

fn put_role(role: &Role, facts: &Facts) -> Judged {
    limit("patterns in a role", role.permissions.len(), MAX_PATTERNS)?;
    if facts.roles.get(&role.name) == Some(role) {
        return Ok(None);
    }
    effect(Write::Role(role.clone()), Bump::Epoch)
}

fn remove_role(name: &RoleId, facts: &Facts) -> Judged {
    if !facts.roles.contains_key(name) {
        return Err(missing("role", name));
    }
    if facts.count > 0 {
        return Err(ApplyError::InUse { kind: "role", id: name.to_string() });
    }
    effect(Write::RemoveRole(name.clone()), Bump::Epoch)
}

fn bind(binding: &Binding, facts: &Facts) -> Judged {
    let existing = facts.binding(&binding.id);
    if existing == Some(binding) {
        return Ok(None);
    }
    if facts.binding_removed {
        return Err(retired("binding", &binding.id));
    }
    if existing.is_some_and(|e| e.subject != binding.subject) {
        return Err(conflict("binding", &binding.id));
    }
    let bump = match &binding.subject {
        Subject::Agent(client) => {
            agent_exists(client, facts)?;
            Bump::Agent(client.clone())
        }
        Subject::User(user) if facts.person_revoked => return Err(retired("person", user)),
        Subject::User(user) => Bump::Person(user.clone()),
    };
    if !facts.roles.contains_key(&binding.role) {
        return Err(missing("role", &binding.role));
    }
    if let Some(uri) = &binding.resource {
        resource_exists(uri, facts)?;
    }
    if existing.is_none() {
        limit("bindings of one subject", facts.count.saturating_add(1), MAX_BINDINGS)?;
    }
    effect(Write::Binding(binding.clone()), bump)
}

fn unbind(id: &BindingId, facts: &Facts) -> Judged {
    if facts.binding_removed {
        return Ok(None);
    }
    // An id that was never there is retired too, so that a second copy of a history can be brought
    // to the state of the first.
    let bump = facts.binding(id).map(|existing| match &existing.subject {
        Subject::Agent(client) => Bump::Agent(client.clone()),
        Subject::User(user) => Bump::Person(user.clone()),
    });
    Ok(Some(Effect { write: Write::RemoveBinding(id.clone()), bump }))
}

fn delegate(delegation: &Delegation, facts: &Facts) -> Judged {
    limit("scopes in a delegation", delegation.scopes.len(), MAX_LISTED_SCOPES)?;
    limit("agents to hand on to", delegation.onward.len(), MAX_ONWARD)?;
    limit("bytes of purpose", delegation.purpose.len(), MAX_PURPOSE_BYTES)?;
    limit("hops (max_depth)", delegation.max_depth.into(), MAX_DEPTH.into())?;
    let existing = facts.delegation(&delegation.id);
    if existing == Some(delegation) {
        return Ok(None);
    }
    if existing.is_some_and(|e| e.delegator != delegation.delegator || e.agent != delegation.agent) {
        return Err(conflict("delegation", &delegation.id));
    }
    if existing.is_some_and(|e| e.status == DelegationStatus::Revoked) {
        return Err(retired("delegation", &delegation.id));
    }
    if facts.person_revoked {
        return Err(retired("person", &delegation.delegator));
    }
    for client in core::iter::once(&delegation.agent).chain(&delegation.onward) {
        agent_exists(client, facts)?;
    }
    resources_exist(&delegation.resources, facts)?;
    if existing.is_none() {
        limit("delegations from one person to one agent", facts.count.saturating_add(1), MAX_DELEGATIONS)?;
    }
    effect(Write::Delegation(delegation.clone()), Bump::Person(delegation.delegator.clone()))
}

fn put_resource(resource: &Resource, facts: &Facts) -> Judged {
    if let Allow::Only(scopes) = &resource.scopes {
        limit("scopes of a resource", scopes.len(), MAX_LISTED_SCOPES)?;
    }
    if facts.resources.get(&resource.uri) == Some(resource) {
        return Ok(None);
    }
    effect(Write::Resource(resource.clone()), Bump::Epoch)
}

fn remove_resource(uri: &ResourceId, facts: &Facts) -> Judged {
    resource_exists(uri, facts)?;
    if facts.count > 0 {
        return Err(ApplyError::InUse { kind: "resource", id: uri.to_string() });
    }
    effect(Write::RemoveResource(uri.clone()), Bump::Epoch)
}

fn set_default_resource(uri: Option<&ResourceId>, facts: &Facts) -> Judged {
    if let Some(uri) = uri {
        resource_exists(uri, facts)?;
    }
    if facts.default_resource.as_ref() == uri {
        return Ok(None);
    }
    effect(Write::DefaultResource(uri.cloned()), Bump::Epoch)
}

fn revoke(target: &Target, facts: &Facts) -> Judged {
    match target {
        // No revision moves: a policy never rests on a token, and `record` checks the lineage.
        Target::Token(id) => Ok(Some(Effect { write: Write::RevokedToken(*id), bump: None })),
        Target::Delegation(id) => match facts.delegation(id) {
            None => Err(missing("delegation", id)),
            Some(found) if found.status == DelegationStatus::Revoked => Ok(None),
            Some(found) => {
                let revoked = Delegation { status: DelegationStatus::Revoked, ..found.clone() };
                effect(Write::Delegation(revoked), Bump::Person(found.delegator.clone()))
            }
        },
        Target::Agent(client) => match facts.agents.get(client) {
            None => Err(missing("agent", client)),
            Some(found) if found.status == Status::Revoked => Ok(None),
            Some(found) => {
                let revoked = Agent { status: Status::Revoked, ..found.clone() };
                effect(Write::Agent(revoked), Bump::Agent(client.clone()))
            }
        },
        Target::Person(_) if facts.person_revoked => Ok(None),
        Target::Person(user) => effect(Write::RevokedPerson(user.clone()), Bump::Person(user.clone())),
        Target::Tenant => effect(Write::RevokedTenant, Bump::Epoch),
    }
}

fn agent_exists(client: &ClientId, facts: &Facts) -> Result<(), ApplyError> {
    if facts.agents.contains_key(client) { Ok(()) } else { Err(missing("agent", client)) }
}

fn resources_exist(resources: &Allow<ResourceId>, facts: &Facts) -> Result<(), ApplyError> {
    let listed: Vec<_> = resources.listed().collect();
    limit("listed resources", listed.len(), MAX_LISTED_RESOURCES)?;
    listed.into_iter().try_for_each(|uri| resource_exists(uri, facts))
}

fn resource_exists(uri: &ResourceId, facts: &Facts) -> Result<(), ApplyError> {
    if facts.resources.contains_key(uri) { Ok(()) } else { Err(missing("resource", uri)) }
}

fn limit(what: &'static str, count: usize, max: usize) -> Result<(), ApplyError> {
    if count > max { Err(ApplyError::Limit { what, max }) } else { Ok(()) }
}

fn missing(kind: &'static str, id: &impl ToString) -> ApplyError {
    ApplyError::Missing { kind, id: id.to_string() }
}

fn retired(kind: &'static str, id: &impl ToString) -> ApplyError {
    ApplyError::Retired { kind, id: id.to_string() }
}

fn conflict(kind: &'static str, id: &impl ToString) -> ApplyError {
    ApplyError::Conflict { kind, id: id.to_string() }
}
