//! What the operations are made of: a handful of ids, so that they collide.

use std::str::FromStr;

use deputize_core::{
    Acting, Actor, Agent, Allow, Binding, Change, Confirmation, Delegation, DelegationStatus, Grant, Held, MayAct,
    NonEmptySet, Parent, ReplayKey, Resource, ResourceId, Role, Scope, ScopeMode, ScopePattern, ScopeSet, Status,
    Subject, Target, Thumbprint, TokenId, UnixTime, Window,
};
use deputize_token::{Algorithm, Presented, SigningKey};

use super::tape::Tape;

pub(super) const NOW: UnixTime = UnixTime::EPOCH.plus(1_800_000_000);
pub(super) const ISSUER: &str = "https://id.example";
pub(super) const AGENTS: [&str; 3] = ["a0", "a1", "a2"];
pub(super) const RESOURCES: [&str; 2] = ["https://r0.example", "https://r1.example"];
const PEOPLE: [&str; 2] = ["alice", "bob"];
const ROLES: [&str; 2] = ["reader", "writer"];
const SCOPES: [&str; 3] = ["s:a", "s:b", "t"];

pub(super) fn id<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(super) fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

/// Each tenant's own, and the same in every run.
pub(super) fn key(tenant: &str, number: u8) -> SigningKey {
    // RFC 8410 §7: PKCS#8 around a seed.
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([tenant.len() as u8 ^ number << 4; 32]);
    SigningKey::from_der(Algorithm::EdDsa, &der).unwrap()
}

pub(super) fn token(number: u64) -> TokenId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    TokenId::v7(NOW, random)
}

/// Two people who are writers, three agents that are readers, and a delegation that goes down to the last.
pub(super) fn founding() -> Vec<Change> {
    let role = |name: &str, patterns: &[&str]| {
        Change::PutRole(Role { name: id(name), permissions: NonEmptySet::new(patterns.iter().map(|p| id(p))).unwrap() })
    };
    let mut changes: Vec<Change> =
        RESOURCES.map(|uri| Change::PutResource(Resource { uri: id(uri), scopes: Allow::Any })).into();
    changes.push(Change::SetDefaultResource(Some(id(RESOURCES[0]))));
    changes.extend([role("reader", &["s:*"]), role("writer", &["s:*", "t"])]);
    for person in PEOPLE {
        changes.push(bind(person, Subject::User(id(person)), "writer"));
    }
    for client in AGENTS {
        changes.push(Change::PutAgent(plain(client)));
        changes.push(bind(client, Subject::Agent(id(client)), "reader"));
    }
    changes.push(Change::Delegate(granted("d0", "alice")));
    changes
}

fn bind(name: &str, subject: Subject, role: &str) -> Change {
    Change::Bind(Binding { id: id(name), subject, role: id(role), window: Window::ALWAYS, resource: None })
}

fn plain(client: &str) -> Agent {
    Agent {
        client_id: id(client),
        spiffe_id: id(&format!("spiffe://acme/{client}")),
        acting: MayAct::Either,
        allowed_scopes: NonEmptySet::of(id("s:*")),
        max_lifetime_seconds: 600.try_into().unwrap(),
        resources: Allow::Any,
        mode: ScopeMode::Narrow,
        status: Status::Active,
    }
}

fn granted(name: &str, person: &str) -> Delegation {
    Delegation {
        id: id(name),
        delegator: id(person),
        agent: id(AGENTS[0]),
        scopes: NonEmptySet::new(["s:a", "s:b"].map(id)).unwrap(),
        purpose: "a test".into(),
        resources: Allow::Any,
        onward: ["a1", "a2"].map(id).into(),
        max_depth: 2,
        window: Window::ALWAYS,
        status: DelegationStatus::Active,
    }
}

pub(super) fn actor(tape: &mut Tape<'_>) -> Actor {
    match tape.below(8) {
        0..6 => olga(),
        6 => Actor::Person(id(tape.one(&PEOPLE))),
        _ => Actor::Agent(id(tape.one(&AGENTS))),
    }
}

pub(super) fn change(tape: &mut Tape<'_>) -> Change {
    match tape.below(14) {
        0 | 1 => Change::PutAgent(agent(tape)),
        2 => Change::PutRole(Role { name: id(tape.one(&ROLES)), permissions: patterns(tape) }),
        3 => Change::RemoveRole(id(tape.one(&ROLES))),
        4..7 => Change::Bind(binding(tape)),
        7 => Change::Unbind(id(tape.one(&["alice", "bob", "a0", "a1", "a2", "b"]))),
        8..10 => Change::Delegate(delegation(tape)),
        10 => Change::PutResource(Resource { uri: id(tape.one(&RESOURCES)), scopes: listed(tape) }),
        11 => Change::RemoveResource(id(tape.one(&RESOURCES))),
        12 => Change::SetDefaultResource((tape.below(2) == 0).then(|| id(tape.one(&RESOURCES)))),
        _ => Change::Revoke(target(tape)),
    }
}

