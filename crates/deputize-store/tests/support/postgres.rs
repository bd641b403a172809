//! The server that `DEPUTIZE_POSTGRES` names, with a schema of its own for each store.

use std::{
    env, process,
    sync::atomic::{AtomicUsize, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use deputize_store::{PostgresOptions, PostgresStore, StoreError};

pub(crate) struct Server {
    pub(crate) url: String,
    prefix: String,
    schemas: AtomicUsize,
}

/// Says so and gives nothing where there is none; fails then where `CI` is `true`.
pub(crate) fn server() -> Option<Server> {
    match env::var("DEPUTIZE_POSTGRES") {
        Ok(url) => Some(Server::at(url)),
        Err(_) => {
            assert!(env::var("CI").as_deref() != Ok("true"), "no DEPUTIZE_POSTGRES: `.ci/postgres start DIR`");
            println!("skipped: no DEPUTIZE_POSTGRES, as `.ci/postgres start DIR` prints it");
            None
        }
    }
}

impl Server {
    pub(crate) fn at(url: String) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self { url, prefix: format!("test_{}_{}", process::id(), since.as_nanos()), schemas: AtomicUsize::new(0) }
    }

    /// An empty store in a schema that nobody had before.
    pub(crate) async fn fresh(&self) -> PostgresStore {
        self.schemas.fetch_add(1, Ordering::SeqCst);
        PostgresStore::migrate_with(&self.url, self.options()).await.unwrap();
        self.connect(self.options()).await.unwrap()
    }

    pub(crate) async fn connect(&self, options: PostgresOptions) -> Result<PostgresStore, StoreError> {
        PostgresStore::connect_with(&self.url, options).await
    }

    /// The options of the latest fresh store.
    pub(crate) fn options(&self) -> PostgresOptions {
        let mut options = PostgresOptions::default();
        options.schema = format!("{}_{}", self.prefix, self.schemas.load(Ordering::SeqCst));
        options.connections = 4;
        options
    }
}
