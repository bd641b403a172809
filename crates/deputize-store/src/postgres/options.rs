use std::{str::FromStr, time::Duration};

use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgSslMode},
};
use tracing::subscriber::{NoSubscriber, with_default};

use super::{error, sql};
use crate::{error::StoreError, sql::server};

/// How a [`PostgresStore`](super::PostgresStore) uses its database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// The schema that everything is in: at most 63 lower-case letters, digits and underscores, not
    /// a digit first, not `pg_`. `deputize` by default.
    pub schema: String,
    /// Connections at most, at least 1. 8 by default: more do not help writers of one tenant, who
    /// take turns.
    pub connections: u32,
    /// How long an operation waits for a connection before it gives up: as a conflict where all are
    /// in use, as not available where the server can't be reached. 5 seconds by default.
    pub acquire_timeout: Duration,
    /// How long an operation waits for its turn, once it has a connection, before it gives up as a
    /// conflict. At least a millisecond; 5 seconds by default.
    pub lock_timeout: Duration,
    /// How long one statement may take. Above the lock timeout, which is part of it, and at least a
    /// millisecond; 10 seconds by default.
    pub statement_timeout: Duration,
    /// How long the server waits for the next statement of an operation, before it takes the process
    /// for dead, rolls back, and lets others write for the tenant. At least a millisecond; 10
    /// seconds by default.
    pub abandoned_after: Duration,
    /// Whether a power failure may lose what was acknowledged last, a revocation included. `false`
    /// by default: then also where the database says `synchronous_commit = off`, an operation
    /// returns after its log is on disk; a stricter setting of the database stays. `true` is several
    /// times quicker.
    pub may_lose_on_power_failure: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "deputize".into(),
            connections: 8,
            acquire_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            abandoned_after: Duration::from_secs(10),
            may_lose_on_power_failure: false,
        }
    }
}

impl PostgresOptions {
    pub(super) fn pool(&self, url: &str) -> Result<PgPool, StoreError> {
        let durability = match self.may_lose_on_power_failure {
            true => sql::MAY_LOSE,
            false => sql::MAY_NOT_LOSE,
        };
        let pool = server::pool(self.connections, self.acquire_timeout).after_connect(move |connection, _| {
            Box::pin(async move { sqlx::query(durability).execute(connection).await.map(drop) })
        });
        Ok(pool.connect_lazy_with(self.connect_options(url)?))
    }

    /// One connection outside a pool: what is wrong with it is told at once.
    pub(super) async fn connection(&self, url: &str) -> Result<PgConnection, StoreError> {
        PgConnection::connect_with(&self.connect_options(url)?).await.map_err(error::store)
    }

    pub(super) fn schema(&self) -> Result<SchemaName, StoreError> {
        self.schema.parse().map_err(|error: NoSchemaName| StoreError::ForeignSchema(error.into()))
    }

    fn connect_options(&self, url: &str) -> Result<PgConnectOptions, StoreError> {
        // What sqlx warns of, it quotes: a parameter of the URL that it does not know with its value, and
        // whole lines of a password file.
        let options = with_default(NoSubscriber::new(), || url.parse::<PgConnectOptions>()).map_err(error::store)?;
        let ssl_mode = match options.get_ssl_mode() {
            // What anybody in between can turn off protects nothing.
            PgSslMode::Allow | PgSslMode::Prefer if !is_local(&options) => PgSslMode::VerifyFull,
            asked => asked,
        };
        // 0 would mean for ever.
        let milliseconds = |time: Duration| time.as_millis().clamp(1, i32::MAX as u128).to_string();
        Ok(options.ssl_mode(ssl_mode).options([
            ("search_path", self.schema()?.0),
            // Every page is read in the order of an index, and ends with the page. A plan that was made
            // before the bounds are known expects few rows, and would read and sort all there are.
            ("enable_sort", "off".into()),
            ("lock_timeout", milliseconds(self.lock_timeout)),
            ("statement_timeout", milliseconds(self.statement_timeout)),
            ("idle_in_transaction_session_timeout", milliseconds(self.abandoned_after)),
        ]))
    }
}

/// A schema's name that is its own in every place of SQL.
#[derive(Debug)]
pub(super) struct SchemaName(String);

impl SchemaName {
    pub(super) fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl FromStr for SchemaName {
    type Err = NoSchemaName;

    fn from_str(name: &str) -> Result<Self, NoSchemaName> {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let begins = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
        if begins && name.len() <= 63 && name.bytes().all(plain) && !name.starts_with("pg_") {
            Ok(Self(name.to_owned()))
        } else {
            Err(NoSchemaName)
        }
    }
}

/// The name in the options is not one for a schema.
#[derive(Debug, thiserror::Error)]
#[error("a schema's name is 1 to 63 lower-case letters, digits and underscores, and begins with no digit or `pg_`")]
pub(super) struct NoSchemaName;

/// Whether the server is on this machine.
fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some() || host.starts_with('/') || server::is_local(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_means_something_else_in_sql_is_refused() {
        for name in ["deputize", "a", "_a1", &"a".repeat(63)] {
            assert!(name.parse::<SchemaName>().is_ok(), "{name}");
        }
        for name in
            ["", "1a", "pg_catalog", "A", "a-b", "a b", "a,public", "\"a\"", "a;", "ä", "$user", &"a".repeat(64)]
        {
            assert!(name.parse::<SchemaName>().is_err(), "{name}");
            let options = PostgresOptions { schema: name.to_owned(), ..PostgresOptions::default() };
            let error = options.connect_options("postgres://localhost/").unwrap_err();
            assert!(matches!(error, StoreError::ForeignSchema(_)), "{error:?}");
        }
    }

    #[test]
    fn encryption_across_a_network_can_not_be_turned_off_in_between() {
        let mode = |url: &str| PostgresOptions::default().connect_options(url).unwrap().get_ssl_mode();
        for local in ["127.0.0.1", "[::1]", "localhost", "%2Frun%2Fpostgresql"] {
            assert!(matches!(mode(&format!("postgres://u@{local}/d")), PgSslMode::Prefer), "{local}");
        }
        assert!(matches!(mode("postgres://u@db.example/d"), PgSslMode::VerifyFull));
        assert!(matches!(mode("postgres://u@192.0.2.1/d?sslmode=allow"), PgSslMode::VerifyFull));
        assert!(matches!(mode("postgres://u@db.example/d?sslmode=require"), PgSslMode::Require));
        assert!(matches!(mode("postgres://u@db.example/d?sslmode=disable"), PgSslMode::Disable));
    }

    #[test]
    fn no_time_means_for_ever() {
        let timeout = Duration::ZERO;
        let options = PostgresOptions { lock_timeout: timeout, statement_timeout: Duration::MAX, ..Default::default() };
        let options = options.connect_options("postgres://localhost/").unwrap();
        let text = options.get_options().unwrap();
        assert!(text.contains("lock_timeout=1 ") && text.contains("statement_timeout=2147483647 "), "{text}");
    }
}
