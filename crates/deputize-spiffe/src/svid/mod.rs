//! Verifying what the platform says of a workload.

mod claims;
mod error;
mod replay;
mod verifier;
#[cfg(any(feature = "testing", feature = "workload-api"))]
mod x509;

#[cfg(feature = "workload-api")]
pub(crate) use claims::Claims;
pub use error::SvidError;
pub use replay::SvidReplay;
pub use verifier::{SvidBinding, SvidVerifier};
#[cfg(any(feature = "testing", feature = "workload-api"))]
pub use x509::X509Svid;
