//! What is handed on, down to two hops: after each a change, the clock or nothing, and the formula over
//! today's world.

use deputize_core::{
    Acting, AgentProof, ChainAgent, Configuration, Grant, Held, Parent, Policy, Proven, ProvenBy, Question,
    QuestionError, Status,
};

use super::{
    choices::{Choices, every},
    first::{alone, count, said},
    formula::{Asked, Said, Token, Way, says},
    tally::Tally,
    world::{A, AB, AGENTS, B, Delegated, Entry, NOW, RESOURCES, SOON, Span, World, at, id, mask, token},
};

fn world(choices: &mut Choices) -> World {
    let mut world = World::OPEN;
    world.bound[1] = choices.of(&[Span::Open, Span::Soon]);
    world.agents[1] = Entry {
        bound: choices.of(&[[Span::Open; 2], [Span::Open, Span::Soon], [Span::Never, Span::Open]]),
        allowed: choices.among(&[B, AB, A], 2),
        lifetime: choices.among(&[600, 20], 1),
        ..Entry::OPEN
    };
    world.agents[2].first_resource_only = choices.among(&[true, false], 1);
    world.delegations[0] = Some(Delegated {
        scopes: choices.among(&[AB, A], 1),
        span: choices.of(&[Span::Open, Span::Soon]),
        onward: choices.among(&[0b110, 0b010, 0b000], 2),
        max_depth: choices.among(&[2, 1, 0], 2),
        only: choices.among(&[None, Some(0b11), Some(0b01)], 2),
        revoked: false,
    });
    world
}

/// What happens between two hops.
#[derive(Debug, Clone, Copy)]
enum Event {
    Nothing,
    Suspend(usize),
    RevokeToken(u8),
    RevokeDelegation,
    RevokePerson,
    RevokeTenant,
    Unbind,
    Narrow,
    NoMoreHops,
}

const EVENTS: [Event; 10] = [
    Event::Nothing,
    Event::Suspend(0),
    Event::RevokeToken(0),
    Event::RevokeDelegation,
    Event::RevokePerson,
    Event::RevokeTenant,
    Event::Unbind,
    Event::Narrow,
    Event::NoMoreHops,
    Event::Suspend(1),
];

impl Event {
    fn on(self, mut world: World) -> World {
        let mut delegated = world.delegations[0].unwrap();
        match self {
            Self::Nothing => {}
            Self::Suspend(agent) => world.agents[agent].status = Status::Suspended,
            Self::RevokeToken(depth) => world.revoked_tokens |= 1 << depth,
            Self::RevokeDelegation => delegated.revoked = true,
            Self::RevokePerson => world.person_revoked = true,
            Self::RevokeTenant => world.revoked = true,
            Self::Unbind => world.bound[0] = Span::Never,
            Self::Narrow => delegated.scopes = A,
            Self::NoMoreHops => delegated.max_depth = 0,
        }
        world.delegations[0] = Some(delegated);
        world
    }
}

/// A token that was issued.
#[derive(Debug, Clone)]
struct Issued {
    grant: Grant,
    token: Token,
}

impl Issued {
    fn parent(&self, tenant: &str) -> Parent {
        let grant = &self.grant;
        Parent::assertion(Held {
            tenant: id(tenant),
            person: grant.person.clone().unwrap(),
            delegation: grant.delegation.clone().unwrap(),
            resource: grant.resource.clone(),
            scopes: grant.scopes.clone(),
            tokens: grant.lineage().tokens,
            agents: grant.earlier.iter().chain([&grant.agent]).cloned().collect::<Vec<ChainAgent>>(),
            depth: grant.depth,
            max_depth: grant.max_depth,
            expires_at: grant.expires_at,
            confirmation: grant.confirmation,
        })
    }
}

fn question(asked: &Asked, parent: Option<&Issued>, tenant_of_parent: &str) -> Question {
    let acting = match parent {
        Some(parent) => Acting::HandedOn(parent.parent(tenant_of_parent)),
        None => Acting::For { person: id("alice"), delegation: None },
    };
    let resource = Some(id(RESOURCES[asked.resource]));
    Question { tenant: id("acme"), client: id(AGENTS[asked.agent]), acting, resource }
}

