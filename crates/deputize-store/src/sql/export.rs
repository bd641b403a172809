use deputize_core::{Actor, Change, Configuration, Target, TenantId};
use serde::de::DeserializeOwned;

use super::{
    arg::Arg,
    engine::{Columns, Link},
    tenant::TenantRow,
};
use crate::{
    error::StoreError,
    row::{from_json, parse},
};

/// The whole configuration, built as any other: through its changes. In a transaction that sees one
/// moment of it.
pub(super) async fn export<L: Link>(db: &mut L, tenant: &TenantRow) -> Result<Configuration, StoreError> {
    let id = &tenant.id;
    let mut changes = Vec::new();
    changes.extend(entries(db, L::SQL.all_resources, id).await?.into_iter().map(Change::PutResource));
    changes.push(Change::SetDefaultResource(tenant.default_resource.clone()));
    changes.extend(entries(db, L::SQL.all_roles, id).await?.into_iter().map(Change::PutRole));
    changes.extend(entries(db, L::SQL.all_agents, id).await?.into_iter().map(Change::PutAgent));
    changes.extend(entries(db, L::SQL.all_bindings, id).await?.into_iter().map(Change::Bind));
    for removed in texts(db, L::SQL.all_removed, id).await? {
        changes.push(Change::Unbind(parse(&removed)?));
    }
    changes.extend(entries(db, L::SQL.all_delegations, id).await?.into_iter().map(Change::Delegate));
    for token in texts(db, L::SQL.all_revoked_tokens, id).await? {
        changes.push(Change::Revoke(Target::Token(parse(&token)?)));
    }
    for person in texts(db, L::SQL.all_revoked_people, id).await? {
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

async fn texts<L: Link>(db: &mut L, sql: &'static str, tenant: &TenantId) -> Result<Vec<String>, StoreError> {
    db.rows(sql, vec![Arg::Text(tenant.as_str())]).await?.iter().map(|row| row.some_text(0)).collect()
}

async fn entries<L: Link, T: DeserializeOwned>(
    db: &mut L,
    sql: &'static str,
    tenant: &TenantId,
) -> Result<Vec<T>, StoreError> {
    texts(db, sql, tenant).await?.iter().map(|entry| from_json(entry)).collect()
}
