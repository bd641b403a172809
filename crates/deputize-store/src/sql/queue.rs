use std::{
    collections::{HashMap, hash_map},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use deputize_core::TenantId;
use tokio::sync::oneshot;

use super::{
    attempt::carry_out,
    engine::Engine,
    record::{Batch, Entry},
};
use crate::{
    error::{RecordError, StoreError},
    limits::{MAX_BATCH, MAX_BATCH_BYTES, MAX_WAITING},
};

type Outcome = Result<(), RecordError>;

/// Who writes entries in one transaction: an engine. Tests of the queue put another in its place, which
/// ends when they say.
pub(super) trait Writer: Send + Sync + 'static {
    /// Whether all wait in one line, whatever their tenant.
    const ONE_LINE: bool;

    /// Of each entry what it came to, in order.
    fn write_all(&self, entries: &[Entry]) -> impl Future<Output = Result<Vec<Outcome>, StoreError>> + Send;
}

impl<E: Engine> Writer for E {
    const ONE_LINE: bool = E::ONE_WRITER;

    async fn write_all(&self, entries: &[Entry]) -> Result<Vec<Outcome>, StoreError> {
        carry_out(self, &Batch(entries)).await
    }
}

/// Entries that wait for their turn. One transaction at a time is under way in each line; whatever
/// came meanwhile goes into the next one together. So nobody waits for a batch to fill, and a commit
/// is shared by as many as there are.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Those where a transaction is under way. One line for each tenant, or a single one.
    lines: Mutex<HashMap<Option<TenantId>, Vec<Waiting>>>,
}

#[derive(Debug)]
struct Waiting {
    entry: Entry,
    done: oneshot::Sender<Outcome>,
}

impl Queue {
    /// Records an entry, in a transaction of its own or with others. Goes on if it is dropped.
    pub(super) async fn record<W: Writer>(self: &Arc<Self>, writer: &Arc<W>, entry: Entry) -> Outcome {
        let (outcome, line) = self.join(writer, entry);
        if let Some(line) = line {
            // Not under the lock: a runtime that ends drops what is spawned at once, and a line that is
            // dropped takes the lock.
            tokio::spawn(line);
        }
        let outcome = outcome.await;
        // Nobody tells any more: the runtime was shut down on the way.
        outcome.unwrap_or_else(|gone| Err(StoreError::Unresolved(gone.into()).into()))
    }

    /// Waits in a line, or opens it: then the line is to be carried out.
    fn join<W: Writer>(
        self: &Arc<Self>,
        writer: &Arc<W>,
        entry: Entry,
    ) -> (oneshot::Receiver<Outcome>, Option<impl Future<Output = ()> + Send + use<W>>) {
        let key = (!W::ONE_LINE).then(|| entry.tenant.clone());
        let (done, outcome) = oneshot::channel();
        let line = match self.enter(&key, Waiting { entry, done }) {
            Entered::Waits => None,
            Entered::First(first) => {
                let line = Line { queue: Arc::clone(self), key, open: true };
                Some(line.carry_out(Arc::clone(writer), first))
            }
            Entered::Full(waiting) => {
                waiting.tell(Err(StoreError::Conflict("too many wait already".into()).into()));
                None
            }
        };
        (outcome, line)
    }

    fn enter(&self, key: &Option<TenantId>, waiting: Waiting) -> Entered {
        match self.lines().entry(key.clone()) {
            hash_map::Entry::Occupied(line) if line.get().len() >= MAX_WAITING => Entered::Full(waiting),
            hash_map::Entry::Occupied(mut line) => {
                line.get_mut().push(waiting);
                Entered::Waits
            }
            hash_map::Entry::Vacant(line) => {
                line.insert(Vec::new());
                Entered::First(waiting)
            }
        }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Option<TenantId>, Vec<Waiting>>> {
        between();
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where other threads can come between: tests put them there.
#[cfg(not(test))]
const fn between() {}

#[cfg(test)]
use interleavings::between;

enum Entered {
    First(Waiting),
    Waits,
    Full(Waiting),
}

impl Waiting {
    /// Who asked may be gone.
    fn tell(self, outcome: Outcome) {
        let _ = self.done.send(outcome);
    }
}

/// A line whose turn it is, until nobody waits in it any more.
struct Line {
    queue: Arc<Queue>,
    key: Option<TenantId>,
    /// Once it is closed, there may be another one of the same key.
    open: bool,
}

impl Line {
    async fn carry_out<W: Writer>(mut self, writer: Arc<W>, first: Waiting) {
        let mut batch = vec![first];
        while !batch.is_empty() {
            let (entries, done): (Vec<_>, Vec<_>) = batch.into_iter().map(|one| (one.entry, one.done)).unzip();
            let outcomes = match outcomes(&*writer, &entries).await {
                Ok(outcomes) => outcomes,
                Err(failure) => {
                    let failure = Arc::new(failure);
                    if matches!(*failure, StoreError::Unavailable(_)) {
                        // Whoever came meanwhile has waited for the same, and would again.
                        self.everybody().into_iter().for_each(|one| one.tell(Err(StoreError::shared(&failure).into())));
                    }
                    entries.iter().map(|_| Err(StoreError::shared(&failure).into())).collect()
                }
            };
            for (done, outcome) in done.into_iter().zip(outcomes) {
                // Who asked may be gone.
                let _ = done.send(outcome);
            }
            batch = self.next();
        }
    }

    fn everybody(&self) -> Vec<Waiting> {
        self.queue.lines().get_mut(&self.key).map(mem::take).unwrap_or_default()
    }

    /// Whatever waits, up to the size of a batch. If nothing does, the line is closed.
    fn next(&mut self) -> Vec<Waiting> {
        let mut lines = self.queue.lines();
        let Some(line) = lines.get_mut(&self.key) else { return Vec::new() };
        let mut bytes = 0_usize;
        let fits = |waiting: &&Waiting| {
            bytes = bytes.saturating_add(waiting.entry.bytes());
            bytes <= MAX_BATCH_BYTES
        };
        let size = line.iter().take(MAX_BATCH).take_while(fits).count().max(1).min(line.len());
        let rest = line.split_off(size);
        let batch = mem::replace(line, rest);
        if batch.is_empty() {
            lines.remove(&self.key);
            self.open = false;
        }
        batch
    }
}

/// Where the runtime ends with a transaction under way: nobody waits in vain, and whoever comes next
/// opens the line anew.
impl Drop for Line {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        for waiting in self.queue.lines().remove(&self.key).unwrap_or_default() {
            waiting.tell(Err(StoreError::Unavailable("the runtime ended before its turn".into()).into()));
        }
    }
}

/// Of each, or why none of them has one of its own.
async fn outcomes<W: Writer>(writer: &W, entries: &[Entry]) -> Result<Vec<Outcome>, StoreError> {
    let failure = match writer.write_all(entries).await {
        Ok(outcomes) => return Ok(outcomes),
        Err(failure) => failure,
    };
    // One that the database does not take must not take the others with it.
    if entries.len() > 1 && matches!(failure, StoreError::Corrupt(_)) {
        let mut outcomes = Vec::with_capacity(entries.len());
        for entry in entries.chunks(1) {
            match writer.write_all(entry).await {
                Ok(outcome) => outcomes.extend(outcome),
                Err(failure) => outcomes.push(Err(failure.into())),
            }
        }
        return Ok(outcomes);
    }
    Err(failure)
}

#[cfg(test)]
mod crowds;
#[cfg(test)]
mod interleavings;
#[cfg(all(feature = "conformance", feature = "sqlite"))]
#[cfg(test)]
mod tests;
