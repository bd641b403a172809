use deputize_core::{
    Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows, Target,
    TenantId, UnixTime,
};

use crate::{
    audit::{AuditLines, AuditPage, AuditQuery, Checkpoint},
    error::{ChangeError, LedgerError, LoadError, PruneError, RecordError},
    feed::{Cursor, RevocationPage},
};

/// Finds what answers a question.
///
/// What it returns is read at one moment, and trusted; whether it answers the question is checked
/// by [`Policy::compile`](deputize_core::Policy::compile).
///
/// # A directory of your own
///
/// Whose agents and bindings live in tables of their own implements this trait over them, and keeps
/// a ledger of ours. The ledger can only check what it knows, so it is told of every change:
///
/// - Each change is made in those tables **first**, then in the ledger's store ([`Store::apply`]), and
///   only then acknowledged to whoever made it: the other way round, older rows would meet newer
///   revisions. At least every agent, delegation and revocation is there.
/// - `load` **first** asks the ledger's store, then reads its own tables, and hands on the revisions
///   that the store answered: the epoch, the agent's ([`AgentPolicy::revision`]) and the person's.
///   Read in the other order, a change in between would go unnoticed by `record`.
///
/// What that weakens: the two are not one transaction. Between a change in the own tables and its
/// `apply`, a decision that was loaded before can still be recorded, and no verifier hears of the
/// change; if the `apply` never comes (a crash in between), neither ever does, so it is to be made
/// up for. A store of ours has no such gap.
///
/// [`AgentPolicy::revision`]: deputize_core::AgentPolicy::revision
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
    /// Makes an issuance durable before anything is signed. In one transaction: checks that its end
    /// lies ahead, its lineage is live and its revisions still hold, claims its replay keys and its
    /// token id, and appends its audit event.
    ///
    /// Once a change or a revocation has returned, no issuance that rests on what was before is
    /// recorded any more.
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
    /// When there is no such tenant, or the store fails; with the report.
    fn refuse(
        &self,
        report: Report,
        now: UnixTime,
    ) -> impl Future<Output = Result<(), Returned<LedgerError, Report>>> + Send;

    /// The first thing in `lineage` that is revoked, suspended or, a delegation or an agent, not
    /// there: tenant, person, delegation, then agents and tokens from the root on.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn revoked(&self, lineage: &Lineage) -> impl Future<Output = Result<Option<Target>, LedgerError>> + Send;

    /// What was revoked, suspended or resumed since `since`, in order, at most
    /// [`MAX_FEED_PAGE`](crate::limits::MAX_FEED_PAGE) entries: a verifier that starts at
    /// [`Cursor::START`] and follows misses nothing.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn revoked_since(
        &self,
        tenant: &TenantId,
        since: Cursor,
    ) -> impl Future<Output = Result<RevocationPage, LedgerError>> + Send;

    /// What happened, in the tenant's one order.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn audit(&self, query: &AuditQuery) -> impl Future<Output = Result<AuditPage, LedgerError>> + Send;

    /// The trail as it is stored, for exports and verification: the lines after the place `after` (0
    /// is before the first), in the tenant's order, at most `limit` and at most
    /// [`MAX_AUDIT_PAGE`](crate::limits::MAX_AUDIT_PAGE). A line that once was the last that was read
    /// is never followed by one of an earlier place. What somebody altered comes as it is, and is no
    /// error here.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn audit_lines(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<AuditLines, LedgerError>> + Send;
}

/// A store that is the directory and the ledger, and where configuration is changed: what each of
/// ours is.
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

    /// Removes the events up to a checkpoint, that one included, and keeps the checkpoint: the trail
    /// starts there, and goes on being verified. Leaves an event itself. Places of removed events are
    /// never given again, and nothing but the trail is touched: neither the revocation feed, replay
    /// keys and token ids, nor configuration. A checkpoint at which the trail starts already changes
    /// nothing.
    ///
    /// What is removed can't be verified any more: export it, and
    /// [verify](crate::verify_trail) it, before; that also yields the checkpoint. Other writers may
    /// have to wait while it is removed, so little and often is better than much at once.
    ///
    /// # Errors
    ///
    /// As [`PruneError`] tells. Nothing was removed.
    fn prune(
        &self,
        actor: &Actor,
        through: &Checkpoint,
        now: UnixTime,
    ) -> impl Future<Output = Result<(), PruneError>> + Send;

    /// Everything the tenant has configured, revoked and removed.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    fn export(&self, tenant: &TenantId) -> impl Future<Output = Result<Configuration, LedgerError>> + Send;

    /// Brings everything of a configuration into its tenant, by applying its
    /// [`changes`](Configuration::changes): what is there already stays, and what was revoked or
    /// removed here is refused, never revived.
    ///
    /// # Errors
    ///
    /// As [`ChangeError`] tells.
    fn import(
        &self,
        configuration: &Configuration,
        actor: &Actor,
        now: UnixTime,
    ) -> impl Future<Output = Result<Revision, ChangeError>> + Send
    where
        Self: Sync,
    {
        async move { self.apply(configuration.tenant(), actor, &configuration.changes(), now).await }
    }
}
