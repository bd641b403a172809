use std::fmt::Display;

use deputize_core::TenantId;
use tracing::{Instrument, debug_span, field};

use super::engine::Engine;

/// Carries out an operation in a span of its own, by OpenTelemetry's names for clients of databases.
/// Says which operation, for which tenant, and how it failed: no id of anything else, nothing secret.
pub(super) async fn traced<E: Engine, T, X: Display>(
    operation: &'static str,
    tenant: &TenantId,
    work: impl Future<Output = Result<T, X>> + Send,
) -> Result<T, X> {
    let span = debug_span!(
        "deputize_store",
        db.system.name = E::NAME,
        db.operation.name = operation,
        %tenant,
        error = field::Empty
    );
    let done = work.instrument(span.clone()).await;
    if let Err(error) = &done {
        span.record("error", field::display(error));
    }
    done
}
