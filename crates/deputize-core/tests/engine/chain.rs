//! Handing on, hop by hop, through the types that it takes: a decision is issued, recorded, held by
//! the next agent as its parent.

use deputize_core::{
    Acting, AgentProof, Allow, ClientId, Configuration, Grant, MayAct, Parent, Question, Recorded, ScopeMode, ScopeSet,
    Status, UnixTime,
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::{
    strategies::{cases_in_all, cases_of},
    support::{AGENTS, Case, Kind, TENANT, Tape, World, at, bound, held, id, now, office, proven, set, token},
};

proptest! {
    #![proptest_config(cases_in_all(150))]

    /// A child's grant ⊆ its parent's, at every depth, though the configuration changes between
    /// two hops; its end is no later; and it keeps the person, the delegation and the whole line.
    #[test]
    fn a_child_is_granted_no_more_than_its_parent(journey in journeys()) {
        for pair in travel(journey).windows(2) {
            let [parent, child] = pair else { unreachable!() };
            for scope in &child.scopes {
                prop_assert!(parent.scopes.contains(scope), "{} was not in {}", scope, parent.scopes);
            }
            prop_assert!(child.expires_at <= parent.expires_at);
            prop_assert_eq!(child.depth, parent.depth + 1);
            prop_assert!(child.depth <= child.max_depth && child.max_depth <= parent.max_depth);
            prop_assert_eq!((&child.tenant, &child.person), (&parent.tenant, &parent.person));
            prop_assert_eq!(&child.delegation, &parent.delegation);
            prop_assert_eq!(child.ancestors.split_last().unwrap(), (&parent.token, parent.ancestors.as_slice()));
            prop_assert_eq!(child.earlier.split_last().unwrap(), (&parent.agent, parent.earlier.as_slice()));
            let (old, new) = (parent.lineage(), child.lineage());
            prop_assert!(new.tokens.starts_with(&old.tokens) && new.tokens.ends_with(&[child.token]));
            prop_assert!(new.agents.starts_with(&old.agents) && new.agents.len() == new.tokens.len());
            prop_assert_eq!((old.tenant, old.person, old.delegation), (new.tenant, new.person, new.delegation));
        }
    }
}

/// Many of the journeys are long ones.
#[test]
fn journeys_reach_every_depth() {
    let mut runner = TestRunner::deterministic();
    let mut reached = [0; 10];
    for _ in 0..150 {
        reached[travel(journeys().new_tree(&mut runner).unwrap().current()).len()] += 1;
    }
    println!("tokens in a chain, none first: {reached:?}");
    assert!(reached[1..].iter().all(|count| *count > 0), "{reached:?}");
    assert!(reached[9] >= 30, "{reached:?}");
}

/// `MAX_DEPTH` binds also where a delegation and a token say more; nothing is added up.
#[test]
fn nine_agents_are_a_chain_and_ten_are_not() {
    let journey = Journey { worlds: vec![wide_open(); 10], wants: vec![scopes(); 10], agents: AGENTS.map(id).into() };
    let chain = travel(journey);
    assert_eq!(chain.iter().map(|grant| grant.depth).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let last = chain.last().unwrap();
    assert_eq!((last.max_depth, last.earlier.len(), last.ancestors.len()), (8, 8, 8));
    assert_eq!(last.lineage().agents, AGENTS[..9].iter().map(|name| id(name)).collect::<Vec<ClientId>>());
}

/// A token of one hop says how many hops are allowed in all: the least of what its parent says and
/// of what the delegation says today.
#[test]
fn hops_that_are_allowed_only_ever_get_fewer() {
    for (of_token, today, allowed) in [(3, 2, 2), (2, 3, 2), (8, 8, 8)] {
        let mut world = office();
        world.delegations[0].max_depth = of_token;
        let root = crate::support::issued(&world, None);
        assert_eq!(root.grant().max_depth, of_token);
        world.delegations[0].max_depth = today;
        let config = world.configuration();
        let question = crate::support::handed_on("summary", held(root.grant()));
        let policy = config.policy(question).unwrap();
        let asked = crate::support::scopes("reports:read");
        let child = policy.decide(&asked, None, now()).unwrap();
        let child = child.issue(AgentProof::assertion(proven("summary")), token(1)).unwrap();
        assert_eq!((child.grant().depth, child.grant().max_depth), (1, allowed));
    }
    let alone = office().configuration().policy(crate::support::alone("research")).unwrap();
    let asked = crate::support::scopes("reports:read");
    let alone = alone.decide(&asked, None, now()).unwrap();
    let alone = alone.issue(AgentProof::assertion(proven("research")), token(0)).unwrap();
    assert_eq!((alone.grant().depth, alone.grant().max_depth), (0, 0), "what acts alone is never handed on");
}

/// The configuration at each hop, what is asked for there, and by whom.
struct Journey {
    worlds: Vec<World>,
    wants: Vec<ScopeSet>,
    agents: Vec<ClientId>,
}

impl std::fmt::Debug for Journey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journey").field("wants", &self.wants).field("worlds", &self.worlds).finish_non_exhaustive()
    }
}

