//! The end of what may be issued: a token never outlives what justified it.

use deputize_core::{Allow, Held, Question, Role, ScopeMode, Subject, UnixTime, Window};

use crate::support::{World, alone, at, bound, for_alice, handed_on, held, id, issued, now, office, scopes, set};

/// When a token with these scopes would end, in seconds from now.
fn end_of(world: &World, question: Question, asked: &str, lifetime: Option<u32>) -> Option<u64> {
    let policy = world.configuration().policy(question).unwrap();
    let asked = scopes(asked);
    let decision = policy.decide(&asked, lifetime, now()).unwrap();
    assert_eq!(decision.end().is_some(), decision.granted().next().is_some());
    decision.end().map(|end| end.since(now()))
}

fn summary(spoil: impl FnOnce(&mut Held)) -> Question {
    let mut parent = held(issued(&long(), None).grant());
    spoil(&mut parent);
    handed_on("summary", parent)
}

fn until(seconds: i64) -> Window {
    Window::new(None, Some(at(seconds))).unwrap()
}

/// The office, where agents are issued tokens for longer than anything else lasts here.
fn long() -> World {
    let mut world = office();
    world.agents.iter_mut().for_each(|agent| agent.max_lifetime_seconds = 10_000.try_into().unwrap());
    world
}

/// The earliest of the requested lifetime, the agent's maximum, the delegation's end, the parent's
/// end, and the ends of the agent's and of the person's bindings: each by itself, and any two.
#[test]
fn is_the_earliest_of_all_there_are() {
    type Bound = fn(&mut World, &mut Held, &mut Option<u32>, u32);
    let bounds: [(&str, Bound); 6] = [
        ("lifetime", |_, _, lifetime, end| *lifetime = Some(end)),
        ("maximum", |world, _, _, end| world.agents[1].max_lifetime_seconds = end.try_into().unwrap()),
        ("delegation", |world, _, _, end| world.delegations[0].window = until(end.into())),
        ("parent", |_, held, _, end| held.expires_at = now().plus(end)),
        ("agent's binding", |world, _, _, end| world.bindings[2].window = until(end.into())),
        ("person's binding", |world, _, _, end| world.bindings[1].window = until(end.into())),
    ];
    for (one, first) in bounds {
        for (other, second) in bounds {
            let (mut world, mut lifetime) = (long(), None);
            let question = summary(|held| {
                second(&mut world, held, &mut lifetime, 70);
                first(&mut world, held, &mut lifetime, 60);
            });
            assert_eq!(end_of(&world, question, "reports:read", lifetime), Some(60), "{one} before {other}");
        }
    }
    assert_eq!(end_of(&long(), summary(|_| {}), "reports:read", None), Some(10_000));
}

/// Of several bindings that grant a scope the latest end counts, if the binding is live now and
/// counts here.
#[test]
fn is_the_latest_of_the_bindings_that_grant_a_scope() {
    for (person, everywhere, here) in [(false, 50, 60), (false, 60, 50), (true, 50, 60), (true, 60, 50)] {
        let (subject, question) = if person {
            (Subject::User(id("alice")), for_alice("research"))
        } else {
            (Subject::Agent(id("research")), alone("research"))
        };
        let mut world = long();
        world.bindings[usize::from(person)].window = until(everywhere);
        let mut more = |name: &str, window, role: &str, resource: Option<&str>| {
            let mut binding = bound(name, subject.clone());
            (binding.window, binding.role, binding.resource) = (window, id(role), resource.map(id));
            world.bindings.push(binding);
        };
        more("sooner", until(40), "reader", None);
        more("here", until(here), "reader", Some("https://api.example"));
        more("of another role", until(70), "writer", None);
        more("elsewhere", until(80), "reader", Some("https://mail.example"));
        more("not yet", Window::new(Some(at(1)), Some(at(90))).unwrap(), "reader", None);
        more("no more", until(0), "reader", None);
        world.roles.push(Role { name: id("writer"), permissions: set("reports:write") });
        assert_eq!(end_of(&world, question, "reports:read", None), Some(60), "person: {person}, here until {here}");
    }
}

/// Of several scopes the earliest end counts, if the scope is granted.
#[test]
fn is_the_earliest_of_the_scopes_that_are_granted() {
    let mut world = long();
    world.agents[0].allowed_scopes = set("mail:read reports:list reports:read");
    world.roles = ["mail:read", "reports:list", "reports:read reports:write"]
        .map(|patterns| Role { name: id(patterns), permissions: set(patterns) })
        .into();
    world.bindings.clear();
    for (seconds, role) in [(50, "mail:read"), (60, "reports:list"), (70, "reports:read reports:write")] {
        for (name, subject) in [("agent", Subject::Agent(id("research"))), ("person", Subject::User(id("alice")))] {
            let mut binding = bound(&format!("{name} {seconds}"), subject);
            (binding.window, binding.role) = (until(seconds), id(role));
            world.bindings.push(binding);
        }
    }
    for (asked, end) in [
        ("mail:read", 50),
        ("reports:list", 60),
        ("reports:read", 70),
        ("mail:read reports:list reports:read", 50),
        ("reports:list reports:read", 60),
        ("reports:read reports:write", 70),
        ("admin reports:read", 70),
    ] {
        assert_eq!(end_of(&world, alone("research"), asked, None), Some(end), "{asked}");
    }
    // Not delegated, so not granted: when it would end makes no difference.
    world.delegations[0].scopes = set("mail:read reports:read");
    assert_eq!(end_of(&world, for_alice("research"), "reports:list reports:read", None), Some(70));
    world.resources[0].scopes = Allow::Only(set("reports:read"));
    assert_eq!(end_of(&world, for_alice("research"), "mail:read reports:list reports:read", None), Some(70));
}

/// What would end at once is not issued, and what passes every gate is withheld.
#[test]
fn lies_ahead_or_nothing_is_issued() {
    for mode in [ScopeMode::Narrow, ScopeMode::Exact] {
        let mut world = long();
        world.agents[0].mode = mode;
        for question in [alone("research"), for_alice("research")] {
            let policy = world.configuration().policy(question).unwrap();
            let asked = scopes("reports:read");
            let decision = policy.decide(&asked, Some(0), now()).unwrap();
            assert_eq!((decision.granted().count(), decision.withheld().count(), decision.denied().count()), (0, 1, 0));
            assert_eq!(decision.end(), None);
            assert_eq!(policy.decide(&asked, Some(1), now()).unwrap().end(), Some(at(1)));
            // After the last moment there is none.
            assert_eq!(policy.decide(&asked, None, UnixTime::MAX).unwrap().end(), None);
        }
    }
}
