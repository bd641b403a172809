//! The same on a store, as an authorization server would do it.

use std::collections::HashSet;

use deputize_core::{
    Acting, Actor, Agent, AgentProof, Allow, Binding, Change, Configuration, Delegation, Grant, Held, Issuance,
    Lineage, MayAct, NonEmptySet, Parent, ParseError, Policy, Proven, ProvenBy, Question, QuestionError, Resource,
    Revoked, Role, ScopeSet, Status, Subject, Target, TenantId, TokenId, UnixTime, Window,
};
use deputize_store::{
    AuditEntry, AuditQuery, ChangeError, Checkpoint, Cursor, Directory, Ledger, MemoryStore, RecordError, Store as _,
    verify_trail,
};
use futures_util::FutureExt;

use super::model::{A, AB, DELEGATED, Ended, LIFETIME, Mask, Model, Op, PROVEN};

const AGENTS: [&str; 2] = ["first", "second"];

/// Stores with a tenant for each sequence, all of which use the same ids.
#[derive(Default)]
pub(crate) struct Places {
    used: usize,
    store: std::rc::Rc<MemoryStore>,
    /// What another tenant has, which nothing touches.
    other: Option<(Configuration, Lineage, Checkpoint)>,
}

pub(crate) struct Store {
    store: std::rc::Rc<MemoryStore>,
    tenant: TenantId,
    now: UnixTime,
    decided: Vec<Issuance>,
    recorded: Vec<Grant>,
    /// Tokens of which it was said that they are revoked for good.
    dead: HashSet<TokenId>,
    numbers: u8,
    founded: u64,
    other: Option<(Configuration, Lineage, Checkpoint)>,
}

/// A store in memory waits for nothing.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

impl Store {
    pub(crate) fn found(places: &mut Places) -> Self {
        if places.used.is_multiple_of(200) {
            places.store = Default::default();
            let mut other = Self::of(places, "other".into());
            assert_eq!((other.carry_out(Op::Ask), other.carry_out(Op::Record)), (Ended::Decided, Ended::Recorded));
            let lineage = other.recorded[0].lineage();
            let end = at_once(verify_trail(&*other.store, Checkpoint::new(other.tenant.clone()))).unwrap();
            places.other = Some((at_once(other.store.export(&other.tenant)).unwrap(), lineage, end));
        }
        places.used += 1;
        Self::of(places, format!("acme-{}", places.used))
    }

    fn of(places: &Places, tenant: String) -> Self {
        let changes = founding();
        let store = Self {
            store: places.store.clone(),
            tenant: id(&tenant),
            now: at(0),
            decided: Vec::new(),
            recorded: Vec::new(),
            dead: HashSet::new(),
            numbers: 0,
            founded: changes.len() as u64,
            other: places.other.clone(),
        };
        at_once(store.store.apply(&store.tenant, &olga(), &changes, store.now)).unwrap();
        store
    }

    pub(crate) fn carry_out(&mut self, op: Op) -> Ended {
        match op {
            Op::Ask => self.ask(None, None),
            Op::HandOn => match self.recorded.first().map(parent) {
                Some(parent) => self.ask(Some(parent), None),
                None => Ended::Nothing,
            },
            Op::Record => {
                if self.decided.is_empty() {
                    return Ended::Nothing;
                }
                let first = self.decided.remove(0);
                self.record(first)
            }
            Op::Reuse => {
                let Some(id) = self.recorded.first().map(|grant| grant.token) else { return Ended::Nothing };
                match self.ask(None, Some(id)) {
                    Ended::Decided => {
                        let last = self.decided.pop().unwrap();
                        self.record(last)
                    }
                    other => other,
                }
            }
            Op::Wait => {
                self.now = self.now.plus(super::model::STEP);
                Ended::Waited
            }
            _ => self.change(op),
        }
    }

