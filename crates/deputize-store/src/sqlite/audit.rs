use deputize_core::{TenantId, UnixTime};
use sqlx::SqliteConnection;

use super::{error, sql, trail};
use crate::{
    audit::{AuditEvent, AuditLine, AuditOrder, AuditPage, AuditQuery, NewEvent},
    error::StoreError,
    row::{from_json, integer, number, seconds, time, to_json},
};

/// Appends an event, and the keys by which it is found: in a transaction that holds the write lock,
/// so that the last event is the last until it commits.
pub(super) async fn append(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    at: UnixTime,
    event: NewEvent,
) -> Result<(), StoreError> {
    let line = AuditLine::next(tenant, trail::last(db, tenant).await?, at, event.text);
    let query = sqlx::query(sql::APPEND).bind(tenant.as_str()).bind(integer(line.sequence)).bind(seconds(at));
    let query = query.bind(event.what.kind().as_str()).bind(integer(line.chain)).bind(integer(line.number));
    let query = query.bind(line.hash.as_bytes().as_slice()).bind(line.entry);
    query.execute(&mut *db).await.map_err(error::store)?;
    let query = sqlx::query(sql::APPEND_KEYS).bind(tenant.as_str()).bind(integer(line.sequence));
    query.bind(to_json(&event.about.keys())?).execute(db).await.map_err(error::store)?;
    Ok(())
}

pub(super) async fn find(db: &mut SqliteConnection, query: &AuditQuery) -> Result<AuditPage, StoreError> {
    let keys = query.keys();
    let statement = match (keys.is_empty(), query.order) {
        (true, AuditOrder::OldestFirst) => sql::AUDIT_OLDEST,
        (true, AuditOrder::NewestFirst) => sql::AUDIT_NEWEST,
        (false, AuditOrder::OldestFirst) => sql::AUDIT_BY_KEY_OLDEST,
        (false, AuditOrder::NewestFirst) => sql::AUDIT_BY_KEY_NEWEST,
    };
    let (above, below) = match (query.after.map(integer), query.order) {
        (None, _) => (0, i64::MAX),
        (Some(after), AuditOrder::OldestFirst) => (after, i64::MAX),
        (Some(after), AuditOrder::NewestFirst) => (0, after),
    };
    let mut bound = sqlx::query_as(statement)
        .bind(query.tenant.as_str())
        .bind(above)
        .bind(below)
        .bind(query.kind.map(|kind| kind.as_str()))
        .bind(query.from.map_or(0, seconds))
        .bind(query.until.map_or(i64::MAX, seconds))
        .bind(i64::try_from(query.look_for()).unwrap_or(i64::MAX));
    if let Some(((kind, value), others)) = keys.split_first() {
        bound = bound.bind(*kind).bind(value).bind(to_json(&others)?);
    }
    let rows: Vec<(i64, i64, String)> = bound.fetch_all(db).await.map_err(error::store)?;
    let event = |(sequence, at, entry): (i64, i64, String)| -> Result<AuditEvent, StoreError> {
        Ok(AuditEvent { sequence: number(sequence)?, at: time(at)?, what: from_json(&entry)? })
    };
    let events: Result<Vec<_>, _> = rows.into_iter().map(event).collect();
    Ok(query.page(events?))
}
