//! One tenant's audit trail: a chain of events, and how they are found.

use std::collections::BTreeSet;

use deputize::{
    core::{TenantId, UnixTime},
    store::{
        AuditEntry, AuditEvent, AuditLine, AuditLines, AuditOrder, AuditPage, AuditQuery, Checkpoint, NewEvent,
        PruneError, StoreError, limits::MAX_AUDIT_PAGE,
    },
};

use super::entry::Event;

#[derive(Debug)]
pub(crate) struct Trail {
    start: Checkpoint,
    end: Checkpoint,
    events: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    event: AuditEvent,
    keys: BTreeSet<(String, String)>,
    line: AuditLine,
}

impl Trail {
    pub(crate) fn new(tenant: TenantId) -> Self {
        Self { start: Checkpoint::new(tenant.clone()), end: Checkpoint::new(tenant), events: Vec::new() }
    }

    /// Seals events, each to the one before it.
    pub(crate) fn seal(&self, now: UnixTime, events: Vec<NewEvent>) -> Vec<Event> {
        let mut last = self.end.heads.values().next().copied();
        let seal = |event: NewEvent| {
            let line = AuditLine::next(&self.end.tenant, last, now, event.text.clone());
            last = Some(line.head());
            Event::new(line, &event)
        };
        events.into_iter().map(seal).collect()
    }

    /// Takes in a sealed event, and says what happened. One that was altered in the file is refused.
    pub(crate) fn take(&mut self, Event { line, keys }: Event) -> Result<AuditEvent, StoreError> {
        self.end.advance(&line).map_err(|error| StoreError::Corrupt(error.into()))?;
        let what = serde_json::from_str(&line.entry).map_err(|error| StoreError::Corrupt(error.into()))?;
        let at = UnixTime::from_secs(line.at).ok_or_else(|| StoreError::Corrupt("no moment".into()))?;
        let event = AuditEvent { sequence: line.sequence, at, what };
        if let AuditEntry::Pruned { through, .. } = &event.what {
            self.events.drain(..self.up_to(through.sequence));
            self.start = *through.clone();
        }
        self.events.push(Kept { event: event.clone(), keys, line });
        Ok(event)
    }

    /// Whether there is anything to remove.
    pub(crate) fn may_remove(&self, through: &Checkpoint) -> Result<bool, PruneError> {
        if *through == self.start {
            return Ok(false);
        }
        let last = self.up_to(through.sequence).checked_sub(1).and_then(|last| self.events.get(last));
        let line = &last.ok_or(PruneError::NotInTrail)?.line;
        let mut there = Checkpoint::new(self.end.tenant.clone());
        there.sequence = line.sequence;
        there.heads.insert(line.chain, line.head());
        if *through == there { Ok(true) } else { Err(PruneError::NotInTrail) }
    }

    pub(crate) fn find(&self, query: &AuditQuery) -> AuditPage {
        let keys: Vec<_> = query.keys().into_iter().map(|(kind, id)| (kind.to_owned(), id)).collect();
        let in_order: Box<dyn Iterator<Item = &Kept>> = match (query.order, query.after) {
            (AuditOrder::OldestFirst, after) => Box::new(self.events.iter().skip(self.up_to(after.unwrap_or(0)))),
            (AuditOrder::NewestFirst, None) => Box::new(self.events.iter().rev()),
            (AuditOrder::NewestFirst, Some(after)) => {
                Box::new(self.events.iter().take(self.up_to(after.saturating_sub(1))).rev())
            }
        };
        let meant = in_order.filter(|kept| keys.iter().all(|key| kept.keys.contains(key)) && query.takes(&kept.event));
        query.page(meant.take(query.look_for()).map(|kept| kept.event.clone()).collect())
    }

    pub(crate) fn lines(&self, after: u64, limit: usize) -> AuditLines {
        let lines = self.events.iter().skip(self.up_to(after)).take(limit.min(MAX_AUDIT_PAGE));
        AuditLines { start: self.start.clone(), lines: lines.map(|kept| kept.line.clone()).collect() }
    }

    /// How many events there are up to a place.
    fn up_to(&self, sequence: u64) -> usize {
        self.events.partition_point(|kept| kept.event.sequence <= sequence)
    }
}
