use std::sync::Arc;

use deputize_core::{
    AgentPolicy, AgentRows, Binding, ClientId, LineageRows, Parent, PersonRows, Question, Resource, ResourceId, Role,
    Rows, TenantId, UserId,
};
use sqlx::PgConnection;

use super::{error, lineage, sql, tenant::TenantRow};
use crate::{
    cache::PolicyCache,
    error::{LoadError, StoreError},
    row::{all_from_json, from_json, revision},
};

pub(super) async fn load(
    db: &mut PgConnection,
    question: &Question,
    policies: &PolicyCache,
) -> Result<Rows, LoadError> {
    let tenant = TenantRow::get(db, &question.tenant).await?;
    let resource = match question.target(tenant.default_resource.as_ref()) {
        Some(uri) => entry(db, &tenant.id, uri).await?,
        None => None,
    };
    let agent = agent(db, &tenant, &question.client, policies).await?;
    let person = match question.person() {
        Some(id) => Some(person(db, &tenant.id, question, id).await?),
        None => None,
    };
    let lineage = match question.parent() {
        Some(parent) => Some(lineage_rows(db, &tenant.id, parent).await?),
        None => None,
    };
    Ok(Rows {
        tenant: tenant.id,
        tenant_revoked: tenant.revoked,
        epoch: tenant.epoch,
        default_resource: tenant.default_resource,
        resource,
        agent,
        person,
        lineage,
    })
}

async fn entry(db: &mut PgConnection, tenant: &TenantId, uri: &ResourceId) -> Result<Option<Resource>, StoreError> {
    let query = sqlx::query_as(sql::RESOURCE).bind(tenant.as_str()).bind(uri.as_str());
    let row: Option<(String,)> = query.fetch_optional(db).await.map_err(error::store)?;
    row.map(|(entry,)| from_json(&entry)).transpose()
}

/// The agent's half: kept, or compiled and kept.
async fn agent(
    db: &mut PgConnection,
    tenant: &TenantRow,
    client: &ClientId,
    policies: &PolicyCache,
) -> Result<Option<Arc<AgentPolicy>>, LoadError> {
    let query = sqlx::query_as(sql::AGENT_REVISION).bind(tenant.id.as_str()).bind(client.as_str());
    let row: Option<(i64,)> = query.fetch_optional(&mut *db).await.map_err(error::store)?;
    let Some((number,)) = row else { return Ok(None) };
    if let Some(kept) = policies.get(&tenant.id, client, revision(number)?, tenant.epoch) {
        return Ok(Some(kept));
    }
    let query = sqlx::query_as(sql::AGENT).bind(tenant.id.as_str()).bind(client.as_str());
    let (number, entry): (i64, String) = query.fetch_one(&mut *db).await.map_err(error::store)?;
    let (bindings, roles) = bindings(db, &tenant.id, "agent", client.as_str()).await?;
    let policy = AgentPolicy::compile(AgentRows {
        tenant: tenant.id.clone(),
        epoch: tenant.epoch,
        revision: revision(number)?,
        agent: from_json(&entry)?,
        bindings,
        roles,
    })?;
    policies.put(&tenant.id, &policy);
    Ok(Some(policy))
}

async fn person(
    db: &mut PgConnection,
    tenant: &TenantId,
    question: &Question,
    id: &UserId,
) -> Result<PersonRows, StoreError> {
    let (own, revoked) = lineage::person_state(db, tenant, id).await?;
    let (bindings, roles) = bindings(db, tenant, "user", id.as_str()).await?;
    let query = match question.delegation() {
        Some(delegation) => {
            sqlx::query_as(sql::DELEGATION_OF).bind(tenant.as_str()).bind(delegation.as_str()).bind(id.as_str())
        }
        None => {
            sqlx::query_as(sql::DELEGATIONS_OF).bind(tenant.as_str()).bind(id.as_str()).bind(question.client.as_str())
        }
    };
    let delegations = all_from_json(query.fetch_all(db).await.map_err(error::store)?)?;
    Ok(PersonRows { person: id.clone(), revision: own, revoked, bindings, roles, delegations })
}

/// A subject's bindings, and the roles they lead to.
async fn bindings(
    db: &mut PgConnection,
    tenant: &TenantId,
    kind: &'static str,
    subject: &str,
) -> Result<(Vec<Binding>, Vec<Role>), StoreError> {
    let query = sqlx::query_as(sql::BINDINGS_OF).bind(tenant.as_str()).bind(kind).bind(subject);
    let bindings = query.fetch_all(&mut *db).await.map_err(error::store)?;
    let query = sqlx::query_as(sql::ROLES_OF).bind(tenant.as_str()).bind(kind).bind(subject);
    let roles = query.fetch_all(db).await.map_err(error::store)?;
    let mut roles: Vec<Role> = all_from_json(roles)?;
    roles.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok((all_from_json(bindings)?, roles))
}

async fn lineage_rows(db: &mut PgConnection, tenant: &TenantId, parent: &Parent) -> Result<LineageRows, StoreError> {
    let lineage = parent.lineage();
    Ok(LineageRows {
        active_agents: lineage::active_agents(db, tenant, &lineage.agents).await?,
        revoked_tokens: lineage::revoked_tokens(db, tenant, &lineage.tokens).await?,
    })
}
