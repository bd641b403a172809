use std::{collections::hash_map::RandomState, error::Error, hash::BuildHasher, time::Duration};

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
    type Error: OfStore;

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
pub(crate) trait OfStore: Error + From<StoreError> + Send + Sync + 'static {
    fn of_store(&self) -> Option<&StoreError>;
}

/// A commit whose connection was lost: it may have been committed, or not.
struct Lost<T> {
    written: Written<T>,
    error: StoreError,
}

/// How a transaction ended.
enum Ended<T, X> {
    Committed(T),
    /// Nothing was written.
    Failed(X),
    /// With the connection, while it committed.
    Lost(Lost<T>),
    /// What was lost before is there: which of them.
    Found(usize),
    /// Nothing that was lost before is there.
    Missing,
    /// The database does not tell.
    Unseen(StoreError),
}

/// Carries out some work: anew where the database rolled it back in favour of another, and where the
/// connection was lost in the commit and a look shows that it was not committed.
pub(super) async fn carry_out<E: Engine, W: Work<Connection<E>>>(engine: &E, work: &W) -> Result<W::Done, W::Error> {
    let mut end = Instant::now() + engine.trying();
    // All of them: what a node that lags behind does not see yet may be there the next time.
    let mut lost: Vec<Lost<W::Done>> = Vec::new();
    let (mut way, mut again, mut collisions) = (FIRST_WAY, true, 0);
    loop {
        let ended = once(engine, work, &lost, again).await;
        let late = Instant::now() >= end;
        let pause = match ended {
            Ended::Committed(done) => return Ok(done),
            Ended::Found(at) => return Ok(lost.swap_remove(at).written.done),
            Ended::Missing => match lost.pop() {
                Some(last) => return Err(last.error.into()),
                None => None,
            },
            Ended::Failed(error)
                if !late && collisions < COLLISIONS && error.of_store().is_some_and(E::was_rolled_back) =>
            {
                collisions += u32::from(matches!(error.of_store(), Some(StoreError::Corrupt(_))));
                None
            }
            // So what was lost is not decided, on a node that may lag behind.
            Ended::Failed(error) if !lost.is_empty() && error.of_store().is_some_and(is_passing) => {
                if late {
                    return Err(StoreError::Unresolved(error.into()).into());
                }
                Some(PAUSE)
            }
            Ended::Failed(error) => return Err(error),
            Ended::Lost(one) => {
                again = !late;
                // From now on for as long, however long the commit took.
                if lost.is_empty() {
                    end = Instant::now() + engine.trying();
                }
                lost.push(one);
                Some(PAUSE)
            }
            Ended::Unseen(error) if !late => (!E::was_rolled_back(&error)).then_some(PAUSE),
            Ended::Unseen(error) => return Err(StoreError::Unresolved(error.into()).into()),
        };
        match pause {
            Some(pause) => sleep(pause).await,
            None if W::GIVES_WAY => {
                sleep(part_of(way)).await;
                way = LONGEST_WAY.min(way.saturating_mul(2));
            }
            None => {}
        }
    }
}

/// Whether it may go by itself.
const fn is_passing(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::Conflict(_))
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
    lost: &[Lost<W::Done>],
    again: bool,
) -> Ended<W::Done, W::Error> {
    let mut write = match engine.write().await {
        Ok(write) => write,
        Err(error) if lost.is_empty() => return Ended::Failed(error.into()),
        Err(error) => return Ended::Unseen(error),
    };
    match find(&mut *write, lost).await {
        // What can be seen may not be safe yet: a synchronous standby that a commit would have waited
        // for may lack it. What is committed after it waits for both.
        Ok(Some(at)) => return engine.commit(write).await.map_or_else(Ended::Unseen, |()| Ended::Found(at)),
        Ok(None) if again => {}
        Ok(None) => return Ended::Missing,
        Err(error) => return Ended::Unseen(error),
    }
    let written = match work.carry_out(&mut *write).await {
        Ok(written) => written,
        Err(error) => return Ended::Failed(error),
    };
    match engine.commit(write).await {
        Ok(()) => Ended::Committed(written.done),
        Err(error @ StoreError::Unavailable(_)) => Ended::Lost(Lost { written, error }),
        Err(error) => Ended::Failed(error.into()),
    }
}

/// Which of them was committed: one at most, since each looked for those before it.
async fn find<L: Link, T>(db: &mut L, lost: &[Lost<T>]) -> Result<Option<usize>, StoreError> {
    for (at, one) in lost.iter().enumerate() {
        if let Some(mark) = &one.written.mark
            && mark.is_there(db).await?
        {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

impl Mark {
    pub(super) fn at(tenant: &TenantRow) -> Self {
        Self { tenant: tenant.id.clone(), head: tenant.head }
    }

    /// The tenant's row is held meanwhile: what is not there is not committed later.
    async fn is_there<L: Link>(&self, db: &mut L) -> Result<bool, StoreError> {
        let Self { tenant, head } = self;
        let end = TenantRow::lock(db, tenant).await?.map(|tenant| tenant.head);
        if end.is_none_or(|end| end.sequence < head.sequence) {
            return Ok(false);
        }
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
