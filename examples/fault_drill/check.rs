//! What is left in the end, held against what was acknowledged.

use std::{collections::BTreeSet, fmt};

use deputize::{
    core::{Change, DelegationId, DelegationStatus, Target, TenantId, TokenId},
    store::{AuditEntry, AuditQuery, Checkpoint, Store, VerifyError, verify_trail},
};

use crate::{Failure, worker::Acknowledged};

/// How it ended.
#[derive(Debug)]
pub(crate) struct Found {
    tokens: usize,
    revocations: usize,
    /// Acknowledged and not there.
    lost: usize,
    /// Recorded after what they rest on was revoked.
    stale: usize,
    /// Revocations without their delegation being revoked, or the other way round.
    halves: usize,
    events: usize,
    /// Where the audit trail is broken, if it is.
    trail: Result<(), VerifyError>,
}

impl Found {
    /// Whether every promise was kept, and anything happened at all.
    pub(crate) const fn is_kept(&self) -> bool {
        let kept = self.lost == 0 && self.stale == 0 && self.halves == 0 && self.trail.is_ok();
        kept && self.tokens > 0 && self.revocations > 0
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "acknowledged: {} tokens, {} revocations", self.tokens, self.revocations)?;
        writeln!(f, "found: {} events", self.events)?;
        writeln!(f, "lost: {}, stale: {}, half written: {}", self.lost, self.stale, self.halves)?;
        match &self.trail {
            Ok(()) => write!(f, "audit trail: verified"),
            Err(error) => write!(f, "audit trail: {error}"),
        }
    }
}

pub(crate) async fn check(store: &impl Store, acknowledged: &[Acknowledged]) -> Result<Found, Failure> {
    let tenant: TenantId = "acme.example".parse()?;
    let (mut issued, mut ended) = (BTreeSet::<TokenId>::new(), BTreeSet::<DelegationId>::new());
    let (mut stale, mut events) = (0, 0);
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
                    stale += usize::from(token.lineage.delegation.as_ref().is_some_and(|id| ended.contains(id)));
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
    let (mut tokens, mut revocations, mut lost) = (0, 0, 0);
    for one in acknowledged {
        match one {
            Acknowledged::Issued(id) => {
                tokens += 1;
                lost += usize::from(!issued.contains(id));
            }
            Acknowledged::Revoked(id) => {
                revocations += 1;
                lost += usize::from(!revoked.contains(id));
            }
        }
    }
    let trail = verify_trail(store, Checkpoint::new(tenant)).await.map(drop);
    let halves = revoked.symmetric_difference(&ended).count();
    Ok(Found { tokens, revocations, lost, stale, halves, events, trail })
}
