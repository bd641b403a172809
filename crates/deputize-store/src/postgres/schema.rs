use sqlx::{
    Connection, PgConnection,
    migrate::{Migrate, MigrateError},
};

use super::{error, options::SchemaName, sql};
use crate::{
    error::StoreError,
    migration::{self, CARRIED_OUT, Differs, Step, foreign},
};

const STEPS: [Step; 1] = [(1, "tenants, configuration, ledger", include_str!("schema/1.sql"))];
/// Of several that make a schema at once, one wins and the others find it made when they look again.
const MAX_LOOKS: u32 = 3;

/// Brings the schema up to date in one transaction, and refuses one that is newer.
pub(super) async fn migrate(db: &mut PgConnection, name: &SchemaName) -> Result<(), StoreError> {
    let mut looks = 1;
    loop {
        match migrate_once(db, name).await {
            Err(error) if looks < MAX_LOOKS && was_made_by_another(&error) => looks = looks.saturating_add(1),
            done => return done,
        }
    }
}

/// Refuses a schema that is not exactly the one that these statements are for.
pub(super) async fn check(db: &mut PgConnection) -> Result<(), StoreError> {
    let applied = db.list_applied_migrations(CARRIED_OUT).await.map_err(|failure| match failure {
        // undefined_table
        MigrateError::Execute(error) if state(&error).as_deref() == Some("42P01") => foreign(Differs::NotThere(error)),
        other => failed(other),
    })?;
    migration::compare(&migration::migrations(STEPS), &applied).map_err(foreign)
}

async fn migrate_once(db: &mut PgConnection, name: &SchemaName) -> Result<(), StoreError> {
    let mut write = db.begin_with(sql::BEGIN_WRITE).await.map_err(error::store)?;
    // Asked first: who may not make a schema may still be given one.
    let there: bool = sqlx::query_scalar(sql::SCHEMA_EXISTS).fetch_one(&mut *write).await.map_err(error::store)?;
    if !there {
        write.create_schema_if_not_exists(&name.quoted()).await.map_err(failed)?;
    }
    write.ensure_migrations_table(CARRIED_OUT).await.map_err(failed)?;
    sqlx::query(sql::LOCK_MIGRATIONS).execute(&mut *write).await.map_err(error::store)?;
    let applied = write.list_applied_migrations(CARRIED_OUT).await.map_err(failed)?;
    // Not by sqlx's `Migrator`: it takes an advisory lock, which not every engine that speaks
    // PostgreSQL has, and its future can't be spawned.
    for step in migration::missing(&migration::migrations(STEPS), &applied)? {
        write.apply(CARRIED_OUT, step).await.map_err(failed)?;
    }
    write.commit().await.map_err(error::store)
}

fn failed(failure: MigrateError) -> StoreError {
    migration::failed(failure, error::store)
}

fn state(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
    error.as_database_error()?.code()
}

fn was_made_by_another(error: &StoreError) -> bool {
    // unique_violation (of the catalogue), duplicate_schema, duplicate_table
    matches!(error::state_of(error).as_deref(), Some("23505" | "42P06" | "42P07"))
}
