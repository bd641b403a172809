//! Every store of this crate keeps every promise.

mod support;

use deputize_store::{MemoryStore, conformance};

#[tokio::test]
async fn memory() {
    conformance::run(async || MemoryStore::new()).await.unwrap();
}

/// The guide's table has a line for every case, in the order in which they run.
#[test]
fn the_guide_lists_every_case() {
    let cases = include_str!("../src/conformance/mod.rs").split("named(").skip(1);
    let cases: Vec<_> = cases.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next()).collect();
    assert!(cases.len() > 20);
    let (_, listed) = include_str!("../BACKENDS.md").split_once("| case |").unwrap();
    let listed = listed.lines().skip(2).map_while(|line| line.strip_prefix("| ")?.split(" |").next());
    assert_eq!(listed.collect::<Vec<_>>(), cases);
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
