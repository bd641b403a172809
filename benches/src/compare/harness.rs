//! How two things are timed against each other.
//!
//! - Both sides run in one process and take turns, a batch each, and who begins changes from round
//!   to round: whatever else the machine does hits both, and what the machine's frequency does too.
//! - A batch is long beside the clock's resolution and short beside a scheduler's time slice, so most
//!   of them run undisturbed, and medians look past the others. Nothing is thrown away.
//! - The ratio is the median of the rounds' own ratios, not the ratio of two medians: each round
//!   compares neighbours in time.
//! - Times are wall-clock, less what the thread waited for a processor, as Linux counts it. Without
//!   that, a busy machine would stretch the runs that outlast a time slice, which are those of the slow
//!   alternatives, and not ours. Where it isn't counted (elsewhere than on Linux), an idle machine is
//!   needed.
//! - What goes in is prepared and what comes out is dropped inside the timed part on both sides alike,
//!   but for inputs that can be used only once: those are made before the clock starts.
//!
//! It can't see what a cold cache costs: every side runs in a loop, over the same input.

use std::{
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

use serde::Serialize;

/// A side: told how often to run, it says how long that took.
pub(crate) type Side<'a> = Box<dyn FnMut(u32) -> Duration + 'a>;

const BATCH: Duration = Duration::from_micros(300);
const BUDGET: Duration = Duration::from_millis(1_500);

/// The same again and again.
pub(crate) fn each<'a, T>(mut run: impl FnMut() -> T + 'a) -> Side<'a> {
    Box::new(move |times| {
        let watch = Watch::start();
        for _ in 0..times {
            black_box(run());
        }
        watch.stop()
    })
}

/// What consumes its input: made beforehand, not timed.
pub(crate) fn consuming<'a, I, T>(mut input: impl FnMut() -> I + 'a, mut run: impl FnMut(I) -> T + 'a) -> Side<'a> {
    Box::new(move |times| {
        let inputs: Vec<I> = (0..times).map(|_| input()).collect();
        let watch = Watch::start();
        for input in inputs {
            black_box(run(input));
        }
        watch.stop()
    })
}

/// A median, and the quartiles around it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Spread {
    pub(crate) q1: f64,
    pub(crate) median: f64,
    pub(crate) q3: f64,
}

/// What came out: nanoseconds for each run, and ours ÷ theirs.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Measured {
    pub(crate) ours: Spread,
    pub(crate) theirs: Spread,
    pub(crate) ratio: Spread,
    pub(crate) rounds: usize,
}

/// Times both sides, taking turns.
pub(crate) fn measure(ours: &mut Side<'_>, theirs: &mut Side<'_>) -> Measured {
    let (our_times, their_times) = (calibrate(ours), calibrate(theirs));
    let mut samples: [Vec<f64>; 3] = Default::default();
    let (start, mut round) = (Instant::now(), 0);
    // Very slow sides get five rounds at least.
    while round < 5 || (round < 1_001 && start.elapsed() < BUDGET) {
        round += 1;
        let (our_time, their_time) = if round % 2 == 0 {
            let first = ours(our_times);
            (first, theirs(their_times))
        } else {
            let first = theirs(their_times);
            (ours(our_times), first)
        };
        let ours = our_time.as_nanos() as f64 / f64::from(our_times);
        let theirs = their_time.as_nanos() as f64 / f64::from(their_times);
        for (samples, value) in samples.iter_mut().zip([ours, theirs, ours / theirs]) {
            samples.push(value);
        }
    }
    let [ours, theirs, ratio] = samples.map(Spread::of);
    Measured { ours, theirs, ratio, rounds: round }
}

/// How many runs fill a batch. This warms up, too.
fn calibrate(side: &mut Side<'_>) -> u32 {
    let mut times = 1;
    while side(times) < BATCH && times < 1 << 20 {
        times *= 2;
    }
    times
}

/// Counts the time that the thread had a processor.
struct Watch(Instant, Duration);

impl Watch {
    fn start() -> Self {
        let (_, waited, after) = reading();
        Self(after, waited)
    }

    fn stop(self) -> Duration {
        let Self(start, already) = self;
        let (before, waited, _) = reading();
        // Never nothing: it is divided by.
        (before - start).saturating_sub(waited.saturating_sub(already)).max(Duration::from_nanos(1))
    }
}

/// How long this thread was ready to run and did not, and the moments just before and after that was
/// read: so short a time apart that it can't have waited in between, else it is read again. Where
/// reading itself takes longer, the last try has to do.
fn reading() -> (Instant, Duration, Instant) {
    let read = || (Instant::now(), waited(), Instant::now());
    let mut tries = (0..20).map(|_| read());
    tries.find(|(before, _, after)| *after - *before < Duration::from_micros(50)).unwrap_or_else(read)
}

/// The second number, in nanoseconds.
fn waited() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').nth(1).and_then(|number| number.parse().ok());
    nanoseconds.map_or(Duration::ZERO, Duration::from_nanos)
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| {
            let place = values.len().saturating_sub(1) * quarter / 4;
            values.get(place).copied().unwrap_or(f64::NAN)
        };
        Self { q1: at(1), median: at(2), q3: at(3) }
    }
}
