//! What only a file can do: outlive its process, be of another version, be damaged.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use deputize_core::{Actor, Change, Question, Target, TenantId};
use deputize_store::{AuditQuery, Cursor, Directory, Ledger, LedgerError, LoadError, SqliteStore, Store, StoreError};
use sqlx::{Connection, SqliteConnection};
use support::{at, founding, id, token};

fn tenant() -> TenantId {
    id("acme")
}

async fn found(store: &SqliteStore) {
    store.apply(&tenant(), &Actor::Operator(id("olga")), &founding(), at(1_000)).await.unwrap();
}

/// Another program at the same file.
async fn raw(path: &std::path::Path, sql: &'static str) {
    let mut connection = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn fresh(path: &std::path::Path) -> SqliteStore {
    SqliteStore::migrate(path).await.unwrap();
    SqliteStore::open(path).await.unwrap()
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = fresh(&path).await;
    found(&store).await;
    let olga = Actor::Operator(id("olga"));
    let revoked = [Change::Revoke(Target::Token(token(1))), Change::Revoke(Target::Person(id("mallory")))];
    store.apply(&tenant(), &olga, &revoked, at(1_000)).await.unwrap();
    let before = (
        store.export(&tenant()).await.unwrap(),
        store.audit(&AuditQuery::new(tenant())).await.unwrap(),
        store.revoked_since(&tenant(), Cursor::START).await.unwrap(),
    );
    // Dropped without being closed, as by a crash.
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.export(&tenant()).await.unwrap(), before.0);
    assert_eq!(store.audit(&AuditQuery::new(tenant())).await.unwrap(), before.1);
    assert_eq!(store.revoked_since(&tenant(), Cursor::START).await.unwrap(), before.2);
    store.close().await;
}

#[tokio::test]
async fn only_the_schema_of_this_version_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    // No migration was called: neither makes opening a file, nor a schema in one that is there.
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    std::fs::write(&path, "").unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::ForeignSchema(_)), "{error:?}");
    found(&fresh(&path).await).await;
    // Once more changes nothing.
    let store = fresh(&path).await;
    assert!(store.export(&tenant()).await.unwrap().roles().count() > 0);
    store.close().await;
    raw(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999, 'of a later version', TRUE, x'00', 0)",
    )
    .await;
    for error in [SqliteStore::open(&path).await.unwrap_err(), SqliteStore::migrate(&path).await.unwrap_err()] {
        assert!(matches!(error, StoreError::ForeignSchema(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_row_that_can_not_be_read_is_told_as_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = fresh(&path).await;
    found(&store).await;
    raw(&path, "UPDATE resource SET entry = '{\"uri\": \"no uri\"}'").await;
    let question = Question {
        tenant: tenant(),
        client: id("agent-0"),
        acting: deputize_core::Acting::Alone,
        resource: Some(id("https://r0.example")),
    };
    let error = store.load(&question).await.unwrap_err();
    assert!(matches!(&error, LoadError::Store(StoreError::Corrupt(_))), "{error:?}");
    let LoadError::Store(error) = error else { return };
    assert!(!error.is_retryable());
    assert!(matches!(store.export(&tenant()).await, Err(LedgerError::Store(StoreError::Corrupt(_)))));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::write(&path, "this is no database, however long it is made to be".repeat(100)).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    let error = SqliteStore::open(folder.path().join("no/such/folder/store.db")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.is_retryable());
}

/// Opening and every operation can be spawned on a runtime of several threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn opening_can_be_spawned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let opened = async move {
        SqliteStore::migrate(&path).await?;
        SqliteStore::open(path).await.map(drop)
    };
    tokio::spawn(opened).await.unwrap().unwrap();
}
