//! How long each part of a job took.

use std::time::{Duration, Instant};

/// A part of a job.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stage {
    Prove,
    Load,
    Decide,
    Record,
    Sign,
}

const NAMES: [&str; 5] = ["prove the agent", "load", "compile and decide", "record", "sign"];

/// Of all jobs.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    of_each: [Vec<Duration>; 5],
    all: Vec<Duration>,
}

impl Stages {
    /// The end of a part is the start of the next.
    pub(crate) fn end(&mut self, stage: Stage, start: Instant) -> Instant {
        let now = Instant::now();
        if let Some(times) = self.of_each.get_mut(stage as usize) {
            times.push(now - start);
        }
        now
    }

    pub(crate) fn all(&mut self, start: Instant) {
        self.all.push(start.elapsed());
    }

    pub(crate) fn jobs(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        for (times, more) in self.of_each.iter_mut().zip(other.of_each) {
            times.extend(more);
        }
        self.all.extend(other.all);
    }

    /// Where the time goes; `each` is the processor time of a job. What never waits costs about what it
    /// takes in the middle; the rest is spent around the database.
    pub(crate) fn print(&mut self, each: Duration) {
        println!("\n| part | p50 | p95 | p99 |\n| --- | --- | --- | --- |");
        let mut computed = Duration::ZERO;
        for (name, times) in NAMES.iter().zip(&mut self.of_each) {
            let [p50, p95, p99] = percentiles(times);
            println!("| {name} | {p50:.1?} | {p95:.1?} | {p99:.1?} |");
            if !["load", "record"].contains(name) {
                computed += p50;
            }
        }
        let [p50, p95, p99] = percentiles(&mut self.all);
        println!("| all of it | {p50:.1?} | {p95:.1?} | {p99:.1?} |");
        let rest = each.saturating_sub(computed);
        println!("\nproving, deciding and signing: {computed:.1?}; load, record and their waiting: {rest:.1?}");
    }
}

fn percentiles(times: &mut [Duration]) -> [Duration; 3] {
    times.sort_unstable();
    [50, 95, 99].map(|percent| {
        let place = times.len().saturating_sub(1) * percent / 100;
        times.get(place).copied().unwrap_or_default()
    })
}
