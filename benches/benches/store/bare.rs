//! The floors: one row committed, and one row found by its key, each as a transaction or a statement
//! of its own on one connection, by the same driver.

use std::{path::Path, time::Instant};

use sqlx::{Connection, Error, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::runtime::Runtime;

use crate::Group;

/// A connection with a table of its own.
pub(crate) enum Bare {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

const TABLE: &str = "CREATE TABLE bare (id BIGINT NOT NULL PRIMARY KEY, entry TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO bare VALUES ($1, $2)";
const SELECT: &str = "SELECT entry FROM bare WHERE id = $1";

impl Bare {
    pub(crate) async fn sqlite(path: &Path) -> Result<Self, Error> {
        // The file is in WAL mode already; FULL is what a connection has by default.
        let mut db = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await?;
        db.execute(TABLE).await?;
        Ok(Self::Sqlite(db))
    }

    /// In a schema that is gone with the session.
    pub(crate) async fn postgres(url: &str) -> Result<Self, Error> {
        let mut db = PgConnection::connect(url).await?;
        db.execute("DROP TABLE IF EXISTS bare").await?;
        db.execute(TABLE).await?;
        Ok(Self::Postgres(db))
    }

    pub(crate) fn measure(mut self, group: &mut Group<'_>, runtime: &Runtime) {
        // As long as the event of an issuance.
        let (mut id, entry) = (0, "x".repeat(1_000));
        group.bench_function("floor_commit_of_one_row", |bencher| {
            bencher.iter_custom(|rounds| {
                runtime.block_on(async {
                    let start = Instant::now();
                    for _ in 0..rounds {
                        id += 1;
                        self.insert(id, &entry).await.unwrap();
                    }
                    start.elapsed()
                })
            });
        });
        group.bench_function("floor_look_up_of_one_row", |bencher| {
            bencher.iter_custom(|rounds| {
                runtime.block_on(async {
                    let start = Instant::now();
                    for _ in 0..rounds {
                        self.select(1).await.unwrap();
                    }
                    start.elapsed()
                })
            });
        });
    }

    async fn insert(&mut self, id: i64, entry: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(db) => {
                let mut write = db.begin_with("BEGIN IMMEDIATE").await?;
                sqlx::query(INSERT).bind(id).bind(entry).execute(&mut *write).await?;
                write.commit().await
            }
            Self::Postgres(db) => {
                let mut write = db.begin().await?;
                sqlx::query(INSERT).bind(id).bind(entry).execute(&mut *write).await?;
                write.commit().await
            }
        }
    }

    async fn select(&mut self, id: i64) -> Result<Option<String>, Error> {
        match self {
            Self::Sqlite(db) => sqlx::query_scalar(SELECT).bind(id).fetch_optional(db).await,
            Self::Postgres(db) => sqlx::query_scalar(SELECT).bind(id).fetch_optional(db).await,
        }
    }
}
