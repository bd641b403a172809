//! What can only be seen from inside: how statements are carried out, and what happens when the
//! file is full, may not be written to, or is locked by somebody else.

use deputize_core::{Actor, Change, NonEmptySet, Revision, Role, UnixTime};
use sqlx::{AssertSqlSafe, Row};

use super::*;
use crate::{AuditQuery, ChangeError, Ledger, Store, sql::Statements};

fn statements() -> Vec<(&'static str, &'static str)> {
    Statements::named(include_str!("sql.rs"))
}

async fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
    let mut read = store.engine.read().await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(&mut *read).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect()
}

/// A few tenants with many entries: 2 000 each, or as many as `DEPUTIZE_SCALE` says.
const FILL: &str = "
    CREATE TEMP TABLE r AS
        WITH RECURSIVE t(t) AS (SELECT 1 UNION ALL SELECT t + 1 FROM t WHERE t < 4),
            n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2000)
        SELECT 't' || t AS t, n, CAST(n AS TEXT) AS id, printf('%0300d', n) AS entry FROM t, n;
    INSERT INTO tenant SELECT DISTINCT t, 1, 1, 0, NULL, 1, 1, x'' FROM r;
    INSERT INTO agent SELECT t, id, id, 'active', 1, entry FROM r;
    INSERT INTO person SELECT t, id, 1, 0 FROM r;
    INSERT INTO role SELECT t, id, entry FROM r;
    INSERT INTO resource SELECT t, id, entry FROM r;
    INSERT INTO binding SELECT t, id, 'agent', id, id, entry FROM r;
    INSERT INTO removed_binding SELECT t, id FROM r;
    INSERT INTO delegation SELECT t, id, id, id, 'active', entry FROM r;
    INSERT INTO resource_use SELECT t, id, 'agent', id FROM r;
    INSERT INTO revoked_token SELECT t, id FROM r;
    INSERT INTO revocation SELECT t, n, entry FROM r;
    INSERT INTO issued_token SELECT t, id FROM r;
    INSERT INTO replay SELECT t, CAST(id AS BLOB), n FROM r;
    INSERT INTO audit SELECT t, n, n, 'issued', 1, n, x'', entry FROM r;
    INSERT INTO audit_key SELECT t, 'client', n % 50, n FROM r;
    INSERT INTO audit_key SELECT t, 'token', n, n FROM r;
    INSERT INTO audit_start SELECT DISTINCT t, '' FROM r;
    ANALYZE";

#[tokio::test]
async fn every_statement_is_led_by_an_index() {
    all_are_led_by_an_index(&SqliteStore::in_memory().await.unwrap()).await;
}

/// Where somebody had statistics made, they decide.
#[tokio::test]
async fn every_statement_is_led_by_an_index_among_many_entries() {
    let store = SqliteStore::in_memory().await.unwrap();
    let rows = std::env::var("DEPUTIZE_SCALE").unwrap_or_else(|_| "2000".into());
    let mut writer = store.engine.pools.writer.acquire().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(FILL.replace("2000", &rows))).execute(&mut *writer).await.unwrap();
    drop(writer);
    all_are_led_by_an_index(&store).await;
}

/// No statement reads a table from end to end, and none but an export's a whole tenant.
async fn all_are_led_by_an_index(store: &SqliteStore) {
    let statements = statements();
    assert!(statements.len() > 50, "{}", statements.len());
    for (name, sql) in statements {
        for step in plan(store, sql).await {
            let lists_only = step.starts_with("SCAN json_each") || step.starts_with("SCAN o ");
            // What a subquery found, not a table.
            let found = step.starts_with("SCAN (subquery") || step == "SCAN half";
            assert!(!step.starts_with("SCAN") || lists_only || found, "{name}: {step}");
            assert!(!step.contains("USE TEMP B-TREE"), "{name}: {step}");
            let whole_tenant = step.ends_with("(tenant=?)")
                && !step.contains("SEARCH tenant")
                && !["audit_start", "key_ring"].contains(&name);
            assert!(!whole_tenant || name.starts_with("all_"), "{name}: {step}");
        }
    }
}

async fn open(path: impl AsRef<Path>, options: SqliteOptions) -> SqliteStore {
    SqliteStore::migrate(&path).await.unwrap();
    SqliteStore::open_with(path, options).await.unwrap()
}

fn role(n: usize) -> Change {
    let permissions = NonEmptySet::new((0..200).map(|p| format!("a{n}:{p}").parse().unwrap())).unwrap();
    Change::PutRole(Role { name: format!("role-{n}").parse().unwrap(), permissions })
}

async fn put(store: &SqliteStore, n: usize) -> Result<Revision, ChangeError> {
    let olga = Actor::Operator("olga".parse().unwrap());
    store.apply(&"acme".parse().unwrap(), &olga, &[role(n)], UnixTime::EPOCH).await
}

