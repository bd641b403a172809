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
    named("changes are made all or none", changes::all_or_none(&fresh().await).await)?;
    named("changes are in force at once", changes::in_force_at_once(&fresh().await).await)?;
    named("nothing revoked or removed comes back", changes::nothing_comes_back(&fresh().await).await)?;
    named("people change only their own delegations", changes::people_only_their_own(&fresh().await).await)?;
    named("an export imports as the same", changes::export_imports(&fresh().await, &fresh().await).await)?;
    named("a stale decision is not recorded", stale::after_each_change(&fresh).await)?;
    named("what others change makes nothing stale", stale::not_by_others(&fresh().await).await)?;
    named("an end that has come is not recorded", stale::ends(&fresh().await).await)?;
    named("a credential is used once", replay::once(&fresh().await).await)?;
    named("a failed recording claims nothing", replay::failure_claims_nothing(&fresh().await).await)?;
    named("a replay key is forgotten in time", replay::forgotten_in_time(&fresh().await).await)?;
    named("a chain lives as long as each of its parts", lineage::of_a_chain(&fresh).await)?;
    named("a lineage is told to be live or not", lineage::told(&fresh().await).await)?;
    named("a suspended agent stops what is below it", lineage::middle(&fresh().await).await)?;
    named("the feed leads to what is revoked", feed::leads_to_what_is_revoked(&fresh().await).await)?;
    named("the feed comes in pages", feed::pages(&fresh().await).await)?;
    named("every event is in the trail, in order", audit::every_event(&fresh().await).await)?;
    named("the trail is found by whom and what", audit::queries(&fresh().await).await)?;
    named("a change is found by what it is about", audit::what_a_change_is_about(&fresh().await).await)?;
    named("the tree below a token is found by it", audit::tree(&fresh().await).await)?;
    named("the trail comes in pages", audit::pages(&fresh().await).await)?;
    named("the trail verifies", trail::verifies(&fresh().await).await)?;
    named("the trail's lines come in pages", trail::pages(&fresh().await).await)?;
    named("what is left after a removal verifies", trail::retention(&fresh().await).await)?;
    named("what the trail does not hold removes nothing", trail::refused_retention(&fresh().await).await)?;
    named("tenants do not see each other", isolation::of_tenants(&fresh().await).await)?;
    named("tenants' trails are apart", trail::of_tenants(&fresh().await).await)?;
    named("a person of whom nothing is known is one", isolation::unknown_person(&fresh().await).await)?;
    named("an unknown tenant is an error", isolation::unknown_tenant(&fresh().await).await)
}

/// What a case comes to: nothing, or what was seen instead.
type Checked = Result<(), String>;

fn named(case: &'static str, checked: Checked) -> Result<(), Failure> {
    checked.map_err(|what| Failure { case, what })
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
