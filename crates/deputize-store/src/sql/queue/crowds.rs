//! Crowds, and transactions between them, in every order: as many wait as may, as many are written
//! together as may, and whoever is turned away is told at once.

use std::{
    future::poll_fn,
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    task::{Context, Poll, Waker},
};

use deputize_core::{Acting, Question, UnixTime};

use super::*;

/// Crowds or transactions, before all that wait are written.
const STEPS: usize = 4;

#[derive(Debug, Clone, Copy)]
enum Step {
    Come(usize),
    Write,
}

/// One who comes, as many as a batch and one, and as many as may wait and one.
const ALL: [Step; 4] = [Step::Come(1), Step::Come(MAX_BATCH + 1), Step::Come(MAX_WAITING + 1), Step::Write];

/// In the place of an engine: writes all there is, once for each time that it is let.
#[derive(Debug, Default)]
struct Counted {
    under_way: AtomicUsize,
    let_in: AtomicUsize,
}

impl Writer for Counted {
    const ONE_LINE: bool = true;

    async fn write_all(&self, entries: &[Entry]) -> Result<Vec<Outcome>, StoreError> {
        assert!((1..=MAX_BATCH).contains(&entries.len()), "{}", entries.len());
        self.under_way.store(entries.len(), SeqCst);
        poll_fn(|_| match self.let_in.swap(0, SeqCst) {
            0 => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
        self.under_way.store(0, SeqCst);
        Ok(entries.iter().map(|_| Ok(())).collect())
    }
}

fn entry() -> Entry {
    let (tenant, client) = ("acme".parse().unwrap(), "a".parse().unwrap());
    let question = Question { tenant, client, acting: Acting::Alone, resource: None };
    Entry::refusal(&question.report(UnixTime::EPOCH), UnixTime::EPOCH).unwrap()
}

fn carry_out(steps: &[Step]) {
    let (queue, writer) = (Arc::<Queue>::default(), Arc::<Counted>::default());
    let mut context = Context::from_waker(Waker::noop());
    let (mut outcomes, mut turned_away, mut line) = (Vec::new(), 0, None);
    let waiting = || queue.lines().get(&None).map_or(0, Vec::len);
    // At the end, whatever still waits.
    for step in steps.iter().copied().chain([Step::Write; 2 + 2 * MAX_WAITING / MAX_BATCH]) {
        match step {
            Step::Come(many) => {
                for _ in 0..many {
                    let full = waiting() == MAX_WAITING;
                    let (mut outcome, opened) = queue.join(&writer, entry());
                    if let Some(opened) = opened {
                        assert!(line.is_none(), "one line at a time");
                        let mut opened = Box::pin(opened);
                        assert!(opened.as_mut().poll(&mut context).is_pending());
                        line = Some(opened);
                    }
                    assert!(waiting() <= MAX_WAITING);
                    let told = outcome.try_recv();
                    assert_eq!(told.is_ok(), full, "who is turned away is told at once, and nobody else: {steps:?}");
                    if full {
                        let conflict = matches!(told, Ok(Err(RecordError::Store(StoreError::Conflict(_)))));
                        assert!(conflict, "{steps:?}");
                        turned_away += 1;
                    } else {
                        outcomes.push(outcome);
                    }
                }
            }
            Step::Write => {
                let Some(opened) = &mut line else { continue };
                let next = waiting().min(MAX_BATCH);
                writer.let_in.store(1, SeqCst);
                let ended = pin!(opened).poll(&mut context).is_ready();
                assert_eq!((ended, writer.under_way.load(SeqCst)), (next == 0, next), "{steps:?}");
                if ended {
                    line = None;
                }
            }
        }
    }
    assert!(line.is_none() && queue.lines().is_empty());
    let came: usize = steps.iter().map(|step| if let Step::Come(many) = step { *many } else { 0 }).sum();
    assert_eq!(outcomes.len() + turned_away, came);
    assert!(outcomes.iter_mut().all(|outcome| matches!(outcome.try_recv(), Ok(Ok(())))), "{steps:?}");
}

#[test]
fn whatever_the_order_the_bounds_hold() {
    let mut orders = 0;
    for number in 0..ALL.len().pow(STEPS as u32) {
        let steps: Vec<Step> = (0..STEPS).map(|at| ALL[number / ALL.len().pow(at as u32) % ALL.len()]).collect();
        // The largest crowd takes the longest, and one more of it shows nothing new.
        if steps.iter().filter(|step| matches!(step, Step::Come(many) if *many > MAX_WAITING)).count() < 2 {
            carry_out(&steps);
            orders += 1;
        }
    }
    println!("{orders} interleavings");
}
