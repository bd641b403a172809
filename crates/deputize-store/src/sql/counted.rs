//! How much is carried out and written, counted: it does not grow with what there is.

use std::{env, num::NonZeroU32};

use deputize_core::{
    Acting, Actor, Agent, AgentProof, Allow, Binding, ChainAgent, Change, Delegation, Held, Issuance, MayAct,
    NonEmptySet, Parent, ParseError, Policy, Proven, ProvenBy, Question, ReplayKey, Resource, Role, Subject, Target,
    TenantId, TokenId, UnixTime,
};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::*;
use crate::{
    SqliteStore,
    error::StoreError,
    limits::{MAX_BATCH, MAX_PURGED},
    sql::record::Batch,
};

const SQL: Statements = SqliteConnection::SQL;

/// A connection that remembers what was carried out on it.
struct Counting<'a> {
    db: &'a mut SqliteConnection,
    carried_out: Vec<&'static str>,
}

impl Link for Counting<'_> {
    type Row = SqliteRow;

    const SQL: Statements = SQL;

    async fn rows(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> Result<Vec<SqliteRow>, StoreError> {
        self.carried_out.push(sql);
        self.db.rows(sql, args).await
    }

    async fn write(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> Result<u64, StoreError> {
        self.carried_out.push(sql);
        self.db.write(sql, args).await
    }
}

fn id<T: std::str::FromStr<Err = ParseError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds).unwrap()
}

const NOW: u64 = 1_000;

fn acme() -> TenantId {
    id("acme")
}

fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

fn token(n: usize) -> TokenId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&(n as u64).to_be_bytes());
    TokenId::v7(at(NOW), random)
}

fn client(n: usize) -> String {
    format!("agent-{n}")
}

fn bind(binding: &str, subject: Subject) -> Change {
    let (window, resource) = (Default::default(), None);
    Change::Bind(Binding { id: id(binding), subject, role: id("reader"), window, resource })
}

/// Two agents, of whom the first acts for alice and may hand on to the second; `others` are bound too.
async fn store(others: usize) -> SqliteStore {
    let store = SqliteStore::in_memory().await.unwrap();
    let mut changes = vec![
        Change::PutResource(Resource { uri: id("https://api.example"), scopes: Allow::Any }),
        Change::PutRole(Role { name: id("reader"), permissions: NonEmptySet::of(id("a:*")) }),
    ];
    for n in 0..2 {
        changes.push(Change::PutAgent(Agent {
            client_id: id(&client(n)),
            spiffe_id: id(&format!("spiffe://acme/{n}")),
            acting: MayAct::Either,
            allowed_scopes: NonEmptySet::of(id("a:*")),
            max_lifetime_seconds: NonZeroU32::new(600).unwrap(),
            resources: Allow::Any,
            mode: Default::default(),
            status: Default::default(),
        }));
        changes.push(bind(&client(n), Subject::Agent(id(&client(n)))));
    }
    changes.push(bind("alice", Subject::User(id("alice"))));
    changes.extend((0..others).map(|n| bind(&format!("other-{n}"), Subject::User(id(&format!("user-{n}"))))));
    changes.push(Change::Delegate(Delegation {
        id: id("d1"),
        delegator: id("alice"),
        agent: id(&client(0)),
        scopes: NonEmptySet::of(id("a:read")),
        purpose: "counting".into(),
        resources: Allow::Any,
        onward: [id(&client(1))].into(),
        max_depth: 1,
        window: Default::default(),
        status: Default::default(),
    }));
    store.apply(&acme(), &olga(), &changes, at(NOW)).await.unwrap();
    store
}

fn question(agent: usize, acting: Acting) -> Question {
    Question { tenant: acme(), client: id(&client(agent)), acting, resource: Some(id("https://api.example")) }
}

fn for_alice() -> Question {
    question(0, Acting::For { person: id("alice"), delegation: None })
}

/// What the first agent may hand on.
fn root(token: TokenId) -> Parent {
    Parent::assertion(Held {
        tenant: acme(),
        person: id("alice"),
        delegation: id("d1"),
        resource: id("https://api.example"),
        scopes: id("a:read"),
        tokens: vec![token],
        agents: vec![ChainAgent { client_id: id(&client(0)), spiffe_id: Some(id("spiffe://acme/0")) }],
        depth: 0,
        max_depth: 1,
        expires_at: at(NOW + 600),
        confirmation: None,
    })
}

async fn policy(store: &SqliteStore, question: Question) -> Policy {
    let rows = store.load(&question).await.unwrap();
    Policy::compile(question, rows).unwrap()
}

fn issuance(policy: &Policy, token: TokenId, replay: Vec<ReplayKey>) -> Issuance {
    let proof = AgentProof::assertion(Proven {
        tenant: acme(),
        by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
        expires_at: at(NOW + 300),
        replay,
        confirmation: None,
    });
    policy.decide(&id("a:read"), None, at(NOW)).unwrap().issue(proof, token).unwrap()
}

fn key(n: usize, keep_until: UnixTime) -> ReplayKey {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&(n as u64).to_be_bytes());
    ReplayKey { digest, keep_until }
}

#[tokio::test]
async fn a_question_is_one_statement_whatever_there_is() {
    for others in [0, 1_000] {
        let store = store(others).await;
        let ways: [fn() -> Question; 4] = [
            || question(0, Acting::Alone),
            for_alice,
            || question(0, Acting::For { person: id("alice"), delegation: Some(id("d1")) }),
            || question(1, Acting::HandedOn(root(token(0)))),
        ];
        for question in ways {
            let policies = PolicyCache::default();
            // The second time, the agent's half is kept.
            for _ in 0..2 {
                let mut reader = store.engine.reader().await.unwrap();
                let mut db = Counting { db: &mut reader, carried_out: Vec::new() };
                load::load(&mut db, &question(), &policies).await.unwrap();
                assert_eq!(db.carried_out, [SQL.load]);
            }
        }
    }
}

