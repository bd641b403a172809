//! What can only be seen from inside: how statements are carried out, what connections are set to,
//! and who waits for whom.

#[cfg(all(feature = "conformance", feature = "sqlite"))]
mod lost;
#[cfg(all(feature = "conformance", feature = "sqlite"))]
mod proxy;

use std::{
    env, process,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use deputize_core::{Acting, Actor, Change, NonEmptySet, Question, Report, Revision, Role, TenantId, UnixTime};
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::*;
use crate::{
    AuditQuery, ChangeError, Checkpoint, Ledger, LedgerError, PruneError, Store,
    sql::{Apply, Statements, TenantRow, Work},
    verify_trail,
};

/// A new schema on the server that `DEPUTIZE_POSTGRES` names, and the options that lead to it. Says
/// so and gives nothing where there is none; fails then where `CI` is `true`.
async fn fresh() -> Option<(String, PostgresOptions)> {
    static SCHEMAS: AtomicUsize = AtomicUsize::new(0);
    let Ok(url) = env::var("DEPUTIZE_POSTGRES") else {
        assert!(env::var("CI").as_deref() != Ok("true"), "no DEPUTIZE_POSTGRES: `.ci/postgres start DIR`");
        println!("skipped: no DEPUTIZE_POSTGRES, as `.ci/postgres start DIR` prints it");
        return None;
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let schema = format!("unit_{}_{since}_{}", process::id(), SCHEMAS.fetch_add(1, Ordering::SeqCst));
    let options = PostgresOptions { schema, ..PostgresOptions::default() };
    PostgresStore::migrate_with(&url, options.clone()).await.unwrap();
    Some((url, options))
}

async fn connect(url: &str, options: &PostgresOptions) -> PostgresStore {
    PostgresStore::connect_with(url, options.clone()).await.unwrap()
}

fn tenant() -> TenantId {
    "acme".parse().unwrap()
}

fn olga() -> Actor {
    Actor::Operator("olga".parse().unwrap())
}

fn report() -> Report {
    let (client, acting) = ("a".parse().unwrap(), Acting::Alone);
    Question { tenant: tenant(), client, acting, resource: None }.report(UnixTime::EPOCH)
}

fn role(n: usize) -> Change {
    let permissions = NonEmptySet::of("a:read".parse().unwrap());
    Change::PutRole(Role { name: format!("role-{n}").parse().unwrap(), permissions })
}

async fn put_in(store: &PostgresStore, tenant: &TenantId, n: usize) -> Result<Revision, ChangeError> {
    store.apply(tenant, &olga(), &[role(n)], UnixTime::EPOCH).await
}

async fn put(store: &PostgresStore, n: usize) -> Result<Revision, ChangeError> {
    put_in(store, &tenant(), n).await
}

async fn roles(store: &PostgresStore) -> usize {
    store.export(&tenant()).await.unwrap().roles().count()
}

fn statements() -> Vec<(&'static str, &'static str)> {
    Statements::named(include_str!("sql.rs"))
}

/// The plan that is made once for whatever is bound.
async fn plan(db: &mut PgConnection, name: &str, sql: &str) -> Vec<String> {
    let bound: Vec<_> = (1..20).take_while(|n| sql.contains(&format!("${n}"))).map(|_| "NULL").collect();
    let bound = if bound.is_empty() { String::new() } else { format!("({})", bound.join(", ")) };
    let text = format!("PREPARE {name} AS {sql}; EXPLAIN EXECUTE {name} {bound}");
    let rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(db).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0).trim().replace("($1)::text", "$1")).collect()
}

