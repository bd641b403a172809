//! PostgreSQL: a schema of its own for each drill, on the server that `DEPUTIZE_POSTGRES` names.

use std::{
    env, process,
    time::{SystemTime, UNIX_EPOCH},
};

use deputize::store::{PostgresOptions, PostgresStore};

use crate::Failure;

pub(crate) async fn place() -> Result<String, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let schema = format!("drill_{}_{}", process::id(), since.as_nanos());
    PostgresStore::migrate_with(&url()?, options(&schema)).await?;
    Ok(schema)
}

pub(crate) async fn open(schema: &str) -> Result<PostgresStore, Failure> {
    Ok(PostgresStore::connect_with(&url()?, options(schema)).await?)
}

fn options(schema: &str) -> PostgresOptions {
    let mut options = PostgresOptions::default();
    schema.clone_into(&mut options.schema);
    options
}

fn url() -> Result<String, Failure> {
    env::var("DEPUTIZE_POSTGRES").map_err(|_| "no DEPUTIZE_POSTGRES, as `.ci/postgres start DIR` prints it".into())
}
