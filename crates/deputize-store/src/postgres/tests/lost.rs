//! A commit whose connection is lost, against the server that `DEPUTIZE_POSTGRES` names.

use std::sync::{Arc, atomic::Ordering};

use super::{
    proxy::{Cut, Proxy},
    *,
};
use crate::{
    RecordError,
    conformance::world::{World, now, operator, replay_key, token, unbind},
    sql::tests::{Faulty, apply, end, events, issuance, issued, together},
};

/// A store with a tenant in it, one that reaches it through a proxy, on one connection, and the proxy.
async fn founded() -> Option<(PostgresStore, SqlStore<Faulty<Postgres>>, Arc<Proxy>)> {
    let (url, mut options) = fresh().await?;
    let direct = PostgresStore::connect_with(&url, options.clone()).await.unwrap();
    World::new(&direct).await.unwrap();
    let (proxy, url) = Proxy::before(&url).await;
    options.connections = 1;
    let store = PostgresStore::connect_with(&url, options).await.unwrap();
    Some((direct, Faulty::over(&store, &[]), proxy))
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_counts_once_and_one_that_is_lost_is_made_anew() {
    let Some((direct, store, proxy)) = founded().await else { return };
    for (n, cuts) in [
        &[Cut::AfterIt][..],
        &[Cut::BeforeIt],
        // The look is lost too.
        &[Cut::AfterIt, Cut::BeforeIt, Cut::AfterIt],
        &[Cut::BeforeIt, Cut::AfterIt, Cut::AfterIt],
    ]
    .into_iter()
    .enumerate()
    {
        let (before, n) = (events(&direct).await, n as u8);
        proxy.cut(cuts);
        drop(store.record(issuance(&direct, n, vec![replay_key(n)]).await, now()).await.unwrap());
        assert_eq!(issued(&direct).await, [token(n)], "{cuts:?}");
        proxy.cut(cuts);
        apply(&store, n).await.unwrap();
        assert_eq!(events(&direct).await, before + 2, "{cuts:?}");
        proxy.cut(cuts);
        store.prune(&operator().unwrap(), &end(&direct).await, now()).await.unwrap();
        assert_eq!(events(&direct).await, 1, "{cuts:?}");
        assert!(proxy.cuts.lock().unwrap().is_empty(), "{cuts:?}");
    }
}

#[tokio::test]
async fn where_nobody_can_be_asked_it_is_not_guessed() {
    for cut in [Cut::AfterIt, Cut::BeforeIt] {
        let Some((direct, mut store, proxy)) = founded().await else { return };
        Arc::get_mut(&mut store.engine).unwrap().trying = Duration::from_millis(300);
        let before = events(&direct).await;
        let written = usize::from(cut == Cut::AfterIt);
        proxy.closes.store(true, Ordering::SeqCst);

        proxy.cut(&[cut]);
        let refused = store.record(issuance(&direct, 1, Vec::new()).await, now()).await.unwrap_err();
        assert!(matches!(refused.error, RecordError::Store(StoreError::Unresolved(_))), "{refused:?}");
        proxy.closed.store(false, Ordering::SeqCst);
        // What it gives back is recorded, if it was not.
        assert_eq!(store.record(*refused.value, now()).await.is_ok(), written == 0);
        assert_eq!(issued(&direct).await, [token(1)]);

        proxy.cut(&[cut]);
        let error = apply(&store, 2).await.unwrap_err();
        assert!(matches!(error, ChangeError::Store(StoreError::Unresolved(_))), "{error:?}");
        proxy.closed.store(false, Ordering::SeqCst);
        assert_eq!(events(&direct).await, before + 1 + written);
        // A change that is made again has an event again, and changes nothing.
        let made = direct.export(&"acme".parse().unwrap()).await.unwrap();
        apply(&store, 2).await.unwrap();
        assert_eq!(events(&direct).await, before + 2 + written);
        let again = direct.export(&"acme".parse().unwrap()).await.unwrap();
        assert_eq!(made.changes() == again.changes(), written == 1);

        let through = end(&direct).await;
        proxy.cut(&[cut]);
        let error = store.prune(&operator().unwrap(), &through, now()).await.unwrap_err();
        assert!(matches!(error, PruneError::Store(StoreError::Unresolved(_))), "{error:?}");
        proxy.closed.store(false, Ordering::SeqCst);
        store.prune(&operator().unwrap(), &through, now()).await.unwrap();
        assert_eq!(events(&direct).await, 1);
    }
}

/// In the first transaction is the first alone, and in the second, whose connection is lost, the rest.
#[tokio::test]
async fn each_of_a_batch_that_was_lost_gets_its_own_answer() {
    for cut in [Cut::AfterIt, Cut::BeforeIt] {
        let Some((direct, store, proxy)) = founded().await else { return };
        let world = World { store: &direct, tenant: "acme".parse().unwrap() };
        let stale = world.issuance("second", Acting::Alone, token(4), Vec::new()).await.unwrap();
        world.apply(&[unbind("b-second").unwrap()]).await.unwrap();
        let key = || vec![replay_key(1)];
        let all = [
            issuance(&direct, 1, Vec::new()).await,
            issuance(&direct, 2, key()).await,
            issuance(&direct, 3, key()).await,
            stale,
            issuance(&direct, 5, Vec::new()).await,
        ];
        proxy.cut(&[Cut::Not, cut]);
        let outcomes = together(&store, all).await;
        let as_ever = matches!(
            outcomes.as_slice(),
            [Ok(()), Ok(()), Err(RecordError::Replayed), Err(RecordError::Stale), Ok(())]
        );
        assert!(as_ever, "{cut:?}: {outcomes:?}");
        assert!(proxy.cuts.lock().unwrap().is_empty());
        assert_eq!(issued(&direct).await, [token(1), token(2), token(5)], "{cut:?}");
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_before_the_commit_leaves_nothing_behind() {
    let Some((direct, store, proxy)) = founded().await else { return };
    let before = events(&direct).await;
    proxy.cut(&[Cut::BeforeAll]);
    let refused = store.record(issuance(&direct, 1, vec![replay_key(1)]).await, now()).await.unwrap_err();
    assert!(matches!(refused.error, RecordError::Store(StoreError::Unavailable(_))), "{refused:?}");
    proxy.cut(&[Cut::BeforeAll]);
    let error = apply(&store, 2).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Unavailable(_))), "{error:?}");
    assert!(proxy.cuts.lock().unwrap().is_empty());
    assert_eq!(events(&direct).await, before);
    drop(store.record(*refused.value, now()).await.unwrap());
    apply(&store, 2).await.unwrap();
    assert_eq!(events(&direct).await, before + 2);
}
