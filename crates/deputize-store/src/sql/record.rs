use std::collections::{BTreeMap, HashSet};

use deputize_core::{Basis, ClientId, Issuance, Lineage, ReplayKey, Report, TenantId, TokenId, UnixTime, UserId};

use super::{
    arg::{Arg, Column},
    attempt::{Mark, Work, Written},
    audit::Appended,
    engine::Link,
    standing::{Asked, Standing},
    statements::Record,
    tenant::TenantRow,
};
use crate::{
    audit::NewEvent,
    error::{RecordError, StoreError},
    limits::MAX_PURGED,
    row::{integer, seconds},
};

/// An issuance or a refusal on its way into the ledger.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) tenant: TenantId,
    at: UnixTime,
    pub(super) event: NewEvent,
    /// Of an issuance.
    claim: Option<Claim>,
}

/// What has to hold for an issuance, and what it uses up.
#[derive(Debug)]
struct Claim {
    token: TokenId,
    client: ClientId,
    person: Option<UserId>,
    lineage: Lineage,
    basis: Basis,
    keys: Vec<ReplayKey>,
}

impl Entry {
    pub(super) fn issuance(issuance: &Issuance, now: UnixTime) -> Result<Self, StoreError> {
        let grant = issuance.grant();
        let claim = Claim {
            token: grant.token,
            client: grant.agent.client_id.clone(),
            person: grant.person.clone(),
            lineage: grant.lineage(),
            basis: issuance.basis(),
            keys: issuance.proof().replay().to_vec(),
        };
        let event = NewEvent::issuance(issuance)?;
        Ok(Self { tenant: grant.tenant.clone(), at: now, event, claim: Some(claim) })
    }

    pub(super) fn refusal(report: &Report, now: UnixTime) -> Result<Self, StoreError> {
        Ok(Self { tenant: report.tenant.clone(), at: now, event: NewEvent::refusal(report)?, claim: None })
    }

    /// About how much it makes a statement longer.
    pub(super) fn bytes(&self) -> usize {
        self.event.text.len()
    }
}

/// Entries that are written together: each is judged by itself, and those that can't be recorded
/// leave nothing behind.
#[derive(Debug)]
pub(super) struct Batch<'a>(pub(super) &'a [Entry]);

type Outcome = Result<(), RecordError>;

impl<L: Link> Work<L> for Batch<'_> {
    /// Of each, in order.
    type Done = Vec<Outcome>;
    type Error = StoreError;

    const GIVES_WAY: bool = true;

    async fn carry_out(&self, db: &mut L) -> Result<Written<Vec<Outcome>>, StoreError> {
        let mut by_tenant = BTreeMap::<_, Vec<_>>::new();
        for (at, entry) in self.0.iter().enumerate() {
            by_tenant.entry(&entry.tenant).or_default().push((at, entry));
        }
        let (mut done, mut mark) = (BTreeMap::new(), None);
        for (tenant, entries) in by_tenant {
            let Some(mut tenant) = TenantRow::lock(db, tenant).await? else {
                done.extend(entries.iter().map(|(at, _)| (*at, Err(RecordError::UnknownTenant))));
                continue;
            };
            let standing = match asked(&entries) {
                Some(asked) => Standing::of(db, &tenant.id, asked).await?,
                None => Standing::default(),
            };
            let mut recorded = Recording { standing, ..Recording::default() };
            for (at, entry) in entries {
                done.insert(at, recorded.take(&mut tenant, entry));
            }
            if recorded.write(db, &tenant).await? {
                mark = Some(Mark::at(&tenant));
            }
        }
        Ok(Written { done: done.into_values().collect(), mark })
    }
}

/// What has to be looked up, if anything is claimed.
fn asked(entries: &[(usize, &Entry)]) -> Option<Asked> {
    let mut asked = None;
    for claim in entries.iter().filter_map(|(_, entry)| entry.claim.as_ref()) {
        claim.ask(asked.get_or_insert_default());
    }
    asked
}

impl Claim {
    fn ask(&self, asked: &mut Asked) {
        asked.lineage(&self.lineage);
        asked.agent(&self.client);
        asked.new_token(self.token);
        self.keys.iter().for_each(|key| asked.digest(key.digest));
    }
}

/// What is recorded of one tenant.
#[derive(Debug, Default)]
struct Recording {
    /// How everything stands, those that were taken before included.
    standing: Standing,
    events: Appended,
    tokens: Vec<String>,
    digests: Vec<Vec<u8>>,
    ends: Vec<i64>,
    earliest: Option<UnixTime>,
}

impl Recording {
    /// Takes an entry, if it may be recorded: else it leaves nothing behind.
    fn take(&mut self, tenant: &mut TenantRow, entry: &Entry) -> Outcome {
        if let Some(claim) = &entry.claim {
            self.claim(tenant, claim)?;
        }
        self.events.push(tenant, entry.at, &entry.event);
        self.earliest = Some(self.earliest.map_or(entry.at, |earliest| earliest.min(entry.at)));
        Ok(())
    }

    fn claim(&mut self, tenant: &TenantRow, claim: &Claim) -> Outcome {
        if let Some(target) = self.standing.dead(tenant.revoked, &claim.lineage) {
            return Err(RecordError::Revoked(target));
        }
        if claim.basis != self.standing.basis(tenant.epoch, &claim.client, claim.person.as_ref()) {
            return Err(RecordError::Stale);
        }
        let (Standing { issued, claimed, .. }, mut own) = (&mut self.standing, HashSet::new());
        let is_new = |key: &ReplayKey| !claimed.contains(&key.digest) && own.insert(key.digest);
        if issued.contains(&claim.token) || !claim.keys.iter().all(is_new) {
            return Err(RecordError::Replayed);
        }
        issued.insert(claim.token);
        claimed.extend(own);
        self.tokens.push(claim.token.to_string());
        for key in &claim.keys {
            self.digests.push(key.digest.to_vec());
            self.ends.push(seconds(key.keep_until));
        }
        Ok(())
    }

    /// Whether there was anything to write.
    async fn write<L: Link>(self, db: &mut L, tenant: &TenantRow) -> Result<bool, StoreError> {
        let Some(earliest) = self.earliest else { return Ok(false) };
        let id = || Arg::Text(tenant.id.as_str());
        // Forgets some keys whose time has come: a few with each recording, never all at once.
        let purged = i64::from(MAX_PURGED).saturating_mul(integer(self.tokens.len() as u64));
        let purge = [Arg::Int(seconds(earliest)), Arg::Int(purged)];
        let (any, keys) = (!self.digests.is_empty(), vec![Column::Blobs(self.digests), Column::Ints(self.ends)]);
        let (tokens, keys) = (Arg::List(Column::Texts(self.tokens)), Arg::Table(keys));
        match L::SQL.record {
            Record::Together(all) => {
                let (lines, about) = self.events.into_tables();
                let mut args = vec![id(), tokens, keys];
                args.extend(purge);
                args.extend([lines, about]);
                args.extend(tenant.head_args());
                db.run(all, args).await?;
            }
            Record::Apart { claim_tokens, purge_replay, claim_replay } => {
                if purged > 0 {
                    db.run(claim_tokens, vec![id(), tokens]).await?;
                    let mut args = vec![id()];
                    args.extend(purge);
                    db.run(purge_replay, args).await?;
                }
                if any {
                    db.run(claim_replay, vec![id(), keys]).await?;
                }
                self.events.write(db, tenant).await?;
                tenant.put_head(db).await?;
            }
        }
        Ok(true)
    }
}
