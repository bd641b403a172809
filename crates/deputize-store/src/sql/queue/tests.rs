//! What those have to do with each other who share a transaction.

use std::{iter, pin::Pin, sync::atomic::Ordering, task::Poll, time::Duration};

use deputize_core::{Acting, Question, Report, Returned};
use sqlx::AssertSqlSafe;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::{
    Ledger, LedgerError, SqlStore, Sqlite, SqliteStore,
    conformance::world::{World, now, replay_key, token, unbind},
    sql::tests::{Faulty, events, founded, issuance, issued, poll, together},
};

/// On one thread, so that all wait before the first is carried out.
#[tokio::test]
async fn many_at_once_share_few_transactions() {
    let plain = founded().await;
    let before = events(&plain).await;
    for tenants in [1, 2] {
        let store = Faulty::over(&plain, &[]);
        let refusals = (0..300).map(|n| {
            let tenant = if n % tenants == 0 { "acme" } else { "nobody" };
            let (client, acting) = ("first".parse().unwrap(), Acting::Alone);
            Question { tenant: tenant.parse().unwrap(), client, acting, resource: None }.report(now())
        });
        let refusals = refusals.map(|report| Box::pin(store.refuse(report, now())));
        let mut refusals: Vec<_> = refusals.collect();
        for refusal in &mut refusals {
            assert!(poll(refusal).is_pending());
        }
        for (n, refusal) in refusals.into_iter().enumerate() {
            match refusal.await {
                Ok(()) => assert!(n % tenants == 0),
                Err(refused) => {
                    assert!(matches!(refused.error, LedgerError::UnknownTenant) && n % tenants != 0, "{refused:?}");
                }
            }
        }
        // The first alone, since nobody else was there yet.
        assert_eq!(store.engine.commits(), 1 + 299_usize.div_ceil(MAX_BATCH));
    }
    assert_eq!(events(&plain).await - before, 300 + 150);
}

/// Each gets its own answer, whatever its neighbours get, and what one claims the next can't.
#[tokio::test]
async fn each_is_judged_by_itself() {
    let plain = founded().await;
    let store = Faulty::over(&plain, &[]);
    let world = World { store: &plain, tenant: "acme".parse().unwrap() };
    let stale = world.issuance("second", Acting::Alone, token(4), Vec::new()).await.unwrap();
    world.apply(&[unbind("b-second").unwrap()]).await.unwrap();
    let key = || vec![replay_key(1)];
    let all = [
        issuance(&plain, 1, Vec::new()).await,
        issuance(&plain, 2, key()).await,
        issuance(&plain, 3, key()).await,
        stale,
        issuance(&plain, 5, Vec::new()).await,
        issuance(&plain, 5, Vec::new()).await,
    ];
    let outcomes = together(&store, all).await;
    assert!(matches!(
        outcomes.as_slice(),
        [Ok(()), Ok(()), Err(RecordError::Replayed), Err(RecordError::Stale), Ok(()), Err(RecordError::Replayed)]
    ));
    assert_eq!(store.engine.commits(), 2);
    assert_eq!(issued(&plain).await, [token(1), token(2), token(5)]);
}

/// What the database does not take, for whatever reason, is told to whom it belongs.
#[tokio::test]
async fn one_that_is_not_taken_does_not_fail_its_neighbours() {
    let plain = founded().await;
    let store = Faulty::over(&plain, &[]);
    let refuses = format!(
        "CREATE TRIGGER refuses BEFORE INSERT ON issued_token WHEN NEW.id = '{}'
        BEGIN SELECT RAISE(ABORT, 'not this one'); END",
        token(3)
    );
    let mut write = plain.engine.write().await.unwrap();
    sqlx::query(AssertSqlSafe(refuses)).execute(&mut *write).await.unwrap();
    write.commit().await.unwrap();
    let mut all = Vec::new();
    for n in 1..=5 {
        all.push(issuance(&plain, n, Vec::new()).await);
    }
    for (n, outcome) in (1..).zip(together(&store, all).await) {
        match outcome {
            Ok(()) => assert_ne!(n, 3),
            Err(error) => {
                assert!(matches!(error, RecordError::Store(StoreError::Corrupt(_))) && n == 3, "{n}: {error:?}");
            }
        }
    }
    assert_eq!(issued(&plain).await, [1, 2, 4, 5].map(token));
}

