//! MariaDB and MySQL, for several processes and machines, also as a Galera cluster. Writers of one
//! tenant take turns, by a lock on the tenant's row; those of different tenants do not wait for each
//! other.
//!
//! Every transaction that writes holds that row from its first statement until it has committed, at
//! READ COMMITTED: what it reads after that is the latest that was committed, and nobody can change
//! it meanwhile. Nothing waits for rows that are not there (gap locks), so that forgetting replay keys
//! is in nobody's way.
//!
//! On a cluster a lock is one node's own. Two nodes that write for one tenant at once collide at its
//! row, which each of them changes: whichever is ordered second is rolled back, when its changes are
//! certified or before, and begins anew. A lock alone, or a change that changes nothing, lets what was
//! decided before a revocation through after it: `tests/galera.rs`, over such a store, found 4 of 188.
//!
//! What it costs on a cluster of three, measured with sixteen issuers on each node that writes for the one
//! tenant and a revocation four times a second (unoptimised builds, three nodes and the clients on two
//! cores that others kept busy: shapes, not capacity): from one node 217 issuances per second and no
//! rollback, a revocation 34 ms in the middle and 190 ms at most; from all three 130, 40 rollbacks per
//! second, 56 and 419 ms. Recordings that another node rolled back wait a little, and changes do not. The
//! longest that a revocation was seen to take, in any of these runs, is 1.5 s.

mod error;
mod link;
mod options;
mod schema;
mod sql;

pub use options::MySqlOptions;
use sqlx::{Connection, MySqlPool, Transaction, pool::PoolConnection};

use crate::{
    error::StoreError,
    sql::{Engine, SqlStore, server},
};

/// A store in one database of a MariaDB server of version 10.6 or later, or of a Galera cluster of
/// those; or of a MySQL server of version 8.0.19 or later.
///
/// Tested with MariaDB 10.11, by itself and as a cluster of three. MySQL is untested: no statement uses
/// what its manual does not have.
///
/// Several may be open on one database, in any number of processes. A server that was restarted is
/// connected to anew, without doing anything.
///
/// An operation whose future is dropped has either been carried out or left nothing behind. What the
/// server rolled back in favour of another (a deadlock, or another node that was first) is carried out
/// anew, for [`MAX_TRYING`](crate::limits::MAX_TRYING). After a connection was lost while it committed,
/// the store looks whether it was committed.
///
/// # The connection
///
/// A URL: `mysql://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY&ssl-ca=ca.pem`. It names
/// the database, which everything is in and nothing else should be. To another machine the server's
/// certificate is always verified, unless `ssl-mode` is `DISABLED`, `REQUIRED` or `VERIFY_CA`:
/// `PREFERRED`, its default, is taken as `VERIFY_IDENTITY`, since what anybody in between can turn off
/// protects nothing.
///
/// It has to be a server that writes, not a replica, and a connection of its own: a proxy that shares
/// connections between statements or transactions does not keep the settings of a session.
///
/// # What survives
///
/// When a commit is on disk is the server's setting and can't be set for a connection. So a server is
/// refused ([`StoreError::Denied`]) unless `innodb_flush_log_at_trx_commit` is 1 and, where it writes a
/// binary log (`log_bin`), `sync_binlog` is 1 too; MariaDB's default for the latter is 0. Those are looked
/// at whenever a connection is made, and
/// [`may_lose_on_power_failure`](MySqlOptions::may_lose_on_power_failure) takes whatever they are.
///
/// A replica that takes over knows what was acknowledged only as far as the server waited for it: with
/// semi-synchronous replication that never falls back to asynchronous (`AFTER_SYNC`, a timeout that is
/// never reached). Otherwise the last revocations may be forgotten.
///
/// # Galera
///
/// Any node may be written to, and any of the processes may use another one. What is promised holds
/// across nodes: once a revocation or another change has returned, no node commits a recording with the
/// authority from before, and of many that claim a credential one wins. It rests on certification, which
/// can't be turned off, and needs no `wsrep_sync_wait`.
///
/// - A node applies what others committed a moment later: milliseconds, up to what flow control lets it
///   fall behind. Until then [`load`](crate::Directory::load), [`revoked`](crate::Ledger::revoked), the
///   feed, the trail and an export there answer as of before, also for a tenant that was just made; and
///   so does what refuses: a change or a recording may be refused for what is no longer so. `record`
///   answers stale, and to load anew and try again is the answer, as always. Who needs reads that see all
///   that was acknowledged anywhere sets `wsrep_sync_wait = 15` on the server (a round trip to the group
///   for each transaction). `wsrep_dirty_reads` stays off: a node that was cut off would answer from
///   before for as long as it is.
/// - Writers of one tenant on several nodes roll each other back. They are carried out anew, but it
///   costs: three nodes together recorded about 0.6 of what one does. One node for all that write for a
///   tenant, and the others for when it fails, is quickest.
/// - A node that lost its cluster refuses (error 1047): [`StoreError::Unavailable`]. The store does not
///   look for another one. That is for what stands in front: a name, a proxy that passes connections
///   through, or the process, which connects to the next URL. What was acknowledged is on every node of
///   the cluster that is left.
/// - A cluster whose nodes do not lose power together may run with `innodb_flush_log_at_trx_commit`
///   2 or 0, since what one node forgets the others still have. That they do not can't be seen from here,
///   so it has to be said: `may_lose_on_power_failure`.
///
/// # Privileges
///
/// [`migrate`](MySqlStore::migrate) makes tables in a database that is there: it needs `CREATE`, `ALTER`,
/// `INDEX`, `REFERENCES`, `SELECT` and `INSERT` on it. The user that a service runs as needs less, and can
/// neither change nor remove what is in the audit trail, nor give an id free that was used:
///
/// ```sql
/// GRANT SELECT ON deputize.* TO service;
/// GRANT INSERT, UPDATE ON deputize.tenant TO service;
/// GRANT INSERT, UPDATE ON deputize.agent TO service;
/// GRANT INSERT, UPDATE ON deputize.person TO service;
/// GRANT INSERT, UPDATE, DELETE ON deputize.role TO service;
/// GRANT INSERT, UPDATE, DELETE ON deputize.resource TO service;
/// GRANT INSERT, UPDATE, DELETE ON deputize.binding TO service;
/// GRANT INSERT, UPDATE ON deputize.delegation TO service;
/// GRANT INSERT, DELETE ON deputize.resource_use TO service;
/// GRANT INSERT, DELETE ON deputize.replay TO service;
/// GRANT INSERT, UPDATE ON deputize.key_ring TO service;
/// GRANT INSERT ON deputize.removed_binding TO service;
/// GRANT INSERT ON deputize.revoked_token TO service;
/// GRANT INSERT ON deputize.revocation TO service;
/// GRANT INSERT ON deputize.issued_token TO service;
/// GRANT INSERT ON deputize.audit TO service;
/// GRANT INSERT ON deputize.audit_key TO service;
/// ```
///
/// [`prune`](crate::Store::prune) removes from the trail, so whoever calls it needs these besides: better
/// another user than the service's.
///
/// ```sql
/// GRANT INSERT, UPDATE ON deputize.audit_start TO pruner;
/// GRANT DELETE ON deputize.audit TO pruner;
/// GRANT DELETE ON deputize.audit_key TO pruner;
/// ```
pub type MySqlStore = SqlStore<MySql>;

