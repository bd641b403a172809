use deputize_core::{ClientId, Lineage, Target, TenantId, TokenId};
use sqlx::SqliteConnection;

use super::{
    error,
    load::{TenantRow, person_state},
};
use crate::error::StoreError;

/// The first thing in the lineage that is revoked, suspended or not there. A lineage holds at most
/// nine agents and nine tokens, so the number of statements is bounded.
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
    if let Some(delegation) = &lineage.delegation {
        const SQL: &str = "SELECT status FROM delegation WHERE tenant = ? AND id = ?";
        let query = sqlx::query_as(SQL).bind(tenant.id.as_str()).bind(delegation.as_str());
        let status: Option<(String,)> = query.fetch_optional(&mut *db).await.map_err(error::store)?;
        if status.is_none_or(|(status,)| status != "active") {
            return Ok(Some(Target::Delegation(delegation.clone())));
        }
    }
    for agent in &lineage.agents {
        if !is_active(db, &tenant.id, agent).await? {
            return Ok(Some(Target::Agent(agent.clone())));
        }
    }
    for token in &lineage.tokens {
        if is_revoked(db, &tenant.id, *token).await? {
            return Ok(Some(Target::Token(*token)));
        }
    }
    Ok(None)
}

pub(super) async fn is_active(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    agent: &ClientId,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT status FROM agent WHERE tenant = ? AND client = ?";
    let query = sqlx::query_as(SQL).bind(tenant.as_str()).bind(agent.as_str());
    let status: Option<(String,)> = query.fetch_optional(db).await.map_err(error::store)?;
    Ok(status.is_some_and(|(status,)| status == "active"))
}

pub(super) async fn is_revoked(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    token: TokenId,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM revoked_token WHERE tenant = ? AND id = ?";
    let query = sqlx::query(SQL).bind(tenant.as_str()).bind(token.to_string());
    Ok(query.fetch_optional(db).await.map_err(error::store)?.is_some())
}
