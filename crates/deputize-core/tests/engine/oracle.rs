//! The engine says what the naive evaluator says, in everything.

use std::collections::{BTreeMap, BTreeSet};

use deputize_core::{Gate, UnixTime};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::{
    strategies::{cases, cases_in_all, cases_of},
    support::{Answer, Case, Kind, answer, at, copy, decide, now},
};

proptest! {
    #![proptest_config(cases_in_all(1_500))]

    #[test]
    fn the_engine_says_what_the_naive_evaluator_says(case in cases()) {
        prop_assert_eq!(answer(&case), case.expected());
    }
}

proptest! {
    #![proptest_config(cases_in_all(300))]

    /// A policy is compiled once, and asked at every moment: on every bound, and at both ends of
    /// time.
    #[test]
    fn and_at_every_moment(case in cases()) {
        let Ok(policy) = case.configuration().policy(copy(&case.question)) else { return Ok(()) };
        let near = [-10, -9, -1, 1, 2, 49, 50, 299, 300, 2_000].map(at);
        let last = UnixTime::from_secs(UnixTime::MAX.as_secs() - 1).unwrap();
        for moment in near.into_iter().chain([UnixTime::EPOCH, last, UnixTime::MAX]) {
            let answer = decide(&policy, &case.requested, case.lifetime, moment);
            prop_assert_eq!(answer, case.expected_at(moment), "at {}", moment);
        }
    }
}

/// What the cases are worth: a law that nothing is ever granted under would hold for an engine
/// that always refuses.
#[test]
fn the_cases_are_interesting() {
    const CASES: usize = 900;
    let mut runner = TestRunner::deterministic();
    for kind in Kind::ALL {
        let mut shares: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..CASES {
            let case = cases_of(kind).new_tree(&mut runner).unwrap().current();
            for what in traits(&case) {
                *shares.entry(what).or_default() += 1;
            }
        }
        println!("{kind:?}");
        for (what, count) in &shares {
            println!("  {:5.1} % {what}", 100.0 * *count as f64 / CASES as f64);
        }
        let at_least = |what: &str, percent: usize| {
            let count = shares.get(what).copied().unwrap_or(0);
            assert!(count * 100 >= CASES * percent, "{kind:?}: {what}: {count} of {CASES}");
        };
        at_least("something is granted", 34);
        at_least("something is denied", 50);
        at_least("something is withheld", 3);
        at_least("a window with a bound at this moment", 60);
        at_least("the end is the next second", 3);
        at_least("no answer to the question", 1);
        for gate in Gate::ALL {
            if applies(gate, kind) {
                at_least(gate.as_str(), 5);
                assert!(shares.get(alone_refuses(gate)).is_some_and(|count| *count >= 3), "{kind:?}: {gate} alone");
            }
        }
        match kind {
            Kind::Alone => {}
            Kind::ForPerson => at_least("ambiguous", 3),
            Kind::HandedOn => at_least("granted below three hops", 5),
        }
    }
}

fn applies(gate: Gate, kind: Kind) -> bool {
    match gate {
        Gate::Delegation | Gate::Delegator => kind != Kind::Alone,
        Gate::Parent => kind == Kind::HandedOn,
        Gate::Agent | Gate::RoleBinding | Gate::AllowedScopes | Gate::Resource => true,
    }
}

fn alone_refuses(gate: Gate) -> &'static str {
    match gate {
        Gate::Agent => "only agent",
        Gate::RoleBinding => "only role_binding",
        Gate::AllowedScopes => "only allowed_scopes",
        Gate::Resource => "only resource",
        Gate::Delegation => "only delegation",
        Gate::Delegator => "only delegator",
        Gate::Parent => "only parent",
    }
}

fn traits(case: &Case) -> BTreeSet<&'static str> {
    let mut traits = BTreeSet::new();
    let windows = case.world.bindings.iter().map(|binding| binding.window);
    let mut windows = windows.chain(case.world.delegations.iter().map(|delegation| delegation.window));
    if windows.any(|window| window.not_before() == Some(now()) || window.not_after() == Some(now())) {
        traits.insert("a window with a bound at this moment");
    }
    let decided = match case.expected() {
        Answer::Unanswered(_) => {
            traits.insert("no answer to the question");
            return traits;
        }
        Answer::Ambiguous(_) => {
            traits.insert("ambiguous");
            return traits;
        }
        Answer::Decided(decided) => decided,
    };
    let granted = decided.scopes.iter().any(|scope| scope.granted);
    let depth = case.question.parent().map_or(0, |parent| parent.held().agents.len());
    for (holds, what) in [
        (granted, "something is granted"),
        (granted && depth > 3, "granted below three hops"),
        (decided.scopes.iter().any(|scope| scope.withheld), "something is withheld"),
        (decided.end == Some(now().plus(1)), "the end is the next second"),
        (decided.delegation.is_some(), "a delegation"),
        (decided.scopes.len() > 40, "more than 40 scopes"),
    ] {
        if holds {
            traits.insert(what);
        }
    }
    for scope in &decided.scopes {
        let refusing: Vec<Gate> =
            scope.gates.iter().filter(|(_, grounds)| grounds.is_empty()).map(|(g, _)| *g).collect();
        if !refusing.is_empty() {
            traits.insert("something is denied");
        }
        if let [one] = refusing.as_slice() {
            traits.insert(alone_refuses(*one));
        }
        traits.extend(refusing.iter().map(|gate| gate.as_str()));
    }
    traits
}
