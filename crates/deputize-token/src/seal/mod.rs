//! Signing keys at rest: a key ring as one encrypted text, for a table that others may read.
//!
//! [`KeyRing::seal`](crate::KeyRing::seal) makes a JWE (RFC 7516): the keys as a JWK Set, encrypted
//! with a key that is used once, which is wrapped by the embedder's [`KeyEncryptionKey`].

mod aead;
mod content;
mod header;
mod jwe;
mod key_encryption_key;
mod sealed_key_ring;

pub use jwe::SealedKeyRingError;
pub use key_encryption_key::{KeyEncryptionKey, KeyEncryptionKeyError};
pub use sealed_key_ring::{OpenError, RewrapError, SealError, SealedKeyRing};
