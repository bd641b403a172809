use deputize_core::{Acting, Change, Revision, Subject, Target};

use super::{
    Checked, ensure, same, text,
    world::{World, bind, founding, id, now, operator, token, unbind},
};
use crate::{
    audit::{AuditEntry, AuditKind, AuditOrder, AuditQuery},
    traits::Store,
};

pub(super) async fn every_event(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    // A change that makes no difference leaves no event.
    world.apply(&founding()?).await.map_err(text)?;
    let grant = world.issued(token(1)).await?;
    let question = world.question("first", Acting::Alone)?;
    store.refuse(question.report(now()).because("for a test"), now().plus(5)).await.map_err(text)?;
    let events = store.audit(&AuditQuery::new(world.tenant.clone())).await.map_err(text)?.events;
    let founding = founding()?;
    same(&events.len(), &(founding.len() + 2), "events in all")?;
    ensure(events.is_sorted_by(|a, b| a.sequence < b.sequence), "places that grow and never repeat")?;
    let mut before = Revision::NONE;
    for (event, change) in events.iter().zip(&founding) {
        let AuditEntry::Changed { actor, change: recorded, revision } = &event.what else {
            return Err(format!("a change was to be in the trail: {event:?}"));
        };
        same(actor, &operator()?, "who made a change")?;
        same(recorded.as_ref(), change, "the change that was made")?;
        ensure(*revision > before, "a change's revision is a new one")?;
        before = *revision;
    }
    let mut last = events.iter().skip(founding.len());
    match last.next().map(|event| &event.what) {
        Some(AuditEntry::Issued { token: issued, report }) => {
            same(&issued.lineage, &grant.lineage(), "the lineage of an issued token")?;
            same(&issued.scopes, &grant.scopes, "the scopes of an issued token")?;
            ensure(report.scopes.iter().all(|scope| scope.granted), "an issued token's decision is in the trail")?;
        }
        other => return Err(format!("an issuance was to be in the trail: {other:?}")),
    }
    match last.next() {
        Some(event) => {
            same(&event.at, &now().plus(5), "when a request was refused")?;
            let AuditEntry::Refused { report } = &event.what else {
                return Err("a refusal was to be in the trail".into());
            };
            same(&report.reason.as_deref(), &Some("for a test"), "why a request was refused")
        }
        None => Err("a refusal was to be in the trail".into()),
    }
}

pub(super) async fn queries(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    world.issued(token(1)).await?;
    world.apply(&[bind("b-bob", Subject::User(id("bob")?))?]).await.map_err(text)?;
    world.revoke(Target::Token(token(1))).await?;
    let later = now().plus(10);
    store.refuse(world.question("second", Acting::Alone)?.report(later), later).await.map_err(text)?;

    let all = AuditQuery::new(world.tenant.clone());
    let count = async |query: AuditQuery| store.audit(&query).await.map(|page| page.events.len()).map_err(text);
    // Its entry, its binding, the delegation to it, and the issuance.
    same(&count(AuditQuery { client: Some(id("first")?), ..all.clone() }).await?, &4, "events of an agent")?;
    // Its entry, its binding, the delegation that names it, and the refusal.
    same(&count(AuditQuery { client: Some(id("second")?), ..all.clone() }).await?, &4, "events of another agent")?;
    same(&count(AuditQuery { person: Some(id("alice")?), ..all.clone() }).await?, &3, "events of a person")?;
    same(&count(AuditQuery { person: Some(id("bob")?), ..all.clone() }).await?, &1, "events of another person")?;
    same(&count(AuditQuery { person: Some(id("olga")?), ..all.clone() }).await?, &10, "events of who made changes")?;
    same(&count(AuditQuery { token: Some(token(1)), ..all.clone() }).await?, &2, "events of a token")?;
    same(&count(AuditQuery { scope: Some(id("reports:read")?), ..all.clone() }).await?, &1, "requests for a scope")?;
    same(&count(AuditQuery { scope: Some(id("reports:write")?), ..all.clone() }).await?, &0, "requests for another")?;
    let both = AuditQuery { client: Some(id("first")?), token: Some(token(1)), ..all.clone() };
    same(&count(both).await?, &1, "events of an agent and a token")?;
    for (kind, expected) in [(AuditKind::Changed, 10), (AuditKind::Issued, 1), (AuditKind::Refused, 1)] {
        same(&count(AuditQuery { kind: Some(kind), ..all.clone() }).await?, &expected, "events of a kind")?;
    }
    let issued = AuditQuery { kind: Some(AuditKind::Issued), person: Some(id("alice")?), ..all.clone() };
    same(&count(issued).await?, &1, "issuances for a person")?;
    same(&count(AuditQuery { from: Some(later), ..all.clone() }).await?, &1, "events from a moment on")?;
    same(&count(AuditQuery { until: Some(later), ..all.clone() }).await?, &11, "events before a moment")
}

