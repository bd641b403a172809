use sqlx::mysql::MySqlDatabaseError;

use super::options::NotDurable;
use crate::{
    error::StoreError,
    sql::{NotHeld, of_client},
};

type Wrap = fn(Box<dyn std::error::Error + Send + Sync>) -> StoreError;

/// What errors of MariaDB and MySQL mean to a caller.
pub(super) fn store(error: sqlx::Error) -> StoreError {
    let wrap: Wrap = match &error {
        sqlx::Error::Database(database) => {
            let number = database.try_downcast_ref().map_or(0, MySqlDatabaseError::number);
            of_number(number, &database.code().unwrap_or_default())
        }
        // The server would lose what it acknowledged.
        sqlx::Error::Configuration(reason) if reason.is::<NotDurable>() => StoreError::Denied,
        other => of_client(other),
    };
    wrap(error.into())
}

/// https://mariadb.com/kb/en/mariadb-error-code-reference/ and
/// https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html: one number means the same
/// to both, where both have it.
fn of_number(number: u16, state: &str) -> Wrap {
    match number {
        // ER_LOCK_WAIT_TIMEOUT, and what was rolled back.
        1205 => StoreError::Conflict,
        number if is_rollback(number) => StoreError::Conflict,
        // ER_DISK_FULL, ER_RECORD_FILE_FULL
        1021 | 1114 => StoreError::Full,
        // ER_OPTION_PREVENTS_STATEMENT (read_only), ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION,
        // ER_READ_ONLY_MODE; access denied to the database, the server, a table, a column, a
        // statement, a routine; ER_HOST_NOT_PRIVILEGED
        1290 | 1792 | 1836 | 1044 | 1045 | 1142 | 1143 | 1227 | 1370 | 1130 | 1698 => StoreError::Denied,
        // ER_NO_DB_ERROR, ER_BAD_DB_ERROR
        1046 | 1049 => StoreError::ForeignSchema,
        // ER_NET_PACKET_TOO_LARGE: no row of ours reaches the least limit there should be.
        1153 => StoreError::Corrupt,
        // SQLSTATE 28000 is told for any refusal to log in.
        _ if state.starts_with("28") => StoreError::Denied,
        // Data exception, integrity constraint, a table or column that is missing or another: what is
        // there is not what these statements made. So is an id that was taken, if it still is when it is
        // tried again: nobody could take it meanwhile, since whoever writes holds the tenant.
        _ if ["21", "22", "23", "42"].iter().any(|class| state.starts_with(class)) => StoreError::Corrupt,
        // Not ready (1047, of a cluster), shutdown, too many connections, memory, a statement that took
        // too long, a lost connection, and the rest.
        _ => StoreError::Unavailable,
    }
}

/// Whether a transaction was rolled back in favour of another, or is about to be. One that waited in
/// vain has waited enough.
pub(super) fn was_rolled_back(error: &StoreError) -> bool {
    if matches!(error, StoreError::Conflict(source) if source.is::<NotHeld>()) {
        return true;
    }
    // ER_DUP_ENTRY: on a cluster the rows of a node that was first come before its change of the tenant's
    // row, which is what rolls the others back.
    number_of(error).is_some_and(|number| is_rollback(number) || number == 1062)
}

/// ER_CHECKREAD (of a snapshot that is no longer the latest), ER_LOCK_DEADLOCK (of a cluster too, when
/// another node was first: also at COMMIT), ER_XA_RBDEADLOCK, and of MySQL's group replication
/// ER_TRANSACTION_ROLLBACK_DURING_COMMIT
const fn is_rollback(number: u16) -> bool {
    matches!(number, 1020 | 1213 | 1614 | 3101)
}

/// The server's number for an error, if it is one of the server's.
pub(super) fn number_of(error: &StoreError) -> Option<u16> {
    let source = std::error::Error::source(error)?.downcast_ref::<sqlx::Error>()?;
    Some(source.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?.number())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(number: u16, state: &str) -> StoreError {
        of_number(number, state)("what".into())
    }

    #[test]
    fn each_number_means_something() {
        // connection count, not ready, shutdown, killed, interrupted, time exceeded (of both), aborted,
        // lost by inactivity, I/O, during commit, out of resources
        for (number, state) in [
            (1040, "08004"),
            (1047, "08S01"),
            (1053, "08S01"),
            (1927, "70100"),
            (1317, "70100"),
            (1969, "70100"),
            (3024, "HY000"),
            (1152, "08S01"),
            (4031, "HY000"),
            (1030, "HY000"),
            (1180, "HY000"),
            (1041, "HY000"),
            (0, ""),
        ] {
            assert!(matches!(of(number, state), StoreError::Unavailable(_)), "{number}");
        }
        for (number, state) in [(1205, "HY000"), (1213, "40001"), (1020, "HY000"), (1614, "XA102"), (3101, "40000")] {
            assert!(matches!(of(number, state), StoreError::Conflict(_)), "{number}");
        }
        for (number, state) in [(1021, "HY000"), (1114, "HY000")] {
            assert!(matches!(of(number, state), StoreError::Full(_)), "{number}");
        }
        for (number, state) in [
            (1045, "28000"),
            (1698, "28000"),
            (3118, "28000"),
            (1044, "42000"),
            (1142, "42000"),
            (1143, "42000"),
            (1227, "42000"),
            (1290, "HY000"),
            (1792, "25006"),
            (1836, "HY000"),
        ] {
            assert!(matches!(of(number, state), StoreError::Denied(_)), "{number}");
        }
        for (number, state) in [(1046, "3D000"), (1049, "42000")] {
            assert!(matches!(of(number, state), StoreError::ForeignSchema(_)), "{number}");
        }
        // duplicate entry, no parent row, NULL, no such table, no such column, too long, out of range,
        // incorrect value, syntax, too large a packet
        for (number, state) in [
            (1062, "23000"),
            (1452, "23000"),
            (1048, "23000"),
            (1146, "42S02"),
            (1054, "42S22"),
            (1406, "22001"),
            (1264, "22003"),
            (1366, "22007"),
            (1064, "42000"),
            (1153, "08S01"),
        ] {
            assert!(matches!(of(number, state), StoreError::Corrupt(_)), "{number}");
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
        assert!(!was_rolled_back(&store(sqlx::Error::PoolTimedOut)));
    }

    #[test]
    fn only_what_the_server_rolled_back_is_begun_anew() {
        for number in [1205, 1317, 1047, 1062, 1114, 0] {
            assert!(!is_rollback(number), "{number}");
        }
        for number in [1020, 1213, 1614, 3101] {
            assert!(is_rollback(number), "{number}");
        }
    }
}