    fn ask(&mut self, parent: Option<Parent>, reused: Option<TokenId>) -> Ended {
        let client = id(AGENTS[usize::from(parent.is_some())]);
        let acting = match parent {
            Some(parent) => Acting::HandedOn(parent),
            None => Acting::For { person: id("alice"), delegation: None },
        };
        let question = Question { tenant: self.tenant.clone(), client, acting, resource: None };
        let rows = at_once(self.store.load(&question)).unwrap();
        let policy = match Policy::compile(question, rows) {
            Ok(policy) => policy,
            Err(refused) => {
                assert_eq!(refused.error, QuestionError::TenantRevoked);
                return Ended::TenantRevoked;
            }
        };
        let proof = AgentProof::assertion(Proven {
            tenant: self.tenant.clone(),
            by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
            expires_at: self.now.plus(PROVEN),
            replay: Vec::new(),
            confirmation: None,
        });
        let asked: ScopeSet = id("s:a s:b");
        let new = reused.unwrap_or_else(|| token(self.numbers));
        match policy.decide(&asked, None, self.now).unwrap().issue(proof, new) {
            Ok(issuance) => {
                self.numbers += u8::from(reused.is_none());
                self.decided.push(issuance);
                Ended::Decided
            }
            Err(refused) => {
                let (_, report) = *refused.value;
                at_once(self.store.refuse(report, self.now)).unwrap();
                Ended::Refused
            }
        }
    }

    fn record(&mut self, issuance: Issuance) -> Ended {
        match at_once(self.store.record(issuance, self.now)) {
            Ok(recorded) => {
                let below_dead = recorded.grant().lineage().tokens.iter().any(|token| self.dead.contains(token));
                assert!(!below_dead, "recorded below what is revoked");
                self.recorded.push(recorded.into_grant());
                Ended::Recorded
            }
            Err(refused) => match refused.error {
                RecordError::Expired => Ended::Expired,
                RecordError::Revoked(_) => Ended::Revoked,
                RecordError::Stale => Ended::Stale,
                RecordError::Replayed => Ended::Replayed,
                other => unreachable!("{other}"),
            },
        }
    }

    fn change(&self, op: Op) -> Ended {
        let revision = || at_once(self.store.export(&self.tenant)).unwrap().latest();
        let before = revision();
        match at_once(self.store.apply(&self.tenant, &olga(), &[change(op)], self.now)) {
            Ok(after) if after == before => Ended::Unchanged,
            Ok(_) => Ended::Changed,
            Err(ChangeError::Refused { .. }) => {
                assert_eq!(revision(), before);
                Ended::NotChanged
            }
            Err(other) => unreachable!("{other}"),
        }
    }

    /// Of every token whether it is revoked, as the model says; and what is revoked stays so.
    pub(crate) fn follows(&mut self, model: &Model, sequence: &[Op]) {
        for (grant, token) in self.recorded.iter().zip(&model.recorded) {
            let said = at_once(self.store.revoked(&grant.lineage())).unwrap();
            assert_eq!(said.is_some(), model.is_dead(token), "{sequence:?}");
            if said.is_some() && model.is_dead_for_good(token) {
                self.dead.insert(grant.token);
            }
            assert!(said.is_some() || !self.dead.contains(&grant.token), "{sequence:?}");
        }
    }

    /// Of every token what the model says, and one event for each that was recorded.
    pub(crate) fn agrees_with(&self, model: &Model, sequence: &[Op]) {
        let mut snapshot = Revoked::default();
        at_once(self.store.revoked_since(&self.tenant, Cursor::START)).unwrap().update(&mut snapshot);
        assert_eq!(self.recorded.len(), model.recorded.len(), "{sequence:?}");
        for (grant, token) in self.recorded.iter().zip(&model.recorded) {
            assert_eq!((mask(&grant.scopes), grant.expires_at), (token.scopes, at(token.end)), "{sequence:?}");
            assert_eq!(snapshot.find(&grant.lineage()).is_some(), model.is_dead(token), "{sequence:?}");
        }
        let events = at_once(self.store.audit(&AuditQuery::new(self.tenant.clone()))).unwrap().events;
        let issued: Vec<TokenId> = events
            .iter()
            .filter_map(|event| if let AuditEntry::Issued { token, .. } = &event.what { Some(token.id) } else { None })
            .collect();
        assert_eq!(issued, self.recorded.iter().map(|grant| grant.token).collect::<Vec<_>>(), "{sequence:?}");
        assert_eq!(issued.iter().collect::<HashSet<_>>().len(), issued.len(), "{sequence:?}");
        assert_eq!(events.len() as u64, self.founded + model.events, "{sequence:?}");
    }

    /// The trail is whole, and nothing of it is in another tenant.
    pub(crate) fn verifies(&self, sequence: &[Op]) {
        let end = at_once(verify_trail(&*self.store, Checkpoint::new(self.tenant.clone()))).unwrap();
        let events = at_once(self.store.audit(&AuditQuery::new(self.tenant.clone()))).unwrap().events;
        assert_eq!(Some(end.sequence), events.last().map(|event| event.sequence), "{sequence:?}");
        let (config, lineage, end) = self.other.as_ref().unwrap();
        assert_eq!(at_once(self.store.revoked(lineage)).unwrap(), None, "{sequence:?}");
        assert_eq!(at_once(self.store.export(config.tenant())).unwrap(), *config, "{sequence:?}");
        assert_eq!(at_once(verify_trail(&*self.store, end.clone())).unwrap(), *end, "{sequence:?}");
    }
}

