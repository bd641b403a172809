//! Verifying what the platform says of a workload.

mod error;
mod verifier;

pub use error::SvidError;
pub use verifier::SvidVerifier;
