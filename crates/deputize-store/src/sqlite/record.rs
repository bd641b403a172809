use deputize_core::{Basis, Grant, Issuance, ReplayKey, Revision, TenantId, UnixTime};
use sqlx::SqliteConnection;

use super::{audit, error, lineage, sql, tenant::TenantRow};
use crate::{
    audit::NewEvent,
    error::{RecordError, StoreError},
    limits::MAX_PURGED,
    row::{revision, seconds},
};

/// Checks and records, in a transaction that holds the write lock: what is read here stays true
/// until it commits.
pub(super) async fn record(db: &mut SqliteConnection, issuance: &Issuance, now: UnixTime) -> Result<(), RecordError> {
    let grant = issuance.grant();
    let tenant = TenantRow::find(db, &grant.tenant).await?.ok_or(RecordError::UnknownTenant)?;
    if let Some(target) = lineage::dead(db, &tenant, &grant.lineage()).await? {
        return Err(RecordError::Revoked(target));
    }
    if issuance.basis() != current_basis(db, &tenant, grant).await? {
        return Err(RecordError::Stale);
    }
    let query = sqlx::query(sql::CLAIM_TOKEN).bind(tenant.id.as_str()).bind(grant.token.to_string());
    if query.execute(&mut *db).await.map_err(error::store)?.rows_affected() == 0 {
        return Err(RecordError::Replayed);
    }
    for key in issuance.proof().replay() {
        if !claim(db, &tenant.id, key).await? {
            return Err(RecordError::Replayed);
        }
    }
    purge(db, &tenant.id, now).await?;
    audit::append(db, &tenant.id, now, NewEvent::issuance(issuance)?).await?;
    Ok(())
}

async fn current_basis(db: &mut SqliteConnection, tenant: &TenantRow, grant: &Grant) -> Result<Basis, StoreError> {
    let query = sqlx::query_as(sql::AGENT_REVISION).bind(tenant.id.as_str()).bind(grant.agent.client_id.as_str());
    let row: Option<(i64,)> = query.fetch_optional(&mut *db).await.map_err(error::store)?;
    let agent = row.map_or(Ok(Revision::NONE), |(number,)| revision(number))?;
    let person = match &grant.person {
        Some(person) => Some(lineage::person_state(db, &tenant.id, person).await?.0),
        None => None,
    };
    Ok(Basis { agent, epoch: tenant.epoch, person })
}

/// Whether the key was not claimed before.
async fn claim(db: &mut SqliteConnection, tenant: &TenantId, key: &ReplayKey) -> Result<bool, StoreError> {
    let query = sqlx::query(sql::CLAIM_REPLAY).bind(tenant.as_str());
    let query = query.bind(key.digest.as_slice()).bind(seconds(key.keep_until));
    Ok(query.execute(db).await.map_err(error::store)?.rows_affected() == 1)
}

/// Forgets some keys whose time has come: a few with each recording, never all at once.
async fn purge(db: &mut SqliteConnection, tenant: &TenantId, now: UnixTime) -> Result<(), StoreError> {
    let query = sqlx::query(sql::PURGE_REPLAY).bind(tenant.as_str()).bind(seconds(now)).bind(MAX_PURGED);
    query.execute(db).await.map_err(error::store)?;
    Ok(())
}
