//! PostgreSQL, for several processes and machines. Writers of one tenant take turns, by a lock on
//! the tenant's row; those of different tenants do not wait for each other.
//!
//! Every transaction that writes holds that row from its first statement until it has committed, at
//! READ COMMITTED: what it reads after that is the latest that was committed, and nobody can change
//! it meanwhile. So what `record` checks still holds when it commits, and a revocation is in force
//! for every `record` that has not committed before it.
//!
//! What that costs, measured with a plain read in place of the lock as 1 (unoptimised builds, two busy
//! cores, server and clients on them, durable: shapes, not capacity): recordings per second on one
//! connection 1.1, on eight for one tenant 1.4 (without the lock, eight of nine fail at the trail's
//! order), on eight for eight tenants 1.1; all but the second within the noise. Eight connections of
//! one tenant record 0.7 of what one does, since they take turns; of eight tenants 1.5, until the
//! cores are busy. A revocation among eight issuers of its tenant took 20 to 31 ms in the middle and
//! 560 ms at most, without the lock 18 and 277 ms.

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

use deputize_core::{
    Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows, Target,
    TenantId, UnixTime,
};
use error::Attempts;
use lineage::Standing;
pub use options::PostgresOptions;
use sqlx::{Connection, PgPool, Postgres, Transaction};
use tenant::TenantRow;

use crate::{
    audit::{AuditLines, AuditPage, AuditQuery, Checkpoint, NewEvent},
    cache::PolicyCache,
    error::{ChangeError, LedgerError, LoadError, PruneError, RecordError, StoreError},
    feed::{Cursor, RevocationPage},
    traits::{Directory, Ledger, Store},
};

/// A store in one schema of a PostgreSQL database, of version 15 or later and in UTF-8.
///
/// Several may be open on one schema, in any number of processes. Durable before it answers. A
/// server that was restarted is connected to anew, without doing anything.
///
/// An operation whose future is dropped has either been carried out or left nothing behind. Of one
/// that lost its connection while it committed, it is not known which: it answers that the store is
/// not available. What the server rolled back in favour of another (serialization failure, deadlock)
/// is carried out anew, at most [`MAX_ATTEMPTS`](crate::limits::MAX_ATTEMPTS) times.
///
/// # The connection
///
/// A URL: `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=ca.pem`. To
/// another machine the server's certificate is always verified, unless `sslmode` is `disable`,
/// `require` or `verify-ca`: `allow` and `prefer`, its default, are taken as `verify-full`, since
/// what anybody in between can turn off protects nothing.
///
/// It has to be the server that writes, not a standby, and a connection of its own: a pooler that
/// shares connections between statements or transactions does not keep the settings of a session.
///
/// # Failover
///
/// What was acknowledged survives the loss of the server as far as the database replicates: with
/// `synchronous_standby_names` set, a standby that takes over knows every revocation that returned.
/// Without, the last ones may be forgotten.
///
/// # Privileges
///
/// [`migrate`](PostgresStore::migrate) makes tables, so its role owns them: it needs `CREATE` on the
/// database, or on a schema that is there. The role that a service runs as needs less, and can
/// neither change nor remove what is in the audit trail, nor give an id free that was used:
///
/// ```sql
/// GRANT USAGE ON SCHEMA deputize TO service;
/// GRANT SELECT ON ALL TABLES IN SCHEMA deputize TO service;
/// GRANT INSERT, UPDATE ON deputize.tenant, deputize.agent, deputize.person TO service;
/// GRANT INSERT, UPDATE, DELETE ON deputize.role, deputize.resource, deputize.binding TO service;
/// GRANT INSERT, UPDATE ON deputize.delegation TO service;
/// GRANT INSERT, DELETE ON deputize.resource_use, deputize.replay TO service;
/// GRANT INSERT ON deputize.removed_binding, deputize.revoked_token, deputize.revocation TO service;
/// GRANT INSERT ON deputize.issued_token, deputize.audit, deputize.audit_key TO service;
/// ```
///
/// [`prune`](Store::prune) removes from the trail, so whoever calls it needs these besides: better
/// another role than the service's.
///
/// ```sql
/// GRANT INSERT, UPDATE ON deputize.audit_start TO pruner;
/// GRANT DELETE ON deputize.audit, deputize.audit_key TO pruner;
/// ```
#[derive(Debug)]
pub struct PostgresStore {
    pool: PgPool,
    policies: PolicyCache,
}

