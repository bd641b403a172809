//! `Configuration` is the model of every store: the same changes, made by the same actors, lead to
//! the same answers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod support;

use std::collections::BTreeMap;

use deputize_core::{
    Acting, Actor, ChainAgent, Change, Configuration, Held, Lineage, Parent, Policy, Question, Revoked, ScopeSet,
    TenantId,
};
use deputize_store::{AuditKind, AuditOrder, AuditQuery, ChangeError, Cursor, LoadError, MemoryStore, Store};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use support::{actor, at, change, client, founding, id, person, token};

fn tenant() -> TenantId {
    id("acme")
}

/// Makes the changes on the model: all or none.
fn on_model(model: &mut Configuration, actor: &Actor, changes: &[Change]) -> Result<u64, String> {
    let mut copy = model.clone();
    for (at, change) in changes.iter().enumerate() {
        copy.apply(actor, change).map_err(|error| format!("{at}: {error}"))?;
    }
    *model = copy;
    Ok(model.latest().number())
}

async fn on_store(store: &impl Store, actor: &Actor, changes: &[Change]) -> Result<u64, String> {
    match store.apply(&tenant(), actor, changes, at(1_000)).await {
        Ok(revision) => Ok(revision.number()),
        Err(ChangeError::Refused { at, error }) => Err(format!("{at}: {error}")),
        Err(other) => panic!("{other}"),
    }
}

/// What a compiled policy answers, as text: grants, gates, end and the revisions it rests on.
fn answer(policy: Result<Policy, String>) -> String {
    let scopes: ScopeSet = "a:read a:write b:read".parse().unwrap();
    match policy {
        Err(error) => error,
        Ok(policy) => match policy.decide(&scopes, None, at(1_000)) {
            Ok(decision) => format!("{:?}", decision.report()),
            Err(ambiguous) => format!("{ambiguous:?}"),
        },
    }
}

/// A question at random, as often as it is needed: it can't be cloned.
#[derive(Debug, Clone)]
struct Asked {
    client: String,
    person: Option<String>,
    resource: Option<u8>,
    /// The delegation that is named, and whether it is a parent token's.
    delegation: Option<(u8, bool)>,
}

impl Asked {
    fn question(&self) -> Question {
        let resource = self.resource.map(|n| id(&format!("https://r{n}.example")));
        let delegation = |n: &u8| id(&format!("d{n}"));
        let acting = match (&self.person, &self.delegation) {
            (None, _) => Acting::Alone,
            (Some(person), Some((n, true))) => Acting::HandedOn(Parent::assertion(Held {
                tenant: tenant(),
                person: id(person),
                delegation: delegation(n),
                resource: id("https://r0.example"),
                scopes: "a:read b:read".parse().unwrap(),
                tokens: vec![token(0)],
                agents: vec![ChainAgent { client_id: id("agent-0"), spiffe_id: None }],
                depth: 0,
                max_depth: 3,
                expires_at: at(1_500),
                confirmation: None,
            })),
            (Some(person), named) => {
                Acting::For { person: id(person), delegation: named.as_ref().map(|(n, _)| delegation(n)) }
            }
        };
        Question { tenant: tenant(), client: id(&self.client), acting, resource }
    }
}

async fn agrees(store: &impl Store, model: &Configuration, asked: &Asked) {
    let exported = store.export(&tenant()).await.unwrap();
    assert_eq!(exported, *model);
    let of_model = model.policy(asked.question()).map_err(|refused| refused.to_string());
    let rows = store.load(&asked.question()).await;
    match &rows {
        Ok(rows) => {
            assert_eq!((rows.epoch, rows.tenant_revoked), (model.epoch(), model.revoked().tenant));
            let of_model = model.rows(&asked.question()).unwrap();
            assert_eq!(format!("{:?}", rows.person), format!("{:?}", of_model.person));
            assert_eq!(format!("{:?}", rows.lineage), format!("{:?}", of_model.lineage));
            assert_eq!((&rows.resource, &rows.default_resource), (&of_model.resource, &of_model.default_resource));
            let known = rows.agent.as_ref().map(|agent| agent.revision());
            assert_eq!(known, model.agent(&id(&asked.client)).map(|agent| model.agent_revision(&agent.client_id)));
            let person = rows.person.as_ref().map(|person| person.revision);
            assert_eq!(person, asked.person.as_ref().map(|person| model.person_revision(&id(person))));
        }
        Err(LoadError::UnknownTenant) => panic!("the tenant is there"),
        Err(other) => panic!("{other}"),
    }
    let of_store = Policy::compile(asked.question(), rows.unwrap()).map_err(|refused| refused.to_string());
    assert_eq!(answer(of_store), answer(of_model));

    let mut followed = Revoked::default();
    store.revoked_since(&tenant(), Cursor::START).await.unwrap().update(&mut followed);
    assert_eq!(followed, model.revoked());
    let named = asked.delegation.map(|(n, _)| id(&format!("d{n}")));
    let lineage = Lineage {
        tenant: tenant(),
        person: asked.person.as_deref().map(id),
        delegation: named.clone(),
        agents: vec![id("agent-0"), id(&asked.client)],
        tokens: vec![token(0), token(1)],
    };
    // What a verifier's snapshot finds, and besides what is not there at all.
    let mut known = model.revoked();
    known.agents.extend(lineage.agents.iter().filter(|agent| model.agent(agent).is_none()).cloned());
    known.delegations.extend(named.filter(|named| model.delegation(named).is_none()));
    assert_eq!(store.revoked(&lineage).await.unwrap(), known.find(&lineage), "{lineage:?}");
}

