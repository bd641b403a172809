//! What can only be seen from inside: how statements are carried out, what connections are set to,
//! and who waits for whom.

use std::{
    env, process,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use deputize_core::{Acting, Actor, Change, NonEmptySet, Question, Report, Revision, Role, TenantId, UnixTime};
use sqlx::{AssertSqlSafe, MySqlConnection, Row};

use super::*;
use crate::{
    AuditQuery, ChangeError, Checkpoint, Ledger, LedgerError, PruneError, Store,
    sql::{Apply, Statements, TenantRow, Work},
    verify_trail,
};

/// A new database on the server that `DEPUTIZE_MYSQL` names, and the options to use it with. Says so and
/// gives nothing where there is none; fails then where `CI` is `true`.
async fn fresh() -> Option<(String, MySqlOptions)> {
    static DATABASES: AtomicUsize = AtomicUsize::new(0);
    let Ok(url) = env::var("DEPUTIZE_MYSQL") else {
        assert!(env::var("CI").as_deref() != Ok("true"), "no DEPUTIZE_MYSQL: `.ci/mariadb start DIR`");
        println!("skipped: no DEPUTIZE_MYSQL, as `.ci/mariadb start DIR` prints it");
        return None;
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let name = format!("deputize_unit_{}_{since}_{}", process::id(), DATABASES.fetch_add(1, Ordering::SeqCst));
    let mut first = MySqlConnection::connect(&url).await.unwrap();
    let make = format!("CREATE DATABASE {name} CHARACTER SET latin1");
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut first).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    let (url, options) = (format!("{server}/{name}"), MySqlOptions::default());
    MySqlStore::migrate_with(&url, options.clone()).await.unwrap();
    Some((url, options))
}

async fn connect(url: &str, options: &MySqlOptions) -> MySqlStore {
    MySqlStore::connect_with(url, options.clone()).await.unwrap()
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

async fn put_in(store: &MySqlStore, tenant: &TenantId, n: usize) -> Result<Revision, ChangeError> {
    store.apply(tenant, &olga(), &[role(n)], UnixTime::EPOCH).await
}

async fn put(store: &MySqlStore, n: usize) -> Result<Revision, ChangeError> {
    put_in(store, &tenant(), n).await
}

async fn roles(store: &MySqlStore) -> usize {
    store.export(&tenant()).await.unwrap().roles().count()
}

fn statements() -> Vec<(&'static str, &'static str)> {
    Statements::named(include_str!("sql.rs"))
}

/// All but the first of a new tenant, before which there is nothing to roll back.
#[test]
fn whatever_writes_does_so_in_a_transaction_only() {
    let writes = |sql: &str| ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb));
    let free = statements().into_iter().filter(|(_, sql)| writes(sql) && !sql.contains("/*M! AND @@in_transaction */"));
    assert_eq!(free.map(|(name, _)| name).collect::<Vec<_>>(), ["new_tenant"]);
}

/// As after a transaction that was over without our knowing it.
#[tokio::test]
async fn what_is_written_outside_a_transaction_comes_to_nothing() {
    let Some((url, options)) = fresh().await else { return };
    let store = connect(&url, &options).await;
    put(&store, 0).await.unwrap();
    let trail = store.audit(&AuditQuery::new(tenant())).await.unwrap();
    let mut bare = options.connection(&url).await.unwrap();
    let (tenant, olga, change) = (tenant(), olga(), [role(1)]);
    let apply = Apply { tenant: &tenant, actor: &olga, changes: &change, now: UnixTime::EPOCH };
    let ChangeError::Store(error) = apply.carry_out(&mut bare).await.unwrap_err() else { panic!() };
    assert!(matches!(error, StoreError::Conflict(_)) && MySql::was_rolled_back(&error), "{error:?}");
    assert_eq!(store.audit(&AuditQuery::new(tenant.clone())).await.unwrap(), trail);
    assert_eq!(roles(&store).await, 1);
}

#[test]
fn every_placeholder_says_what_it_stands_for() {
    for (name, sql) in statements() {
        let mut numbers: Vec<_> = link::numbers(sql).collect();
        assert_eq!(numbers.len(), sql.matches('?').count(), "{name}");
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>(), "{name}");
    }
}

