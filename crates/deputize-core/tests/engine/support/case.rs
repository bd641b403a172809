use std::str::FromStr;

use deputize_core::{
    Acting, Agent, Allow, Binding, ClientId, Configuration, Delegation, DelegationStatus, MayAct, NonEmptySet,
    Question, Resource, ResourceId, Role, Scope, ScopeMode, ScopePattern, ScopeSet, Status, Subject, UnixTime, UserId,
    Window,
};

use super::{
    Answer, Tape, World, at, evaluate, now,
    parent::{chain, held, token},
    world::TENANT,
};

/// A request in a world.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) world: World,
    pub(crate) question: Question,
    pub(crate) requested: ScopeSet,
    pub(crate) lifetime: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Alone,
    ForPerson,
    HandedOn,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Alone, Self::ForPerson, Self::HandedOn];
}

pub(crate) const AGENTS: [&str; 10] = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"];
pub(crate) const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];
const ROLES: [&str; 3] = ["clerk", "editor", "reader"];
const RESOURCES: [&str; 3] = ["https://files.example", "https://mail.example", "urn:example:reports"];
const SCOPES: &str = "admin files files:a:b files:a:c files:d mail:read mail:send reports:eu:read reports:eu:write \
                      reports:read reports:us:read reports:write";
const PATTERNS: &str = "files files:* files:a:* files:a:b mail:* mail:read mail:read:* reports:* reports:eu:* \
                        reports:eu:read reports:read reports:us:read reports:write admin";

pub(crate) fn id<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn resources() -> Vec<ResourceId> {
    RESOURCES.map(id).into()
}

impl Case {
    pub(crate) fn configuration(&self) -> Configuration {
        self.world.configuration()
    }

    /// What the naive evaluator says, now.
    pub(crate) fn expected(&self) -> Answer {
        self.expected_at(now())
    }

    pub(crate) fn expected_at(&self, moment: UnixTime) -> Answer {
        evaluate(&self.world, &self.question, &self.requested, self.lifetime, moment)
    }
}

/// A case in which much is granted, but for what goes wrong here and there.
pub(crate) fn build(kind: Kind, mut tape: Tape) -> Case {
    let tape = &mut tape;
    let asker: ClientId = id(AGENTS[tape.below(3)]);
    let person: UserId = id(tape.one(&PEOPLE));
    let target: ResourceId = id(tape.one(&RESOURCES));
    let scopes = scopes(tape);
    let mut world = World {
        resources: resources()
            .into_iter()
            .map(|uri| Resource { uri, scopes: some_or_any(tape, &scopes, 82) })
            .collect(),
        roles: ROLES.map(|name| role(tape, name)).into(),
        agents: AGENTS.map(|client| agent(tape, kind, id(client), &asker, &target)).into(),
        ..World::default()
    };
    if !tape.once_in(8) {
        world.default_resource = Some(target.clone());
    }
    bind(tape, &mut world, &asker, &person, &target);
    let chain = if kind == Kind::HandedOn { chain(tape, &asker) } else { Vec::new() };
    let to = chain.first().unwrap_or(&asker).clone();
    if kind == Kind::HandedOn {
        for name in ["root-1", "root-2"] {
            let window = lively(tape);
            world.bindings.push(binding(tape, name, Subject::Agent(to.clone()), window, None));
        }
    }
    let first = delegation(tape, "d0", &person, &to, &scopes, &target, &chain, &asker);
    let extra = if kind == Kind::Alone { 0 } else { tape.one(&[0, 0, 0, 1, 2]) };
    world.delegations.push(first.clone());
    for name in ["d1", "d2"].into_iter().take(extra) {
        let person = if tape.once_in(4) { id(tape.one(&PEOPLE)) } else { person.clone() };
        let to = if tape.once_in(4) { id(tape.one(&AGENTS)) } else { to.clone() };
        world.delegations.push(delegation(tape, name, &person, &to, &scopes, &target, &chain, &asker));
    }
    let acting = match kind {
        Kind::Alone => Acting::Alone,
        Kind::ForPerson => {
            let named = match tape.below(24) {
                0..11 => None,
                11..22 => Some("d0"),
                22 => Some("d1"),
                _ => Some("d-unknown"),
            };
            Acting::For { person: person.clone(), delegation: named.map(id) }
        }
        Kind::HandedOn => {
            let held = held(tape, &world, chain, &asker, &first, &target);
            Acting::HandedOn(deputize_core::Parent::assertion(held))
        }
    };
    revoke(tape, &mut world, &person);
    let question = Question {
        tenant: id(TENANT),
        client: if tape.once_in(80) { id("nobody") } else { asker },
        acting,
        resource: match tape.below(60) {
            0..48 => Some(target),
            48..59 => None,
            _ => Some(id("urn:example:unknown")),
        },
    };
    let held = question.parent().map(|parent| parent.held().scopes.iter().cloned().collect::<Vec<_>>());
    let likely = held.filter(|_| tape.below(4) < 3).unwrap_or(scopes);
    let requested = requested(tape, &likely);
    let lifetime = match tape.below(30) {
        0..10 => None,
        10..29 => Some(tape.one(&[1, 40, 50, 300, 300, 900, 900, u32::MAX])),
        _ => Some(0),
    };
    Case { world, question, requested, lifetime }
}

