//! SQLite, bundled: the embedded default. One writer at a time, by the database's own lock.

mod apply;
mod audit;
mod error;
mod export;
mod facts;
mod feed;
mod lineage;
mod load;
mod options;
mod record;
mod schema;
mod sql;
mod tenant;
mod trail;
mod write;

use std::path::Path;

use deputize_core::{
    Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows, Target,
    TenantId, UnixTime,
};
use options::Pools;
pub use options::SqliteOptions;
use sqlx::{Sqlite, Transaction};
use tenant::TenantRow;

use crate::{
    audit::{AuditLines, AuditPage, AuditQuery, Checkpoint, NewEvent},
    cache::PolicyCache,
    error::{ChangeError, LedgerError, LoadError, PruneError, RecordError, StoreError},
    feed::{Cursor, RevocationPage},
    traits::{Directory, Ledger, Store},
};

/// A store in one SQLite file.
///
/// Durable before it answers: write-ahead log, and `synchronous=FULL` unless said otherwise. Several
/// may be open on one file, also in several processes: writers wait for each other. After a backup
/// was put in the file's place, stores that were open on it are to be opened anew. What was removed
/// may be left in free pages of the file until they are used again.
///
/// An operation whose future is dropped has either been carried out or left nothing behind.
#[derive(Debug)]
pub struct SqliteStore {
    pools: Pools,
    policies: PolicyCache,
}

impl SqliteStore {
    /// Opens the file with the default options, makes it if it is not there, and brings its schema
    /// up to date.
    ///
    /// # Errors
    ///
    /// When it can't be opened, or its schema is newer than this version.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// As [`SqliteStore::open`], with these options.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`].
    pub async fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreError> {
        Self::over(Pools::open(path.as_ref(), &options).await?).await
    }

    /// A store in memory, lost when it is dropped: for tests that want SQLite. One operation at a
    /// time.
    ///
    /// # Errors
    ///
    /// When SQLite can't be started.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Self::over(Pools::in_memory().await?).await
    }

    /// Waits until every connection is closed. What was acknowledged is in the file without it.
    pub async fn close(&self) {
        self.pools.close().await;
    }

    async fn over(pools: Pools) -> Result<Self, StoreError> {
        let store = Self { pools, policies: PolicyCache::default() };
        // Under the write lock, so that of two that open a new file one makes the schema.
        let mut write = store.write().await?;
        schema::migrate(&mut write).await?;
        write.commit().await.map_err(error::store)?;
        Ok(store)
    }

    /// A transaction that sees one moment of the database.
    async fn read(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pools.readers.begin().await.map_err(error::store)
    }

    /// A transaction that holds the write lock from its first statement on, so that what it checks
    /// stays true until it commits. Dropped on the way out by an error, it is rolled back.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        match self.pools.writer.begin_with(sql::BEGIN_WRITE).await {
            // SQLite may end a transaction by itself, as when the file is full
            // (https://www.sqlite.org/lang_transaction.html §3). Rolling back then fails, and the
            // connection goes on believing in a transaction that is not there.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.pools.replace_writer().await?;
                self.pools.writer.begin_with(sql::BEGIN_WRITE).await.map_err(error::store)
            }
            begun => begun.map_err(error::store),
        }
    }

    async fn record_in(&self, issuance: &Issuance, now: UnixTime) -> Result<(), RecordError> {
        if !issuance.is_current(now) {
            return Err(RecordError::Expired);
        }
        let mut write = self.write().await?;
        record::record(&mut write, issuance, now).await?;
        write.commit().await.map_err(error::store)?;
        Ok(())
    }

    async fn refuse_in(&self, report: &Report, now: UnixTime) -> Result<(), LedgerError> {
        let mut write = self.write().await?;
        let tenant = TenantRow::get(&mut write, &report.tenant).await?;
        audit::append(&mut write, &tenant.id, now, NewEvent::refusal(report)?).await?;
        write.commit().await.map_err(error::store)?;
        Ok(())
    }
}

impl Directory for SqliteStore {
    async fn load(&self, question: &Question) -> Result<Rows, LoadError> {
        let mut read = self.read().await?;
        load::load(&mut read, question, &self.policies).await
    }
}

impl Ledger for SqliteStore {
    async fn record(&self, issuance: Issuance, now: UnixTime) -> Result<Recorded, Returned<RecordError, Issuance>> {
        match self.record_in(&issuance, now).await {
            Ok(()) => Ok(Recorded::assertion(issuance, now)),
            Err(error) => Err(Returned::new(error, issuance)),
        }
    }

    async fn refuse(&self, report: Report, now: UnixTime) -> Result<(), Returned<LedgerError, Report>> {
        self.refuse_in(&report, now).await.map_err(|error| Returned::new(error, report))
    }

    async fn revoked(&self, lineage: &Lineage) -> Result<Option<Target>, LedgerError> {
        let mut read = self.read().await?;
        let tenant = TenantRow::get(&mut read, &lineage.tenant).await?;
        Ok(lineage::dead(&mut read, &tenant, lineage).await?)
    }

    async fn revoked_since(&self, tenant: &TenantId, since: Cursor) -> Result<RevocationPage, LedgerError> {
        let mut read = self.read().await?;
        let tenant = TenantRow::get(&mut read, tenant).await?;
        Ok(feed::since(&mut read, &tenant.id, since).await?)
    }

    async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, LedgerError> {
        let mut read = self.read().await?;
        TenantRow::get(&mut read, &query.tenant).await?;
        Ok(audit::find(&mut read, query).await?)
    }

    async fn audit_lines(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<AuditLines, LedgerError> {
        let mut read = self.read().await?;
        let tenant = TenantRow::get(&mut read, tenant).await?;
        Ok(trail::lines(&mut read, &tenant.id, after, limit).await?)
    }
}

impl Store for SqliteStore {
    async fn apply(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        changes: &[Change],
        now: UnixTime,
    ) -> Result<Revision, ChangeError> {
        let mut write = self.write().await?;
        let latest = apply::apply(&mut write, tenant, actor, changes, now).await?;
        write.commit().await.map_err(error::store)?;
        Ok(latest)
    }

    async fn prune(&self, actor: &Actor, through: &Checkpoint, now: UnixTime) -> Result<(), PruneError> {
        if !matches!(actor, Actor::Operator(_)) {
            return Err(PruneError::Forbidden);
        }
        let mut write = self.write().await?;
        TenantRow::get(&mut write, &through.tenant).await?;
        trail::prune(&mut write, actor, through, now).await?;
        write.commit().await.map_err(error::store)?;
        Ok(())
    }

    async fn export(&self, tenant: &TenantId) -> Result<Configuration, LedgerError> {
        let mut read = self.read().await?;
        let tenant = TenantRow::get(&mut read, tenant).await?;
        Ok(export::export(&mut read, &tenant).await?)
    }
}

#[cfg(test)]
mod tests;
