use crate::{error::StoreError, sql::of_client};

/// What SQLite's errors mean to a caller.
pub(super) fn store(error: sqlx::Error) -> StoreError {
    let wrap: fn(_) -> StoreError = match &error {
        // https://www.sqlite.org/rescode.html: the primary code is the lowest byte.
        sqlx::Error::Database(database) => {
            match database.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xFF) {
                // BUSY, LOCKED
                Some(5 | 6) => StoreError::Conflict,
                // PERM, READONLY, AUTH
                Some(3 | 8 | 23) => StoreError::Denied,
                // FULL
                Some(13) => StoreError::Full,
                // ERROR (a table or column is missing), CORRUPT, CONSTRAINT, MISMATCH, NOTADB: what
                // is there is not what these statements made.
                Some(1 | 11 | 19 | 20 | 26) => StoreError::Corrupt,
                _ => StoreError::Unavailable,
            }
        }
        other => of_client(other),
    };
    wrap(error.into())
}
