use std::fmt::Display;

use deputize_core::{Agent, Facts, Needs, Resource, Role, Subject, Use};
use serde::de::DeserializeOwned;
use sqlx::PgConnection;

use super::{error, lineage, sql, tenant::TenantRow};
use crate::{
    error::StoreError,
    row::{all_from_json, from_json, number, parse, texts},
};

/// What a change has to be judged by: looked up by key, whatever the size of the configuration.
pub(super) async fn gather(db: &mut PgConnection, tenant: &TenantRow, needs: &Needs) -> Result<Facts, StoreError> {
    let mut facts =
        Facts { tenant_revoked: tenant.revoked, default_resource: tenant.default_resource.clone(), ..Facts::default() };
    let mut found = Lookup { db, tenant };
    let agents: Vec<Agent> = found.all(sql::AGENTS, &needs.agents).await?;
    facts.agents = agents.into_iter().map(|agent| (agent.client_id.clone(), agent)).collect();
    let roles: Vec<Role> = found.all(sql::ROLES, &needs.roles).await?;
    facts.roles = roles.into_iter().map(|role| (role.name.clone(), role)).collect();
    let resources: Vec<Resource> = found.all(sql::RESOURCES, &needs.resources).await?;
    facts.resources = resources.into_iter().map(|resource| (resource.uri.clone(), resource)).collect();
    if let Some(id) = &needs.binding {
        facts.binding = found.entry(sql::BINDING, id.as_str()).await?;
        facts.binding_removed = found.text(sql::REMOVED_BINDING, id.as_str()).await?.is_some();
    }
    if let Some(id) = &needs.delegation {
        facts.delegation = found.entry(sql::DELEGATION, id.as_str()).await?;
    }
    if let Some(id) = &needs.spiffe_id {
        facts.spiffe_owner = found.text(sql::SPIFFE_OWNER, id.as_str()).await?.as_deref().map(parse).transpose()?;
    }
    if let Some(id) = &needs.person {
        facts.person_revoked = lineage::person_state(found.db, &tenant.id, id).await?.1;
    }
    if let Some(of) = &needs.count {
        facts.count = found.count(of).await?;
    }
    Ok(facts)
}

struct Lookup<'a> {
    db: &'a mut PgConnection,
    tenant: &'a TenantRow,
}

impl Lookup<'_> {
    async fn text(&mut self, sql: &'static str, key: &str) -> Result<Option<String>, StoreError> {
        let query = sqlx::query_as(sql).bind(self.tenant.id.as_str()).bind(key);
        let row: Option<(String,)> = query.fetch_optional(&mut *self.db).await.map_err(error::store)?;
        Ok(row.map(|(text,)| text))
    }

    async fn entry<T: DeserializeOwned>(&mut self, sql: &'static str, key: &str) -> Result<Option<T>, StoreError> {
        self.text(sql, key).await?.map(|entry| from_json(&entry)).transpose()
    }

    async fn all<T: DeserializeOwned>(
        &mut self,
        sql: &'static str,
        keys: &[impl Display],
    ) -> Result<Vec<T>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let query = sqlx::query_as(sql).bind(self.tenant.id.as_str()).bind(texts(keys));
        all_from_json(query.fetch_all(&mut *self.db).await.map_err(error::store)?)
    }

    async fn count(&mut self, of: &Use) -> Result<usize, StoreError> {
        let (sql, first, second) = match of {
            Use::OfRole(name) => (sql::USES_OF_ROLE, name.as_str(), None),
            Use::OfResource(uri) if self.tenant.default_resource.as_ref() == Some(uri) => return Ok(1),
            Use::OfResource(uri) => (sql::USES_OF_RESOURCE, uri.as_str(), None),
            Use::BindingsOf(Subject::Agent(client)) => (sql::COUNT_BINDINGS, "agent", Some(client.as_str())),
            Use::BindingsOf(Subject::User(user)) => (sql::COUNT_BINDINGS, "user", Some(user.as_str())),
            Use::Delegations(person, agent) => (sql::COUNT_DELEGATIONS, person.as_str(), Some(agent.as_str())),
        };
        let mut query = sqlx::query_as(sql).bind(self.tenant.id.as_str()).bind(first);
        if let Some(second) = second {
            query = query.bind(second);
        }
        let (count,): (i64,) = query.fetch_one(&mut *self.db).await.map_err(error::store)?;
        Ok(usize::try_from(number(count)?).unwrap_or(usize::MAX))
    }
}
