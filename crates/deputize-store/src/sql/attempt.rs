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
    limits::MAX_TRYING,
};

/// Between two looks at a database that can't be reached.
const PAUSE: Duration = Duration::from_millis(100);
/// How long who gives way waits at most after the first time that it was rolled back, and ever.
const FIRST_WAY: Duration = Duration::from_millis(8);
const LONGEST_WAY: Duration = Duration::from_millis(64);

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

impl Mark {
    pub(super) fn at(tenant: &TenantRow) -> Self {
        Self { tenant: tenant.id.clone(), head: tenant.head }
    }
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
}

/// Carries out some work: anew where the database rolled it back in favour of another, and where the
/// connection was lost in the commit, after a look whether it was committed.
pub(super) async fn carry_out<E: Engine, W: Work<Connection<E>>>(engine: &E, work: &W) -> Result<W::Done, W::Error> {
    let end = Instant::now() + MAX_TRYING;
    let (mut lost, mut way) = (None, FIRST_WAY);
    loop {
        match once(engine, work, &mut lost).await {
            Ended::Committed(done) => return Ok(done),
            Ended::Failed(error) if error.of_store().is_some_and(E::was_rolled_back) && Instant::now() < end => {
                if W::GIVES_WAY {
                    sleep(part_of(way)).await;
                    way = LONGEST_WAY.min(way.saturating_mul(2));
                }
            }
            Ended::Failed(error) => return Err(error),
            Ended::Lost(written, _) if Instant::now() < end => {
                lost = Some(written);
                sleep(PAUSE).await;
            }
            Ended::Lost(_, error) => return Err(StoreError::Unresolved(error.into()).into()),
        }
    }
}

/// A random part, so that two that wait for each other do not meet again.
fn part_of(time: Duration) -> Duration {
    let random = RandomState::new().hash_one(()) >> 32;
    time.mul_f64(random as f64 / f64::from(u32::MAX))
}

/// `lost` is what was written by a transaction that may have been committed: looked for first, and
/// looked for again after a rollback, since another node of a cluster, which may answer now, knows of
/// it when it has rolled back what collides with it.
async fn once<E: Engine, W: Work<Connection<E>>>(
    engine: &E,
    work: &W,
    lost: &mut Option<Written<W::Done>>,
) -> Ended<W::Done, W::Error> {
    let mut write = match (engine.write().await, lost.take()) {
        (Ok(write), None) => write,
        (Err(error), None) => return Ended::Failed(error.into()),
        (Err(error), Some(written)) => return Ended::Lost(written, error),
        (Ok(mut write), Some(written)) => match is_there(&mut *write, &written).await {
            Ok(true) => return Ended::Committed(written.done),
            Ok(false) => {
                *lost = Some(written);
                write
            }
            Err(error) => return Ended::Lost(written, error),
        },
    };
    let written = match work.carry_out(&mut *write).await {
        Ok(written) => written,
        Err(error) => return Ended::Failed(error),
    };
    match write.commit().await.map_err(E::meaning) {
        Ok(()) => Ended::Committed(written.done),
        Err(error @ StoreError::Unavailable(_)) => Ended::Lost(written, error),
        Err(error) => Ended::Failed(error.into()),
    }
}

/// Whether a transaction whose connection was lost was committed. Its tenant's row is held meanwhile:
/// it can't be committed any more if it was not.
async fn is_there<L: Link, T>(db: &mut L, written: &Written<T>) -> Result<bool, StoreError> {
    let Some(Mark { tenant, head }) = &written.mark else { return Ok(false) };
    TenantRow::lock(db, tenant).await?;
    match trail::at(db, tenant, head.sequence).await? {
        Some(there) => Ok(there == *head),
        None if trail::start(db, tenant).await?.sequence >= head.sequence => {
            Err(StoreError::Conflict("the event was removed from the trail, if it was there".into()))
        }
        None => Ok(false),
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