/// Lists lead to keys in the order they are written in.
#[test]
fn every_list_comes_first() {
    for (name, sql) in statements() {
        for (before, after) in sql.match_indices("JSON_TABLE(").map(|(at, _)| sql.split_at(at)) {
            assert!(before.ends_with("FROM "), "{name}");
            assert!(!after.contains(" JOIN ") && !after.contains(" IN ("), "{name}");
        }
    }
}

/// What a step of a plan says: table, type, key, its length, and the rest.
async fn plan(db: &mut MySqlConnection, sql: &str) -> Vec<[String; 5]> {
    let mut text = sql.replace("LIMIT ?", "LIMIT 7");
    for n in 1..=10 {
        text = text.replace(&format!("JSON_TABLE(?/*{n}*/"), "JSON_TABLE('[[1, 2, 3]]'");
        text = text.replace(&format!("?/*{n}*/"), if n == 1 { "'t1'" } else { "'7'" });
    }
    let rows = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN {text}"))).fetch_all(db).await.unwrap();
    let column = |row: &sqlx::mysql::MySqlRow, name: &str| {
        let bytes: Option<Vec<u8>> = row.try_get_unchecked(name).unwrap();
        String::from_utf8(bytes.unwrap_or_default()).unwrap()
    };
    rows.iter().map(|row| ["table", "type", "key", "key_len", "Extra"].map(|name| column(row, name))).collect()
}

/// A few tenants with many entries, since a plan for empty tables says nothing.
const FILL: &str = "
    CREATE TABLE t (t VARBINARY(8) PRIMARY KEY);
    INSERT INTO t VALUES ('t1'), ('t2'), ('t3'), ('t4');
    CREATE TABLE r (t VARBINARY(8), n BIGINT, id VARBINARY(16), entry BLOB, PRIMARY KEY (t, n));
    INSERT INTO r WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 45)
        SELECT t.t, a.n + 45 * (b.n - 1), a.n + 45 * (b.n - 1), REPEAT('x', 300) FROM t, s a, s b;
    INSERT INTO tenant SELECT t, 1, 1, FALSE, '8', 1, 1, '', 1 FROM t;
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
    INSERT INTO replay SELECT t, id, n FROM r;
    INSERT INTO audit SELECT t, n, n, 'issued', 1, n, '', entry FROM r;
    INSERT INTO audit_key SELECT t, 'client', n % 50, n FROM r;
    INSERT INTO audit_key SELECT t, '7', n % 50, n FROM r;
    INSERT INTO audit_start SELECT t, '' FROM t;
    ANALYZE TABLE tenant, agent, person, role, resource, binding, removed_binding, delegation, resource_use,
        revoked_token, revocation, issued_token, replay, audit, audit_key, audit_start";

/// No statement reads a table from end to end, and none but an export's a whole tenant.
#[tokio::test]
async fn every_statement_is_led_by_an_index() {
    let Some((url, options)) = fresh().await else { return };
    let patient = MySqlOptions { statement_timeout: Duration::from_secs(60), ..options };
    let mut db = patient.connection(&url).await.unwrap();
    sqlx::raw_sql(FILL).execute(&mut db).await.unwrap();
    let (mut planned, mut led) = (0, 0);
    for (name, sql) in statements() {
        planned += 1;
        for step @ [table, kind, key, length, extra] in &plan(&mut db, sql).await {
            assert!(!extra.contains("filesort") && !extra.contains("join buffer"), "{name}: {step:?}");
            // What is bound, or what a step before has made of it.
            let made = table.is_empty() || table.starts_with('<') || ["j", "o", "held"].contains(&table.as_str());
            let inserted = sql.starts_with("INSERT") && key.is_empty() && kind == "ALL" && !extra.contains("Using");
            if made || inserted {
                continue;
            }
            led += 1;
            assert!(
                ["const", "eq_ref", "ref", "range"].contains(&kind.as_str()) && !key.is_empty(),
                "{name}: {step:?}"
            );
            // 255 bytes and their length: the tenant alone.
            let whole_tenant = length == "257" && !["tenant", "t", "audit_start", "key_ring"].contains(&table.as_str());
            assert!(!whole_tenant || name.starts_with("all_"), "{name}: {step:?}");
        }
    }
    assert!(planned > 50 && led > 50, "{planned} {led}");
}

