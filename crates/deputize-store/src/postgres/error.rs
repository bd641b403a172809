use crate::{error::StoreError, sql::of_client};

/// What PostgreSQL's errors mean to a caller.
pub(super) fn store(error: sqlx::Error) -> StoreError {
    let wrap: fn(_) -> StoreError = match &error {
        sqlx::Error::Database(database) => of_state(&database.code().unwrap_or_default()),
        other => of_client(other),
    };
    wrap(error.into())
}

/// https://www.postgresql.org/docs/current/errcodes-appendix.html
fn of_state(state: &str) -> fn(Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    match (state.get(..2).unwrap_or_default(), state) {
        // statement_completion_unknown: whether it was carried out is not known.
        (_, "40003") => StoreError::Unavailable,
        // Transaction rollback: serialization failure, deadlock. lock_not_available: the lock timeout.
        ("40", _) | (_, "55P03") => StoreError::Conflict,
        // disk_full
        (_, "53100") => StoreError::Full,
        // insufficient_privilege, read_only_sql_transaction (a standby); invalid authorization.
        (_, "42501" | "25006") | ("28", _) => StoreError::Denied,
        // Data exception, integrity constraint, a table or column that is missing or another, a limit of
        // the server that no row of ours reaches, damaged data: what is there is not what these
        // statements made.
        ("22" | "23" | "42" | "54" | "XX", _) => StoreError::Corrupt,
        // Connection, shutdown, start, memory, too many connections, statement timeout and the rest.
        _ => StoreError::Unavailable,
    }
}

/// Whether the server rolled the transaction back in favour of another. One that waited in vain has
/// waited enough.
pub(super) fn was_rolled_back(error: &StoreError) -> bool {
    // serialization_failure, deadlock_detected
    matches!(state_of(error).as_deref(), Some("40001" | "40P01"))
}

/// The SQLSTATE behind an error, if there is one.
pub(super) fn state_of(error: &StoreError) -> Option<String> {
    let source = std::error::Error::source(error)?.downcast_ref::<sqlx::Error>()?;
    Some(source.as_database_error()?.code()?.into_owned())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    /// An error of the server.
    #[derive(Debug, thiserror::Error)]
    #[error("SQLSTATE {0}")]
    struct State(&'static str);

    impl DatabaseError for State {
        fn message(&self) -> &str {
            self.0
        }
        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }
        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    fn of(state: &'static str) -> StoreError {
        store(sqlx::Error::Database(Box::new(State(state))))
    }

    #[test]
    fn each_class_of_states_means_something() {
        // connection_failure, admin_shutdown, crash_shutdown, cannot_connect_now, query_canceled,
        // idle_in_transaction_session_timeout, out_of_memory, too_many_connections, unknown completion
        for state in ["08006", "08P01", "57P01", "57P02", "57P03", "57014", "25P03", "53200", "53300", "40003", ""] {
            assert!(matches!(of(state), StoreError::Unavailable(_)), "{state}");
        }
        for state in ["40001", "40P01", "55P03"] {
            assert!(matches!(of(state), StoreError::Conflict(_)), "{state}");
        }
        assert!(matches!(of("53100"), StoreError::Full(_)));
        for state in ["42501", "25006", "28000", "28P01"] {
            assert!(matches!(of(state), StoreError::Denied(_)), "{state}");
        }
        // numeric_value_out_of_range, untranslatable_character, unique_violation,
        // foreign_key_violation, undefined_table, undefined_column, data_corrupted, index_corrupted
        for state in ["22003", "22P05", "23505", "23503", "42P01", "42703", "54000", "XX001", "XX002"] {
            assert!(matches!(of(state), StoreError::Corrupt(_)), "{state}");
        }
    }

    #[test]
    fn what_is_no_error_of_the_server_means_something_too() {
        let lost = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(matches!(store(lost), StoreError::Unavailable(_)));
        assert!(matches!(store(sqlx::Error::PoolClosed), StoreError::Unavailable(_)));
        assert!(matches!(store(sqlx::Error::PoolTimedOut), StoreError::Conflict(_)));
        assert!(matches!(store(sqlx::Error::RowNotFound), StoreError::Corrupt(_)));
        assert!(matches!(store(sqlx::Error::Decode("what".into())), StoreError::Corrupt(_)));
    }

    #[test]
    fn only_what_the_server_rolled_back_is_begun_anew() {
        for state in ["55P03", "57014", "08006", "23505", "53100"] {
            assert!(!was_rolled_back(&of(state)), "{state}");
        }
        for state in ["40001", "40P01"] {
            assert!(was_rolled_back(&of(state)), "{state}");
        }
    }
}
