//! Deciding allocates nothing, whoever acts: what it costs is bounded by the request.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a failure of the test")]

use std::str::FromStr;

use allocation_counter::{AllocationInfo, measure};
use deputize_core::{
    Acting, Actor, Agent, Allow, Binding, ChainAgent, Change, Configuration, Delegation, Gate, Held, MayAct,
    NonEmptySet, Parent, Policy, Question, Resource, Role, Scope, ScopePattern, ScopeSet, Subject, TokenId, UnixTime,
    Window,
};

/// 64 scopes: every other one is granted, and every fourth refused by all.
#[test]
fn a_decision_allocates_nothing_whoever_acts() {
    let requested = ScopeSet::new(scopes()).unwrap();
    assert_eq!(requested.len(), 64);
    for policy in policies() {
        let info = measure(|| {
            let decision = policy.decide(&requested, Some(60), now()).unwrap();
            let granted = decision.granted().count();
            let refused: usize = decision.denied().map(|scope| decision.refused_by(scope).count()).sum();
            let bound_to = decision.end().unwrap();
            assert!(granted == 32 && refused >= 32 && decision.withheld().count() == 0 && bound_to == now().plus(60));
        });
        assert_eq!(info, AllocationInfo::default(), "{:?}", policy.question());
    }
}

/// The measurement sees an allocation when there is one: a verdict with its grounds is a list.
#[test]
fn the_measurement_can_fail() {
    let requested = ScopeSet::new(scopes()).unwrap();
    let scope = requested.iter().next().unwrap();
    for policy in policies() {
        let decision = policy.decide(&requested, None, now()).unwrap();
        let info = measure(|| drop(decision.verdict(scope, Gate::Resource)));
        assert_eq!((info.count_total, info.count_current), (1, 0));
        assert!(measure(|| drop(decision.report())).count_total > 64);
    }
}

fn policies() -> [Policy; 3] {
    let config = configuration();
    let for_alice = Acting::For { person: id("alice"), delegation: None };
    [(Acting::Alone, "first"), (for_alice, "first"), (Acting::HandedOn(parent()), "second")].map(|(acting, client)| {
        let question = Question { tenant: id("acme"), client: id(client), acting, resource: Some(id(API)) };
        config.policy(question).unwrap()
    })
}

fn configuration() -> Configuration {
    let mut config = Configuration::new(id("acme"));
    let bind = |name: &str, subject, role: &str| {
        Change::Bind(Binding { id: id(name), subject, role: id(role), window: Window::ALWAYS, resource: None })
    };
    let changes = [
        Change::PutResource(Resource { uri: id(API), scopes: Allow::Any }),
        Change::PutRole(Role { name: id("even"), permissions: even() }),
        Change::PutRole(Role { name: id("wide"), permissions: NonEmptySet::of(id("even:*")) }),
        Change::PutAgent(agent("first")),
        Change::PutAgent(agent("second")),
        bind("b1", Subject::Agent(id("first")), "even"),
        bind("b2", Subject::Agent(id("second")), "wide"),
        bind("b3", Subject::User(id("alice")), "even"),
        bind("b4", Subject::User(id("alice")), "wide"),
        Change::Delegate(Delegation {
            id: id("d1"),
            delegator: id("alice"),
            agent: id("first"),
            scopes: NonEmptySet::new(scopes()).unwrap(),
            purpose: String::new(),
            resources: Allow::Any,
            onward: [id("second")].into(),
            max_depth: 8,
            window: Window::ALWAYS,
            status: Default::default(),
        }),
    ];
    for change in changes {
        config.apply(&Actor::Operator(id("olga")), &change).unwrap();
    }
    config
}

fn agent(client: &str) -> Agent {
    Agent {
        client_id: id(client),
        spiffe_id: id(&format!("spiffe://acme/{client}")),
        acting: MayAct::Either,
        allowed_scopes: NonEmptySet::new([id("even:*"), id("odd:a:*")]).unwrap(),
        max_lifetime_seconds: 600.try_into().unwrap(),
        resources: Allow::Any,
        mode: Default::default(),
        status: Default::default(),
    }
}

fn parent() -> Parent {
    Parent::assertion(Held {
        tenant: id("acme"),
        person: id("alice"),
        delegation: id("d1"),
        resource: id(API),
        scopes: ScopeSet::new(scopes()).unwrap(),
        tokens: vec![TokenId::v7(now(), [1; 10])],
        agents: vec![ChainAgent { client_id: id("first"), spiffe_id: None }],
        depth: 0,
        max_depth: 8,
        expires_at: now().plus(300),
        confirmation: None,
    })
}

const API: &str = "https://api.example";

fn scopes() -> impl Iterator<Item = Scope> {
    (0..64).map(|n| id(&format!("{}:{}:n{n}", ["even", "odd"][n % 2], ["a", "b"][n / 2 % 2])))
}

fn even() -> NonEmptySet<ScopePattern> {
    NonEmptySet::new(scopes().filter(|scope| scope.as_str().starts_with("even")).map(ScopePattern::from)).unwrap()
}

fn now() -> UnixTime {
    UnixTime::from_secs(1_000_000).unwrap()
}

fn id<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}
