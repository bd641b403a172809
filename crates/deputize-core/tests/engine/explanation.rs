//! Laws of explanations: they name only what is there, and it is what the verdict rests on.

use deputize_core::{
    Allow, Configuration, Delegation, DelegationStatus, Gate, Ground, NonEmptySet, Policy, Scope, Status, Verdict,
};
use proptest::prelude::*;

use crate::{
    strategies::{cases, cases_in_all},
    support::{Case, World, copy, id, now},
};

proptest! {
    #![proptest_config(cases_in_all(250))]

    /// An explanation names only configuration that exists, and that says what it is quoted for.
    #[test]
    fn an_explanation_names_only_what_exists(case in cases()) {
        let config = case.configuration();
        each_verdict(&case, |scope, gate, grounds| {
            assert!(!grounds.is_empty(), "{gate} grants {scope} on no grounds");
            for ground in grounds {
                exists(&config, &case, scope, gate, ground);
            }
        });
    }

    /// Removing all that an explanation names flips the verdict.
    #[test]
    fn removing_what_it_names_flips_the_verdict(case in cases()) {
        let case = case.naming_its_delegation();
        each_verdict(&case, |scope, gate, grounds| {
            let mut world = case.world.clone();
            grounds.iter().for_each(|ground| take_away(&mut world, ground));
            let policy = world.configuration().policy(copy(&case.question)).unwrap();
            let decision = policy.decide(&case.requested, None, now()).unwrap();
            assert_eq!(decision.verdict(scope, gate), Some(Verdict::Refused), "{scope} {gate} {grounds:?}");
        });
    }

    /// Each ground is enough by itself: with all others removed, the verdict stands.
    #[test]
    fn each_ground_is_enough(case in cases()) {
        let case = case.naming_its_delegation();
        each_verdict(&case, |scope, gate, grounds| {
            // Two grounds may share a binding, and go together.
            let binding = |ground: &Ground<'_>| match ground {
                Ground::Binding { binding, .. } => Some((*binding).clone()),
                _ => None,
            };
            let Some((kept, others)) = grounds.split_last() else { return };
            let others: Vec<_> =
                others.iter().filter(|other| binding(kept).is_none() || binding(kept) != binding(other)).collect();
            let mut world = case.world.clone();
            others.iter().for_each(|ground| take_away(&mut world, ground));
            let policy = world.configuration().policy(copy(&case.question)).unwrap();
            let decision = policy.decide(&case.requested, None, now()).unwrap();
            assert!(matches!(decision.verdict(scope, gate), Some(Verdict::Granted(_))), "{scope} {gate} {kept:?}");
        });
    }
}

/// Calls `check` with each gate that grants a scope, and its grounds.
fn each_verdict(case: &Case, mut check: impl FnMut(&Scope, Gate, &[Ground<'_>])) {
    let Ok(policy) = case.configuration().policy(copy(&case.question)) else { return };
    let Ok(decision) = Policy::decide(&policy, &case.requested, case.lifetime, now()) else { return };
    for scope in &case.requested {
        for gate in Gate::ALL {
            if let Some(Verdict::Granted(grounds)) = decision.verdict(scope, gate) {
                check(scope, gate, &grounds);
            }
        }
    }
}

fn exists(config: &Configuration, case: &Case, scope: &Scope, gate: Gate, ground: &Ground<'_>) {
    let target = case.question.target(config.default_resource()).unwrap();
    let agent = config.agent(&case.question.client).unwrap();
    match (gate, ground) {
        (Gate::Agent, Ground::Agent(client)) => assert_eq!(**client, agent.client_id),
        (Gate::RoleBinding | Gate::Delegator, Ground::Binding { binding, role, pattern }) => {
            let found = config.bindings().find(|own| own.id == **binding).unwrap();
            assert_eq!(found.role, **role);
            assert!(found.is_live(target, now()));
            assert!(config.role(role).unwrap().permissions.contains(*pattern) && pattern.matches(scope));
        }
        (Gate::AllowedScopes, Ground::AllowedScope(pattern)) => {
            assert!(agent.allowed_scopes.contains(*pattern) && pattern.matches(scope));
        }
        (Gate::Resource, Ground::Resource(uri)) => assert!(*uri == target && config.resource(uri).is_some()),
        (Gate::Delegation, Ground::Delegation(id)) => {
            let found = config.delegation(id).unwrap();
            assert!(found.is_live(now()) && found.scopes.contains(scope));
        }
        (Gate::Parent, Ground::Parent(token)) => {
            assert_eq!(token.as_ref(), case.question.parent().unwrap().held().tokens.last());
        }
        (gate, ground) => unreachable!("{gate} grants on {ground:?}"),
    }
}

fn take_away(world: &mut World, ground: &Ground<'_>) {
    match ground {
        Ground::Agent(client) => {
            let of = world.agents.iter_mut().filter(|agent| agent.client_id == **client);
            of.for_each(|agent| agent.status = Status::Suspended);
        }
        Ground::Binding { binding, .. } => world.bindings.retain(|own| own.id != **binding),
        Ground::AllowedScope(pattern) => {
            for agent in &mut world.agents {
                let rest = agent.allowed_scopes.iter().filter(|own| *own != *pattern).cloned();
                agent.allowed_scopes = NonEmptySet::new(rest.chain([id("unrelated")])).unwrap();
            }
        }
        Ground::Resource(uri) => {
            let of = world.resources.iter_mut().filter(|resource| resource.uri == **uri);
            of.for_each(|resource| resource.scopes = Allow::Only(NonEmptySet::of(id("unrelated"))));
        }
        Ground::Delegation(id) => {
            let of = world.delegations.iter_mut().filter(|delegation: &&mut Delegation| delegation.id == **id);
            of.for_each(|delegation| delegation.status = DelegationStatus::Revoked);
        }
        Ground::Parent(token) => world.revoked_tokens.extend(*token),
    }
}
