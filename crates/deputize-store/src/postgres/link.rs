use sqlx::{
    PgConnection, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use super::{error, sql};
use crate::{
    error::StoreError,
    sql::{Arg, Column, Columns, Link, Statements},
};

type Bound<'q> = Query<'q, sqlx::Postgres, PgArguments>;

impl Link for PgConnection {
    type Row = PgRow;

    const SQL: Statements = sql::STATEMENTS;

    async fn rows(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> Result<Vec<PgRow>, StoreError> {
        args.into_iter().fold(sqlx::query(sql), bind).fetch_all(self).await.map_err(error::store)
    }

    async fn write(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> Result<u64, StoreError> {
        Ok(args.into_iter().fold(sqlx::query(sql), bind).execute(self).await.map_err(error::store)?.rows_affected())
    }
}

fn bind<'q>(query: Bound<'q>, arg: Arg<'_>) -> Bound<'q> {
    match arg {
        Arg::Text(text) => query.bind(text),
        Arg::Owned(text) => query.bind(text),
        Arg::MaybeText(text) => query.bind(text),
        Arg::Int(int) => query.bind(int),
        Arg::MaybeInt(int) => query.bind(int),
        Arg::Flag(flag) => query.bind(flag),
        Arg::Bytes(bytes) => query.bind(bytes),
        Arg::Table(columns) => columns.into_iter().fold(query, bind_column),
        Arg::List(column) => bind_column(query, column),
    }
}

fn bind_column(query: Bound<'_>, column: Column) -> Bound<'_> {
    match column {
        Column::Texts(list) => query.bind(list),
        Column::Ints(list) => query.bind(list),
        Column::Blobs(list) => query.bind(list),
    }
}

impl Columns for PgRow {
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
