use super::{AuditEntry, AuditLine, AuditLines, BrokenTrail, Checkpoint, Flaw};
use crate::{error::LedgerError, limits::MAX_AUDIT_PAGE, traits::Ledger};

/// Why a trail was not verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It is no longer what was written.
    #[error(transparent)]
    Broken(#[from] BrokenTrail),
    /// Events after the checkpoint were removed by [`Store::prune`](crate::Store::prune), also while
    /// this ran. What is there now is verified from a later checkpoint on, or from the start of what
    /// is left.
    #[error("events up to place {through} were removed")]
    Removed {
        /// The last that was.
        through: u64,
    },
    /// There is no such tenant, or the store failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Reads a tenant's trail from `since` to its end, and finds the first event that is not what was
/// written. Returns where it ends: to be kept outside the database.
///
/// - From [`Checkpoint::new`] on, it reads everything that is there.
/// - From a kept checkpoint on, it reads what came after, and holds the last events up to it against
///   what was kept. That also finds a trail that was cut off, or written anew from one end to the
///   other, which the trail by itself can't show.
///
/// Both together show that everything is as it was when the checkpoint was made.
///
/// # Errors
///
/// As [`VerifyError`] tells.
pub async fn verify_trail<L: Ledger>(ledger: &L, since: Checkpoint) -> Result<Checkpoint, VerifyError> {
    let tenant = since.tenant.clone();
    let mut page = ledger.audit_lines(&tenant, since.sequence, MAX_AUDIT_PAGE).await?;
    let start = page.start.clone();
    let whole = since.is_new();
    let mut reached = if whole { start.clone() } else { since };
    if !whole {
        still_there(ledger, &reached).await?;
    }
    // Whoever removes events leaves one, so a start that none tells of is another's.
    let mut explained = !whole || start.is_new();
    loop {
        not_removed(&page, &reached)?;
        for line in &page.lines {
            reached.advance(line)?;
            explained = explained || tells_of_removal(line, &start);
        }
        if page.lines.is_empty() {
            break;
        }
        page = ledger.audit_lines(&tenant, reached.sequence, MAX_AUDIT_PAGE).await?;
    }
    if explained { Ok(reached) } else { Err(BrokenTrail { sequence: start.sequence, flaw: Flaw::Cut }.into()) }
}

/// Whether the last event of each chain is where the checkpoint says, or the last that was removed.
async fn still_there<L: Ledger>(ledger: &L, kept: &Checkpoint) -> Result<(), VerifyError> {
    for (chain, head) in &kept.heads {
        let page = ledger.audit_lines(&kept.tenant, head.sequence.saturating_sub(1), 1).await?;
        not_removed(&page, kept)?;
        let found = if head.sequence <= page.start.sequence {
            page.start.heads.get(chain).copied()
        } else {
            page.lines.first().filter(|line| line.chain == *chain).map(AuditLine::head)
        };
        let flaw = match found {
            Some(found) if found == *head => continue,
            Some(found) if found.sequence == head.sequence => Flaw::Altered,
            _ => Flaw::Missing,
        };
        return Err(BrokenTrail { sequence: head.sequence, flaw }.into());
    }
    Ok(())
}

/// Whether all that comes after a checkpoint is there to be read. Asked of every page: events may be
/// removed in between.
fn not_removed(page: &AuditLines, reached: &Checkpoint) -> Result<(), VerifyError> {
    let through = page.start.sequence;
    if through > reached.sequence { Err(VerifyError::Removed { through }) } else { Ok(()) }
}

fn tells_of_removal(line: &AuditLine, start: &Checkpoint) -> bool {
    // Most lines are of another kind, which their first bytes tell.
    line.entry.starts_with(r#"{"pruned":"#)
        && matches!(
            serde_json::from_str(&line.entry),
            Ok(AuditEntry::Pruned { through, .. }) if *through == *start
        )
}
