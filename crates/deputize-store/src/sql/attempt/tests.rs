//! Over SQLite, with commits that end in every way there is.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::*;
use crate::{
    Ledger, RecordError, Store,
    conformance::world::{now, operator, token},
    sql::tests::{Fate, Faulty, apply, end, events, founded, issuance, issued},
};

/// However often it is lost, and however: it is written once, and answered as if nothing had happened.
#[tokio::test]
async fn a_commit_that_was_lost_is_resolved() {
    use Fate::{AnswerLost, Lost, RolledBack};
    for (fates, commits) in [
        (&[][..], 1),
        (&[AnswerLost], 2),
        (&[Lost], 2),
        (&[RolledBack], 2),
        (&[Lost, Lost, AnswerLost], 4),
        (&[RolledBack, Lost, RolledBack, Lost, AnswerLost], 6),
        // The look is lost too, either way.
        (&[AnswerLost, Lost, AnswerLost], 4),
        (&[Lost, AnswerLost, Lost], 4),
        (&[AnswerLost, RolledBack], 3),
    ] {
        let plain = founded().await;
        let store = Faulty::over(&plain, fates);
        let before = events(&plain).await;
        drop(store.record(issuance(&plain, 1, Vec::new()).await, now()).await.unwrap());
        assert_eq!((issued(&plain).await, store.engine.commits()), (vec![token(1)], commits), "{fates:?}");

        let store = Faulty::over(&plain, fates);
        apply(&store, 2).await.unwrap();
        assert_eq!((events(&plain).await, store.engine.commits()), (before + 2, commits), "{fates:?}");

        let store = Faulty::over(&plain, fates);
        store.prune(&operator().unwrap(), &end(&plain).await, now()).await.unwrap();
        assert_eq!((events(&plain).await, store.engine.commits()), (1, commits), "{fates:?}");
    }
}

/// Also where the commit took all the time that there is.
#[tokio::test]
async fn there_is_one_look_at_least() {
    for (fate, written) in [(Fate::AnswerLost, true), (Fate::Lost, false)] {
        let plain = founded().await;
        let mut store = Faulty::over(&plain, &[fate]);
        Arc::get_mut(&mut store.engine).unwrap().trying = Duration::ZERO;
        let recorded = store.record(issuance(&plain, 1, Vec::new()).await, now()).await;
        match recorded {
            Ok(_) => assert!(written),
            Err(refused) => {
                assert!(matches!(refused.error, RecordError::Store(StoreError::Unavailable(_))), "{refused:?}");
                assert!(!written);
            }
        }
        assert_eq!(issued(&plain).await.len(), usize::from(written));
        let mut store = Faulty::over(&plain, &[Fate::RolledBack]);
        Arc::get_mut(&mut store.engine).unwrap().trying = Duration::ZERO;
        let error = apply(&store, 2).await.unwrap_err();
        assert!(matches!(error, ChangeError::Store(StoreError::Conflict(_))), "{error:?}");
    }
}

/// And says so: nothing is claimed that was not seen.
#[tokio::test]
async fn what_can_not_be_looked_at_is_not_guessed() {
    for (fate, written) in [(Fate::AnswerLost, 1), (Fate::Lost, 0)] {
        let plain = founded().await;
        let gone = || {
            let mut store = Faulty::over(&plain, &[fate]);
            let engine = Arc::get_mut(&mut store.engine).unwrap();
            engine.gone_when_lost = AtomicBool::new(true);
            engine.trying = Duration::from_millis(150);
            store
        };
        let before = events(&plain).await;
        let refused = gone().record(issuance(&plain, 1, Vec::new()).await, now()).await.unwrap_err();
        assert!(matches!(refused.error, RecordError::Store(StoreError::Unresolved(_))), "{refused:?}");
        assert!(refused.error.is_retryable());
        // The same again, as is documented, does nothing twice.
        match plain.record(*refused.value, now()).await {
            Ok(_) => assert_eq!(written, 0),
            Err(again) => assert!(matches!(again.error, RecordError::Replayed) && written == 1, "{again:?}"),
        }
        assert_eq!(issued(&plain).await, [token(1)]);

        let error = apply(&gone(), 2).await.unwrap_err();
        assert!(matches!(error, ChangeError::Store(StoreError::Unresolved(_))), "{error:?}");
        assert_eq!(events(&plain).await, before + 1 + written);
        // A change that is made again has an event again, and changes nothing.
        let made = plain.export(&"acme".parse().unwrap()).await.unwrap();
        apply(&plain, 2).await.unwrap();
        assert_eq!(events(&plain).await, before + 2 + written);
        let again = plain.export(&"acme".parse().unwrap()).await.unwrap();
        assert_eq!(made.changes() == again.changes(), written == 1);

        let through = end(&plain).await;
        let error = gone().prune(&operator().unwrap(), &through, now()).await.unwrap_err();
        assert!(matches!(error, PruneError::Store(StoreError::Unresolved(_))), "{error:?}");
        plain.prune(&operator().unwrap(), &through, now()).await.unwrap();
        assert_eq!(events(&plain).await, 1);
    }
}

