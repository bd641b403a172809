//! What stores on a server have in common, beyond what all SQL stores do.

use std::{net::IpAddr, time::Duration};

use sqlx::{Connection, Database, Pool, pool::PoolOptions};

use crate::error::StoreError;

/// How long after its last use a connection is taken without asking whether it is still there.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Connections that are made as they are needed, and anew when the server was restarted.
pub(crate) fn pool<DB: Database>(connections: u32, acquire_timeout: Duration) -> PoolOptions<DB> {
    PoolOptions::<DB>::new()
        .max_connections(connections.max(1))
        .acquire_timeout(acquire_timeout)
        // A round trip less for each operation, but for those after a pause.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

/// Why there is no connection; `of_engine` tells what any other error means.
pub(crate) fn not_connected<DB: Database>(
    pool: &Pool<DB>,
    failure: sqlx::Error,
    of_engine: fn(sqlx::Error) -> StoreError,
) -> StoreError {
    match failure {
        // Not all connections were in use: they could not be made.
        sqlx::Error::PoolTimedOut if pool.size() < pool.options().get_max_connections() => {
            StoreError::Unavailable(failure.into())
        }
        other => of_engine(other),
    }
}

/// Whether a host is this machine.
pub(crate) fn is_local(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}
