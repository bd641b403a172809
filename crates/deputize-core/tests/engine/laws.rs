//! Laws of the one rule (the design's §4), over (scope, resource) pairs.

use std::collections::BTreeSet;

use deputize_core::{
    Acting, AgentPolicy, Allow, Binding, Configuration, Decision, Gate, MayAct, NonEmptySet, Policy, Question, Rows,
    Scope, ScopeMode, ScopePattern, ScopeSet, Status, Subject, UnixTime, Verdict, Window,
};
use proptest::prelude::*;

use crate::{
    strategies::{cases, cases_in_all},
    support::{Case, World, copy, id, now},
};

proptest! {
    #![proptest_config(cases_in_all(400))]

    /// Granted ⊆ every operand: bound role, allowed scopes, requested scopes, the resource's
    /// scopes, delegation, the person's own authority, parent token.
    #[test]
    fn what_is_granted_is_in_every_operand(case in cases()) {
        let config = case.configuration();
        let Some((granted, _)) = case.decided() else { return Ok(()) };
        let question = &case.question;
        let target = question.target(config.default_resource()).unwrap();
        let agent = config.agent(&question.client).unwrap();
        for scope in &granted {
            let bound = |subject: &Subject| config.bindings_of(subject).any(|binding| {
                let role = config.role(&binding.role).unwrap();
                binding.is_live(target, now()) && role.permissions.iter().any(|pattern| pattern.matches(scope))
            });
            prop_assert!(case.requested.contains(scope));
            prop_assert!(bound(&Subject::Agent(question.client.clone())));
            prop_assert!(agent.allowed_scopes.iter().any(|pattern| pattern.matches(scope)));
            prop_assert!(agent.resources.allows(target));
            prop_assert!(config.resource(target).unwrap().scopes.allows(scope));
            if let Some(person) = question.person() {
                prop_assert!(bound(&Subject::User(person.clone())));
                prop_assert!(config.delegations().any(|d| d.delegator == *person && d.scopes.contains(scope)));
            }
            if let Some(parent) = question.parent() {
                prop_assert!(parent.held().scopes.contains(scope));
            }
        }
    }

    /// Idempotent: asking again, and asking for just what is granted, grants the same until the
    /// same moment.
    #[test]
    fn asking_for_what_is_granted_grants_it(case in cases()) {
        let Some((granted, end)) = case.decided() else { return Ok(()) };
        prop_assert_eq!(case.decided(), Some((granted.clone(), end)));
        let Ok(requested) = ScopeSet::new(granted.iter().cloned()) else { return Ok(()) };
        let again = case.with(requested);
        prop_assert_eq!(again.decided(), Some((granted, end)));
    }

    /// The order of input never matters: of the scopes, of the changes that made the
    /// configuration, and of the rows that a directory found.
    #[test]
    fn the_order_of_input_never_matters(case in cases()) {
        let said = |policy: &Policy, requested: &ScopeSet| {
            policy.decide(requested, case.lifetime, now()).map(|decision| (granted(&decision), decision.end()))
        };
        let config = case.configuration();
        let Ok(policy) = config.policy(copy(&case.question)) else { return Ok(()) };
        let backwards = ScopeSet::new(case.requested.iter().rev().cloned()).unwrap();
        let expected = said(&policy, &case.requested);
        prop_assert_eq!(&said(&policy, &backwards), &expected);
        let mut world = case.world.clone();
        world.agents.reverse();
        world.roles.reverse();
        world.bindings.reverse();
        world.delegations.reverse();
        let policy = world.configuration().policy(copy(&case.question)).unwrap();
        prop_assert_eq!(&said(&policy, &case.requested), &expected);
        let policy = Policy::compile(copy(&case.question), backwards_rows(&config, &case.question)).unwrap();
        prop_assert_eq!(&said(&policy, &case.requested), &expected);
    }

    /// Adding a grant never removes a scope, for a request that names its delegation.
    #[test]
    fn adding_a_grant_never_removes_a_scope(case in cases(), which in 0..ADDITIONS, at in any::<prop::sample::Index>()) {
        let case = case.naming_its_delegation();
        let Some((before, _)) = case.decided() else { return Ok(()) };
        let mut more = case.world.clone();
        add(&mut more, &case, which, at);
        let (after, _) = case.in_world(more).decided().unwrap();
        prop_assert!(after.is_superset(&before), "{:?} lacks some of {:?}", after, before);
    }

    /// Removing a grant never adds a scope, for a request that names its delegation.
    #[test]
    fn removing_a_grant_never_adds_a_scope(case in cases(), which in 0..REMOVALS, at in any::<prop::sample::Index>()) {
        let case = case.naming_its_delegation();
        let Some((before, _)) = case.decided() else { return Ok(()) };
        let mut less = case.world.clone();
        remove(&mut less, &case, which, at);
        let Some((after, _)) = case.in_world(less).decided() else { return Ok(()) };
        prop_assert!(before.is_superset(&after), "{:?} is not in {:?}", after, before);
    }

    /// Every gate that applies follows from the question: `delegation` and `delegator` for a
    /// person, `parent` for a parent, the others always; also where nothing was found.
    #[test]
    fn which_gates_apply_follows_from_the_question(case in cases()) {
        let empty = World { bindings: Vec::new(), delegations: Vec::new(), ..case.world.clone() };
        let (person, parent) = (case.question.person().is_some(), case.question.parent().is_some());
        let Ok(policy) = empty.configuration().policy(copy(&case.question)) else { return Ok(()) };
        let decision = policy.decide(&case.requested, case.lifetime, now()).unwrap();
        for scope in &case.requested {
            for gate in Gate::ALL {
                let applies = match gate {
                    Gate::Delegation | Gate::Delegator => person,
                    Gate::Parent => parent,
                    Gate::Agent | Gate::RoleBinding | Gate::AllowedScopes | Gate::Resource => true,
                };
                prop_assert_eq!(decision.verdict(scope, gate).is_some(), applies);
            }
            prop_assert_eq!(decision.verdict(scope, Gate::RoleBinding), Some(Verdict::Refused));
        }
        prop_assert_eq!(decision.granted().count(), 0);
    }

    /// At every moment before its end a token says only what is still granted; and where an end
    /// is not that of the agent's maximum or of the request, something of it is over then.
    #[test]
    fn a_token_never_outlives_what_justified_it(case in cases()) {
        let case = case.naming_its_delegation();
        let Some((granted, Some(end))) = case.decided() else { return Ok(()) };
        let last = UnixTime::from_secs(end.as_secs() - 1).unwrap();
        prop_assert!(now() <= last);
        let policy = case.configuration().policy(copy(&case.question)).unwrap();
        let asked = ScopeSet::new(granted.iter().cloned()).unwrap();
        let later: BTreeSet<Scope> = policy.decide(&asked, None, last).unwrap().granted().cloned().collect();
        prop_assert_eq!(&later, &granted);
        let cap = now().plus(policy.agent().max_lifetime_seconds.get().min(case.lifetime.unwrap_or(u32::MAX)));
        prop_assert!(end <= cap);
        // A binding that begins later may take over where another ends.
        let waiting = case.world.bindings.iter().any(|binding| binding.window.not_before() > Some(now()));
        if end < cap && !waiting {
            let over: BTreeSet<Scope> = policy.decide(&asked, None, end).unwrap().granted().cloned().collect();
            prop_assert_ne!(&over, &granted);
        }
    }
}

