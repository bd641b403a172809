use alloc::{sync::Arc, vec::Vec};

use super::{
    agent_policy::AgentPolicy,
    index::Index,
    question::Question,
    rows::{LineageRows, PersonRows, Rows, RowsError},
};
use crate::{
    config::{Agent, Configuration, Delegation, Resource, Subject},
    issue::{Basis, Parent, Returned},
    vocabulary::{ResourceId, Revision, TenantId},
};

/// A compiled answer to one question: from here on, deciding takes no lookup, no allocation and no
/// error but one.
///
/// It keeps its question, so that what was asked and what was found cannot drift apart.
#[derive(Debug)]
pub struct Policy {
    question: Question,
    epoch: Revision,
    resource: Resource,
    agent: Arc<AgentPolicy>,
    person: Option<Person>,
    lineage_is_live: bool,
}

/// The person's half.
#[derive(Debug)]
pub(super) struct Person {
    revision: Revision,
    pub(super) revoked: bool,
    pub(super) index: Index,
    /// Those that could answer the question at some moment: to this agent, or handed on to it;
    /// fitting the resource; named, where one was named.
    pub(super) delegations: Vec<Delegation>,
    /// The one that the parent token rests on, whether or not it may be handed on to this agent.
    pub(super) of_parent: Option<Delegation>,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "a new reason must break those who map it")]
pub enum QuestionError {
    /// No agent of this tenant has that client id.
    #[error("the agent is not known")]
    UnknownAgent,
    /// The request names no resource, and there is no parent and no default to take it from.
    #[error("no resource was named, and there is no default")]
    NoResource,
    /// No resource of this tenant has that URI.
    #[error("the resource is not known")]
    UnknownResource,
    /// The parent token is of another tenant.
    #[error("the parent token is of another tenant")]
    ForeignParent,
    /// The tenant is revoked.
    #[error("the tenant is revoked")]
    TenantRevoked,
    /// What the directory found does not answer the question.
    #[error("what the directory found does not answer the question")]
    Rows(#[source] RowsError),
}

impl QuestionError {
    /// The OAuth error code (RFC 6749 §5.2, RFC 8707 §2).
    #[must_use]
    pub const fn oauth_code(&self) -> &'static str {
        match self {
            Self::UnknownAgent | Self::TenantRevoked => "invalid_client",
            Self::NoResource | Self::UnknownResource => "invalid_target",
            Self::ForeignParent => "invalid_request",
            Self::Rows(_) => "server_error",
        }
    }
}

impl From<RowsError> for QuestionError {
    fn from(error: RowsError) -> Self {
        Self::Rows(error)
    }
}

impl Policy {
    /// Compiles what a directory found for `question`.
    ///
    /// # Errors
    ///
    /// As [`QuestionError`] tells, with the question.
    pub fn compile(question: Question, rows: Rows) -> Result<Self, Returned<QuestionError, Question>> {
        match Parts::new(&question, rows) {
            Ok(Parts { epoch, resource, agent, person, lineage_is_live }) => {
                Ok(Self { question, epoch, resource, agent, person, lineage_is_live })
            }
            Err(error) => Err(Returned::new(error, question)),
        }
    }

    /// The question.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// Gives up the policy and takes the question back, for another look at the directory.
    #[must_use]
    pub fn into_question(self) -> Question {
        self.question
    }

    /// The resource that was meant.
    #[must_use]
    pub fn resource(&self) -> &ResourceId {
        &self.resource.uri
    }

    /// The agent's entry.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.agent.agent
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.question.tenant
    }

    pub(crate) fn basis(&self) -> Basis {
        let person = self.person.as_ref().map(|person| person.revision);
        Basis { agent: self.agent.revision, epoch: self.epoch, person }
    }

    pub(super) fn resource_entry(&self) -> &Resource {
        &self.resource
    }

    pub(super) fn agent_index(&self) -> &Index {
        &self.agent.index
    }

    pub(super) fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    pub(super) fn lineage_is_live(&self) -> bool {
        self.lineage_is_live
    }
}

