use deputize_core::{Actor, Change, Configuration, Target, TenantId};
use serde::de::DeserializeOwned;
use sqlx::PgConnection;

use super::{error, sql, tenant::TenantRow};
use crate::{
    error::StoreError,
    row::{all_from_json, parse},
};

/// The whole configuration, built as any other: through its changes.
pub(super) async fn export(db: &mut PgConnection, tenant: &TenantRow) -> Result<Configuration, StoreError> {
    let id = &tenant.id;
    let mut changes = Vec::new();
    changes.extend(entries(db, sql::ALL_RESOURCES, id).await?.into_iter().map(Change::PutResource));
    changes.push(Change::SetDefaultResource(tenant.default_resource.clone()));
    changes.extend(entries(db, sql::ALL_ROLES, id).await?.into_iter().map(Change::PutRole));
    changes.extend(entries(db, sql::ALL_AGENTS, id).await?.into_iter().map(Change::PutAgent));
    changes.extend(entries(db, sql::ALL_BINDINGS, id).await?.into_iter().map(Change::Bind));
    for (removed,) in texts(db, sql::ALL_REMOVED, id).await? {
        changes.push(Change::Unbind(parse(&removed)?));
    }
    changes.extend(entries(db, sql::ALL_DELEGATIONS, id).await?.into_iter().map(Change::Delegate));
    for (token,) in texts(db, sql::ALL_REVOKED_TOKENS, id).await? {
        changes.push(Change::Revoke(Target::Token(parse(&token)?)));
    }
    for (person,) in texts(db, sql::ALL_REVOKED_PEOPLE, id).await? {
        changes.push(Change::Revoke(Target::Person(parse(&person)?)));
    }
    changes.extend(tenant.revoked.then_some(Change::Revoke(Target::Tenant)));

    let exporter = Actor::Operator(parse("export")?);
    let mut config = Configuration::new(id.clone());
    for change in &changes {
        config.apply(&exporter, change).map_err(|error| StoreError::Corrupt(error.into()))?;
    }
    Ok(config)
}

async fn texts(db: &mut PgConnection, sql: &'static str, tenant: &TenantId) -> Result<Vec<(String,)>, StoreError> {
    sqlx::query_as(sql).bind(tenant.as_str()).fetch_all(db).await.map_err(error::store)
}

async fn entries<T: DeserializeOwned>(
    db: &mut PgConnection,
    sql: &'static str,
    tenant: &TenantId,
) -> Result<Vec<T>, StoreError> {
    all_from_json(texts(db, sql, tenant).await?)
}
