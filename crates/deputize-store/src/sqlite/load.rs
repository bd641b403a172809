use deputize_core::{
    Agent, AgentPolicy, AgentRows, Binding, LineageRows, Parent, PersonRows, Question, ResourceId, Revision, Role,
    Rows, TenantId, UserId,
};
use sqlx::SqliteConnection;

use super::{
    error, lineage,
    row::{all_from_json, from_json, parse, revision},
};
use crate::{
    cache::PolicyCache,
    error::{LoadError, StoreError},
};

/// A tenant's own row.
#[derive(Debug)]
pub(super) struct TenantRow {
    pub(super) id: TenantId,
    pub(super) latest: Revision,
    pub(super) epoch: Revision,
    pub(super) revoked: bool,
    pub(super) default_resource: Option<ResourceId>,
}

pub(super) async fn tenant(db: &mut SqliteConnection, id: &TenantId) -> Result<Option<TenantRow>, StoreError> {
    const SQL: &str = "SELECT latest, epoch, revoked, default_resource FROM tenant WHERE id = ?";
    let row: Option<(i64, i64, bool, Option<String>)> =
        sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(db).await.map_err(error::store)?;
    let Some((latest, epoch, revoked, default)) = row else { return Ok(None) };
    Ok(Some(TenantRow {
        id: id.clone(),
        latest: revision(latest)?,
        epoch: revision(epoch)?,
        revoked,
        default_resource: default.as_deref().map(parse).transpose()?,
    }))
}

pub(super) async fn load(
    db: &mut SqliteConnection,
    question: &Question,
    policies: &PolicyCache,
) -> Result<Rows, LoadError> {
    let state = tenant(db, &question.tenant).await?.ok_or(LoadError::UnknownTenant)?;
    let target = question.target(state.default_resource.as_ref());
    let resource = match target {
        Some(uri) => {
            const SQL: &str = "SELECT entry FROM resource WHERE tenant = ? AND uri = ?";
            let query = sqlx::query_as(SQL).bind(state.id.as_str()).bind(uri.as_str());
            let row: Option<(String,)> = query.fetch_optional(&mut *db).await.map_err(error::store)?;
            row.map(|(entry,)| from_json(&entry)).transpose()?
        }
        None => None,
    };
    let agent = agent(db, &state, question, policies).await?;
    let person = match question.person() {
        Some(id) => Some(person(db, &state.id, question, id).await?),
        None => None,
    };
    let lineage = match question.parent() {
        Some(parent) => Some(lineage_rows(db, &state.id, parent).await?),
        None => None,
    };
    Ok(Rows {
        tenant: state.id,
        tenant_revoked: state.revoked,
        epoch: state.epoch,
        default_resource: state.default_resource,
        resource,
        agent,
        person,
        lineage,
    })
}

async fn agent(
    db: &mut SqliteConnection,
    state: &TenantRow,
    question: &Question,
    policies: &PolicyCache,
) -> Result<Option<std::sync::Arc<AgentPolicy>>, LoadError> {
    const SQL: &str = "SELECT revision, entry FROM agent WHERE tenant = ? AND client = ?";
    let query = sqlx::query_as(SQL).bind(state.id.as_str()).bind(question.client.as_str());
    let row: Option<(i64, String)> = query.fetch_optional(&mut *db).await.map_err(error::store)?;
    let Some((own, entry)) = row else { return Ok(None) };
    let own = revision(own)?;
    if let Some(kept) = policies.get(&state.id, &question.client, own, state.epoch) {
        return Ok(Some(kept));
    }
    let agent: Agent = from_json(&entry)?;
    let (bindings, roles) = bindings(db, &state.id, "agent", question.client.as_str()).await?;
    let rows = AgentRows { tenant: state.id.clone(), epoch: state.epoch, revision: own, agent, bindings, roles };
    let policy = AgentPolicy::compile(rows)?;
    policies.put(&state.id, &policy);
    Ok(Some(policy))
}

async fn person(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    question: &Question,
    id: &UserId,
) -> Result<PersonRows, LoadError> {
    let (own, revoked) = person_state(db, tenant, id).await?;
    let (bindings, roles) = bindings(db, tenant, "user", id.as_str()).await?;
    let delegations: Vec<(String,)> = match question.delegation() {
        Some(delegation) => {
            const SQL: &str = "SELECT entry FROM delegation WHERE tenant = ? AND id = ? AND delegator = ?";
            sqlx::query_as(SQL).bind(tenant.as_str()).bind(delegation.as_str()).bind(id.as_str())
        }
        None => {
            const SQL: &str = "SELECT entry FROM delegation WHERE tenant = ? AND delegator = ? AND agent = ?";
            sqlx::query_as(SQL).bind(tenant.as_str()).bind(id.as_str()).bind(question.client.as_str())
        }
    }
    .fetch_all(&mut *db)
    .await
    .map_err(error::store)?;
    let delegations = all_from_json(delegations)?;
    Ok(PersonRows { person: id.clone(), revision: own, revoked, bindings, roles, delegations })
}

/// A person's revision, and whether they are revoked; of one who is not known, neither.
pub(super) async fn person_state(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    id: &UserId,
) -> Result<(Revision, bool), StoreError> {
    const SQL: &str = "SELECT revision, revoked FROM person WHERE tenant = ? AND id = ?";
    let query = sqlx::query_as(SQL).bind(tenant.as_str()).bind(id.as_str());
    let row: Option<(i64, bool)> = query.fetch_optional(db).await.map_err(error::store)?;
    row.map_or(Ok((Revision::NONE, false)), |(own, revoked)| Ok((revision(own)?, revoked)))
}

/// A subject's bindings, and the roles they lead to.
async fn bindings(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    kind: &'static str,
    subject: &str,
) -> Result<(Vec<Binding>, Vec<Role>), StoreError> {
    const BINDINGS: &str = "SELECT entry FROM binding WHERE tenant = ? AND subject_kind = ? AND subject = ?";
    const ROLES: &str = "SELECT entry FROM role WHERE tenant = ? AND name IN
        (SELECT role FROM binding WHERE tenant = ? AND subject_kind = ? AND subject = ?)";
    let query = sqlx::query_as(BINDINGS).bind(tenant.as_str()).bind(kind).bind(subject);
    let bindings = query.fetch_all(&mut *db).await.map_err(error::store)?;
    let query = sqlx::query_as(ROLES).bind(tenant.as_str()).bind(tenant.as_str()).bind(kind).bind(subject);
    let roles = query.fetch_all(&mut *db).await.map_err(error::store)?;
    Ok((all_from_json(bindings)?, all_from_json(roles)?))
}

async fn lineage_rows(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    parent: &Parent,
) -> Result<LineageRows, StoreError> {
    let mut rows = LineageRows::default();
    for agent in &parent.held().agents {
        if lineage::is_active(db, tenant, &agent.client_id).await? {
            rows.active_agents.push(agent.client_id.clone());
        }
    }
    for token in &parent.held().tokens {
        if lineage::is_revoked(db, tenant, *token).await? {
            rows.revoked_tokens.push(*token);
        }
    }
    Ok(rows)
}
