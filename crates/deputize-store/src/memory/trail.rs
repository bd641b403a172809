use deputize_core::{Actor, TenantId, UnixTime};

use crate::{
    audit::{About, AuditEvent, AuditLine, AuditLines, AuditOrder, AuditPage, AuditQuery, Checkpoint, NewEvent},
    error::PruneError,
    limits::MAX_AUDIT_PAGE,
};

/// One tenant's audit trail: a chain.
#[derive(Debug)]
pub(super) struct Trail {
    start: Checkpoint,
    events: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    event: AuditEvent,
    about: About,
    line: AuditLine,
}

impl Trail {
    pub(super) fn new(tenant: TenantId) -> Self {
        Self { start: Checkpoint::new(tenant), events: Vec::new() }
    }

    pub(super) fn append(&mut self, at: UnixTime, event: NewEvent) {
        // There is a last, if there ever was one: a removal leaves its event.
        let last = self.events.last().map(|last| last.line.head());
        let line = AuditLine::next(&self.start.tenant, last, at, event.text);
        let what = AuditEvent { sequence: line.sequence, at, what: event.what };
        self.events.push(Kept { event: what, about: event.about, line });
    }

    pub(super) fn find(&self, query: &AuditQuery) -> AuditPage {
        let keys = query.keys();
        let matching =
            |kept: &&Kept| keys.iter().all(|key| kept.about.keys().contains(key)) && query.takes(&kept.event);
        let matching = self.events.iter().filter(matching).map(|kept| &kept.event);
        let after = |event: &&AuditEvent| match (query.after, query.order) {
            (None, _) => true,
            (Some(after), AuditOrder::OldestFirst) => event.sequence > after,
            (Some(after), AuditOrder::NewestFirst) => event.sequence < after,
        };
        let matching = matching.filter(after);
        query.page(match query.order {
            AuditOrder::OldestFirst => matching.take(query.look_for()).cloned().collect(),
            AuditOrder::NewestFirst => matching.rev().take(query.look_for()).cloned().collect(),
        })
    }

    pub(super) fn lines(&self, after: u64, limit: usize) -> AuditLines {
        let lines = self.events.iter().skip(self.up_to(after)).take(limit.min(MAX_AUDIT_PAGE));
        AuditLines { start: self.start.clone(), lines: lines.map(|kept| kept.line.clone()).collect() }
    }

    pub(super) fn prune(&mut self, actor: &Actor, through: &Checkpoint, now: UnixTime) -> Result<(), PruneError> {
        if *through == self.start {
            return Ok(());
        }
        let removed = self.up_to(through.sequence);
        let last = removed.checked_sub(1).and_then(|last| self.events.get(last));
        let last = last.ok_or(PruneError::NotInTrail)?.line.head();
        if *through != Checkpoint::of_one_chain(self.start.tenant.clone(), last) {
            return Err(PruneError::NotInTrail);
        }
        self.append(now, NewEvent::pruning(actor, through)?);
        self.events.drain(..removed);
        self.start = through.clone();
        Ok(())
    }

    /// How many events there are up to a place.
    fn up_to(&self, sequence: u64) -> usize {
        self.events.partition_point(|kept| kept.event.sequence <= sequence)
    }
}
