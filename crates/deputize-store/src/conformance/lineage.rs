use deputize_core::{Acting, Change, Lineage, Policy, ScopeSet, Status, Subject, Target};

use super::{
    Checked, ensure, same, text,
    world::{World, agent, bind, delegation, id, now, token},
};
use crate::{error::RecordError, traits::Store};

pub(super) async fn of_a_chain<S: Store>(fresh: &impl AsyncFn() -> S) -> Checked {
    for (change, dead) in [
        (Change::PutAgent(agent("first", Status::Suspended)?), Target::Agent(id("first")?)),
        (Change::Revoke(Target::Token(token(1))), Target::Token(token(1))),
        (Change::Revoke(Target::Delegation(id("d1")?)), Target::Delegation(id("d1")?)),
        (Change::Revoke(Target::Person(id("alice")?)), Target::Person(id("alice")?)),
    ] {
        let store = fresh().await;
        let world = World::new(&store).await?;
        let root = world.issued(token(1)).await?;
        let handed_on = Acting::HandedOn(world.parent(&root)?);
        let issuance = world.issuance("second", handed_on, token(2), Vec::new()).await?;
        world.apply(std::slice::from_ref(&change)).await.map_err(text)?;
        let Err(refused) = store.record(issuance, now()).await else {
            return Err(format!("handed on after {change:?}"));
        };
        let told = matches!(&refused.error, RecordError::Revoked(target) if *target == dead);
        ensure(told, &format!("after {change:?} the chain was refused as {}", refused.error))?;
        // Nor does a new decision hand it on.
        let question = world.question("second", Acting::HandedOn(world.parent(&root)?))?;
        let rows = store.load(&question).await.map_err(text)?;
        let policy = Policy::compile(question, rows).map_err(text)?;
        let asked: ScopeSet = id("reports:read")?;
        let decision = policy.decide(&asked, None, now()).map_err(text)?;
        same(&decision.granted().count(), &0, &format!("scopes handed on after {change:?}"))?;
    }
    Ok(())
}

/// An agent in the middle that is suspended stops what is below it, until it is active again.
pub(super) async fn middle(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let mut further = delegation("d1")?;
    further.onward.insert(id("third")?);
    let third = Change::PutAgent(agent("third", Status::Active)?);
    let bound = bind("b-third", Subject::Agent(id("third")?))?;
    world.apply(&[third, bound, Change::Delegate(further)]).await.map_err(text)?;
    let root = world.issued(token(1)).await?;
    let handed_on = Acting::HandedOn(world.parent(&root)?);
    let child = world.issuance("second", handed_on, token(2), Vec::new()).await?;
    let grant = child.grant().clone();
    store.record(child, now()).await.map(drop).map_err(text)?;
    let handed_on = Acting::HandedOn(world.parent(&grant)?);
    let grandchild = world.issuance("third", handed_on, token(3), Vec::new()).await?;
    world.apply(&[Change::PutAgent(agent("second", Status::Suspended)?)]).await.map_err(text)?;
    let Err(refused) = store.record(grandchild, now()).await else {
        return Err("handed on below an agent that is suspended".into());
    };
    let second = Target::Agent(id("second")?);
    let told = matches!(&refused.error, RecordError::Revoked(target) if *target == second);
    ensure(told, &format!("below a suspended agent, refused as {}", refused.error))?;
    same(&store.revoked(&refused.value.grant().lineage()).await.map_err(text)?, &Some(second), "what is told")?;
    world.apply(&[Change::PutAgent(agent("second", Status::Active)?)]).await.map_err(text)?;
    store.record(*refused.value, now()).await.map(drop).map_err(text)
}

pub(super) async fn told(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let lineage = |delegation: &str, agent: &str| -> Result<Lineage, String> {
        Ok(Lineage {
            tenant: world.tenant.clone(),
            person: Some(id("alice")?),
            delegation: Some(id(delegation)?),
            agents: vec![id("first")?, id(agent)?],
            tokens: vec![token(1), token(2)],
        })
    };
    let (live, no_agent) = (lineage("d1", "second")?, lineage("d1", "nobody")?);
    same(&store.revoked(&live).await.map_err(text)?, &None, "a lineage that is live")?;
    let missing = Some(Target::Agent(id("nobody")?));
    same(&store.revoked(&no_agent).await.map_err(text)?, &missing, "a lineage with an agent that is not there")?;
    let no_delegation = store.revoked(&lineage("nothing", "second")?).await.map_err(text)?;
    same(&no_delegation, &Some(Target::Delegation(id("nothing")?)), "a lineage with no delegation")?;
    for target in [
        Target::Token(token(1)),
        Target::Agent(id("second")?),
        Target::Delegation(id("d1")?),
        Target::Person(id("alice")?),
        Target::Tenant,
    ] {
        world.revoke(target.clone()).await?;
        same(&store.revoked(&live).await.map_err(text)?, &Some(target), "what is told first")?;
    }
    Ok(())
}
