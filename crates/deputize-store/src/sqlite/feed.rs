use deputize_core::{Revision, TenantId};
use sqlx::SqliteConnection;

use super::{error, sql};
use crate::{
    error::StoreError,
    feed::{Cursor, Revocation, RevocationPage},
    limits::MAX_FEED_PAGE,
    row::{from_json, integer, number, to_json},
};

/// Puts an entry into the feed that verifiers follow.
pub(super) async fn publish(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    revision: Revision,
    revocation: &Revocation,
) -> Result<(), StoreError> {
    let query = sqlx::query(sql::PUBLISH).bind(tenant.as_str()).bind(integer(revision.number()));
    query.bind(to_json(revocation)?).execute(db).await.map_err(error::store)?;
    Ok(())
}

pub(super) async fn since(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    since: Cursor,
) -> Result<RevocationPage, StoreError> {
    let one_more = i64::try_from(MAX_FEED_PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let query = sqlx::query_as(sql::FEED).bind(tenant.as_str()).bind(integer(since.place())).bind(one_more);
    let mut rows: Vec<(i64, String)> = query.fetch_all(db).await.map_err(error::store)?;
    let more = rows.len() > MAX_FEED_PAGE;
    rows.truncate(MAX_FEED_PAGE);
    let next = rows.last().map_or(Ok(since), |(revision, _)| Ok(Cursor::at(number(*revision)?)))?;
    let entries: Result<_, StoreError> = rows.iter().map(|(_, entry)| from_json(entry)).collect();
    Ok(RevocationPage { entries: entries?, next, more })
}
