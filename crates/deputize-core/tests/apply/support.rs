//! A small configuration, and short words for what goes into it.

use std::{fmt::Debug, str::FromStr};

use deputize_core::{
    Actor, Agent, Allow, ApplyError, Binding, Change, Configuration, Delegation, DelegationStatus, MayAct, NonEmptySet,
    Resource, Role, ScopeMode, Status, Subject, Target, TokenId, Window,
};

pub(crate) const A: &str = "https://a.example";

pub(crate) fn p<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn set<T: FromStr<Err: Debug> + Ord>(items: &str) -> NonEmptySet<T> {
    NonEmptySet::new(items.split(' ').map(p)).unwrap()
}

/// As many as that, all different.
pub(crate) fn many<T: FromStr<Err: Debug> + Ord>(count: usize, prefix: &str) -> NonEmptySet<T> {
    NonEmptySet::new((0..count).map(|n| p(&format!("{prefix}{n}")))).unwrap()
}

pub(crate) fn olga() -> Actor {
    Actor::Operator(p("olga"))
}

pub(crate) fn person(name: &str) -> Actor {
    Actor::Person(p(name))
}

pub(crate) fn role(name: &str, permissions: &str) -> Change {
    Change::PutRole(Role { name: p(name), permissions: set(permissions) })
}

pub(crate) fn resource(uri: &str) -> Change {
    Change::PutResource(Resource { uri: p(uri), scopes: Allow::Any })
}

pub(crate) fn agent(client: &str, spiffe: &str) -> Agent {
    Agent {
        client_id: p(client),
        spiffe_id: p(&format!("spiffe://acme/{spiffe}")),
        acting: MayAct::Either,
        allowed_scopes: set("mail:*"),
        max_lifetime_seconds: 600.try_into().unwrap(),
        resources: Allow::Any,
        mode: ScopeMode::Narrow,
        status: Status::Active,
    }
}

pub(crate) fn binding(id: &str, subject: Subject, role: &str) -> Binding {
    Binding { id: p(id), subject, role: p(role), window: Window::ALWAYS, resource: None }
}

pub(crate) fn bot() -> Subject {
    Subject::Agent(p("bot"))
}

pub(crate) fn user(name: &str) -> Subject {
    Subject::User(p(name))
}

pub(crate) fn delegation(id: &str, delegator: &str, agent: &str) -> Delegation {
    Delegation {
        id: p(id),
        delegator: p(delegator),
        agent: p(agent),
        scopes: set("mail:read"),
        purpose: "report".into(),
        resources: Allow::Any,
        onward: Default::default(),
        max_depth: 0,
        window: Window::ALWAYS,
        status: DelegationStatus::Active,
    }
}

pub(crate) fn token() -> TokenId {
    p("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
}

/// Something of everything: what is called `gone` was revoked or removed.
pub(crate) fn base() -> Configuration {
    let mut config = Configuration::new(p("acme"));
    for change in [
        resource(A),
        resource("urn:used"),
        resource("urn:free"),
        Change::SetDefaultResource(Some(p(A))),
        role("reader", "mail:read"),
        role("free", "x"),
        Change::PutAgent(agent("bot", "bot")),
        Change::PutAgent(agent("bat", "bat")),
        Change::PutAgent(Agent { status: Status::Revoked, ..agent("gone", "gone") }),
        Change::Bind(Binding { resource: Some(p("urn:used")), ..binding("b1", bot(), "reader") }),
        Change::Bind(binding("b2", user("alice"), "reader")),
        Change::Unbind(p("gone")),
        Change::Delegate(delegation("d1", "alice", "bot")),
        Change::Delegate(delegation("gone", "alice", "bot")),
        Change::Revoke(Target::Delegation(p("gone"))),
        Change::Revoke(Target::Person(p("gone"))),
    ] {
        config.apply(&olga(), &change).unwrap();
    }
    config
}

/// The change is refused for this reason, and leaves nothing behind.
#[track_caller]
pub(crate) fn refused(config: &Configuration, actor: &Actor, change: &Change, expected: &ApplyError) {
    let mut after = config.clone();
    assert_eq!(after.apply(actor, change).as_ref(), Err(expected), "{change:?}");
    assert_eq!(after, *config);
    assert_eq!(after.latest(), config.latest());
}

pub(crate) fn missing(kind: &'static str, id: &str) -> ApplyError {
    ApplyError::Missing { kind, id: id.into() }
}

pub(crate) fn retired(kind: &'static str, id: &str) -> ApplyError {
    ApplyError::Retired { kind, id: id.into() }
}

pub(crate) fn conflict(kind: &'static str, id: &str) -> ApplyError {
    ApplyError::Conflict { kind, id: id.into() }
}

pub(crate) fn in_use(kind: &'static str, id: &str) -> ApplyError {
    ApplyError::InUse { kind, id: id.into() }
}

/// Every kind of change, each of which the operator may make.
pub(crate) fn one_of_each() -> Vec<Change> {
    vec![
        resource("urn:new"),
        role("new", "x"),
        Change::PutAgent(agent("new", "new")),
        Change::Bind(binding("new", user("alice"), "reader")),
        Change::Unbind(p("b1")),
        Change::Delegate(delegation("new", "bob", "bot")),
        Change::RemoveRole(p("free")),
        Change::RemoveResource(p("urn:free")),
        Change::SetDefaultResource(None),
        Change::Revoke(Target::Token(token())),
        Change::Revoke(Target::Delegation(p("d1"))),
        Change::Revoke(Target::Agent(p("bot"))),
        Change::Revoke(Target::Person(p("alice"))),
        Change::Revoke(Target::Tenant),
    ]
}
