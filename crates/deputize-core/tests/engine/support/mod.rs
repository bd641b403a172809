//! Cases, and what they are made of.

mod answer;
mod case;
mod evaluate;
mod fixture;
mod parent;
mod tape;
mod world;

pub(crate) use answer::{answer, decide};
pub(crate) use case::{AGENTS, Case, Kind, build, id};
use deputize_core::UnixTime;
pub(crate) use evaluate::{Answer, Decided, Judged, evaluate};
pub(crate) use fixture::*;
pub(crate) use parent::{copy, copy_held, token};
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
