use deputize_core::{Allow, Change, Resource, Status, Subject, Target};

use super::{
    Checked, ensure, same, text,
    world::{RESOURCE, World, agent, bind, delegation, id, now, role, token, unbind},
};
use crate::{audit::AuditQuery, error::RecordError, traits::Store};

/// What the recording of a decision that was made before answers.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Stale,
    Revoked(Target),
}

pub(super) async fn after_each_change<S: Store>(fresh: &impl AsyncFn() -> S) -> Checked {
    let mut narrower = agent("first", Status::Active)?;
    narrower.allowed_scopes = deputize_core::NonEmptySet::of(id("reports:list")?);
    for (change, expected) in [
        (unbind("b-first")?, Answer::Stale),
        (bind("b-more", Subject::Agent(id("first")?))?, Answer::Stale),
        (unbind("b-alice")?, Answer::Stale),
        (Change::PutAgent(narrower), Answer::Stale),
        (Change::PutRole(role("other:*")?), Answer::Stale),
        (Change::PutResource(Resource { uri: id("https://other.example")?, scopes: Allow::Any }), Answer::Stale),
        (Change::SetDefaultResource(Some(id(RESOURCE)?)), Answer::Stale),
        (Change::Delegate(delegation("d2")?), Answer::Stale),
        (Change::PutAgent(agent("first", Status::Suspended)?), Answer::Revoked(Target::Agent(id("first")?))),
        (Change::Revoke(Target::Agent(id("first")?)), Answer::Revoked(Target::Agent(id("first")?))),
        (Change::Revoke(Target::Delegation(id("d1")?)), Answer::Revoked(Target::Delegation(id("d1")?))),
        (Change::Revoke(Target::Person(id("alice")?)), Answer::Revoked(Target::Person(id("alice")?))),
        (Change::Revoke(Target::Token(token(1))), Answer::Revoked(Target::Token(token(1)))),
        (Change::Revoke(Target::Tenant), Answer::Revoked(Target::Tenant)),
    ] {
        let store = fresh().await;
        let world = World::new(&store).await?;
        let issuance = world.issuance("first", world.for_alice()?, token(1), Vec::new()).await?;
        world.apply(std::slice::from_ref(&change)).await.map_err(text)?;
        let Err(refused) = store.record(issuance, now()).await else {
            return Err(format!("a decision from before {change:?} was recorded"));
        };
        let answer = match refused.error {
            RecordError::Stale => Answer::Stale,
            RecordError::Revoked(target) => Answer::Revoked(target),
            other => return Err(format!("after {change:?}: {other}")),
        };
        same(&answer, &expected, &format!("the answer after {change:?}"))?;
        same(&refused.value.grant().token, &token(1), "the issuance that is given back")?;
        let query = AuditQuery { token: Some(token(1)), ..AuditQuery::new(world.tenant.clone()) };
        let issued = store.audit(&query).await.map_err(text)?.events.into_iter().filter(|event| !is_change(event));
        same(&issued.count(), &0, "events of a token that was not recorded")?;
    }
    Ok(())
}

fn is_change(event: &crate::audit::AuditEvent) -> bool {
    matches!(event.what, crate::audit::AuditEntry::Changed { .. })
}

pub(super) async fn not_by_others(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let issuance = world.issuance("first", world.for_alice()?, token(1), Vec::new()).await?;
    world
        .apply(&[
            Change::PutAgent(agent("second", Status::Suspended)?),
            bind("b-bob", Subject::User(id("bob")?))?,
            Change::Revoke(Target::Person(id("bob")?)),
            Change::Revoke(Target::Token(token(2))),
        ])
        .await
        .map_err(text)?;
    // What changes nothing makes nothing stale.
    world.apply(&[Change::PutRole(role("reports:*")?)]).await.map_err(text)?;
    store.record(issuance, now()).await.map(drop).map_err(text)
}

pub(super) async fn ends(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    // The proof counts for 300 seconds, the token for 600.
    let issuance = world.issuance("first", world.for_alice()?, token(1), Vec::new()).await?;
    let Err(refused) = store.record(issuance, now().plus(300)).await else {
        return Err("recorded although the proof has expired".into());
    };
    ensure(matches!(refused.error, RecordError::Expired), "a proof that has expired is told as such")?;
    store.record(*refused.value, now().plus(299)).await.map(drop).map_err(text)
}
