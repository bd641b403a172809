//! Which schema a database has, held against the one that this version's statements are for.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr,
    migrate::{AppliedMigration, MigrateError, Migration, MigrationType},
};

use crate::error::StoreError;

/// A migration's version, what it does, and its statements. Forward only: one that was released is
/// never changed, and none is undone.
pub(crate) type Step = (i64, &'static str, &'static str);

/// What was carried out, in the schema itself.
pub(crate) const CARRIED_OUT: &str = "_sqlx_migrations";

/// Why a schema is not one to work with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Differs {
    #[cfg_attr(
        not(any(feature = "mysql", feature = "postgres")),
        expect(dead_code, reason = "SQLite's is made where it is not there")
    )]
    #[error("it was not made yet: a migration makes it")]
    NotThere(#[source] sqlx::Error),
    #[error("it is older, at version {at} instead of {needed}: a migration brings it up to date")]
    Older { at: i64, needed: i64 },
    #[error("it is newer, at version {0}")]
    Newer(i64),
    #[error("what brought it to version {0} was not this version's migration")]
    Changed(i64),
}

pub(crate) fn migrations<const N: usize>(steps: [Step; N]) -> [Migration; N] {
    steps.map(|(version, description, sql)| {
        Migration::new(version, Cow::Borrowed(description), MigrationType::Simple, sql.into_sql_str(), false)
    })
}

/// Whether exactly the migrations that are known were carried out.
pub(crate) fn compare(known: &[Migration], applied: &[AppliedMigration]) -> Result<(), Differs> {
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

/// Those that are still to be carried out, in order; an error for a schema that is newer or another.
pub(crate) fn missing<'a>(
    known: &'a [Migration],
    applied: &[AppliedMigration],
) -> Result<impl Iterator<Item = &'a Migration>, StoreError> {
    match compare(known, applied) {
        Ok(()) | Err(Differs::Older { .. }) => {}
        Err(differs) => return Err(foreign(differs)),
    }
    let versions: Vec<i64> = applied.iter().map(|one| one.version).collect();
    Ok(known.iter().filter(move |known| !versions.contains(&known.version)))
}

/// A migration that failed; `of_engine` tells what an error of the engine means.
pub(crate) fn failed(failure: MigrateError, of_engine: fn(sqlx::Error) -> StoreError) -> StoreError {
    match failure {
        MigrateError::Execute(failure) | MigrateError::ExecuteMigration(failure, _) => of_engine(failure),
        other => StoreError::ForeignSchema(other.into()),
    }
}

pub(crate) fn foreign(differs: Differs) -> StoreError {
    StoreError::ForeignSchema(differs.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(version: i64, checksum: &[u8]) -> AppliedMigration {
        AppliedMigration { version, checksum: checksum.to_vec().into() }
    }

    #[test]
    fn only_the_schema_of_this_version_is_taken() {
        let known = migrations([(1, "one", "SELECT 1"), (2, "two", "SELECT 2")]);
        let [first, second] = [0, 1].map(|at: usize| applied(known[at].version, &known[at].checksum));
        let both = [first.clone(), second.clone()];
        assert!(compare(&known, &both).is_ok());
        assert!(matches!(compare(&known, &[]), Err(Differs::Older { at: 0, needed: 2 })));
        assert!(matches!(compare(&known, &both[..1]), Err(Differs::Older { at: 1, needed: 2 })));
        assert!(matches!(compare(&known, &[applied(1, b"another")]), Err(Differs::Changed(1))));
        assert!(matches!(compare(&known, &[first.clone(), second, applied(3, b"later")]), Err(Differs::Newer(3))));

        let versions = |applied: &[AppliedMigration]| {
            missing(&known, applied).map(|missing| missing.map(|one| one.version).collect::<Vec<_>>())
        };
        assert_eq!(versions(&[]).unwrap(), [1, 2]);
        assert_eq!(versions(&[first]).unwrap(), [2]);
        assert_eq!(versions(&both).unwrap(), [0; 0]);
        assert!(matches!(versions(&[applied(3, b"later")]), Err(StoreError::ForeignSchema(_))));
    }
}
