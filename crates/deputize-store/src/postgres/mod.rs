//! PostgreSQL, for several processes and machines. Writers of one tenant take turns, by a lock on
//! the tenant's row; those of different tenants do not wait for each other.
//!
//! Every transaction that writes holds that row from its first statement until it has committed, at
//! READ COMMITTED: what it reads after that is the latest that was committed, and nobody can change
//! it meanwhile. So what `record` checks still holds when it commits, and a revocation is in force
//! for every `record` that has not committed before it.
//!
//! What that costs, measured as a part of what the same callers of one tenant record without row, chain
//! and turns (medians of about ten rounds on two cores that much else was waiting for, durable: shapes,
//! not capacity; when a batch still took nine round trips and not five). Eight in one process: 0.47, and
//! 0.19 if each has a transaction of its own; eight in each of two processes: 0.23, and 0.07; 128 in one
//! process: 0.57. Row and chain alone, with the same turns: 0.72, 0.55 and 0.94. What is left is the
//! round trips, during which a tenant has one transaction under way: as many as come meanwhile go into
//! the next one, up to [`MAX_BATCH`](crate::limits::MAX_BATCH). A revocation among 32 issuers took 14 ms
//! in the middle and 54 ms at most, on two stores 16 and 74; alone 1.1.

mod error;
mod link;
mod options;
mod schema;
mod sql;

pub use options::PostgresOptions;
use sqlx::{Connection, PgPool, Transaction, pool::PoolConnection};

use crate::{
    error::StoreError,
    sql::{Engine, SqlStore, server},
};

/// A store in one schema of a PostgreSQL database, of version 15 or later and in UTF-8.
///
/// Several may be open on one schema, in any number of processes. Durable before it answers. A
/// server that was restarted is connected to anew, without doing anything.
///
/// An operation whose future is dropped has either been carried out or left nothing behind; a
/// recording goes on without it. Where the connection is lost while it commits, the store looks whether
/// it was committed, and answers as if nothing had happened; only if the server can't be asked for
/// [`MAX_TRYING`](crate::limits::MAX_TRYING) it is [`StoreError::Unresolved`]. What the server rolled
/// back in favour of another (serialization failure, deadlock) is carried out anew, for as long.
///
/// # The connection
///
/// A URL: `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=ca.pem`. To
/// another machine the server's certificate is always verified, unless `sslmode` is `disable`,
/// `require` or `verify-ca`: `allow` and `prefer`, its default, are taken as `verify-full`, since
/// what anybody in between can turn off protects nothing.
///
/// A parameter that is not known is ignored, and so is a password file (`PGPASSFILE`, `~/.pgpass`) that
/// others may read, or a line of it that is not well-formed. None of that is logged: what `sqlx` says of
/// it holds passwords.
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
/// GRANT INSERT, UPDATE ON deputize.key_ring TO service;
/// GRANT INSERT ON deputize.removed_binding, deputize.revoked_token, deputize.revocation TO service;
/// GRANT INSERT ON deputize.issued_token, deputize.audit, deputize.audit_key TO service;
/// ```
///
/// [`prune`](crate::Store::prune) removes from the trail, so whoever calls it needs these besides: better
/// another role than the service's.
///
/// ```sql
/// GRANT INSERT, UPDATE ON deputize.audit_start TO pruner;
/// GRANT DELETE ON deputize.audit, deputize.audit_key TO pruner;
/// ```
pub type PostgresStore = SqlStore<Postgres>;

/// What is particular to PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    pool: PgPool,
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
        Ok(Self::over(Postgres { pool: options.pool(url)? }))
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
        self.engine.pool.close().await;
    }
}

impl Postgres {
    async fn begin(&self, sql: &'static str) -> Result<Transaction<'static, sqlx::Postgres>, StoreError> {
        self.pool.begin_with(sql).await.map_err(|failure| server::not_connected(&self.pool, failure, error::store))
    }
}

impl Engine for Postgres {
    type Database = sqlx::Postgres;

    const NAME: &'static str = "postgresql";
    const ONE_WRITER: bool = false;

    async fn reader(&self) -> Result<PoolConnection<sqlx::Postgres>, StoreError> {
        self.pool.acquire().await.map_err(|failure| server::not_connected(&self.pool, failure, error::store))
    }

    async fn read(&self) -> Result<Transaction<'static, sqlx::Postgres>, StoreError> {
        self.begin(sql::BEGIN_READ).await
    }

    async fn write(&self) -> Result<Transaction<'static, sqlx::Postgres>, StoreError> {
        self.begin(sql::BEGIN_WRITE).await
    }

    fn meaning(error: sqlx::Error) -> StoreError {
        error::store(error)
    }

    fn was_rolled_back(error: &StoreError) -> bool {
        error::was_rolled_back(error)
    }
}

#[cfg(test)]
mod tests;
