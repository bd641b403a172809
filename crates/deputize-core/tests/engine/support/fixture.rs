use deputize_core::{
    Acting, Agent, AgentProof, Allow, Binding, Confirmation, Delegation, Grant, Held, Issuance, MayAct, Parent, Proven,
    ProvenBy, Question, Resource, Role, ScopeSet, Subject, Window,
};

use super::{World, at, case::id, now, parent::token, world::TENANT};

/// Alice lets `research` read reports for her, and hand that on to `summary`.
pub(crate) fn office() -> World {
    World {
        resources: vec![
            Resource { uri: id("https://api.example"), scopes: Allow::Any },
            Resource { uri: id("https://mail.example"), scopes: Allow::Any },
        ],
        roles: vec![Role { name: id("reader"), permissions: set("mail:read reports:*") }],
        agents: vec![entry("research"), entry("summary")],
        bindings: vec![
            bound("b1", Subject::Agent(id("research"))),
            bound("b2", Subject::User(id("alice"))),
            bound("b3", Subject::Agent(id("summary"))),
        ],
        delegations: vec![Delegation {
            id: id("d1"),
            delegator: id("alice"),
            agent: id("research"),
            scopes: set("mail:read reports:read"),
            purpose: "the weekly report".into(),
            resources: Allow::Any,
            onward: [id("summary")].into(),
            max_depth: 1,
            window: Window::ALWAYS,
            status: Default::default(),
        }],
        ..World::default()
    }
}

fn entry(client: &str) -> Agent {
    Agent {
        client_id: id(client),
        spiffe_id: id(&format!("spiffe://acme.example/agent/{client}")),
        acting: MayAct::Either,
        allowed_scopes: set("reports:list reports:read"),
        max_lifetime_seconds: 600.try_into().unwrap(),
        resources: Allow::Any,
        mode: Default::default(),
        status: Default::default(),
    }
}

pub(crate) fn bound(name: &str, subject: Subject) -> Binding {
    Binding { id: id(name), subject, role: id("reader"), window: Window::ALWAYS, resource: None }
}

pub(crate) fn set<T: Ord + std::str::FromStr<Err: std::fmt::Debug>>(words: &str) -> deputize_core::NonEmptySet<T> {
    deputize_core::NonEmptySet::new(words.split(' ').map(id)).unwrap()
}

pub(crate) fn scopes(words: &str) -> ScopeSet {
    words.parse().unwrap()
}

pub(crate) fn alone(client: &str) -> Question {
    asks(client, Acting::Alone)
}

pub(crate) fn for_alice(client: &str) -> Question {
    asks(client, Acting::For { person: id("alice"), delegation: None })
}

pub(crate) fn handed_on(client: &str, held: Held) -> Question {
    asks(client, Acting::HandedOn(Parent::assertion(held)))
}

fn asks(client: &str, acting: Acting) -> Question {
    Question { tenant: id(TENANT), client: id(client), acting, resource: Some(id("https://api.example")) }
}

/// By its SVID, for five minutes, without a key.
pub(crate) fn proven(client: &str) -> Proven {
    Proven {
        tenant: id(TENANT),
        by: ProvenBy::JwtSvid(id(&format!("spiffe://acme.example/agent/{client}"))),
        expires_at: at(300),
        replay: Vec::new(),
        confirmation: None,
    }
}

/// What `research` is issued for Alice in this world, without a key or bound to one.
pub(crate) fn issued(world: &World, confirmation: Option<Confirmation>) -> Issuance {
    let policy = world.configuration().policy(for_alice("research")).unwrap();
    let asked = scopes("reports:read");
    let decision = policy.decide(&asked, None, now()).unwrap();
    decision.issue(AgentProof::assertion(Proven { confirmation, ..proven("research") }), token(0)).unwrap()
}

/// What a verifier makes of the token that says this.
pub(crate) fn held(grant: &Grant) -> Held {
    Held {
        tenant: grant.tenant.clone(),
        person: grant.person.clone().unwrap(),
        delegation: grant.delegation.clone().unwrap(),
        resource: grant.resource.clone(),
        scopes: grant.scopes.clone(),
        tokens: grant.ancestors.iter().copied().chain([grant.token]).collect(),
        agents: grant.earlier.iter().chain([&grant.agent]).cloned().collect(),
        depth: grant.depth,
        max_depth: grant.max_depth,
        expires_at: grant.expires_at,
        confirmation: grant.confirmation,
    }
}
