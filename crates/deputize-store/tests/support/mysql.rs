//! The server that `DEPUTIZE_MYSQL` names, or the nodes that `DEPUTIZE_GALERA` names, with a database of
//! its own for each store.

use std::{
    env, process,
    sync::atomic::{AtomicUsize, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use deputize_store::{MySqlOptions, MySqlStore, StoreError};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

pub(crate) struct Server {
    /// Of each node, with the database that a user starts in.
    pub(crate) nodes: Vec<String>,
    prefix: String,
    databases: AtomicUsize,
}

/// Says so and gives nothing where there is none; fails then where `CI` is `true`.
pub(crate) fn server() -> Option<Server> {
    named("DEPUTIZE_MYSQL", ".ci/mariadb")
}

/// As [`server`], of a cluster.
pub(crate) fn cluster() -> Option<Server> {
    let cluster = named("DEPUTIZE_GALERA", ".ci/galera")?;
    assert_eq!(cluster.nodes.len(), 3);
    Some(cluster)
}

fn named(variable: &str, script: &str) -> Option<Server> {
    match env::var(variable) {
        Ok(urls) => Some(Server::at(urls.split(',').map(ToOwned::to_owned).collect())),
        Err(_) => {
            assert!(env::var("CI").as_deref() != Ok("true"), "no {variable}: `{script} start DIR`");
            println!("skipped: no {variable}, as `{script} start DIR` prints it");
            None
        }
    }
}

impl Server {
    pub(crate) fn at(nodes: Vec<String>) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let prefix = format!("deputize_{}_{}", process::id(), since.as_nanos());
        Self { nodes, prefix, databases: AtomicUsize::new(0) }
    }

    /// An empty store in a database that nobody had before.
    pub(crate) async fn fresh(&self) -> MySqlStore {
        self.new_database().await;
        MySqlStore::migrate_with(&self.url(), options()).await.unwrap();
        self.connect().await.unwrap()
    }

    /// One that is set to what deputize must not depend on: characters of one byte each.
    pub(crate) async fn new_database(&self) {
        self.databases.fetch_add(1, Ordering::SeqCst);
        let text = format!("CREATE DATABASE {} CHARACTER SET latin1", self.database());
        let mut connection = MySqlConnection::connect(&self.nodes[0]).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
    }

    pub(crate) fn database(&self) -> String {
        format!("{}_{}", self.prefix, self.databases.load(Ordering::SeqCst))
    }

    /// Of the latest database, on the first node.
    pub(crate) fn url(&self) -> String {
        self.url_at(0)
    }

    pub(crate) fn url_at(&self, node: usize) -> String {
        let (server, _) = self.nodes[node].rsplit_once('/').unwrap();
        format!("{server}/{}", self.database())
    }

    pub(crate) async fn connect(&self) -> Result<MySqlStore, StoreError> {
        self.connect_to(0).await
    }

    /// Waits until a node has what was made on the first.
    pub(crate) async fn connect_to(&self, node: usize) -> Result<MySqlStore, StoreError> {
        let mut connection = MySqlConnection::connect(&self.nodes[node]).await.unwrap();
        if self.nodes.len() > 1 {
            let wait = "SET SESSION wsrep_sync_wait = 15; SELECT 1";
            sqlx::raw_sql(wait).execute(&mut connection).await.unwrap();
        }
        MySqlStore::connect_with(&self.url_at(node), options()).await
    }
}

pub(crate) fn options() -> MySqlOptions {
    let mut options = MySqlOptions::default();
    options.connections = 4;
    options
}
