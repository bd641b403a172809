use std::borrow::Cow;

use sqlx::{
    SqlSafeStr, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use super::error;
use crate::error::StoreError;

/// Forward only: a migration that was released is never changed, and none is undone.
const MIGRATIONS: [(i64, &str, &str); 1] = [(1, "tenants, configuration, ledger", include_str!("schema/1.sql"))];

/// Brings the schema up to date, and refuses one that is newer.
pub(super) async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    let migrations = MIGRATIONS.map(|(version, description, sql)| {
        Migration::new(version, Cow::Borrowed(description), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(migrations.into());
    migrator.run(pool).await.map_err(|failure| match failure {
        // The database knows a migration that this version does not.
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => StoreError::NewerSchema,
        MigrateError::Execute(failure) | MigrateError::ExecuteMigration(failure, _) => error::store(failure),
        other => StoreError::Corrupt(other.into()),
    })
}
