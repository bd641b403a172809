//! Bodies of the fuzz targets that need more than one crate: each states laws for any input. They are
//! built for fuzzing and for the tests below only.

mod decision;
mod laws;
mod tape;
mod world;

use std::{
    collections::BTreeSet,
    task::{Context, Poll, Waker},
};

use deputize_core::{
    Acting, Actor, AgentProof, Change, Configuration, Grant, Issuance, Policy, Proven, ProvenBy, Question, Recorded,
    ReplayKey, Returned, Revoked, TenantId, TokenId, UnixTime, limits::MAX_SIGN_DELAY_SECONDS,
};
use deputize_store::{
    AuditEntry, AuditQuery, ChangeError, Checkpoint, Cursor, Directory, Ledger, MemoryStore, RecordError, Store,
    verify_trail,
};
use deputize_token::{Handed, KeyRing, Presented, Revocation, SignError, Trust, Verified, Verifier, VerifyError};
use tape::Tape;

/// Operations of one input: more teach nothing new.
const MAX_OPERATIONS: usize = 48;
/// Issuances that are held before they are recorded.
const MAX_HELD: usize = 4;
/// Tokens of one input.
const MAX_TOKENS: usize = 12;

/// Two tenants that use the same ids, and random operations on both: changes by anybody, questions,
/// recordings, signatures, keys that rotate, tokens that are handed on, time that passes. After each,
/// DESIGN's promises hold; which, stands in `laws`.
pub fn pipeline(data: &[u8]) {
    run(data);
}

/// The engine decides as the naive evaluator of its tests does, in any world.
pub fn decision(data: &[u8]) {
    decision::decision(data);
}

/// Of what a run reached, as much as a test has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Changed,
    ChangeRefused,
    Unanswered,
    NothingGranted,
    Recorded,
    Expired,
    Revoked,
    Stale,
    Replayed,
    SignedTooLate,
    Minted,
    HandedOn,
    NotHandedOn,
    TokenRevoked,
    TokenExpired,
    Rotated,
}

fn run(data: &[u8]) -> BTreeSet<Reached> {
    let mut tape = Tape::new(data);
    let mut pipeline = Pipeline::new();
    for _ in 0..MAX_OPERATIONS {
        if tape.is_over() {
            break;
        }
        pipeline.operate(&mut tape);
        pipeline.holds();
    }
    pipeline.ends();
    pipeline.reached
}

/// A store in memory waits for nothing.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("a store in memory waits for nothing"),
    }
}

/// One tenant: what the store has to agree with, and what its verifiers follow.
struct Tenant {
    id: TenantId,
    model: Configuration,
    ring: KeyRing,
    /// Keys that were rotated away.
    rotated: u8,
    snapshot: Revoked,
    cursor: Cursor,
    recorded: Vec<TokenId>,
    replay: BTreeSet<[u8; 32]>,
    events: u64,
}

/// An issuance that was decided and is not recorded yet.
struct Held {
    tenant: usize,
    issuance: Issuance,
    parent: Option<usize>,
}

/// A token that was signed.
struct Minted {
    tenant: usize,
    text: String,
    grant: Grant,
    parent: Option<usize>,
    /// It was said to be revoked by what never comes back.
    dead: bool,
}

struct Pipeline {
    store: MemoryStore,
    tenants: [Tenant; 2],
    now: UnixTime,
    held: Vec<Held>,
    minted: Vec<Minted>,
    tokens: u64,
    /// The token that was verified last.
    turn: usize,
    reached: BTreeSet<Reached>,
}

impl Pipeline {
    fn new() -> Self {
        let store = MemoryStore::new();
        let tenants = ["acme", "other"].map(|id| {
            let mut tenant = Tenant {
                id: world::id(id),
                model: Configuration::new(world::id(id)),
                ring: KeyRing::new(world::id(id), world::id(world::ISSUER), world::key(id, 0)),
                rotated: 0,
                snapshot: Revoked::default(),
                cursor: Cursor::START,
                recorded: Vec::new(),
                replay: BTreeSet::new(),
                events: 0,
            };
            let changes = world::founding();
            at_once(store.apply(&tenant.id, &world::olga(), &changes, world::NOW)).unwrap();
            for change in &changes {
                tenant.model.apply(&world::olga(), change).unwrap();
            }
            tenant.events = changes.len() as u64;
            tenant
        });
        let (now, held, minted) = (world::NOW, Vec::new(), Vec::new());
        Self { store, tenants, now, held, minted, tokens: 0, turn: 0, reached: BTreeSet::new() }
    }

