use deputize_core::{TenantId, UnixTime};
use sqlx::SqliteConnection;

use super::{
    error,
    row::{from_json, integer, number, seconds, time, to_json},
};
use crate::{
    audit::{About, AuditEntry, AuditEvent, AuditPage, AuditQuery},
    error::StoreError,
    feed::{Cursor, Revocation, RevocationPage},
    limits::MAX_FEED_PAGE,
};

/// Appends an event and returns its place.
pub(super) async fn append(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    at: UnixTime,
    what: &AuditEntry,
) -> Result<u64, StoreError> {
    const PLACE: &str = "UPDATE tenant SET events = events + 1 WHERE id = ? RETURNING events";
    const EVENT: &str = "INSERT INTO audit (tenant, sequence, at, client, person, token, entry)
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    let query = sqlx::query_as(PLACE).bind(tenant.as_str());
    let (sequence,): (i64,) = query.fetch_one(&mut *db).await.map_err(error::store)?;
    let About { client, person, token } = what.about();
    let query = sqlx::query(EVENT)
        .bind(tenant.as_str())
        .bind(sequence)
        .bind(seconds(at))
        .bind(client.map(|client| client.to_string()))
        .bind(person.map(|person| person.to_string()))
        .bind(token.map(|token| token.to_string()))
        .bind(to_json(what)?);
    query.execute(db).await.map_err(error::store)?;
    number(sequence)
}

/// Puts an entry into the feed that verifiers follow.
pub(super) async fn publish(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    sequence: u64,
    revocation: &Revocation,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO revocation (tenant, sequence, entry) VALUES (?, ?, ?)";
    let query = sqlx::query(SQL).bind(tenant.as_str()).bind(integer(sequence)).bind(to_json(revocation)?);
    query.execute(db).await.map_err(error::store)?;
    Ok(())
}

pub(super) async fn revoked_since(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    since: Cursor,
) -> Result<RevocationPage, StoreError> {
    const SQL: &str = "SELECT sequence, entry FROM revocation WHERE tenant = ? AND sequence > ?
        ORDER BY sequence LIMIT ?";
    let one_more = i64::try_from(MAX_FEED_PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let query = sqlx::query_as(SQL).bind(tenant.as_str()).bind(integer(since.place())).bind(one_more);
    let mut rows: Vec<(i64, String)> = query.fetch_all(db).await.map_err(error::store)?;
    let more = rows.len() > MAX_FEED_PAGE;
    rows.truncate(MAX_FEED_PAGE);
    let next = rows.last().map_or(Ok(since), |(sequence, _)| Ok(Cursor::at(number(*sequence)?)))?;
    let entries: Result<_, StoreError> = rows.iter().map(|(_, entry)| from_json(entry)).collect();
    Ok(RevocationPage { entries: entries?, next, more })
}

pub(super) async fn audit(db: &mut SqliteConnection, query: &AuditQuery) -> Result<AuditPage, StoreError> {
    // One of these conditions leads into an index, so that no query reads a whole trail.
    const BY_TOKEN: &str = "SELECT sequence, at, entry FROM audit
        WHERE tenant = ?1 AND token = ?2 AND sequence > ?5
        AND (?3 IS NULL OR person = ?3) AND (?4 IS NULL OR client = ?4) AND at >= ?6 AND at < ?7
        ORDER BY sequence LIMIT ?8";
    const BY_PERSON: &str = "SELECT sequence, at, entry FROM audit
        WHERE tenant = ?1 AND person = ?3 AND sequence > ?5
        AND (?2 IS NULL OR token = ?2) AND (?4 IS NULL OR client = ?4) AND at >= ?6 AND at < ?7
        ORDER BY sequence LIMIT ?8";
    const BY_CLIENT: &str = "SELECT sequence, at, entry FROM audit
        WHERE tenant = ?1 AND client = ?4 AND sequence > ?5
        AND (?2 IS NULL OR token = ?2) AND (?3 IS NULL OR person = ?3) AND at >= ?6 AND at < ?7
        ORDER BY sequence LIMIT ?8";
    const IN_ORDER: &str = "SELECT sequence, at, entry FROM audit
        WHERE tenant = ?1 AND sequence > ?5
        AND (?2 IS NULL OR token = ?2) AND (?3 IS NULL OR person = ?3) AND (?4 IS NULL OR client = ?4)
        AND at >= ?6 AND at < ?7
        ORDER BY sequence LIMIT ?8";
    let sql = match (&query.token, &query.person, &query.client) {
        (Some(_), _, _) => BY_TOKEN,
        (None, Some(_), _) => BY_PERSON,
        (None, None, Some(_)) => BY_CLIENT,
        (None, None, None) => IN_ORDER,
    };
    let bound = sqlx::query_as(sql)
        .bind(query.tenant.as_str())
        .bind(query.token.map(|token| token.to_string()))
        .bind(query.person.as_ref().map(|person| person.as_str()))
        .bind(query.client.as_ref().map(|client| client.as_str()))
        .bind(integer(query.after.place()))
        .bind(query.from.map_or(0, seconds))
        .bind(query.until.map_or(i64::MAX, seconds))
        .bind(query.limit());
    let rows: Vec<(i64, i64, String)> = bound.fetch_all(db).await.map_err(error::store)?;
    let event = |(sequence, at, entry): (i64, i64, String)| -> Result<AuditEvent, StoreError> {
        Ok(AuditEvent { sequence: number(sequence)?, at: time(at)?, what: from_json(&entry)? })
    };
    let events: Result<Vec<_>, _> = rows.into_iter().map(event).collect();
    Ok(AuditPage::new(events?, query.after))
}
