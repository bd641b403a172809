//! Configurations of every shape, by random changes over few names, so that they meet often.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a failure of the generator")]

use deputize_core::{
    Actor, Agent, Allow, Binding, Change, Configuration, Delegation, DelegationStatus, MayAct, NonEmptySet, Resource,
    Role, ScopeMode, Status, Subject, Target, UnixTime, Window,
};
use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::*,
    sample::select,
};

/// A configuration that changes led to: those that were refused left nothing.
pub(crate) fn configurations() -> impl Strategy<Value = Configuration> {
    vec(changes(), 0..60).prop_map(|changes| {
        let mut config = Configuration::new("acme.example".parse().unwrap());
        let operator = Actor::Operator("olga".parse().unwrap());
        for change in changes {
            let _ = config.apply(&operator, &change);
        }
        config
    })
}

/// Any change; to revoke the tenant is rare, for it is the last.
pub(crate) fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => resource().prop_map(Change::PutResource),
        6 => role().prop_map(Change::PutRole),
        6 => agent().prop_map(Change::PutAgent),
        8 => binding().prop_map(Change::Bind),
        8 => delegation().prop_map(Change::Delegate),
        1 => id(ROLES).prop_map(Change::RemoveRole),
        1 => id(RESOURCES).prop_map(Change::RemoveResource),
        2 => option::of(id(RESOURCES)).prop_map(Change::SetDefaultResource),
        2 => id(IDS).prop_map(Change::Unbind),
        1 => (any::<u64>(), any::<[u8; 10]>())
            .prop_map(|(secs, random)| Change::Revoke(Target::Token(token(secs, random)))),
        1 => id(IDS).prop_map(|id| Change::Revoke(Target::Delegation(id))),
        1 => id(AGENTS).prop_map(|id| Change::Revoke(Target::Agent(id))),
        1 => id(PEOPLE).prop_map(|id| Change::Revoke(Target::Person(id))),
        1 => (0..20).prop_map(|dice| match dice {
            0 => Change::Revoke(Target::Tenant),
            _ => Change::SetDefaultResource(None),
        }),
    ]
}

fn resource() -> impl Strategy<Value = Resource> {
    (id(RESOURCES), allow(SCOPES)).prop_map(|(uri, scopes)| Resource { uri, scopes })
}

fn role() -> impl Strategy<Value = Role> {
    (id(ROLES), set(PATTERNS)).prop_map(|(name, permissions)| Role { name, permissions })
}

fn agent() -> impl Strategy<Value = Agent> {
    (
        id(AGENTS),
        id(SPIFFE_IDS),
        select(vec![MayAct::Alone, MayAct::ForPerson, MayAct::Either]),
        set(PATTERNS),
        prop_oneof![Just(1), Just(u32::MAX), 1..u32::MAX],
        allow(RESOURCES),
        select(vec![ScopeMode::Narrow, ScopeMode::Exact]),
        select(vec![Status::Active, Status::Active, Status::Suspended, Status::Revoked]),
    )
        .prop_map(|(client_id, spiffe_id, acting, allowed_scopes, lifetime, resources, mode, status)| Agent {
            client_id,
            spiffe_id,
            acting,
            allowed_scopes,
            max_lifetime_seconds: lifetime.try_into().unwrap(),
            resources,
            mode,
            status,
        })
}

fn binding() -> impl Strategy<Value = Binding> {
    let subject = prop_oneof![id(AGENTS).prop_map(Subject::Agent), id(PEOPLE).prop_map(Subject::User)];
    (id(IDS), subject, id(ROLES), window(), option::of(id(RESOURCES)))
        .prop_map(|(id, subject, role, window, resource)| Binding { id, subject, role, window, resource })
}

fn delegation() -> impl Strategy<Value = Delegation> {
    let onward = btree_set(id(AGENTS), 0..3);
    let status = select(vec![DelegationStatus::Active, DelegationStatus::Active, DelegationStatus::Revoked]);
    (id(IDS), id(PEOPLE), id(AGENTS), set(SCOPES), purpose(), allow(RESOURCES), onward, 0..=8_u8, window(), status)
        .prop_map(|(id, delegator, agent, scopes, purpose, resources, onward, max_depth, window, status)| Delegation {
            id,
            delegator,
            agent,
            scopes,
            purpose,
            resources,
            onward,
            max_depth,
            window,
            status,
        })
}

/// Any text, control characters and quotes above all.
fn purpose() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[\\x00-\\x7f\\PC]{0,40}", "[\"'\\\\\n\r\t#\u{7f}\u{85}\u{2028}]{0,8}"]
}

fn window() -> impl Strategy<Value = Window> {
    let times = [0, 1, 951_827_459, 1_893_456_000, UnixTime::MAX.as_secs()].map(|s| UnixTime::from_secs(s).unwrap());
    let bound = option::of(select(times.to_vec()));
    (bound.clone(), bound).prop_filter_map("a window is not empty", |(from, to)| Window::new(from, to).ok())
}

fn token(secs: u64, random: [u8; 10]) -> deputize_core::TokenId {
    deputize_core::TokenId::v7(UnixTime::from_secs(secs % 1_000_000).unwrap(), random)
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug>(
    names: &'static [&'static str],
) -> impl Strategy<Value = T> + Clone {
    (0..names.len()).prop_map(move |index| names[index].parse().unwrap())
}

fn set<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug + Ord>(
    names: &'static [&'static str],
) -> impl Strategy<Value = NonEmptySet<T>> {
    vec(id(names), 1..4).prop_map(|items| NonEmptySet::new(items).unwrap())
}

fn allow<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug + Ord + Clone>(
    names: &'static [&'static str],
) -> impl Strategy<Value = Allow<T>> {
    prop_oneof![Just(Allow::Any), set(names).prop_map(Allow::Only)]
}

const RESOURCES: &[&str] = &["https://a.example", "https://b.example/x?y=%22", "urn:c"];
const ROLES: &[&str] = &["reader", "writer", "Rôle \"3\" \\ 'x'"];
const AGENTS: &[&str] = &["bot", "bat", "a#\"]='b"];
const SPIFFE_IDS: &[&str] = &["spiffe://acme/a", "spiffe://acme/b", "spiffe://acme/c"];
const PEOPLE: &[&str] = &["alice", "Zoë @ home", "\u{feff}#"];
const IDS: &[&str] = &["1", "2", "3", "4", "five ", "\"six\""];
const SCOPES: &[&str] = &["mail:read", "mail:send", "x", "'#{}[]"];
const PATTERNS: &[&str] = &["mail:*", "mail:read", "x", "x::*", "'#{}[]"];