impl Case {
    /// What is granted and until when; nothing where there is no decision.
    pub(crate) fn decided(&self) -> Option<(BTreeSet<Scope>, Option<UnixTime>)> {
        let policy = self.configuration().policy(copy(&self.question)).ok()?;
        let decision = policy.decide(&self.requested, self.lifetime, now()).ok()?;
        Some((granted(&decision), decision.end()))
    }

    fn with(&self, requested: ScopeSet) -> Self {
        Self { world: self.world.clone(), question: copy(&self.question), requested, lifetime: self.lifetime }
    }

    fn in_world(&self, world: World) -> Self {
        Self { world, ..self.with(self.requested.clone()) }
    }

    pub(crate) fn naming_its_delegation(mut self) -> Self {
        if let Acting::For { delegation, .. } = &mut self.question.acting {
            delegation.get_or_insert_with(|| id("d0"));
        }
        self
    }
}

fn granted(decision: &Decision<'_>) -> BTreeSet<Scope> {
    decision.granted().cloned().collect()
}

fn backwards_rows(config: &Configuration, question: &Question) -> Rows {
    let mut rows = config.rows(question).unwrap();
    let mut agent = config.agent_rows(config.agent(&question.client).unwrap());
    agent.bindings.reverse();
    agent.roles.reverse();
    rows.agent = Some(AgentPolicy::compile(agent).unwrap());
    if let Some(person) = &mut rows.person {
        person.bindings.reverse();
        person.roles.reverse();
        person.delegations.reverse();
    }
    if let Some(lineage) = &mut rows.lineage {
        lineage.active_agents.reverse();
        lineage.revoked_tokens.reverse();
    }
    rows
}

