#![doc = include_str!("../README.md")]

pub use deputize_core as core;
pub use deputize_spiffe as spiffe;
pub use deputize_store as store;
pub use deputize_token as token;

#[cfg(doc)]
#[doc = include_str!("../THREATS.md")]
pub mod threats {}
