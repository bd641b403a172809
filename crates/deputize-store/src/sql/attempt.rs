use std::{collections::hash_map::RandomState, hash::BuildHasher, time::Duration};

use deputize_core::TenantId;
use tokio::time::{Instant, sleep};

use super::{
    engine::{Connection, Engine, Link},
    tenant::TenantRow,
    trail,
};
use crate::{
    audit::AuditHead,
    error::{ChangeError, PruneError, StoreError},
};

/// Between two looks at a database that can't be reached.
const PAUSE: Duration = Duration::from_millis(100);
/// How long who gives way waits at most after the first time that it was rolled back, and ever.
const FIRST_WAY: Duration = Duration::from_millis(8);
const LONGEST_WAY: Duration = Duration::from_millis(64);

/// How often to begin anew after what looks like damage, and may be the rows of another node of a
/// cluster, which was first.
const COLLISIONS: u32 = 8;

/// What is carried out in one transaction, all or nothing.
pub(crate) trait Work<L: Link>: Sync {
    type Done: Send;
    type Error: OfStore + Send;

    /// Whether it waits a little before it is carried out anew. On a cluster, of two nodes that write for
    /// a tenant at once only one gets there: what others wait for in a row should lose to a change, which
    /// begins anew at once, and not to each other again and again.
    const GIVES_WAY: bool;

    /// All of it but the commit. Holds the tenant's row before it reads anything else. Carried out
    /// anew where the transaction came to nothing.
    fn carry_out(&self, db: &mut L) -> impl Future<Output = Result<Written<Self::Done>, Self::Error>> + Send;
}

/// What a transaction came to, once it is committed.
#[derive(Debug)]
pub(crate) struct Written<T> {
    pub(super) done: T,
    /// The last event it appended. Without one, nothing is lost if it is carried out once more.
    pub(super) mark: Option<Mark>,
}

/// An event that is there if a transaction was committed, and else is not: its hash is over all that
/// came before it.
#[derive(Debug)]
pub(crate) struct Mark {
    tenant: TenantId,
    head: AuditHead,
}

/// An error that may be the store's.
pub(crate) trait OfStore: From<StoreError> {
    fn of_store(&self) -> Option<&StoreError>;
}

/// How a transaction ended.
enum Ended<T, X> {
    Committed(T),
    /// Nothing was written.
    Failed(X),
    /// The connection was lost while it committed: it may have been, or not.
    Lost(Written<T>, StoreError),
    /// What was lost before is there.
    Found,
    /// What was lost before is not there.
    Missing,
    /// The database does not tell.
    Unseen(StoreError),
}

/// Carries out some work: anew where the database rolled it back in favour of another, and where the
/// connection was lost in the commit and a look shows that it was not committed.
pub(super) async fn carry_out<E: Engine, W: Work<Connection<E>>>(engine: &E, work: &W) -> Result<W::Done, W::Error> {
    let mut end = Instant::now() + engine.trying();
    let mut lost: Option<(Written<W::Done>, StoreError)> = None;
    let (mut way, mut again, mut collisions) = (FIRST_WAY, true, 0);
    loop {
        let ended = once(engine, work, lost.as_ref().map(|(written, _)| written), again).await;
        let late = Instant::now() >= end;
        match (ended, lost.take()) {
            (Ended::Committed(done), _) => return Ok(done),
            (Ended::Found, Some((written, _))) => return Ok(written.done),
            (Ended::Missing, Some((_, error))) => return Err(error.into()),
            (Ended::Failed(error), was)
                if !late && collisions < COLLISIONS && error.of_store().is_some_and(E::was_rolled_back) =>
            {
                lost = was;
                collisions += u32::from(matches!(error.of_store(), Some(StoreError::Corrupt(_))));
                if W::GIVES_WAY {
                    sleep(part_of(way)).await;
                    way = LONGEST_WAY.min(way.saturating_mul(2));
                }
            }
            (Ended::Failed(error), _) => return Err(error),
            // From now on for as long, however long the commit took.
            (Ended::Lost(written, error), _) => {
                lost = Some((written, error));
                (again, end) = (!late, Instant::now() + engine.trying());
                sleep(PAUSE).await;
            }
            (Ended::Unseen(_), was @ Some(_)) if !late => {
                lost = was;
                sleep(PAUSE).await;
            }
            (Ended::Unseen(error), _) => return Err(StoreError::Unresolved(error.into()).into()),
            // Nothing was looked for.
            (Ended::Found | Ended::Missing, None) => {}
        }
    }
}

/// A random part, so that two that wait for each other do not meet again.
fn part_of(time: Duration) -> Duration {
    let random = RandomState::new().hash_one(()) >> 32;
    time.mul_f64(random as f64 / f64::from(u32::MAX))
}

/// What was lost is looked for in the transaction that carries it out anew, if that is wanted: another
/// node of a cluster, which may answer now, knows of it at the latest when the two collide.
async fn once<E: Engine, W: Work<Connection<E>>>(
    engine: &E,
    work: &W,
    lost: Option<&Written<W::Done>>,
    again: bool,
) -> Ended<W::Done, W::Error> {
    let mut write = match (engine.write().await, lost) {
        (Ok(write), _) => write,
        (Err(error), None) => return Ended::Failed(error.into()),
        (Err(error), Some(_)) => return Ended::Unseen(error),
    };
    if let Some(Written { mark: Some(mark), .. }) = lost {
        match mark.is_there(&mut *write).await {
            // What can be seen may not be safe yet: a synchronous standby that a commit would have waited
            // for may lack it. What is committed after it waits for both.
            Ok(true) => return engine.commit(write).await.map_or_else(Ended::Unseen, |()| Ended::Found),
            Ok(false) if again => {}
            Ok(false) => return Ended::Missing,
            Err(error) => return Ended::Unseen(error),
        }
    }
    let written = match work.carry_out(&mut *write).await {
        Ok(written) => written,
        Err(error) => return Ended::Failed(error),
    };
    match engine.commit(write).await {
        Ok(()) => Ended::Committed(written.done),
        Err(error @ StoreError::Unavailable(_)) => Ended::Lost(written, error),
        Err(error) => Ended::Failed(error.into()),
    }
}

impl Mark {
    pub(super) fn at(tenant: &TenantRow) -> Self {
        Self { tenant: tenant.id.clone(), head: tenant.head }
    }

    /// The tenant's row is held meanwhile: what is not there is not committed later.
    async fn is_there<L: Link>(&self, db: &mut L) -> Result<bool, StoreError> {
        let Self { tenant, head } = self;
        TenantRow::lock(db, tenant).await?;
        match trail::at(db, tenant, head.sequence).await? {
            Some(there) => Ok(there == *head),
            None if trail::start(db, tenant).await?.sequence >= head.sequence => {
                Err(StoreError::Conflict("the event was removed from the trail, if it was there".into()))
            }
            None => Ok(false),
        }
    }
}

impl OfStore for StoreError {
    fn of_store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

impl OfStore for ChangeError {
    fn of_store(&self) -> Option<&StoreError> {
        if let Self::Store(error) = self { Some(error) } else { None }
    }
}

impl OfStore for PruneError {
    fn of_store(&self) -> Option<&StoreError> {
        if let Self::Store(error) = self { Some(error) } else { None }
    }
}

#[cfg(all(feature = "conformance", feature = "sqlite"))]
#[cfg(test)]
mod tests;
