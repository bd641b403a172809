use deputize_core::{Actor, Change, Effect, Issuance, Report, Revision};

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
use super::AuditHash;
use super::{About, AuditEntry, Checkpoint, IssuedToken};
use crate::error::StoreError;

/// An event on its way into a trail: for stores of your own, which append it with
/// [`AuditLine::next`](crate::AuditLine::next) in the transaction that it tells of.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewEvent {
    /// What happened.
    pub what: AuditEntry,
    /// Whom and what it is about.
    pub about: About,
    /// The text that is stored, and hashed.
    pub text: String,
}

impl NewEvent {
    /// A change that made a difference: as what, [`Change::judge`] said. `revision` is what it leads to.
    ///
    /// # Errors
    ///
    /// When it can't be written as JSON.
    pub fn change(actor: &Actor, change: &Change, effect: &Effect, revision: Revision) -> Result<Self, StoreError> {
        let what = AuditEntry::Changed { actor: actor.clone(), change: Box::new(change.clone()), revision };
        Self::new(what, About::change(actor, effect))
    }

    /// An issuance that is recorded.
    ///
    /// # Errors
    ///
    /// As [`NewEvent::change`].
    pub fn issuance(issuance: &Issuance) -> Result<Self, StoreError> {
        let (token, report) = (IssuedToken::from(issuance.grant()), issuance.report().clone());
        let about = About::issuance(&token, &report);
        Self::new(AuditEntry::Issued { token: Box::new(token), report: Box::new(report) }, about)
    }

    /// A request that was refused.
    ///
    /// # Errors
    ///
    /// As [`NewEvent::change`].
    pub fn refusal(report: &Report) -> Result<Self, StoreError> {
        Self::new(AuditEntry::Refused { report: Box::new(report.clone()) }, About::report(report))
    }

    /// The removal of the events up to a checkpoint.
    ///
    /// # Errors
    ///
    /// As [`NewEvent::change`].
    pub fn pruning(actor: &Actor, through: &Checkpoint) -> Result<Self, StoreError> {
        let what = AuditEntry::Pruned { actor: actor.clone(), through: Box::new(through.clone()) };
        Self::new(what, About::actor(actor))
    }

    #[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
    pub(crate) fn rekeying(actor: &Actor, version: u64, sealed: &str) -> Result<Self, StoreError> {
        let what = AuditEntry::Rekeyed { actor: actor.clone(), version, digest: AuditHash::of(sealed) };
        Self::new(what, About::actor(actor))
    }

    fn new(what: AuditEntry, about: About) -> Result<Self, StoreError> {
        let text = serde_json::to_string(&what).map_err(|error| StoreError::Corrupt(error.into()))?;
        Ok(Self { what, about, text })
    }
}
