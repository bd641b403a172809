//! Model check: every configuration of a small world, and every question in it, decided by the engine
//! and by a formula that is written from DESIGN §1 and knows nothing of the engine. Both must grant the
//! same scopes, refuse by the same gates and end at the same moment; nothing of another tenant counts.
//!
//! What a world is made of stands in [`first`] and [`chain`]. `DEPUTIZE_WORLDS=2` takes every choice of
//! the larger lists there: run it with `--release`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a failure of the test")]

mod chain;
mod choices;
mod first;
mod formula;
mod tally;
mod world;
