use deputize_core::{Acting, Actor, Change, Target, TenantId};

use super::{
    Checked, ensure, same, text,
    world::{World, bind, delegation, founding, id, now, operator, replay_key, token},
};
use crate::{
    audit::{AuditEntry, AuditEvent, AuditKind, AuditLine, AuditQuery, Checkpoint, verify_trail},
    error::{LedgerError, PruneError, RecordError},
    feed::Cursor,
    limits::MAX_AUDIT_PAGE,
    traits::Store,
};

/// What is stored is what `audit` tells, and every line hangs on the one before.
pub(super) async fn verifies(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    world.issued(token(1)).await?;
    let kept = verify(store, Checkpoint::new(world.tenant.clone())).await?;
    store.refuse(world.question("first", Acting::Alone)?.report(now()), now().plus(5)).await.map_err(text)?;
    world.revoke(Target::Token(token(1))).await?;

    let events = events(store, &world.tenant).await?;
    let lines = lines(store, &world.tenant).await?;
    same(&lines.len(), &events.len(), "lines for the events")?;
    for (line, event) in lines.iter().zip(&events) {
        let what: AuditEntry = serde_json::from_str(&line.entry).map_err(text)?;
        same(&(line.sequence, line.at), &(event.sequence, event.at.as_secs()), "a line's place and time")?;
        same(&what, &event.what, "what a line tells")?;
        let json = serde_json::to_string(line).map_err(text)?;
        same(&serde_json::from_str(&json).map_err(text)?, line, "a line, exported and read")?;
    }
    let whole = verify(store, Checkpoint::new(world.tenant.clone())).await?;
    same(&Some(whole.sequence), &events.last().map(|event| event.sequence), "where the trail ends")?;
    same(&verify(store, kept).await?, &whole, "the trail's end, verified from a kept checkpoint on")?;
    same(&verify(store, whole.clone()).await?, &whole, "the trail's end, verified from there on")
}

pub(super) async fn pages(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let whole = lines(store, &world.tenant).await?;
    ensure(whole.len() > 6, "a line for every event")?;
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = store.audit_lines(&world.tenant, after, 3).await.map_err(text)?;
        ensure(page.lines.len() <= 3, "a page of lines holds no more than was asked for")?;
        same(&page.start, &Checkpoint::new(world.tenant.clone()), "the start of a trail that was not pruned")?;
        let Some(last) = page.lines.last() else { break };
        after = last.sequence;
        seen.extend(page.lines);
        ensure(seen.len() <= whole.len(), "no line comes twice")?;
    }
    same(&seen, &whole, "the lines, page by page")?;
    same(&store.audit_lines(&world.tenant, 0, 0).await.map_err(text)?.lines, &Vec::new(), "a page of none")?;

    let revoke = |n: usize| -> Result<_, String> { Ok(Change::Revoke(Target::Person(id(&format!("p{n}"))?))) };
    let changes: Result<Vec<_>, _> = (0..MAX_AUDIT_PAGE).map(revoke).collect();
    world.apply(&changes?).await.map_err(text)?;
    same(&lines(store, &world.tenant).await?.len(), &MAX_AUDIT_PAGE, "a page of more than there may be on one")?;
    let end = verify(store, Checkpoint::new(world.tenant.clone())).await?;
    let rest = store.audit_lines(&world.tenant, end.sequence, 1).await.map_err(text)?.lines;
    same(&rest, &Vec::new(), "lines past the last")
}

/// What is removed is gone, the rest verifies, and nothing else has changed.
pub(super) async fn retention(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let pending = world.issuance("first", world.for_alice()?, token(2), vec![replay_key(1)]).await?;
    let first = world.issuance("first", world.for_alice()?, token(1), vec![replay_key(1)]).await?;
    store.record(first, now()).await.map(drop).map_err(text)?;
    world.revoke(Target::Token(token(9))).await?;
    let through = verify(store, Checkpoint::new(world.tenant.clone())).await?;
    store.refuse(world.question("second", Acting::Alone)?.report(now()), now()).await.map_err(text)?;
    let before = outside(&world).await?;
    let end = verify(store, through.clone()).await?;

    for _ in 0..2 {
        // Once more makes no difference.
        store.prune(&operator()?, &through, now().plus(7)).await.map_err(text)?;
        let events = events(store, &world.tenant).await?;
        let kinds: Vec<_> = events.iter().map(|event| event.what.kind()).collect();
        same(&kinds, &vec![AuditKind::Refused, AuditKind::Pruned], "the events that are left")?;
        ensure(events.iter().all(|event| event.sequence > through.sequence), "places are kept")?;
        let what = events.last().map(|event| (event.at, event.what.clone()));
        let pruned = AuditEntry::Pruned { actor: operator()?, through: Box::new(through.clone()) };
        same(&what, &Some((now().plus(7), pruned)), "the event of a removal")?;
        same(&lines(store, &world.tenant).await?.len(), &2, "the lines that are left")?;
    }
    let start = store.audit_lines(&world.tenant, 0, 1).await.map_err(text)?.start;
    same(&start, &through, "where the trail starts now")?;
    let of_alice = AuditQuery { person: Some(id("alice")?), ..AuditQuery::new(world.tenant.clone()) };
    same(&store.audit(&of_alice).await.map_err(text)?.events, &Vec::new(), "removed events of a person")?;
    same(&outside(&world).await?, &before, "configuration and feed after a removal")?;
    for kept in [Checkpoint::new(world.tenant.clone()), through, end.clone()] {
        ensure(verify(store, kept).await?.sequence > end.sequence, "the trail goes on after a removal")?;
    }
    match store.record(pending, now()).await.map_err(|refused| refused.error) {
        Err(RecordError::Replayed) => {}
        other => return Err(format!("a replay key was to outlive its event: {other:?}")),
    }

    // Everything is removed, and what comes next goes on.
    let all = verify(store, end).await?;
    store.prune(&operator()?, &all, now()).await.map_err(text)?;
    world.issued(token(3)).await?;
    let events = events(store, &world.tenant).await?;
    ensure(events.iter().all(|event| event.sequence > all.sequence), "places never repeat")?;
    let whole = verify(store, Checkpoint::new(world.tenant.clone())).await?;
    same(&verify(store, all).await?, &whole, "the trail's end after everything was removed")
}

