//! PostgreSQL, in a schema of its own.

use deputize::store::{PostgresOptions, PostgresStore};

use crate::Failure;

pub(crate) async fn open(url: &str) -> Result<PostgresStore, Failure> {
    let mut options = PostgresOptions::default();
    "deputize_fill".clone_into(&mut options.schema);
    PostgresStore::migrate_with(url, options.clone()).await?;
    Ok(PostgresStore::connect_with(url, options).await?)
}
