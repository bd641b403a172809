//! What all engines have in common: everything but the text of statements, how to connect, and what
//! errors mean.
//!
//! Writers of one tenant take turns: each transaction that writes holds the tenant's row from its
//! first statement until it has committed, and changes it. What it reads after that is the latest that
//! was committed, and nobody can change it meanwhile. So what `record` checks still holds when it
//! commits, and a revocation is in force for every `record` that has not committed before it. On a
//! cluster, where a lock is one node's own, the changed row is what two nodes collide at.
//!
//! Since recordings that come meanwhile go into one transaction together, turns cost little: see
//! `queue.rs`.

mod apply;
mod arg;
mod attempt;
mod audit;
mod engine;
mod export;
mod facts;
mod feed;
mod load;
mod queue;
mod record;
mod standing;
mod statements;
mod tenant;
mod trail;
mod write;

use std::sync::Arc;

pub(crate) use apply::Apply;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use arg::Rows as JsonRows;
pub(crate) use arg::{Arg, Column};
#[cfg(test)]
pub(crate) use attempt::Work;
use attempt::carry_out;
use deputize_core::{
    Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows, Target,
    TenantId, UnixTime,
};
pub(crate) use engine::{Columns, Engine, Link};
use queue::Queue;
use record::Entry;
use standing::{Asked, Standing};
pub(crate) use statements::Statements;
pub(crate) use tenant::TenantRow;
use trail::Prune;

use crate::{
    audit::{AuditLines, AuditPage, AuditQuery, Checkpoint},
    cache::PolicyCache,
    error::{ChangeError, LedgerError, LoadError, PruneError, RecordError},
    feed::{Cursor, RevocationPage},
    traits::{Directory, Ledger, Store},
};

/// A store over an SQL engine.
#[derive(Debug)]
pub struct SqlStore<E> {
    pub(crate) engine: Arc<E>,
    queue: Arc<Queue>,
    policies: PolicyCache,
}

#[expect(private_bounds, reason = "the engines are ours")]
impl<E: Engine> SqlStore<E> {
    pub(crate) fn over(engine: E) -> Self {
        Self { engine: Arc::new(engine), queue: Arc::default(), policies: PolicyCache::default() }
    }

    async fn record_entry(&self, issuance: &Issuance, now: UnixTime) -> Result<(), RecordError> {
        if !issuance.is_current(now) {
            return Err(RecordError::Expired);
        }
        self.queue.record(&self.engine, Entry::issuance(issuance, now)?).await
    }

    async fn refuse_entry(&self, report: &Report, now: UnixTime) -> Result<(), LedgerError> {
        match self.queue.record(&self.engine, Entry::refusal(report, now)?).await {
            Ok(()) => Ok(()),
            Err(RecordError::Store(error)) => Err(error.into()),
            // A refusal claims nothing and rests on nothing.
            Err(_) => Err(LedgerError::UnknownTenant),
        }
    }
}

impl<E: Engine> Directory for SqlStore<E> {
    async fn load(&self, question: &Question) -> Result<Rows, LoadError> {
        let mut db = self.engine.reader().await?;
        load::load(&mut *db, question, &self.policies).await
    }
}

impl<E: Engine> Ledger for SqlStore<E> {
    async fn record(&self, issuance: Issuance, now: UnixTime) -> Result<Recorded, Returned<RecordError, Issuance>> {
        match self.record_entry(&issuance, now).await {
            Ok(()) => Ok(Recorded::assertion(issuance, now)),
            Err(error) => Err(Returned::new(error, issuance)),
        }
    }

    async fn refuse(&self, report: Report, now: UnixTime) -> Result<(), Returned<LedgerError, Report>> {
        self.refuse_entry(&report, now).await.map_err(|error| Returned::new(error, report))
    }

    async fn revoked(&self, lineage: &Lineage) -> Result<Option<Target>, LedgerError> {
        let mut db = self.engine.reader().await?;
        let tenant = TenantRow::get(&mut *db, &lineage.tenant).await?;
        let mut asked = Asked::default();
        asked.lineage(lineage);
        Ok(Standing::of(&mut *db, &tenant.id, asked).await?.dead(tenant.revoked, lineage))
    }

    async fn revoked_since(&self, tenant: &TenantId, since: Cursor) -> Result<RevocationPage, LedgerError> {
        let mut db = self.engine.reader().await?;
        let tenant = TenantRow::get(&mut *db, tenant).await?;
        Ok(feed::since(&mut *db, &tenant.id, since).await?)
    }

    async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, LedgerError> {
        let mut db = self.engine.reader().await?;
        TenantRow::get(&mut *db, &query.tenant).await?;
        Ok(audit::find(&mut *db, query).await?)
    }

    async fn audit_lines(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<AuditLines, LedgerError> {
        let mut read = self.engine.read().await?;
        let tenant = TenantRow::get(&mut *read, tenant).await?;
        Ok(trail::lines(&mut *read, &tenant.id, after, limit).await?)
    }
}

impl<E: Engine> Store for SqlStore<E> {
    async fn apply(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        changes: &[Change],
        now: UnixTime,
    ) -> Result<Revision, ChangeError> {
        carry_out(&*self.engine, &Apply { tenant, actor, changes, now }).await
    }

    async fn prune(&self, actor: &Actor, through: &Checkpoint, now: UnixTime) -> Result<(), PruneError> {
        if !matches!(actor, Actor::Operator(_)) {
            return Err(PruneError::Forbidden);
        }
        carry_out(&*self.engine, &Prune { actor, through, now }).await
    }

    async fn export(&self, tenant: &TenantId) -> Result<Configuration, LedgerError> {
        let mut read = self.engine.read().await?;
        let tenant = TenantRow::get(&mut *read, tenant).await?;
        Ok(export::export(&mut *read, &tenant).await?)
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
