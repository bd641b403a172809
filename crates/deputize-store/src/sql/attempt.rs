use std::time::Duration;

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

/// What is carried out in one transaction, all or nothing.
pub(crate) trait Work<L: Link>: Sync {
    type Done: Send;
    type Error: OfStore + Send;

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
}

/// Carries out some work: anew where the database rolled it back in favour of another, and where the
/// connection was lost in the commit and a look shows that it was not committed.
pub(super) async fn carry_out<E: Engine, W: Work<Connection<E>>>(engine: &E, work: &W) -> Result<W::Done, W::Error> {
    let end = Instant::now() + engine.trying();
    loop {
        match once(engine, work).await {
            Ended::Committed(done) => return Ok(done),
            Ended::Failed(error) if error.of_store().is_some_and(E::was_rolled_back) && Instant::now() < end => {}
            Ended::Failed(error) => return Err(error),
            Ended::Lost(written, error) => match was_committed(engine, written.mark.as_ref()).await? {
                true => return Ok(written.done),
                false if Instant::now() < end => sleep(PAUSE).await,
                false => return Err(error.into()),
            },
        }
    }
}

async fn once<E: Engine, W: Work<Connection<E>>>(engine: &E, work: &W) -> Ended<W::Done, W::Error> {
    let mut write = match engine.write().await {
        Ok(write) => write,
        Err(error) => return Ended::Failed(error.into()),
    };
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

/// Whether a transaction whose connection was lost was committed: looks until the database tells, at
/// least once however long the commit took.
async fn was_committed<E: Engine>(engine: &E, mark: Option<&Mark>) -> Result<bool, StoreError> {
    let Some(mark) = mark else { return Ok(false) };
    let end = Instant::now() + engine.trying();
    loop {
        match look(engine, mark).await {
            Ok(there) => return Ok(there),
            Err(_) if Instant::now() < end => sleep(PAUSE).await,
            Err(error) => return Err(StoreError::Unresolved(error.into())),
        }
    }
}

async fn look<E: Engine>(engine: &E, mark: &Mark) -> Result<bool, StoreError> {
    let mut write = engine.write().await?;
    let there = mark.is_there(&mut *write).await?;
    // What can be seen may not be safe yet: a synchronous standby that a commit would have waited for
    // may lack it. What is committed after it waits for both.
    engine.commit(write).await?;
    Ok(there)
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
