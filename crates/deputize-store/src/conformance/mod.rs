#![doc = include_str!("../../BACKENDS.md")]

mod audit;
mod changes;
mod feed;
mod isolation;
mod lineage;
mod replay;
mod stale;
mod trail;
pub(crate) mod world;

use std::pin::Pin;

use crate::traits::Store;

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{case}: {what}")]
#[non_exhaustive]
pub struct Failure {
    /// The case that failed.
    pub case: &'static str,
    /// What was seen.
    pub what: String,
}

/// Runs every case on a store of its own, up to the first that fails.
///
/// # Errors
///
/// The first promise that was not kept.
pub async fn run<S: Store>(fresh: impl AsyncFn() -> S) -> Result<(), Failure> {
    named("changes are made all or none", Box::pin(async { changes::all_or_none(&fresh().await).await })).await?;
    named("changes are in force at once", Box::pin(async { changes::in_force_at_once(&fresh().await).await })).await?;
    named(
        "nothing revoked or removed comes back",
        Box::pin(async { changes::nothing_comes_back(&fresh().await).await }),
    )
    .await?;
    named(
        "people change only their own delegations",
        Box::pin(async { changes::people_only_their_own(&fresh().await).await }),
    )
    .await?;
    named(
        "an export imports as the same",
        Box::pin(async { changes::export_imports(&fresh().await, &fresh().await).await }),
    )
    .await?;
    named("a stale decision is not recorded", Box::pin(async { stale::after_each_change(&fresh).await })).await?;
    named("what others change makes nothing stale", Box::pin(async { stale::not_by_others(&fresh().await).await }))
        .await?;
    named("an end that has come is not recorded", Box::pin(async { stale::ends(&fresh().await).await })).await?;
    named("a credential is used once", Box::pin(async { replay::once(&fresh().await).await })).await?;
    named(
        "a failed recording claims nothing",
        Box::pin(async { replay::failure_claims_nothing(&fresh().await).await }),
    )
    .await?;
    named("a replay key is forgotten in time", Box::pin(async { replay::forgotten_in_time(&fresh().await).await }))
        .await?;
    named("a chain lives as long as each of its parts", Box::pin(async { lineage::of_a_chain(&fresh).await })).await?;
    named("a lineage is told to be live or not", Box::pin(async { lineage::told(&fresh().await).await })).await?;
    named("a suspended agent stops what is below it", Box::pin(async { lineage::middle(&fresh().await).await }))
        .await?;
    named(
        "the feed leads to what is revoked",
        Box::pin(async { feed::leads_to_what_is_revoked(&fresh().await).await }),
    )
    .await?;
    named("the feed comes in pages", Box::pin(async { feed::pages(&fresh().await).await })).await?;
    named("every event is in the trail, in order", Box::pin(async { audit::every_event(&fresh().await).await }))
        .await?;
    named("the trail is found by whom and what", Box::pin(async { audit::queries(&fresh().await).await })).await?;
    named(
        "a change is found by what it is about",
        Box::pin(async { audit::what_a_change_is_about(&fresh().await).await }),
    )
    .await?;
    named("the tree below a token is found by it", Box::pin(async { audit::tree(&fresh().await).await })).await?;
    named("the trail comes in pages", Box::pin(async { audit::pages(&fresh().await).await })).await?;
    named("the trail verifies", Box::pin(async { trail::verifies(&fresh().await).await })).await?;
    named("the trail's lines come in pages", Box::pin(async { trail::pages(&fresh().await).await })).await?;
    named("what is left after a removal verifies", Box::pin(async { trail::retention(&fresh().await).await })).await?;
    named(
        "what the trail does not hold removes nothing",
        Box::pin(async { trail::refused_retention(&fresh().await).await }),
    )
    .await?;
    named("tenants do not see each other", Box::pin(async { isolation::of_tenants(&fresh().await).await })).await?;
    named("tenants' trails are apart", Box::pin(async { trail::of_tenants(&fresh().await).await })).await?;
    named(
        "a person of whom nothing is known is one",
        Box::pin(async { isolation::unknown_person(&fresh().await).await }),
    )
    .await?;
    named("an unknown tenant is an error", Box::pin(async { isolation::unknown_tenant(&fresh().await).await })).await
}

/// What a case comes to: nothing, or what was seen instead.
type Checked = Result<(), String>;

/// Each in a place of its own: together, they are more than the stack of a thread holds.
async fn named(case: &'static str, checked: Pin<Box<impl Future<Output = Checked>>>) -> Result<(), Failure> {
    checked.await.map_err(|what| Failure { case, what })
}

fn ensure(kept: bool, otherwise: &str) -> Checked {
    if kept { Ok(()) } else { Err(otherwise.to_owned()) }
}

fn same<T: PartialEq + std::fmt::Debug>(seen: &T, expected: &T, what: &str) -> Checked {
    if seen == expected { Ok(()) } else { Err(format!("{what}: {seen:?} instead of {expected:?}")) }
}

/// An error of the store where there should be none.
fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
