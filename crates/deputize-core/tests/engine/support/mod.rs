//! Cases, and what they are made of.

mod case;
mod evaluate;
mod fixture;
mod parent;
mod tape;
mod world;

pub(crate) use case::{AGENTS, Case, Kind, cases, cases_of, id};
use deputize_core::UnixTime;
pub(crate) use evaluate::{Answer, Decided, Judged, evaluate};
pub(crate) use fixture::*;
pub(crate) use parent::{copy, copy_held, token};
use proptest::test_runner::Config;
pub(crate) use tape::Tape;
pub(crate) use world::{TENANT, World};

/// The moment of every decision.
pub(crate) const NOW: u64 = 1_000_000;

pub(crate) fn now() -> UnixTime {
    at(0)
}

/// So many seconds after [`NOW`].
pub(crate) fn at(seconds: i64) -> UnixTime {
    UnixTime::from_secs(NOW.checked_add_signed(seconds).unwrap()).unwrap()
}

/// So many cases for a property, unless `PROPTEST_CASES` says how many.
pub(crate) fn cases_in_all(cases: u32) -> Config {
    if std::env::var_os("PROPTEST_CASES").is_some() { Config::default() } else { Config::with_cases(cases) }
}
