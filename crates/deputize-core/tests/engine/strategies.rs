//! Cases, for proptest.

use proptest::{prelude::*, test_runner::Config};

use crate::support::{Case, Kind, Tape, build};

/// Cases of all kinds.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    (0..3_usize, tapes()).prop_map(|(kind, tape)| build(Kind::ALL[kind], Tape::new(tape)))
}

/// Cases of one kind.
pub(crate) fn cases_of(kind: Kind) -> impl Strategy<Value = Case> {
    tapes().prop_map(move |tape| build(kind, Tape::new(tape)))
}

/// So many cases for a property, unless `PROPTEST_CASES` says how many.
pub(crate) fn cases_in_all(cases: u32) -> Config {
    if std::env::var_os("PROPTEST_CASES").is_some() { Config::default() } else { Config::with_cases(cases) }
}

fn tapes() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 1_000)
}
