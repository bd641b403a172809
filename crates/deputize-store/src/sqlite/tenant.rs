use deputize_core::{ResourceId, Revision, TenantId};
use sqlx::SqliteConnection;

use super::{error, sql};
use crate::{
    error::{LedgerError, StoreError},
    row::{integer, parse, revision},
};

/// A tenant's own row.
#[derive(Debug)]
pub(super) struct TenantRow {
    pub(super) id: TenantId,
    pub(super) latest: Revision,
    pub(super) epoch: Revision,
    pub(super) revoked: bool,
    pub(super) default_resource: Option<ResourceId>,
}

impl TenantRow {
    pub(super) async fn find(db: &mut SqliteConnection, id: &TenantId) -> Result<Option<Self>, StoreError> {
        let row: Option<(i64, i64, bool, Option<String>)> =
            sqlx::query_as(sql::TENANT).bind(id.as_str()).fetch_optional(db).await.map_err(error::store)?;
        let Some((latest, epoch, revoked, default)) = row else { return Ok(None) };
        Ok(Some(Self {
            id: id.clone(),
            latest: revision(latest)?,
            epoch: revision(epoch)?,
            revoked,
            default_resource: default.as_deref().map(parse).transpose()?,
        }))
    }

    pub(super) async fn get(db: &mut SqliteConnection, id: &TenantId) -> Result<Self, LedgerError> {
        Self::find(db, id).await?.ok_or(LedgerError::UnknownTenant)
    }

    pub(super) async fn create(db: &mut SqliteConnection, id: &TenantId) -> Result<Self, StoreError> {
        sqlx::query(sql::NEW_TENANT).bind(id.as_str()).execute(db).await.map_err(error::store)?;
        let (latest, epoch) = (Revision::NONE, Revision::NONE);
        Ok(Self { id: id.clone(), latest, epoch, revoked: false, default_resource: None })
    }

    pub(super) async fn put(&self, db: &mut SqliteConnection) -> Result<(), StoreError> {
        let query = sqlx::query(sql::PUT_TENANT)
            .bind(self.id.as_str())
            .bind(integer(self.latest.number()))
            .bind(integer(self.epoch.number()))
            .bind(self.revoked)
            .bind(self.default_resource.as_ref().map(ResourceId::as_str));
        query.execute(db).await.map_err(error::store)?;
        Ok(())
    }
}
