//! SQLite, bundled: the embedded default. One writer at a time, by the database's own lock.

mod error;
mod link;
mod options;
mod schema;
mod sql;

use std::{path::Path, time::Duration};

use options::Pools;
pub use options::SqliteOptions;
use sqlx::{Transaction, pool::PoolConnection};

use crate::{
    error::StoreError,
    sql::{Engine, SqlStore},
};

/// A store in one SQLite file.
///
/// Durable before it answers: write-ahead log, and `synchronous=FULL` unless said otherwise. Several
/// may be open on one file, also in several processes: writers wait for each other. After a backup
/// was put in the file's place, stores that were open on it are to be opened anew. What was removed
/// may be left in free pages of the file until they are used again.
///
/// An operation whose future is dropped has either been carried out or left nothing behind.
pub type SqliteStore = SqlStore<Sqlite>;

/// What is particular to SQLite.
#[derive(Debug)]
pub struct Sqlite {
    pools: Pools,
}

impl SqliteStore {
    /// Opens a file that [`SqliteStore::migrate`] made, with the default options.
    ///
    /// # Errors
    ///
    /// When it can't be opened, or its schema is not there, older or newer than this version:
    /// [`StoreError::ForeignSchema`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// As [`SqliteStore::open`], with these options.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`].
    pub async fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreError> {
        let pools = Pools::open(path.as_ref(), &options, false).await?;
        let engine = Sqlite { pools };
        schema::check(&mut *engine.reader().await?).await?;
        Ok(Self::over(engine))
    }

    /// Makes the file and its schema if they are not there, and brings the schema up to date: to be
    /// called when a new version is rolled out, before any process of it opens the file. Changes all
    /// or nothing; of several at once, one does it and the others find it done.
    ///
    /// # Errors
    ///
    /// When it can't be opened or written to, or its schema is newer than this version or was changed
    /// by somebody else: [`StoreError::ForeignSchema`].
    pub async fn migrate(path: impl AsRef<Path>) -> Result<(), StoreError> {
        let engine = Sqlite { pools: Pools::open(path.as_ref(), &SqliteOptions::default(), true).await? };
        engine.migrate().await?;
        engine.pools.close().await;
        Ok(())
    }

    /// A store in memory, with its schema, lost when it is dropped: for tests that want SQLite. One
    /// operation at a time.
    ///
    /// # Errors
    ///
    /// When SQLite can't be started.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let engine = Sqlite { pools: Pools::in_memory().await? };
        engine.migrate().await?;
        Ok(Self::over(engine))
    }

    /// Waits until every connection is closed. What was acknowledged is in the file without it.
    pub async fn close(&self) {
        self.engine.pools.close().await;
    }
}

impl Sqlite {
    async fn migrate(&self) -> Result<(), StoreError> {
        // Under the write lock, so that of two that make a schema one does.
        let mut write = self.write().await?;
        schema::migrate(&mut write).await?;
        write.commit().await.map_err(error::store)
    }
}

impl Engine for Sqlite {
    type Database = sqlx::Sqlite;

    const NAME: &'static str = "sqlite";
    const ONE_WRITER: bool = true;

    async fn reader(&self) -> Result<PoolConnection<sqlx::Sqlite>, StoreError> {
        self.pools.readers.acquire().await.map_err(error::store)
    }

    async fn read(&self) -> Result<Transaction<'static, sqlx::Sqlite>, StoreError> {
        self.pools.readers.begin().await.map_err(error::store)
    }

    /// Holds the write lock from its first statement on: the tenant's row is held by it.
    async fn write(&self) -> Result<Transaction<'static, sqlx::Sqlite>, StoreError> {
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

    /// One look: there is no connection that could come back, and a disk that fails is told of at once.
    fn trying(&self) -> Duration {
        Duration::ZERO
    }

    fn meaning(error: sqlx::Error) -> StoreError {
        error::store(error)
    }

    /// Never: who can't have the lock has waited for it.
    fn was_rolled_back(_: &StoreError) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
