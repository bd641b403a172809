use sqlx::{SqliteConnection, migrate::Migrate};

use super::error;
use crate::{
    error::StoreError,
    migration::{self, CARRIED_OUT, Step},
};

const STEPS: [Step; 1] = [(1, "tenants, configuration, ledger", include_str!("schema/1.sql"))];

/// Brings the schema up to date, in the transaction that `db` is in, and refuses one that is newer.
pub(super) async fn migrate(db: &mut SqliteConnection) -> Result<(), StoreError> {
    let failed = |failure| migration::failed(failure, error::store);
    // Not by sqlx's `Migrator`: its future can't be spawned.
    db.ensure_migrations_table(CARRIED_OUT).await.map_err(failed)?;
    let applied = db.list_applied_migrations(CARRIED_OUT).await.map_err(failed)?;
    for step in migration::missing(&migration::migrations(STEPS), &applied)? {
        db.apply(CARRIED_OUT, step).await.map_err(failed)?;
    }
    Ok(())
}
