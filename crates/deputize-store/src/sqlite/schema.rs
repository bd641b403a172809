use std::borrow::Cow;

use sqlx::{
    SqlSafeStr, SqliteConnection,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use super::error;
use crate::error::StoreError;

/// Forward only: a migration that was released is never changed, and none is undone.
const MIGRATIONS: [(i64, &str, &str); 1] = [(1, "tenants, configuration, ledger", include_str!("schema/1.sql"))];

/// Brings the schema up to date, in the transaction that `db` is in, and refuses one that is newer.
pub(super) async fn migrate(db: &mut SqliteConnection) -> Result<(), StoreError> {
    let migrations = MIGRATIONS.map(|(version, description, sql)| {
        Migration::new(version, Cow::Borrowed(description), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(migrations.into());
    migrator.run(db).await.map_err(|failure| match failure {
        MigrateError::Execute(failure) | MigrateError::ExecuteMigration(failure, _) => error::store(failure),
        // Above all: the database knows a migration that this version does not, or another one.
        other => StoreError::ForeignSchema(other.into()),
    })
}
