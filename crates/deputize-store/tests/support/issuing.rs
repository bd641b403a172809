//! A tenant in which an agent acts for alice, and what it asks for.

use deputize_core::{
    Acting, Actor, Agent, AgentProof, Allow, Binding, Change, Delegation, Issuance, MayAct, NonEmptySet, Policy,
    Proven, ProvenBy, Question, ReplayKey, Status, Subject, TokenId,
};
use deputize_store::Store;

use super::{at, founding, id};

pub(crate) fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

pub(crate) fn agent(status: Status) -> Agent {
    Agent {
        client_id: id("agent-0"),
        spiffe_id: id("spiffe://acme/agent/agent-0"),
        acting: MayAct::ForPerson,
        allowed_scopes: NonEmptySet::of(id("a:*")),
        max_lifetime_seconds: 600.try_into().unwrap(),
        resources: Allow::Any,
        mode: Default::default(),
        status,
    }
}

pub(crate) fn bind(binding: &str, subject: Subject) -> Change {
    let (window, resource) = (Default::default(), None);
    Change::Bind(Binding { id: id(binding), subject, role: id("role-0"), window, resource })
}

pub(crate) async fn found<S: Store>(store: &S) {
    let mut changes = founding();
    changes.push(Change::PutAgent(agent(Status::Active)));
    changes.push(bind("b0", Subject::Agent(id("agent-0"))));
    // The round that ends alice's bindings first is the third.
    changes.push(bind("a0", Subject::User(id("alice"))));
    store.apply(&id("acme"), &olga(), &changes, at(1_000)).await.unwrap();
}

pub(crate) fn delegation(n: usize) -> Change {
    Change::Delegate(Delegation {
        id: id(&format!("d{n}")),
        delegator: id("alice"),
        agent: id("agent-0"),
        scopes: NonEmptySet::of(id("a:read")),
        purpose: "a race".into(),
        resources: Allow::Any,
        onward: Default::default(),
        max_depth: 0,
        window: Default::default(),
        status: Default::default(),
    })
}

pub(crate) async fn issuance<S: Store>(store: &S, n: usize, token: u64, replay: Vec<ReplayKey>) -> Option<Issuance> {
    decided(&policy(store, n).await, token, replay)
}

pub(crate) async fn policy<S: Store>(store: &S, n: usize) -> Policy {
    let delegation = Some(id(&format!("d{n}")));
    let acting = Acting::For { person: id("alice"), delegation };
    let resource = Some(id("https://r0.example"));
    let question = Question { tenant: id("acme"), client: id("agent-0"), acting, resource };
    let rows = store.load(&question).await.unwrap();
    Policy::compile(question, rows).unwrap()
}

/// What is to be recorded, if anything is granted.
pub(crate) fn decided(policy: &Policy, token: u64, replay: Vec<ReplayKey>) -> Option<Issuance> {
    let proof = AgentProof::assertion(Proven {
        tenant: id("acme"),
        by: ProvenBy::JwtSvid(id("spiffe://acme/agent/agent-0")),
        expires_at: at(1_300),
        replay,
        confirmation: None,
    });
    let mut random = [0; 10];
    random[..8].copy_from_slice(&token.to_be_bytes());
    let asked = "a:read".parse().unwrap();
    policy.decide(&asked, None, at(1_000)).unwrap().issue(proof, TokenId::v7(at(1_000), random)).ok()
}
