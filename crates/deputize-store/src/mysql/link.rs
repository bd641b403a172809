use sqlx::{
    MySqlConnection, Row,
    mysql::{MySqlArguments, MySqlRow},
    query::Query,
};

use super::{error, sql};
use crate::{
    error::StoreError,
    row::to_json,
    sql::{Arg, Columns, JsonRows, Link, Statements},
};

type Bound<'q> = Query<'q, sqlx::MySql, MySqlArguments>;

impl Link for MySqlConnection {
    type Row = MySqlRow;

    const SQL: Statements = sql::STATEMENTS;

    async fn rows(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> Result<Vec<MySqlRow>, StoreError> {
        bound(sql, &args)?.fetch_all(self).await.map_err(error::store)
    }

    async fn write(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> Result<u64, StoreError> {
        Ok(bound(sql, &args)?.execute(self).await.map_err(error::store)?.rows_affected())
    }
}

/// Binds to each placeholder the argument whose number stands behind it.
fn bound<'q>(sql: &'static str, args: &[Arg<'_>]) -> Result<Bound<'q>, StoreError> {
    numbers(sql).try_fold(sqlx::query(sql), |query, number| {
        let arg = number.checked_sub(1).and_then(|at| args.get(at));
        bind(query, arg.ok_or_else(|| StoreError::Corrupt(format!("nothing is bound to {number}").into()))?)
    })
}

/// Of the arguments that a statement's placeholders stand for, in the order of those.
pub(super) fn numbers(sql: &'static str) -> impl Iterator<Item = usize> {
    sql.split("?/*").skip(1).filter_map(|rest| rest.split_once("*/")?.0.parse().ok())
}

/// Text goes in as the bytes that it is kept as; lists as text, since JSON is made of characters.
fn bind<'q>(query: Bound<'q>, arg: &Arg<'_>) -> Result<Bound<'q>, StoreError> {
    Ok(match arg {
        Arg::Text(text) => query.bind(text.as_bytes()),
        Arg::Owned(text) => query.bind(text.as_bytes()),
        Arg::MaybeText(text) => query.bind(text.map(str::as_bytes)),
        Arg::Int(int) => query.bind(*int),
        Arg::MaybeInt(int) => query.bind(*int),
        Arg::Flag(flag) => query.bind(*flag),
        Arg::Bytes(bytes) => query.bind(*bytes),
        Arg::Table(columns) => query.bind(to_json(&JsonRows(columns))?),
        Arg::List(column) => query.bind(to_json(column)?),
    })
}

impl Columns for MySqlRow {
    fn text(&self, at: usize) -> Result<Option<String>, StoreError> {
        let text = self.bytes(at)?.map(String::from_utf8).transpose();
        text.map_err(|error| StoreError::Corrupt(error.into()))
    }

    fn int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        self.try_get(at).map_err(error::store)
    }

    /// Whatever kind of text or bytes it is told to be.
    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.try_get_unchecked(at).map_err(error::store)
    }

    fn flag(&self, at: usize) -> Result<bool, StoreError> {
        Ok(self.some_int(at)? != 0)
    }
}
