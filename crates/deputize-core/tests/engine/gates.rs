//! Each condition of each gate by itself: a world where everything is granted, one thing spoilt in
//! it, and exactly the gates that refuse then. What a property finds by luck is found here always.

use deputize_core::{
    Acting, AgentProof, Allow, Binding, Delegation, DelegationStatus, Gate, Held, MayAct, Policy, Question, Rows,
    Status, Window,
};

use crate::support::{
    World, alone, at, for_alice, handed_on, held, id, issued, now, office, proven, scopes, set, token,
};

const READ: &str = "reports:read";
const MAIL: &str = "https://mail.example";

/// The gates that refuse `reports:read`, by their names.
fn refusing(world: &World, question: Question) -> String {
    names(&world.configuration().policy(question).unwrap())
}

fn names(policy: &Policy) -> String {
    let asked = scopes(READ);
    let decision = policy.decide(&asked, None, now()).unwrap();
    let names: Vec<&str> = decision.refused_by(&id(READ)).map(Gate::as_str).collect();
    assert_eq!(names.is_empty(), decision.granted().count() == 1);
    names.join(" ")
}

/// Spoils the world for each way of acting, and compares who refuses.
#[track_caller]
fn spoilt(expected: [&str; 3], spoil: impl Fn(&mut World)) {
    let mut world = office();
    spoil(&mut world);
    assert_eq!(refusing(&world, alone("research")), expected[0], "alone");
    assert_eq!(refusing(&world, for_alice("research")), expected[1], "for a person");
    assert_eq!(refusing(&world, summary(|_| {})), expected[2], "handed on");
}

/// `summary` asks with what `research` was issued in an office where all is well.
fn summary(spoil: impl FnOnce(&mut Held)) -> Question {
    let mut parent = held(issued(&office(), None).grant());
    spoil(&mut parent);
    handed_on("summary", parent)
}

fn binding<'a>(world: &'a mut World, name: &str) -> &'a mut Binding {
    world.bindings.iter_mut().find(|binding| binding.id.as_str() == name).unwrap()
}

fn both_agents(world: &mut World, spoil: impl Fn(&mut Binding)) {
    spoil(binding(world, "b1"));
    spoil(binding(world, "b3"));
}

fn window((from, to): Bounds) -> Window {
    Window::new(from.map(at), to.map(at)).unwrap()
}

type Bounds = (Option<i64>, Option<i64>);

/// Half open: `not_before ≤ now < not_after`.
const WINDOWS: [(Bounds, bool); 10] = [
    ((None, None), true),
    ((Some(-1), None), true),
    ((Some(0), None), true),
    ((Some(1), None), false),
    ((None, Some(-1)), false),
    ((None, Some(0)), false),
    ((None, Some(1)), true),
    ((Some(0), Some(1)), true),
    ((Some(-1), Some(0)), false),
    ((Some(1), Some(2)), false),
];

#[test]
fn all_grant_where_nothing_is_spoilt() {
    spoilt(["", "", ""], |_| {});
}

/// The entry is active and its `acting` allows this way of acting.
#[test]
fn the_agent_gate() {
    for status in [Status::Suspended, Status::Revoked] {
        spoilt(["agent", "agent", "parent"], |world| world.agents[0].status = status);
        spoilt(["", "", "agent"], |world| world.agents[1].status = status);
    }
    let acting = |acting| move |world: &mut World| world.agents.iter_mut().for_each(|agent| agent.acting = acting);
    spoilt(["", "agent", "agent"], acting(MayAct::Alone));
    spoilt(["agent", "", ""], acting(MayAct::ForPerson));
    spoilt(["", "", ""], acting(MayAct::Either));
}

