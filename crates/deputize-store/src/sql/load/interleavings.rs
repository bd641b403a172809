//! Every order in which two that ask and two changes can meet at the cache of compiled policies.
//!
//! Who asks does three things that others can come between: look into the cache, ask the database, put
//! into the cache. Whatever the order, each is answered by the database as it was when it was asked.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
};

use deputize_core::{Acting, Actor, Change, Policy, ScopeSet, Status, TenantId};
use sqlx::SqliteConnection;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::{
    SqliteStore, Store,
    conformance::world::{World, agent, now, operator, role},
    sql::{Statements, engine::Engine, tests::founded},
};

/// Two that ask, in three steps each, and two changes: 8! / (3! · 3! · 2!), with a cache that is empty and
/// one that is not.
const SCHEDULES: usize = 2 * 560;

/// A connection that waits before it asks, and before it answers, until it may.
struct Gated {
    store: Arc<SqliteStore>,
    gate: Arc<Gate>,
}

/// How far it has come, and how far it may go.
#[derive(Default)]
struct Gate {
    at: AtomicUsize,
    open: AtomicUsize,
}

impl Gate {
    async fn pass(&self, number: usize) {
        self.at.store(number, SeqCst);
        poll_fn(|_| if self.open.load(SeqCst) >= number { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

impl Link for Gated {
    type Row = <SqliteConnection as Link>::Row;

    const SQL: Statements = <SqliteConnection as Link>::SQL;

    async fn rows(&mut self, sql: &'static str, args: Vec<Arg<'_>>) -> Result<Vec<Self::Row>, StoreError> {
        self.gate.pass(1).await;
        let rows = self.store.engine.reader().await?.rows(sql, args).await;
        self.gate.pass(2).await;
        rows
    }

    async fn write(&mut self, _: &'static str, _: Vec<Arg<'_>>) -> Result<u64, StoreError> {
        Err(StoreError::Denied("who asks writes nothing".into()))
    }
}

fn question(tenant: &TenantId) -> Question {
    let (client, person) = ("first".parse().unwrap(), "alice".parse().unwrap());
    let acting = Acting::For { person, delegation: None };
    Question { tenant: tenant.clone(), client, acting, resource: Some("https://api.example".parse().unwrap()) }
}

/// What is granted, why, and at which revisions.
fn answer(tenant: &TenantId, rows: Rows) -> String {
    let revisions = (rows.epoch, rows.agent.as_ref().map(|agent| (agent.revision(), agent.epoch())));
    let policy = Policy::compile(question(tenant), rows).unwrap();
    let scopes: ScopeSet = "mail:read reports:read".parse().unwrap();
    format!("{revisions:?} {:?}", policy.decide(&scopes, None, now()).unwrap().report())
}

/// Somebody who asks.
struct Asker {
    gate: Arc<Gate>,
    asking: Pin<Box<dyn Future<Output = Result<Rows, LoadError>> + Send>>,
    steps: usize,
    /// What the database says without a cache, when it was asked.
    expected: Option<String>,
}

impl Asker {
    fn new(store: &Arc<SqliteStore>, tenant: &TenantId, policies: &Arc<PolicyCache>) -> Self {
        let gate = Arc::<Gate>::default();
        let mut db = Gated { store: store.clone(), gate: gate.clone() };
        let (question, policies) = (question(tenant), policies.clone());
        let asking = Box::pin(async move { load(&mut db, &question, &policies).await });
        Self { gate, asking, steps: 0, expected: None }
    }

    /// Goes on to its next gate, or to its end.
    fn go_on(&mut self, runtime: &Runtime, store: &Arc<SqliteStore>, tenant: &TenantId) {
        self.gate.open.store(self.steps, SeqCst);
        self.steps += 1;
        let (gate, steps, asking) = (&self.gate, self.steps, &mut self.asking);
        let there = poll_fn(|context| match asking.as_mut().poll(context) {
            Poll::Ready(rows) => Poll::Ready(Some(rows)),
            Poll::Pending if gate.at.load(SeqCst) == steps => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        match runtime.block_on(there) {
            Some(rows) => assert_eq!(Some(answer(tenant, rows.unwrap())), self.expected),
            None if self.steps == 2 => {
                let anew = Arc::new(PolicyCache::default());
                let rows = runtime.block_on(async {
                    let mut db = store.engine.reader().await?;
                    load(&mut *db, &question(tenant), &anew).await
                });
                self.expected = Some(answer(tenant, rows.unwrap()));
            }
            None => {}
        }
    }
}

/// Changes the agent's entry and a role in turn, each back and forth.
fn change(number: usize) -> Change {
    let status = if number & 2 == 0 { Status::Suspended } else { Status::Active };
    let pattern = if number & 2 == 0 { "mail:*" } else { "reports:*" };
    match number & 1 {
        0 => Change::PutAgent(agent("first", status).unwrap()),
        _ => Change::PutRole(role(pattern).unwrap()),
    }
}

/// Every order of so many steps of each kind.
fn orders(left: [usize; 3]) -> Vec<Vec<usize>> {
    if left == [0; 3] {
        return vec![Vec::new()];
    }
    let begins = (0..3).filter(|kind| left[*kind] > 0);
    let all = begins.flat_map(|kind| {
        let mut rest = left;
        rest[kind] -= 1;
        orders(rest).into_iter().map(move |order| [vec![kind], order].concat())
    });
    all.collect()
}

#[test]
fn whatever_the_order_each_is_answered_by_the_database_as_it_was() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let store = Arc::new(runtime.block_on(founded()));
    let tenant = World { store: &*store, tenant: "acme".parse().unwrap() }.tenant;
    let olga: Actor = operator().unwrap();
    let (mut schedules, mut changes, mut cached) = (0, 0, 0);
    for warm in [false, true] {
        for order in orders([3, 3, 2]) {
            let policies = Arc::new(PolicyCache::default());
            let new = || Asker::new(&store, &tenant, &policies);
            let to_the_end = |mut asker: Asker| (0..3).for_each(|_| asker.go_on(&runtime, &store, &tenant));
            if warm {
                to_the_end(new());
            }
            let mut askers = [new(), new()];
            for step in order {
                if let Some(asker) = askers.get_mut(step) {
                    asker.go_on(&runtime, &store, &tenant);
                } else {
                    runtime.block_on(store.apply(&tenant, &olga, &[change(changes)], now())).unwrap();
                    changes += 1;
                }
            }
            cached += usize::from(policies.get(&tenant, &"first".parse().unwrap()).is_some());
            // What is left in the cache misleads nobody who comes later.
            to_the_end(new());
            schedules += 1;
        }
    }
    println!("{schedules} interleavings");
    assert_eq!((schedules, cached), (SCHEDULES, SCHEDULES));
}
