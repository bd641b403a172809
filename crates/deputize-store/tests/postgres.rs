//! What only a server can do: be restarted, refuse, be of another version, hold what somebody else
//! put there, and be asked by many.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::{
    path::Path,
    process::{Command, Output},
    sync::Arc,
    time::{Duration, Instant},
};

use deputize_core::{
    Acting, Actor, Agent, Allow, Binding, Change, Delegation, MayAct, NonEmptySet, Question, Resource, Role, Subject,
    Target, TenantId,
};
use deputize_store::{
    AuditKind, AuditQuery, ChangeError, Checkpoint, Cursor, Directory, Flaw, KeyRingError, Ledger, LoadError,
    PostgresStore, Store, StoreError, VerifyError, conformance, verify_trail,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use support::{
    at, founding, id,
    postgres::{Server, server},
    token,
};

/// How long a server may take to do anything.
const PATIENCE: Duration = Duration::from_secs(60);

fn tenant() -> TenantId {
    id("acme")
}

fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

async fn found(store: &PostgresStore) {
    store.apply(&tenant(), &olga(), &founding(), at(1_000)).await.unwrap();
}

async fn revoke(store: &PostgresStore, n: u8) -> Result<(), ChangeError> {
    let change = Change::Revoke(Target::Token(token(n)));
    store.apply(&tenant(), &olga(), &[change], at(1_000)).await.map(drop)
}

/// Another program at the same schema.
async fn raw(server: &Server, sql: &str) {
    let mut connection = PgConnection::connect(&server.url).await.unwrap();
    let text = format!("SET search_path = {}; {sql}", server.options().schema);
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
}

/// Why the latest schema is refused, by who works with it and by who would bring it up to date.
async fn refused(server: &Server) -> (StoreError, Option<StoreError>) {
    let error = server.connect(server.options()).await.unwrap_err();
    (error, PostgresStore::migrate_with(&server.url, server.options()).await.err())
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_refused_and_made_by_a_migration_only() {
    let Some(server) = server() else { return };
    let error = server.connect(server.options()).await.unwrap_err();
    assert!(matches!(error, StoreError::ForeignSchema(_)), "{error:?}");
    assert!(!error.is_retryable());
    PostgresStore::migrate_with(&server.url, server.options()).await.unwrap();
    // Once more changes nothing.
    PostgresStore::migrate_with(&server.url, server.options()).await.unwrap();
    found(&server.connect(server.options()).await.unwrap()).await;
}

const NEWER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (999, 'of a later version', TRUE, '\\x00', 0)";

#[tokio::test]
async fn a_newer_schema_is_refused_by_both() {
    let Some(server) = server() else { return };
    server.fresh().await.close().await;
    raw(&server, NEWER).await;
    let (connect, migrate) = refused(&server).await;
    assert!(matches!(connect, StoreError::ForeignSchema(_)), "{connect:?}");
    assert!(matches!(migrate, Some(StoreError::ForeignSchema(_))), "{migrate:?}");
}

#[tokio::test]
async fn a_schema_that_others_made_is_refused_by_both() {
    let Some(server) = server() else { return };
    server.fresh().await.close().await;
    raw(&server, "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 1").await;
    let (connect, migrate) = refused(&server).await;
    assert!(matches!(connect, StoreError::ForeignSchema(_)), "{connect:?}");
    assert!(matches!(migrate, Some(StoreError::ForeignSchema(_))), "{migrate:?}");
}

/// A schema that knows of no migration yet.
fn nothing_yet(server: &Server) -> String {
    let table = "_sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL,
        execution_time BIGINT NOT NULL)";
    format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.{table}", schema = server.options().schema)
}

#[tokio::test]
async fn an_older_schema_is_refused_until_it_is_brought_up_to_date() {
    let Some(server) = server() else { return };
    raw(&server, &nothing_yet(&server)).await;
    let error = server.connect(server.options()).await.unwrap_err();
    assert!(matches!(error, StoreError::ForeignSchema(_)), "{error:?}");
    PostgresStore::migrate_with(&server.url, server.options()).await.unwrap();
    found(&server.connect(server.options()).await.unwrap()).await;
}

/// Several processes that are rolled out at the same moment.
#[tokio::test]
async fn of_many_migrations_at_once_one_is_made_and_all_succeed() {
    let Some(server) = server() else { return };
    for schema_is_there in [false, true] {
        let mut options = server.options();
        if schema_is_there {
            options.schema.push('b');
            raw(&server, &format!("CREATE SCHEMA {}", options.schema)).await;
        }
        let all = (0..8).map(|_| {
            let (url, options) = (server.url.clone(), options.clone());
            tokio::spawn(async move { PostgresStore::migrate_with(&url, options).await })
        });
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap().unwrap();
        }
        found(&server.connect(options).await.unwrap()).await;
    }
}