async fn pragma(store: &SqliteStore, sql: &'static str) {
    let mut writer = store.engine.pools.writer.acquire().await.unwrap();
    sqlx::query(sql).execute(&mut *writer).await.unwrap();
}

#[tokio::test]
async fn a_full_file_is_told_as_full_and_nothing_is_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path().join("store.db"), SqliteOptions::default()).await;
    put(&store, 0).await.unwrap();
    pragma(&store, "PRAGMA max_page_count = 1").await;
    let mut made = 1;
    let error = loop {
        match put(&store, made).await {
            Ok(_) => made += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ChangeError::Store(StoreError::Full(_))), "{error:?}");
    assert!(!error.is_retryable());
    let exported = store.export(&"acme".parse().unwrap()).await.unwrap();
    assert_eq!(exported.roles().count(), made);
    pragma(&store, "PRAGMA max_page_count = 1000000").await;
    put(&store, made).await.unwrap();
}

#[tokio::test]
async fn a_file_that_may_not_be_written_to_is_told_as_denied() {
    let store = SqliteStore::in_memory().await.unwrap();
    put(&store, 0).await.unwrap();
    pragma(&store, "PRAGMA query_only = 1").await;
    let error = put(&store, 1).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Denied(_))), "{error:?}");
}

#[tokio::test]
async fn a_writer_that_waits_in_vain_is_told_as_a_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path().join("store.db"), SqliteOptions::default()).await;
    let second = open(folder.path().join("store.db"), SqliteOptions::default()).await;
    put(&first, 0).await.unwrap();
    let held = first.engine.write().await.unwrap();
    // It does not wait at all, so that the test does not either.
    pragma(&second, "PRAGMA busy_timeout = 0").await;
    let error = put(&second, 1).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Conflict(_))), "{error:?}");
    assert!(error.is_retryable());
    // Readers see what was there, whoever writes.
    assert_eq!(second.export(&"acme".parse().unwrap()).await.unwrap().roles().count(), 1);
    held.rollback().await.unwrap();
    put(&second, 1).await.unwrap();
    put(&first, 2).await.unwrap();
    // One that waits for another of its own process is told the same.
    assert!(matches!(error::store(sqlx::Error::PoolTimedOut), StoreError::Conflict(_)));
}

/// As SQLite does by itself when it can't go on otherwise.
#[tokio::test]
async fn a_transaction_that_ended_by_itself_is_not_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path().join("store.db"), SqliteOptions::default()).await;
    put(&store, 0).await.unwrap();
    for n in 1..3 {
        let mut write = store.engine.write().await.unwrap();
        sqlx::query("ROLLBACK").execute(&mut *write).await.unwrap();
        drop(write);
        put(&store, n).await.unwrap();
    }
    assert_eq!(store.export(&"acme".parse().unwrap()).await.unwrap().roles().count(), 3);
}

/// Durable unless it was said otherwise, and read while it is written.
#[tokio::test]
async fn connections_are_as_they_have_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let quick = SqliteOptions { may_lose_on_power_failure: true, ..SqliteOptions::default() };
    // https://www.sqlite.org/pragma.html#pragma_synchronous: FULL is 2, NORMAL is 1.
    for (options, synchronous) in [(SqliteOptions::default(), 2), (quick, 1)] {
        let path = folder.path().join(format!("{synchronous}.db"));
        let store = open(path, options).await;
        for pool in [&store.engine.pools.writer, &store.engine.pools.readers] {
            let ask = async |sql: &'static str| -> i64 { sqlx::query_scalar(sql).fetch_one(pool).await.unwrap() };
            assert_eq!(ask("PRAGMA synchronous").await, synchronous);
            assert_eq!(ask("PRAGMA foreign_keys").await, 1);
            let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await.unwrap();
            assert_eq!(journal, "wal");
        }
    }
}

/// A future that is dropped on the way leaves nothing behind, and the store goes on.
#[tokio::test]
async fn a_dropped_operation_leaves_nothing_behind() {
    let store = SqliteStore::in_memory().await.unwrap();
    put(&store, 0).await.unwrap();
    for polls in 1..40 {
        let mut operation = Box::pin(put(&store, polls));
        for _ in 0..polls {
            tokio::select! {
                biased;
                _ = &mut operation => break,
                () = tokio::task::yield_now() => {}
            }
        }
    }
    let exported = store.export(&"acme".parse().unwrap()).await.unwrap();
    let trail = store.audit(&AuditQuery::new("acme".parse().unwrap())).await.unwrap();
    assert_eq!(trail.events.len(), exported.roles().count());
    assert_eq!(exported.latest().number(), trail.events.len() as u64);
}