fn agent(tape: &mut Tape<'_>) -> Agent {
    let client = tape.one(&AGENTS);
    Agent {
        acting: tape.one(&[MayAct::Either, MayAct::ForPerson, MayAct::Alone]),
        allowed_scopes: patterns(tape),
        max_lifetime_seconds: tape.one(&[600_u32, 20, 1]).try_into().unwrap(),
        resources: resources(tape),
        mode: tape.one(&[ScopeMode::Narrow, ScopeMode::Exact]),
        status: tape.one(&[Status::Active, Status::Active, Status::Suspended, Status::Revoked]),
        ..plain(client)
    }
}

fn binding(tape: &mut Tape<'_>) -> Binding {
    let name = tape.one(&["b", "c", "alice", "a0", "a1"]);
    let subject = match tape.below(4) {
        0 => Subject::User(id(tape.one(&PEOPLE))),
        1 => Subject::Agent(id(tape.one(&AGENTS))),
        // What may be changed: the founding ones say whose they are.
        _ if name.starts_with('a') && name != "alice" => Subject::Agent(id(name)),
        _ => Subject::User(id("alice")),
    };
    let resource = (tape.below(4) == 3).then(|| id(tape.one(&RESOURCES)));
    Binding { id: id(name), subject, role: id(tape.one(&ROLES)), window: window(tape), resource }
}

fn delegation(tape: &mut Tape<'_>) -> Delegation {
    let (name, person) = (tape.one(&["d0", "d1", "d2"]), tape.one(&["alice", "alice", "bob"]));
    let onward = AGENTS.into_iter().filter(|_| tape.below(4) > 0).map(id).collect();
    Delegation {
        agent: id(tape.one(&["a0", "a0", "a1", "a2"])),
        scopes: NonEmptySet::new(some(tape)).unwrap(),
        resources: resources(tape),
        onward,
        max_depth: tape.one(&[2, 8, 1, 0, 9]),
        window: window(tape),
        ..granted(name, person)
    }
}

fn target(tape: &mut Tape<'_>) -> Target {
    match tape.below(9) {
        0..4 => Target::Token(token(tape.below(8) as u64)),
        4 | 5 => Target::Delegation(id(tape.one(&["d0", "d1", "d2"]))),
        6 => Target::Agent(id(tape.one(&AGENTS))),
        7 => Target::Person(id(tape.one(&PEOPLE))),
        _ => Target::Tenant,
    }
}

fn window(tape: &mut Tape<'_>) -> Window {
    let (from, to) =
        tape.one(&[(None, None), (None, Some(10)), (Some(0), Some(400)), (Some(60), None), (None, Some(1))]);
    Window::new(from.map(|seconds| NOW.plus(seconds)), to.map(|seconds| NOW.plus(seconds))).unwrap()
}

fn some(tape: &mut Tape<'_>) -> Vec<Scope> {
    let chosen = 1 + tape.below(7);
    SCOPES.into_iter().enumerate().filter(|(n, _)| chosen >> n & 1 == 1).map(|(_, name)| id(name)).collect()
}

pub(super) fn requested(tape: &mut Tape<'_>) -> ScopeSet {
    ScopeSet::new(some(tape)).unwrap()
}

fn patterns(tape: &mut Tape<'_>) -> NonEmptySet<ScopePattern> {
    let of = [["s:*", "s:*"], ["s:*", "t"], ["s:a", "s:a"], ["s:b", "t"], ["t:*", "s:a:*"]];
    NonEmptySet::new(tape.one(&of).map(id)).unwrap()
}

fn listed(tape: &mut Tape<'_>) -> Allow<Scope> {
    if tape.below(2) == 0 { Allow::Any } else { Allow::Only(NonEmptySet::new(some(tape)).unwrap()) }
}

fn resources(tape: &mut Tape<'_>) -> Allow<ResourceId> {
    match tape.below(4) {
        0 | 1 => Allow::Any,
        2 => Allow::Only(NonEmptySet::new(RESOURCES.map(id)).unwrap()),
        _ => Allow::Only(NonEmptySet::of(id(tape.one(&RESOURCES)))),
    }
}

pub(super) fn for_person(tape: &mut Tape<'_>) -> Acting {
    let delegation = match tape.below(4) {
        0 | 1 => None,
        2 => Some("d0"),
        _ => Some(tape.one(&["d1", "d2", "d-unknown"])),
    };
    Acting::For { person: id(tape.one(&["alice", "alice", "bob"])), delegation: delegation.map(id) }
}

pub(super) fn confirmation(tape: &mut Tape<'_>) -> Option<Confirmation> {
    (tape.below(3) == 2).then(|| Confirmation::X5tS256(Thumbprint::from_bytes([tape.below(2) as u8; 32])))
}

/// As its holder would present it.
pub(super) fn presented(grant: &Grant) -> Presented {
    match grant.confirmation {
        Some(Confirmation::X5tS256(thumbprint)) => Presented::Certificate(thumbprint),
        _ => Presented::Bearer,
    }
}

pub(super) fn replay(tape: &mut Tape<'_>, now: UnixTime) -> Vec<ReplayKey> {
    let key = |n: usize| ReplayKey { digest: [n as u8; 32], keep_until: now.plus(1_000_000) };
    match tape.below(6) {
        0..4 => Vec::new(),
        4 => vec![key(tape.below(4))],
        _ => vec![key(tape.below(4)), key(tape.below(4))],
    }
}

/// The token as the parent of another.
pub(super) fn parent(grant: &Grant) -> Parent {
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