/// As many refusals as that, each of which waits, or knows already.
fn refusals(store: &SqlStore<Faulty<Sqlite>>, count: usize) -> Vec<Waits<'_>> {
    let report = || {
        let (tenant, client) = ("acme".parse().unwrap(), "first".parse().unwrap());
        Question { tenant, client, acting: Acting::Alone, resource: None }.report(now())
    };
    let mut all: Vec<Waits<'_>> =
        (0..count).map(|_| -> Waits<'_> { Box::pin(store.refuse(report(), now())) }).collect();
    for refusal in &mut all {
        if let Poll::Ready(told) = poll(refusal) {
            *refusal = Box::pin(std::future::ready(told));
        }
    }
    all
}

type Waits<'a> = Pin<Box<dyn Future<Output = Result<(), Returned<LedgerError, Report>>> + Send + 'a>>;

/// A database that is not there is asked once for all that wait, and not once for each batch of them.
#[tokio::test]
async fn who_waits_for_what_is_not_there_is_told_with_the_others() {
    let plain = founded().await;
    let store = Faulty::over(&plain, &[]);
    store.engine.gone.store(true, Ordering::SeqCst);
    for refusal in refusals(&store, 3 * MAX_BATCH) {
        let error = refusal.await.unwrap_err().error;
        assert!(matches!(error, LedgerError::Store(StoreError::Unavailable(_))), "{error:?}");
    }
    assert_eq!(store.engine.begun.load(Ordering::SeqCst), 1);
    // And it is asked anew once there is somebody.
    store.engine.gone.store(false, Ordering::SeqCst);
    for refusal in refusals(&store, 2) {
        refusal.await.unwrap();
    }
}

/// A line has an end: whoever finds it full need not wait to know.
#[tokio::test]
async fn a_line_is_bounded() {
    let plain = founded().await;
    let store = Faulty::over(&plain, &[]);
    let mut told = [0, 0];
    for refusal in refusals(&store, 1 + MAX_WAITING + 2) {
        match refusal.await {
            Ok(()) => told[0] += 1,
            Err(refused) => {
                assert!(matches!(refused.error, LedgerError::Store(StoreError::Conflict(_))), "{refused:?}");
                told[1] += 1;
            }
        }
    }
    assert_eq!(told, [1 + MAX_WAITING, 2]);
}

/// All of a transaction that failed for a reason which is not one entry's.
#[tokio::test]
async fn those_that_failed_together_are_told_the_same() {
    let plain = founded().await;
    let store = Faulty::over(&plain, &[]);
    store.engine.gone.store(true, Ordering::SeqCst);
    let mut all = Vec::new();
    for n in 1..=3 {
        all.push(issuance(&plain, n, Vec::new()).await);
    }
    for outcome in together(&store, all).await {
        assert!(matches!(outcome, Err(RecordError::Store(StoreError::Unavailable(_)))), "{outcome:?}");
    }
    assert!(issued(&plain).await.is_empty());
    assert!(store.queue.lines().is_empty());
}

