use std::collections::BTreeMap;

use deputize_core::TenantId;
use serde::{Deserialize, Serialize};

use super::{AuditHash, AuditLine, ONLY_CHAIN};

/// A place in a tenant's trail, and what everything up to it comes to.
///
/// Kept outside the database, it shows later whether what was there is still the same: see
/// [`verify_trail`](crate::verify_trail). It is no secret, and holds nothing of what happened.
///
/// It is also what verification is: an export is verified by advancing over its lines.
///
/// ```
/// use deputize_store::{AuditLine, Checkpoint};
///
/// /// Verifies an export from its first event on.
/// fn verify(export: &str) -> Result<Checkpoint, Box<dyn std::error::Error>> {
///     let mut reached = Checkpoint::new("acme".parse()?);
///     for line in export.lines() {
///         reached.advance(&serde_json::from_str::<AuditLine>(line)?)?;
///     }
///     Ok(reached)
/// }
/// # verify("").unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Checkpoint {
    /// Whose trail it is.
    pub tenant: TenantId,
    /// The last event's place; 0 before the first.
    pub sequence: u64,
    /// The last event of every chain that has one.
    pub heads: BTreeMap<u64, AuditHead>,
}

/// The last event of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct AuditHead {
    /// Its number in the chain, from 1 on.
    pub number: u64,
    /// Its place in the tenant's order.
    pub sequence: u64,
    /// Its hash, which depends on everything in the chain up to it.
    pub hash: AuditHash,
}

/// Where a trail is no longer what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at place {sequence} of the trail: {flaw}")]
#[non_exhaustive]
pub struct BrokenTrail {
    /// The first place at which it shows, as the line itself says.
    pub sequence: u64,
    /// What is wrong there.
    pub flaw: Flaw,
}

/// What is wrong with a line of a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// It belongs to another tenant.
    #[error("an event of another tenant")]
    Foreign,
    /// Its place is not after the one before it: it was moved, added or repeated.
    #[error("an event that was moved, added or repeated")]
    Misplaced,
    /// Its number in its chain was there already: it was added, moved or repeated.
    #[error("an event whose number was there already")]
    Repeated,
    /// An event that comes before it in its chain, or the one that should be here, is not there.
    #[error("an event is missing")]
    Missing,
    /// It, or its hash, is not what was written.
    #[error("an event or its hash was altered")]
    Altered,
    /// The trail starts after it, and no event tells that what came before was removed.
    #[error("what came before is gone, and no event tells of its removal")]
    Cut,
}

impl Checkpoint {
    /// Before the first event of a tenant's trail.
    #[must_use]
    pub const fn new(tenant: TenantId) -> Self {
        Self { tenant, sequence: 0, heads: BTreeMap::new() }
    }

    /// Moves on over the next line, if it is the next line.
    ///
    /// # Errors
    ///
    /// When it was altered, when another should come first, or when it has no business here. The
    /// checkpoint is then where it was.
    pub fn advance(&mut self, line: &AuditLine) -> Result<(), BrokenTrail> {
        let broken = |flaw| BrokenTrail { sequence: line.sequence, flaw };
        if line.tenant != self.tenant {
            return Err(broken(Flaw::Foreign));
        }
        if line.sequence <= self.sequence {
            return Err(broken(Flaw::Misplaced));
        }
        let head = self.heads.get(&line.chain);
        let (last, previous) = head.map_or((0, AuditHash::ZERO), |head| (head.number, head.hash));
        if line.number <= last {
            return Err(broken(Flaw::Repeated));
        }
        if line.number - last > 1 {
            return Err(broken(Flaw::Missing));
        }
        if line.hash != line.digest(previous) {
            return Err(broken(Flaw::Altered));
        }
        self.sequence = line.sequence;
        self.heads.insert(line.chain, line.head());
        Ok(())
    }

    /// The checkpoint at the last event of the only chain.
    pub(crate) fn of_one_chain(tenant: TenantId, head: AuditHead) -> Self {
        Self { tenant, sequence: head.sequence, heads: BTreeMap::from([(ONLY_CHAIN, head)]) }
    }

    /// Whether it is before the first event.
    pub(crate) fn is_new(&self) -> bool {
        self.sequence == 0 && self.heads.is_empty()
    }
}