    fn operate(&mut self, tape: &mut Tape<'_>) {
        // Mostly in one tenant, so that what belongs together meets.
        let tenant = usize::from(tape.below(6) == 5);
        match tape.below(16) {
            0..4 => {
                let (actor, change) = (world::actor(tape), world::change(tape));
                self.change(tenant, &actor, &change);
            }
            4..9 => self.ask(tenant, tape),
            9..14 => self.record(tape),
            14 => self.now = self.now.plus([1, 9, 60, 400][tape.below(4)]),
            _ => self.rotate(tenant),
        }
    }

    /// The store does what the model does: all of it, or nothing.
    fn change(&mut self, tenant: usize, actor: &Actor, change: &Change) {
        let tenant = &mut self.tenants[tenant];
        let before = tenant.model.latest();
        let expected = tenant.model.apply(actor, change);
        let seen = at_once(self.store.apply(&tenant.id, actor, std::slice::from_ref(change), self.now));
        match (seen, expected) {
            (Ok(seen), Ok(expected)) => {
                assert_eq!(seen, expected);
                tenant.events += u64::from(seen != before);
                self.reached.insert(Reached::Changed);
            }
            (Err(ChangeError::Refused { at: 0, error }), Err(expected)) => {
                assert_eq!(error, expected);
                self.reached.insert(Reached::ChangeRefused);
            }
            (seen, expected) => unreachable!("{seen:?}, where the model says {expected:?}"),
        }
        assert_eq!(at_once(self.store.export(&tenant.id)).unwrap(), tenant.model);
    }

    fn ask(&mut self, tenant: usize, tape: &mut Tape<'_>) {
        let client = tape.one(&world::AGENTS);
        let resource = (tape.below(3) > 0).then(|| world::id(tape.one(&world::RESOURCES)));
        let confirmation = world::confirmation(tape);
        let (acting, parent) = match tape.below(4) {
            0 => (Acting::Alone, None),
            1 | 2 => (world::for_person(tape), None),
            _ => match self.hand_on(tenant, client, tape) {
                Some((parent, place)) => (Acting::HandedOn(parent), Some(place)),
                None => return,
            },
        };
        let own = &mut self.tenants[tenant];
        let question = Question { tenant: own.id.clone(), client: world::id(client), acting, resource };
        let rows = at_once(self.store.load(&question)).unwrap();
        let Ok(policy) = Policy::compile(question, rows) else {
            self.reached.insert(Reached::Unanswered);
            return;
        };
        let proof = AgentProof::assertion(Proven {
            tenant: own.id.clone(),
            by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
            expires_at: self.now.plus([300, 5][tape.below(2)]),
            replay: world::replay(tape, self.now),
            confirmation,
        });
        self.tokens += 1;
        // Now and then an id that is another's already.
        let new = match own.recorded.first() {
            Some(first) if tape.below(12) == 11 => *first,
            _ => world::token(self.tokens),
        };
        let (requested, lifetime) = (world::requested(tape), [None, Some(30), Some(900)][tape.below(3)]);
        let Ok(decision) = policy.decide(&requested, lifetime, self.now) else {
            self.reached.insert(Reached::Unanswered);
            return;
        };
        match decision.issue(proof, new) {
            Ok(issuance) => {
                let above = parent.map(|place| &self.minted[place].grant);
                laws::is_within(&own.model, issuance.grant(), above);
                if self.held.len() < MAX_HELD {
                    self.held.push(Held { tenant, issuance, parent });
                }
            }
            Err(refused) => {
                let (_, report) = *refused.value;
                at_once(self.store.refuse(report, self.now)).unwrap();
                own.events += 1;
                self.reached.insert(Reached::NothingGranted);
            }
        }
    }