/// A live binding of the agent, not bound to another resource, leads to a role with a pattern that
/// matches.
#[test]
fn the_role_binding_gate() {
    let refused = ["role_binding", "role_binding", "role_binding"];
    for (bounds, holds) in WINDOWS {
        let expected = if holds { ["", "", ""] } else { refused };
        spoilt(expected, |world| both_agents(world, |binding| binding.window = window(bounds)));
    }
    spoilt(refused, |world| world.bindings.retain(|binding| binding.id == id("b2")));
    spoilt(refused, |world| both_agents(world, |binding| binding.resource = Some(id(MAIL))));
    spoilt(["", "", ""], |world| both_agents(world, |binding| binding.resource = Some(id("https://api.example"))));
    spoilt(refused, |world| {
        world.roles.push(deputize_core::Role { name: id("other"), permissions: set("mail:read reports:reader") });
        both_agents(world, |binding| binding.role = id("other"));
    });
    // Another agent's bindings count for that one only.
    spoilt(["", "", "role_binding"], |world| world.bindings.retain(|binding| binding.id != id("b3")));
    spoilt(["role_binding", "role_binding", ""], |world| world.bindings.retain(|binding| binding.id != id("b1")));
}

/// One of the client entry's allowed patterns matches.
#[test]
fn the_allowed_scopes_gate() {
    for (patterns, allowed) in [("reports:*", true), ("reports:read", true), ("reports:reader x", false)] {
        let expected = if allowed { ["", "", ""] } else { ["allowed_scopes"; 3] };
        spoilt(expected, |world| world.agents.iter_mut().for_each(|agent| agent.allowed_scopes = set(patterns)));
    }
}

/// The agent may target the resource, and the resource supports the scope.
#[test]
fn the_resource_gate() {
    let target = |uris: &'static str| {
        move |world: &mut World| world.agents.iter_mut().for_each(|agent| agent.resources = Allow::Only(set(uris)))
    };
    spoilt(["resource"; 3], target(MAIL));
    spoilt(["", "", ""], target("https://api.example https://mail.example"));
    spoilt(["resource"; 3], |world| world.resources[0].scopes = Allow::Only(set("reports:list")));
    spoilt(["", "", ""], |world| world.resources[0].scopes = Allow::Only(set(READ)));
    spoilt(["", "", ""], |world| world.resources[1].scopes = Allow::Only(set("mail:read")));
}

/// The delegation is live, is from this person to this agent (when handed on: names this agent in
/// `onward`), fits the resource, and lists the scope. Where it is not live, the parent is not either.
#[test]
fn the_delegation_gate() {
    fn delegation(world: &mut World) -> &mut Delegation {
        &mut world.delegations[0]
    }
    let none = ["", "delegation", "delegation parent"];
    for (bounds, holds) in WINDOWS {
        let expected = if holds { ["", "", ""] } else { none };
        spoilt(expected, |world| delegation(world).window = window(bounds));
    }
    spoilt(none, |world| world.delegations.clear());
    spoilt(none, |world| delegation(world).status = DelegationStatus::Revoked);
    spoilt(none, |world| delegation(world).delegator = id("bob"));
    spoilt(["", "delegation", ""], |world| delegation(world).agent = id("summary"));
    spoilt(["", "delegation", "delegation"], |world| delegation(world).resources = Allow::Only(set(MAIL)));
    spoilt(["", "delegation", "delegation"], |world| delegation(world).scopes = set("mail:read reports:reader"));
    spoilt(["", "", "delegation"], |world| delegation(world).onward = [id("research")].into());
    spoilt(["", "", "delegation"], |world| delegation(world).onward.clear());
}

