use std::collections::{BTreeMap, BTreeSet};

use deputize_core::{Actor, Basis, Change, Configuration, Issuance, Report, Revision, TokenId, UnixTime};

use super::trail::Trail;
use crate::{
    audit::NewEvent,
    error::{ChangeError, RecordError, StoreError},
    feed::{Cursor, Revocation, RevocationPage},
    limits::{MAX_FEED_PAGE, MAX_PURGED},
};

/// One tenant: its configuration and its ledger.
#[derive(Debug)]
pub(super) struct Tenant {
    pub(super) config: Configuration,
    pub(super) trail: Trail,
    /// By the revision that brought them.
    feed: BTreeMap<u64, Revocation>,
    /// Digests, and until when they are kept.
    replay: BTreeMap<[u8; 32], UnixTime>,
    by_end: BTreeSet<(UnixTime, [u8; 32])>,
    issued: BTreeSet<TokenId>,
}

impl Tenant {
    pub(super) fn new(config: Configuration) -> Self {
        Self {
            trail: Trail::new(config.tenant().clone()),
            config,
            feed: BTreeMap::new(),
            replay: BTreeMap::new(),
            by_end: BTreeSet::new(),
            issued: BTreeSet::new(),
        }
    }

    pub(super) fn apply(&mut self, actor: &Actor, changes: &[Change], now: UnixTime) -> Result<Revision, ChangeError> {
        // One change is atomic by itself; several are made on a copy.
        let mut copy = (changes.len() > 1).then(|| self.config.clone());
        let config = copy.as_mut().unwrap_or(&mut self.config);
        let mut done = Vec::new();
        for (at, change) in changes.iter().enumerate() {
            let refused = |error| ChangeError::Refused { at, error };
            let facts = config.facts(&change.needs());
            let Some(effect) = change.judge(actor, &facts).map_err(refused)? else { continue };
            let event = NewEvent::change(actor, change, &effect, config.latest().next())?;
            let revision = config.apply(actor, change).map_err(refused)?;
            let revocation = Revocation::of(&effect, &facts).map(|revocation| (revision.number(), revocation));
            done.push((event, revocation));
        }
        let latest = config.latest();
        if let Some(changed) = copy {
            self.config = changed;
        }
        for (event, revocation) in done {
            self.trail.append(now, event);
            self.feed.extend(revocation);
        }
        Ok(latest)
    }

    pub(super) fn record(&mut self, issuance: &Issuance, now: UnixTime) -> Result<(), RecordError> {
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
        let event = NewEvent::issuance(issuance)?;
        let keys = issuance.proof().replay();
        let mut digests = BTreeSet::new();
        let unused = keys.iter().all(|key| digests.insert(key.digest) && !self.replay.contains_key(&key.digest));
        if !unused || !self.issued.insert(grant.token) {
            return Err(RecordError::Replayed);
        }
        for key in keys {
            self.replay.insert(key.digest, key.keep_until);
            self.by_end.insert((key.keep_until, key.digest));
        }
        self.forget(now);
        self.trail.append(now, event);
        Ok(())
    }

    pub(super) fn refuse(&mut self, report: &Report, now: UnixTime) -> Result<(), StoreError> {
        self.trail.append(now, NewEvent::refusal(report)?);
        Ok(())
    }

    pub(super) fn revoked_since(&self, since: Cursor) -> RevocationPage {
        let mut entries = self.feed.range(since.place().saturating_add(1)..);
        let page: Vec<_> = entries.by_ref().take(MAX_FEED_PAGE).collect();
        RevocationPage {
            next: page.last().map_or(since, |(sequence, _)| Cursor::at(**sequence)),
            entries: page.into_iter().map(|(_, revocation)| revocation.clone()).collect(),
            more: entries.next().is_some(),
        }
    }

    /// Forgets some replay keys whose time has come: a few with each recording, never all at once.
    fn forget(&mut self, now: UnixTime) {
        for _ in 0..MAX_PURGED {
            let Some(first) = self.by_end.first().copied().filter(|(keep_until, _)| *keep_until <= now) else { return };
            self.by_end.remove(&first);
            self.replay.remove(&first.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_recording_forgets_more_keys_than_its_share() {
        let mut tenant = Tenant::new(Configuration::new("acme".parse().unwrap()));
        let [before, end] = [99, 100].map(|seconds| UnixTime::from_secs(seconds).unwrap());
        for n in 0..=u8::MAX {
            tenant.replay.insert([n; 32], end);
            tenant.by_end.insert((end, [n; 32]));
        }
        tenant.forget(before);
        assert_eq!(tenant.replay.len(), 256);
        for left in [192, 128, 64, 0, 0] {
            tenant.forget(end);
            assert_eq!((tenant.replay.len(), tenant.by_end.len()), (left, left));
        }
    }
}
