use deputize_core::Change;

use super::{
    Checked, ensure, text,
    world::{World, now, replay_key, role, token},
};
use crate::{error::RecordError, traits::Store};

pub(super) async fn once(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let keys = vec![replay_key(1), replay_key(2)];
    let first = world.issuance("first", world.for_alice()?, token(1), keys.clone()).await?;
    store.record(first, now()).await.map(drop).map_err(text)?;
    for (keys, token) in [
        (keys, token(2)),
        (vec![replay_key(3), replay_key(2)], token(3)),
        // The id of a token is used once too.
        (vec![replay_key(4)], token(1)),
    ] {
        let again = world.issuance("first", world.for_alice()?, token, keys).await?;
        let replayed = store.record(again, now()).await;
        let replayed = replayed.is_err_and(|refused| matches!(refused.error, RecordError::Replayed));
        ensure(replayed, "what was used before is not taken again")?;
    }
    // None of the refused claimed what it brought along.
    let unclaimed = vec![replay_key(3), replay_key(4)];
    let next = world.issuance("first", world.for_alice()?, token(3), unclaimed).await?;
    store.record(next, now()).await.map(drop).map_err(text)
}

pub(super) async fn failure_claims_nothing(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let issuance = world.issuance("first", world.for_alice()?, token(1), vec![replay_key(1)]).await?;
    world.apply(&[Change::PutRole(role("reports:read")?)]).await.map_err(text)?;
    ensure(store.record(issuance, now()).await.is_err(), "a stale decision is not recorded")?;
    let retried = world.issuance("first", world.for_alice()?, token(1), vec![replay_key(1)]).await?;
    store.record(retried, now()).await.map(drop).map_err(text)
}

pub(super) async fn forgotten_in_time(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let used = vec![replay_key(1)];
    let first = world.issuance("first", world.for_alice()?, token(1), used.clone()).await?;
    store.record(first, now()).await.map(drop).map_err(text)?;
    for (n, later, kept) in [(2, 59, true), (3, 60, false)] {
        // Any recording forgets what may be forgotten.
        let other = world.issuance("first", world.for_alice()?, token(n + 10), Vec::new()).await?;
        store.record(other, now().plus(later)).await.map(drop).map_err(text)?;
        let again = world.issuance("first", world.for_alice()?, token(n), used.clone()).await?;
        let refused = store.record(again, now().plus(later)).await.is_err();
        ensure(refused == kept, &format!("after {later} of 60 seconds a replay key is kept: {kept}"))?;
    }
    Ok(())
}