/// A later version's migration is on its way: this one waits, and then finds that it is the older.
#[tokio::test]
async fn a_migration_waits_for_another_and_looks_at_what_it_did() {
    let Some(server) = server() else { return };
    raw(&server, &nothing_yet(&server)).await;
    let mut later = PgConnection::connect(&server.url).await.unwrap();
    let begin = format!(
        "SET search_path = {}; BEGIN; LOCK TABLE _sqlx_migrations IN SHARE ROW EXCLUSIVE MODE",
        server.options().schema
    );
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut later).await.unwrap();
    let (url, options) = (server.url.clone(), server.options());
    let migration = tokio::spawn(async move { PostgresStore::migrate_with(&url, options).await });
    let waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '_sqlx_migrations'::regclass)";
    let start = Instant::now();
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut later).await.unwrap() {
        assert!(start.elapsed() < PATIENCE && !migration.is_finished(), "it does not wait");
    }
    sqlx::raw_sql(AssertSqlSafe(format!("{NEWER}; COMMIT"))).execute(&mut later).await.unwrap();
    let error = migration.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::ForeignSchema(_)), "{error:?}");
}

#[tokio::test]
async fn a_row_that_can_not_be_read_is_told_as_corrupt() {
    let Some(server) = server() else { return };
    let store = server.fresh().await;
    found(&store).await;
    raw(&server, "UPDATE resource SET entry = '{\"uri\": \"no uri\"}'").await;
    let resource = Some(id("https://r0.example"));
    let question = Question { tenant: tenant(), client: id("agent-0"), acting: Acting::Alone, resource };
    let error = store.load(&question).await.unwrap_err();
    assert!(matches!(&error, LoadError::Store(StoreError::Corrupt(_))), "{error:?}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_server_that_refuses_or_is_not_there_is_told_at_once() {
    let Some(server) = server() else { return };
    let (credentials, rest) = server.url.split_once('@').unwrap();
    let error = PostgresStore::connect(&format!("{credentials}-wrong@{rest}")).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)), "{error:?}");
    assert!(!error.is_retryable());
    // Port 1 of the loopback: nobody is there.
    let error = PostgresStore::connect("postgres://nobody@127.0.0.1:1/nothing").await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.is_retryable());
}

/// What `tests/tampering.rs` does to a file, in short.
#[tokio::test]
async fn what_is_done_to_the_trail_is_found() {
    let Some(server) = server() else { return };
    for (sql, sequence, flaw) in [
        ("UPDATE audit SET entry = replace(entry, 'olga', 'otto') WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET at = at + 1 WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET hash = '\\x00' WHERE sequence = 4", 4, Flaw::Altered),
        ("DELETE FROM audit WHERE sequence = 4", 5, Flaw::Missing),
        ("DELETE FROM audit WHERE sequence < 4", 4, Flaw::Missing),
    ] {
        let store = server.fresh().await;
        found(&store).await;
        verify_trail(&store, Checkpoint::new(tenant())).await.unwrap();
        raw(&server, sql).await;
        match verify_trail(&store, Checkpoint::new(tenant())).await {
            Err(VerifyError::Broken(broken)) => assert_eq!((broken.sequence, broken.flaw), (sequence, flaw), "{sql}"),
            other => unreachable!("{sql}: {other:?}"),
        }
    }
}

/// The documented grants of a role, on the latest schema to `role`.
fn grants(of: &str, server: &Server, role: &str) -> String {
    let source = include_str!("../src/postgres/mod.rs");
    let lines = source.lines().filter_map(|line| line.strip_prefix("/// ")?.strip_suffix(&format!(" TO {of};")));
    let lines: Vec<_> = lines.map(|line| line.replace("deputize", &server.options().schema)).collect();
    assert!(lines.len() > 1, "{of}: {lines:?}");
    lines.iter().map(|line| format!("{line} TO {role};")).collect()
}