const ADDITIONS: usize = 8;

/// Something that only ever grants more.
fn add(world: &mut World, case: &Case, which: usize, at: prop::sample::Index) {
    let patterns = || "files:* mail:* reports:* admin".split(' ').map(id::<ScopePattern>);
    let scopes = || case.requested.iter().cloned();
    match which {
        0 => world.bindings.push(Binding {
            id: id("added"),
            subject: Subject::Agent(case.question.client.clone()),
            role: world.roles[at.index(3)].name.clone(),
            window: Window::ALWAYS,
            resource: None,
        }),
        1 => world.bindings.push(Binding {
            id: id("added"),
            subject: Subject::User(case.question.person().cloned().unwrap_or_else(|| id("alice"))),
            role: world.roles[at.index(3)].name.clone(),
            window: Window::new(None, Some(now().plus(1))).unwrap(),
            resource: None,
        }),
        2 => {
            let role = &mut world.roles[at.index(3)];
            role.permissions = union(role.permissions.iter().cloned(), patterns());
        }
        3 => {
            let agent = &mut world.agents[at.index(3)];
            agent.allowed_scopes = union(agent.allowed_scopes.iter().cloned(), patterns());
        }
        4 => {
            for delegation in &mut world.delegations {
                delegation.scopes = union(delegation.scopes.iter().cloned(), scopes());
            }
        }
        5 => {
            let place = at.index(world.bindings.len());
            world.bindings[place].window = Window::ALWAYS;
        }
        6 => {
            for delegation in &mut world.delegations {
                delegation.max_depth = 8;
                delegation.onward.extend(world.agents.iter().map(|agent| agent.client_id.clone()));
                delegation.window = Window::ALWAYS;
            }
        }
        _ => {
            world.resources.iter_mut().for_each(|resource| resource.scopes = Allow::Any);
            world.agents.iter_mut().for_each(|agent| agent.resources = Allow::Any);
            world.agents.iter_mut().for_each(|agent| agent.acting = MayAct::Either);
            world.agents.iter_mut().for_each(|agent| agent.mode = ScopeMode::Narrow);
        }
    }
}

const REMOVALS: usize = 9;

/// Something that only ever grants less.
fn remove(world: &mut World, case: &Case, which: usize, at: prop::sample::Index) {
    let one = case.requested.iter().nth(at.index(case.requested.len())).unwrap();
    match which {
        0 => drop(world.bindings.remove(at.index(world.bindings.len()))),
        1 => {
            let role = &mut world.roles[at.index(3)];
            role.permissions = without(role.permissions.iter().cloned(), at);
        }
        2 => {
            let agent = &mut world.agents[at.index(3)];
            agent.allowed_scopes = without(agent.allowed_scopes.iter().cloned(), at);
        }
        3 => {
            for delegation in &mut world.delegations {
                delegation.scopes = without(delegation.scopes.iter().cloned(), at);
            }
        }
        4 => drop(world.delegations.remove(at.index(world.delegations.len()))),
        5 => world.agents[at.index(10)].status = Status::Suspended,
        6 => world.revoked_people.extend(case.question.person().cloned()),
        7 => {
            for resource in &mut world.resources {
                let scopes: Vec<Scope> = case.requested.iter().filter(|scope| *scope != one).cloned().collect();
                let scopes = scopes.into_iter().filter(|scope| resource.scopes.allows(scope));
                resource.scopes = Allow::Only(union(scopes, [id("unrelated")]));
            }
        }
        _ => world.revoked_tokens.extend(case.question.parent().and_then(|parent| parent.held().tokens.last())),
    }
}

fn union<T: Ord>(some: impl IntoIterator<Item = T>, more: impl IntoIterator<Item = T>) -> NonEmptySet<T> {
    NonEmptySet::new(some.into_iter().chain(more)).unwrap()
}

/// All but one, and what no scope is called.
fn without<T: Ord + std::str::FromStr<Err: std::fmt::Debug>>(
    of: impl ExactSizeIterator<Item = T>,
    at: prop::sample::Index,
) -> NonEmptySet<T> {
    let out = at.index(of.len());
    let rest = of.enumerate().filter(|(place, _)| *place != out).map(|(_, item)| item);
    union(rest, [id("unrelated")])
}
