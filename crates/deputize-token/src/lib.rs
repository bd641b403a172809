//! The delegated access token: strict minting and verification.

mod claims;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
pub mod jws;
mod key;
pub mod limits;
mod mint;
mod verify;

pub use key::{Algorithm, JwkError, KeyError, KeySet, KeySetError, KeyUse, SigningKey, VerifyingKey};
pub use mint::{AccessToken, Handed, KeyRing, NoNextKey, NoRandomness, RingKey, SignError, Unsigned, fresh_token_id};
pub use verify::{Authorized, Denied, Permission, Presented, Revocation, Trust, Verified, Verifier, VerifyError};
