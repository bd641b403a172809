use deputize_core::{Actor, TenantId, UnixTime};

use super::{
    arg::Arg,
    attempt::{Mark, Work, Written},
    audit::Appended,
    engine::{Columns, Link},
    tenant::TenantRow,
};
use crate::{
    audit::{AuditHash, AuditHead, AuditLine, AuditLines, Checkpoint, NewEvent},
    error::{PruneError, StoreError},
    limits::MAX_AUDIT_PAGE,
    row::{from_json, integer, to_json},
};

// Here nothing is refused, unlike elsewhere: whatever somebody put into a row, verification has to
// get to see it. The casts are of two's complement, so that different columns give different lines.

/// In a transaction that sees one moment of the trail and of its start.
pub(super) async fn lines<L: Link>(
    db: &mut L,
    tenant: &TenantId,
    after: u64,
    limit: usize,
) -> Result<AuditLines, StoreError> {
    let limit = i64::try_from(limit.min(MAX_AUDIT_PAGE)).unwrap_or(i64::MAX);
    let args = vec![Arg::Text(tenant.as_str()), Arg::Int(integer(after)), Arg::Int(limit)];
    let line = |row: &L::Row| -> Result<AuditLine, StoreError> {
        Ok(AuditLine {
            tenant: tenant.clone(),
            sequence: row.some_int(0)?.cast_unsigned(),
            at: row.some_int(1)?.cast_unsigned(),
            chain: row.some_int(2)?.cast_unsigned(),
            number: row.some_int(3)?.cast_unsigned(),
            hash: AuditHash::of_column(&row.some_bytes(4)?),
            entry: String::from_utf8_lossy(&row.some_bytes(5)?).into_owned(),
        })
    };
    let lines: Result<_, _> = db.rows(L::SQL.audit_lines, args).await?.iter().map(line).collect();
    Ok(AuditLines { start: start(db, tenant).await?, lines: lines? })
}

/// The event at a place.
pub(super) async fn at<L: Link>(db: &mut L, tenant: &TenantId, sequence: u64) -> Result<Option<AuditHead>, StoreError> {
    let row = db.row(L::SQL.audit_at, vec![Arg::Text(tenant.as_str()), Arg::Int(integer(sequence))]).await?;
    let head = |row: L::Row| -> Result<AuditHead, StoreError> {
        Ok(AuditHead {
            sequence: row.some_int(0)?.cast_unsigned(),
            number: row.some_int(1)?.cast_unsigned(),
            hash: AuditHash::of_column(&row.some_bytes(2)?),
        })
    };
    row.map(head).transpose()
}

pub(super) async fn start<L: Link>(db: &mut L, tenant: &TenantId) -> Result<Checkpoint, StoreError> {
    match db.row(L::SQL.audit_start, vec![Arg::Text(tenant.as_str())]).await? {
        Some(row) => from_json(&row.some_text(0)?),
        None => Ok(Checkpoint::new(tenant.clone())),
    }
}

/// Removes events.
#[derive(Debug)]
pub(super) struct Prune<'a> {
    pub(super) actor: &'a Actor,
    pub(super) through: &'a Checkpoint,
    pub(super) now: UnixTime,
}

impl<L: Link> Work<L> for Prune<'_> {
    type Done = ();
    type Error = PruneError;

    const GIVES_WAY: bool = false;

    async fn carry_out(&self, db: &mut L) -> Result<Written<()>, PruneError> {
        let through = self.through;
        let mut tenant = TenantRow::lock(db, &through.tenant).await?.ok_or(PruneError::UnknownTenant)?;
        if *through == start(db, &tenant.id).await? {
            return Ok(Written { done: (), mark: None });
        }
        let head = at(db, &tenant.id, through.sequence).await?.ok_or(PruneError::NotInTrail)?;
        if *through != Checkpoint::of_one_chain(tenant.id.clone(), head) {
            return Err(PruneError::NotInTrail);
        }
        let mut appended = Appended::default();
        appended.push(&mut tenant, self.now, &NewEvent::pruning(self.actor, through)?);
        appended.write(db, &tenant).await?;
        let (id, sequence) = (tenant.id.as_str(), integer(through.sequence));
        for removal in [L::SQL.prune, L::SQL.prune_keys] {
            db.run(removal, vec![Arg::Text(id), Arg::Int(sequence)]).await?;
        }
        db.run(L::SQL.put_audit_start, vec![Arg::Text(id), Arg::Owned(to_json(through)?)]).await?;
        tenant.put_head(db).await?;
        Ok(Written { done: (), mark: Some(Mark::at(&tenant)) })
    }
}
