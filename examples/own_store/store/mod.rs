//! A store of one's own: a file that only grows, and everything it says in memory.

mod entry;
mod journal;
mod tenant;
mod trail;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use deputize::{
    core::{
        Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows, Target,
        TenantId, UnixTime,
    },
    store::{
        AuditLines, AuditPage, AuditQuery, ChangeError, Checkpoint, Cursor, Directory, Ledger, LedgerError, LoadError,
        PruneError, RecordError, RevocationPage, Store, StoreError,
    },
};
use entry::Entry;
use journal::Journal;
use tenant::Tenant;

/// A store in one journal, which one process has open at a time.
///
/// Every write is one [`Entry`]: planned against what is in memory, made durable, then taken into
/// memory. Opening takes the same entries the same way, so it can't come to anything else. Nothing
/// here waits for another task, so a future that is dropped was carried out or never began; each
/// holds its thread for as long as the disk needs.
///
/// The journal never gets shorter: what [`Store::prune`] removes is gone from the trail, and still
/// in the file.
#[derive(Debug)]
pub(crate) struct JournalStore {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    journal: Journal,
    tenants: BTreeMap<TenantId, Tenant>,
}

impl JournalStore {
    /// Opens the journal, makes it if it is not there, and takes in all that it says.
    pub(crate) fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let mut tenants = BTreeMap::new();
        let journal = Journal::open(path.as_ref(), |entry| take(&mut tenants, entry))?;
        Ok(Self { state: Mutex::new(State { journal, tenants }) })
    }

    /// One operation at a time: what a plan was made against is still so when it is carried out.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, tenant: &TenantId, read: impl FnOnce(&Tenant) -> T) -> Result<T, LedgerError> {
        self.state().tenants.get(tenant).map(read).ok_or(LedgerError::UnknownTenant)
    }
}

impl State {
    /// The only way in which anything changes.
    fn write(&mut self, entry: Entry) -> Result<(), StoreError> {
        self.journal.append(&entry)?;
        take(&mut self.tenants, entry)
    }
}

fn take(tenants: &mut BTreeMap<TenantId, Tenant>, entry: Entry) -> Result<(), StoreError> {
    let tenant = tenants.entry(entry.tenant.clone()).or_insert_with(|| Tenant::new(entry.tenant.clone()));
    tenant.take(entry)
}

impl Directory for JournalStore {
    async fn load(&self, question: &Question) -> Result<Rows, LoadError> {
        Ok(self.read(&question.tenant, |tenant| tenant.config.rows(question))??)
    }
}

impl Ledger for JournalStore {
    async fn record(&self, issuance: Issuance, now: UnixTime) -> Result<Recorded, Returned<RecordError, Issuance>> {
        let mut state = self.state();
        let planned = match state.tenants.get(&issuance.grant().tenant) {
            Some(tenant) => tenant.plan_record(&issuance, now),
            None => Err(RecordError::UnknownTenant),
        };
        match planned.and_then(|entry| Ok(state.write(entry)?)) {
            Ok(()) => Ok(Recorded::assertion(issuance, now)),
            Err(error) => Err(Returned::new(error, issuance)),
        }
    }

    async fn refuse(&self, report: Report, now: UnixTime) -> Result<(), Returned<LedgerError, Report>> {
        let mut state = self.state();
        let planned = match state.tenants.get(&report.tenant) {
            Some(tenant) => tenant.plan_refusal(&report, now).map_err(LedgerError::Store),
            None => Err(LedgerError::UnknownTenant),
        };
        planned.and_then(|entry| Ok(state.write(entry)?)).map_err(|error| Returned::new(error, report))
    }

    async fn revoked(&self, lineage: &Lineage) -> Result<Option<Target>, LedgerError> {
        self.read(&lineage.tenant, |tenant| tenant.config.dead(lineage))
    }

    async fn revoked_since(&self, tenant: &TenantId, since: Cursor) -> Result<RevocationPage, LedgerError> {
        self.read(tenant, |tenant| tenant.revoked_since(since))
    }

    async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, LedgerError> {
        self.read(&query.tenant, |tenant| tenant.trail.find(query))
    }

    async fn audit_lines(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<AuditLines, LedgerError> {
        self.read(tenant, |tenant| tenant.trail.lines(after, limit))
    }
}

impl Store for JournalStore {
    async fn apply(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        changes: &[Change],
        now: UnixTime,
    ) -> Result<Revision, ChangeError> {
        let mut state = self.state();
        let entry = match state.tenants.get(tenant) {
            Some(found) => found.plan_changes(actor, changes, now)?,
            None if matches!(actor, Actor::Operator(_)) => {
                Tenant::new(tenant.clone()).plan_changes(actor, changes, now)?
            }
            None => return Err(ChangeError::UnknownTenant),
        };
        // An entry without events still makes a tenant.
        if !entry.events.is_empty() || !state.tenants.contains_key(tenant) {
            state.write(entry)?;
        }
        state.tenants.get(tenant).map(|tenant| tenant.config.latest()).ok_or(ChangeError::UnknownTenant)
    }

    async fn prune(&self, actor: &Actor, through: &Checkpoint, now: UnixTime) -> Result<(), PruneError> {
        if !matches!(actor, Actor::Operator(_)) {
            return Err(PruneError::Forbidden);
        }
        let mut state = self.state();
        let tenant = state.tenants.get(&through.tenant).ok_or(PruneError::UnknownTenant)?;
        match tenant.plan_removal(actor, through, now)? {
            Some(entry) => Ok(state.write(entry)?),
            None => Ok(()),
        }
    }

    async fn export(&self, tenant: &TenantId) -> Result<Configuration, LedgerError> {
        self.read(tenant, |tenant| tenant.config.clone())
    }
}
