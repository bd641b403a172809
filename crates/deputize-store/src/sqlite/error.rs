use crate::error::StoreError;

/// What SQLite's errors mean to a caller.
pub(super) fn store(error: sqlx::Error) -> StoreError {
    let corrupt = match &error {
        // The primary result codes SQLITE_CORRUPT and SQLITE_NOTADB.
        sqlx::Error::Database(database) => {
            let code = database.code().and_then(|code| code.parse::<u32>().ok());
            matches!(code.map(|code| code & 0xFF), Some(11 | 26))
        }
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::RowNotFound => true,
        _ => false,
    };
    if corrupt { StoreError::Corrupt(error.into()) } else { StoreError::Unavailable(error.into()) }
}
