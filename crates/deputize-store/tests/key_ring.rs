//! The sealed key ring of a tenant: put by operators, one in the place of another, and nothing that is
//! not sealed.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use deputize_core::{Actor, TenantId};
use deputize_store::{
    AuditEntry, AuditQuery, Checkpoint, KeyRingError, Ledger, LedgerError, SqliteStore, Store,
    limits::MAX_KEY_RING_BYTES, verify_trail,
};
use sha2::{Digest, Sha256};
use support::{at, founding, id};

const FIRST: &str = "eyJhbGciOiJBMjU2R0NNS1cifQ.a_-9.AA.BB.CC";
const SECOND: &str = "eyJhbGciOiJBMjU2R0NNS1cifQ.a_-9.AA.DD.EE";

fn tenant() -> TenantId {
    id("acme")
}

fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

async fn store() -> SqliteStore {
    let store = SqliteStore::in_memory().await.unwrap();
    store.apply(&tenant(), &olga(), &founding(), at(1_000)).await.unwrap();
    store
}

async fn put(store: &SqliteStore, sealed: &str, replaces: u64) -> Result<u64, KeyRingError> {
    store.put_key_ring(&tenant(), &olga(), sealed, replaces, at(1_001)).await
}

#[tokio::test]
async fn each_takes_the_place_of_the_one_it_was_made_from() {
    let store = store().await;
    assert_eq!(store.key_ring(&tenant()).await.unwrap(), None);
    assert!(matches!(put(&store, FIRST, 1).await, Err(KeyRingError::Outdated)));
    assert_eq!(put(&store, FIRST, 0).await.unwrap(), 1);
    // Whoever did not see it.
    assert!(matches!(put(&store, SECOND, 0).await, Err(KeyRingError::Outdated)));
    assert_eq!(put(&store, SECOND, 1).await.unwrap(), 2);
    let kept = store.key_ring(&tenant()).await.unwrap().unwrap();
    assert_eq!((kept.version, kept.sealed.as_str()), (2, SECOND));
    // Of many at once one wins.
    let many = [FIRST, SECOND, FIRST, SECOND].map(|sealed| put(&store, sealed, 2));
    let mut won = 0;
    for outcome in futures_util::future::join_all(many).await {
        match outcome {
            Ok(version) => {
                assert_eq!(version, 3);
                won += 1;
            }
            Err(error) => assert!(matches!(error, KeyRingError::Outdated) && !error.is_retryable(), "{error:?}"),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn it_is_in_the_trail_who_put_which() {
    let store = store().await;
    put(&store, FIRST, 0).await.unwrap();
    let trail = store.audit(&AuditQuery::new(tenant())).await.unwrap();
    let AuditEntry::Rekeyed { actor, version, digest } = &trail.events.last().unwrap().what else {
        unreachable!("no event of the key ring: {trail:?}")
    };
    assert_eq!((actor, *version), (&olga(), 1));
    assert_eq!(digest.as_bytes().as_slice(), Sha256::digest(FIRST).as_slice());
    let mut query = AuditQuery::new(tenant());
    (query.person, query.kind) = (Some(id("olga")), Some(deputize_store::AuditKind::Rekeyed));
    assert_eq!(store.audit(&query).await.unwrap().events.len(), 1);
    verify_trail(&store, Checkpoint::new(tenant())).await.unwrap();
    // What was not put leaves nothing.
    put(&store, SECOND, 7).await.unwrap_err();
    assert_eq!(store.audit(&query).await.unwrap().events.len(), 1);
}

#[tokio::test]
async fn nothing_gets_in_that_is_not_sealed() {
    let store = store().await;
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----";
    for text in
        ["", pem, "{}", "a.b.c.d", "a.b.c.d.e.f", "a..c.d.e", "a.b.c.d.", ".b.c.d.e", "a.b.c.d.e=", "a.b.c d.e.f"]
    {
        assert!(matches!(put(&store, text, 0).await, Err(KeyRingError::NotSealed)), "{text}");
    }
    let of = |length: usize| format!("a.b.c.d.{}", "e".repeat(length - 8));
    assert!(matches!(put(&store, &of(MAX_KEY_RING_BYTES + 1), 0).await, Err(KeyRingError::TooLong)));
    assert_eq!(put(&store, &of(MAX_KEY_RING_BYTES), 0).await.unwrap(), 1);
}

#[tokio::test]
async fn only_an_operator_puts_it_and_only_where_there_is_a_tenant() {
    let store = store().await;
    for actor in [Actor::Person(id("olga")), Actor::Agent(id("agent-0"))] {
        let error = store.put_key_ring(&tenant(), &actor, FIRST, 0, at(1_001)).await.unwrap_err();
        assert!(matches!(error, KeyRingError::Forbidden));
    }
    let error = store.put_key_ring(&id("other"), &olga(), FIRST, 0, at(1_001)).await.unwrap_err();
    assert!(matches!(error, KeyRingError::UnknownTenant));
    assert!(matches!(store.key_ring(&id("other")).await, Err(LedgerError::UnknownTenant)));
    store.apply(&id("other"), &olga(), &founding(), at(1_000)).await.unwrap();
    put(&store, FIRST, 0).await.unwrap();
    assert_eq!(store.key_ring(&id("other")).await.unwrap(), None);
}
