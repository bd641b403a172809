//! Model check: every sequence of operations on a small world, up to a length. After each the store has
//! to answer as a model does that is written from DESIGN §6 and knows nothing of the store: what is
//! recorded and what is not, what is revoked and stays so, one event for each, and no id twice.
//!
//! A sequence begins with nothing issued, with one token, or with two, one below the other. From there
//! every sequence of up to [`EACH`] operations is carried out. A longer one is carried out only if what
//! comes before its last operation leads to a state that no other one led to. `DEPUTIZE_WORLDS=5` goes
//! that many operations deep: run it with `--release`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod model;
mod store;

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    env,
};

use model::{Model, Op};
use store::{Places, Store};

/// Operations of the longest sequences, after those they begin with.
const LONGEST: usize = 3;
/// Up to so many operations no sequence is left out.
const EACH: usize = 2;

const BEGINNINGS: [&[Op]; 3] = [&[], &[Op::Ask, Op::Record], &[Op::Ask, Op::Record, Op::HandOn, Op::Record]];

#[test]
fn every_sequence_of_operations_keeps_the_promises() {
    let longest = env::var("DEPUTIZE_WORLDS").map_or(LONGEST, |length| length.parse().unwrap());
    let (mut seen, mut tally) = (HashSet::new(), BTreeMap::<String, u64>::new());
    let mut places = Places::default();
    let mut sequences: VecDeque<_> = BEGINNINGS.map(|begins| (begins.to_vec(), 0)).into();
    let mut carried_out = 0_u64;
    while let Some((sequence, length)) = sequences.pop_front() {
        carried_out += 1;
        let (mut model, mut store) = (Model::default(), Store::found(&mut places));
        for (at, op) in sequence.iter().enumerate() {
            let expected = model.carry_out(*op);
            let seen = store.carry_out(*op);
            assert_eq!(seen, expected, "{:?}", &sequence[..=at]);
            store.follows(&model, &sequence[..=at]);
            if at + 1 == sequence.len() {
                *tally.entry(format!("{op:?}: {expected:?}")).or_default() += 1;
            }
        }
        store.agrees_with(&model, &sequence);
        for what in model.reached() {
            *tally.entry(what.to_owned()).or_default() += 1;
        }
        let new = seen.insert(model);
        if new {
            store.verifies(&sequence);
        }
        if length < longest && (new || length < EACH) {
            sequences.extend(Op::ALL.map(|op| (sequence.iter().copied().chain([op]).collect(), length + 1)));
        }
    }
    println!("{carried_out} sequences of up to {longest} operations, {} states", seen.len());
    for (what, count) in &tally {
        println!("{count:>8} {what}");
    }
    for what in model::REACHED {
        assert!(tally.contains_key(*what), "never: {what}");
    }
}
