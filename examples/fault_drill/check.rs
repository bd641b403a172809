//! What is left in the end, held against what was acknowledged.

use std::{collections::BTreeSet, fmt};

use deputize::{
    core::{Change, DelegationId, DelegationStatus, Target, TenantId, TokenId},
    store::{AuditEntry, AuditQuery, Checkpoint, Store, VerifyError, verify_trail},
};

use crate::{Failure, measure::Measured};

/// What there is.
#[derive(Debug)]
pub(crate) struct Found {
    issuances: usize,
    revocations: usize,
    /// Acknowledged and not there.
    lost: usize,
    /// Recorded after what they rest on was revoked: so the trail says, or who saw both.
    stale: usize,
    /// Revocations without their delegation being revoked, or the other way round.
    halves: usize,
    events: usize,
    /// Where the audit trail is broken, if it is.
    trail: Result<(), VerifyError>,
}

impl Found {
    pub(crate) const fn is_kept(&self) -> bool {
        self.lost == 0 && self.stale == 0 && self.halves == 0 && self.trail.is_ok()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "found: {} issuances, {} revocations", self.issuances, self.revocations)?;
        writeln!(f, "lost: {}\nstale: {}\nhalf written: {}", self.lost, self.stale, self.halves)?;
        match &self.trail {
            Ok(()) => write!(f, "chain verified: {} events", self.events),
            Err(error) => write!(f, "chain broken: {error}"),
        }
    }
}

pub(crate) async fn check(store: &impl Store, measured: &Measured) -> Result<Found, Failure> {
    let tenant: TenantId = "acme.example".parse()?;
    let (mut issued, mut ended) = (BTreeSet::<TokenId>::new(), BTreeSet::<DelegationId>::new());
    let mut stale: BTreeSet<_> = measured.stale.iter().copied().collect();
    let mut events = 0;
    let mut query = AuditQuery::new(tenant.clone());
    loop {
        let page = store.audit(&query).await?;
        events += page.events.len();
        for event in page.events {
            match event.what {
                AuditEntry::Changed { change, .. } => {
                    if let Change::Revoke(Target::Delegation(id)) = *change {
                        ended.insert(id);
                    }
                }
                AuditEntry::Issued { token, .. } => {
                    if token.lineage.delegation.as_ref().is_some_and(|id| ended.contains(id)) {
                        stale.insert(token.id);
                    }
                    issued.insert(token.id);
                }
                AuditEntry::Refused { .. } | AuditEntry::Pruned { .. } | AuditEntry::Rekeyed { .. } => {}
            }
        }
        query.after = page.next;
        if !page.more {
            break;
        }
    }
    let config = store.export(&tenant).await?;
    let revoked = config.delegations().filter(|delegation| delegation.status == DelegationStatus::Revoked);
    let revoked: BTreeSet<DelegationId> = revoked.map(|delegation| delegation.id.clone()).collect();
    let lost_issuances = measured.issued.iter().filter(|id| !issued.contains(id)).count();
    let lost_revocations = measured.revoked.iter().filter(|id| !revoked.contains(id)).count();
    Ok(Found {
        issuances: issued.len(),
        revocations: revoked.len(),
        lost: lost_issuances + lost_revocations,
        stale: stale.len(),
        halves: revoked.symmetric_difference(&ended).count(),
        events,
        trail: verify_trail(store, Checkpoint::new(tenant)).await.map(drop),
    })
}