/// Meanwhile others write: at the place where its event would stand, another one is.
#[tokio::test]
async fn another_event_is_not_taken_for_its_own() {
    let plain = founded().await;
    let store = Faulty::over(&plain, &[Fate::Lost]);
    store.engine.gone_when_lost.store(true, Ordering::SeqCst);
    let mut recording = Box::pin(store.record(issuance(&plain, 1, Vec::new()).await, now()));
    let mut other = false;
    let outcome = loop {
        tokio::select! {
            outcome = &mut recording => break outcome,
            () = tokio::task::yield_now() => {}
        }
        if store.engine.gone.load(Ordering::SeqCst) && !other {
            apply(&plain, 2).await.unwrap();
            other = true;
            store.engine.gone_when_lost.store(false, Ordering::SeqCst);
            store.engine.gone.store(false, Ordering::SeqCst);
        }
    };
    drop(outcome.unwrap());
    assert!(other);
    assert_eq!(issued(&plain).await, [token(1)]);
}

/// Whoever removed it was quicker than the look.
#[tokio::test]
async fn an_event_that_was_removed_meanwhile_is_not_guessed() {
    let plain = founded().await;
    let mut store = Faulty::over(&plain, &[Fate::AnswerLost]);
    let engine = Arc::get_mut(&mut store.engine).unwrap();
    engine.gone_when_lost = AtomicBool::new(true);
    engine.trying = Duration::from_secs(1);
    let mut recording = Box::pin(store.record(issuance(&plain, 1, Vec::new()).await, now()));
    let mut removed = false;
    let outcome = loop {
        tokio::select! {
            outcome = &mut recording => break outcome,
            () = tokio::task::yield_now() => {}
        }
        if store.engine.gone.load(Ordering::SeqCst) && !removed {
            apply(&plain, 2).await.unwrap();
            plain.prune(&operator().unwrap(), &end(&plain).await, now()).await.unwrap();
            removed = true;
            store.engine.gone_when_lost.store(false, Ordering::SeqCst);
            store.engine.gone.store(false, Ordering::SeqCst);
        }
    };
    let refused = outcome.unwrap_err();
    assert!(removed && matches!(refused.error, RecordError::Store(StoreError::Unresolved(_))), "{refused:?}");
    let again = plain.record(*refused.value, now()).await.unwrap_err();
    assert!(matches!(again.error, RecordError::Replayed), "{again:?}");
}

/// Before the commit nothing is in doubt.
#[tokio::test]
async fn what_did_not_begin_left_nothing_behind() {
    let plain = founded().await;
    let store = Faulty::over(&plain, &[]);
    let before = events(&plain).await;
    store.engine.gone.store(true, Ordering::SeqCst);
    let refused = store.record(issuance(&plain, 1, Vec::new()).await, now()).await.unwrap_err();
    assert!(matches!(refused.error, RecordError::Store(StoreError::Unavailable(_))), "{refused:?}");
    let error = apply(&store, 2).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Unavailable(_))), "{error:?}");
    assert_eq!(events(&plain).await, before);
    store.engine.gone.store(false, Ordering::SeqCst);
    drop(store.record(*refused.value, now()).await.unwrap());
    apply(&store, 2).await.unwrap();
    assert_eq!(events(&plain).await, before + 2);
}
