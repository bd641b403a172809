//! Where it is recorded.

use std::{
    env, process,
    time::{SystemTime, UNIX_EPOCH},
};

use deputize_benches::Failure;
use deputize_store::{MemoryStore, PostgresOptions, PostgresStore, SqliteStore};

use crate::{Load, measure};

pub(crate) async fn run(engine: &str, load: &Load) -> Result<(), Failure> {
    match engine {
        "memory" => measure("in memory", MemoryStore::new(), load).await,
        "sqlite" => sqlite(load).await,
        "postgres" => postgres(load).await,
        other => Err(format!("no engine is called {other}").into()),
    }
}

/// A file with `synchronous=FULL`, in the folder it is started in: on a disk, as the folder for temporary
/// files may not be.
async fn sqlite(load: &Load) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(".")?;
    let path = folder.path().join("store.db");
    SqliteStore::migrate(&path).await?;
    measure("SQLite, synchronous=FULL", SqliteStore::open(&path).await?, load).await
}

/// A schema of its own.
async fn postgres(load: &Load) -> Result<(), Failure> {
    let url =
        env::var("DEPUTIZE_POSTGRES").map_err(|_| "no DEPUTIZE_POSTGRES, as `.ci/postgres start DIR` prints it")?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let mut options = PostgresOptions::default();
    options.schema = format!("job_{}_{since}", process::id());
    PostgresStore::migrate_with(&url, options.clone()).await?;
    measure("PostgreSQL", PostgresStore::connect_with(&url, options).await?, load).await
}
