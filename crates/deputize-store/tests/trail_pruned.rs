//! Events are removed while their trail is verified: that is told as such, and never as tampering.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use deputize_core::{Actor, Issuance, Lineage, Recorded, Report, Returned, Target, TenantId, UnixTime};
use deputize_store::{
    AuditLines, AuditPage, AuditQuery, Checkpoint, Cursor, Ledger, LedgerError, MemoryStore, RecordError,
    RevocationPage, Store, VerifyError, verify_trail,
};
use support::{at, founding, id};

fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

/// A ledger whose events are removed before one of its pages is read.
struct Pruned {
    inner: MemoryStore,
    pages_before: AtomicUsize,
    through: Checkpoint,
}

impl Ledger for Pruned {
    async fn audit_lines(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<AuditLines, LedgerError> {
        if self.pages_before.fetch_sub(1, Ordering::SeqCst) == 0 {
            self.inner.prune(&olga(), &self.through, at(1_001)).await.unwrap();
        }
        // Small pages, so that there are several.
        self.inner.audit_lines(tenant, after, limit.min(3)).await
    }

    async fn record(&self, issuance: Issuance, now: UnixTime) -> Result<Recorded, Returned<RecordError, Issuance>> {
        self.inner.record(issuance, now).await
    }

    async fn refuse(&self, report: Report, now: UnixTime) -> Result<(), Returned<LedgerError, Report>> {
        self.inner.refuse(report, now).await
    }

    async fn revoked(&self, lineage: &Lineage) -> Result<Option<Target>, LedgerError> {
        self.inner.revoked(lineage).await
    }

    async fn revoked_since(&self, tenant: &TenantId, since: Cursor) -> Result<RevocationPage, LedgerError> {
        self.inner.revoked_since(tenant, since).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, LedgerError> {
        self.inner.audit(query).await
    }
}

#[tokio::test]
async fn a_removal_while_it_runs_is_no_tampering() {
    let (mut verified, mut removed) = (0, 0);
    for since in 0..=7 {
        for through in 1..=7 {
            for pages_before in 0..8 {
                let inner = MemoryStore::new();
                let mut places = vec![Checkpoint::new(id("acme"))];
                for change in founding() {
                    inner.apply(&id("acme"), &olga(), &[change], at(1_000)).await.unwrap();
                    places.push(verify_trail(&inner, places[0].clone()).await.unwrap());
                }
                let through = places[through].clone();
                let ledger = Pruned { inner, pages_before: AtomicUsize::new(pages_before), through };
                match verify_trail(&ledger, places[since].clone()).await {
                    Ok(reached) => {
                        assert!(reached.sequence >= 7);
                        verified += 1;
                    }
                    Err(VerifyError::Removed { through }) => {
                        assert_eq!(through, ledger.through.sequence);
                        removed += 1;
                    }
                    Err(other) => panic!("from {since} on, at page {pages_before}: {other}"),
                }
            }
        }
    }
    assert!(verified > 100 && removed > 30, "{verified} verified, {removed} removed");
}
