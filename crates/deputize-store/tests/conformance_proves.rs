//! The suite is held to its word: a store that breaks one promise fails it.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use deputize_core::{
    Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows, Target,
    TenantId, UnixTime,
};
use deputize_store::{
    AuditEntry, AuditHead, AuditLines, AuditOrder, AuditPage, AuditQuery, ChangeError, Checkpoint, Cursor, Directory,
    Ledger, LedgerError, LoadError, MemoryStore, PruneError, RecordError, RevocationPage, Store, conformance,
};

/// One promise that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    RecordsStale,
    RecordsRevoked,
    RecordsExpired,
    RecordsReplayed,
    RecordsUnderAnotherMoment,
    ForgetsRefusals,
    ForgetsIssuances,
    HidesIssuances,
    ReordersTrail,
    IgnoresKeys,
    IgnoresScope,
    IgnoresKind,
    IgnoresTime,
    IgnoresOrder,
    IgnoresCursor,
    DropsFromFeed,
    FeedsInOnePage,
    AppliesOneByOne,
    AppliesAsOperator,
    AppliesLate,
    LoadsOldRows,
    MissesPeople,
    ClaimsAndFails,
    SaysNothingIsRevoked,
    MixesTenants,
    MakesTenantsForAnybody,
    ExportsLess,
    LosesReports,
    HidesLines,
    ReformatsLines,
    NumbersLinesAnew,
    LinesInOnePage,
    LinesWithoutBound,
    LinesFromTheStart,
    MixesTrails,
    PrunesNothing,
    PrunesWithoutEvent,
    PrunesForAnybody,
    PrunesAnything,
    PrunesReplayKeys,
    PrunesTheFeed,
    HidesTheStart,
}

struct Broken {
    inner: MemoryStore,
    fault: Fault,
    waiting: Mutex<Vec<(TenantId, Actor, Vec<Change>)>>,
    first_rows: Mutex<BTreeMap<String, Rows>>,
    claimed: Mutex<BTreeSet<[u8; 32]>>,
    pruned: AtomicBool,
}