#[tokio::test]
async fn recordings_that_share_a_transaction_share_its_statements() {
    let store = store(0).await;
    let policy = policy(&store, for_alice()).await;
    let Record::Apart { claim_tokens, purge_replay, claim_replay } = SQL.record else {
        unreachable!("on SQLite each is a statement of its own")
    };
    let all = [
        SQL.lock_tenant,
        SQL.standing,
        claim_tokens,
        purge_replay,
        claim_replay,
        SQL.append,
        SQL.append_keys,
        SQL.put_head,
    ];
    let mut recorded = 0;
    for size in [1, 2, 100, MAX_BATCH] {
        let entry = |n| Entry::issuance(&issuance(&policy, token(n), vec![key(n, at(NOW))]), at(NOW)).unwrap();
        let entries: Vec<_> = (recorded..recorded + size).map(entry).collect();
        recorded += size;
        let mut write = store.engine.write().await.unwrap();
        let mut db = Counting { db: &mut write, carried_out: Vec::new() };
        let outcomes = Batch(&entries).carry_out(&mut db).await.unwrap().done;
        assert_eq!(db.carried_out, all, "{size}");
        assert!(outcomes.len() == size && outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        write.commit().await.unwrap();
    }
}

/// What is below a token need not even be known: so what a revocation does and writes can't depend on
/// it. `DEPUTIZE_SCALE` makes the larger tree larger.
#[tokio::test]
async fn a_revocation_writes_as_much_for_ten_tokens_as_for_thousands() {
    let large = env::var("DEPUTIZE_SCALE").map_or(5_000, |size| size.parse().unwrap());
    let [of_ten, of_thousands] = [revocations(10).await, revocations(large).await];
    println!("rows and statements, for a tree of 10 and of {large}: {of_ten:?}");
    assert_eq!(of_ten, of_thousands);
    assert!(of_ten.iter().all(|(_, rows, statements)| *rows <= 10 && *statements <= 20), "{of_ten:?}");
}

/// Rows that each revocation of a tree of tokens writes, and statements that it takes: the first token
/// and all the others, handed on from it. Rolled back, so that each finds the whole tree alive.
async fn revocations(size: usize) -> Vec<(Target, i64, usize)> {
    let store = store(0).await;
    let at_root = policy(&store, for_alice()).await;
    let below = policy(&store, question(1, Acting::HandedOn(root(token(0))))).await;
    let entry = |n| {
        let policy = if n == 0 { &at_root } else { &below };
        Entry::issuance(&issuance(policy, token(n), Vec::new()), at(NOW)).unwrap()
    };
    let entries: Vec<_> = (0..size).map(entry).collect();
    for batch in entries.chunks(MAX_BATCH) {
        let recorded = carry_out(&*store.engine, &Batch(batch)).await.unwrap();
        assert!(recorded.iter().all(Result::is_ok));
    }
    let targets = [
        Target::Token(token(0)),
        Target::Delegation(id("d1")),
        Target::Agent(id(&client(0))),
        Target::Person(id("alice")),
        Target::Tenant,
    ];
    let mut done = Vec::new();
    for target in targets {
        let mut write = store.engine.write().await.unwrap();
        let before = written(&mut write).await;
        let mut db = Counting { db: &mut write, carried_out: Vec::new() };
        let changes = [Change::Revoke(target.clone())];
        let work = Apply { tenant: &acme(), actor: &olga(), changes: &changes, now: at(NOW) };
        work.carry_out(&mut db).await.unwrap();
        let statements = db.carried_out.len();
        done.push((target, written(&mut write).await - before, statements));
        write.rollback().await.unwrap();
    }
    done
}

/// Rows that were written on a connection so far.
async fn written(db: &mut SqliteConnection) -> i64 {
    sqlx::query_scalar("SELECT total_changes()").fetch_one(db).await.unwrap()
}

/// Ten thousand keys whose time has come are forgotten a few at a time, by whoever records meanwhile.
#[tokio::test]
async fn no_recording_forgets_more_keys_than_its_share() {
    const KEYS: usize = 10_000;
    let store = store(0).await;
    let policy = policy(&store, for_alice()).await;
    let kept = async || -> usize {
        let mut reader = store.engine.reader().await.unwrap();
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM replay").fetch_one(&mut *reader).await.unwrap();
        count.try_into().unwrap()
    };
    let ends = at(NOW + 100);
    let keys = (0..KEYS).map(|n| key(n, ends)).collect();
    drop(store.record(issuance(&policy, token(0), keys), at(NOW)).await.unwrap());
    assert_eq!(kept().await, KEYS);
    // Not before it has come.
    drop(store.record(issuance(&policy, token(1), Vec::new()), at(NOW + 99)).await.unwrap());
    assert_eq!(kept().await, KEYS);
    let (mut left, mut recorded) = (KEYS, 2);
    while left > 0 {
        let size = [1, 10][recorded % 2];
        let entry = |n| Entry::issuance(&issuance(&policy, token(n), Vec::new()), ends).unwrap();
        let entries: Vec<_> = (recorded..recorded + size).map(entry).collect();
        recorded += size;
        let outcomes = carry_out(&*store.engine, &Batch(&entries)).await.unwrap();
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        let now = kept().await;
        assert_eq!(left - now, left.min(size * MAX_PURGED as usize));
        left = now;
    }
}