    /// A token, as the parent of another: taken exactly when it is live and of this tenant.
    fn hand_on(&mut self, tenant: usize, client: &str, tape: &mut Tape<'_>) -> Option<(deputize_core::Parent, usize)> {
        let place = tape.below(self.minted.len().max(1));
        let token = self.minted.get(place)?;
        let own = &self.tenants[tenant];
        let proof = AgentProof::assertion(Proven {
            tenant: own.id.clone(),
            by: ProvenBy::JwtSvid(own.model.agent(&world::id(client))?.spiffe_id.clone()),
            expires_at: self.now.plus(60),
            replay: Vec::new(),
            confirmation: None,
        });
        let handed = if tape.below(2) == 0 {
            Handed::ByHolder(world::presented(&token.grant))
        } else {
            Handed::ToOnward(&proof)
        };
        let parent = own.ring.parent(Revocation::Snapshot(&own.snapshot), &token.text, handed, self.now);
        let expected = token.tenant == tenant && token.grant.person.is_some() && self.is_live(token);
        assert_eq!(parent.is_ok(), expected, "{parent:?}");
        self.reached.insert(if expected { Reached::HandedOn } else { Reached::NotHandedOn });
        parent.ok().map(|parent| (parent, place))
    }

    fn is_live(&self, token: &Minted) -> bool {
        let revoked = self.tenants[token.tenant].snapshot.find(&token.grant.lineage());
        self.now < token.grant.expires_at && revoked.is_none()
    }

    fn record(&mut self, tape: &mut Tape<'_>) {
        if self.held.is_empty() {
            return;
        }
        let Held { tenant, issuance, parent } = self.held.swap_remove(tape.below(self.held.len()));
        let own = &mut self.tenants[tenant];
        let expected = laws::may_be_recorded(&own.model, &issuance, &own.recorded, &own.replay, self.now);
        let keys: Vec<[u8; 32]> = issuance.proof().replay().iter().map(|key: &ReplayKey| key.digest).collect();
        let recorded = match at_once(self.store.record(issuance, self.now)) {
            Ok(recorded) => recorded,
            Err(Returned { error, .. }) => {
                let reached = match &error {
                    RecordError::Expired => Reached::Expired,
                    RecordError::Revoked(_) => Reached::Revoked,
                    RecordError::Stale => Reached::Stale,
                    RecordError::Replayed => Reached::Replayed,
                    other => unreachable!("{other}"),
                };
                assert_eq!(Err(reached), expected);
                self.reached.insert(reached);
                return;
            }
        };
        assert_eq!(Ok(()), expected, "it was recorded");
        own.replay.extend(keys);
        own.recorded.push(recorded.grant().token);
        own.events += 1;
        self.reached.insert(Reached::Recorded);
        laws::would_still_be_granted(&own.model, recorded.grant(), parent.map(|place| &self.minted[place].grant));
        let delay = [0, 0, 10, 11][tape.below(4)];
        self.sign(tenant, recorded, delay, parent);
    }

    fn sign(&mut self, tenant: usize, recorded: Recorded, delay: u32, parent: Option<usize>) {
        // Another tenant's ring signs nothing of this one.
        let refused = self.tenants[1 - tenant].ring.sign(recorded, self.now).unwrap_err();
        assert_eq!(refused.error, SignError::ForeignTenant);
        let recorded = *refused.value;
        let grant = recorded.grant().clone();
        let later = self.now.plus(delay);
        let signable = recorded.is_signable(later);
        assert!(!signable || (delay <= MAX_SIGN_DELAY_SECONDS && later < grant.expires_at));
        match self.tenants[tenant].ring.sign(recorded, later) {
            Ok(token) => {
                assert!(signable);
                self.now = later;
                self.reached.insert(Reached::Minted);
                if self.minted.len() < MAX_TOKENS {
                    let text = token.secret().to_owned();
                    self.minted.push(Minted { tenant, text, grant, parent, dead: false });
                }
            }
            Err(refused) => {
                assert!(!signable && refused.error == SignError::TooLate, "{refused:?}");
                self.reached.insert(Reached::SignedTooLate);
            }
        }
    }