/// Whoever asked, and whenever they went: the others do not notice.
#[tokio::test]
async fn whoever_goes_away_does_not_hurt_the_others() {
    for gone in 1..=4_u8 {
        let store = founded().await;
        let mut all = Vec::new();
        for n in 1..=4 {
            all.push(Some(Box::pin(store.record(issuance(&store, n, Vec::new()).await, now()))));
        }
        for one in all.iter_mut().flatten() {
            assert!(poll(one).is_pending());
        }
        drop(all.get_mut(usize::from(gone) - 1).unwrap().take());
        for one in all.into_iter().flatten() {
            drop(one.await.unwrap());
        }
        // It was on its way: it went on.
        assert_eq!(issued(&store).await, [1, 2, 3, 4].map(token));
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// A store that two runtimes use: when one ends, the other goes on.
#[test]
fn a_runtime_that_ends_leaves_no_line_behind() {
    let (first, second) = (runtime(), runtime());
    let store = second.block_on(founded());
    let mut all = Vec::new();
    for n in 1..=3 {
        all.push(Box::pin(store.record(second.block_on(issuance(&store, n, Vec::new())), now())));
    }
    let [opens, waits, later] = all.try_into().unwrap_or_else(|_| panic!("not three"));
    let (mut opens, mut waits) = (opens, waits);
    // The line is the first runtime's, which never comes to it.
    first.block_on(async { assert!(poll(&mut opens).is_pending()) });
    second.block_on(async { assert!(poll(&mut waits).is_pending()) });
    drop(first);
    let refused = second.block_on(opens).unwrap_err();
    assert!(matches!(refused.error, RecordError::Store(StoreError::Unresolved(_))), "{refused:?}");
    // Of this one it is known that it did not begin.
    let refused = second.block_on(waits).unwrap_err();
    assert!(matches!(refused.error, RecordError::Store(StoreError::Unavailable(_))), "{refused:?}");
    drop(second.block_on(later).unwrap());
    second.block_on(async { store.record(*refused.value, now()).await.map(drop) }).unwrap();
    assert_eq!(second.block_on(issued(&store)), [token(3), token(2)]);
}

/// A runtime that has ended drops at once what is spawned on it.
#[test]
fn a_runtime_that_has_ended_opens_no_line() {
    let (gone, other) = (runtime(), runtime());
    let store = Arc::new(other.block_on(founded()));
    let issuance = other.block_on(issuance(&*store, 1, Vec::new()));
    let handle = gone.handle().clone();
    drop(gone);
    // On a thread of its own, so that one that hangs fails and does not hang the test.
    let (done, outcome) = std::sync::mpsc::channel();
    let asking = store.clone();
    std::thread::spawn(move || {
        let _entered = handle.enter();
        let mut recording = Box::pin(asking.record(issuance, now()));
        drop(done.send(poll(&mut recording).map_ok(drop).map_err(|refused| (refused.error, refused.value))));
    });
    let Poll::Ready(Err((error, issuance))) = outcome.recv_timeout(Duration::from_secs(20)).unwrap() else {
        panic!("it was recorded, or waits for ever")
    };
    assert!(matches!(error, RecordError::Store(StoreError::Unresolved(_))), "{error:?}");
    other.block_on(async { store.record(*issuance, now()).await.map(drop) }).unwrap();
}

async fn entry(store: &SqliteStore, n: u8) -> Entry {
    Entry::issuance(&issuance(store, n, Vec::new()).await, now()).unwrap()
}

/// Between its closing and its end another one of the same tenant may have been opened.
#[tokio::test]
async fn a_line_that_was_closed_takes_no_other_with_it() {
    let (store, queue, key) = (founded().await, Arc::new(Queue::default()), None);
    let waiting = |entry| {
        let (done, outcome) = oneshot::channel();
        (Waiting { entry, done }, outcome)
    };
    let mut line = Line { queue: queue.clone(), key: key.clone(), open: true };
    let (first, _) = waiting(entry(&store, 1).await);
    assert!(matches!(queue.enter(&key, first), Entered::First(_)));
    assert!(line.next().is_empty());
    // As by somebody who comes in exactly that moment, and one more who then waits.
    let (second, _) = waiting(entry(&store, 2).await);
    assert!(matches!(queue.enter(&key, second), Entered::First(_)));
    let (third, mut outcome) = waiting(entry(&store, 3).await);
    assert!(matches!(queue.enter(&key, third), Entered::Waits));
    drop(line);
    assert!(queue.lines().contains_key(&key));
    assert!(matches!(outcome.try_recv(), Err(oneshot::error::TryRecvError::Empty)), "{outcome:?}");
}

/// A batch ends before it is too large for a statement, and what is too large by itself goes alone.
#[tokio::test]
async fn a_batch_has_bounds() {
    let (store, queue) = (founded().await, Arc::new(Queue::default()));
    let size = entry(&store, 1).await.bytes();
    for (sizes, batches) in [
        (vec![size; MAX_BATCH + 1], vec![MAX_BATCH, 1]),
        (vec![MAX_BATCH_BYTES - size, size, size], vec![2, 1]),
        (vec![MAX_BATCH_BYTES + 1, size, size], vec![1, 2]),
        (vec![size, MAX_BATCH_BYTES + 1, size], vec![1, 1, 1]),
    ] {
        queue.lines().insert(None, Vec::new());
        for bytes in sizes {
            let mut entry = entry(&store, 1).await;
            entry.event.text.extend(iter::repeat_n(' ', bytes - size));
            let (done, _) = oneshot::channel();
            queue.enter(&None, Waiting { entry, done });
        }
        let mut line = Line { queue: queue.clone(), key: None, open: true };
        for batch in batches {
            assert_eq!(line.next().len(), batch);
        }
        assert!(line.next().is_empty() && queue.lines().is_empty());
    }
}
