//! Which tenant is next, and how far it has got.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

const EVERY: Duration = Duration::from_secs(10);

/// What several fill together.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    tenants: usize,
    next: AtomicUsize,
    done: AtomicUsize,
    start: Instant,
    said: Mutex<Instant>,
}

impl Progress {
    pub(crate) fn new(what: &'static str, tenants: usize) -> Self {
        let (next, done, start) = (AtomicUsize::new(0), AtomicUsize::new(0), Instant::now());
        Self { what, tenants, next, done, start, said: Mutex::new(start) }
    }

    /// A tenant that nobody has begun.
    pub(crate) fn next(&self) -> Option<usize> {
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|next| *next < self.tenants)
    }

    /// Says how far it is, now and then.
    pub(crate) fn add(&self, done: usize) {
        self.done.fetch_add(done, Ordering::Relaxed);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.elapsed() > EVERY {
            *said = Instant::now();
            self.say();
        }
    }

    pub(crate) fn end(&self) {
        self.say();
    }

    fn say(&self) {
        let (done, seconds) = (self.done.load(Ordering::Relaxed), self.start.elapsed().as_secs_f64());
        let rate = f64::from(u32::try_from(done).unwrap_or(u32::MAX)) / seconds;
        println!("{}: {done} in {seconds:.1} s, {rate:.0}/s", self.what);
    }
}