/// The grants of the documentation are enough for every promise, and for nothing more.
#[tokio::test]
async fn a_service_needs_no_more_than_what_is_documented() {
    let Some(server) = server() else { return };
    let role = server.options().schema;
    let make = |role: &str| format!("CREATE ROLE {role} LOGIN PASSWORD 'secret';");
    let (_, address) = server.url.split_once('@').unwrap();
    raw(&server, &make(&role)).await;
    let url = format!("postgres://{role}:secret@{address}");
    let as_service = async || {
        drop(server.fresh().await);
        raw(&server, &(grants("service", &server, &role) + &grants("pruner", &server, &role))).await;
        PostgresStore::connect_with(&url, server.options()).await.unwrap()
    };
    conformance::run(as_service).await.unwrap();

    // One that does not prune, as who would cover tracks.
    drop(server.fresh().await);
    let role = server.options().schema;
    raw(&server, &(make(&role) + &grants("service", &server, &role))).await;
    let url = format!("postgres://{role}:secret@{address}");
    found(&PostgresStore::connect_with(&url, server.options()).await.unwrap()).await;
    let mut service = PgConnection::connect(&url).await.unwrap();
    for sql in [
        "DELETE FROM audit",
        "UPDATE audit SET at = 0",
        "DELETE FROM audit_key",
        "INSERT INTO audit_start VALUES ('acme', '')",
        "DELETE FROM issued_token",
        "DELETE FROM revoked_token",
        "DELETE FROM removed_binding",
        "DELETE FROM revocation",
    ] {
        let text = format!("SET search_path = {}; {sql}", server.options().schema);
        let error = sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut service).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501", "{sql}");
    }
}

/// Who may not write is told so, and not to try again.
#[tokio::test]
async fn a_role_that_may_only_read_is_denied() {
    let Some(server) = server() else { return };
    found(&server.fresh().await).await;
    let schema = server.options().schema;
    let reader = format!(
        "CREATE ROLE {schema}_r LOGIN PASSWORD 'reader'; GRANT USAGE ON SCHEMA {schema} TO {schema}_r;
        GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {schema}_r"
    );
    raw(&server, &reader).await;
    let (_, address) = server.url.split_once('@').unwrap();
    let url = format!("postgres://{schema}_r:reader@{address}");
    let store = PostgresStore::connect_with(&url, server.options()).await.unwrap();
    store.export(&tenant()).await.unwrap();
    let error = revoke(&store, 1).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Denied(_))), "{error:?}");
    assert!(!error.is_retryable());
}

/// An index takes 2 704 bytes of one row, and the longest key has fewer.
#[tokio::test]
async fn the_longest_ids_fit() {
    let Some(server) = server() else { return };
    let store = server.fresh().await;
    // Without a pattern, so that nothing can be made shorter.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut long = |length: usize| -> String {
        let letter = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b"abcdefghijklmnopqrstuvwxyz012345"[(state >> 20) as usize % 32])
        };
        (0..length).map(letter).collect()
    };
    let tenant: TenantId = id(&long(255));
    let uri = format!("https://r.example/{}", long(2_030));
    let (client, person, role, name) = (long(256), long(256), long(256), long(256));
    let changes = [
        Change::PutResource(Resource { uri: id(&uri), scopes: Allow::Any }),
        Change::PutRole(Role { name: id(&role), permissions: NonEmptySet::of(id("a:read")) }),
        Change::PutAgent(Agent {
            client_id: id(&client),
            spiffe_id: id(&format!("spiffe://acme/{}", long(2_034))),
            acting: MayAct::Either,
            allowed_scopes: NonEmptySet::of(id("a:read")),
            max_lifetime_seconds: 600.try_into().unwrap(),
            resources: Allow::Only(NonEmptySet::of(id(&uri))),
            mode: Default::default(),
            status: Default::default(),
        }),
        Change::Bind(Binding {
            id: id(&name),
            subject: Subject::User(id(&person)),
            role: id(&role),
            window: Default::default(),
            resource: Some(id(&uri)),
        }),
        Change::Delegate(Delegation {
            id: id(&name),
            delegator: id(&person),
            agent: id(&client),
            scopes: NonEmptySet::of(id("a:read")),
            purpose: "of length".into(),
            resources: Allow::Only(NonEmptySet::of(id(&uri))),
            onward: Default::default(),
            max_depth: 0,
            window: Default::default(),
            status: Default::default(),
        }),
    ];
    let operator = Actor::Operator(id(&long(256)));
    store.apply(&tenant, &operator, &changes, at(1_000)).await.unwrap();
    assert_eq!(store.export(&tenant).await.unwrap().delegations().count(), 1);
}

fn script(command: &str, folder: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/postgres");
    Command::new(script).arg(command).arg(folder).output().unwrap()
}

/// A server of its own, stopped with the test.
struct Own(tempfile::TempDir);

impl Own {
    fn start(&self) -> String {
        let started = script("start", self.0.path());
        let said = String::from_utf8(started.stdout).unwrap();
        assert!(started.status.success(), "{said}{}", String::from_utf8_lossy(&started.stderr));
        said.lines().last().unwrap().strip_prefix("export DEPUTIZE_POSTGRES=").unwrap().to_owned()
    }

    fn stop(&self) {
        assert!(script("stop", self.0.path()).status.success());
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(script("stop", self.0.path()));
    }
}

