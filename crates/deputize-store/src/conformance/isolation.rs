use deputize_core::{Acting, Actor, Change, Lineage, Revision, Target};

use super::{
    Checked, ensure, same, text,
    world::{World, delegation, founding, id, now, operator, replay_key, token},
};
use crate::{
    audit::AuditQuery,
    error::{ChangeError, LedgerError, LoadError, RecordError},
    feed::Cursor,
    traits::Store,
};

/// Two tenants with the same ids in them.
pub(super) async fn of_tenants(store: &impl Store) -> Checked {
    let acme = World::new(store).await?;
    let other = World { store, tenant: id("other")? };
    other.apply(&founding()?).await.map_err(text)?;
    let before = store.export(&other.tenant).await.map_err(text)?;
    let events = store.audit(&AuditQuery::new(other.tenant.clone())).await.map_err(text)?;

    let pending = other.issuance("first", other.for_alice()?, token(1), vec![replay_key(1)]).await?;
    let issuance = acme.issuance("first", acme.for_alice()?, token(1), vec![replay_key(1)]).await?;
    store.record(issuance, now()).await.map(drop).map_err(text)?;
    for target in [
        Target::Token(token(1)),
        Target::Delegation(id("d1")?),
        Target::Agent(id("first")?),
        Target::Person(id("alice")?),
        Target::Tenant,
    ] {
        acme.revoke(target).await?;
    }
    same(&store.export(&other.tenant).await.map_err(text)?, &before, "a tenant after another was revoked")?;
    let after = store.audit(&AuditQuery::new(other.tenant.clone())).await.map_err(text)?;
    same(&after, &events, "a tenant's trail after another was revoked")?;
    let feed = store.revoked_since(&other.tenant, Cursor::START).await.map_err(text)?;
    same(&feed.entries.len(), &0, "a tenant's feed after another was revoked")?;
    // The same replay key and token id in another tenant are others.
    store.record(pending, now()).await.map(drop).map_err(text)?;
    // Nor is an event found by what happened at the same place in another tenant's trail.
    store.refuse(other.question("second", Acting::Alone)?.report(now()), now()).await.map_err(text)?;
    let of_token = AuditQuery { token: Some(token(1)), ..AuditQuery::new(other.tenant.clone()) };
    same(&store.audit(&of_token).await.map_err(text)?.events.len(), &1, "events of a token in one tenant of two")
}

/// Of whom nothing is known is a person all the same: without their rows, their agent would act
/// alone.
pub(super) async fn unknown_person(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let acting = Acting::For { person: id("nobody")?, delegation: None };
    let rows = store.load(&world.question("first", acting)?).await.map_err(text)?;
    let Some(person) = rows.person else { return Err("rows without the person that was asked for".into()) };
    same(&person.person.as_str(), &"nobody", "the person")?;
    same(&(person.revision, person.revoked), &(Revision::NONE, false), "what is known of them")?;
    same(&(person.bindings.len(), person.delegations.len()), &(0, 0), "what they have")?;
    let alone = store.load(&world.question("first", Acting::Alone)?).await.map_err(text)?;
    ensure(alone.person.is_none(), "rows with a person where none was asked for")?;
    let nobody = store.load(&world.question("nobody", Acting::Alone)?).await.map_err(text)?;
    ensure(nobody.agent.is_none(), "an agent that is not there")
}

pub(super) async fn unknown_tenant(store: &impl Store) -> Checked {
    let acme = World::new(store).await?;
    let issuance = acme.issuance("first", acme.for_alice()?, token(1), Vec::new()).await?;
    let nowhere = World { store, tenant: id("nowhere")? };
    let question = nowhere.question("first", Acting::Alone)?;
    ensure(matches!(store.load(&question).await, Err(LoadError::UnknownTenant)), "load")?;
    let refused = store.refuse(question.report(now()), now()).await.map_err(|refused| refused.error);
    ensure(is_unknown(&refused), "refuse")?;
    ensure(is_unknown(&store.revoked_since(&nowhere.tenant, Cursor::START).await), "revoked_since")?;
    ensure(is_unknown(&store.audit(&AuditQuery::new(nowhere.tenant.clone())).await), "audit")?;
    ensure(is_unknown(&store.export(&nowhere.tenant).await), "export")?;
    let lineage = Lineage { tenant: nowhere.tenant.clone(), ..issuance.grant().lineage() };
    ensure(is_unknown(&store.revoked(&lineage).await), "revoked")?;
    let alice = Actor::Person(id("alice")?);
    let outcome = store.apply(&nowhere.tenant, &alice, &[Change::Delegate(delegation("d1")?)], now()).await;
    ensure(matches!(outcome, Err(ChangeError::UnknownTenant)), "nobody but an operator makes a tenant")?;
    // A refused first change makes no tenant either.
    let bad = Change::RemoveRole(id("nobody")?);
    ensure(store.apply(&nowhere.tenant, &operator()?, &[bad], now()).await.is_err(), "a refused change")?;
    ensure(is_unknown(&store.export(&nowhere.tenant).await), "a refused change makes no tenant")?;
    match store.record(issuance, now()).await {
        Ok(_) => Ok(()),
        Err(refused) if matches!(refused.error, RecordError::UnknownTenant) => Err("a tenant was lost".into()),
        Err(refused) => Err(text(refused)),
    }
}

fn is_unknown<T>(outcome: &Result<T, LedgerError>) -> bool {
    matches!(outcome, Err(LedgerError::UnknownTenant))
}