impl Broken {
    fn new(fault: Fault) -> Self {
        Self {
            inner: MemoryStore::new(),
            fault,
            waiting: Mutex::default(),
            first_rows: Mutex::default(),
            claimed: Mutex::default(),
            pruned: AtomicBool::new(false),
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn tenant(&self, tenant: &TenantId) -> TenantId {
        if self.is(Fault::MixesTenants) && tenant.as_str() == "other" {
            "acme".parse().unwrap()
        } else {
            tenant.clone()
        }
    }
}

impl Directory for Broken {
    async fn load(&self, question: &Question) -> Result<Rows, LoadError> {
        let mut rows = self.inner.load(question).await?;
        if self.is(Fault::MissesPeople) {
            rows.person = rows.person.filter(|person| person.revision != Revision::NONE);
        }
        if self.is(Fault::LoadsOldRows) {
            let key = format!("{} {:?}", question.client, question.person());
            return Ok(self.first_rows.lock().unwrap().entry(key).or_insert(rows).clone());
        }
        Ok(rows)
    }
}

impl Ledger for Broken {
    async fn record(&self, issuance: Issuance, now: UnixTime) -> Result<Recorded, Returned<RecordError, Issuance>> {
        if self.is(Fault::ForgetsIssuances) {
            return Ok(Recorded::assertion(issuance, now));
        }
        if self.is(Fault::ClaimsAndFails) {
            let claimed = self.claimed.lock().unwrap();
            if issuance.proof().replay().iter().any(|key| claimed.contains(&key.digest)) {
                return Err(Returned::new(RecordError::Replayed, issuance));
            }
        }
        let moment = if self.is(Fault::RecordsUnderAnotherMoment) { UnixTime::EPOCH } else { now };
        match self.inner.record(issuance, moment).await {
            Ok(recorded) => Ok(recorded),
            Err(refused) => match (&refused.error, self.fault) {
                (RecordError::Stale, Fault::ClaimsAndFails) => {
                    let keys = refused.value.proof().replay();
                    self.claimed.lock().unwrap().extend(keys.iter().map(|key| key.digest));
                    Err(refused)
                }
                (RecordError::Stale, Fault::RecordsStale)
                | (RecordError::Revoked(_), Fault::RecordsRevoked)
                | (RecordError::Expired, Fault::RecordsExpired)
                | (RecordError::Replayed, Fault::RecordsReplayed) => Ok(Recorded::assertion(*refused.value, now)),
                (RecordError::Replayed, Fault::PrunesReplayKeys) if self.pruned.load(Ordering::SeqCst) => {
                    Ok(Recorded::assertion(*refused.value, now))
                }
                _ => Err(refused),
            },
        }
    }

    async fn refuse(&self, mut report: Report, now: UnixTime) -> Result<(), Returned<LedgerError, Report>> {
        if self.is(Fault::ForgetsRefusals) {
            return Ok(());
        }
        if self.is(Fault::LosesReports) {
            report.reason = None;
        }
        self.inner.refuse(report, now).await
    }

    async fn revoked(&self, lineage: &Lineage) -> Result<Option<Target>, LedgerError> {
        let told = self.inner.revoked(lineage).await?;
        Ok(told.filter(|_| !self.is(Fault::SaysNothingIsRevoked)))
    }

    async fn revoked_since(&self, tenant: &TenantId, since: Cursor) -> Result<RevocationPage, LedgerError> {
        let mut page = self.inner.revoked_since(tenant, since).await?;
        if self.is(Fault::DropsFromFeed) {
            page.entries.pop();
        }
        if self.is(Fault::PrunesTheFeed) && self.pruned.load(Ordering::SeqCst) {
            page.entries.clear();
        }
        while self.is(Fault::FeedsInOnePage) && page.more {
            let next = self.inner.revoked_since(tenant, page.next).await?;
            page.entries.extend(next.entries);
            (page.next, page.more) = (next.next, next.more);
        }
        Ok(page)
    }

    async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, LedgerError> {
        let mut query = query.clone();
        match self.fault {
            Fault::IgnoresKeys => (query.client, query.person, query.token) = (None, None, None),
            Fault::IgnoresScope => query.scope = None,
            Fault::IgnoresKind => query.kind = None,
            Fault::IgnoresTime => (query.from, query.until) = (None, None),
            Fault::IgnoresOrder => query.order = AuditOrder::OldestFirst,
            _ => {}
        }
        if self.is(Fault::IgnoresCursor) {
            query.after = query.after.map(|after| after + 1);
        }
        let mut page = self.inner.audit(&query).await?;
        if self.is(Fault::HidesIssuances) {
            page.events.retain(|event| !matches!(event.what, AuditEntry::Issued { .. }));
        }
        if self.is(Fault::ReordersTrail) {
            page.events.sort_by_key(|event| matches!(event.what, AuditEntry::Changed { .. }));
        }
        if self.is(Fault::PrunesWithoutEvent) {
            page.events.retain(|event| !matches!(event.what, AuditEntry::Pruned { .. }));
        }
        Ok(page)
    }

    async fn audit_lines(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<AuditLines, LedgerError> {
        let tenant = if self.is(Fault::MixesTrails) && self.pruned.load(Ordering::SeqCst) {
            "acme".parse().unwrap()
        } else {
            tenant.clone()
        };
        let (after, limit) = match self.fault {
            Fault::LinesInOnePage => (after, usize::MAX),
            Fault::LinesFromTheStart if limit == 3 => (0, limit),
            _ => (after, limit),
        };
        let mut page = self.inner.audit_lines(&tenant, after, limit).await?;
        while self.is(Fault::LinesWithoutBound) && page.lines.len() < limit {
            let last = page.lines.last().map_or(after, |line| line.sequence);
            let next = self.inner.audit_lines(&tenant, last, limit).await?.lines;
            if next.is_empty() {
                break;
            }
            page.lines.extend(next);
        }
        match self.fault {
            Fault::HidesLines => page.lines.retain(|line| line.sequence != 4),
            Fault::ReformatsLines => {
                for line in &mut page.lines {
                    line.entry = line.entry.replace(',', ", ");
                }
            }
            Fault::NumbersLinesAnew => {
                for (n, line) in page.lines.iter_mut().enumerate() {
                    line.number = n as u64 + 1;
                }
            }
            Fault::HidesTheStart => page.start = Checkpoint::new(tenant),
            Fault::PrunesWithoutEvent => page.lines.retain(|line| !line.entry.starts_with("{\"pruned\"")),
            _ => {}
        }
        Ok(page)
    }
}

impl Store for Broken {
    async fn apply(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        changes: &[Change],
        now: UnixTime,
    ) -> Result<Revision, ChangeError> {
        let tenant = &self.tenant(tenant);
        let operator = Actor::Operator("olga".parse().unwrap());
        let actor = match actor {
            Actor::Person(_) if self.is(Fault::AppliesAsOperator) => &operator,
            Actor::Person(_) if self.is(Fault::MakesTenantsForAnybody) => {
                drop(self.inner.apply(tenant, &operator, &[], now).await);
                actor
            }
            _ => actor,
        };
        if self.is(Fault::AppliesLate) {
            let before = std::mem::take(&mut *self.waiting.lock().unwrap());
            for (tenant, actor, changes) in before {
                drop(self.inner.apply(&tenant, &actor, &changes, now).await);
            }
            if let (Ok(known), [_]) = (self.inner.export(tenant).await, changes) {
                self.waiting.lock().unwrap().push((tenant.clone(), actor.clone(), changes.to_vec()));
                return Ok(known.latest().next());
            }
        }
        if self.is(Fault::AppliesOneByOne) {
            let mut latest = Revision::NONE;
            for (at, change) in changes.iter().enumerate() {
                let applied = self.inner.apply(tenant, actor, std::slice::from_ref(change), now).await;
                latest = applied.map_err(|error| match error {
                    ChangeError::Refused { error, .. } => ChangeError::Refused { at, error },
                    other => other,
                })?;
            }
            return Ok(latest);
        }
        self.inner.apply(tenant, actor, changes, now).await
    }

    async fn prune(&self, actor: &Actor, through: &Checkpoint, now: UnixTime) -> Result<(), PruneError> {
        let (mut actor, mut through) = (actor.clone(), through.clone());
        match self.fault {
            Fault::PrunesNothing => return Ok(()),
            Fault::PrunesForAnybody => actor = Actor::Operator("olga".parse().unwrap()),
            Fault::PrunesAnything => {
                let lines = self.inner.audit_lines(&through.tenant, 0, usize::MAX).await?.lines;
                if let Some(line) = lines.iter().rfind(|line| line.sequence <= through.sequence) {
                    let head = AuditHead { number: line.number, sequence: line.sequence, hash: line.hash };
                    through.sequence = line.sequence;
                    through.heads = BTreeMap::from([(line.chain, head)]);
                }
            }
            _ => {}
        }
        self.inner.prune(&actor, &through, now).await?;
        self.pruned.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn export(&self, tenant: &TenantId) -> Result<Configuration, LedgerError> {
        let config = self.inner.export(&self.tenant(tenant)).await?;
        if self.is(Fault::ExportsLess) {
            let mut less = Configuration::new(config.tenant().clone());
            let operator = Actor::Operator("olga".parse().unwrap());
            for change in config.changes().iter().filter(|change| !matches!(change, Change::Unbind(_))) {
                less.apply(&operator, change).unwrap();
            }
            return Ok(less);
        }
        Ok(config)
    }
}

/// Each promise that a store breaks, and the case that sees it first.
const BROKEN: [(Fault, &str); 41] = [
    (Fault::RecordsStale, "a stale decision is not recorded"),
    (Fault::RecordsRevoked, "a stale decision is not recorded"),
    (Fault::RecordsExpired, "an end that has come is not recorded"),
    (Fault::RecordsReplayed, "a credential is used once"),
    (Fault::RecordsUnderAnotherMoment, "an end that has come is not recorded"),
    (Fault::ForgetsRefusals, "every event is in the trail, in order"),
    (Fault::ForgetsIssuances, "a stale decision is not recorded"),
    (Fault::HidesIssuances, "every event is in the trail, in order"),
    (Fault::ReordersTrail, "every event is in the trail, in order"),
    (Fault::IgnoresKeys, "the trail is found by whom and what"),
    (Fault::IgnoresScope, "the trail is found by whom and what"),
    (Fault::IgnoresKind, "the trail is found by whom and what"),
    (Fault::IgnoresTime, "the trail is found by whom and what"),
    (Fault::IgnoresOrder, "a change is found by what it is about"),
    (Fault::IgnoresCursor, "the trail comes in pages"),
    (Fault::DropsFromFeed, "the feed leads to what is revoked"),
    (Fault::FeedsInOnePage, "the feed comes in pages"),
    (Fault::AppliesOneByOne, "changes are made all or none"),
    (Fault::AppliesAsOperator, "people change only their own delegations"),
    (Fault::AppliesLate, "changes are in force at once"),
    (Fault::LoadsOldRows, "changes are in force at once"),
    (Fault::MissesPeople, "a person of whom nothing is known is one"),
    (Fault::ClaimsAndFails, "a failed recording claims nothing"),
    (Fault::SaysNothingIsRevoked, "a lineage is told to be live or not"),
    (Fault::MixesTenants, "tenants do not see each other"),
    (Fault::MakesTenantsForAnybody, "an unknown tenant is an error"),
    (Fault::LosesReports, "every event is in the trail, in order"),
    (Fault::HidesLines, "the trail verifies"),
    (Fault::ReformatsLines, "the trail verifies"),
    (Fault::NumbersLinesAnew, "the trail verifies"),
    (Fault::LinesInOnePage, "the trail's lines come in pages"),
    (Fault::LinesWithoutBound, "the trail's lines come in pages"),
    (Fault::LinesFromTheStart, "the trail's lines come in pages"),
    (Fault::MixesTrails, "tenants' trails are apart"),
    (Fault::PrunesNothing, "what is left after a removal verifies"),
    (Fault::PrunesWithoutEvent, "what is left after a removal verifies"),
    (Fault::PrunesForAnybody, "what the trail does not hold removes nothing"),
    (Fault::PrunesAnything, "what the trail does not hold removes nothing"),
    (Fault::PrunesReplayKeys, "what is left after a removal verifies"),
    (Fault::PrunesTheFeed, "what is left after a removal verifies"),
    (Fault::HidesTheStart, "what is left after a removal verifies"),
];

#[tokio::test]
async fn a_store_that_breaks_one_promise_fails() {
    conformance::run(async || Broken::new(Fault::None)).await.unwrap();
    for (fault, case) in BROKEN {
        let failure = conformance::run(async || Broken::new(fault)).await;
        let failure = failure.expect_err(&format!("a store that {fault:?} passes"));
        assert_eq!(failure.case, case, "{fault:?}: {failure}");
    }
    let failure = conformance::run(async || Broken::new(Fault::ExportsLess)).await.unwrap_err();
    assert_eq!(failure.case, "an export imports as the same");
}