/// Nobody but an operator removes events, and only up to what the trail holds.
pub(super) async fn refused_retention(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let middle = verify(store, Checkpoint::new(world.tenant.clone())).await?;
    world.apply(&[Change::Delegate(delegation("d2")?)]).await.map_err(text)?;
    let real = verify(store, Checkpoint::new(world.tenant.clone())).await?;
    let before = lines(store, &world.tenant).await?;
    for actor in [Actor::Person(id("alice")?), Actor::Agent(id("first")?)] {
        let outcome = store.prune(&actor, &real, now()).await;
        ensure(matches!(outcome, Err(PruneError::Forbidden)), &format!("{actor} must not remove events"))?;
    }
    let (mut later, mut earlier, mut other_hash) = (real.clone(), real.clone(), real.clone());
    later.sequence += 1;
    earlier.sequence = middle.sequence;
    let (mut other_number, mut another_chain) = (real.clone(), real.clone());
    for head in other_hash.heads.values_mut() {
        head.hash = before.first().map_or(head.hash, |line| line.hash);
    }
    for head in other_number.heads.values_mut() {
        head.number += 1;
    }
    for head in real.heads.values() {
        another_chain.heads.insert(u64::MAX, *head);
    }
    let no_heads = Checkpoint { sequence: real.sequence, ..Checkpoint::new(world.tenant.clone()) };
    for foreign in [later, earlier, other_hash, other_number, another_chain, no_heads] {
        let outcome = store.prune(&operator()?, &foreign, now()).await;
        let refused = matches!(outcome, Err(PruneError::NotInTrail));
        ensure(refused, &format!("a trail does not hold {foreign:?}: {outcome:?}"))?;
    }
    same(&lines(store, &world.tenant).await?, &before, "the lines after removals that were refused")?;
    // What was removed is no longer there to be removed.
    store.prune(&operator()?, &real, now()).await.map_err(text)?;
    let outcome = store.prune(&operator()?, &middle, now()).await;
    ensure(matches!(outcome, Err(PruneError::NotInTrail)), "a checkpoint before the start")
}

/// Two tenants with the same events in them.
pub(super) async fn of_tenants(store: &impl Store) -> Checked {
    let acme = World::new(store).await?;
    let other = World { store, tenant: id("other")? };
    other.apply(&founding()?).await.map_err(text)?;
    let before = lines(store, &other.tenant).await?;
    let through = verify(store, Checkpoint::new(acme.tenant.clone())).await?;
    let moved = Checkpoint { tenant: other.tenant.clone(), ..through.clone() };
    let outcome = store.prune(&operator()?, &moved, now()).await;
    ensure(matches!(outcome, Err(PruneError::NotInTrail)), "another tenant's checkpoint")?;
    store.prune(&operator()?, &through, now()).await.map_err(text)?;
    same(&lines(store, &other.tenant).await?, &before, "a tenant's lines after another's were removed")?;
    let person = AuditQuery { person: Some(id("alice")?), ..AuditQuery::new(other.tenant.clone()) };
    ensure(!store.audit(&person).await.map_err(text)?.events.is_empty(), "a tenant's events, found by a person")?;
    other.apply(&[bind("b-bob", deputize_core::Subject::User(id("bob")?))?]).await.map_err(text)?;
    verify(store, Checkpoint::new(other.tenant.clone())).await?;

    let nowhere: TenantId = id("nowhere")?;
    let outcome = store.audit_lines(&nowhere, 0, 1).await;
    ensure(matches!(outcome, Err(LedgerError::UnknownTenant)), "lines of an unknown tenant")?;
    let outcome = store.prune(&operator()?, &Checkpoint::new(nowhere), now()).await;
    ensure(matches!(outcome, Err(PruneError::UnknownTenant)), "a removal in an unknown tenant")
}

async fn verify(store: &impl Store, since: Checkpoint) -> Result<Checkpoint, String> {
    let from = since.sequence;
    verify_trail(store, since).await.map_err(|error| format!("the trail, verified from place {from} on: {error}"))
}

async fn lines(store: &impl Store, tenant: &TenantId) -> Result<Vec<AuditLine>, String> {
    store.audit_lines(tenant, 0, usize::MAX).await.map(|page| page.lines).map_err(text)
}

async fn events(store: &impl Store, tenant: &TenantId) -> Result<Vec<AuditEvent>, String> {
    store.audit(&AuditQuery::new(tenant.clone())).await.map(|page| page.events).map_err(text)
}

/// What retention must not touch.
async fn outside<S: Store>(
    world: &World<'_, S>,
) -> Result<(deputize_core::Configuration, crate::feed::RevocationPage), String> {
    let config = world.store.export(&world.tenant).await.map_err(text)?;
    Ok((config, world.store.revoked_since(&world.tenant, Cursor::START).await.map_err(text)?))
}
