//! Every store of this crate keeps every promise.

mod support;

use deputize_store::{MemoryStore, conformance};

#[tokio::test]
async fn memory() {
    conformance::run(async || MemoryStore::new()).await.unwrap();
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite() {
    use std::cell::Cell;

    use deputize_store::SqliteStore;

    let folder = tempfile::tempdir().unwrap();
    let count = Cell::new(0);
    let fresh = async || {
        count.set(count.get() + 1);
        let path = folder.path().join(format!("{}.db", count.get()));
        SqliteStore::migrate(&path).await.unwrap();
        SqliteStore::open(path).await.unwrap()
    };
    conformance::run(fresh).await.unwrap();
    println!("{} databases", count.get());
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_in_memory() {
    conformance::run(async || deputize_store::SqliteStore::in_memory().await.unwrap()).await.unwrap();
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres() {
    let Some(server) = support::postgres::server() else { return };
    conformance::run(async || server.fresh().await).await.unwrap();
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn mysql() {
    let Some(server) = support::mysql::server() else { return };
    conformance::run(async || server.fresh().await).await.unwrap();
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn a_node_of_galera() {
    let Some(cluster) = support::mysql::cluster() else { return };
    conformance::run(async || cluster.fresh().await).await.unwrap();
}
