//! The resource server's side: one call that can't be half done, and what it gives.

mod error;
mod permission;
mod trust;
mod verified;
mod verifier;

pub use error::VerifyError;
pub use permission::{Authorized, Denied, Permission};
pub use trust::{Presented, Revocation, Trust};
pub use verified::Verified;
pub use verifier::Verifier;

pub(crate) use verifier::Checks;
