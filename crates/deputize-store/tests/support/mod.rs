//! Random changes over a handful of ids, so that they collide: what is there, what was removed, what
//! belongs to another, what is still used.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a generator that makes what does not parse is a broken test"
)]
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of this")]

pub(crate) mod issuing;
pub(crate) mod log;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;

use deputize_core::{
    Actor, Agent, Allow, Binding, Change, Delegation, DelegationStatus, MayAct, NonEmptySet, ParseError, Resource,
    Role, ScopeMode, Status, Subject, Target, TokenId, UnixTime, Window,
};
use proptest::prelude::*;

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds).unwrap()
}

pub(crate) fn id<T: std::str::FromStr<Err = ParseError>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn token(n: u8) -> TokenId {
    TokenId::v7(at(1_000), [n; 10])
}

pub(crate) fn client() -> impl Strategy<Value = String> {
    (0..3).prop_map(|n| format!("agent-{n}"))
}

pub(crate) fn person() -> impl Strategy<Value = String> {
    (0..3).prop_map(|n| format!("person-{n}"))
}

fn resource() -> impl Strategy<Value = String> {
    (0..3).prop_map(|n| format!("https://r{n}.example"))
}

fn role() -> impl Strategy<Value = String> {
    (0..2).prop_map(|n| format!("role-{n}"))
}

fn resources() -> impl Strategy<Value = Allow<deputize_core::ResourceId>> {
    prop_oneof![
        2 => Just(Allow::Any),
        1 => prop::collection::vec(resource(), 1..3)
            .prop_map(|uris| Allow::Only(NonEmptySet::new(uris.iter().map(|uri| id(uri))).unwrap())),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    let bounds = (prop::option::of(990..1_002_u64), prop::option::of(999..1_010_u64));
    bounds.prop_map(|(from, to)| Window::new(from.map(at), to.map(at)).unwrap_or(Window::ALWAYS))
}

fn patterns() -> impl Strategy<Value = NonEmptySet<deputize_core::ScopePattern>> {
    let pattern = prop::sample::select(vec!["a:*", "a:read", "a:write", "b:read"]);
    prop::collection::vec(pattern, 1..3).prop_map(|texts| NonEmptySet::new(texts.iter().map(|p| id(p))).unwrap())
}

fn agent() -> impl Strategy<Value = Agent> {
    let acting = prop::sample::select(vec![MayAct::Alone, MayAct::ForPerson, MayAct::Either, MayAct::Either]);
    let status = prop::sample::select(vec![Status::Active, Status::Active, Status::Suspended]);
    let mode = prop::sample::select(vec![ScopeMode::Narrow, ScopeMode::Exact]);
    // Some want a SPIFFE ID that is another's.
    (client(), 0..4_u8, acting, patterns(), resources(), mode, status).prop_map(
        |(client, spiffe, acting, allowed_scopes, resources, mode, status)| Agent {
            spiffe_id: match spiffe {
                0 => id("spiffe://acme/agent/shared"),
                _ => id(&format!("spiffe://acme/agent/{client}")),
            },
            client_id: id(&client),
            acting,
            allowed_scopes,
            max_lifetime_seconds: 600.try_into().unwrap(),
            resources,
            mode,
            status,
        },
    )
}

fn binding() -> impl Strategy<Value = Binding> {
    let subject = prop_oneof![
        client().prop_map(|client| Subject::Agent(id(&client))),
        person().prop_map(|person| Subject::User(id(&person))),
    ];
    (0..5_u8, subject, role(), window(), prop::option::weighted(0.3, resource())).prop_map(
        |(n, subject, role, window, resource)| Binding {
            id: id(&format!("b{n}")),
            subject,
            role: id(&role),
            window,
            resource: resource.map(|uri| id(&uri)),
        },
    )
}

pub(crate) fn delegation() -> impl Strategy<Value = Delegation> {
    let status =
        prop::sample::select(vec![DelegationStatus::Active, DelegationStatus::Active, DelegationStatus::Revoked]);
    let onward = prop::collection::btree_set(client(), 0..3);
    (0..4_u8, person(), client(), resources(), onward, 0..10_u8, window(), status).prop_map(
        |(n, person, client, resources, onward, max_depth, window, status)| Delegation {
            id: id(&format!("d{n}")),
            delegator: id(&person),
            agent: id(&client),
            scopes: NonEmptySet::new(["a:read", "b:read"].map(id)).unwrap(),
            purpose: "a test".into(),
            resources,
            onward: onward.iter().map(|client| id(client)).collect(),
            max_depth,
            window,
            status,
        },
    )
}

/// One change; those that build come more often than those that end.
pub(crate) fn change() -> impl Strategy<Value = Change> {
    let target = prop_oneof![
        4 => (0..4_u8).prop_map(|n| Target::Delegation(id(&format!("d{n}")))),
        2 => (0..3_u8).prop_map(|n| Target::Token(token(n))),
        2 => client().prop_map(|client| Target::Agent(id(&client))),
        2 => person().prop_map(|person| Target::Person(id(&person))),
        1 => Just(Target::Tenant),
    ];
    prop_oneof![
        6 => agent().prop_map(Change::PutAgent),
        4 => (role(), patterns()).prop_map(|(name, permissions)| Change::PutRole(Role { name: id(&name), permissions })),
        2 => role().prop_map(|name| Change::RemoveRole(id(&name))),
        8 => binding().prop_map(Change::Bind),
        2 => (0..5_u8).prop_map(|n| Change::Unbind(id(&format!("b{n}")))),
        8 => delegation().prop_map(Change::Delegate),
        4 => resource().prop_map(|uri| Change::PutResource(Resource { uri: id(&uri), scopes: Allow::Any })),
        2 => resource().prop_map(|uri| Change::RemoveResource(id(&uri))),
        1 => prop::option::of(resource()).prop_map(|uri| Change::SetDefaultResource(uri.map(|uri| id(&uri)))),
        4 => target.prop_map(Change::Revoke),
    ]
}

pub(crate) fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        16 => Just(Actor::Operator(id("olga"))),
        2 => person().prop_map(|person| Actor::Person(id(&person))),
        1 => client().prop_map(|client| Actor::Agent(id(&client))),
    ]
}

/// A tenant to begin with, so that what comes at random finds something.
pub(crate) fn founding() -> Vec<Change> {
    let mut changes = Vec::new();
    for n in 0..3 {
        changes.push(Change::PutResource(Resource { uri: id(&format!("https://r{n}.example")), scopes: Allow::Any }));
    }
    for name in ["role-0", "role-1"] {
        changes.push(Change::PutRole(Role { name: id(name), permissions: NonEmptySet::of(id("a:*")) }));
    }
    for n in 0..2 {
        changes.push(Change::PutAgent(Agent {
            client_id: id(&format!("agent-{n}")),
            spiffe_id: id(&format!("spiffe://acme/agent/agent-{n}")),
            acting: MayAct::Either,
            allowed_scopes: NonEmptySet::of(id("a:*")),
            max_lifetime_seconds: 600.try_into().unwrap(),
            resources: Allow::Any,
            mode: ScopeMode::Narrow,
            status: Status::Active,
        }));
    }
    changes
}
