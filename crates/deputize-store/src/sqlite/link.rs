use sqlx::{
    Row, SqliteConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{error, sql};
use crate::{
    error::StoreError,
    row::to_json,
    sql::{Arg, Columns, JsonRows, Link, Statements},
};

type Bound<'q> = Query<'q, sqlx::Sqlite, SqliteArguments>;

impl Link for SqliteConnection {
    type Row = SqliteRow;

    const SQL: Statements = sql::STATEMENTS;

    async fn rows(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> Result<Vec<SqliteRow>, StoreError> {
        bound(sql, args)?.fetch_all(self).await.map_err(error::store)
    }

    async fn write(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> Result<u64, StoreError> {
        Ok(bound(sql, args)?.execute(self).await.map_err(error::store)?.rows_affected())
    }
}

fn bound<'q>(sql: &'static str, args: Vec<Arg<'_>>) -> Result<Bound<'q>, StoreError> {
    args.into_iter().try_fold(sqlx::query(sql), bind)
}

fn bind<'q>(query: Bound<'q>, arg: Arg<'_>) -> Result<Bound<'q>, StoreError> {
    Ok(match arg {
        Arg::Text(text) => query.bind(text.to_owned()),
        Arg::Owned(text) => query.bind(text),
        Arg::MaybeText(text) => query.bind(text.map(ToOwned::to_owned)),
        Arg::Int(int) => query.bind(int),
        Arg::MaybeInt(int) => query.bind(int),
        Arg::Flag(flag) => query.bind(flag),
        Arg::Bytes(bytes) => query.bind(bytes.to_owned()),
        Arg::Table(columns) => query.bind(to_json(&JsonRows(&columns))?),
        Arg::List(column) => query.bind(to_json(&column)?),
    })
}

impl Columns for SqliteRow {
    fn text(&self, at: usize) -> Result<Option<String>, StoreError> {
        self.try_get(at).map_err(error::store)
    }

    fn int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        self.try_get(at).map_err(error::store)
    }

    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.try_get(at).map_err(error::store)
    }

    fn flag(&self, at: usize) -> Result<bool, StoreError> {
        self.try_get(at).map_err(error::store)
    }
}
