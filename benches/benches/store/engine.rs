//! The engines, each with two stores on one database where there can be two.

use std::{
    env, process,
    time::{SystemTime, UNIX_EPOCH},
};

use criterion::Criterion;
use deputize_store::{MemoryStore, PostgresOptions, PostgresStore, SqliteStore};
use tokio::runtime::{Builder, Runtime};

use crate::{Ground, bare::Bare, measure};

pub(crate) fn memory(criterion: &mut Criterion) {
    measure(criterion, "memory", Ground::new(runtime(), vec![MemoryStore::new()]), None);
}

/// A file with `synchronous=FULL`, below the directory for what is built: on a disk.
pub(crate) fn sqlite(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (path, runtime) = (folder.path().join("store.db"), runtime());
    let (stores, bare) = runtime.block_on(async {
        SqliteStore::migrate(&path).await.unwrap();
        let stores = vec![SqliteStore::open(&path).await.unwrap(), SqliteStore::open(&path).await.unwrap()];
        (stores, Bare::sqlite(&path).await.unwrap())
    });
    measure(criterion, "sqlite", Ground::new(runtime, stores), Some(bare));
}

/// A schema of its own on the server that `DEPUTIZE_POSTGRES` names.
pub(crate) fn postgres(criterion: &mut Criterion) {
    let Ok(url) = env::var("DEPUTIZE_POSTGRES") else {
        println!("skipped: no DEPUTIZE_POSTGRES, as `.ci/postgres start DIR` prints it");
        return;
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let (mut options, runtime) = (PostgresOptions::default(), runtime());
    options.schema = format!("bench_{}_{since}", process::id());
    let (stores, bare) = runtime.block_on(async {
        PostgresStore::migrate_with(&url, options.clone()).await.unwrap();
        let open = async || PostgresStore::connect_with(&url, options.clone()).await.unwrap();
        (vec![open().await, open().await], Bare::postgres(&url).await.unwrap())
    });
    measure(criterion, "postgres", Ground::new(runtime, stores), Some(bare));
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().unwrap()
}
