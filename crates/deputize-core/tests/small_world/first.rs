//! What nobody handed on: an agent alone, and for a person.

use deputize_core::{
    Acting, Configuration, Gate, MayAct, Outcome, Policy, Question, QuestionError, Rows, RowsError, Scope, ScopeMode,
    Status,
};

use super::{
    choices::{Choices, every},
    formula::{Asked, Decided, Said, Way, says},
    tally::Tally,
    world::{
        A, AB, AGENTS, B, Delegated, Entry, Mask, NOW, RESOURCES, SCOPES, SOON, Span, World, at, id, mask, scopes,
    },
};

const WAYS: [Way; 3] = [Way::Alone, Way::For(None), Way::For(Some(0))];
const SPANS: [Span; 4] = [Span::Never, Span::Open, Span::Soon, Span::Later];

/// A world in which the first agent asks, in this way.
fn world(choices: &mut Choices, way: Way) -> World {
    let mut world = World { roles: choices.of(&[[A, B], [AB, B]]), ..World::OPEN };
    world.agents[0] = Entry {
        bound: [choices.among(&SPANS, 3), choices.among(&SPANS, 3)],
        allowed: choices.among(&[A, AB, B], 2),
        ..Entry::OPEN
    };
    world.supported = choices.among(&[None, Some(A), Some(AB), Some(B)], 1);
    let entry = &mut world.agents[0];
    match choices.of(&[0, 1, 2, 3, 4, 5, 6]) {
        0 => {}
        1 => entry.acting = choices.of(&[MayAct::Alone, MayAct::ForPerson]),
        2 => entry.status = choices.of(&[Status::Suspended, Status::Revoked]),
        3 => entry.mode = ScopeMode::Exact,
        4 => entry.lifetime = 20,
        5 => entry.bound_elsewhere = true,
        _ => world.supported = Some(A),
    }
    if matches!(way, Way::Alone) {
        // Nothing of the person counts: neither all there can be, nor nothing.
        if choices.of(&[false, true]) {
            (world.bound, world.delegations) = ([Span::Never; 2], [None; 2]);
        }
        return world;
    }
    world.bound = [choices.among(&SPANS, 3), choices.among(&[Span::Open, Span::Never, Span::Soon, Span::Later], 2)];
    let first = choices.of(&[None, Some((AB, Span::Open)), Some((A, Span::Soon)), Some((AB, Span::Later))]);
    let delegated = |(scopes, span): (Mask, Span)| Delegated { scopes, span, ..Delegated::OPEN };
    world.delegations = [first.map(delegated), choices.of(&[None, Some(delegated((B, Span::Open)))])];
    if first.is_some() {
        match choices.among(&[0, 1, 2], 1) {
            0 => {}
            1 => world.delegations[0] = world.delegations[0].map(|found| Delegated { revoked: true, ..found }),
            _ => world.delegations[0] = world.delegations[0].map(|found| Delegated { only: Some(2), ..found }),
        }
    }
    world
}

fn question(way: Way) -> Question {
    let delegation = |n: usize| id(&format!("d{n}"));
    Question {
        tenant: id("acme"),
        client: id(AGENTS[0]),
        acting: match way {
            Way::For(named) => Acting::For { person: id("alice"), delegation: named.map(delegation) },
            Way::Alone | Way::HandedOn(_) => Acting::Alone,
        },
        resource: Some(id(RESOURCES[0])),
    }
}

/// What the engine says, in the formula's words.
pub(crate) fn said(policy: &Policy, asked: &Asked) -> Said {
    let requested = scopes(asked.scopes);
    let Ok(decision) = policy.decide(&requested, asked.lifetime, at(asked.now)) else { return Said::Ambiguous };
    let each: Vec<Scope> = SCOPES.map(id).into();
    let refuses = |scope: &Scope, gate| decision.refused_by(scope).any(|refusing| refusing == gate);
    let applies = |gate: &Gate| match gate {
        Gate::Delegation | Gate::Delegator => !matches!(asked.acting, Way::Alone),
        Gate::Parent => matches!(asked.acting, Way::HandedOn(_)),
        Gate::Agent | Gate::RoleBinding | Gate::AllowedScopes | Gate::Resource => true,
    };
    let refused = |gate| (gate, mask(each.iter().filter(|scope| refuses(scope, gate))));
    let granted = mask(decision.granted());
    assert_eq!(decision.outcome() == Outcome::Issued, granted != 0);
    Said::Decided(Decided {
        granted,
        end: decision.end().map(|end| end.as_secs()),
        refused: Gate::ALL.into_iter().filter(applies).map(refused).collect(),
    })
}

pub(crate) fn count(tally: &mut Tally, said: &Said) {
    let decided = match said {
        Said::TenantRevoked => return tally.count("the tenant is revoked"),
        Said::Ambiguous => return tally.count("ambiguous"),
        Said::Decided(decided) => decided,
    };
    tally.count(if decided.granted == 0 { "nothing is granted" } else { "something is granted" });
    if decided.end.is_some_and(|end| end == SOON) {
        tally.count("what justifies it ends first");
    }
    let mut refusing = decided.refused.iter().filter(|(_, mask)| *mask != 0);
    if let (Some((gate, _)), None) = (refusing.next(), refusing.next()) {
        tally.count(alone(*gate));
    } else if decided.granted == 0 && decided.refused.iter().all(|(_, mask)| *mask == 0) {
        tally.count("it would end at once");
    }
}

pub(crate) const fn alone(gate: Gate) -> &'static str {
    match gate {
        Gate::Agent => "refused by agent alone",
        Gate::RoleBinding => "refused by role_binding alone",
        Gate::AllowedScopes => "refused by allowed_scopes alone",
        Gate::Resource => "refused by resource alone",
        Gate::Delegation => "refused by delegation alone",
        Gate::Delegator => "refused by delegator alone",
        Gate::Parent => "refused by parent alone",
    }
}

/// Rows of another tenant, all of them or the agent's half, answer nothing.
fn takes_nothing_of_another_tenant(config: &Configuration, way: Way, theirs: &Rows) {
    let half = config.rows_around(&question(way), theirs.agent.clone());
    for rows in [theirs.clone(), half] {
        let refused = Policy::compile(question(way), rows).unwrap_err();
        assert_eq!(refused.error, QuestionError::Rows(RowsError::Tenant));
    }
}

#[test]
fn in_every_small_world_what_is_granted_is_what_the_formula_grants() {
    let mut tally = Tally::default();
    let other = World::OPEN.configuration("other");
    let theirs = WAYS.map(|way| other.rows(&question(way)).unwrap());
    every(|choices| {
        let at_way = choices.of(&[0, 1, 2]);
        let (way, theirs) = (WAYS[at_way], &theirs[at_way]);
        let world = world(choices, way);
        tally.count("worlds");
        let config = world.configuration("acme");
        let policy = config.policy(question(way)).unwrap();
        takes_nothing_of_another_tenant(&config, way, theirs);
        every(|choices| {
            let asked = Asked {
                agent: 0,
                acting: way,
                resource: 0,
                scopes: choices.of(&[A, B, AB]),
                lifetime: choices.among(&[None, Some(0), Some(10)], 1),
                now: choices.of(&[NOW, SOON]),
            };
            let expected = says(&world, &asked);
            assert_eq!(said(&policy, &asked), expected, "{world:?} {asked:?}");
            tally.count("questions");
            count(&mut tally, &expected);
        });
    });
    let gates = Gate::ALL.into_iter().filter(|gate| *gate != Gate::Parent).map(alone);
    tally.saw_each_of(gates.chain(["something is granted", "ambiguous", "what justifies it ends first"]));
}
