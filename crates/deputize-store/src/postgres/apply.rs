use deputize_core::{Actor, Change, Revision, TenantId, UnixTime};
use sqlx::PgConnection;

use super::{audit, facts, feed, tenant::TenantRow, write};
use crate::{audit::NewEvent, error::ChangeError, feed::Revocation};

/// Makes all changes, in a transaction that holds the tenant's row from its first statement on. The
/// number of statements for each is bounded.
pub(super) async fn apply(
    db: &mut PgConnection,
    id: &TenantId,
    actor: &Actor,
    changes: &[Change],
    now: UnixTime,
) -> Result<Revision, ChangeError> {
    let mut tenant = match TenantRow::lock(db, id).await? {
        Some(tenant) => tenant,
        None if matches!(actor, Actor::Operator(_)) => TenantRow::create(db, id).await?,
        None => return Err(ChangeError::UnknownTenant),
    };
    for (at, change) in changes.iter().enumerate() {
        let facts = facts::gather(db, &tenant, &change.needs()).await?;
        let judged = change.judge(actor, &facts).map_err(|error| ChangeError::Refused { at, error })?;
        let Some(effect) = judged else { continue };
        let revision = tenant.latest.next();
        audit::append(db, id, now, NewEvent::change(actor, change, &effect, revision)?).await?;
        if let Some(revocation) = Revocation::of(&effect, &facts) {
            feed::publish(db, id, revision, &revocation).await?;
        }
        write::carry_out(db, &mut tenant, effect, revision).await?;
    }
    tenant.put(db).await?;
    Ok(tenant.latest)
}