/// A few tenants with many entries, since a plan for empty tables says nothing: 2 000 each, or as many
/// as `DEPUTIZE_SCALE` says.
const FILL: &str = "
    CREATE TEMP TABLE t AS SELECT 't' || n AS t FROM generate_series(1, 4) n;
    CREATE TEMP TABLE r AS SELECT t, n, n::TEXT AS id, repeat('x', 300) AS entry FROM t, generate_series(1, 2000) n;
    INSERT INTO tenant SELECT t, 1, 1, FALSE, NULL, 1, 1, '' FROM t;
    INSERT INTO agent SELECT t, id, id, 'active', 1, entry FROM r;
    INSERT INTO person SELECT t, id, 1, FALSE FROM r;
    INSERT INTO role SELECT t, id, entry FROM r;
    INSERT INTO resource SELECT t, id, entry FROM r;
    INSERT INTO binding SELECT t, id, 'agent', id, id, entry FROM r;
    INSERT INTO removed_binding SELECT t, id FROM r;
    INSERT INTO delegation SELECT t, id, id, id, 'active', entry FROM r;
    INSERT INTO resource_use SELECT t, id, 'agent', id FROM r;
    INSERT INTO revoked_token SELECT t, id FROM r;
    INSERT INTO revocation SELECT t, n, entry FROM r;
    INSERT INTO issued_token SELECT t, id FROM r;
    INSERT INTO replay SELECT t, id::BYTEA, n FROM r;
    INSERT INTO audit SELECT t, n, n, 'issued', 1, n, '', entry FROM r;
    INSERT INTO audit_key SELECT t, kind, n % 50, n FROM r, (VALUES ('client'), ('person'), ('token')) k (kind);
    INSERT INTO audit_start SELECT t, '' FROM t;
    ANALYZE tenant, agent, person, role, resource, binding, removed_binding, delegation, resource_use, revoked_token,
        revocation, issued_token, replay, audit, audit_key, audit_start";

/// No statement reads a table from end to end, and none but an export's a whole tenant.
#[tokio::test]
async fn every_statement_is_led_by_an_index() {
    let Some((url, options)) = fresh().await else { return };
    let mut db = options.connection(&url).await.unwrap();
    let rows = env::var("DEPUTIZE_SCALE").unwrap_or_else(|_| "2000".into());
    sqlx::raw_sql(AssertSqlSafe(FILL.replace("2000", &rows))).execute(&mut db).await.unwrap();
    // Those that everything waits for also where nothing is forbidden.
    let waited_for = statements().into_iter().filter(|(name, _)| ["load", "standing"].contains(name));
    for (name, sql) in waited_for {
        let steps = plan(&mut db, &format!("{name}_as_it_is"), sql).await;
        let scans = steps.iter().filter(|step| step.contains("Seq Scan"));
        assert_eq!(scans.collect::<Vec<_>>(), [""; 0], "{name}");
    }
    let set = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";
    sqlx::raw_sql(set).execute(&mut db).await.unwrap();
    let (mut planned, mut conditions) = (0, 0);
    for (name, sql) in statements() {
        planned += 1;
        for step in plan(&mut db, name, sql).await {
            assert!(!step.contains("Seq Scan"), "{name}: {step}");
            assert!(!step.contains("Sort Key"), "{name}: {step}");
            let Some(condition) = step.strip_prefix("Index Cond: ") else { continue };
            conditions += 1;
            assert!(condition.contains("tenant = $1") || condition.contains("(id = $1)"), "{name}: {step}");
            // One row: of the tenant's own, or the last.
            let whole_tenant = condition == "(tenant = $1)" && !["audit_start", "key_ring"].contains(&name);
            assert!(!whole_tenant || name.starts_with("all_"), "{name}: {step}");
        }
    }
    assert!(planned > 50 && conditions > 40, "{planned} {conditions}");
}

/// Durable unless it was said otherwise, whatever the database is set to, and never for ever.
#[tokio::test]
async fn connections_are_as_they_have_to_be() {
    let Some((url, options)) = fresh().await else { return };
    let quick = PostgresOptions { may_lose_on_power_failure: true, ..options.clone() };
    for (set, options, expected) in [
        ("off", &options, "on"),
        ("on", &options, "on"),
        ("remote_apply", &options, "remote_apply"),
        ("on", &quick, "off"),
    ] {
        let store = connect(&format!("{url}?options[synchronous_commit]={set}"), options).await;
        let ask = async |sql: &'static str| -> String {
            sqlx::query_scalar(sql).fetch_one(&store.engine.pool).await.unwrap()
        };
        assert_eq!(ask("SELECT current_setting('synchronous_commit')").await, expected, "{set}");
        assert_eq!(ask("SELECT current_setting('search_path')").await, options.schema);
        assert_eq!(ask("SELECT current_setting('lock_timeout')").await, "5s");
        assert_eq!(ask("SELECT current_setting('statement_timeout')").await, "10s");
        assert_eq!(ask("SELECT current_setting('idle_in_transaction_session_timeout')").await, "10s");
        let mut read = store.engine.read().await.unwrap();
        let ask = sqlx::query_scalar(
            "SELECT current_setting('transaction_isolation') || current_setting('transaction_read_only')",
        );
        assert_eq!(ask.fetch_one(&mut *read).await.map(|seen: String| seen).unwrap(), "repeatable readon");
    }
}

