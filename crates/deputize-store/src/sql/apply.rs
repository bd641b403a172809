use deputize_core::{Actor, Change, Revision, TenantId, UnixTime};

use super::{
    attempt::{Mark, Work, Written},
    audit::Appended,
    engine::Link,
    facts, feed,
    tenant::TenantRow,
    write,
};
use crate::{audit::NewEvent, error::ChangeError, feed::Revocation};

/// Makes all changes. The number of statements for each is bounded; its event and its entry in the
/// feed are written with those of the others.
#[derive(Debug)]
pub(crate) struct Apply<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) actor: &'a Actor,
    pub(crate) changes: &'a [Change],
    pub(crate) now: UnixTime,
}

impl<L: Link> Work<L> for Apply<'_> {
    type Done = Revision;
    type Error = ChangeError;

    const GIVES_WAY: bool = false;

    async fn carry_out(&self, db: &mut L) -> Result<Written<Revision>, ChangeError> {
        let mut tenant = match TenantRow::lock(db, self.tenant).await? {
            Some(tenant) => tenant,
            None if matches!(self.actor, Actor::Operator(_)) => TenantRow::create(db, self.tenant).await?,
            None => return Err(ChangeError::UnknownTenant),
        };
        let (mut events, mut revocations) = (Appended::default(), Vec::new());
        for (at, change) in self.changes.iter().enumerate() {
            let facts = facts::gather(db, &tenant, &change.needs()).await?;
            let judged = change.judge(self.actor, &facts).map_err(|error| ChangeError::Refused { at, error })?;
            let Some(effect) = judged else { continue };
            let revision = tenant.latest.next();
            events.push(&mut tenant, self.now, &NewEvent::change(self.actor, change, &effect, revision)?);
            revocations.extend(Revocation::of(&effect, &facts).map(|revocation| (revision, revocation)));
            write::carry_out(db, &mut tenant, effect, revision).await?;
        }
        let mark = (!events.is_empty()).then(|| Mark::at(&tenant));
        events.write(db, &tenant).await?;
        feed::publish(db, &tenant.id, &revocations).await?;
        tenant.put(db).await?;
        Ok(Written { done: tenant.latest, mark })
    }
}
