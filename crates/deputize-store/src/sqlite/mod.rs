//! SQLite, bundled: the embedded default. One writer at a time, by the database's own lock.

mod error;
mod events;
mod export;
mod facts;
mod lineage;
mod load;
mod record;
mod row;
mod schema;
mod write;

use std::{path::Path, time::Duration};

use deputize_core::{
    Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows, Target,
    TenantId, UnixTime,
};
use sqlx::{
    Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    audit::{AuditEntry, AuditPage, AuditQuery},
    cache::PolicyCache,
    error::{ChangeError, LoadError, RecordError, StoreError},
    feed::{Cursor, Revocation, RevocationPage},
    traits::{Directory, Ledger, Store},
};

/// A store in one SQLite file.
///
/// Durable before it answers: write-ahead log, and `synchronous=FULL` unless said otherwise. Several
/// of them, also in several processes, may be open on one file.
#[derive(Debug)]
pub struct SqliteStore {
    pool: SqlitePool,
    policies: PolicyCache,
}

/// How a [`SqliteStore`] uses its file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// Connections that are kept open, at most. 4 by default: one writes while others read.
    pub max_connections: u32,
    /// How long a writer waits for another before it gives up. 5 seconds by default.
    pub busy_timeout: Duration,
    /// Whether a power failure may lose what was acknowledged last. `false` by default
    /// (`synchronous=FULL`); `true` is several times quicker (`synchronous=NORMAL`).
    pub may_lose_on_power_failure: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { max_connections: 4, busy_timeout: Duration::from_secs(5), may_lose_on_power_failure: false }
    }
}

type Write = Transaction<'static, Sqlite>;

impl SqliteStore {
    /// Opens the file with the default options, makes it if it is not there, and brings its schema
    /// up to date.
    ///
    /// # Errors
    ///
    /// When it can't be opened or is no database of this library, or its schema is newer.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// As [`SqliteStore::open`], with these options.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`].
    pub async fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreError> {
        let durable = match options.may_lose_on_power_failure {
            true => SqliteSynchronous::Normal,
            false => SqliteSynchronous::Full,
        };
        let connect = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(durable)
            .busy_timeout(options.busy_timeout);
        let pool = SqlitePoolOptions::new().max_connections(options.max_connections.max(1)).connect_with(connect);
        let pool = pool.await.map_err(error::store)?;
        schema::migrate(&pool).await?;
        Ok(Self { pool, policies: PolicyCache::default() })
    }

    /// Waits until every connection is closed: what was acknowledged is in the file anyway.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that sees one moment of the database.
    async fn read(&self) -> Result<Write, StoreError> {
        self.pool.begin().await.map_err(error::store)
    }

    /// A transaction that holds the write lock from its first statement on, so that what it checks
    /// stays true until it commits.
    async fn write(&self) -> Result<Write, StoreError> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(error::store)
    }

    async fn record_in(&self, issuance: &Issuance, now: UnixTime) -> Result<(), RecordError> {
        if !issuance.is_current(now) {
            return Err(RecordError::Expired);
        }
        // Dropped on the way out by an error, a transaction is rolled back.
        let mut write = self.write().await?;
        record::record(&mut write, issuance, now).await?;
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

    async fn refuse(&self, report: Report, now: UnixTime) -> Result<(), LoadError> {
        let mut write = self.write().await?;
        let tenant = report.tenant.clone();
        load::tenant(&mut write, &tenant).await?.ok_or(LoadError::UnknownTenant)?;
        events::append(&mut write, &tenant, now, &AuditEntry::Refused { report: Box::new(report) }).await?;
        write.commit().await.map_err(error::store)?;
        Ok(())
    }

    async fn revoked(&self, lineage: &Lineage) -> Result<Option<Target>, LoadError> {
        let mut read = self.read().await?;
        let tenant = load::tenant(&mut read, &lineage.tenant).await?.ok_or(LoadError::UnknownTenant)?;
        Ok(lineage::dead(&mut read, &tenant, lineage).await?)
    }

    async fn revoked_since(&self, tenant: &TenantId, since: Cursor) -> Result<RevocationPage, LoadError> {
        let mut read = self.read().await?;
        load::tenant(&mut read, tenant).await?.ok_or(LoadError::UnknownTenant)?;
        Ok(events::revoked_since(&mut read, tenant, since).await?)
    }

    async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, LoadError> {
        let mut read = self.read().await?;
        load::tenant(&mut read, &query.tenant).await?.ok_or(LoadError::UnknownTenant)?;
        Ok(events::audit(&mut read, query).await?)
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
        let mut state = match load::tenant(&mut write, tenant).await? {
            Some(state) => state,
            None if matches!(actor, Actor::Operator(_)) => write::create(&mut write, tenant).await?,
            None => return Err(ChangeError::UnknownTenant),
        };
        for (at, change) in changes.iter().enumerate() {
            let facts = facts::gather(&mut write, &state, &change.needs()).await?;
            let judged = change.judge(actor, &facts).map_err(|error| ChangeError::Refused { at, error })?;
            let Some(effect) = judged else { continue };
            let revocation = Revocation::of(&effect, &facts);
            let revision = state.latest.next();
            write::carry_out(&mut write, &mut state, effect, revision).await?;
            let (actor, change) = (actor.clone(), Box::new(change.clone()));
            let event = AuditEntry::Changed { actor, change, revision };
            let sequence = events::append(&mut write, tenant, now, &event).await?;
            if let Some(revocation) = revocation {
                events::publish(&mut write, tenant, sequence, &revocation).await?;
            }
        }
        write.commit().await.map_err(error::store)?;
        Ok(state.latest)
    }

    async fn export(&self, tenant: &TenantId) -> Result<Configuration, LoadError> {
        let mut read = self.read().await?;
        let state = load::tenant(&mut read, tenant).await?.ok_or(LoadError::UnknownTenant)?;
        Ok(export::export(&mut read, &state).await?)
    }
}