/// Named: searched only among those that fit; anything else is as good as none, whatever else the
/// directory found.
#[test]
fn a_named_delegation_is_that_one_or_none() {
    let mut world = office();
    let fits = world.delegations[0].clone();
    let like = |name: &str, person: &str, agent: &str| Delegation {
        id: id(name),
        delegator: id(person),
        agent: id(agent),
        ..fits.clone()
    };
    world.delegations.extend([
        like("d2", "alice", "research"),
        like("to-summary", "alice", "summary"),
        like("of-bob", "bob", "research"),
        Delegation { resources: Allow::Only(set(MAIL)), ..like("for-mail", "alice", "research") },
        Delegation { status: DelegationStatus::Revoked, ..like("revoked", "alice", "research") },
    ]);
    let config = world.configuration();
    for (name, expected) in [
        ("d1", ""),
        ("d2", ""),
        ("to-summary", "delegation"),
        ("of-bob", "delegation"),
        ("for-mail", "delegation"),
        ("revoked", "delegation"),
        ("unknown", "delegation"),
    ] {
        let acting = || Acting::For { person: id("alice"), delegation: Some(id(name)) };
        let question = || Question { acting: acting(), ..for_alice("research") };
        let policy = config.policy(question()).unwrap();
        assert_eq!(names(&policy), expected, "{name}");
        let mut rows = config.rows(&question()).unwrap();
        all_of_alice(&mut rows, &world);
        let policy = Policy::compile(question(), rows).unwrap();
        assert_eq!(names(&policy), expected, "{name}, with more rows");
        let asked = scopes(READ);
        let decision = policy.decide(&asked, None, now()).unwrap();
        let rests_on = expected.is_empty().then(|| id(name));
        assert_eq!(decision.delegation().map(|delegation| delegation.id.clone()), rests_on, "{name}");
    }
    // The parent token names its delegation.
    for (name, expected) in
        [("d1", ""), ("d2", ""), ("to-summary", ""), ("of-bob", "delegation parent"), ("revoked", "delegation parent")]
    {
        let question = || summary(|held| held.delegation = id(name));
        assert_eq!(names(&config.policy(question()).unwrap()), expected, "{name}, handed on");
        let mut rows = config.rows(&question()).unwrap();
        all_of_alice(&mut rows, &world);
        assert_eq!(names(&Policy::compile(question(), rows).unwrap()), expected, "{name}, handed on, with more rows");
    }
}

fn all_of_alice(rows: &mut Rows, world: &World) {
    let of_alice = world.delegations.iter().filter(|delegation| delegation.delegator == id("alice"));
    rows.person.as_mut().unwrap().delegations = of_alice.cloned().collect();
}

/// A live binding of the person, not bound to another resource, leads to a role with a pattern that
/// matches.
#[test]
fn the_delegator_gate() {
    let refused = ["", "delegator", "delegator"];
    for (bounds, holds) in WINDOWS {
        let expected = if holds { ["", "", ""] } else { refused };
        spoilt(expected, |world| binding(world, "b2").window = window(bounds));
    }
    spoilt(refused, |world| world.bindings.retain(|binding| binding.id != id("b2")));
    spoilt(refused, |world| binding(world, "b2").resource = Some(id(MAIL)));
    spoilt(refused, |world| {
        world.roles.push(deputize_core::Role { name: id("other"), permissions: set("mail:read") });
        binding(world, "b2").role = id("other");
    });
    // Of a person that is revoked nothing is left.
    spoilt(["", "delegation delegator", "delegation delegator parent"], |world| {
        world.revoked_people = vec![id("alice")];
    });
    spoilt(["", "", ""], |world| world.revoked_people = vec![id("bob")]);
}

/// The parent token holds the scope, is live with its whole lineage, allows one more hop, and is for
/// this resource or the delegation's `Only` list names this one.
#[test]
fn the_parent_gate() {
    let asks = |spoil: &dyn Fn(&mut Held)| refusing(&office(), summary(spoil));
    assert_eq!(asks(&|_| {}), "");
    assert_eq!(asks(&|held| held.scopes = scopes("reports:list")), "parent");
    assert_eq!(asks(&|held| held.expires_at = at(1)), "");
    assert_eq!(asks(&|held| held.expires_at = at(0)), "parent");
    assert_eq!(asks(&|held| held.agents[0].client_id = id("ghost")), "parent");
    assert_eq!(asks(&|held| held.agents.clear()), "parent");
    assert_eq!(asks(&|held| held.person = id("bob")), "delegation delegator parent");
    // Neither the token's own depth nor what it allows may be exceeded; the delegation allows one.
    for (depth, max_depth, expected) in
        [(0, 1, ""), (0, 8, ""), (0, 0, "parent"), (1, 8, "parent"), (1, 1, "parent"), (255, 255, "parent")]
    {
        assert_eq!(
            asks(&|held| (held.depth, held.max_depth) = (depth, max_depth)),
            expected,
            "hop {depth} of {max_depth}"
        );
    }
    let mut deeper = office();
    deeper.delegations[0].max_depth = 3;
    for (depth, max_depth, expected) in [(2, 8, ""), (3, 8, "parent"), (1, 2, ""), (2, 2, "parent")] {
        let question = summary(|held| (held.depth, held.max_depth) = (depth, max_depth));
        assert_eq!(refusing(&deeper, question), expected, "hop {depth} of {max_depth}, the delegation allows three");
    }
}

