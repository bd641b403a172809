//! `Configuration` is the model of every store: the same changes, made by the same actors, lead to
//! the same answers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod support;

use std::collections::BTreeMap;

use deputize_core::{
    Acting, Actor, Change, Configuration, Lineage, Policy, Question, Revoked, ScopeSet, Target, TenantId,
};
use deputize_store::{ChangeError, Cursor, LoadError, MemoryStore, Store};
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

fn question(client: &str, person: Option<&str>, resource: Option<u8>) -> Question {
    let acting = person.map_or(Acting::Alone, |person| Acting::For { person: id(person), delegation: None });
    let resource = resource.map(|n| id(&format!("https://r{n}.example")));
    Question { tenant: tenant(), client: id(client), acting, resource }
}

async fn agrees(store: &impl Store, model: &Configuration, asked: &(String, Option<String>, Option<u8>)) {
    let exported = store.export(&tenant()).await.unwrap();
    assert_eq!(exported, *model);
    let again = || question(&asked.0, asked.1.as_deref(), asked.2);
    let of_model = model.policy(again()).map_err(|refused| refused.to_string());
    let rows = store.load(&again()).await;
    match &rows {
        Ok(rows) => {
            assert_eq!(rows.epoch, model.epoch());
            let known = rows.agent.as_ref().map(|agent| agent.revision());
            assert_eq!(known, model.agent(&id(&asked.0)).map(|agent| model.agent_revision(&agent.client_id)));
            let person = rows.person.as_ref().map(|person| person.revision);
            assert_eq!(person, asked.1.as_ref().map(|person| model.person_revision(&id(person))));
        }
        Err(LoadError::UnknownTenant) => panic!("the tenant is there"),
        Err(other) => panic!("{other}"),
    }
    let of_store = Policy::compile(again(), rows.unwrap()).map_err(|refused| refused.to_string());
    assert_eq!(answer(of_store), answer(of_model));

    let mut followed = Revoked::default();
    store.revoked_since(&tenant(), Cursor::START).await.unwrap().update(&mut followed);
    assert_eq!(followed, model.revoked());
    let lineage = Lineage {
        tenant: tenant(),
        person: asked.1.as_deref().map(id),
        delegation: None,
        agents: vec![id(&asked.0)],
        tokens: vec![token(0), token(1)],
    };
    let unknown = model.agent(&id(&asked.0)).is_none().then(|| Target::Agent(id(&asked.0)));
    let expected = model.revoked().find(&lineage);
    let told = store.revoked(&lineage).await.unwrap();
    assert_eq!(told.is_some(), expected.or(unknown).is_some(), "{lineage:?}");
}

fn batches() -> impl Strategy<Value = Vec<(Actor, Vec<Change>)>> {
    prop::collection::vec((actor(), prop::collection::vec(change(), 1..4)), 1..25)
}

fn asked() -> impl Strategy<Value = (String, Option<String>, Option<u8>)> {
    (client(), prop::option::weighted(0.7, person()), prop::option::weighted(0.8, 0..3_u8))
}

fn run(batches: &[(Actor, Vec<Change>)], asked: &(String, Option<String>, Option<u8>)) -> BTreeMap<String, usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut kinds = BTreeMap::new();
        let mut model = Configuration::new(tenant());
        let memory = MemoryStore::new();
        let folder = tempfile::tempdir().unwrap();
        let sqlite = sqlite(folder.path()).await;
        let olga = Actor::Operator(id("olga"));
        let first = [(olga, founding())];
        for (actor, changes) in first.iter().chain(batches) {
            let expected = on_model(&mut model, actor, changes);
            assert_eq!(on_store(&memory, actor, changes).await, expected, "{changes:?}");
            assert_eq!(on_store(&sqlite, actor, changes).await, expected, "{changes:?}");
            let kind = expected.as_ref().map_or_else(|error| words(error), |_| "made".to_owned());
            *kinds.entry(kind).or_insert(0) += 1;
        }
        agrees(&memory, &model, asked).await;
        agrees(&sqlite, &model, asked).await;
        kinds
    })
}

#[cfg(feature = "sqlite")]
async fn sqlite(folder: &std::path::Path) -> deputize_store::SqliteStore {
    let mut options = deputize_store::SqliteOptions::default();
    options.may_lose_on_power_failure = true;
    deputize_store::SqliteStore::open_with(folder.join("model.db"), options).await.unwrap()
}

#[cfg(not(feature = "sqlite"))]
async fn sqlite(_: &std::path::Path) -> MemoryStore {
    MemoryStore::new()
}

/// An error without what differs from one to the next.
fn words(error: &str) -> String {
    let kind = error.split_once(": ").map_or(error, |(_, kind)| kind);
    kind.split('`').step_by(2).collect::<Vec<_>>().join("…")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
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
    for _ in 0..40 {
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
    ] {
        assert!(kinds.keys().any(|seen| seen.contains(kind)), "never: {kind}");
    }
    assert!(kinds["made"] * 5 >= all, "too few changes were made");
}
