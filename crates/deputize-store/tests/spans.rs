//! Each operation on a database is in a span that says what, for which tenant and how it failed, and
//! nothing that a log should not hold.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use deputize_core::{Actor, Change, Lineage, Question, Target, TenantId};
use deputize_store::{AuditQuery, Checkpoint, Cursor, Directory, Ledger, SqliteStore, Store, conformance};
use support::{at, founding, id, log::Log, token};

/// One after the other, since SQLite has a thread of its own, which only hears of one subscriber.
#[tokio::test]
async fn spans_say_what_a_log_may_hold() {
    let log = Log::default();
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    each_operation_is_in_a_span(&log).await;
    nothing_is_said_that_was_bound(&log).await;
}

async fn each_operation_is_in_a_span(log: &Log) {
    let (tenant, olga): (TenantId, _) = (id("acme"), Actor::Operator(id("olga")));
    let store = SqliteStore::in_memory().await.unwrap();
    store.apply(&tenant, &olga, &founding(), at(1_000)).await.unwrap();
    let (acting, resource) = (deputize_core::Acting::Alone, Some(id("https://r0.example")));
    let question = Question { tenant: tenant.clone(), client: id("agent-0"), acting, resource };
    store.load(&question).await.unwrap();
    store.refuse(question.report(at(1_001)), at(1_001)).await.unwrap();
    let lineage = Lineage {
        tenant: tenant.clone(),
        person: Some(id("bob")),
        delegation: None,
        agents: vec![id("agent-0")],
        tokens: vec![token(1)],
    };
    store.revoked(&lineage).await.unwrap();
    store.revoked_since(&tenant, Cursor::START).await.unwrap();
    store.audit(&AuditQuery::new(tenant.clone())).await.unwrap();
    store.audit_lines(&tenant, 0, 1).await.unwrap();
    store.prune(&olga, &Checkpoint::new(tenant.clone()), at(1_001)).await.unwrap();
    store.export(&tenant).await.unwrap();
    store.put_key_ring(&tenant, &olga, "a.b.c.d.e", 0, at(1_001)).await.unwrap();
    store.key_ring(&tenant).await.unwrap();
    store.export(&id("nobody")).await.unwrap_err();
    let lines = log.lines();
    let spans: Vec<_> = lines.iter().filter(|line| line.starts_with("deputize_store ")).collect();
    for (span, operation) in spans.iter().zip([
        "apply",
        "load",
        "refuse",
        "revoked",
        "revoked_since",
        "audit",
        "audit_lines",
        "prune",
        "export",
        "put_key_ring",
        "key_ring",
    ]) {
        let expected =
            format!("deputize_store db.system.name=\"sqlite\" db.operation.name=\"{operation}\" tenant=acme");
        assert_eq!(**span, expected);
    }
    assert_eq!(spans.len(), 12);
    assert!(lines.iter().any(|line| line == "recorded error=the tenant is not known"), "{lines:?}");
}

/// Nor does `sqlx`, which says how long statements take, say what is bound to them.
async fn nothing_is_said_that_was_bound(log: &Log) {
    conformance::run(async || SqliteStore::in_memory().await.unwrap()).await.unwrap();
    let store = SqliteStore::in_memory().await.unwrap();
    let olga = Actor::Operator(id("olga"));
    store.apply(&id("acme"), &olga, &founding(), at(1_000)).await.unwrap();
    let revoked = [Change::Revoke(Target::Token(token(77)))];
    store.apply(&id("acme"), &olga, &revoked, at(1_000)).await.unwrap();
    store.put_key_ring(&id("acme"), &olga, "secret.b.c.d.e", 0, at(1_001)).await.unwrap();
    let lines = log.lines();
    for (said, times) in [("db.operation.name=\"record\"", 10), ("sqlx::query", 100)] {
        let lines = lines.iter().filter(|line| line.contains(said)).count();
        assert!(lines > times, "{said}: {lines}");
    }
    for bound in [token(77).to_string().as_str(), "secret", "olga", "alice", "research", "reports:read"] {
        let said: Vec<_> = lines.iter().filter(|line| line.contains(bound)).collect();
        assert!(said.is_empty(), "{bound}: {said:?}");
    }
}