/// A dozen scopes; now and then as many as a request may hold.
fn scopes(tape: &mut Tape) -> Vec<Scope> {
    let few = SCOPES.split(' ').map(id);
    let more = if tape.once_in(16) { 52 } else { 0 };
    few.chain((0..more).map(|n| id(&format!("reports:eu:n{n}")))).collect()
}

fn requested(tape: &mut Tape, scopes: &[Scope]) -> ScopeSet {
    let share = tape.one(&[40, 60, 100, 14]);
    let unknown = tape.once_in(10).then(|| id("reports:"));
    ScopeSet::new(tape.some(scopes, share).into_iter().take(63).chain(unknown)).unwrap()
}

fn some_or_any<T: Clone + Ord>(tape: &mut Tape, of: &[T], per_cent: usize) -> Allow<T> {
    if tape.below(2) == 0 { Allow::Any } else { Allow::Only(tape.some(of, per_cent)) }
}

/// Mostly a list with the target in it, or none at all.
fn reach(tape: &mut Tape, target: &ResourceId) -> Allow<ResourceId> {
    match tape.below(20) {
        0..9 => Allow::Any,
        9..19 => {
            Allow::Only(NonEmptySet::new(tape.some(&resources(), 34).into_iter().chain([target.clone()])).unwrap())
        }
        _ => Allow::Only(tape.some(&resources(), 34)),
    }
}

fn role(tape: &mut Tape, name: &str) -> Role {
    let patterns: Vec<ScopePattern> = PATTERNS.split(' ').map(id).collect();
    Role { name: id(name), permissions: tape.some(&patterns, 80) }
}

fn agent(tape: &mut Tape, kind: Kind, client_id: ClientId, asker: &ClientId, target: &ResourceId) -> Agent {
    let fits = if kind == Kind::Alone { MayAct::Alone } else { MayAct::ForPerson };
    let rare = if client_id == *asker { 36 } else { 80 };
    let patterns: Vec<ScopePattern> = PATTERNS.split(' ').map(id).collect();
    Agent {
        spiffe_id: id(&format!("spiffe://acme.example/agent/{client_id}")),
        client_id,
        acting: match tape.below(16) {
            0..8 => MayAct::Either,
            8..14 => fits,
            14 => MayAct::Alone,
            _ => MayAct::ForPerson,
        },
        allowed_scopes: tape.some(&patterns, 82),
        max_lifetime_seconds: tape.one(&[600_u32, 3_600, 40, 1, u32::MAX]).try_into().unwrap(),
        resources: reach(tape, target),
        mode: if tape.once_in(6) { ScopeMode::Exact } else { ScopeMode::Narrow },
        status: match tape.below(rare) {
            1 => Status::Suspended,
            2 => Status::Revoked,
            _ => Status::Active,
        },
    }
}