impl Configuration {
    /// The compiled answer to a question. This is all that somebody needs who only wants the engine.
    ///
    /// # Errors
    ///
    /// As [`QuestionError`] tells, with the question.
    pub fn policy(&self, question: Question) -> Result<Policy, Returned<QuestionError, Question>> {
        match self.rows(&question) {
            Ok(rows) => Policy::compile(question, rows),
            Err(error) => Err(Returned::new(error, question)),
        }
    }
}

/// A policy but for its question.
struct Parts {
    epoch: Revision,
    resource: Resource,
    agent: Arc<AgentPolicy>,
    person: Option<Person>,
    lineage_is_live: bool,
}

impl Parts {
    fn new(question: &Question, rows: Rows) -> Result<Self, QuestionError> {
        let Rows { tenant, tenant_revoked, epoch, default_resource, resource, agent, person, lineage } = rows;
        if question.parent().is_some_and(|parent| parent.held().tenant != question.tenant) {
            return Err(QuestionError::ForeignParent);
        }
        if tenant != question.tenant {
            return Err(RowsError::Tenant.into());
        }
        if tenant_revoked {
            return Err(QuestionError::TenantRevoked);
        }
        let agent = agent.ok_or(QuestionError::UnknownAgent)?;
        if agent.tenant != question.tenant {
            return Err(RowsError::Tenant.into());
        }
        if agent.agent.client_id != question.client {
            return Err(RowsError::Agent.into());
        }
        if agent.epoch != epoch {
            return Err(RowsError::Epoch.into());
        }
        let target = question.target(default_resource.as_ref()).ok_or(QuestionError::NoResource)?;
        let resource = resource.ok_or(QuestionError::UnknownResource)?;
        if resource.uri != *target {
            return Err(RowsError::Resource.into());
        }
        let person = match (question.person(), person) {
            (None, None) => None,
            (Some(asked), Some(found)) if *asked == found.person => {
                Some(Person::new(question, &resource.uri, &agent.index, found)?)
            }
            // A store that fails to find a person must not turn their agent into one that acts alone.
            (None, Some(_)) | (Some(_), _) => return Err(RowsError::Person.into()),
        };
        let lineage_is_live = match (question.parent(), lineage) {
            (None, None) => true,
            (Some(parent), Some(state)) => is_live(parent, &state),
            (None, Some(_)) | (Some(_), None) => return Err(RowsError::Lineage.into()),
        };
        Ok(Self { epoch, resource, agent, person, lineage_is_live })
    }
}

impl Person {
    /// Compiled so that a scope is hashed once, for the agent's index and for the person's.
    fn new(question: &Question, resource: &ResourceId, agent: &Index, rows: PersonRows) -> Result<Self, RowsError> {
        let PersonRows { person, revision, revoked, bindings, roles, mut delegations } = rows;
        let own = Subject::User(person.clone());
        if let Some(foreign) = bindings.iter().find(|binding| binding.subject != own) {
            return Err(RowsError::Binding(foreign.id.clone()));
        }
        if let Some(foreign) = delegations.iter().find(|delegation| delegation.delegator != person) {
            return Err(RowsError::Delegation(foreign.id.clone()));
        }
        // A named delegation is searched only among those that fit; anything else is as good as none.
        let named = |delegation: &Delegation| question.delegation().is_none_or(|id| *id == delegation.id);
        let of_parent = question.parent().and_then(|_| delegations.iter().find(|own| named(own)).cloned());
        delegations.retain(|delegation| {
            let to_agent = match question.parent() {
                None => delegation.agent == question.client,
                Some(_) => delegation.onward.contains(&question.client),
            };
            named(delegation) && to_agent && delegation.resources.allows(resource)
        });
        delegations.sort_by(|a, b| a.id.cmp(&b.id));
        delegations.dedup_by(|a, b| a.id == b.id);
        let index = Index::new(bindings, &roles, None, agent.hasher())?;
        Ok(Self { revision, revoked, index, delegations, of_parent })
    }
}

/// Whether every agent of the chain is active and no token of it is revoked. Person, delegation and
/// end are looked at when deciding.
fn is_live(parent: &Parent, state: &LineageRows) -> bool {
    parent.clients().all(|client| state.active_agents.contains(client))
        && !parent.held().tokens.iter().any(|token| state.revoked_tokens.contains(token))
}