#[tokio::test]
async fn connections_are_as_they_have_to_be() {
    let Some((url, options)) = fresh().await else { return };
    let store = connect(&url, &options).await;
    let variables = "SHOW SESSION VARIABLES";
    let rows = sqlx::raw_sql(variables).fetch_all(&store.engine.pool).await.unwrap();
    let of = |name: &str| -> Option<String> {
        let row = rows.iter().find(|row| row.get::<String, _>(0) == name)?;
        Some(row.get(1))
    };
    let first = |names: [&str; 2]| names.into_iter().find_map(of).unwrap();
    assert_eq!(first(["transaction_isolation", "tx_isolation"]), "READ-COMMITTED");
    assert_eq!(of("sql_mode").unwrap(), "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION");
    assert_eq!(of("character_set_connection").unwrap(), "utf8mb4");
    assert_eq!(of("innodb_lock_wait_timeout").unwrap(), "5");
    assert_eq!(of("lock_wait_timeout").unwrap(), "5");
    let limit = first(["max_statement_time", "max_execution_time"]);
    assert!(["10.000000", "10000"].contains(&limit.as_str()), "{limit}");
    assert_eq!(first(["idle_transaction_timeout", "wait_timeout"]), "10");
}

/// A reader sees one moment, and changes nothing.
#[tokio::test]
async fn a_transaction_that_reads_sees_one_moment() {
    let Some((url, options)) = fresh().await else { return };
    let store = connect(&url, &options).await;
    put(&store, 0).await.unwrap();
    let mut read = store.engine.read().await.unwrap();
    put(&store, 1).await.unwrap();
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM role").fetch_one(&mut *read).await.unwrap();
    assert_eq!(count, 1);
    let refused = sqlx::raw_sql("DELETE FROM role").execute(&mut *read).await.unwrap_err();
    assert!(matches!(error::store(refused), StoreError::Denied(_)));
    read.rollback().await.unwrap();
    // And is not what the next transaction of the connection is.
    put(&connect(&url, &MySqlOptions { connections: 1, ..options }).await, 2).await.unwrap();
}

#[tokio::test]
async fn writers_of_one_tenant_wait_for_each_other_and_no_one_else_does() {
    let Some((url, options)) = fresh().await else { return };
    let impatient = MySqlOptions { lock_timeout: Duration::from_secs(1), ..options };
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
    let narrow = MySqlOptions { connections: 1, acquire_timeout, ..options };
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
    let short = MySqlOptions { abandoned_after: Duration::from_secs(1), ..options.clone() };
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
    let broken = MySqlStore::connect(&format!("mysql://u:{password}@127.0.0.1:1/d")).await.unwrap_err();
    assert!(!format!("{broken:?}").contains(password));
    let broken = MySqlStore::connect(&format!("mysql://u:{password}@127.0.0.1:port/d")).await.unwrap_err();
    assert!(!format!("{broken:?}").contains(password));
}

