//! Keys: prepared once, shared by threads, each with the one algorithm it is for.

mod algorithm;
mod jwk;
mod key_set;
mod private_members;
mod signing;
mod verifying;

pub use algorithm::Algorithm;
pub use key_set::{KeySet, KeySetError};
pub use signing::{KeyError, SigningKey};
pub use verifying::VerifyingKey;

pub use jwk::{JwkError, KeyUse};
pub(crate) use private_members::{PrivateMembers, RsaMembers, Secret};
