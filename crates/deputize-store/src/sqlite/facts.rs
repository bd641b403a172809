use std::collections::BTreeMap;

use deputize_core::{Facts, Needs, Subject, Use};
use serde::de::DeserializeOwned;
use sqlx::{Row, SqliteConnection};

use super::{
    error,
    load::{TenantRow, person_state},
    row::{from_json, number, parse},
};
use crate::error::StoreError;

/// What a change has to be judged by: looked up by key, whatever the size of the configuration.
pub(super) async fn gather(db: &mut SqliteConnection, tenant: &TenantRow, needs: &Needs) -> Result<Facts, StoreError> {
    const AGENT: &str = "SELECT entry FROM agent WHERE tenant = ? AND client = ?";
    const ROLE: &str = "SELECT entry FROM role WHERE tenant = ? AND name = ?";
    const RESOURCE: &str = "SELECT entry FROM resource WHERE tenant = ? AND uri = ?";
    const BINDING: &str = "SELECT entry FROM binding WHERE tenant = ? AND id = ?";
    const DELEGATION: &str = "SELECT entry FROM delegation WHERE tenant = ? AND id = ?";
    const OWNER: &str = "SELECT client FROM agent WHERE tenant = ? AND spiffe_id = ?";
    const REMOVED: &str = "SELECT id FROM removed_binding WHERE tenant = ? AND id = ?";

    let mut facts =
        Facts { tenant_revoked: tenant.revoked, default_resource: tenant.default_resource.clone(), ..Facts::default() };
    let mut found = Lookup { db, tenant };
    for id in &needs.agents {
        let agent = found.entry(AGENT, id.as_str()).await?;
        facts.agents.extend(agent.map(|agent| (id.clone(), agent)));
    }
    for name in &needs.roles {
        let role = found.entry(ROLE, name.as_str()).await?;
        facts.roles.extend(role.map(|role| (name.clone(), role)));
    }
    facts.resources = BTreeMap::new();
    for uri in &needs.resources {
        let resource = found.entry(RESOURCE, uri.as_str()).await?;
        facts.resources.extend(resource.map(|resource| (uri.clone(), resource)));
    }
    if let Some(id) = &needs.binding {
        facts.binding = found.entry(BINDING, id.as_str()).await?;
        facts.binding_removed = found.text(REMOVED, id.as_str()).await?.is_some();
    }
    if let Some(id) = &needs.delegation {
        facts.delegation = found.entry(DELEGATION, id.as_str()).await?;
    }
    if let Some(id) = &needs.spiffe_id {
        facts.spiffe_owner = found.text(OWNER, id.as_str()).await?.map(|client| parse(&client)).transpose()?;
    }
    if let Some(id) = &needs.person {
        facts.person_revoked = person_state(found.db, &tenant.id, id).await?.1;
    }
    if let Some(count) = &needs.count {
        facts.count = found.count(count).await?;
    }
    Ok(facts)
}

struct Lookup<'a> {
    db: &'a mut SqliteConnection,
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

    async fn count(&mut self, of: &Use) -> Result<usize, StoreError> {
        const OF_ROLE: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM binding WHERE tenant = ? AND role = ? LIMIT 1)";
        const OF_RESOURCE: &str =
            "SELECT COUNT(*) FROM (SELECT 1 FROM resource_use WHERE tenant = ? AND uri = ? LIMIT 1)";
        const BINDINGS: &str = "SELECT COUNT(*) FROM binding WHERE tenant = ? AND subject = ? AND subject_kind = ?";
        const DELEGATIONS: &str = "SELECT COUNT(*) FROM delegation WHERE tenant = ? AND delegator = ? AND agent = ?";
        // Whether a role or a resource is used at all is all that is asked.
        let (sql, key, second) = match of {
            Use::OfRole(name) => (OF_ROLE, name.as_str(), None),
            Use::OfResource(uri) => (OF_RESOURCE, uri.as_str(), None),
            Use::BindingsOf(Subject::Agent(client)) => (BINDINGS, client.as_str(), Some("agent")),
            Use::BindingsOf(Subject::User(user)) => (BINDINGS, user.as_str(), Some("user")),
            Use::Delegations(person, agent) => (DELEGATIONS, person.as_str(), Some(agent.as_str())),
        };
        let mut query = sqlx::query(sql).bind(self.tenant.id.as_str()).bind(key);
        if let Some(second) = second {
            query = query.bind(second);
        }
        let row = query.fetch_one(&mut *self.db).await.map_err(error::store)?;
        let count = number(row.try_get(0).map_err(error::store)?)?;
        let default = match of {
            Use::OfResource(uri) => u64::from(self.tenant.default_resource.as_ref() == Some(uri)),
            _ => 0,
        };
        Ok(usize::try_from(count.saturating_add(default)).unwrap_or(usize::MAX))
    }
}