/// What is particular to MariaDB and MySQL.
#[derive(Debug)]
pub struct MySql {
    pool: MySqlPool,
}

impl MySqlStore {
    /// Connects with the default options.
    ///
    /// # Errors
    ///
    /// When the server can't be reached or refuses, or would lose what it acknowledged
    /// ([`StoreError::Denied`]); when the URL names no database, or one that is not there or whose schema
    /// is older or newer than this version: [`StoreError::ForeignSchema`].
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(url, MySqlOptions::default()).await
    }

    /// As [`MySqlStore::connect`], with these options.
    ///
    /// # Errors
    ///
    /// As [`MySqlStore::connect`].
    pub async fn connect_with(url: &str, options: MySqlOptions) -> Result<Self, StoreError> {
        let mut first = options.connection(url).await?;
        schema::check(&mut first).await?;
        first.close().await.map_err(error::store)?;
        Ok(Self::over(MySql { pool: options.pool(url)? }))
    }

    /// Makes the tables if they are not there, and brings them up to date: to be called when a new
    /// version is rolled out, before any process of it connects. The database has to be there.
    ///
    /// Several may do it at once, and all succeed. MariaDB and MySQL make each table in a transaction of
    /// its own, so one that was broken off leaves those behind that it had made, and nothing in them:
    /// to connect is refused then, and to migrate again finishes.
    ///
    /// # Errors
    ///
    /// When the server can't be reached or refuses, or would lose what it acknowledged; when the schema
    /// is newer than this version or was changed by somebody else: [`StoreError::ForeignSchema`].
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        Self::migrate_with(url, MySqlOptions::default()).await
    }

    /// As [`MySqlStore::migrate`], with these options. The timeouts hold here too.
    ///
    /// # Errors
    ///
    /// As [`MySqlStore::migrate`].
    pub async fn migrate_with(url: &str, options: MySqlOptions) -> Result<(), StoreError> {
        let mut connection = options.connection(url).await?;
        schema::migrate(&mut connection).await?;
        connection.close().await.map_err(error::store)
    }

    /// Waits until every connection is closed. What was acknowledged is in the database without it.
    pub async fn close(&self) {
        self.engine.pool.close().await;
    }
}

impl MySql {
    async fn begin(&self, sql: &'static str) -> Result<Transaction<'static, sqlx::MySql>, StoreError> {
        self.pool.begin_with(sql).await.map_err(|failure| server::not_connected(&self.pool, failure, error::store))
    }
}

impl Engine for MySql {
    type Database = sqlx::MySql;

    const NAME: &'static str = "mysql";
    const ONE_WRITER: bool = false;

    async fn reader(&self) -> Result<PoolConnection<sqlx::MySql>, StoreError> {
        self.pool.acquire().await.map_err(|failure| server::not_connected(&self.pool, failure, error::store))
    }

    async fn read(&self) -> Result<Transaction<'static, sqlx::MySql>, StoreError> {
        self.begin(sql::BEGIN_READ).await
    }

    async fn write(&self) -> Result<Transaction<'static, sqlx::MySql>, StoreError> {
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
