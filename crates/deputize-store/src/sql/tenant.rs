use deputize_core::{ResourceId, Revision, TenantId};

use super::{
    arg::Arg,
    engine::{Columns, Link, missing},
};
use crate::{
    audit::{AuditHash, AuditHead},
    error::{LedgerError, StoreError},
    row::{integer, parse, revision},
};

/// The transaction was over before its end, and no statement of it told.
#[derive(Debug, thiserror::Error)]
#[error("the tenant's row is not held any more")]
pub(crate) struct NotHeld;

fn held(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict(NotHeld.into())) }
}

/// A tenant's own row. Whoever writes for the tenant holds it until the end, so that writers take
/// turns, and changes it, since what is only locked is not noticed on another node of a cluster.
#[derive(Debug)]
pub(crate) struct TenantRow {
    pub(super) id: TenantId,
    pub(super) latest: Revision,
    pub(super) epoch: Revision,
    pub(super) revoked: bool,
    pub(super) default_resource: Option<ResourceId>,
    /// The last event of the trail: the next one is linked to it.
    pub(super) head: AuditHead,
}

impl TenantRow {
    pub(super) async fn get<L: Link>(db: &mut L, id: &TenantId) -> Result<Self, LedgerError> {
        Self::find(db, L::SQL.tenant, id).await?.ok_or(LedgerError::UnknownTenant)
    }

    /// The row, held until the transaction ends: whoever writes for the tenant has it first.
    pub(crate) async fn lock<L: Link>(db: &mut L, id: &TenantId) -> Result<Option<Self>, StoreError> {
        Self::find(db, L::SQL.lock_tenant, id).await
    }

    /// As [`TenantRow::lock`], and there from now on. Of two that make it, the second waits for the
    /// first and then finds what that one made.
    pub(crate) async fn create<L: Link>(db: &mut L, id: &TenantId) -> Result<Self, StoreError> {
        db.run(L::SQL.new_tenant, vec![Arg::Text(id.as_str()), Arg::Bytes(AuditHash::ZERO.as_bytes())]).await?;
        Self::lock(db, id).await?.ok_or_else(missing)
    }

    async fn find<L: Link>(db: &mut L, sql: &'static str, id: &TenantId) -> Result<Option<Self>, StoreError> {
        let Some(row) = db.row(sql, vec![Arg::Text(id.as_str())]).await? else { return Ok(None) };
        let head = AuditHead {
            sequence: row.some_int(4)?.cast_unsigned(),
            number: row.some_int(5)?.cast_unsigned(),
            hash: AuditHash::of_column(&row.some_bytes(6)?),
        };
        Ok(Some(Self {
            id: id.clone(),
            latest: revision(row.some_int(0)?)?,
            epoch: revision(row.some_int(1)?)?,
            revoked: row.flag(2)?,
            default_resource: row.text(3)?.as_deref().map(parse).transpose()?,
            head,
        }))
    }

    /// Ends what is written for the tenant: whoever does not hold the row any more writes nothing.
    pub(super) async fn put<L: Link>(&self, db: &mut L) -> Result<(), StoreError> {
        let mut args = vec![
            Arg::Text(self.id.as_str()),
            Arg::Int(integer(self.latest.number())),
            Arg::Int(integer(self.epoch.number())),
            Arg::Flag(self.revoked),
            Arg::MaybeText(self.default_resource.as_ref().map(ResourceId::as_str)),
        ];
        args.extend(self.head_args());
        held(db.write(L::SQL.put_tenant, args).await?)
    }

    /// As [`TenantRow::put`], where nothing but the trail has moved on.
    pub(super) async fn put_head<L: Link>(&self, db: &mut L) -> Result<(), StoreError> {
        let mut args = vec![Arg::Text(self.id.as_str())];
        args.extend(self.head_args());
        held(db.write(L::SQL.put_head, args).await?)
    }

    pub(super) fn head_args(&self) -> [Arg<'_>; 3] {
        let AuditHead { sequence, number, hash } = &self.head;
        [Arg::Int(sequence.cast_signed()), Arg::Int(number.cast_signed()), Arg::Bytes(hash.as_bytes())]
    }
}
