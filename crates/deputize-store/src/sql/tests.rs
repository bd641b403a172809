//! An engine that fails as it is told, and what else the tests of its parts have in common.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use deputize_core::{Acting, Change, Issuance, ReplayKey, Target, TokenId};
use sqlx::{Transaction, pool::PoolConnection};

use super::{Engine, SqlStore};
use crate::{
    AuditEntry, AuditQuery, ChangeError, Checkpoint, Ledger, RecordError, SqliteStore, Store, StoreError,
    conformance::world::{World, now, operator, token},
    verify_trail,
};

/// What becomes of a commit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    Committed,
    /// It was committed, and the answer lost.
    AnswerLost,
    /// It was lost before it came to anything.
    Lost,
    /// The database rolled it back in favour of another.
    RolledBack,
}

/// An engine whose commits go as they are told, one after the other, and then as they should.
#[derive(Debug)]
pub(crate) struct Faulty<E> {
    pub(crate) engine: Arc<E>,
    fates: Mutex<VecDeque<Fate>>,
    /// From a lost commit on, nothing can be reached.
    pub(crate) gone_when_lost: AtomicBool,
    pub(crate) gone: AtomicBool,
    commits: AtomicUsize,
    /// How often a transaction was to begin.
    pub(crate) begun: AtomicUsize,
    pub(crate) trying: Duration,
}

impl<E: Engine> Faulty<E> {
    pub(crate) fn over(store: &SqlStore<E>, fates: &[Fate]) -> SqlStore<Self> {
        SqlStore::over(Self {
            engine: store.engine.clone(),
            fates: Mutex::new(fates.iter().copied().collect()),
            gone_when_lost: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            commits: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            trying: Duration::from_secs(20),
        })
    }

    pub(crate) fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    fn lost<T>(&self) -> Result<T, StoreError> {
        self.gone.fetch_or(self.gone_when_lost.load(Ordering::SeqCst), Ordering::SeqCst);
        Err(StoreError::Unavailable("the connection is lost".into()))
    }
}

impl<E: Engine> Engine for Faulty<E> {
    type Database = E::Database;

    const NAME: &'static str = E::NAME;
    const ONE_WRITER: bool = E::ONE_WRITER;

    async fn reader(&self) -> Result<PoolConnection<E::Database>, StoreError> {
        self.engine.reader().await
    }

    async fn read(&self) -> Result<Transaction<'static, E::Database>, StoreError> {
        self.engine.read().await
    }

    async fn write(&self) -> Result<Transaction<'static, E::Database>, StoreError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        if self.gone.load(Ordering::SeqCst) { self.lost() } else { self.engine.write().await }
    }

    async fn commit(&self, write: Transaction<'static, E::Database>) -> Result<(), StoreError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        let fate = self.fates.lock().unwrap().pop_front();
        match fate.unwrap_or(Fate::Committed) {
            Fate::Committed => self.engine.commit(write).await,
            Fate::AnswerLost => {
                self.engine.commit(write).await?;
                self.lost()
            }
            Fate::Lost => {
                write.rollback().await.map_err(E::meaning)?;
                self.lost()
            }
            Fate::RolledBack => {
                write.rollback().await.map_err(E::meaning)?;
                Err(StoreError::Conflict("in favour of another".into()))
            }
        }
    }

    fn trying(&self) -> Duration {
        self.trying
    }

    fn meaning(error: sqlx::Error) -> StoreError {
        E::meaning(error)
    }

    fn was_rolled_back(error: &StoreError) -> bool {
        matches!(error, StoreError::Conflict(_))
    }
}

/// A store in memory with the tenant of the conformance suite in it.
pub(crate) async fn founded() -> SqliteStore {
    let store = SqliteStore::in_memory().await.unwrap();
    World::new(&store).await.unwrap();
    store
}

pub(crate) async fn issuance<S: Store>(store: &S, n: u8, replay: Vec<ReplayKey>) -> Issuance {
    let world = World { store, tenant: "acme".parse().unwrap() };
    world.issuance("first", Acting::Alone, token(n), replay).await.unwrap()
}

/// One event.
pub(crate) async fn apply<E: Engine>(store: &SqlStore<E>, n: u8) -> Result<(), ChangeError> {
    let (tenant, olga) = ("acme".parse().unwrap(), operator().unwrap());
    let revocation = Change::Revoke(Target::Token(token(n)));
    store.apply(&tenant, &olga, &[revocation], now()).await.map(drop)
}

/// The whole trail, verified.
pub(crate) async fn end(store: &impl Store) -> Checkpoint {
    verify_trail(store, Checkpoint::new("acme".parse().unwrap())).await.unwrap()
}

/// The tokens in the trail, in order, each as often as it is there. The trail verifies.
pub(crate) async fn issued(store: &impl Store) -> Vec<TokenId> {
    let query = AuditQuery::new("acme".parse().unwrap());
    verify_trail(store, Checkpoint::new(query.tenant.clone())).await.unwrap();
    let page = store.audit(&query).await.unwrap();
    assert!(!page.more);
    let issued = page.events.into_iter().filter_map(|event| match event.what {
        AuditEntry::Issued { token, .. } => Some(token.id),
        _ => None,
    });
    issued.collect()
}

/// How many events there are.
pub(crate) async fn events(store: &impl Store) -> usize {
    store.audit(&AuditQuery::new("acme".parse().unwrap())).await.unwrap().events.len()
}

/// Records all of them, the second and later ones in one transaction.
pub(crate) async fn together<E: Engine>(
    store: &SqlStore<E>,
    all: impl IntoIterator<Item = Issuance>,
) -> Vec<Result<(), RecordError>> {
    let all = all.into_iter().map(|issuance| Box::pin(store.record(issuance, now())));
    let mut all: Vec<_> = all.collect();
    for one in &mut all {
        assert!(poll(one).is_pending());
    }
    let mut outcomes = Vec::new();
    for one in all {
        outcomes.push(one.await.map(drop).map_err(|refused| refused.error));
    }
    outcomes
}

pub(crate) fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
