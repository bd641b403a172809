//! How two things are timed against each other.
//!
//! - Both sides run in one process and take turns, a batch each, and who begins changes from round
//!   to round: whatever else the machine does hits both, and what the machine's frequency does too.
//! - A batch is long beside the clock's resolution and short beside a scheduler's time slice, so most
//!   of them run undisturbed, and medians look past the others. Nothing is thrown away.
//! - The ratio is the median of the rounds' own ratios, not the ratio of two medians: each round
//!   compares neighbours in time.
//! - Times are wall-clock: on a busy machine they are too long on both sides, and the ratios hold.
//! - What goes in is prepared and what comes out is dropped inside the timed part on both sides alike,
//!   but for inputs that can be used only once: those are made before the clock starts.
//!
//! It can't see what a cold cache costs: every side runs in a loop, over the same input.

use std::{
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
        let start = Instant::now();
        for _ in 0..times {
            black_box(run());
        }
        start.elapsed()
    })
}

/// What consumes its input: made beforehand, not timed.
pub(crate) fn consuming<'a, I, T>(mut input: impl FnMut() -> I + 'a, mut run: impl FnMut(I) -> T + 'a) -> Side<'a> {
    Box::new(move |times| {
        let inputs: Vec<I> = (0..times).map(|_| input()).collect();
        let start = Instant::now();
        for input in inputs {
            black_box(run(input));
        }
        start.elapsed()
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
    let (our_times, our_batch) = calibrate(ours);
    let (their_times, their_batch) = calibrate(theirs);
    let of_one_round = (our_batch + their_batch).as_secs_f64();
    // Very slow sides get five rounds at least; the cast saturates.
    let rounds = ((BUDGET.as_secs_f64() / of_one_round) as usize).clamp(5, 1_001);
    let mut samples: [Vec<f64>; 3] = Default::default();
    for round in 0..rounds {
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
    Measured { ours, theirs, ratio, rounds }
}

/// How many runs fill a batch, and how long it takes. This warms up, too.
fn calibrate(side: &mut Side<'_>) -> (u32, Duration) {
    let mut times = 1;
    loop {
        let took = side(times);
        if took >= BATCH || times >= 1 << 20 {
            return (times, took);
        }
        times *= 2;
    }
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