#[tokio::test]
async fn writers_of_one_tenant_wait_for_each_other_and_no_one_else_does() {
    let Some((url, options)) = fresh().await else { return };
    let impatient = PostgresOptions { lock_timeout: Duration::from_millis(50), ..options };
    let (first, second) = (connect(&url, &impatient).await, connect(&url, &impatient).await);
    put(&first, 0).await.unwrap();
    for made in [false, true] {
        let mut held = first.engine.write().await.unwrap();
        match made {
            false => TenantRow::lock(&mut *held, &tenant()).await.unwrap().unwrap(),
            // As by one that did not find it a moment ago.
            true => TenantRow::create(&mut *held, &tenant()).await.unwrap(),
        };
        for store in [&first, &second] {
            let error = put(store, 1).await.unwrap_err();
            assert!(matches!(error, ChangeError::Store(StoreError::Conflict(_))), "{error:?}");
            assert!(error.is_retryable());
            let error = store.refuse(report(), UnixTime::EPOCH).await.unwrap_err().error;
            assert!(matches!(error, LedgerError::Store(StoreError::Conflict(_))), "{error:?}");
            let through = verify_trail(store, Checkpoint::new(tenant())).await.unwrap();
            let error = store.prune(&olga(), &through, UnixTime::EPOCH).await.unwrap_err();
            assert!(matches!(error, PruneError::Store(StoreError::Conflict(_))), "{error:?}");
            // Readers see what was there; another tenant does not notice.
            assert_eq!(roles(store).await, 1);
            put_in(store, &"other".parse().unwrap(), 1).await.unwrap();
        }
        held.rollback().await.unwrap();
    }
    put(&second, 1).await.unwrap();
    put(&first, 2).await.unwrap();
}

#[tokio::test]
async fn who_waits_for_a_connection_in_vain_is_told_of_a_conflict() {
    let Some((url, options)) = fresh().await else { return };
    let acquire_timeout = Duration::from_millis(200);
    let narrow = PostgresOptions { connections: 1, acquire_timeout, ..options };
    let store = connect(&url, &narrow).await;
    let held = store.engine.read().await.unwrap();
    let error = put(&store, 0).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Conflict(_))), "{error:?}");
    held.rollback().await.unwrap();
    put(&store, 0).await.unwrap();
}

/// A process that stopped between two statements does not stop the others for good.
#[tokio::test]
async fn who_holds_a_tenant_and_does_nothing_is_taken_for_dead() {
    let Some((url, options)) = fresh().await else { return };
    let short = PostgresOptions { abandoned_after: Duration::from_millis(500), ..options.clone() };
    let (hung, other) = (connect(&url, &short).await, connect(&url, &options).await);
    put(&other, 0).await.unwrap();
    let mut held = hung.engine.write().await.unwrap();
    TenantRow::lock(&mut *held, &tenant()).await.unwrap();
    put(&other, 1).await.unwrap();
    // Nothing of it can be committed later.
    held.commit().await.unwrap_err();
    assert_eq!(roles(&hung).await, 2);
}

