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
mod key_ring;
mod load;
mod queue;
mod record;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(crate) mod server;
mod span;
mod standing;
mod statements;
mod tenant;
mod trail;
mod write;

use std::sync::Arc;

pub(crate) use apply::Apply;
pub(crate) use arg::Arg;
#[cfg(feature = "postgres")]
pub(crate) use arg::Column;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use arg::Rows as JsonRows;
#[cfg(test)]
pub(crate) use attempt::Work;
use attempt::carry_out;
use deputize_core::{
    Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, Report, Returned, Revision, Rows, Target,
    TenantId, UnixTime,
};
pub(crate) use engine::{Columns, Engine, Link, of_client};
use key_ring::PutKeyRing;
pub use key_ring::{KeyRingError, StoredKeyRing};
use queue::Queue;
use record::Entry;
use span::traced;
use standing::{Asked, Standing};
pub(crate) use statements::{Record, Statements};
#[cfg(feature = "mysql")]
pub(crate) use tenant::NotHeld;
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

    /// The tenant's key ring, if one was put: sealed, as
    /// [`SqlStore::put_key_ring`] got it.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the store fails.
    pub async fn key_ring(&self, tenant: &TenantId) -> Result<Option<StoredKeyRing>, LedgerError> {
        traced::<E, _, _>("key_ring", tenant, async {
            let mut db = self.engine.reader().await?;
            let tenant = TenantRow::get(&mut *db, tenant).await?;
            Ok(key_ring::get(&mut *db, &tenant.id).await?)
        })
        .await
    }

    /// Puts a tenant's sealed key ring in the place of the one of the version `replaces`, 0 if there is
    /// none, and returns its own. Of several processes that rotate keys at once, one does; the others
    /// are told [`KeyRingError::Outdated`]. Leaves an event, with a digest of what was put.
    ///
    /// What is put is sealed by deputize-token's `KeyRing::seal` under a key that the database never
    /// gets. Whoever can write to the tables can still put back an earlier ring: its digest is then not
    /// that of the last such event in a verified trail.
    ///
    /// # Errors
    ///
    /// As [`KeyRingError`] tells.
    pub async fn put_key_ring(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        sealed: &str,
        replaces: u64,
        now: UnixTime,
    ) -> Result<u64, KeyRingError> {
        let work = PutKeyRing { tenant, actor, sealed, replaces, now };
        work.check()?;
        traced::<E, _, _>("put_key_ring", tenant, carry_out(&*self.engine, &work)).await
    }

    async fn record_entry(&self, issuance: &Issuance, now: UnixTime) -> Result<(), RecordError> {
        traced::<E, _, _>("record", &issuance.grant().tenant, async {
            if !issuance.is_current(now) {
                return Err(RecordError::Expired);
            }
            self.queue.record(&self.engine, Entry::issuance(issuance, now)?).await
        })
        .await
    }

    async fn refuse_entry(&self, report: &Report, now: UnixTime) -> Result<(), LedgerError> {
        traced::<E, _, _>("refuse", &report.tenant, async {
            match self.queue.record(&self.engine, Entry::refusal(report, now)?).await {
                Ok(()) => Ok(()),
                Err(RecordError::Store(error)) => Err(error.into()),
                // A refusal claims nothing and rests on nothing.
                Err(_) => Err(LedgerError::UnknownTenant),
            }
        })
        .await
    }
}

impl<E: Engine> Directory for SqlStore<E> {
    async fn load(&self, question: &Question) -> Result<Rows, LoadError> {
        traced::<E, _, _>("load", &question.tenant, async {
            let mut db = self.engine.reader().await?;
            load::load(&mut *db, question, &self.policies).await
        })
        .await
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
        traced::<E, _, _>("revoked", &lineage.tenant, async {
            let mut db = self.engine.reader().await?;
            let tenant = TenantRow::get(&mut *db, &lineage.tenant).await?;
            let mut asked = Asked::default();
            asked.lineage(lineage);
            Ok(Standing::of(&mut *db, &tenant.id, asked).await?.dead(tenant.revoked, lineage))
        })
        .await
    }

    async fn revoked_since(&self, tenant: &TenantId, since: Cursor) -> Result<RevocationPage, LedgerError> {
        traced::<E, _, _>("revoked_since", tenant, async {
            let mut db = self.engine.reader().await?;
            let tenant = TenantRow::get(&mut *db, tenant).await?;
            Ok(feed::since(&mut *db, &tenant.id, since).await?)
        })
        .await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, LedgerError> {
        traced::<E, _, _>("audit", &query.tenant, async {
            let mut db = self.engine.reader().await?;
            TenantRow::get(&mut *db, &query.tenant).await?;
            Ok(audit::find(&mut *db, query).await?)
        })
        .await
    }

    async fn audit_lines(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<AuditLines, LedgerError> {
        traced::<E, _, _>("audit_lines", tenant, async {
            let mut read = self.engine.read().await?;
            let tenant = TenantRow::get(&mut *read, tenant).await?;
            Ok(trail::lines(&mut *read, &tenant.id, after, limit).await?)
        })
        .await
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
        let work = Apply { tenant, actor, changes, now };
        traced::<E, _, _>("apply", tenant, carry_out(&*self.engine, &work)).await
    }

    async fn prune(&self, actor: &Actor, through: &Checkpoint, now: UnixTime) -> Result<(), PruneError> {
        if !matches!(actor, Actor::Operator(_)) {
            return Err(PruneError::Forbidden);
        }
        let work = Prune { actor, through, now };
        traced::<E, _, _>("prune", &through.tenant, carry_out(&*self.engine, &work)).await
    }

    async fn export(&self, tenant: &TenantId) -> Result<Configuration, LedgerError> {
        traced::<E, _, _>("export", tenant, async {
            let mut read = self.engine.read().await?;
            let tenant = TenantRow::get(&mut *read, tenant).await?;
            Ok(export::export(&mut *read, &tenant).await?)
        })
        .await
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod counted;
#[cfg(test)]
#[cfg(all(feature = "conformance", feature = "sqlite"))]
pub(crate) mod tests;
