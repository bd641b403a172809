//! What a change does to a configuration, and every reason for which it is refused.
#![expect(clippy::unwrap_used, reason = "a panic here is the failure")]

mod document_support;

use std::{fmt::Debug, str::FromStr};

use deputize_core::{
    Actor, Agent, Allow, ApplyError, Binding, Change, Configuration, Delegation, DelegationStatus, MayAct, NonEmptySet,
    Resource, Revision, Role, ScopeMode, Status, Subject, Target, TokenId, UnixTime, Window, limits,
};
use document_support::{changes, configurations};
use proptest::prelude::*;

const A: &str = "https://a.example";

fn p<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn set<T: FromStr<Err: Debug> + Ord>(items: &str) -> NonEmptySet<T> {
    NonEmptySet::new(items.split(' ').map(p)).unwrap()
}

/// As many as that, all different.
fn many<T: FromStr<Err: Debug> + Ord>(count: usize, prefix: &str) -> NonEmptySet<T> {
    NonEmptySet::new((0..count).map(|n| p(&format!("{prefix}{n}")))).unwrap()
}

fn olga() -> Actor {
    Actor::Operator(p("olga"))
}

fn person(name: &str) -> Actor {
    Actor::Person(p(name))
}

fn role(name: &str, permissions: &str) -> Change {
    Change::PutRole(Role { name: p(name), permissions: set(permissions) })
}

fn resource(uri: &str) -> Change {
    Change::PutResource(Resource { uri: p(uri), scopes: Allow::Any })
}