/// Asks again and again until a statement of another session in this database has waited for a second.
async fn until_somebody_waits(db: &mut MySqlConnection) {
    let waits = "SELECT CAST(COUNT(*) AS SIGNED) FROM information_schema.PROCESSLIST
        WHERE DB = DATABASE() AND ID <> CONNECTION_ID() AND COMMAND <> 'Sleep' AND TIME >= 1";
    let start = Instant::now();
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut *db).await.unwrap() == 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "nobody waits");
        tokio::time::sleep(Duration::from_millis(50)).await;
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
    until_somebody_waits(&mut making).await;
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
    // So that it is the store's transaction that ends: the other has written more.
    let more: String = (1..200).map(|n| format!("INSERT INTO issued_token VALUES ('other', '{n}');")).collect();
    let begin = format!("START TRANSACTION; {more} SELECT * FROM role FOR UPDATE");
    sqlx::raw_sql(AssertSqlSafe(begin)).fetch_all(&mut other).await.unwrap();
    let change = tokio::spawn(async move {
        let remove = Change::RemoveRole("role-0".parse().unwrap());
        store.apply(&tenant(), &olga(), &[remove], UnixTime::EPOCH).await.map(|_| store)
    });
    until_somebody_waits(&mut other).await;
    // Holds the role and asks for the tenant, which the change holds, that waits for the role: it gets
    // it when the change was rolled back.
    sqlx::raw_sql("SELECT * FROM tenant FOR UPDATE; COMMIT").fetch_all(&mut other).await.unwrap();
    let store = change.await.unwrap().unwrap();
    let trail = store.audit(&AuditQuery::new(tenant())).await.unwrap();
    assert_eq!(trail.events.len(), 2);
}

/// Text that JSON, SQL or a character set could change comes back to the byte.
#[tokio::test]
async fn text_comes_back_to_the_byte() {
    let Some((url, options)) = fresh().await else { return };
    let store = connect(&url, &options).await;
    let purpose = "\u{1}\\ \"q\" 'ä€😀' \\u0041 \n\t % ? /*1*/ \u{2028}bob ";
    let person = "alice ä€😀";
    let delegation = |id: &str, person: &str| {
        Change::Delegate(deputize_core::Delegation {
            id: id.parse().unwrap(),
            delegator: person.parse().unwrap(),
            agent: "agent".parse().unwrap(),
            scopes: NonEmptySet::of("a:read".parse().unwrap()),
            purpose: purpose.into(),
            resources: Default::default(),
            onward: Default::default(),
            max_depth: 0,
            window: Default::default(),
            status: Default::default(),
        })
    };
    let agent = Change::PutAgent(deputize_core::Agent {
        client_id: "agent".parse().unwrap(),
        spiffe_id: "spiffe://acme/agent".parse().unwrap(),
        acting: deputize_core::MayAct::Either,
        allowed_scopes: NonEmptySet::of("a:read".parse().unwrap()),
        max_lifetime_seconds: 600.try_into().unwrap(),
        resources: Default::default(),
        mode: Default::default(),
        status: Default::default(),
    });
    let changes = [agent, delegation("d1", person), delegation("d2", "bob"), delegation("d3", "Bob")];
    store.apply(&tenant(), &olga(), &changes, UnixTime::EPOCH).await.unwrap();
    let exported = store.export(&tenant()).await.unwrap();
    assert!(exported.delegations().all(|delegation| delegation.purpose.as_str() == purpose));
    verify_trail(&store, Checkpoint::new(tenant())).await.unwrap();
    for (person, found) in [(person, 1), ("bob", 1), ("Bob", 1), ("BOB", 0), ("bob ", 0), ("alice a€😀", 0)] {
        let mut query = AuditQuery::new(tenant());
        // Not every one of these is a name.
        let Ok(person) = person.parse() else { continue };
        query.person = Some(person);
        assert_eq!(store.audit(&query).await.unwrap().events.len(), found, "{query:?}");
    }
}

/// On another node of a cluster it may be that it would have made a difference: only a row that changes
/// is noticed there.
#[tokio::test]
async fn a_change_that_makes_no_difference_still_takes_its_turn() {
    let Some((url, options)) = fresh().await else { return };
    let store = connect(&url, &options).await;
    let mut turns = Vec::new();
    for _ in 0..2 {
        assert_eq!(put(&store, 0).await.unwrap().number(), 1);
        let turn = sqlx::query_scalar("SELECT turn FROM tenant").fetch_one(&store.engine.pool);
        turns.push(turn.await.map(|turn: i64| turn).unwrap());
    }
    assert_eq!(turns, [1, 2]);
}

/// A future that is dropped on the way leaves nothing behind, and the store goes on.
#[tokio::test]
async fn a_dropped_operation_leaves_nothing_behind() {
    let Some((url, options)) = fresh().await else { return };
    let store = connect(&url, &MySqlOptions { connections: 2, ..options }).await;
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
