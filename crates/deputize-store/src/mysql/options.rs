use std::time::Duration;

use sqlx::{
    ConnectOptions, Executor, MySqlConnection, MySqlPool,
    mysql::{MySqlConnectOptions, MySqlSslMode},
};

use super::{error, sql};
use crate::{error::StoreError, sql::server};

/// How a [`MySqlStore`](super::MySqlStore) uses its database.
///
/// Times are rounded up to whole seconds, the least the server knows, and are at least one; the
/// acquire timeout is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MySqlOptions {
    /// Connections at most, at least 1. 8 by default: more do not help writers of one tenant, who
    /// take turns.
    pub connections: u32,
    /// How long an operation waits for a connection before it gives up: as a conflict where all are
    /// in use, as not available where the server can't be reached. 5 seconds by default.
    pub acquire_timeout: Duration,
    /// How long an operation waits for its turn, once it has a connection, before it gives up as a
    /// conflict (`innodb_lock_wait_timeout`). 5 seconds by default.
    pub lock_timeout: Duration,
    /// How long one statement may take. Above the lock timeout, which is part of it; 10 seconds by
    /// default. MariaDB ends any statement then (`max_statement_time`), MySQL only one that reads
    /// (`max_execution_time`): what writes is bounded there by the lock timeout alone.
    pub statement_timeout: Duration,
    /// How long the server waits for the next statement of an operation, before it takes the process
    /// for dead, rolls back, and lets others write for the tenant; 10 seconds by default. MariaDB ends
    /// transactions only (`idle_transaction_timeout`), MySQL any connection that is idle
    /// (`wait_timeout`): an operation then makes a new one.
    pub abandoned_after: Duration,
    /// Whether a power failure may lose what was acknowledged last, a revocation included. `false`
    /// by default: then a server that does not have what it acknowledged on disk is refused. How it
    /// commits is the server's setting and not a connection's, so `true` makes nothing quicker by
    /// itself.
    pub may_lose_on_power_failure: bool,
}

impl Default for MySqlOptions {
    fn default() -> Self {
        Self {
            connections: 8,
            acquire_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            abandoned_after: Duration::from_secs(10),
            may_lose_on_power_failure: false,
        }
    }
}

/// Why a server is not one to write to.
#[derive(Debug, thiserror::Error)]
#[error(
    "a power failure loses what the server acknowledged: innodb_flush_log_at_trx_commit is {flush}, sync_binlog is {sync_binlog}"
)]
pub(super) struct NotDurable {
    flush: i64,
    sync_binlog: i64,
}

impl MySqlOptions {
    pub(super) fn pool(&self, url: &str) -> Result<MySqlPool, StoreError> {
        let options = self.clone();
        let pool = server::pool(self.connections, self.acquire_timeout).after_connect(move |connection, _| {
            let options = options.clone();
            Box::pin(async move { options.prepare(connection).await })
        });
        Ok(pool.connect_lazy_with(connect_options(url)?))
    }

    /// One connection outside a pool: what is wrong with it is told at once.
    pub(super) async fn connection(&self, url: &str) -> Result<MySqlConnection, StoreError> {
        let mut connection = connect_options(url)?.connect().await.map_err(error::store)?;
        self.prepare(&mut connection).await.map_err(error::store)?;
        Ok(connection)
    }

    async fn prepare(&self, connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        let times = sqlx::query(sql::TIMES)
            .bind(seconds(self.lock_timeout))
            .bind(seconds(self.statement_timeout).saturating_mul(1_000))
            .bind(seconds(self.abandoned_after));
        times.execute(&mut *connection).await?;
        connection.execute(sql::SETTINGS).await?;
        let (flush, log_bin, sync_binlog): (i64, i64, i64) =
            sqlx::query_as(sql::DURABILITY).fetch_one(connection).await?;
        if self.may_lose_on_power_failure || is_durable(flush, log_bin != 0, sync_binlog) {
            Ok(())
        } else {
            Err(sqlx::Error::Configuration(NotDurable { flush, sync_binlog }.into()))
        }
    }
}