/// What a change is about is not always in it: a binding or a delegation may be named by its id.
pub(super) async fn what_a_change_is_about(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    world.apply(&[unbind("b-alice")?, Change::Revoke(Target::Delegation(id("d1")?))]).await.map_err(text)?;
    let all = AuditQuery { order: AuditOrder::NewestFirst, limit: 2, ..AuditQuery::new(world.tenant.clone()) };
    let of_alice = store.audit(&AuditQuery { person: Some(id("alice")?), ..all.clone() }).await.map_err(text)?;
    let newest = store.audit(&all).await.map_err(text)?;
    same(&of_alice.events, &newest.events, "the last changes, found by the person they are about")?;
    let of_first = store.audit(&AuditQuery { client: Some(id("first")?), limit: 1, ..all }).await.map_err(text)?;
    same(&of_first.events.first(), &newest.events.first(), "a delegation's end, found by its agent")
}

/// The tree below a token is found by it.
pub(super) async fn tree(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    let root = world.issued(token(1)).await?;
    let handed_on = Acting::HandedOn(world.parent(&root)?);
    let issuance = world.issuance("second", handed_on, token(2), Vec::new()).await?;
    store.record(issuance, now()).await.map(drop).map_err(text)?;
    let refused = world.question("second", Acting::HandedOn(world.parent(&root)?))?.report(now());
    store.refuse(refused, now()).await.map_err(text)?;
    let all = AuditQuery::new(world.tenant.clone());
    let of_root = store.audit(&AuditQuery { token: Some(token(1)), ..all.clone() }).await.map_err(text)?;
    same(&of_root.events.len(), &3, "events of a token that was handed on, and was not")?;
    let of_first = AuditQuery { client: Some(id("first")?), kind: Some(AuditKind::Issued), ..all };
    same(&store.audit(&of_first).await.map_err(text)?.events.len(), &2, "issuances down an agent's chain")
}

pub(super) async fn pages(store: &impl Store) -> Checked {
    let world = World::new(store).await?;
    world.issued(token(1)).await?;
    let all = AuditQuery::new(world.tenant.clone());
    let of_olga = AuditQuery { person: Some(id("olga")?), ..all.clone() };
    let newest = |query: &AuditQuery| AuditQuery { order: AuditOrder::NewestFirst, ..query.clone() };
    for query in [&all, &newest(&all), &of_olga, &newest(&of_olga)] {
        let whole = store.audit(query).await.map_err(text)?.events;
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = store.audit(&AuditQuery { after, limit: 3, ..query.clone() }).await.map_err(text)?;
            ensure(page.events.len() <= 3, "a page holds no more than was asked for")?;
            after = page.next;
            seen.extend(page.events);
            if !page.more {
                break;
            }
            if query.order == AuditOrder::NewestFirst {
                // What comes in meanwhile moves nothing.
                world.revoke(Target::Token(token(9))).await?;
            }
        }
        same(&seen, &whole, "the trail, page by page")?;
    }
    let mut whole = store.audit(&all).await.map_err(text)?.events;
    let end = store.audit(&AuditQuery { after: whole.last().map(|event| event.sequence), ..all.clone() }).await;
    same(&end.map_err(text)?.events.len(), &0, "events past the last")?;
    whole.reverse();
    same(&store.audit(&newest(&all)).await.map_err(text)?.events, &whole, "the trail, newest first")
}