/// A store goes on by itself when its server comes back, and knows what it acknowledged.
#[tokio::test]
async fn a_server_may_be_restarted_while_it_is_used() {
    if server().is_none() {
        return;
    }
    let own = Own(tempfile::tempdir().unwrap());
    let server = Server::at(own.start());
    let store = server.fresh().await;
    found(&store).await;
    // Several connections that the restart breaks.
    tokio::try_join!(revoke(&store, 1), revoke(&store, 2), revoke(&store, 3)).unwrap();
    let before = store.export(&tenant()).await.unwrap();

    own.stop();
    let error = revoke(&store, 4).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Unavailable(_))), "{error:?}");
    assert!(error.is_retryable());
    assert_eq!(own.start(), server.url);

    let start = Instant::now();
    while let Err(error) = revoke(&store, 5).await {
        assert!(error.is_retryable() && start.elapsed() < PATIENCE, "{error:?}");
    }
    let after = store.export(&tenant()).await.unwrap();
    assert_eq!(after.latest(), before.latest().next());
    assert_eq!(store.audit(&AuditQuery::new(tenant())).await.unwrap().events.len(), after.latest().number() as usize);
    let followed = store.revoked_since(&tenant(), Cursor::START).await.unwrap();
    assert_eq!(followed.entries.len(), 4);
}

/// The sealed key ring: one in the place of another, and in the trail.
#[tokio::test]
async fn a_key_ring_takes_the_place_of_the_one_it_was_made_from() {
    let Some(server) = server() else { return };
    let store = server.fresh().await;
    store.apply(&tenant(), &olga(), &founding(), at(1_000)).await.unwrap();
    let put = async |sealed, replaces| store.put_key_ring(&tenant(), &olga(), sealed, replaces, at(1_001)).await;
    assert_eq!(put("a.b.c.d.e", 0).await.unwrap(), 1);
    assert!(matches!(put("a.b.c.d.f", 0).await, Err(KeyRingError::Outdated)));
    assert_eq!(put("a.b.c.d.f", 1).await.unwrap(), 2);
    let kept = store.key_ring(&tenant()).await.unwrap().unwrap();
    assert_eq!((kept.version, kept.sealed.as_str()), (2, "a.b.c.d.f"));
    let mut query = AuditQuery::new(tenant());
    query.kind = Some(AuditKind::Rekeyed);
    assert_eq!(store.audit(&query).await.unwrap().events.len(), 2);
}

/// The sessions that wait in a COMMIT for a standby.
async fn waiting(watcher: &mut PgConnection) -> Vec<i32> {
    let waits = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    sqlx::query_scalar(waits).fetch_all(watcher).await.unwrap()
}

async fn set(watcher: &mut PgConnection, sql: &'static str) {
    sqlx::query(sql).execute(&mut *watcher).await.unwrap();
    sqlx::query("SELECT pg_reload_conf()").execute(watcher).await.unwrap();
}

/// What can be seen on a primary need not be on its standby yet: a session that was ended while it
/// waited for the standby has committed here, and nowhere else.
#[tokio::test]
async fn what_no_standby_has_is_not_acknowledged_because_it_can_be_seen() {
    if server().is_none() {
        return;
    }
    let own = Own(tempfile::tempdir().unwrap());
    let server = Server::at(own.start());
    let store = Arc::new(server.fresh().await);
    found(&store).await;
    let mut made = store.audit(&AuditQuery::new(tenant())).await.unwrap().events.len();
    let mut watcher = PgConnection::connect(&server.url).await.unwrap();
    // One that is not there; the server takes its time until it waits for it.
    set(&mut watcher, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await;
    let start = Instant::now();
    let (revoking, first) = loop {
        let revoking = tokio::spawn({
            let store = store.clone();
            async move { revoke(&store, 1).await }
        });
        made += 1;
        let mut waits = Vec::new();
        while waits.is_empty() && !revoking.is_finished() {
            assert!(start.elapsed() < PATIENCE, "no commit waits");
            waits = waiting(&mut watcher).await;
        }
        match waits.first() {
            Some(pid) => break (revoking, *pid),
            None => revoking.await.unwrap().unwrap(),
        }
    };
    sqlx::query("SELECT pg_terminate_backend($1)").bind(first).execute(&mut watcher).await.unwrap();
    // It looks, sees what it wrote, and waits as its commit did.
    while !waiting(&mut watcher).await.iter().any(|pid| *pid != first) {
        assert!(start.elapsed() < PATIENCE && !revoking.is_finished(), "it does not wait: {revoking:?}");
    }
    set(&mut watcher, "ALTER SYSTEM RESET synchronous_standby_names").await;
    revoking.await.unwrap().unwrap();
    assert_eq!(store.audit(&AuditQuery::new(tenant())).await.unwrap().events.len(), made);
}
