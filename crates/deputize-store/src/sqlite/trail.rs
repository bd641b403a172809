use deputize_core::{Actor, TenantId, UnixTime};
use sqlx::SqliteConnection;

use super::{audit, error, sql};
use crate::{
    audit::{AuditHash, AuditHead, AuditLine, AuditLines, Checkpoint, NewEvent, ONLY_CHAIN},
    error::{PruneError, StoreError},
    limits::MAX_AUDIT_PAGE,
    row::{from_json, integer, to_json},
};

type HeadRow = (i64, i64, Vec<u8>);
type LineRow = (i64, i64, i64, i64, Vec<u8>, Vec<u8>);

/// The last event of the trail, or the last that was removed.
pub(super) async fn last(db: &mut SqliteConnection, tenant: &TenantId) -> Result<Option<AuditHead>, StoreError> {
    let query = sqlx::query_as(sql::AUDIT_LAST).bind(tenant.as_str());
    match query.fetch_optional(&mut *db).await.map_err(error::store)? {
        Some(row) => Ok(Some(head(row))),
        None => Ok(start(db, tenant).await?.heads.get(&ONLY_CHAIN).copied()),
    }
}

pub(super) async fn lines(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    after: u64,
    limit: usize,
) -> Result<AuditLines, StoreError> {
    let limit = i64::try_from(limit.min(MAX_AUDIT_PAGE)).unwrap_or(i64::MAX);
    let query = sqlx::query_as(sql::AUDIT_LINES).bind(tenant.as_str()).bind(integer(after)).bind(limit);
    let rows: Vec<LineRow> = query.fetch_all(&mut *db).await.map_err(error::store)?;
    let line = |(sequence, at, chain, number, hash, entry): LineRow| AuditLine {
        tenant: tenant.clone(),
        sequence: sequence.cast_unsigned(),
        at: at.cast_unsigned(),
        chain: chain.cast_unsigned(),
        number: number.cast_unsigned(),
        hash: hash_of(&hash),
        // What is no text was not written here, and neither was an empty one.
        entry: String::from_utf8(entry).unwrap_or_default(),
    };
    Ok(AuditLines { start: start(db, tenant).await?, lines: rows.into_iter().map(line).collect() })
}

/// Removes events, in a transaction that holds the write lock.
pub(super) async fn prune(
    db: &mut SqliteConnection,
    actor: &Actor,
    through: &Checkpoint,
    now: UnixTime,
) -> Result<(), PruneError> {
    let tenant = &through.tenant;
    if *through == start(db, tenant).await? {
        return Ok(());
    }
    let (id, sequence) = (tenant.as_str(), integer(through.sequence));
    let query = sqlx::query_as(sql::AUDIT_AT).bind(id).bind(sequence);
    let row = query.fetch_optional(&mut *db).await.map_err(error::store)?.ok_or(PruneError::NotInTrail)?;
    if *through != Checkpoint::of_one_chain(tenant.clone(), head(row)) {
        return Err(PruneError::NotInTrail);
    }
    audit::append(db, tenant, now, NewEvent::pruning(actor, through)?).await?;
    for removal in [sql::PRUNE, sql::PRUNE_KEYS] {
        sqlx::query(removal).bind(id).bind(sequence).execute(&mut *db).await.map_err(error::store)?;
    }
    let query = sqlx::query(sql::PUT_AUDIT_START).bind(id).bind(to_json(through)?);
    query.execute(db).await.map_err(error::store)?;
    Ok(())
}

async fn start(db: &mut SqliteConnection, tenant: &TenantId) -> Result<Checkpoint, StoreError> {
    let query = sqlx::query_as(sql::AUDIT_START).bind(tenant.as_str());
    let row: Option<(String,)> = query.fetch_optional(db).await.map_err(error::store)?;
    row.map_or_else(|| Ok(Checkpoint::new(tenant.clone())), |(checkpoint,)| from_json(&checkpoint))
}

// Here nothing is refused, unlike elsewhere: whatever somebody put into a row, verification has to
// get to see it. The casts are of two's complement, so that different columns give different lines.

fn head((sequence, number, hash): HeadRow) -> AuditHead {
    AuditHead { number: number.cast_unsigned(), sequence: sequence.cast_unsigned(), hash: hash_of(&hash) }
}

/// What has another length is no hash, and no event's hash is zero.
fn hash_of(column: &[u8]) -> AuditHash {
    column.try_into().map_or(AuditHash::ZERO, AuditHash::from_bytes)
}
