use std::borrow::Cow;

use sqlx::{
    Connection, PgConnection, SqlSafeStr,
    migrate::{AppliedMigration, Migrate, MigrateError, Migration, MigrationType},
};

use super::{error, options::SchemaName, sql};
use crate::error::StoreError;

/// Forward only: a migration that was released is never changed, and none is undone.
const MIGRATIONS: [(i64, &str, &str); 1] = [(1, "tenants, configuration, ledger", include_str!("schema/1.sql"))];
/// What was carried out, in the schema itself.
const CARRIED_OUT: &str = "_sqlx_migrations";
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
    compare(&applied).map_err(foreign)
}

/// Why a schema is not one to work with.
#[derive(Debug, thiserror::Error)]
enum Differs {
    #[error("it was not made yet: a migration makes it")]
    NotThere(#[source] sqlx::Error),
    #[error("it is older, at version {at} instead of {needed}: a migration brings it up to date")]
    Older { at: i64, needed: i64 },
    #[error("it is newer, at version {0}")]
    Newer(i64),
    #[error("what brought it to version {0} was not this version's migration")]
    Changed(i64),
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
    match compare(&applied) {
        Ok(()) | Err(Differs::Older { .. }) => {}
        Err(differs) => return Err(foreign(differs)),
    }
    // Not by sqlx's `Migrator`: it takes an advisory lock, which not every engine that speaks
    // PostgreSQL has, and its future can't be spawned.
    for migration in migrations().iter().filter(|known| applied.iter().all(|one| one.version != known.version)) {
        write.apply(CARRIED_OUT, migration).await.map_err(failed)?;
    }
    write.commit().await.map_err(error::store)
}

fn migrations() -> [Migration; MIGRATIONS.len()] {
    MIGRATIONS.map(|(version, description, sql)| {
        Migration::new(version, Cow::Borrowed(description), MigrationType::Simple, sql.into_sql_str(), false)
    })
}

fn compare(applied: &[AppliedMigration]) -> Result<(), Differs> {
    let known = migrations();
    for migration in applied {
        match known.iter().find(|known| known.version == migration.version) {
            None => return Err(Differs::Newer(migration.version)),
            Some(known) if known.checksum != migration.checksum => return Err(Differs::Changed(migration.version)),
            Some(_) => {}
        }
    }
    match known.last() {
        Some(last) if applied.len() < known.len() => {
            let at = applied.last().map_or(0, |migration| migration.version);
            Err(Differs::Older { at, needed: last.version })
        }
        _ => Ok(()),
    }
}

fn failed(failure: MigrateError) -> StoreError {
    match failure {
        MigrateError::Execute(failure) | MigrateError::ExecuteMigration(failure, _) => error::store(failure),
        other => StoreError::ForeignSchema(other.into()),
    }
}

fn foreign(differs: Differs) -> StoreError {
    StoreError::ForeignSchema(differs.into())
}

fn state(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error()?.code()
}

fn was_made_by_another(error: &StoreError) -> bool {
    // unique_violation (of the catalogue), duplicate_schema, duplicate_table
    matches!(error::state_of(error).as_deref(), Some("23505" | "42P06" | "42P07"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(version: i64, checksum: &[u8]) -> AppliedMigration {
        AppliedMigration { version, checksum: checksum.to_vec().into() }
    }

    #[test]
    fn only_the_schema_of_this_version_is_taken() {
        let [first] = migrations();
        let ours = applied(1, &first.checksum);
        assert!(compare(std::slice::from_ref(&ours)).is_ok());
        assert!(matches!(compare(&[]), Err(Differs::Older { at: 0, needed: 1 })));
        assert!(matches!(compare(&[applied(1, b"another")]), Err(Differs::Changed(1))));
        assert!(matches!(compare(&[ours, applied(2, b"later")]), Err(Differs::Newer(2))));
    }
}