/// Asks both, and issues what they grant.
fn ask(
    config: &Configuration,
    world: &World,
    asked: &Asked,
    parent: Option<&Issued>,
    tally: &mut Tally,
) -> Option<Issued> {
    let expected = says(world, asked);
    tally.count("questions");
    count(tally, &expected);
    let policy = match config.policy(question(asked, parent, "acme")) {
        Ok(policy) => policy,
        Err(refused) => {
            assert_eq!((refused.error, expected), (QuestionError::TenantRevoked, Said::TenantRevoked));
            return None;
        }
    };
    assert_eq!(said(&policy, asked), expected, "{world:?} {asked:?}");
    let Said::Decided(decided) = expected else { return None };
    let end = decided.end?;
    if let Some(parent) = parent {
        assert!(decided.granted & !parent.token.scopes == 0 && end <= parent.token.end);
        tally.count(if parent.token.depth == 0 { "granted after one hop" } else { "granted after two hops" });
        let foreign = config.policy(question(asked, Some(parent), "other")).unwrap_err();
        assert_eq!(foreign.error, QuestionError::ForeignParent);
    }
    Some(issue(&policy, world, asked, parent, end))
}

fn issue(policy: &Policy, world: &World, asked: &Asked, parent: Option<&Issued>, end: u64) -> Issued {
    let depth = parent.map_or(0, |parent| parent.token.depth + 1);
    let requested = super::world::scopes(asked.scopes);
    let proof = |tenant: &str| {
        AgentProof::assertion(Proven {
            tenant: id(tenant),
            by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
            expires_at: at(asked.now + 300),
            replay: Vec::new(),
            confirmation: None,
        })
    };
    let decide = || policy.decide(&requested, asked.lifetime, at(asked.now)).unwrap();
    assert!(decide().issue(proof("other"), token(depth)).is_err(), "the proof is of another tenant");
    let grant = decide().issue(proof("acme"), token(depth)).unwrap().grant().clone();
    let allowed = world.delegations[0].unwrap().max_depth;
    let issued = Token {
        scopes: mask(&grant.scopes),
        resource: asked.resource,
        agents: parent.map_or(0, |parent| parent.token.agents) | 1 << asked.agent,
        depth,
        max_depth: parent.map_or(allowed, |parent| parent.token.max_depth.min(allowed)),
        end,
    };
    assert_eq!((grant.expires_at, grant.depth, grant.max_depth), (at(end), depth, issued.max_depth));
    assert_eq!((grant.tenant.as_str(), grant.resource.as_str()), ("acme", RESOURCES[asked.resource]));
    assert_eq!(grant.lineage().tokens, (0..=depth).map(token).collect::<Vec<_>>());
    Issued { grant, token: issued }
}

#[test]
fn in_every_small_world_what_is_handed_on_is_what_the_formula_hands_on() {
    let mut tally = Tally::default();
    every(|choices| {
        let yesterday = world(choices);
        let founded = yesterday.configuration("acme");
        let root = Asked {
            agent: 0,
            acting: Way::For(None),
            resource: 0,
            scopes: choices.among(&[AB, A], 1),
            lifetime: None,
            now: NOW,
        };
        tally.count("worlds");
        let Some(first) = ask(&founded, &yesterday, &root, None, &mut tally) else { return };
        every(|choices| {
            let event = choices.among(&EVENTS, 9);
            let now = choices.of(&[NOW, SOON]);
            let today = event.on(yesterday);
            let mut config = founded.clone();
            today.bring(&mut config);
            // Also back to who has it already.
            every(|choices| {
                let agent = choices.of(&[1, 2, 0]);
                let resource = choices.of(&[0, 1]);
                let scopes = choices.among(&[AB, B, A], 2);
                let asked = Asked { agent, acting: Way::HandedOn(first.token), resource, scopes, lifetime: None, now };
                let Some(second) = ask(&config, &today, &asked, Some(&first), &mut tally) else { return };
                let event =
                    choices.of(&[Event::Nothing, Event::Suspend(1), Event::RevokeToken(0), Event::RevokeToken(1)]);
                let today = event.on(today);
                let mut config = config.clone();
                today.bring(&mut config);
                let acting = Way::HandedOn(second.token);
                let asked = Asked { agent: 3 - agent, acting, resource: choices.of(&[0, 1]), scopes: AB, ..asked };
                ask(&config, &today, &asked, Some(&second), &mut tally);
            });
        });
    });
    let each =
        ["granted after one hop", "granted after two hops", "the tenant is revoked", "what justifies it ends first"];
    tally.saw_each_of(each.into_iter().chain([alone(deputize_core::Gate::Parent)]));
}