/// The log is on disk before a commit returns (MariaDB knows 3 besides 1, which does more); and, where
/// there is a binary log, that too: after a crash, it decides what was committed.
const fn is_durable(flush: i64, log_bin: bool, sync_binlog: i64) -> bool {
    matches!(flush, 1 | 3) && (!log_bin || sync_binlog == 1)
}

/// Whole seconds, up to a day: 0 would mean for ever, or not at all.
fn seconds(time: Duration) -> i64 {
    let whole = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    i64::try_from(whole.clamp(1, 86_400)).unwrap_or(86_400)
}

fn connect_options(url: &str) -> Result<MySqlConnectOptions, StoreError> {
    let options: MySqlConnectOptions = url.parse().map_err(error::store)?;
    if options.get_database().is_none_or(str::is_empty) {
        return Err(StoreError::ForeignSchema("the URL names no database".into()));
    }
    let ssl_mode = match options.get_ssl_mode() {
        // What anybody in between can turn off protects nothing.
        MySqlSslMode::Preferred if !is_local(&options) => MySqlSslMode::VerifyIdentity,
        asked => asked,
    };
    Ok(options.ssl_mode(ssl_mode).charset("utf8mb4"))
}

/// Whether the server is on this machine.
fn is_local(options: &MySqlConnectOptions) -> bool {
    options.get_socket().is_some() || server::is_local(options.get_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encryption_across_a_network_can_not_be_turned_off_in_between() {
        let mode = |url: &str| connect_options(url).unwrap().get_ssl_mode();
        for local in ["127.0.0.1", "[::1]", "localhost"] {
            assert!(matches!(mode(&format!("mysql://u@{local}/d")), MySqlSslMode::Preferred), "{local}");
        }
        assert!(matches!(mode("mysql://u@localhost/d?socket=/run/mysqld/mysqld.sock"), MySqlSslMode::Preferred));
        assert!(matches!(mode("mysql://u@db.example/d"), MySqlSslMode::VerifyIdentity));
        assert!(matches!(mode("mysql://u@192.0.2.1/d?ssl-mode=PREFERRED"), MySqlSslMode::VerifyIdentity));
        assert!(matches!(mode("mysql://u@db.example/d?ssl-mode=REQUIRED"), MySqlSslMode::Required));
        assert!(matches!(mode("mysql://u@db.example/d?ssl-mode=VERIFY_CA"), MySqlSslMode::VerifyCa));
        assert!(matches!(mode("mysql://u@db.example/d?ssl-mode=DISABLED"), MySqlSslMode::Disabled));
    }

    #[test]
    fn a_url_names_the_database() {
        for url in ["mysql://u@localhost", "mysql://u@localhost/"] {
            assert!(matches!(connect_options(url), Err(StoreError::ForeignSchema(_))), "{url}");
        }
    }

    #[test]
    fn no_time_means_for_ever() {
        let of = [Duration::ZERO, Duration::from_nanos(1), Duration::from_millis(1_001), Duration::MAX].map(seconds);
        assert_eq!(of, [1, 1, 2, 86_400]);
    }

    #[test]
    fn what_a_power_failure_loses_is_not_durable() {
        for (flush, log_bin, sync_binlog) in [(1, false, 0), (1, true, 1), (3, true, 1), (1, false, 1)] {
            assert!(is_durable(flush, log_bin, sync_binlog), "{flush} {log_bin} {sync_binlog}");
        }
        for (flush, log_bin, sync_binlog) in [(0, false, 1), (2, false, 1), (2, true, 1), (1, true, 0), (1, true, 100)]
        {
            assert!(!is_durable(flush, log_bin, sync_binlog), "{flush} {log_bin} {sync_binlog}");
        }
    }
}
