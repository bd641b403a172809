use std::fmt::Display;

use deputize_core::{Agent, Facts, Needs, Resource, Role, Subject, Use};
use serde::de::DeserializeOwned;

use super::{
    arg::Arg,
    engine::{Columns, Link, missing},
    tenant::TenantRow,
};
use crate::{
    error::StoreError,
    row::{from_json, number, parse},
};

/// What a change has to be judged by: looked up by key, whatever the size of the configuration.
pub(super) async fn gather<L: Link>(db: &mut L, tenant: &TenantRow, needs: &Needs) -> Result<Facts, StoreError> {
    let mut facts =
        Facts { tenant_revoked: tenant.revoked, default_resource: tenant.default_resource.clone(), ..Facts::default() };
    let mut found = Lookup { db, tenant };
    let agents: Vec<Agent> = found.all(L::SQL.agents, &needs.agents).await?;
    facts.agents = agents.into_iter().map(|agent| (agent.client_id.clone(), agent)).collect();
    let roles: Vec<Role> = found.all(L::SQL.roles, &needs.roles).await?;
    facts.roles = roles.into_iter().map(|role| (role.name.clone(), role)).collect();
    let resources: Vec<Resource> = found.all(L::SQL.resources, &needs.resources).await?;
    facts.resources = resources.into_iter().map(|resource| (resource.uri.clone(), resource)).collect();
    if let Some(id) = &needs.binding {
        facts.binding = found.entry(L::SQL.binding, id.as_str()).await?;
        facts.binding_removed = found.text(L::SQL.removed_binding, id.as_str()).await?.is_some();
    }
    if let Some(id) = &needs.delegation {
        facts.delegation = found.entry(L::SQL.delegation, id.as_str()).await?;
    }
    if let Some(id) = &needs.spiffe_id {
        facts.spiffe_owner = found.text(L::SQL.spiffe_owner, id.as_str()).await?.as_deref().map(parse).transpose()?;
    }
    if let Some(id) = &needs.person {
        facts.person_revoked = found.text(L::SQL.person_revoked, id.as_str()).await?.is_some();
    }
    if let Some(of) = &needs.count {
        facts.count = found.count(of).await?;
    }
    Ok(facts)
}

struct Lookup<'a, L> {
    db: &'a mut L,
    tenant: &'a TenantRow,
}

impl<L: Link> Lookup<'_, L> {
    async fn text(&mut self, sql: &'static str, key: &str) -> Result<Option<String>, StoreError> {
        let row = self.db.row(sql, vec![Arg::Text(self.tenant.id.as_str()), Arg::Text(key)]).await?;
        row.map(|row| row.some_text(0)).transpose()
    }

    async fn entry<T: DeserializeOwned>(&mut self, sql: &'static str, key: &str) -> Result<Option<T>, StoreError> {
        self.text(sql, key).await?.map(|entry| from_json(&entry)).transpose()
    }

    async fn all<T: DeserializeOwned>(
        &mut self,
        sql: &'static str,
        keys: &[impl Display + Sync],
    ) -> Result<Vec<T>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.db.rows(sql, vec![Arg::Text(self.tenant.id.as_str()), Arg::texts(keys)]).await?;
        rows.iter().map(|row| from_json(&row.some_text(0)?)).collect()
    }

    async fn count(&mut self, of: &Use) -> Result<usize, StoreError> {
        let (sql, first, second) = match of {
            Use::OfRole(name) => (L::SQL.uses_of_role, name.as_str(), None),
            Use::OfResource(uri) if self.tenant.default_resource.as_ref() == Some(uri) => return Ok(1),
            Use::OfResource(uri) => (L::SQL.uses_of_resource, uri.as_str(), None),
            Use::BindingsOf(Subject::Agent(client)) => (L::SQL.count_bindings, "agent", Some(client.as_str())),
            Use::BindingsOf(Subject::User(user)) => (L::SQL.count_bindings, "user", Some(user.as_str())),
            Use::Delegations(person, agent) => (L::SQL.count_delegations, person.as_str(), Some(agent.as_str())),
        };
        let mut args = vec![Arg::Text(self.tenant.id.as_str()), Arg::Text(first)];
        args.extend(second.map(Arg::Text));
        let count = self.db.row(sql, args).await?.ok_or_else(missing)?.some_int(0)?;
        Ok(usize::try_from(number(count)?).unwrap_or(usize::MAX))
    }
}
