//! What only a server can do: be restarted, refuse, be of another version, hold what somebody else
//! put there, and be asked by many.
#![cfg(feature = "mysql")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use deputize_core::{
    Acting, Actor, Agent, Allow, Binding, Change, Delegation, MayAct, NonEmptySet, Question, Resource, Role, Subject,
    Target, TenantId,
};
use deputize_store::{
    AuditQuery, ChangeError, Checkpoint, Cursor, Directory, Flaw, Ledger, LoadError, MySqlStore, Store, StoreError,
    VerifyError, conformance, verify_trail,
};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use support::{
    at, founding, id,
    mysql::{Server, options, server},
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

async fn found(store: &MySqlStore) {
    store.apply(&tenant(), &olga(), &founding(), at(1_000)).await.unwrap();
}

async fn revoke(store: &MySqlStore, n: u8) -> Result<(), ChangeError> {
    let change = Change::Revoke(Target::Token(token(n)));
    store.apply(&tenant(), &olga(), &[change], at(1_000)).await.map(drop)
}

/// Another program at the same database.
async fn raw(server: &Server, sql: &str) {
    let mut connection = MySqlConnection::connect(&server.url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}

async fn migrate(server: &Server) -> Result<(), StoreError> {
    MySqlStore::migrate_with(&server.url(), options()).await
}

/// Why the latest schema is refused, by who works with it and by who would bring it up to date.
async fn refused(server: &Server) -> (StoreError, Option<StoreError>) {
    (server.connect().await.unwrap_err(), migrate(server).await.err())
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_refused_and_made_by_a_migration_only() {
    let Some(server) = server() else { return };
    // No such database, which nobody but an administrator makes; then none of its tables.
    for database in [false, true] {
        if database {
            server.new_database().await;
        }
        let error = server.connect().await.unwrap_err();
        assert!(matches!(error, StoreError::ForeignSchema(_)), "{error:?}");
        assert!(!error.is_retryable());
    }
    migrate(&server).await.unwrap();
    // Once more changes nothing.
    migrate(&server).await.unwrap();
    found(&server.connect().await.unwrap()).await;
}

const NEWER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (999, 'of a later version', TRUE, x'00', 0)";

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
    raw(&server, "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").await;
    let (connect, migrate) = refused(&server).await;
    assert!(matches!(connect, StoreError::ForeignSchema(_)), "{connect:?}");
    assert!(matches!(migrate, Some(StoreError::ForeignSchema(_))), "{migrate:?}");
}

/// What a migration makes, statement by statement.
fn statements() -> Vec<&'static str> {
    let statements: Vec<_> = include_str!("../src/mysql/schema/1.sql").split_inclusive(";\n").collect();
    statements.into_iter().filter(|statement| statement.contains("CREATE TABLE IF NOT EXISTS")).collect()
}

/// Wherever a migration was broken off, nobody works with what it left, and the next one finishes it.
#[tokio::test]
async fn a_migration_that_was_broken_off_is_finished_by_the_next() {
    let Some(server) = server() else { return };
    let statements = statements();
    let noted = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,
        execution_time BIGINT NOT NULL);";
    for made in [0, 1, statements.len() / 2, statements.len()] {
        server.new_database().await;
        raw(&server, &format!("{noted} {}", statements[..made].concat())).await;
        let error = server.connect().await.unwrap_err();
        assert!(matches!(error, StoreError::ForeignSchema(_)), "{error:?}");
        migrate(&server).await.unwrap();
        found(&server.connect().await.unwrap()).await;
    }
    // And what was made of it is what a whole one makes.
    let show = "SELECT CAST(COUNT(*) AS SIGNED) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()";
    let mut counts = Vec::new();
    for _ in 0..2 {
        let mut connection = MySqlConnection::connect(&server.url()).await.unwrap();
        counts.push(sqlx::query_scalar::<_, i64>(show).fetch_one(&mut connection).await.unwrap());
        server.fresh().await.close().await;
    }
    assert_eq!(counts[0], counts[1]);
}

/// Several processes that are rolled out at the same moment.
#[tokio::test]
async fn of_many_migrations_at_once_one_is_made_and_all_succeed() {
    let Some(server) = server() else { return };
    server.new_database().await;
    let all = (0..8).map(|_| {
        let url = server.url();
        tokio::spawn(async move { MySqlStore::migrate_with(&url, options()).await })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    found(&server.connect().await.unwrap()).await;
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
    let (credentials, rest) = server.nodes[0].split_once('@').unwrap();
    let error = MySqlStore::connect(&format!("{credentials}-wrong@{rest}")).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)), "{error:?}");
    assert!(!error.is_retryable());
    // Port 1 of the loopback: nobody is there.
    let error = MySqlStore::connect("mysql://nobody@127.0.0.1:1/nothing").await.unwrap_err();
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
        ("UPDATE audit SET hash = x'00' WHERE sequence = 4", 4, Flaw::Altered),
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

/// The documented grants, on the latest database to `user`.
fn grants(of: &str, server: &Server, user: &str) -> String {
    let source = include_str!("../src/mysql/mod.rs");
    let lines = source.lines().filter_map(|line| line.strip_prefix("/// ")?.strip_suffix(&format!(" TO {of};")));
    let lines: Vec<_> = lines.map(|line| line.replace("deputize", &server.database())).collect();
    assert!(lines.len() > 1, "{of}: {lines:?}");
    lines.iter().map(|line| format!("{line} TO {user};")).collect()
}

