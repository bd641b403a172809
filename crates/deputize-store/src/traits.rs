use deputize_core::{
    Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows, Target,
    TenantId, UnixTime,
};

use crate::{
    audit::{AuditPage, AuditQuery},
    error::{ChangeError, LoadError, RecordError},
    feed::{Cursor, RevocationPage},
};

/// Finds what answers a question. All it returns is read at one moment, and trusted.
///
/// Somebody whose agents and bindings live in tables of their own implements this one, and keeps a
/// ledger of ours. What that weakens: `record` can check the revisions and the lineage only as the
/// ledger knows them, so each change in those tables has to reach the ledger too, through
/// [`Store::apply`], before it is acknowledged; until then tokens are issued by what was.
pub trait Directory {
    /// The rows that answer `question`.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails. An agent, a person or a resource that is
    /// not there is no error here: the rows say so.
    fn load(&self, question: &Question) -> impl Future<Output = Result<Rows, LoadError>> + Send;
}

/// Remembers what was issued, refused, changed and revoked.
pub trait Ledger {
    /// Makes an issuance durable before anything is signed. In one transaction: claims its replay
    /// keys, checks that its revisions still hold, its lineage is live and its end lies ahead, and
    /// appends its audit event.
    ///
    /// Once a change or revocation has returned, no issuance that rests on what was is recorded any
    /// more.
    ///
    /// # Errors
    ///
    /// As [`RecordError`] tells, with the issuance.
    fn record(
        &self,
        issuance: Issuance,
        now: UnixTime,
    ) -> impl Future<Output = Result<Recorded, Returned<RecordError, Issuance>>> + Send;

    /// Leaves a refused request in the audit trail of its tenant.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn refuse(&self, report: Report, now: UnixTime) -> impl Future<Output = Result<(), LoadError>> + Send;

    /// The first thing in `lineage` that is revoked, suspended or not there.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn revoked(&self, lineage: &Lineage) -> impl Future<Output = Result<Option<Target>, LoadError>> + Send;

    /// What was revoked, suspended or resumed since `since`, in order, at most 1 000 entries: a
    /// verifier that starts at [`Cursor::START`] and follows has all there is.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn revoked_since(
        &self,
        tenant: &TenantId,
        since: Cursor,
    ) -> impl Future<Output = Result<RevocationPage, LoadError>> + Send;

    /// What happened, in the tenant's one order.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn audit(&self, query: &AuditQuery) -> impl Future<Output = Result<AuditPage, LoadError>> + Send;
}

/// A store that is the directory and the ledger, and where configuration is changed.
pub trait Store: Directory + Ledger {
    /// Makes all of these changes, or none: configuration, revisions and audit trail in one
    /// transaction. The only way in which anything changes. A tenant comes into being with an
    /// operator's first changes. Returns the tenant's latest revision.
    ///
    /// # Errors
    ///
    /// As [`ChangeError`] tells.
    fn apply(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        changes: &[Change],
        now: UnixTime,
    ) -> impl Future<Output = Result<Revision, ChangeError>> + Send;

    /// Everything the tenant has configured, revoked and removed. Imported again, by applying its
    /// [`changes`](Configuration::changes), it brings nothing back that was revoked or removed.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn export(&self, tenant: &TenantId) -> impl Future<Output = Result<Configuration, LoadError>> + Send;
}
