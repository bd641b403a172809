use deputize_core::{
    AgentPolicy, AgentRows, Binding, ClientId, Delegation, DelegationId, LineageRows, PersonRows, Question, Resource,
    ResourceId, Revision, Role, Rows, UserId,
};

use super::{
    arg::Arg,
    engine::{Columns, Link, missing},
};
use crate::{
    cache::PolicyCache,
    error::{LoadError, StoreError},
    row::{from_json, integer, parse, revision},
};

/// What a row of the answer is about: its first column.
mod part {
    /// epoch, whether revoked, default resource
    pub(super) const TENANT: i64 = 1;
    /// entry
    pub(super) const RESOURCE: i64 = 2;
    /// revision, entry; the entry is not there if that revision is known, nor are the next two
    pub(super) const AGENT: i64 = 3;
    pub(super) const AGENT_BINDING: i64 = 4;
    pub(super) const AGENT_ROLE: i64 = 5;
    /// revision, whether revoked
    pub(super) const PERSON: i64 = 6;
    pub(super) const PERSON_BINDING: i64 = 7;
    pub(super) const PERSON_ROLE: i64 = 8;
    pub(super) const DELEGATION: i64 = 9;
    /// client
    pub(super) const ACTIVE_AGENT: i64 = 10;
    /// id
    pub(super) const REVOKED_TOKEN: i64 = 11;
}

/// All that answers the question, by one statement, which sees one moment of the database: one round
/// trip, whatever there is.
pub(super) async fn load<L: Link>(db: &mut L, question: &Question, policies: &PolicyCache) -> Result<Rows, LoadError> {
    let kept = policies.get(&question.tenant, &question.client);
    let known =
        |of: fn(&AgentPolicy) -> Revision| Arg::MaybeInt(kept.as_deref().map(|kept| integer(of(kept).number())));
    let lineage = question.parent().map(|parent| parent.lineage());
    let named = question.delegation();
    let pair = named.is_none().then_some(question.client.as_str());
    let args = vec![
        Arg::Text(question.tenant.as_str()),
        Arg::Text(question.client.as_str()),
        Arg::MaybeText(question.target(None).map(ResourceId::as_str)),
        known(AgentPolicy::revision),
        known(AgentPolicy::epoch),
        Arg::MaybeText(question.person().map(UserId::as_str)),
        Arg::MaybeText(named.map(DelegationId::as_str)),
        Arg::MaybeText(pair),
        Arg::texts(lineage.iter().flat_map(|lineage| &lineage.agents)),
        Arg::texts(lineage.iter().flat_map(|lineage| &lineage.tokens)),
    ];
    let mut found = Found::default();
    for row in db.rows(L::SQL.load, args).await? {
        found.take(&row)?;
    }
    let tenant = found.tenant.take().ok_or(LoadError::UnknownTenant)?;
    let agent = match found.agent.take() {
        None => None,
        Some((at, None)) => {
            Some(kept.filter(|kept| (kept.revision(), kept.epoch()) == (at, tenant.epoch)).ok_or_else(missing)?)
        }
        Some((revision, Some(agent))) => {
            let (bindings, roles) = found.agents.sorted();
            let rows = AgentRows {
                tenant: question.tenant.clone(),
                epoch: tenant.epoch,
                revision,
                agent: from_json(&agent)?,
                bindings,
                roles,
            };
            let policy = AgentPolicy::compile(rows)?;
            policies.put(&question.tenant, &policy);
            Some(policy)
        }
    };
    let person = question.person().map(|id| {
        let (revision, revoked) = found.person.unwrap_or((Revision::NONE, false));
        let (bindings, roles) = found.persons.sorted();
        found.delegations.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        PersonRows { person: id.clone(), revision, revoked, bindings, roles, delegations: found.delegations }
    });
    Ok(Rows {
        tenant: question.tenant.clone(),
        tenant_revoked: tenant.revoked,
        epoch: tenant.epoch,
        default_resource: tenant.default_resource,
        resource: found.resource,
        agent,
        person,
        lineage: lineage.map(|_| found.lineage),
    })
}

/// What the rows said so far.
#[derive(Default)]
struct Found {
    tenant: Option<Tenant>,
    resource: Option<Resource>,
    agent: Option<(Revision, Option<String>)>,
    agents: Bound,
    person: Option<(Revision, bool)>,
    persons: Bound,
    delegations: Vec<Delegation>,
    lineage: LineageRows,
}

struct Tenant {
    epoch: Revision,
    revoked: bool,
    default_resource: Option<ResourceId>,
}

/// What a subject is bound to.
#[derive(Default)]
struct Bound {
    bindings: Vec<Binding>,
    roles: Vec<Role>,
}

impl Found {
    fn take(&mut self, row: &impl Columns) -> Result<(), StoreError> {
        let entry = || row.some_text(3);
        match row.some_int(0)? {
            part::TENANT => {
                let (epoch, revoked) = (revision(row.some_int(1)?)?, row.some_int(2)? != 0);
                let default_resource = row.text(3)?.as_deref().map(parse).transpose()?;
                self.tenant = Some(Tenant { epoch, revoked, default_resource });
            }
            part::RESOURCE => self.resource = Some(from_json(&entry()?)?),
            part::AGENT => self.agent = Some((revision(row.some_int(1)?)?, row.text(3)?)),
            part::AGENT_BINDING => self.agents.bindings.push(from_json(&entry()?)?),
            part::AGENT_ROLE => self.agents.roles.push(from_json(&entry()?)?),
            part::PERSON => self.person = Some((revision(row.some_int(1)?)?, row.some_int(2)? != 0)),
            part::PERSON_BINDING => self.persons.bindings.push(from_json(&entry()?)?),
            part::PERSON_ROLE => self.persons.roles.push(from_json(&entry()?)?),
            part::DELEGATION => self.delegations.push(from_json(&entry()?)?),
            part::ACTIVE_AGENT => self.lineage.active_agents.push(parse::<ClientId>(&entry()?)?),
            part::REVOKED_TOKEN => self.lineage.revoked_tokens.push(parse(&entry()?)?),
            other => return Err(StoreError::Corrupt(format!("a row of part {other}").into())),
        }
        Ok(())
    }
}

impl Bound {
    /// In the order of their names, as every store has them.
    fn sorted(mut self) -> (Vec<Binding>, Vec<Role>) {
        self.bindings.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        self.roles.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        (self.bindings, self.roles)
    }
}

#[cfg(all(feature = "conformance", feature = "sqlite"))]
#[cfg(test)]
mod interleavings;
