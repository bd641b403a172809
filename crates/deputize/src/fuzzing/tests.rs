use std::{fs, iter};

use super::*;

/// The seeds reach whatever can come of an operation.
#[test]
fn promises_hold_on_seeds() {
    let mut reached = BTreeSet::new();
    for seed in seeds("pipeline") {
        reached.extend(run(&seed));
    }
    pipeline(b"");
    use Reached::*;
    let all = [
        Changed,
        ChangeRefused,
        Unanswered,
        NothingGranted,
        Recorded,
        Expired,
        Revoked,
        Stale,
        Replayed,
        SignedTooLate,
        Minted,
        HandedOn,
        NotHandedOn,
        TokenRevoked,
        TokenExpired,
        Rotated,
    ];
    let never: Vec<_> = all.into_iter().filter(|what| !reached.contains(what)).collect();
    assert!(never.is_empty(), "the seeds never reach {never:?}");
}

/// Bytes at random, the same in every run.
#[test]
fn promises_hold_at_random() {
    let mut random = random();
    for _ in 0..60 {
        pipeline(&random.by_ref().take(400).collect::<Vec<_>>());
    }
}

#[test]
fn decisions_are_those_of_the_naive_evaluator() {
    for seed in seeds("decision") {
        decision(&seed);
    }
    decision(b"");
    let mut random = random();
    for length in 0..300 {
        decision(&random.by_ref().take(length).collect::<Vec<_>>());
    }
}

fn seeds(target: &str) -> impl Iterator<Item = Vec<u8>> {
    let folder = format!("{}/../../fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    fs::read_dir(folder).unwrap().map(|seed| fs::read(seed.unwrap().path()).unwrap())
}

/// Xorshift, from a seed that is as good as any.
fn random() -> impl Iterator<Item = u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
}
