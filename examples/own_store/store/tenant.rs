//! One tenant: what may be written, and what a write does.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use deputize::{
    core::{Actor, Basis, Change, Configuration, Issuance, Report, TenantId, TokenId, UnixTime},
    store::{
        AuditEntry, ChangeError, Checkpoint, Cursor, NewEvent, PruneError, RecordError, Revocation, RevocationPage,
        StoreError, limits::MAX_FEED_PAGE,
    },
};

use super::{
    entry::{Claim, Entry},
    trail::Trail,
};

#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) config: Configuration,
    pub(crate) trail: Trail,
    /// By the revision that brought them.
    feed: BTreeMap<u64, Revocation>,
    /// Digests of replay keys, and until when they are kept.
    claimed: BTreeMap<[u8; 32], UnixTime>,
    issued: BTreeSet<TokenId>,
}

impl Tenant {
    pub(crate) fn new(id: TenantId) -> Self {
        let (feed, claimed, issued) = Default::default();
        Self { trail: Trail::new(id.clone()), config: Configuration::new(id), feed, claimed, issued }
    }

    /// What these changes come to, each judged after the ones before it.
    pub(crate) fn plan_changes(&self, actor: &Actor, changes: &[Change], now: UnixTime) -> Result<Entry, ChangeError> {
        let mut config = Cow::Borrowed(&self.config);
        let mut events = Vec::new();
        for (at, change) in changes.iter().enumerate() {
            let refused = |error| ChangeError::Refused { at, error };
            let facts = config.facts(&change.needs());
            let Some(effect) = change.judge(actor, &facts).map_err(refused)? else { continue };
            events.push(NewEvent::change(actor, change, &effect, config.latest().next())?);
            if at + 1 < changes.len() {
                config.to_mut().apply(actor, change).map_err(refused)?;
            }
        }
        Ok(self.entry(now, events, Vec::new()))
    }

    /// What a recording comes to, if everything that the issuance rests on is still as it was.
    pub(crate) fn plan_record(&self, issuance: &Issuance, now: UnixTime) -> Result<Entry, RecordError> {
        let grant = issuance.grant();
        if !issuance.is_current(now) {
            return Err(RecordError::Expired);
        }
        if let Some(target) = self.config.dead(&grant.lineage()) {
            return Err(RecordError::Revoked(target));
        }
        let current = Basis {
            agent: self.config.agent_revision(&grant.agent.client_id),
            epoch: self.config.epoch(),
            person: grant.person.as_ref().map(|person| self.config.person_revision(person)),
        };
        if issuance.basis() != current {
            return Err(RecordError::Stale);
        }
        let mut own = BTreeSet::new();
        let mut keys = issuance.proof().replay().iter();
        let unused = keys.all(|key| own.insert(key.digest) && !self.claimed.contains_key(&key.digest));
        if !unused || self.issued.contains(&grant.token) {
            return Err(RecordError::Replayed);
        }
        let claims = issuance.proof().replay().iter().map(Claim::from).collect();
        Ok(self.entry(now, vec![NewEvent::issuance(issuance)?], claims))
    }

    pub(crate) fn plan_refusal(&self, report: &Report, now: UnixTime) -> Result<Entry, StoreError> {
        Ok(self.entry(now, vec![NewEvent::refusal(report)?], Vec::new()))
    }

    pub(crate) fn plan_removal(
        &self,
        actor: &Actor,
        through: &Checkpoint,
        now: UnixTime,
    ) -> Result<Option<Entry>, PruneError> {
        if !self.trail.may_remove(through)? {
            return Ok(None);
        }
        Ok(Some(self.entry(now, vec![NewEvent::pruning(actor, through)?], Vec::new())))
    }

    fn entry(&self, now: UnixTime, events: Vec<NewEvent>, claims: Vec<Claim>) -> Entry {
        Entry { tenant: self.config.tenant().clone(), events: self.trail.seal(now, events), claims }
    }

    /// Takes in what was written: just now, or before the journal was opened.
    pub(crate) fn take(&mut self, entry: Entry) -> Result<(), StoreError> {
        for event in entry.events {
            let event = self.trail.take(event)?;
            match event.what {
                AuditEntry::Changed { actor, change, revision } => {
                    let facts = self.config.facts(&change.needs());
                    let corrupt = |error| StoreError::Corrupt(Box::new(error));
                    let effect = change.judge(&actor, &facts).map_err(corrupt)?;
                    if self.config.apply(&actor, &change).map_err(corrupt)? != revision {
                        return Err(StoreError::Corrupt("a change leads to another revision".into()));
                    }
                    let revocation = effect.and_then(|effect| Revocation::of(&effect, &facts));
                    self.feed.extend(revocation.map(|revocation| (revision.number(), revocation)));
                }
                AuditEntry::Issued { token, .. } => {
                    self.issued.insert(token.id);
                    self.claimed.retain(|_, keep_until| event.at < *keep_until);
                }
                AuditEntry::Refused { .. } | AuditEntry::Pruned { .. } | AuditEntry::Rekeyed { .. } => {}
            }
        }
        self.claimed.extend(entry.claims.into_iter().map(|claim| (claim.digest, claim.keep_until)));
        Ok(())
    }

    pub(crate) fn revoked_since(&self, since: Cursor) -> RevocationPage {
        let mut later = self.feed.range(since.place().saturating_add(1)..);
        let page: Vec<_> = later.by_ref().take(MAX_FEED_PAGE).collect();
        RevocationPage {
            next: page.last().map_or(since, |(place, _)| Cursor::at(**place)),
            entries: page.into_iter().map(|(_, revocation)| revocation.clone()).collect(),
            more: later.next().is_some(),
        }
    }
}