fn journeys() -> impl Strategy<Value = Journey> {
    let tapes = prop::collection::vec(any::<u16>(), 400);
    (tapes, cases_of(Kind::ForPerson)).prop_map(|(tape, case)| journey(Tape::new(tape), &case))
}

/// Out of a case its bounds in time, out of the tape what changes from hop to hop.
fn journey(mut tape: Tape, case: &Case) -> Journey {
    let mut world = wide_open();
    let mut worlds = Vec::new();
    let mut wants = Vec::new();
    for (place, binding) in case.world.bindings.iter().enumerate() {
        let subject = tape.one(&world.bindings).subject;
        let window = binding.window;
        let name = format!("more-{place}");
        world.bindings.push(deputize_core::Binding { window, ..bound(&name, subject) });
    }
    let all: Vec<_> = scopes().iter().cloned().collect();
    for _ in AGENTS {
        wants.push(ScopeSet::new(tape.some(&all, 85)).unwrap());
        match tape.below(24) {
            20 => drop(world.bindings.remove(0)),
            21 => world.delegations[0].scopes = tape.some(&all, 70),
            22 => world.delegations[0].max_depth = u8::try_from(tape.below(9)).unwrap(),
            23 => world.agents[tape.below(10)].status = Status::Suspended,
            19 => world.agents[tape.below(10)].mode = ScopeMode::Exact,
            18 => world.agents[tape.below(10)].max_lifetime_seconds = 30.try_into().unwrap(),
            _ => {}
        }
        worlds.push(world.clone());
    }
    Journey { worlds, wants, agents: AGENTS.map(id).into() }
}

/// Ten agents that may do everything for Alice, and hand it on to each other.
fn wide_open() -> World {
    let office = office();
    let agent = |client: &str| deputize_core::Agent {
        client_id: id(client),
        spiffe_id: id(&format!("spiffe://acme.example/agent/{client}")),
        acting: MayAct::ForPerson,
        allowed_scopes: set("mail:read reports:*"),
        ..office.agents[0].clone()
    };
    let mut delegation = office.delegations[0].clone();
    delegation.scopes = set(&scopes().to_string());
    delegation.agent = id(AGENTS[0]);
    delegation.onward = AGENTS.map(id).into();
    delegation.max_depth = 8;
    delegation.resources = Allow::Only(set("https://api.example https://mail.example"));
    let agents = AGENTS.map(|client| bound(client, deputize_core::Subject::Agent(id(client))));
    let alice = bound("alice", deputize_core::Subject::User(id("alice")));
    World {
        agents: AGENTS.map(agent).into(),
        delegations: vec![delegation],
        bindings: agents.into_iter().chain([alice]).collect(),
        ..office
    }
}

fn scopes() -> ScopeSet {
    "mail:read reports:eu:read reports:list reports:read reports:write".parse().unwrap()
}

/// What each agent of the journey is issued, until one is refused.
fn travel(journey: Journey) -> Vec<Grant> {
    let mut chain: Vec<Grant> = Vec::new();
    for (hop, ((world, wants), agent)) in journey.worlds.iter().zip(&journey.wants).zip(&journey.agents).enumerate() {
        let moment = at(i64::try_from(hop).unwrap());
        let Some(grant) = hand_on(&world.configuration(), chain.last(), agent, wants, moment) else { break };
        chain.push(grant);
    }
    chain
}

fn hand_on(
    config: &Configuration,
    parent: Option<&Grant>,
    agent: &ClientId,
    wants: &ScopeSet,
    moment: UnixTime,
) -> Option<Grant> {
    let acting = match parent {
        None => Acting::For { person: id("alice"), delegation: Some(id("d1")) },
        Some(parent) => Acting::HandedOn(Parent::assertion(held(parent))),
    };
    // Every other hop goes to the other resource, as the delegation lists both.
    let api = id(if parent.is_none_or(|parent| parent.depth % 2 == 1) {
        "https://api.example"
    } else {
        "https://mail.example"
    });
    let question = Question { tenant: id(TENANT), client: agent.clone(), acting, resource: Some(api) };
    let policy = config.policy(question).unwrap();
    let decision = policy.decide(wants, None, moment).unwrap();
    let number = parent.map_or(0, |parent| parent.depth + 1);
    let issuance = decision.issue(AgentProof::assertion(proven(agent.as_str())), token(number)).ok()?;
    let recorded = Recorded::assertion(issuance, moment);
    assert!(recorded.is_signable(moment));
    Some(recorded.grant().clone())
}
