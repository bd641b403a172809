use sqlx::{
    SqliteConnection,
    migrate::{Migrate, MigrateError},
};

use super::error;
use crate::{
    error::StoreError,
    migration::{self, CARRIED_OUT, Differs, Step, foreign},
};

const STEPS: [Step; 1] = [(1, "tenants, configuration, ledger", include_str!("schema/1.sql"))];

/// Brings the schema up to date, in the transaction that `db` is in, and refuses one that is newer.
pub(super) async fn migrate(db: &mut SqliteConnection) -> Result<(), StoreError> {
    // Not by sqlx's `Migrator`: its future can't be spawned.
    db.ensure_migrations_table(CARRIED_OUT).await.map_err(failed)?;
    let applied = db.list_applied_migrations(CARRIED_OUT).await.map_err(failed)?;
    for step in migration::missing(&migration::migrations(STEPS), &applied)? {
        db.apply(CARRIED_OUT, step).await.map_err(failed)?;
    }
    Ok(())
}

/// Refuses a schema that is not exactly the one that these statements are for.
pub(super) async fn check(db: &mut SqliteConnection) -> Result<(), StoreError> {
    let applied = db.list_applied_migrations(CARRIED_OUT).await.map_err(|failure| match failure {
        // SQLITE_ERROR: there is no such table.
        MigrateError::Execute(error) if code(&error).as_deref() == Some("1") => foreign(Differs::NotThere(error)),
        other => failed(other),
    })?;
    migration::compare(&migration::migrations(STEPS), &applied).map_err(foreign)
}

fn failed(failure: MigrateError) -> StoreError {
    migration::failed(failure, error::store)
}

fn code(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
    error.as_database_error()?.code()
}
