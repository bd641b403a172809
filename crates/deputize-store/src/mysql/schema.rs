use sqlx::{
    MySqlConnection,
    migrate::{Migrate, MigrateError},
};

use super::{error, sql};
use crate::{
    error::StoreError,
    migration::{self, CARRIED_OUT, Differs, Step, foreign},
};

/// Statements that may each be carried out again, also by several at once: no transaction holds what
/// makes a table, and an advisory lock is one node's own.
const STEPS: [Step; 1] = [(1, "tenants, configuration, ledger", include_str!("schema/1.sql"))];
/// Of several that make a schema at once, one notes it and the others find it made when they look again.
const MAX_LOOKS: u32 = 10;

/// Brings the schema up to date, a step after the other, and refuses one that is newer.
pub(super) async fn migrate(db: &mut MySqlConnection) -> Result<(), StoreError> {
    let mut looks = 1;
    loop {
        match migrate_once(db).await {
            Err(error) if looks < MAX_LOOKS && another_was_first(&error) => looks = looks.saturating_add(1),
            done => return done,
        }
    }
}

/// Refuses a schema that is not exactly the one that these statements are for.
pub(super) async fn check(db: &mut MySqlConnection) -> Result<(), StoreError> {
    let applied = db.list_applied_migrations(CARRIED_OUT).await.map_err(|failure| match failure {
        // There is no such table; or one who may not see it is told no more than that.
        MigrateError::Execute(error) if state(&error).as_deref() == Some("42S02") => foreign(Differs::NotThere(error)),
        other => failed(other),
    })?;
    migration::compare(&migration::migrations(STEPS), &applied).map_err(foreign)
}

async fn migrate_once(db: &mut MySqlConnection) -> Result<(), StoreError> {
    db.ensure_migrations_table(CARRIED_OUT).await.map_err(failed)?;
    let applied = db.list_applied_migrations(CARRIED_OUT).await.map_err(failed)?;
    // Not by sqlx's `Migrator`: it notes a step before it is carried out, and takes an advisory lock.
    for step in migration::missing(&migration::migrations(STEPS), &applied)? {
        sqlx::raw_sql(step.sql.clone()).execute(&mut *db).await.map_err(error::store)?;
        let note = sqlx::query(sql::CARRIED_OUT).bind(step.version).bind(&*step.description).bind(&*step.checksum);
        note.execute(&mut *db).await.map_err(error::store)?;
    }
    Ok(())
}

fn failed(failure: MigrateError) -> StoreError {
    migration::failed(failure, error::store)
}

fn state(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
    error.as_database_error()?.code()
}

/// ER_DUP_ENTRY, where the step is noted; or a deadlock on the way.
fn another_was_first(error: &StoreError) -> bool {
    error::number_of(error) == Some(1062) || error::was_rolled_back(error)
}