/// A log that a store gets into tells nobody how to connect.
#[tokio::test]
async fn the_password_is_not_printed() {
    let Some((url, options)) = fresh().await else { return };
    let store = connect(&url, &options).await;
    put(&store, 0).await.unwrap();
    let (credentials, _) = url.split_once('@').unwrap();
    let (_, password) = credentials.rsplit_once(':').unwrap();
    assert!(!format!("{store:?}").contains(password));
    let broken = PostgresStore::connect(&format!("postgres://u:{password}@127.0.0.1:1/d")).await.unwrap_err();
    assert!(!format!("{broken:?}").contains(password));
    let broken = PostgresStore::connect(&format!("postgres://u:{password}@127.0.0.1:port/d")).await.unwrap_err();
    assert!(!format!("{broken:?}").contains(password));
}

/// Asks again and again until somebody waits for what this session holds.
async fn until_somebody_waits_for(holder: &mut PgConnection) {
    let waits = "SELECT EXISTS (SELECT 1 FROM pg_locks w JOIN pg_locks h USING (transactionid)
        WHERE NOT w.granted AND h.granted AND h.pid = pg_backend_pid())";
    let start = Instant::now();
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut *holder).await.unwrap() {
        assert!(start.elapsed() < Duration::from_secs(20), "nobody waits");
    }
}

/// Of two that make the tenant at once, the second finds what the first made.
#[tokio::test]
async fn a_tenant_is_made_once() {
    let Some((url, options)) = fresh().await else { return };
    let (first, second) = (connect(&url, &options).await, connect(&url, &options).await);
    let mut making = first.engine.write().await.unwrap();
    let work = Apply { tenant: &tenant(), actor: &olga(), changes: &[role(0)], now: UnixTime::EPOCH };
    work.carry_out(&mut *making).await.unwrap();
    let other = tokio::spawn(async move { put(&second, 1).await });
    until_somebody_waits_for(&mut making).await;
    making.commit().await.unwrap();
    assert_eq!(other.await.unwrap().unwrap().number(), 2);
    assert_eq!(roles(&first).await, 2);
}

/// What the server rolled back in favour of another is carried out anew, and whole.
#[tokio::test]
async fn a_deadlock_is_no_error() {
    let Some((url, options)) = fresh().await else { return };
    let store = connect(&url, &options).await;
    put(&store, 0).await.unwrap();
    let mut other = options.connection(&url).await.unwrap();
    // So that it is the store's transaction that ends.
    sqlx::raw_sql("SET deadlock_timeout = '1min'; BEGIN; UPDATE role SET entry = entry")
        .execute(&mut other)
        .await
        .unwrap();
    let change = tokio::spawn(async move {
        let remove = Change::RemoveRole("role-0".parse().unwrap());
        store.apply(&tenant(), &olga(), &[remove], UnixTime::EPOCH).await.map(|_| store)
    });
    until_somebody_waits_for(&mut other).await;
    // Holds the role and asks for the tenant, which the change holds, that waits for the role.
    sqlx::raw_sql("SELECT * FROM tenant FOR UPDATE; COMMIT").execute(&mut other).await.unwrap();
    let store = change.await.unwrap().unwrap();
    let trail = store.audit(&AuditQuery::new(tenant())).await.unwrap();
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let start = Instant::now();
    while sqlx::query_scalar::<_, i64>(deadlocks).fetch_one(&mut other).await.unwrap() == 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "there was none");
    }
    assert_eq!(trail.events.len(), 2);
}

/// A future that is dropped on the way leaves nothing behind, and the store goes on.
#[tokio::test]
async fn a_dropped_operation_leaves_nothing_behind() {
    let Some((url, options)) = fresh().await else { return };
    let store = connect(&url, &PostgresOptions { connections: 2, ..options }).await;
    put(&store, 0).await.unwrap();
    for polls in 1..60 {
        let mut operation = Box::pin(put(&store, polls));
        for _ in 0..polls {
            tokio::select! {
                biased;
                _ = &mut operation => break,
                () = tokio::task::yield_now() => {}
            }
        }
    }
    put(&store, 1_000).await.unwrap();
    let exported = store.export(&tenant()).await.unwrap();
    let trail = store.audit(&AuditQuery::new(tenant())).await.unwrap();
    assert_eq!(trail.events.len(), exported.roles().count());
    assert_eq!(exported.latest().number(), trail.events.len() as u64);
}
