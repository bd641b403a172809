//! Somebody writes to the SQLite file beside the store.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::path::PathBuf;

use deputize_core::{Acting, Actor, Question, TenantId};
use deputize_store::{
    AuditHash, AuditHead, AuditLine, AuditQuery, Checkpoint, Flaw, Ledger, LedgerError, SqliteStore, Store, StoreError,
    VerifyError, verify_trail,
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use support::{at, founding, id};
use tempfile::TempDir;

fn tenant() -> TenantId {
    id("acme")
}

fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

/// Ten events, and the place of the last in a checkpoint that somebody keeps.
struct World {
    _folder: TempDir,
    path: PathBuf,
    store: SqliteStore,
    kept: Checkpoint,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        SqliteStore::migrate(&path).await.unwrap();
        let store = SqliteStore::open(&path).await.unwrap();
        store.apply(&tenant(), &olga(), &founding(), at(1_000)).await.unwrap();
        let mut world = Self { _folder: folder, path, store, kept: Checkpoint::new(tenant()) };
        for second in [0, 1_001, 1_002] {
            world.refuse(second).await;
        }
        world.kept = world.verify().await.unwrap();
        assert_eq!(world.kept.sequence, 10);
        world
    }

    async fn refuse(&self, second: u64) {
        self.try_refuse(second).await.unwrap();
    }

    async fn try_refuse(&self, second: u64) -> Result<(), LedgerError> {
        let resource = Some(id("https://r0.example"));
        let question = Question { tenant: tenant(), client: id("agent-0"), acting: Acting::Alone, resource };
        self.store.refuse(question.report(at(second)), at(second)).await.map_err(|refused| refused.error)
    }

    /// Another program at the same file.
    async fn raw(&self, sql: &str) {
        let mut connection = SqliteConnection::connect(self.path.to_str().unwrap()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The checkpoint at an event that is there.
    async fn place(&self, sequence: u64) -> Checkpoint {
        let line = self.store.audit_lines(&tenant(), sequence - 1, 1).await.unwrap().lines.remove(0);
        let head = AuditHead { number: line.number, sequence, hash: line.hash };
        Checkpoint { tenant: tenant(), sequence, heads: [(line.chain, head)].into() }
    }

    /// Removes the events up to one, and says that the trail starts there.
    async fn cut_at(&self, sequence: u64) {
        let start = serde_json::to_string(&self.place(sequence).await).unwrap();
        self.raw(&format!("DELETE FROM audit WHERE sequence <= {sequence}")).await;
        self.raw(&format!("INSERT OR REPLACE INTO audit_start (tenant, checkpoint) VALUES ('acme', '{start}')")).await;
    }

    /// Removes the events from one on.
    async fn cut_off_from(&self, sequence: u64) {
        for table in ["audit", "audit_key"] {
            self.raw(&format!("DELETE FROM {table} WHERE sequence >= {sequence}")).await;
        }
    }

    async fn verify(&self) -> Result<Checkpoint, VerifyError> {
        verify_trail(&self.store, Checkpoint::new(tenant())).await
    }

    async fn verify_from_kept(&self) -> Result<Checkpoint, VerifyError> {
        verify_trail(&self.store, self.kept.clone()).await
    }
}

/// Where it shows, and what.
fn broken(verified: Result<Checkpoint, VerifyError>) -> (u64, Flaw) {
    match verified {
        Err(VerifyError::Broken(broken)) => (broken.sequence, broken.flaw),
        other => unreachable!("a broken trail was to be found: {other:?}"),
    }
}

/// Each on a trail of its own, and again once the store has gone on writing.
#[tokio::test]
async fn what_is_done_to_a_row_is_found_at_its_place() {
    let swap = "UPDATE audit SET sequence = 1000 WHERE sequence = 4;
        UPDATE audit SET sequence = 4 WHERE sequence = 8; UPDATE audit SET sequence = 8 WHERE sequence = 1000";
    let swap_entries = "UPDATE audit SET entry = (SELECT o.entry FROM audit o WHERE o.sequence = 12 - audit.sequence)
        WHERE sequence IN (4, 8)";
    for (sql, sequence, flaw) in [
        ("UPDATE audit SET entry = replace(entry, 'olga', 'nora') WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET entry = entry || ' ' WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET entry = '' WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET entry = 'no JSON' WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET entry = CAST(x'7bff7d' AS TEXT) WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET entry = '{' || char(0) || '}' WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET at = at - 1 WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET at = -1 WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET at = -1 WHERE at = 0", 8, Flaw::Altered),
        ("UPDATE audit SET hash = zeroblob(32) WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET hash = x'00' WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET number = 3 WHERE sequence = 4", 4, Flaw::Repeated),
        ("UPDATE audit SET number = -4 WHERE sequence = 4", 4, Flaw::Missing),
        ("UPDATE audit SET chain = 2 WHERE sequence = 4", 4, Flaw::Missing),
        ("UPDATE audit SET chain = 2, number = 1 WHERE sequence = 4", 4, Flaw::Altered),
        ("UPDATE audit SET sequence = 400 WHERE sequence = 4", 5, Flaw::Missing),
        ("UPDATE audit SET sequence = -4 WHERE sequence = 4", 5, Flaw::Missing),
        ("UPDATE audit SET tenant = 'other' WHERE sequence = 4", 5, Flaw::Missing),
        ("DELETE FROM audit WHERE sequence = 4", 5, Flaw::Missing),
        ("DELETE FROM audit WHERE sequence = 1", 2, Flaw::Missing),
        ("DELETE FROM audit WHERE sequence <= 4", 5, Flaw::Missing),
        (swap, 4, Flaw::Missing),
        (swap_entries, 4, Flaw::Altered),
        (
            "INSERT INTO audit (tenant, sequence, at, kind, chain, number, hash, entry)
             SELECT tenant, 11, at, kind, chain, number, hash, entry FROM audit WHERE sequence = 4",
            11,
            Flaw::Repeated,
        ),
        (
            "INSERT INTO audit (tenant, sequence, at, kind, chain, number, hash, entry)
             SELECT tenant, 11, at, kind, chain, 11, hash, entry FROM audit WHERE sequence = 4",
            11,
            Flaw::Altered,
        ),
        // Also the last, which nothing comes after.
        ("UPDATE audit SET entry = '{}' WHERE sequence = 10", 10, Flaw::Altered),
        ("UPDATE audit SET sequence = 11 WHERE sequence = 10", 11, Flaw::Altered),
    ] {
        let world = World::new().await;
        world.raw(sql).await;
        let expected = (sequence, flaw);
        assert_eq!(broken(world.verify().await), expected, "{sql}");
        for _ in 0..2 {
            match world.try_refuse(1_005).await {
                Ok(()) => assert_ne!(sequence, 11, "{sql}"),
                // What is at the place of the next event stops the store.
                Err(error) => {
                    assert!(matches!(error, LedgerError::Store(StoreError::Corrupt(_))), "{sql}: {error}");
                    assert_eq!(sequence, 11, "{sql}");
                }
            }
        }
        assert_eq!(broken(world.verify().await), expected, "later: {sql}");
    }
}

/// The tenant's own row knows the last event.
#[tokio::test]
async fn what_was_cut_off_is_found_once_the_store_has_gone_on() {
    for from in [8, 1] {
        let world = World::new().await;
        world.cut_off_from(from).await;
        world.verify().await.unwrap();
        world.refuse(1_005).await;
        assert_eq!(broken(world.verify().await), (11, Flaw::Missing));
        assert_eq!(broken(world.verify_from_kept().await), (10, Flaw::Missing));
    }
}

/// A trail that was cut off, with the tenant's row set back, is a shorter trail, unless somebody knows
/// how long it was.
#[tokio::test]
async fn what_was_cut_off_is_found_against_a_kept_checkpoint() {
    for (from, sequence) in [(8, 10), (1, 10)] {
        let world = World::new().await;
        world.cut_off_from(from).await;
        let last = "(SELECT COALESCE(MAX(sequence), 0) FROM audit)";
        let hash = format!("COALESCE((SELECT hash FROM audit WHERE sequence = {last}), zeroblob(32))");
        world.raw(&format!("UPDATE tenant SET sequence = {last}, number = {last}, hash = {hash}")).await;
        assert_eq!(world.verify().await.unwrap().sequence, from - 1);
        let missing = (sequence, Flaw::Missing);
        assert_eq!(broken(world.verify_from_kept().await), missing);
        // Also when it has grown to the same length, and beyond it, since.
        for _ in from..14 {
            world.refuse(1_005).await;
            assert_eq!(broken(world.verify_from_kept().await).0, 10);
        }
        assert_eq!(broken(world.verify_from_kept().await).1, Flaw::Altered);
        world.verify().await.unwrap();
    }
}

/// Somebody who knows the format links everything anew.
async fn write_anew(world: &World, from: u64) {
    let lines = world.store.audit_lines(&tenant(), 0, usize::MAX).await.unwrap().lines;
    let mut previous = AuditHash::ZERO;
    for line in lines {
        let mut line = AuditLine { entry: line.entry.replace("olga", "nora"), ..line };
        line.hash = line.digest(previous);
        previous = line.hash;
        if line.sequence >= from {
            let (entry, hash) = (line.entry.replace('\'', "''"), line.hash);
            let sequence = line.sequence;
            world
                .raw(&format!("UPDATE audit SET entry = '{entry}', hash = x'{hash}' WHERE sequence = {sequence}"))
                .await;
        }
    }
}

#[tokio::test]
async fn what_was_written_anew_is_found_against_a_kept_checkpoint() {
    let world = World::new().await;
    write_anew(&world, 1).await;
    world.verify().await.unwrap();
    let altered = (10, Flaw::Altered);
    assert_eq!(broken(world.verify_from_kept().await), altered);
    world.refuse(1_005).await;
    assert_eq!(broken(world.verify_from_kept().await), altered);
    // Nor can it be removed by the checkpoint that was kept.
    world.store.prune(&olga(), &world.kept, at(1_002)).await.unwrap_err();
}

/// The head of a trail is removed as retention does, but without its event.
#[tokio::test]
async fn a_start_that_no_event_tells_of_is_found() {
    let world = World::new().await;
    world.cut_at(4).await;
    assert_eq!(broken(world.verify().await), (4, Flaw::Cut));
    // Who kept a later place knows that nothing has changed since.
    assert_eq!(world.verify_from_kept().await.unwrap(), world.kept);
}

#[tokio::test]
async fn the_event_of_a_removal_tells_of_no_other() {
    let world = World::new().await;
    world.store.prune(&olga(), &world.place(4).await, at(1_002)).await.unwrap();
    assert_eq!(world.verify().await.unwrap().sequence, 11);
    world.cut_at(7).await;
    assert_eq!(broken(world.verify().await), (7, Flaw::Cut));
}

#[tokio::test]
async fn a_start_that_was_altered_is_found() {
    let world = World::new().await;
    world.store.prune(&olga(), &world.kept, at(1_002)).await.unwrap();
    world.refuse(1_005).await;
    let end = world.verify().await.unwrap();
    assert_eq!(end.sequence, 12);
    let hash = world.kept.heads[&1].hash.to_string();
    let other = format!("replace(checkpoint, '{hash}', '{}')", AuditHash::ZERO);
    world.raw(&format!("UPDATE audit_start SET checkpoint = {other}")).await;
    assert_eq!(broken(world.verify().await), (11, Flaw::Altered));
    assert_eq!(broken(world.verify_from_kept().await), (10, Flaw::Altered));
    world.raw("DELETE FROM audit_start").await;
    assert_eq!(broken(world.verify().await), (11, Flaw::Missing));
    assert_eq!(broken(world.verify_from_kept().await), (10, Flaw::Missing));
    world.raw("INSERT INTO audit_start (tenant, checkpoint) VALUES ('acme', 'nothing')").await;
    let error = world.verify().await.unwrap_err();
    assert!(matches!(error, VerifyError::Ledger(LedgerError::Store(StoreError::Corrupt(_)))), "{error}");
}

/// Whatever is gone, the store gives no place twice.
#[tokio::test]
async fn a_trail_without_rows_goes_on_where_it_was() {
    let world = World::new().await;
    world.store.prune(&olga(), &world.kept, at(1_002)).await.unwrap();
    world.raw("DELETE FROM audit; DELETE FROM audit_key").await;
    world.refuse(1_005).await;
    // The event of the removal is missed.
    for verified in [world.verify_from_kept().await, world.verify().await] {
        assert_eq!(broken(verified), (12, Flaw::Missing));
    }
}

/// What events are found by is not in the chain: the trail itself is what counts.
#[tokio::test]
async fn what_events_are_found_by_is_not_sealed() {
    let world = World::new().await;
    world.raw("DELETE FROM audit_key; UPDATE audit SET kind = 'issued'").await;
    let mut query = AuditQuery::new(tenant());
    query.person = Some(id("olga"));
    assert!(world.store.audit(&query).await.unwrap().events.is_empty());
    assert_eq!(world.verify().await.unwrap(), world.kept);
}

/// Nothing of what was removed is left in the file's tables.
#[tokio::test]
async fn what_was_removed_leaves_no_key_behind() {
    let world = World::new().await;
    world.store.prune(&olga(), &world.kept, at(1_002)).await.unwrap();
    let mut connection = SqliteConnection::connect(world.path.to_str().unwrap()).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit_key WHERE sequence <= 10")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0);
    let left: Vec<(String, String, i64)> =
        sqlx::query_as("SELECT kind, value, sequence FROM audit_key").fetch_all(&mut connection).await.unwrap();
    assert_eq!(left, [("person".into(), "olga".into(), 11)]);
}
