#![doc = include_str!("../README.md")]

pub use deputize_core as core;
pub use deputize_spiffe as spiffe;
pub use deputize_store as store;
pub use deputize_token as token;

// Pages of the documentation, and of nothing else.
#[cfg(doc)]
#[doc = include_str!("../DEPENDENCIES.md")]
pub mod dependencies {}
#[cfg(doc)]
#[doc = include_str!("../THREATS.md")]
pub mod threats {}
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a promise that is not kept is a panic")]
pub mod fuzzing;
