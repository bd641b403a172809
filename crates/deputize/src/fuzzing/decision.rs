//! The engine against the naive evaluator of its own tests.

use support::{Kind, Tape, answer, at, build, copy, decide};

#[path = "../../../deputize-core/tests/engine/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the engine's tests use the rest")]
mod support;

/// In a world made of these bytes the engine says what the naive evaluator says, in everything: grants,
/// gates with their grounds, end and delegation; also at other moments.
pub(super) fn decision(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let numbers = rest.chunks(2).map(|pair| pair.iter().fold(0, |number, byte| number << 8 | u16::from(*byte)));
    let case = build(Kind::ALL[usize::from(*kind) % Kind::ALL.len()], Tape::new(numbers.collect()));
    assert_eq!(answer(&case), case.expected());
    let Ok(policy) = case.configuration().policy(copy(&case.question)) else { return };
    for moment in [-1, 1, 50, 300].map(at) {
        assert_eq!(decide(&policy, &case.requested, case.lifetime, moment), case.expected_at(moment));
    }
}
