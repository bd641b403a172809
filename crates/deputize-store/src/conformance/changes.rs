use deputize_core::{
    Actor, ApplyError, Change, Configuration, Outcome, Policy, Revision, ScopeSet, Status, Subject, Target,
};

use super::{
    Checked, ensure, same, text,
    world::{World, agent, bind, delegation, founding, id, now, role, unbind},
};
use crate::{audit::AuditQuery, error::ChangeError, traits::Store};

pub(super) async fn all_or_none(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let before = store.export(&world.tenant).await.map_err(text)?;
    let events = store.audit(&AuditQuery::new(world.tenant.clone())).await.map_err(text)?.events.len();
    let bad = Change::RemoveRole(id("nobody")?);
    let outcome = world.apply(&[Change::PutRole(role("other:*")?), unbind("b-first")?, bad]).await;
    ensure(
        matches!(&outcome, Err(ChangeError::Refused { at: 2, error: ApplyError::Missing { .. } })),
        &format!("the third change was to be refused as missing: {outcome:?}"),
    )?;
    let after = store.export(&world.tenant).await.map_err(text)?;
    same(&after, &before, "the configuration after changes of which one was refused")?;
    let now_events = store.audit(&AuditQuery::new(world.tenant.clone())).await.map_err(text)?.events.len();
    same(&now_events, &events, "events after changes of which one was refused")
}

pub(super) async fn in_force_at_once(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let asked: ScopeSet = id("reports:read")?;
    for (change, expected) in [
        (unbind("b-alice")?, Outcome::Refused),
        (bind("b-alice-2", Subject::User(id("alice")?))?, Outcome::Issued),
        (Change::PutRole(role("other:*")?), Outcome::Refused),
        (Change::PutRole(role("reports:read")?), Outcome::Issued),
        (Change::PutAgent(agent("first", Status::Suspended)?), Outcome::Refused),
        (Change::PutAgent(agent("first", Status::Active)?), Outcome::Issued),
        (Change::Revoke(Target::Delegation(id("d1")?)), Outcome::Refused),
        (Change::Delegate(delegation("d2")?), Outcome::Issued),
        (Change::Revoke(Target::Person(id("alice")?)), Outcome::Refused),
    ] {
        let revision = world.apply(std::slice::from_ref(&change)).await.map_err(text)?;
        ensure(revision > Revision::NONE, "a change has a revision")?;
        let question = world.question("first", world.for_alice()?)?;
        let rows = store.load(&question).await.map_err(text)?;
        let policy = Policy::compile(question, rows).map_err(text)?;
        let outcome = policy.decide(&asked, None, now()).map_err(text)?.outcome();
        same(&outcome, &expected, &format!("the outcome after {change:?}"))?;
    }
    Ok(())
}

pub(super) async fn nothing_comes_back(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let ends = [
        unbind("b-second")?,
        Change::Revoke(Target::Delegation(id("d1")?)),
        Change::Revoke(Target::Agent(id("second")?)),
        Change::Revoke(Target::Person(id("alice")?)),
    ];
    world.apply(&ends).await.map_err(text)?;
    // Revoking again makes no difference.
    let latest = world.apply(&ends).await.map_err(text)?;
    same(&world.apply(&ends).await.map_err(text)?, &latest, "the revision after revoking again")?;
    for change in founding()? {
        let outcome = world.apply(std::slice::from_ref(&change)).await;
        let comes_back = match &change {
            Change::Delegate(_) => true,
            Change::PutAgent(agent) => agent.client_id.as_str() == "second",
            Change::Bind(binding) => binding.id.as_str() == "b-second",
            _ => false,
        };
        let refused = matches!(&outcome, Err(ChangeError::Refused { error: ApplyError::Retired { .. }, .. }));
        same(&refused, &comes_back, &format!("whether {change:?} is refused as retired"))?;
    }
    world.revoke(Target::Tenant).await?;
    let outcome = world.apply(&[Change::PutRole(role("more:*")?)]).await;
    ensure(
        matches!(outcome, Err(ChangeError::Refused { error: ApplyError::TenantRevoked, .. })),
        "nothing in a revoked tenant changes",
    )
}

pub(super) async fn people_only_their_own(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let (alice, bob) = (Actor::Person(id("alice")?), Actor::Person(id("bob")?));
    let first = Actor::Agent(id("first")?);
    let revoke = || -> Result<_, String> { Ok(Change::Revoke(Target::Delegation(id("d1")?))) };
    let unknown = Change::Revoke(Target::Delegation(id("nothing")?));
    for (actor, change) in [
        (&bob, revoke()?),
        (&bob, unknown),
        (&bob, Change::Delegate(delegation("d2")?)),
        (&alice, unbind("b-first")?),
        (&alice, Change::Revoke(Target::Person(id("alice")?))),
        (&first, Change::Delegate(delegation("d2")?)),
        (&first, revoke()?),
    ] {
        let outcome = store.apply(&world.tenant, actor, std::slice::from_ref(&change), now()).await;
        let forbidden = matches!(outcome, Err(ChangeError::Refused { error: ApplyError::Forbidden, .. }));
        ensure(forbidden, &format!("{actor} must not make {change:?}"))?;
    }
    for change in [Change::Delegate(delegation("d2")?), revoke()?] {
        store.apply(&world.tenant, &alice, &[change], now()).await.map_err(text)?;
    }
    Ok(())
}

pub(super) async fn export_imports(store: &impl Store, other: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let changes = [
        Change::SetDefaultResource(Some(id("https://api.example")?)),
        unbind("b-second")?,
        Change::PutAgent(agent("second", Status::Suspended)?),
        Change::Delegate(delegation("d2")?),
        Change::Revoke(Target::Delegation(id("d1")?)),
        Change::Revoke(Target::Token(super::world::token(9))),
        Change::Revoke(Target::Person(id("mallory")?)),
    ];
    world.apply(&changes).await.map_err(text)?;
    let operator = super::world::operator()?;
    let mut model = Configuration::new(world.tenant.clone());
    for change in founding()?.iter().chain(&changes) {
        model.apply(&operator, change).map_err(text)?;
    }
    let exported = store.export(&world.tenant).await.map_err(text)?;
    same(&exported, &model, "an export, beside the model that the same changes make")?;
    other.apply(&world.tenant, &operator, &exported.changes(), now()).await.map_err(text)?;
    same(&other.export(&world.tenant).await.map_err(text)?, &model, "an export, imported and exported")?;
    // Imported where it came from, it changes nothing.
    world.apply(&exported.changes()).await.map_err(text)?;
    same(&store.export(&world.tenant).await.map_err(text)?, &model, "an export, imported where it came from")
}
