//! The stores that can be drilled.

use std::{path::Path, str::FromStr};

use deputize::store::SqliteStore;

use crate::{Failure, Task, perform, postgres};

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Makes a place for a new store.
    pub(crate) async fn place(self, folder: &Path) -> Result<String, Failure> {
        match self {
            Self::Sqlite => {
                let path = folder.join("drill.db");
                SqliteStore::migrate(&path).await?;
                Ok(path.to_str().ok_or("a folder that is not UTF-8")?.to_owned())
            }
            Self::Postgres => postgres::place().await,
        }
    }

    /// Opens the store and does it.
    pub(crate) async fn perform(self, place: &str, task: Task) -> Result<bool, Failure> {
        match self {
            Self::Sqlite => perform(&SqliteStore::open(place).await?, task).await,
            Self::Postgres => perform(&postgres::open(place).await?, task).await,
        }
    }
}

impl FromStr for Engine {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let named = Self::ALL.into_iter().find(|engine| engine.name() == name);
        named.ok_or_else(|| format!("there is no engine {name:?}, only {names}"))
    }
}
