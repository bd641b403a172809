use std::{path::Path, time::Duration};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::error;
use crate::error::StoreError;

/// How a [`SqliteStore`](super::SqliteStore) uses its file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// Connections that read, at most; one more writes. 4 by default.
    pub readers: u32,
    /// How long an operation waits for its turn before it gives up as a conflict. 5 seconds by
    /// default.
    pub busy_timeout: Duration,
    /// Whether a power failure may lose what was acknowledged last, a revocation included. `false`
    /// by default (`synchronous=FULL`); `true` is several times quicker (`synchronous=NORMAL`).
    pub may_lose_on_power_failure: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { readers: 4, busy_timeout: Duration::from_secs(5), may_lose_on_power_failure: false }
    }
}

/// The connections of one store.
#[derive(Debug)]
pub(super) struct Pools {
    /// One connection: writers of one process queue here, in order, instead of polling the file's
    /// lock.
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

impl Pools {
    /// `make` is whether the file is made if it is not there.
    pub(super) async fn open(path: &Path, options: &SqliteOptions, make: bool) -> Result<Self, StoreError> {
        let durable = match options.may_lose_on_power_failure {
            true => SqliteSynchronous::Normal,
            false => SqliteSynchronous::Full,
        };
        let connect = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(make)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(durable)
            .busy_timeout(options.busy_timeout);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(options.busy_timeout)
                .test_before_acquire(false)
        };
        let writer = pool(1).connect_with(connect.clone()).await.map_err(error::store)?;
        let readers = pool(options.readers.max(1)).connect_lazy_with(connect);
        Ok(Self { writer, readers })
    }

    /// One connection, for good: the database is gone with it.
    pub(super) async fn in_memory() -> Result<Self, StoreError> {
        let connect = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(1).min_connections(1).test_before_acquire(false);
        let pool = pool.idle_timeout(None).max_lifetime(None).connect_with(connect).await.map_err(error::store)?;
        Ok(Self { writer: pool.clone(), readers: pool })
    }

    /// Throws the writing connection away, for a new one.
    pub(super) async fn replace_writer(&self) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await.map_err(error::store)?;
        connection.close_on_drop();
        Ok(())
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
