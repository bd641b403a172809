use deputize_core::{Basis, Grant, Issuance, ReplayKey, TenantId, UnixTime};
use sqlx::PgConnection;

use super::{audit, error, lineage::Standing, sql, tenant::TenantRow};
use crate::{
    audit::NewEvent,
    error::{RecordError, StoreError},
    limits::MAX_PURGED,
    row::seconds,
};

/// Checks and records, in a transaction. From the tenant's row on, which it holds until it commits,
/// what is read here is the latest that was committed, and stays true.
pub(super) async fn record(db: &mut PgConnection, issuance: &Issuance, now: UnixTime) -> Result<(), RecordError> {
    let grant = issuance.grant();
    let tenant = TenantRow::lock(db, &grant.tenant).await?.ok_or(RecordError::UnknownTenant)?;
    let lineage = grant.lineage();
    let standing = Standing::of(db, &lineage, Some(&grant.agent.client_id)).await?;
    if let Some(target) = standing.dead(&tenant, &lineage) {
        return Err(RecordError::Revoked(target));
    }
    if issuance.basis() != current_basis(&tenant, grant, &standing)? {
        return Err(RecordError::Stale);
    }
    let query = sqlx::query(sql::CLAIM_TOKEN).bind(tenant.id.as_str()).bind(grant.token.to_string());
    if query.execute(&mut *db).await.map_err(error::store)?.rows_affected() == 0 {
        return Err(RecordError::Replayed);
    }
    if !claim(db, &tenant.id, issuance.proof().replay()).await? {
        return Err(RecordError::Replayed);
    }
    purge(db, &tenant.id, now).await?;
    audit::append(db, &tenant.id, now, NewEvent::issuance(issuance)?).await?;
    Ok(())
}

fn current_basis(tenant: &TenantRow, grant: &Grant, standing: &Standing) -> Result<Basis, StoreError> {
    let person = grant.person.as_ref().map(|_| standing.person_revision()).transpose()?;
    Ok(Basis { agent: standing.agent_revision()?, epoch: tenant.epoch, person })
}

/// Whether none of the keys was claimed before, nor is among them twice.
async fn claim(db: &mut PgConnection, tenant: &TenantId, keys: &[ReplayKey]) -> Result<bool, StoreError> {
    if keys.is_empty() {
        return Ok(true);
    }
    let digests: Vec<_> = keys.iter().map(|key| key.digest.as_slice()).collect();
    let ends: Vec<_> = keys.iter().map(|key| seconds(key.keep_until)).collect();
    let query = sqlx::query(sql::CLAIM_REPLAY).bind(tenant.as_str()).bind(digests).bind(ends);
    let claimed = query.execute(db).await.map_err(error::store)?.rows_affected();
    Ok(usize::try_from(claimed).is_ok_and(|claimed| claimed == keys.len()))
}

/// Forgets some keys whose time has come: a few with each recording, never all at once.
async fn purge(db: &mut PgConnection, tenant: &TenantId, now: UnixTime) -> Result<(), StoreError> {
    let query = sqlx::query(sql::PURGE_REPLAY).bind(tenant.as_str()).bind(seconds(now)).bind(i64::from(MAX_PURGED));
    query.execute(db).await.map_err(error::store)?;
    Ok(())
}
