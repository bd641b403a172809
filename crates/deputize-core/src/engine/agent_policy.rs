use alloc::sync::Arc;

use super::{
    index::Index,
    rows::{AgentRows, RowsError},
};
use crate::{
    config::{Agent, Subject},
    vocabulary::{Revision, TenantId},
};

/// The agent's half of a policy, compiled once and shared by all questions that the agent asks,
/// until its revision or the tenant's epoch moves.
#[derive(Debug)]
pub struct AgentPolicy {
    pub(super) tenant: TenantId,
    pub(super) epoch: Revision,
    pub(super) revision: Revision,
    pub(super) agent: Agent,
    pub(super) index: Index,
}

impl AgentPolicy {
    /// Compiles what a directory found. Time and memory are linear in the permissions of the roles.
    ///
    /// # Errors
    ///
    /// When the rows are not of one agent, or a role is missing.
    pub fn compile(rows: AgentRows) -> Result<Arc<Self>, RowsError> {
        let AgentRows { tenant, epoch, revision, agent, bindings, roles } = rows;
        let own = Subject::Agent(agent.client_id.clone());
        if let Some(foreign) = bindings.iter().find(|binding| binding.subject != own) {
            return Err(RowsError::Binding(foreign.id.clone()));
        }
        let index = Index::new(bindings, &roles, Some(&agent.allowed_scopes), Default::default())?;
        Ok(Arc::new(Self { tenant, epoch, revision, agent, index }))
    }

    /// The agent's entry.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The agent's revision that this was compiled at.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The tenant's revision that this was compiled at.
    #[must_use]
    pub fn epoch(&self) -> Revision {
        self.epoch
    }
}
