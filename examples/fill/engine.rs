//! The stores that can be filled.

use std::str::FromStr;

use deputize::store::SqliteStore;

use crate::{Failure, Job, perform, postgres};

/// A kind of store.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Makes what is not there, opens the store and does it.
    pub(crate) async fn perform(self, place: &str, job: Job) -> Result<(), Failure> {
        match self {
            Self::Sqlite => {
                SqliteStore::migrate(place).await?;
                perform(SqliteStore::open(place).await?, job).await
            }
            Self::Postgres => perform(postgres::open(place).await?, job).await,
        }
    }
}

impl FromStr for Engine {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            _ => Err(format!("there is no engine {name:?}, only sqlite, postgres")),
        }
    }
}