/// Both stores hold the same events, and find the same ones.
async fn same_trail(one: &impl Store, other: &impl Store, asked: &Asked) {
    let all = AuditQuery::new(tenant());
    let (mut of_client, mut of_person, mut of_both, mut of_token, mut newest) =
        (all.clone(), all.clone(), all.clone(), all.clone(), all.clone());
    of_client.client = Some(id(&asked.client));
    of_person.person = asked.person.as_deref().map(id);
    (of_both.client, of_both.person) = (of_client.client.clone(), of_person.person.clone());
    of_token.token = Some(token(1));
    (newest.order, newest.limit, newest.after) = (AuditOrder::NewestFirst, 4, Some(9));
    newest.kind = Some(AuditKind::Changed);
    for query in [all, of_client, of_person, of_both, of_token, newest] {
        assert_eq!(one.audit(&query).await.unwrap(), other.audit(&query).await.unwrap(), "{query:?}");
    }
    let lines = one.audit_lines(&tenant(), 0, usize::MAX).await.unwrap();
    assert_eq!(lines, other.audit_lines(&tenant(), 0, usize::MAX).await.unwrap());
}

fn batches() -> impl Strategy<Value = Vec<(Actor, Vec<Change>)>> {
    prop::collection::vec((actor(), prop::collection::vec(change(), 1..4)), 1..25)
}

fn asked() -> impl Strategy<Value = Asked> {
    let person = prop::option::weighted(0.8, person());
    let delegation = prop::option::weighted(0.6, (0..4_u8, any::<bool>()));
    (client(), person, prop::option::weighted(0.8, 0..3_u8), delegation)
        .prop_map(|(client, person, resource, delegation)| Asked { client, person, resource, delegation })
}

fn run(batches: &[(Actor, Vec<Change>)], asked: &Asked) -> BTreeMap<String, usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { compare(&MemoryStore::new(), &sqlite().await, batches, asked).await })
}

async fn compare(
    one: &impl Store,
    other: &impl Store,
    batches: &[(Actor, Vec<Change>)],
    asked: &Asked,
) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    let mut model = Configuration::new(tenant());
    let olga = Actor::Operator(id("olga"));
    let first = [(olga, founding())];
    for (actor, changes) in first.iter().chain(batches) {
        let expected = on_model(&mut model, actor, changes);
        assert_eq!(on_store(one, actor, changes).await, expected, "{changes:?}");
        assert_eq!(on_store(other, actor, changes).await, expected, "{changes:?}");
        let kind = expected.as_ref().map_or_else(|error| words(error), |_| "made".to_owned());
        *kinds.entry(kind).or_insert(0) += 1;
        agrees(one, &model, asked).await;
        agrees(other, &model, asked).await;
    }
    same_trail(one, other, asked).await;
    kinds
}

#[cfg(feature = "sqlite")]
async fn sqlite() -> deputize_store::SqliteStore {
    deputize_store::SqliteStore::in_memory().await.unwrap()
}

#[cfg(not(feature = "sqlite"))]
async fn sqlite() -> MemoryStore {
    MemoryStore::new()
}

/// An error without what differs from one to the next.
fn words(error: &str) -> String {
    let kind = error.split_once(": ").map_or(error, |(_, kind)| kind);
    kind.split('`').step_by(2).collect::<Vec<_>>().join("…")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_store_agrees_with_the_model(batches in batches(), asked in asked()) {
        run(&batches, &asked);
    }
}

/// The generator reaches what it has to: every kind of refusal, and a fair share of changes made.
#[test]
fn the_changes_reach_every_kind_of_answer() {
    let mut runner = TestRunner::deterministic();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..100 {
        let batches = batches().new_tree(&mut runner).unwrap().current();
        let asked = asked().new_tree(&mut runner).unwrap().current();
        for (kind, count) in run(&batches, &asked) {
            *kinds.entry(kind).or_default() += count;
        }
    }
    let all: usize = kinds.values().sum();
    for (kind, count) in &kinds {
        println!("{:5.1} %  {kind}", *count as f64 * 100.0 / all as f64);
    }
    for kind in [
        "made",
        "this actor may not",
        "there is no",
        "revoked or removed",
        "belongs to another",
        "still referred to",
        "more than",
        "the tenant is revoked",
        "the person … was revoked",
        "the agent … was revoked",
        "the delegation … was revoked",
        "the binding … was revoked",
        "the SPIFFE ID … belongs",
        "the resource … is still",
        "the role … is still",
    ] {
        assert!(kinds.keys().any(|seen| seen.contains(kind)), "never: {kind}");
    }
    assert!(kinds["made"] * 5 >= all, "too few changes were made");
}

/// Fewer, since each waits for a server: those of the generator's that come first, on every run the
/// same, and as many at random.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_agrees_with_the_model() {
    let Some(server) = support::postgres::server() else { return };
    for mut runner in [TestRunner::deterministic(), TestRunner::default()] {
        for _ in 0..12 {
            let batches = batches().new_tree(&mut runner).unwrap().current();
            let asked = asked().new_tree(&mut runner).unwrap().current();
            println!("{batches:?} {asked:?}");
            compare(&MemoryStore::new(), &server.fresh().await, &batches, &asked).await;
        }
    }
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn mysql_agrees_with_the_model() {
    let Some(server) = support::mysql::server() else { return };
    for mut runner in [TestRunner::deterministic(), TestRunner::default()] {
        for _ in 0..12 {
            let batches = batches().new_tree(&mut runner).unwrap().current();
            let asked = asked().new_tree(&mut runner).unwrap().current();
            println!("{batches:?} {asked:?}");
            compare(&MemoryStore::new(), &server.fresh().await, &batches, &asked).await;
        }
    }
}