fn agent(client: &str, spiffe: &str) -> Agent {
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

fn binding(id: &str, subject: Subject, role: &str) -> Binding {
    Binding { id: p(id), subject, role: p(role), window: Window::ALWAYS, resource: None }
}

fn bot() -> Subject {
    Subject::Agent(p("bot"))
}

fn user(name: &str) -> Subject {
    Subject::User(p(name))
}

fn delegation(id: &str, delegator: &str, agent: &str) -> Delegation {
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

fn token() -> TokenId {
    p("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
}

/// Something of everything: what is called `gone` was revoked or removed.
fn base() -> Configuration {
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
fn refused(config: &Configuration, actor: &Actor, change: &Change, expected: &ApplyError) {
    let mut after = config.clone();
    assert_eq!(after.apply(actor, change).as_ref(), Err(expected), "{change:?}");
    assert_eq!(after, *config);
    assert_eq!(after.latest(), config.latest());
}

fn missing(kind: &'static str, id: &str) -> ApplyError {
    ApplyError::Missing { kind, id: id.into() }
}

fn retired(kind: &'static str, id: &str) -> ApplyError {
    ApplyError::Retired { kind, id: id.into() }
}

fn conflict(kind: &'static str, id: &str) -> ApplyError {
    ApplyError::Conflict { kind, id: id.into() }
}

fn in_use(kind: &'static str, id: &str) -> ApplyError {
    ApplyError::InUse { kind, id: id.into() }
}

#[test]
fn each_change_is_refused_for_its_reasons() {
    let config = base();
    let nowhere = Allow::Only(set("urn:none"));
    let d = |id: &str| delegation(id, "alice", "bot");
    for (change, expected) in [
        (Change::PutAgent(Agent { resources: nowhere.clone(), ..agent("new", "n") }), missing("resource", "urn:none")),
        (Change::PutAgent(agent("gone", "gone")), retired("agent", "gone")),
        (Change::PutAgent(Agent { status: Status::Suspended, ..agent("gone", "gone") }), retired("agent", "gone")),
        (Change::PutAgent(agent("new", "bot")), conflict("SPIFFE ID", "spiffe://acme/bot")),
        (Change::PutAgent(agent("bat", "bot")), conflict("SPIFFE ID", "spiffe://acme/bot")),
        // A revoked agent keeps its identity: nobody else becomes it.
        (Change::PutAgent(agent("new", "gone")), conflict("SPIFFE ID", "spiffe://acme/gone")),
        (Change::RemoveRole(p("none")), missing("role", "none")),
        (Change::RemoveRole(p("reader")), in_use("role", "reader")),
        (Change::Bind(binding("new", Subject::Agent(p("none")), "reader")), missing("agent", "none")),
        (Change::Bind(binding("new", bot(), "none")), missing("role", "none")),
        (
            Change::Bind(Binding { resource: Some(p("urn:none")), ..binding("new", bot(), "reader") }),
            missing("resource", "urn:none"),
        ),
        (Change::Bind(binding("gone", bot(), "reader")), retired("binding", "gone")),
        (Change::Bind(binding("new", user("gone"), "reader")), retired("person", "gone")),
        (Change::Bind(binding("b1", user("alice"), "reader")), conflict("binding", "b1")),
        (Change::Bind(binding("b2", user("bob"), "reader")), conflict("binding", "b2")),
        (Change::Delegate(delegation("new", "alice", "none")), missing("agent", "none")),
        (Change::Delegate(Delegation { onward: [p("none")].into(), ..d("new") }), missing("agent", "none")),
        (Change::Delegate(Delegation { resources: nowhere, ..d("new") }), missing("resource", "urn:none")),
        (Change::Delegate(d("gone")), retired("delegation", "gone")),
        (
            Change::Delegate(Delegation { status: DelegationStatus::Revoked, max_depth: 1, ..d("gone") }),
            retired("delegation", "gone"),
        ),
        (Change::Delegate(delegation("new", "gone", "bot")), retired("person", "gone")),
        (Change::Delegate(delegation("d1", "bob", "bot")), conflict("delegation", "d1")),
        (Change::Delegate(delegation("d1", "alice", "bat")), conflict("delegation", "d1")),
        (Change::RemoveResource(p("urn:none")), missing("resource", "urn:none")),
        (Change::RemoveResource(p("urn:used")), in_use("resource", "urn:used")),
        (Change::RemoveResource(p(A)), in_use("resource", A)),
        (Change::SetDefaultResource(Some(p("urn:none"))), missing("resource", "urn:none")),
        (Change::Revoke(Target::Delegation(p("none"))), missing("delegation", "none")),
        (Change::Revoke(Target::Agent(p("none"))), missing("agent", "none")),
    ] {
        refused(&config, &olga(), &change, &expected);
    }
}

#[test]
fn each_reason_has_its_words() {
    for (error, text) in [
        (ApplyError::Forbidden, "this actor may not make this change"),
        (missing("role", "r"), "there is no role `r`"),
        (retired("agent", "a"), "the agent `a` was revoked or removed, for good"),
        (conflict("binding", "b"), "the binding `b` belongs to another"),
        (in_use("resource", "urn:r"), "the resource `urn:r` is still referred to"),
        (ApplyError::Limit { what: "bindings of one subject", max: 7 }, "more than 7 bindings of one subject"),
        (ApplyError::TenantRevoked, "the tenant is revoked"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn an_actor_says_what_they_are() {
    assert_eq!(olga().to_string(), "operator olga");
    assert_eq!(person("alice").to_string(), "person alice");
    assert_eq!(Actor::Agent(p("bot")).to_string(), "agent bot");
    assert_eq!((bot().to_string(), user("alice").to_string()), ("agent bot".into(), "person alice".into()));
}

/// Every kind of change, each of which the operator may make.
fn one_of_each() -> Vec<Change> {
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

#[test]
fn an_operator_may_make_every_change_an_agent_none_and_others_only_delegate() {
    let config = base();
    for change in one_of_each() {
        config.clone().apply(&olga(), &change).unwrap();
        refused(&config, &Actor::Agent(p("bot")), &change, &ApplyError::Forbidden);
        // Not hers: not even the new delegation, which is from bob.
        refused(&config, &person("carol"), &change, &ApplyError::Forbidden);
    }
}

#[test]
fn a_person_changes_only_their_own_delegations() {
    let config = base();
    let renewed = Delegation { scopes: set("mail:send"), ..delegation("d1", "alice", "bot") };
    for change in [
        Change::Delegate(delegation("new", "alice", "bat")),
        Change::Delegate(renewed.clone()),
        Change::Revoke(Target::Delegation(p("d1"))),
    ] {
        config.clone().apply(&person("alice"), &change).unwrap();
        refused(&config, &person("bob"), &change, &ApplyError::Forbidden);
    }
    // Nor is another's id taken over by one's own name, or told from one that is not there.
    let taken = Change::Delegate(delegation("d1", "bob", "bot"));
    refused(&config, &person("bob"), &taken, &ApplyError::Forbidden);
    let none = Change::Revoke(Target::Delegation(p("none")));
    refused(&config, &person("bob"), &none, &ApplyError::Forbidden);
    // To be named as the delegator is not to be the actor.
    refused(&config, &Actor::Agent(p("alice")), &Change::Delegate(renewed), &ApplyError::Forbidden);
    // What the operator is refused, a person is too.
    let gone = Change::Delegate(delegation("gone", "alice", "bot"));
    refused(&config, &person("alice"), &gone, &retired("delegation", "gone"));
    for change in one_of_each().into_iter().filter(|c| !matches!(c, Change::Delegate(_))) {
        if change != Change::Revoke(Target::Delegation(p("d1"))) {
            refused(&config, &person("alice"), &change, &ApplyError::Forbidden);
        }
    }
}

#[test]
fn what_is_so_already_changes_nothing() {
    for change in one_of_each() {
        let mut config = base();
        let first = config.apply(&olga(), &change).unwrap();
        let before = config.clone();
        match change {
            // A token need not be known, so that it was revoked before can't be either.
            Change::Revoke(Target::Token(_)) => {
                assert_eq!(config.apply(&olga(), &change), Ok(first.next()));
            }
            Change::RemoveRole(_) => refused(&config, &olga(), &change, &missing("role", "free")),
            Change::RemoveResource(_) => refused(&config, &olga(), &change, &missing("resource", "urn:free")),
            _ => assert_eq!(config.apply(&olga(), &change), Ok(first), "{change:?}"),
        }
        assert_eq!(config, before);
    }
}

#[test]
fn nothing_changes_in_a_revoked_tenant() {
    let mut config = base();
    config.apply(&olga(), &Change::Revoke(Target::Tenant)).unwrap();
    for change in one_of_each().into_iter().chain(base().changes()) {
        match change {
            Change::Revoke(Target::Tenant) => assert_eq!(config.clone().apply(&olga(), &change), Ok(config.latest())),
            _ => refused(&config, &olga(), &change, &ApplyError::TenantRevoked),
        }
    }
    // Who may not make a change does not learn why else it would be refused.
    refused(&config, &person("bob"), &role("new", "x"), &ApplyError::Forbidden);
}

#[test]
fn what_was_suspended_comes_back_and_what_was_revoked_does_not() {
    let mut config = base();
    let suspended = Agent { status: Status::Suspended, ..agent("bot", "bot") };
    config.apply(&olga(), &Change::PutAgent(suspended)).unwrap();
    assert!(config.revoked().agents.contains(&p("bot")));
    config.apply(&olga(), &Change::PutAgent(agent("bot", "bot"))).unwrap();
    assert!(!config.revoked().agents.contains(&p("bot")));
    config.apply(&olga(), &Change::Revoke(Target::Agent(p("bot")))).unwrap();
    refused(&config, &olga(), &Change::PutAgent(agent("bot", "bot")), &retired("agent", "bot"));
    // An id that was removed while nothing had it is as good as used.
    config.apply(&olga(), &Change::Unbind(p("early"))).unwrap();
    let early = Change::Bind(binding("early", user("alice"), "reader"));
    refused(&config, &olga(), &early, &retired("binding", "early"));
    // The bindings of a revoked person can still be taken away, though not changed.
    config.apply(&olga(), &Change::Revoke(Target::Person(p("alice")))).unwrap();
    let later = Binding { resource: Some(p(A)), ..binding("b2", user("alice"), "reader") };
    refused(&config, &olga(), &Change::Bind(later), &retired("person", "alice"));
    config.apply(&olga(), &Change::Unbind(p("b2"))).unwrap();
    assert_eq!(config.bindings_of(&user("alice")).count(), 0);
}

#[test]
fn a_spiffe_id_is_free_again_once_its_agent_has_another() {
    let mut config = base();
    config.apply(&olga(), &Change::PutAgent(agent("bot", "other"))).unwrap();
    config.apply(&olga(), &Change::PutAgent(agent("new", "bot"))).unwrap();
    let owner = |config: &Configuration, id: &str| config.agent_by_spiffe_id(&p(id)).map(|a| a.client_id.to_string());
    assert_eq!(owner(&config, "spiffe://acme/bot").as_deref(), Some("new"));
    assert_eq!(owner(&config, "spiffe://acme/other").as_deref(), Some("bot"));
    refused(&config, &olga(), &Change::PutAgent(agent("bot", "bot")), &conflict("SPIFFE ID", "spiffe://acme/bot"));
}

#[test]
fn what_is_no_longer_referred_to_can_be_removed() {
    let mut config = base();
    let mut now = |change: Change| config.apply(&olga(), &change).unwrap();
    now(Change::Bind(binding("b1", bot(), "free")));
    now(Change::RemoveResource(p("urn:used")));
    now(Change::Unbind(p("b2")));
    now(Change::RemoveRole(p("reader")));
    now(Change::SetDefaultResource(None));
    let only = |uri: &str| Allow::Only(set(uri));
    now(Change::PutAgent(Agent { resources: only(A), ..agent("bat", "bat") }));
    now(Change::Delegate(Delegation { resources: only("urn:free"), ..delegation("d1", "alice", "bot") }));
    refused(&config, &olga(), &Change::RemoveResource(p(A)), &in_use("resource", A));
    refused(&config, &olga(), &Change::RemoveResource(p("urn:free")), &in_use("resource", "urn:free"));
    refused(&config, &olga(), &Change::RemoveRole(p("free")), &in_use("role", "free"));
    let mut now = |change: Change| config.apply(&olga(), &change).unwrap();
    now(Change::PutAgent(agent("bat", "bat")));
    now(Change::RemoveResource(p(A)));
    now(Change::Delegate(Delegation { resources: Allow::Any, ..delegation("d1", "alice", "bot") }));
    now(Change::RemoveResource(p("urn:free")));
    now(Change::Unbind(p("b1")));
    now(Change::RemoveRole(p("free")));
    assert_eq!((config.resources().count(), config.roles().count(), config.bindings().count()), (0, 0, 0));
}

/// At the bound it is taken, one over it is refused.
#[test]
fn each_limit_is_where_it_says() {
    use limits::*;
    let mut config = base();
    for n in 0..=MAX_LISTED_RESOURCES {
        config.apply(&olga(), &resource(&format!("urn:{n}"))).unwrap();
    }
    for n in 0..=MAX_ONWARD {
        config.apply(&olga(), &Change::PutAgent(agent(&format!("a{n}"), &format!("a{n}")))).unwrap();
    }
    let d = || delegation("new", "bob", "bot");
    let resources = |over: usize| Allow::Only(many(MAX_LISTED_RESOURCES + over, "urn:"));
    let onward = |over: usize| many(MAX_ONWARD + over, "a").into_iter().collect();
    type Row<'a> = (&'static str, usize, &'a dyn Fn(usize) -> Change);
    let rows: [Row<'_>; 9] = [
        ("patterns in allowed scopes", MAX_PATTERNS, &|over| {
            Change::PutAgent(Agent { allowed_scopes: many(MAX_PATTERNS + over, "s"), ..agent("new", "new") })
        }),
        ("listed resources", MAX_LISTED_RESOURCES, &|over| {
            Change::PutAgent(Agent { resources: resources(over), ..agent("new", "new") })
        }),
        ("patterns in a role", MAX_PATTERNS, &|over| {
            Change::PutRole(Role { name: p("new"), permissions: many(MAX_PATTERNS + over, "s") })
        }),
        ("scopes of a resource", MAX_LISTED_SCOPES, &|over| {
            Change::PutResource(Resource {
                uri: p("urn:new"),
                scopes: Allow::Only(many(MAX_LISTED_SCOPES + over, "s")),
            })
        }),
        ("scopes in a delegation", MAX_LISTED_SCOPES, &|over| {
            Change::Delegate(Delegation { scopes: many(MAX_LISTED_SCOPES + over, "s"), ..d() })
        }),
        ("listed resources", MAX_LISTED_RESOURCES, &|over| {
            Change::Delegate(Delegation { resources: resources(over), ..d() })
        }),
        ("agents to hand on to", MAX_ONWARD, &|over| Change::Delegate(Delegation { onward: onward(over), ..d() })),
        ("bytes of purpose", MAX_PURPOSE_BYTES, &|over| {
            Change::Delegate(Delegation { purpose: "p".repeat(MAX_PURPOSE_BYTES + over), ..d() })
        }),
        ("hops (max_depth)", MAX_DEPTH.into(), &|over| {
            Change::Delegate(Delegation { max_depth: MAX_DEPTH + u8::try_from(over).unwrap(), ..d() })
        }),
    ];
    for (what, max, change) in rows {
        config.clone().apply(&olga(), &change(0)).unwrap();
        refused(&config, &olga(), &change(1), &ApplyError::Limit { what, max });
    }
}

#[test]
fn a_subject_and_a_pair_have_their_number() {
    use limits::*;
    let mut config = base();
    for n in 0..MAX_BINDINGS {
        config.apply(&olga(), &Change::Bind(binding(&format!("u{n}"), user("bob"), "reader"))).unwrap();
    }
    for n in 1..MAX_BINDINGS {
        config.apply(&olga(), &Change::Bind(binding(&format!("a{n}"), bot(), "reader"))).unwrap();
    }
    for n in 0..MAX_DELEGATIONS {
        config.apply(&olga(), &Change::Delegate(delegation(&format!("d-{n}"), "bob", "bot"))).unwrap();
    }
    let bindings = ApplyError::Limit { what: "bindings of one subject", max: MAX_BINDINGS };
    refused(&config, &olga(), &Change::Bind(binding("new", user("bob"), "reader")), &bindings);
    refused(&config, &olga(), &Change::Bind(binding("new", bot(), "reader")), &bindings);
    let delegations = ApplyError::Limit { what: "delegations from one person to one agent", max: MAX_DELEGATIONS };
    refused(&config, &olga(), &Change::Delegate(delegation("new", "bob", "bot")), &delegations);
    // Others have their own, what is there can be replaced, and what was removed makes room, though
    // a revoked delegation does not.
    let mut now = |change: Change| config.apply(&olga(), &change);
    now(Change::Bind(binding("other", user("carol"), "reader"))).unwrap();
    now(Change::Bind(binding("u0", user("bob"), "free"))).unwrap();
    now(Change::Unbind(p("u0"))).unwrap();
    now(Change::Bind(binding("new", user("bob"), "reader"))).unwrap();
    now(Change::Delegate(delegation("other", "bob", "bat"))).unwrap();
    now(Change::Delegate(Delegation { max_depth: 1, ..delegation("d-0", "bob", "bot") })).unwrap();
    now(Change::Revoke(Target::Delegation(p("d-0")))).unwrap();
    assert_eq!(now(Change::Delegate(delegation("new", "bob", "bot"))), Err(delegations));
}

/// Which revisions a change moves: the epoch, an agent's, a person's.
#[test]
fn each_change_moves_the_revision_of_what_it_is_about() {
    type Moved = (bool, &'static [&'static str], &'static [&'static str]);
    const EPOCH: Moved = (true, &[], &[]);
    const NOTHING: Moved = (false, &[], &[]);
    const BOT: Moved = (false, &["bot"], &[]);
    const ALICE: Moved = (false, &[], &["alice"]);
    for (change, expected) in [
        (resource("urn:new"), EPOCH),
        (role("new", "x"), EPOCH),
        (role("reader", "x"), EPOCH),
        (Change::RemoveRole(p("free")), EPOCH),
        (Change::RemoveResource(p("urn:free")), EPOCH),
        (Change::SetDefaultResource(None), EPOCH),
        (Change::Revoke(Target::Tenant), EPOCH),
        (Change::PutAgent(Agent { mode: ScopeMode::Exact, ..agent("bot", "bot") }), BOT),
        (Change::PutAgent(agent("new", "new")), (false, &["new"], &[])),
        (Change::Bind(binding("new", bot(), "free")), BOT),
        (Change::Bind(binding("b1", bot(), "free")), BOT),
        (Change::Unbind(p("b1")), BOT),
        (Change::Revoke(Target::Agent(p("bot"))), BOT),
        (Change::Bind(binding("new", user("alice"), "free")), ALICE),
        (Change::Unbind(p("b2")), ALICE),
        (Change::Delegate(delegation("new", "alice", "bot")), ALICE),
        (Change::Revoke(Target::Delegation(p("d1"))), ALICE),
        (Change::Revoke(Target::Person(p("alice"))), ALICE),
        (Change::Revoke(Target::Token(token())), NOTHING),
        (Change::Unbind(p("never")), NOTHING),
    ] {
        let before = base();
        let mut after = before.clone();
        let revision = after.apply(&olga(), &change).unwrap();
        assert_eq!((revision, after.latest()), (before.latest().next(), revision), "{change:?}");
        let (epoch, agents, people) = expected;
        let moved = |old: Revision, new: Revision| {
            assert!(new == old || new == revision, "{change:?}");
            new != old
        };
        assert_eq!(moved(before.epoch(), after.epoch()), epoch, "{change:?}");
        for name in ["bot", "bat", "gone", "new"] {
            let of = |config: &Configuration| config.agent_revision(&p(name));
            assert_eq!(moved(of(&before), of(&after)), agents.contains(&name), "{name} {change:?}");
        }
        for name in ["alice", "bob", "gone"] {
            let of = |config: &Configuration| config.person_revision(&p(name));
            assert_eq!(moved(of(&before), of(&after)), people.contains(&name), "{name} {change:?}");
        }
    }
}

#[test]
fn a_revision_never_repeats() {
    let mut config = Configuration::new(p("acme"));
    let mut seen = vec![config.latest()];
    assert_eq!(config.latest(), Revision::NONE);
    for change in [
        role("r", "x"),
        Change::RemoveRole(p("r")),
        role("r", "x"),
        Change::PutAgent(agent("bot", "bot")),
        Change::Bind(binding("1", bot(), "r")),
        Change::Unbind(p("1")),
        Change::Bind(binding("2", bot(), "r")),
        resource(A),
        Change::RemoveResource(p(A)),
        resource(A),
    ] {
        let revision = config.apply(&olga(), &change).unwrap();
        assert!(seen.iter().all(|old| *old < revision), "{change:?}");
        seen.push(revision);
    }
    assert_eq!(config.agent_revision(&p("bot")).number(), 7);
    assert_eq!((config.epoch(), config.latest().number()), (config.latest(), 10));
}

#[test]
fn equal_by_what_they_hold_whatever_the_way() {
    let mut config = base();
    config.apply(&olga(), &role("new", "x")).unwrap();
    config.apply(&olga(), &Change::RemoveRole(p("new"))).unwrap();
    assert_ne!(config.latest(), base().latest());
    assert_eq!(config, base());
    for change in one_of_each() {
        let mut other = base();
        other.apply(&olga(), &change).unwrap();
        assert_ne!(other, base(), "{change:?}");
    }
    assert_ne!(Configuration::new(p("a")), Configuration::new(p("b")));
}

#[test]
fn what_is_revoked_says_so_by_its_target() {
    let mut config = base();
    for target in [
        Target::Token(token()),
        Target::Delegation(p("d1")),
        Target::Agent(p("bot")),
        Target::Person(p("alice")),
        Target::Tenant,
    ] {
        config.apply(&olga(), &Change::Revoke(target.clone())).unwrap();
        let mut revoked = config.revoked();
        assert!(!revoked.insert(target.clone()), "{target:?} is in the snapshot");
        assert!(!revoked.agents.contains(&p("bat")));
    }
    assert!(!config.delegation(&p("d1")).unwrap().is_live(UnixTime::EPOCH));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changes_rebuild_the_configuration_and_leave_it_as_it_is(config in configurations()) {
        let mut rebuilt = Configuration::new(config.tenant().clone());
        for change in config.changes() {
            let done = rebuilt.apply(&olga(), &change);
            prop_assert!(done.is_ok(), "{change:?} {done:?}");
        }
        prop_assert_eq!(&rebuilt, &config);
        prop_assert_eq!(rebuilt.revoked(), config.revoked());
        let mut again = config.clone();
        for change in config.changes() {
            let before = again.latest();
            match again.apply(&olga(), &change) {
                Ok(revision) if matches!(change, Change::Revoke(Target::Token(_))) => {
                    prop_assert_eq!(revision, before.next());
                }
                Ok(revision) => prop_assert_eq!(revision, before, "{:?}", change),
                Err(error) => {
                    prop_assert_eq!(error, ApplyError::TenantRevoked);
                    prop_assert!(config.revoked().tenant);
                }
            }
        }
        prop_assert_eq!(again, config);
    }

    /// Once a change was refused or made, asking again gives the same; the rest of the
    /// configuration never refers to what is not there.
    #[test]
    fn every_configuration_is_whole(config in configurations(), change in changes()) {
        let mut after = config.clone();
        let first = after.apply(&olga(), &change);
        prop_assert!(first.is_ok() || after == config);
        prop_assert!(after.latest() >= config.latest());
        for binding in after.bindings() {
            prop_assert!(after.role(&binding.role).is_some());
            prop_assert!(binding.resource.as_ref().is_none_or(|uri| after.resource(uri).is_some()));
            prop_assert!(after.removed_bindings().all(|id| *id != binding.id));
            prop_assert!(after.bindings_of(&binding.subject).any(|own| own == binding));
        }
        for delegation in after.delegations() {
            prop_assert!(after.agent(&delegation.agent).is_some());
            prop_assert!(delegation.onward.iter().all(|client| after.agent(client).is_some()));
            prop_assert!(delegation.resources.listed().all(|uri| after.resource(uri).is_some()));
            prop_assert!(after.delegations_between(&delegation.delegator, &delegation.agent).any(|own| own == delegation));
        }
        for agent in after.agents() {
            prop_assert!(agent.resources.listed().all(|uri| after.resource(uri).is_some()));
            prop_assert_eq!(after.agent_by_spiffe_id(&agent.spiffe_id), Some(agent));
        }
        prop_assert!(after.default_resource().is_none_or(|uri| after.resource(uri).is_some()));
    }
}
