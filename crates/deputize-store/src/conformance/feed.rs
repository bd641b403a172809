use deputize_core::{Change, Revoked, Status, Target};

use super::{
    Checked, ensure, same, text,
    world::{World, agent, delegation, id, role, token},
};
use crate::{feed::Cursor, limits::MAX_FEED_PAGE, traits::Store};

pub(super) async fn leads_to_what_is_revoked(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let mut follower = Revoked::default();
    let mut cursor = Cursor::START;
    let mut revoked_later = delegation("d3")?;
    revoked_later.status = deputize_core::DelegationStatus::Revoked;
    for change in [
        Change::PutAgent(agent("first", Status::Suspended)?),
        Change::PutRole(role("other:*")?),
        Change::PutAgent(agent("first", Status::Active)?),
        Change::PutAgent(agent("third", Status::Suspended)?),
        Change::Delegate(delegation("d2")?),
        Change::Revoke(Target::Delegation(id("d2")?)),
        Change::Delegate(revoked_later),
        Change::Revoke(Target::Token(token(1))),
        Change::Revoke(Target::Agent(id("third")?)),
        Change::Revoke(Target::Agent(id("first")?)),
        Change::Revoke(Target::Person(id("bob")?)),
        Change::Revoke(Target::Tenant),
    ] {
        world.apply(std::slice::from_ref(&change)).await.map_err(text)?;
        let page = store.revoked_since(&world.tenant, cursor).await.map_err(text)?;
        page.update(&mut follower);
        ensure(page.next >= cursor, "a cursor goes forward")?;
        cursor = page.next;
        let snapshot = store.export(&world.tenant).await.map_err(text)?.revoked();
        same(&follower, &snapshot, &format!("what a follower knows after {change:?}"))?;
    }
    let mut late = Revoked::default();
    store.revoked_since(&world.tenant, Cursor::START).await.map_err(text)?.update(&mut late);
    same(&late, &follower, "what a follower knows that came late")
}

pub(super) async fn pages(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let people = MAX_FEED_PAGE + 3;
    let revoke = |n: usize| -> Result<_, String> { Ok(Change::Revoke(Target::Person(id(&format!("p{n}"))?))) };
    let changes: Result<Vec<_>, _> = (0..people).map(revoke).collect();
    world.apply(&changes?).await.map_err(text)?;
    let mut follower = Revoked::default();
    let first = store.revoked_since(&world.tenant, Cursor::START).await.map_err(text)?;
    same(&(first.entries.len(), first.more), &(MAX_FEED_PAGE, true), "the first page")?;
    first.update(&mut follower);
    let second = store.revoked_since(&world.tenant, first.next).await.map_err(text)?;
    same(&(second.entries.len(), second.more), &(3, false), "the second page")?;
    second.update(&mut follower);
    same(&follower.people.len(), &people, "people revoked")?;
    let rest = store.revoked_since(&world.tenant, second.next).await.map_err(text)?;
    same(&(rest.entries.len(), rest.next), &(0, second.next), "a page past the end")
}