    /// What the old key signed counts on.
    fn rotate(&mut self, tenant: usize) {
        let own = &mut self.tenants[tenant];
        if own.rotated < 2 {
            own.rotated += 1;
            let next = world::key(own.id.as_str(), own.rotated);
            own.ring.publish_next(next, self.now).unwrap();
            own.ring.rotate(self.now).unwrap();
            self.reached.insert(Reached::Rotated);
        }
    }

    /// What holds after each operation.
    fn holds(&mut self) {
        for own in &mut self.tenants {
            let page = at_once(self.store.revoked_since(&own.id, own.cursor)).unwrap();
            page.update(&mut own.snapshot);
            own.cursor = page.next;
            assert_eq!(own.snapshot, own.model.revoked(), "who follows the feed knows all that is revoked");
        }
        for place in 0..self.minted.len() {
            let token = &self.minted[place];
            let lineage = token.grant.lineage();
            let own = &self.tenants[token.tenant];
            let found = at_once(self.store.revoked(&lineage)).unwrap();
            assert_eq!(found.is_some(), own.snapshot.find(&lineage).is_some());
            assert!(found.is_some() || !token.dead, "what was revoked for good came back");
            let dead = laws::is_dead_for_good(&own.model, &lineage);
            self.minted[place].dead |= dead;
        }
        // One after the other: a signature takes longer than all the rest.
        self.turn = (self.turn + 1) % self.minted.len().max(1);
        self.verifies(self.turn);
    }

    /// A token verifies exactly while it is live, where it belongs, and by its holder.
    fn verifies(&mut self, place: usize) {
        let Some(token) = self.minted.get(place) else { return };
        let presented = world::presented(&token.grant);
        let verified = self.verify(token, token.tenant, presented);
        assert_eq!(verified.is_ok(), self.is_live(token), "{verified:?}");
        let reached = match verified {
            Ok(verified) => {
                laws::says(&verified, &token.grant, token.parent.map(|above| &self.minted[above].grant));
                None
            }
            Err(VerifyError::Expired) => Some(Reached::TokenExpired),
            Err(VerifyError::Revoked) => Some(Reached::TokenRevoked),
            Err(other) => unreachable!("{other}"),
        };
        assert!(self.verify(token, 1 - token.tenant, presented).is_err());
        if token.grant.confirmation.is_some() {
            assert!(self.verify(token, token.tenant, Presented::Bearer).is_err(), "it is bound");
        }
        self.reached.extend(reached);
    }

    /// By a verifier of this tenant, at the token's resource.
    fn verify(&self, token: &Minted, tenant: usize, presented: Presented) -> Result<Verified, VerifyError> {
        let own = &self.tenants[tenant];
        let verifier = Verifier::new(own.id.clone(), world::id(world::ISSUER), token.grant.resource.clone());
        // The issuer is shared, and so are its keys: each ring's.
        let keys = own.ring.public(self.now);
        let trust = Trust { keys: &keys, revoked: Revocation::Snapshot(&own.snapshot) };
        verifier.verify(trust, &token.text, presented, self.now)
    }

    /// There is no token without its event, nor the other way round, and the trail is whole.
    fn ends(&mut self) {
        (0..self.minted.len()).for_each(|place| self.verifies(place));
        for own in &self.tenants {
            let end = at_once(verify_trail(&self.store, Checkpoint::new(own.id.clone()))).unwrap();
            assert_eq!(end.sequence, own.events);
            let events = at_once(self.store.audit(&AuditQuery::new(own.id.clone()))).unwrap().events;
            let issued: Vec<TokenId> = events
                .iter()
                .filter_map(|event| match &event.what {
                    AuditEntry::Issued { token, .. } => Some(token.id),
                    _ => None,
                })
                .collect();
            assert_eq!(issued, own.recorded);
            let all: BTreeSet<&TokenId> = issued.iter().collect();
            assert_eq!(all.len(), issued.len(), "no id is used twice");
        }
    }
}

#[cfg(test)]
mod tests;