impl PostgresStore {
    /// Connects with the default options.
    ///
    /// # Errors
    ///
    /// When the server can't be reached or refuses, or the schema is not there, older or newer than
    /// this version: [`StoreError::ForeignSchema`].
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(url, PostgresOptions::default()).await
    }

    /// As [`PostgresStore::connect`], with these options.
    ///
    /// # Errors
    ///
    /// As [`PostgresStore::connect`], and when the options name no schema.
    pub async fn connect_with(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        let mut first = options.connection(url).await?;
        schema::check(&mut first).await?;
        first.close().await.map_err(error::store)?;
        Ok(Self { pool: options.pool(url)?, policies: PolicyCache::default() })
    }

    /// Makes the schema of the default options if it is not there, and brings it up to date: to be
    /// called when a new version is rolled out, before any process of it connects. Changes all or
    /// nothing; of several at once, one does it and the others find it done.
    ///
    /// # Errors
    ///
    /// When the server can't be reached or refuses, or the schema is newer than this version or was
    /// changed by somebody else: [`StoreError::ForeignSchema`].
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        Self::migrate_with(url, PostgresOptions::default()).await
    }

    /// As [`PostgresStore::migrate`], with these options. The timeouts hold here too.
    ///
    /// # Errors
    ///
    /// As [`PostgresStore::migrate`], and when the options name no schema.
    pub async fn migrate_with(url: &str, options: PostgresOptions) -> Result<(), StoreError> {
        let mut connection = options.connection(url).await?;
        schema::migrate(&mut connection, &options.schema()?).await?;
        connection.close().await.map_err(error::store)
    }

    /// Waits until every connection is closed. What was acknowledged is in the database without it.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that sees one moment of the database.
    async fn read(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.begin(sql::BEGIN_READ).await
    }

    /// A transaction in which each statement sees the latest that was committed. Dropped on the way
    /// out by an error, it is rolled back.
    async fn write(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.begin(sql::BEGIN_WRITE).await
    }

    async fn begin(&self, sql: &'static str) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.pool.begin_with(sql).await.map_err(|failure| match failure {
            // Not all connections were in use: they could not be made.
            sqlx::Error::PoolTimedOut if self.pool.size() < self.pool.options().get_max_connections() => {
                StoreError::Unavailable(failure.into())
            }
            other => error::store(other),
        })
    }

    async fn record_once(&self, issuance: &Issuance, now: UnixTime) -> Result<(), RecordError> {
        let mut write = self.write().await?;
        record::record(&mut write, issuance, now).await?;
        write.commit().await.map_err(error::store)?;
        Ok(())
    }

    async fn refuse_once(&self, report: &Report, now: UnixTime) -> Result<(), LedgerError> {
        let mut write = self.write().await?;
        let tenant = TenantRow::lock(&mut write, &report.tenant).await?.ok_or(LedgerError::UnknownTenant)?;
        audit::append(&mut write, &tenant.id, now, NewEvent::refusal(report)?).await?;
        write.commit().await.map_err(error::store)?;
        Ok(())
    }

    async fn apply_once(
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

    async fn prune_once(&self, actor: &Actor, through: &Checkpoint, now: UnixTime) -> Result<(), PruneError> {
        let mut write = self.write().await?;
        TenantRow::lock(&mut write, &through.tenant).await?.ok_or(PruneError::UnknownTenant)?;
        trail::prune(&mut write, actor, through, now).await?;
        write.commit().await.map_err(error::store)?;
        Ok(())
    }
}

impl Directory for PostgresStore {
    async fn load(&self, question: &Question) -> Result<Rows, LoadError> {
        let mut read = self.read().await?;
        load::load(&mut read, question, &self.policies).await
    }
}

impl Ledger for PostgresStore {
    async fn record(&self, issuance: Issuance, now: UnixTime) -> Result<Recorded, Returned<RecordError, Issuance>> {
        if !issuance.is_current(now) {
            return Err(Returned::new(RecordError::Expired, issuance));
        }
        let mut attempts = Attempts::default();
        loop {
            match self.record_once(&issuance, now).await {
                Ok(()) => return Ok(Recorded::assertion(issuance, now)),
                Err(RecordError::Store(error)) if attempts.go_on_after(&error) => {}
                Err(error) => return Err(Returned::new(error, issuance)),
            }
        }
    }

    async fn refuse(&self, report: Report, now: UnixTime) -> Result<(), Returned<LedgerError, Report>> {
        let mut attempts = Attempts::default();
        loop {
            match self.refuse_once(&report, now).await {
                Ok(()) => return Ok(()),
                Err(LedgerError::Store(error)) if attempts.go_on_after(&error) => {}
                Err(error) => return Err(Returned::new(error, report)),
            }
        }
    }

    async fn revoked(&self, lineage: &Lineage) -> Result<Option<Target>, LedgerError> {
        let mut read = self.read().await?;
        let tenant = TenantRow::get(&mut read, &lineage.tenant).await?;
        Ok(Standing::of(&mut read, lineage, None).await?.dead(&tenant, lineage))
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

impl Store for PostgresStore {
    async fn apply(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        changes: &[Change],
        now: UnixTime,
    ) -> Result<Revision, ChangeError> {
        let mut attempts = Attempts::default();
        loop {
            match self.apply_once(tenant, actor, changes, now).await {
                Err(ChangeError::Store(error)) if attempts.go_on_after(&error) => {}
                done => return done,
            }
        }
    }

    async fn prune(&self, actor: &Actor, through: &Checkpoint, now: UnixTime) -> Result<(), PruneError> {
        if !matches!(actor, Actor::Operator(_)) {
            return Err(PruneError::Forbidden);
        }
        let mut attempts = Attempts::default();
        loop {
            match self.prune_once(actor, through, now).await {
                Err(PruneError::Store(error)) if attempts.go_on_after(&error) => {}
                done => return done,
            }
        }
    }

    async fn export(&self, tenant: &TenantId) -> Result<Configuration, LedgerError> {
        let mut read = self.read().await?;
        let tenant = TenantRow::get(&mut read, tenant).await?;
        Ok(export::export(&mut read, &tenant).await?)
    }
}

#[cfg(test)]
mod tests;
