//! Verifying what the platform says of a workload.

mod error;
mod verifier;
#[cfg(any(feature = "testing", feature = "workload-api"))]
mod x509;

pub use error::SvidError;
pub use verifier::{SvidBinding, SvidVerifier};
#[cfg(any(feature = "testing", feature = "workload-api"))]
pub use x509::X509Svid;
