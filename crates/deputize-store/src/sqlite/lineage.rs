use deputize_core::{ClientId, DelegationId, Lineage, Revision, Target, TenantId, TokenId, UserId};
use sqlx::SqliteConnection;

use super::{error, sql, tenant::TenantRow};
use crate::{
    error::StoreError,
    row::{parse, revision, to_json},
};

/// The first thing in the lineage that is revoked, suspended or not there.
pub(super) async fn dead(
    db: &mut SqliteConnection,
    tenant: &TenantRow,
    lineage: &Lineage,
) -> Result<Option<Target>, StoreError> {
    if tenant.revoked {
        return Ok(Some(Target::Tenant));
    }
    if let Some(person) = &lineage.person
        && person_state(db, &tenant.id, person).await?.1
    {
        return Ok(Some(Target::Person(person.clone())));
    }
    if let Some(delegation) = &lineage.delegation
        && !is_live(db, &tenant.id, delegation).await?
    {
        return Ok(Some(Target::Delegation(delegation.clone())));
    }
    let active = active_agents(db, &tenant.id, &lineage.agents).await?;
    if let Some(agent) = lineage.agents.iter().find(|agent| !active.contains(*agent)) {
        return Ok(Some(Target::Agent(agent.clone())));
    }
    let revoked = revoked_tokens(db, &tenant.id, &lineage.tokens).await?;
    Ok(lineage.tokens.iter().find(|token| revoked.contains(*token)).copied().map(Target::Token))
}

/// A person's revision, and whether they are revoked; of one who is not known, neither.
pub(super) async fn person_state(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    id: &UserId,
) -> Result<(Revision, bool), StoreError> {
    let query = sqlx::query_as(sql::PERSON).bind(tenant.as_str()).bind(id.as_str());
    let row: Option<(i64, bool)> = query.fetch_optional(db).await.map_err(error::store)?;
    row.map_or(Ok((Revision::NONE, false)), |(own, revoked)| Ok((revision(own)?, revoked)))
}

/// Those of the agents that are there and active.
pub(super) async fn active_agents(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    agents: &[ClientId],
) -> Result<Vec<ClientId>, StoreError> {
    let query = sqlx::query_as(sql::ACTIVE_AGENTS).bind(tenant.as_str()).bind(to_json(&agents)?);
    let rows: Vec<(String,)> = query.fetch_all(db).await.map_err(error::store)?;
    rows.iter().map(|(client,)| parse(client)).collect()
}

/// Those of the tokens that are revoked.
pub(super) async fn revoked_tokens(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    tokens: &[TokenId],
) -> Result<Vec<TokenId>, StoreError> {
    let query = sqlx::query_as(sql::REVOKED_TOKENS).bind(tenant.as_str()).bind(to_json(&tokens)?);
    let rows: Vec<(String,)> = query.fetch_all(db).await.map_err(error::store)?;
    rows.iter().map(|(token,)| parse(token)).collect()
}

async fn is_live(db: &mut SqliteConnection, tenant: &TenantId, id: &DelegationId) -> Result<bool, StoreError> {
    let query = sqlx::query_as(sql::DELEGATION_STATUS).bind(tenant.as_str()).bind(id.as_str());
    let row: Option<(String,)> = query.fetch_optional(db).await.map_err(error::store)?;
    Ok(row.is_some_and(|(status,)| status == "active"))
}
