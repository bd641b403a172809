use deputize_core::{Actor, Change, Configuration, Target, TenantId};
use serde::de::DeserializeOwned;
use sqlx::SqliteConnection;

use super::{
    error,
    load::TenantRow,
    row::{all_from_json, parse},
};
use crate::error::StoreError;

/// The whole configuration, built as any other: through its changes.
pub(super) async fn export(db: &mut SqliteConnection, tenant: &TenantRow) -> Result<Configuration, StoreError> {
    const REMOVED: &str = "SELECT id FROM removed_binding WHERE tenant = ?";
    const TOKENS: &str = "SELECT id FROM revoked_token WHERE tenant = ?";
    const PEOPLE: &str = "SELECT id FROM person WHERE tenant = ? AND revoked";

    let id = &tenant.id;
    let mut changes = Vec::new();
    let resources = entries(db, "SELECT entry FROM resource WHERE tenant = ?", id).await?;
    changes.extend(resources.into_iter().map(Change::PutResource));
    changes.push(Change::SetDefaultResource(tenant.default_resource.clone()));
    let roles = entries(db, "SELECT entry FROM role WHERE tenant = ?", id).await?;
    changes.extend(roles.into_iter().map(Change::PutRole));
    let agents = entries(db, "SELECT entry FROM agent WHERE tenant = ?", id).await?;
    changes.extend(agents.into_iter().map(Change::PutAgent));
    let bindings = entries(db, "SELECT entry FROM binding WHERE tenant = ?", id).await?;
    changes.extend(bindings.into_iter().map(Change::Bind));
    for (removed,) in texts(db, REMOVED, id).await? {
        changes.push(Change::Unbind(parse(&removed)?));
    }
    let delegations = entries(db, "SELECT entry FROM delegation WHERE tenant = ?", id).await?;
    changes.extend(delegations.into_iter().map(Change::Delegate));
    for (token,) in texts(db, TOKENS, id).await? {
        changes.push(Change::Revoke(Target::Token(parse(&token)?)));
    }
    for (person,) in texts(db, PEOPLE, id).await? {
        changes.push(Change::Revoke(Target::Person(parse(&person)?)));
    }
    changes.extend(tenant.revoked.then_some(Change::Revoke(Target::Tenant)));

    let corrupt = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Corrupt(error);
    let exporter = Actor::Operator(parse("export")?);
    let mut config = Configuration::new(id.clone());
    for change in &changes {
        config.apply(&exporter, change).map_err(|error| corrupt(error.into()))?;
    }
    Ok(config)
}

async fn texts(db: &mut SqliteConnection, sql: &'static str, tenant: &TenantId) -> Result<Vec<(String,)>, StoreError> {
    sqlx::query_as(sql).bind(tenant.as_str()).fetch_all(db).await.map_err(error::store)
}

async fn entries<T: DeserializeOwned>(
    db: &mut SqliteConnection,
    sql: &'static str,
    tenant: &TenantId,
) -> Result<Vec<T>, StoreError> {
    all_from_json(texts(db, sql, tenant).await?)
}
