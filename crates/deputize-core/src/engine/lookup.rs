use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};

use super::{
    agent_policy::AgentPolicy,
    question::Question,
    rows::{AgentRows, LineageRows, PersonRows, Rows, RowsError},
};
use crate::{
    config::{Agent, Binding, Configuration, Role, Status, Subject},
    issue::Parent,
    vocabulary::UserId,
};

impl Configuration {
    /// The rows that answer a question: what a directory looks up, here without a database.
    ///
    /// # Errors
    ///
    /// When the configuration holds more bindings of the agent than the engine takes.
    pub fn rows(&self, question: &Question) -> Result<Rows, RowsError> {
        let compiled = self.agent(&question.client).map(|agent| AgentPolicy::compile(self.agent_rows(agent)));
        Ok(self.rows_around(question, compiled.transpose()?))
    }

    /// The rows that answer a question, around the agent's half: for a directory that keeps compiled
    /// ones. Whether `agent` is the right one is checked by [`Policy::compile`](super::Policy::compile).
    #[must_use]
    pub fn rows_around(&self, question: &Question, agent: Option<Arc<AgentPolicy>>) -> Rows {
        let target = question.target(self.default_resource());
        Rows {
            tenant: self.tenant().clone(),
            tenant_revoked: self.revoked_directly().tenant,
            epoch: self.epoch(),
            default_resource: self.default_resource().cloned(),
            resource: target.and_then(|uri| self.resource(uri)).cloned(),
            agent,
            person: question.person().map(|person| self.person_rows(question, person)),
            lineage: question.parent().map(|parent| self.lineage_rows(parent)),
        }
    }

    /// The agent's half, uncompiled: for a directory that keeps compiled ones.
    #[must_use]
    pub fn agent_rows(&self, agent: &Agent) -> AgentRows {
        let bindings: Vec<Binding> = self.bindings_of(&Subject::Agent(agent.client_id.clone())).cloned().collect();
        AgentRows {
            tenant: self.tenant().clone(),
            epoch: self.epoch(),
            revision: self.agent_revision(&agent.client_id),
            agent: agent.clone(),
            roles: self.roles_of(&bindings),
            bindings,
        }
    }

    fn person_rows(&self, question: &Question, person: &UserId) -> PersonRows {
        let bindings: Vec<Binding> = self.bindings_of(&Subject::User(person.clone())).cloned().collect();
        let delegations = match question.delegation() {
            Some(id) => self.delegation(id).filter(|d| d.delegator == *person).cloned().into_iter().collect(),
            None => self.delegations_between(person, &question.client).cloned().collect(),
        };
        PersonRows {
            person: person.clone(),
            revision: self.person_revision(person),
            revoked: self.revoked_directly().people.contains(person),
            roles: self.roles_of(&bindings),
            bindings,
            delegations,
        }
    }

    fn lineage_rows(&self, parent: &Parent) -> LineageRows {
        let active = |agent: &&Agent| agent.status == Status::Active;
        let agents = parent.clients().filter_map(|client| self.agent(client)).filter(active);
        let revoked = |token: &&_| self.revoked_directly().tokens.contains(*token);
        LineageRows {
            active_agents: agents.map(|agent| agent.client_id.clone()).collect(),
            revoked_tokens: parent.held().tokens.iter().filter(revoked).copied().collect(),
        }
    }

    fn roles_of(&self, bindings: &[Binding]) -> Vec<Role> {
        let names: BTreeSet<_> = bindings.iter().map(|binding| &binding.role).collect();
        names.into_iter().filter_map(|name| self.role(name)).cloned().collect()
    }
}