fn founding() -> Vec<Change> {
    let role = NonEmptySet::of(id("s:*"));
    let mut changes = vec![
        Change::PutResource(Resource { uri: id("https://r.example"), scopes: Allow::Any }),
        Change::SetDefaultResource(Some(id("https://r.example"))),
        Change::PutRole(Role { name: id("role"), permissions: role }),
        bind("alice", Subject::User(id("alice"))),
    ];
    for client in AGENTS {
        changes.push(Change::PutAgent(agent(client, "s:*", Status::Active)));
        changes.push(bind(client, Subject::Agent(id(client))));
    }
    changes.push(Change::Delegate(delegation(AB)));
    changes
}

fn change(op: Op) -> Change {
    match op {
        Op::Unbind => Change::Unbind(id("first")),
        Op::Bind => bind("first", Subject::Agent(id("first"))),
        Op::Less => Change::PutAgent(agent("first", "s:a", Status::Active)),
        Op::Full => Change::PutAgent(agent("first", "s:*", Status::Active)),
        Op::Suspend => Change::PutAgent(agent("first", "s:*", Status::Suspended)),
        Op::Delegate => Change::Delegate(delegation(A)),
        Op::RevokeToken => Change::Revoke(Target::Token(token(0))),
        Op::RevokeDelegation => Change::Revoke(Target::Delegation(id("d"))),
        Op::RevokeAgent => Change::Revoke(Target::Agent(id("first"))),
        Op::RevokePerson => Change::Revoke(Target::Person(id("alice"))),
        Op::RevokeTenant => Change::Revoke(Target::Tenant),
        Op::Ask | Op::HandOn | Op::Record | Op::Reuse | Op::Wait => unreachable!("no change"),
    }
}

fn bind(name: &str, subject: Subject) -> Change {
    Change::Bind(Binding { id: id(name), subject, role: id("role"), window: Window::ALWAYS, resource: None })
}

fn agent(client: &str, allowed: &str, status: Status) -> Agent {
    Agent {
        client_id: id(client),
        spiffe_id: id(&format!("spiffe://acme/{client}")),
        acting: MayAct::ForPerson,
        allowed_scopes: NonEmptySet::of(id(allowed)),
        max_lifetime_seconds: LIFETIME.try_into().unwrap(),
        resources: Allow::Any,
        mode: Default::default(),
        status,
    }
}

fn delegation(scopes: Mask) -> Delegation {
    let names = ["s:a", "s:b"].into_iter().enumerate().filter(|(n, _)| scopes >> n & 1 == 1);
    Delegation {
        id: id("d"),
        delegator: id("alice"),
        agent: id("first"),
        scopes: NonEmptySet::new(names.map(|(_, name)| id(name))).unwrap(),
        purpose: "a small world".into(),
        resources: Allow::Any,
        onward: [id("second")].into(),
        max_depth: 1,
        window: Window::new(None, Some(at(DELEGATED))).unwrap(),
        status: Default::default(),
    }
}

/// The token as the parent of another: as a key ring would make it.
fn parent(grant: &Grant) -> Parent {
    Parent::assertion(Held {
        tenant: grant.tenant.clone(),
        person: grant.person.clone().unwrap(),
        delegation: grant.delegation.clone().unwrap(),
        resource: grant.resource.clone(),
        scopes: grant.scopes.clone(),
        tokens: grant.lineage().tokens,
        agents: grant.earlier.iter().chain([&grant.agent]).cloned().collect(),
        depth: grant.depth,
        max_depth: grant.max_depth,
        expires_at: grant.expires_at,
        confirmation: grant.confirmation,
    })
}

fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

fn at(seconds: u32) -> UnixTime {
    UnixTime::from_secs(1_000).unwrap().plus(seconds)
}

fn token(n: u8) -> TokenId {
    TokenId::v7(at(0), [n; 10])
}

fn mask(scopes: &ScopeSet) -> Mask {
    scopes.iter().fold(0, |mask, scope| mask | if scope.as_str() == "s:a" { A } else { 2 })
}

fn id<T: std::str::FromStr<Err = ParseError>>(text: &str) -> T {
    text.parse().unwrap()
}
