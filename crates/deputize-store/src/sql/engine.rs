use std::{error::Error, fmt, time::Duration};

use sqlx::{Database, Transaction, pool::PoolConnection};

use super::{arg::Arg, statements::Statements};
use crate::{error::StoreError, limits::MAX_TRYING};

/// A database: how to get a connection to it, and what its errors mean. Everything else that differs
/// between engines is in the text of their statements.
pub(crate) trait Engine: fmt::Debug + Send + Sync + 'static {
    type Database: Database<Connection: Link>;

    /// OpenTelemetry's name of it.
    const NAME: &'static str;

    /// Whether all that write wait for each other, whatever tenant they write for: then what waits is
    /// written together.
    const ONE_WRITER: bool;

    /// A connection on which each statement sees one moment of the database.
    fn reader(&self) -> impl Future<Output = Result<PoolConnection<Self::Database>, StoreError>> + Send;

    /// A transaction that sees one moment of the database.
    fn read(&self) -> impl Future<Output = Result<Transaction<'static, Self::Database>, StoreError>> + Send;

    /// A transaction in which every statement sees the latest that was committed, once it holds a
    /// tenant's row. Dropped on the way out by an error, it is rolled back.
    fn write(&self) -> impl Future<Output = Result<Transaction<'static, Self::Database>, StoreError>> + Send;

    /// Commits what a transaction wrote.
    fn commit(
        &self,
        write: Transaction<'static, Self::Database>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move { write.commit().await.map_err(Self::meaning) }
    }

    /// For how long to begin anew, and to look whether something was committed.
    fn trying(&self) -> Duration {
        MAX_TRYING
    }

    /// What an error means to a caller.
    fn meaning(error: sqlx::Error) -> StoreError;

    /// Whether the transaction was rolled back in favour of another one, so that it is worth to begin
    /// anew at once.
    fn was_rolled_back(error: &StoreError) -> bool;
}

pub(crate) type Connection<E> = <<E as Engine>::Database as Database>::Connection;

/// A connection that carries out statements.
pub(crate) trait Link: Send {
    type Row: Columns;

    const SQL: Statements;

    /// Carries out a statement that returns rows.
    fn rows(
        &mut self,
        sql: &'static str,
        args: Vec<Arg<'_>>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// Carries out a statement that returns none: how many rows it found to write.
    fn write(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// As [`Link::write`], however many they are.
    fn run(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move { self.write(sql, args).await.map(drop) }
    }

    /// The only row, if there is one.
    fn row(
        &mut self,
        sql: &'static str,
        args: Vec<Arg<'_>>,
    ) -> impl Future<Output = Result<Option<Self::Row>, StoreError>> + Send {
        async move { Ok(self.rows(sql, args).await?.into_iter().next()) }
    }
}

/// What is in a row, by the column's place. What is of another type is an error: the row is corrupt.
pub(crate) trait Columns: Send + Sync {
    fn text(&self, at: usize) -> Result<Option<String>, StoreError>;
    fn int(&self, at: usize) -> Result<Option<i64>, StoreError>;
    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>, StoreError>;
    fn flag(&self, at: usize) -> Result<bool, StoreError>;

    /// Text that is always there.
    fn some_text(&self, at: usize) -> Result<String, StoreError> {
        self.text(at)?.ok_or_else(missing)
    }

    /// An integer that is always there.
    fn some_int(&self, at: usize) -> Result<i64, StoreError> {
        self.int(at)?.ok_or_else(missing)
    }

    /// Bytes that are always there.
    fn some_bytes(&self, at: usize) -> Result<Vec<u8>, StoreError> {
        self.bytes(at)?.ok_or_else(missing)
    }
}

pub(crate) fn missing() -> StoreError {
    StoreError::Corrupt("what always has a value has none".into())
}

/// What an error means that is none of the database itself.
pub(crate) fn of_client(error: &sqlx::Error) -> fn(Box<dyn Error + Send + Sync>) -> StoreError {
    match error {
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::RowNotFound => StoreError::Corrupt,
        // Every connection was in use for longer than the acquire timeout; on SQLite, others were writing
        // for longer than the busy timeout.
        sqlx::Error::PoolTimedOut => StoreError::Conflict,
        _ => StoreError::Unavailable,
    }
}