/// `MAX_DEPTH` is a bound of its own: it holds against a directory and a token that allow more.
#[test]
fn no_chain_is_longer_than_max_depth() {
    for (depth, expected) in [(7, ""), (8, "parent"), (200, "parent")] {
        let question = || summary(|held| (held.depth, held.max_depth) = (depth, u8::MAX));
        let mut rows = office().configuration().rows(&question()).unwrap();
        rows.person.as_mut().unwrap().delegations[0].max_depth = u8::MAX;
        let policy = Policy::compile(question(), rows).unwrap();
        assert_eq!(names(&policy), expected, "{depth}");
        let asked = scopes(READ);
        let decision = policy.decide(&asked, None, now()).unwrap();
        if let Ok(issuance) = decision.issue(AgentProof::assertion(proven("summary")), token(9)) {
            assert_eq!((issuance.grant().depth, issuance.grant().max_depth), (8, 8));
        }
    }
}

/// Every token and every agent of the chain has to be live: the first, the middle and the last.
#[test]
fn every_part_of_the_lineage_counts() {
    let chain = |held: &mut Held| {
        let another = |client: &str| deputize_core::ChainAgent { client_id: id(client), spiffe_id: None };
        held.agents.extend(["second", "third"].map(another));
        held.tokens = [0, 1, 2].map(token).into();
        (held.depth, held.max_depth) = (2, 8);
    };
    let mut world = office();
    world.delegations[0].max_depth = 8;
    for client in ["second", "third"] {
        let spiffe_id = id(&format!("spiffe://acme.example/agent/{client}"));
        world.agents.push(deputize_core::Agent { client_id: id(client), spiffe_id, ..world.agents[0].clone() });
    }
    assert_eq!(refusing(&world, summary(chain)), "");
    for place in [0, 2, 3] {
        for status in [Status::Suspended, Status::Revoked] {
            let mut world = world.clone();
            world.agents[place].status = status;
            assert_eq!(refusing(&world, summary(chain)), "parent", "agent {place}");
        }
    }
    for number in 0..3 {
        let world = World { revoked_tokens: vec![token(number)], ..world.clone() };
        assert_eq!(refusing(&world, summary(chain)), "parent", "token {number}");
    }
    // RFC 8693 §4.1: `act` tells each actor once, so an agent does not come twice.
    let mut looping = world.clone();
    looping.delegations[0].onward = ["research", "second", "third", "summary"].map(id).into();
    for client in ["research", "second", "third"] {
        let mut parent = held(issued(&office(), None).grant());
        chain(&mut parent);
        let question = handed_on(client, parent);
        looping
            .bindings
            .push(crate::support::bound(&format!("of-{client}"), deputize_core::Subject::Agent(id(client))));
        assert_eq!(refusing(&looping, question), "parent", "{client} again");
    }
}

/// The resource is the parent's, or one that the delegation's `Only` list names: `Any` names none.
#[test]
fn a_token_is_taken_to_another_resource_only_where_the_delegation_names_it() {
    let from_mail = || summary(|held| held.resource = id(MAIL));
    let with = |resources| {
        let mut world = office();
        world.delegations[0].resources = resources;
        refusing(&world, from_mail())
    };
    assert_eq!(with(Allow::Any), "parent");
    assert_eq!(with(Allow::Only(set("https://api.example https://mail.example"))), "");
    assert_eq!(with(Allow::Only(set("https://api.example"))), "");
    assert_eq!(with(Allow::Only(set(MAIL))), "delegation parent");
}
