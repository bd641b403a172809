//! Each bound: at it, and one over.

use deputize_core::{Agent, Allow, ApplyError, Change, Delegation, Resource, Role, Target, limits};

use crate::support::*;

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
