use deputize_core::{TenantId, UnixTime};
use sqlx::PgConnection;

use super::{
    error,
    row::{from_json, integer, number, seconds, time, to_json},
    sql,
};
use crate::{
    audit::{About, AuditEntry, AuditEvent, AuditOrder, AuditPage, AuditQuery},
    error::StoreError,
};

/// Appends an event, and the keys by which it is found.
pub(super) async fn append(
    db: &mut PgConnection,
    tenant: &TenantId,
    at: UnixTime,
    what: &AuditEntry,
    about: &About,
) -> Result<(), StoreError> {
    let query = sqlx::query_as(sql::APPEND).bind(tenant.as_str()).bind(seconds(at));
    let query = query.bind(what.kind().as_str()).bind(to_json(what)?);
    let (sequence,): (i64,) = query.fetch_one(&mut *db).await.map_err(error::store)?;
    let (kinds, values): (Vec<_>, Vec<_>) = about.keys().iter().cloned().unzip();
    let query = sqlx::query(sql::APPEND_KEYS).bind(tenant.as_str()).bind(sequence).bind(kinds).bind(values);
    query.execute(db).await.map_err(error::store)?;
    Ok(())
}

pub(super) async fn find(db: &mut PgConnection, query: &AuditQuery) -> Result<AuditPage, StoreError> {
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
        let (kinds, values): (Vec<_>, Vec<_>) = others.iter().cloned().unzip();
        bound = bound.bind(*kind).bind(value).bind(kinds).bind(values);
    }
    let rows: Vec<(i64, i64, String)> = bound.fetch_all(db).await.map_err(error::store)?;
    let event = |(sequence, at, entry): (i64, i64, String)| -> Result<AuditEvent, StoreError> {
        Ok(AuditEvent { sequence: number(sequence)?, at: time(at)?, what: from_json(&entry)? })
    };
    let events: Result<Vec<_>, _> = rows.into_iter().map(event).collect();
    Ok(query.page(events?))
}
