use deputize_core::{Revision, TenantId};

use super::{
    arg::{Arg, Column},
    engine::{Columns, Link},
};
use crate::{
    error::StoreError,
    feed::{Cursor, Revocation, RevocationPage},
    limits::MAX_FEED_PAGE,
    row::{from_json, integer, number, to_json},
};

/// Puts entries into the feed that verifiers follow.
pub(super) async fn publish<L: Link>(
    db: &mut L,
    tenant: &TenantId,
    entries: &[(Revision, Revocation)],
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let revisions = entries.iter().map(|(revision, _)| integer(revision.number())).collect();
    let entries = entries.iter().map(|(_, entry)| to_json(entry)).collect::<Result<_, _>>()?;
    let rows = vec![Column::Ints(revisions), Column::Texts(entries)];
    db.run(L::SQL.publish, vec![Arg::Text(tenant.as_str()), Arg::Table(rows)]).await
}

pub(super) async fn since<L: Link>(db: &mut L, tenant: &TenantId, since: Cursor) -> Result<RevocationPage, StoreError> {
    let one_more = i64::try_from(MAX_FEED_PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let args = vec![Arg::Text(tenant.as_str()), Arg::Int(integer(since.place())), Arg::Int(one_more)];
    let mut rows = db.rows(L::SQL.feed, args).await?;
    let more = rows.len() > MAX_FEED_PAGE;
    rows.truncate(MAX_FEED_PAGE);
    let next = rows.last().map_or(Ok(since), |last| Ok::<_, StoreError>(Cursor::at(number(last.some_int(0)?)?)))?;
    let entries: Result<_, StoreError> = rows.iter().map(|row| from_json(&row.some_text(1)?)).collect();
    Ok(RevocationPage { entries: entries?, next, more })
}