/// A user without any privilege: its name, and a URL to the latest database.
async fn user(server: &Server, name: &str) -> (String, impl Fn() -> String) {
    let user = format!("{name}_{}", std::process::id());
    let make = format!("CREATE OR REPLACE USER {user} IDENTIFIED BY 'secret'");
    let mut connection = MySqlConnection::connect(&server.nodes[0]).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut connection).await.unwrap();
    let named = user.clone();
    let url = move || {
        let url = server.url();
        let (_, address) = url.split_once('@').unwrap();
        format!("mysql://{named}:secret@{address}")
    };
    (user, url)
}

/// The grants of the documentation are enough for every promise, and for nothing more.
#[tokio::test]
async fn a_service_needs_no_more_than_what_is_documented() {
    let Some(server) = server() else { return };
    let (service, url) = user(&server, "service").await;
    let as_service = async || {
        drop(server.fresh().await);
        raw(&server, &(grants("service", &server, &service) + &grants("pruner", &server, &service))).await;
        MySqlStore::connect_with(&url(), options()).await.unwrap()
    };
    conformance::run(as_service).await.unwrap();

    // One that does not prune, as who would cover tracks.
    drop(server.fresh().await);
    raw(&server, &grants("service", &server, &service)).await;
    let store = MySqlStore::connect_with(&url(), options()).await.unwrap();
    found(&store).await;
    revoke(&store, 1).await.unwrap();
    let mut raw = MySqlConnection::connect(&url()).await.unwrap();
    for sql in [
        "DELETE FROM audit",
        "UPDATE audit SET at = 0",
        "DELETE FROM audit_key",
        "INSERT INTO audit_start VALUES ('acme', '')",
        "DELETE FROM issued_token",
        "DELETE FROM revoked_token",
        "UPDATE revoked_token SET id = 'another'",
        "DELETE FROM removed_binding",
        "DELETE FROM revocation",
    ] {
        let error = sqlx::raw_sql(sql).execute(&mut raw).await.unwrap_err();
        let error = error.as_database_error().unwrap().downcast_ref::<sqlx::mysql::MySqlDatabaseError>();
        // ER_TABLEACCESS_DENIED_ERROR
        assert_eq!(error.number(), 1142, "{sql}");
    }
}

/// Who may not write is told so, and not to try again.
#[tokio::test]
async fn a_user_who_may_only_read_is_denied() {
    let Some(server) = server() else { return };
    found(&server.fresh().await).await;
    let (reader, url) = user(&server, "reader").await;
    raw(&server, &format!("GRANT SELECT ON {}.* TO {reader}", server.database())).await;
    let store = MySqlStore::connect_with(&url(), options()).await.unwrap();
    store.export(&tenant()).await.unwrap();
    let error = revoke(&store, 1).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Denied(_))), "{error:?}");
    assert!(!error.is_retryable());
}

/// A key takes 3 072 bytes, and the longest has fewer.
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
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/mariadb");
    Command::new(script).arg(command).arg(folder).output().unwrap()
}

/// A server of its own, stopped with the test.
struct Own(tempfile::TempDir);

impl Own {
    fn start(&self) -> String {
        let started = script("start", self.0.path());
        let said = String::from_utf8(started.stdout).unwrap();
        assert!(started.status.success(), "{said}{}", String::from_utf8_lossy(&started.stderr));
        said.lines().last().unwrap().strip_prefix("export DEPUTIZE_MYSQL=").unwrap().to_owned()
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
    let server = Server::at(vec![own.start()]);
    let store = server.fresh().await;
    found(&store).await;
    // Several connections that the restart breaks.
    tokio::try_join!(revoke(&store, 1), revoke(&store, 2), revoke(&store, 3)).unwrap();
    let before = store.export(&tenant()).await.unwrap();

    own.stop();
    let error = revoke(&store, 4).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Unavailable(_))), "{error:?}");
    assert!(error.is_retryable());
    assert_eq!(own.start(), server.nodes[0]);

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

/// A server that may forget what it acknowledged is refused, unless that was said to be well.
#[tokio::test]
async fn a_server_that_loses_on_power_failure_is_refused() {
    if server().is_none() {
        return;
    }
    let own = Own(tempfile::tempdir().unwrap());
    let server = Server::at(vec![own.start()]);
    server.fresh().await.close().await;
    own.stop();
    let file = own.0.path().join("my.cnf");
    let configuration = std::fs::read_to_string(&file).unwrap();
    // The log once a second; and a binary log, which decides what was committed, when the system likes.
    for risky in ["innodb-flush-log-at-trx-commit = 2", "log-bin\nsync-binlog = 0"] {
        std::fs::write(&file, format!("{configuration}\n{risky}\n")).unwrap();
        own.start();
        let error = server.connect().await.unwrap_err();
        assert!(matches!(error, StoreError::Denied(_)), "{error:?}");
        let mut options = options();
        options.may_lose_on_power_failure = true;
        let store = MySqlStore::connect_with(&server.url(), options).await.unwrap();
        revoke(&store, 1).await.ok();
        own.stop();
    }
    std::fs::write(&file, format!("{configuration}\nlog-bin\nsync-binlog = 1\n")).unwrap();
    own.start();
    found(&server.connect().await.unwrap()).await;
}
