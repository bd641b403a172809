use crate::error::StoreError;

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
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::RowNotFound => StoreError::Corrupt,
        // Others were writing for longer than the busy timeout.
        sqlx::Error::PoolTimedOut => StoreError::Conflict,
        _ => StoreError::Unavailable,
    };
    wrap(error.into())
}
