//! Everything in memory: for tests, tools, and services whose configuration is one file.

mod tenant;
mod trail;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use deputize_core::{
    Actor, AgentPolicy, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows,
    Target, TenantId, UnixTime,
};
use tenant::Tenant;

use crate::{
    audit::{AuditLines, AuditPage, AuditQuery, Checkpoint},
    cache::PolicyCache,
    error::{ChangeError, LedgerError, LoadError, PruneError, RecordError},
    feed::{Cursor, RevocationPage},
    traits::{Directory, Ledger, Store},
};

/// A store in memory: for each tenant a [`Configuration`] and a ledger. Lost when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tenants: Mutex<BTreeMap<TenantId, Tenant>>,
    policies: PolicyCache,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every operation is one critical section, and none of them panics: a poisoned lock guards
    /// what is still whole.
    fn tenants(&self) -> MutexGuard<'_, BTreeMap<TenantId, Tenant>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, tenant: &TenantId, read: impl FnOnce(&mut Tenant) -> T) -> Result<T, LedgerError> {
        self.tenants().get_mut(tenant).map(read).ok_or(LedgerError::UnknownTenant)
    }
}

impl Directory for MemoryStore {
    async fn load(&self, question: &Question) -> Result<Rows, LoadError> {
        let mut tenants = self.tenants();
        let config = &tenants.get_mut(&question.tenant).ok_or(LoadError::UnknownTenant)?.config;
        let agent = match config.agent(&question.client) {
            None => None,
            Some(agent) => {
                let (revision, epoch) = (config.agent_revision(&question.client), config.epoch());
                let kept = self.policies.get(&question.tenant, &question.client);
                let kept = kept.filter(|kept| (kept.revision(), kept.epoch()) == (revision, epoch));
                Some(match kept {
                    Some(policy) => policy,
                    None => {
                        let policy = AgentPolicy::compile(config.agent_rows(agent))?;
                        self.policies.put(&question.tenant, &policy);
                        policy
                    }
                })
            }
        };
        Ok(config.rows_around(question, agent))
    }
}

impl Ledger for MemoryStore {
    async fn record(&self, issuance: Issuance, now: UnixTime) -> Result<Recorded, Returned<RecordError, Issuance>> {
        let mut tenants = self.tenants();
        let recorded = match tenants.get_mut(&issuance.grant().tenant) {
            Some(tenant) => tenant.record(&issuance, now),
            None => Err(RecordError::UnknownTenant),
        };
        match recorded {
            Ok(()) => Ok(Recorded::assertion(issuance, now)),
            Err(error) => Err(Returned::new(error, issuance)),
        }
    }

    async fn refuse(&self, report: Report, now: UnixTime) -> Result<(), Returned<LedgerError, Report>> {
        let refused = self.with(&report.tenant, |tenant| tenant.refuse(&report, now));
        let refused = refused.and_then(|refused| refused.map_err(LedgerError::Store));
        refused.map_err(|error| Returned::new(error, report))
    }

    async fn revoked(&self, lineage: &Lineage) -> Result<Option<Target>, LedgerError> {
        self.with(&lineage.tenant, |tenant| tenant.config.dead(lineage))
    }

    async fn revoked_since(&self, tenant: &TenantId, since: Cursor) -> Result<RevocationPage, LedgerError> {
        self.with(tenant, |tenant| tenant.revoked_since(since))
    }

    async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, LedgerError> {
        self.with(&query.tenant, |tenant| tenant.trail.find(query))
    }

    async fn audit_lines(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<AuditLines, LedgerError> {
        self.with(tenant, |tenant| tenant.trail.lines(after, limit))
    }
}

impl Store for MemoryStore {
    async fn apply(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        changes: &[Change],
        now: UnixTime,
    ) -> Result<Revision, ChangeError> {
        let mut tenants = self.tenants();
        match tenants.get_mut(tenant) {
            Some(found) => found.apply(actor, changes, now),
            None if matches!(actor, Actor::Operator(_)) => {
                let mut new = Tenant::new(Configuration::new(tenant.clone()));
                let revision = new.apply(actor, changes, now)?;
                tenants.insert(tenant.clone(), new);
                Ok(revision)
            }
            None => Err(ChangeError::UnknownTenant),
        }
    }

    async fn prune(&self, actor: &Actor, through: &Checkpoint, now: UnixTime) -> Result<(), PruneError> {
        if !matches!(actor, Actor::Operator(_)) {
            return Err(PruneError::Forbidden);
        }
        self.with(&through.tenant, |tenant| tenant.trail.prune(actor, through, now))?
    }

    async fn export(&self, tenant: &TenantId) -> Result<Configuration, LedgerError> {
        self.with(tenant, |tenant| tenant.config.clone())
    }
}