/// One binding each that mostly counts, and some that often do not.
fn bind(tape: &mut Tape, world: &mut World, asker: &ClientId, person: &UserId, target: &ResourceId) {
    let own = [Subject::Agent(asker.clone()), Subject::User(person.clone())];
    let others = [Subject::Agent(id("a3")), Subject::User(id("bob"))];
    for (name, subject) in ["b-agent", "b-person"].into_iter().zip(own.clone()) {
        let resource = tape.one(&[None, None, Some(target.clone())]);
        let window = lively(tape);
        world.bindings.push(binding(tape, name, subject, window, resource));
    }
    for name in ["b2", "b3", "b4", "b5"].into_iter().take(tape.below(5)) {
        let subject = if tape.once_in(5) { tape.one(&others) } else { tape.one(&own) };
        let resource = if tape.below(3) == 2 { Some(id(tape.one(&RESOURCES))) } else { None };
        let window = window(tape);
        world.bindings.push(binding(tape, name, subject, window, resource));
    }
}

fn binding(tape: &mut Tape, name: &str, subject: Subject, window: Window, resource: Option<ResourceId>) -> Binding {
    Binding { id: id(name), subject, role: id(tape.one(&ROLES)), window, resource }
}

#[expect(clippy::too_many_arguments, reason = "what a delegation is made of")]
fn delegation(
    tape: &mut Tape,
    name: &str,
    person: &UserId,
    agent: &ClientId,
    scopes: &[Scope],
    target: &ResourceId,
    chain: &[ClientId],
    asker: &ClientId,
) -> Delegation {
    let hops = u8::try_from(chain.len()).unwrap();
    let onward = chain.iter().skip(1).chain([asker]).filter(|_| !tape.once_in(40)).cloned().collect();
    Delegation {
        id: id(name),
        delegator: person.clone(),
        agent: agent.clone(),
        scopes: tape.some(scopes, 82),
        purpose: "a test".into(),
        resources: reach(tape, target),
        onward,
        max_depth: match tape.below(20) {
            0..10 => 8,
            10..18 => hops.min(8),
            18 => (hops + 1).min(8),
            _ => hops.saturating_sub(1),
        },
        window: if name == "d0" { lively(tape) } else { window(tape) },
        status: if tape.once_in(50) { DelegationStatus::Revoked } else { DelegationStatus::Active },
    }
}

fn revoke(tape: &mut Tape, world: &mut World, person: &UserId) {
    if tape.once_in(40) {
        world.revoked_people.push(person.clone());
    }
    if tape.once_in(24) {
        world.revoked_people.push(id(tape.one(&PEOPLE)));
    }
    if tape.once_in(16) {
        world.revoked_tokens.push(token(u8::try_from(tape.below(9)).unwrap()));
    }
    if tape.once_in(4) {
        world.revoked_tokens.push(token(99));
    }
    world.revoked = tape.once_in(150);
}

/// A window that mostly holds now, often only just.
fn lively(tape: &mut Tape) -> Window {
    if tape.once_in(16) {
        return window(tape);
    }
    let holding = [(None, None), (Some(0), None), (None, Some(1)), (Some(-9), Some(50)), (Some(0), Some(300))];
    of(tape.one(&holding))
}

/// Any window, mostly with a bound at this moment or one second away.
fn window(tape: &mut Tape) -> Window {
    of(tape.one(&[
        (None, None),
        (Some(0), None),
        (None, Some(1)),
        (Some(1), None),
        (None, Some(0)),
        (Some(0), Some(1)),
        (Some(-1), Some(0)),
        (Some(1), Some(2)),
        (Some(-9), Some(50)),
        (Some(0), Some(300)),
        (Some(-9), Some(2_000)),
    ]))
}

fn of((from, to): (Option<i64>, Option<i64>)) -> Window {
    Window::new(from.map(at), to.map(at)).unwrap()
}
