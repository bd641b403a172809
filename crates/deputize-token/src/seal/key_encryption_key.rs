use core::fmt;

use zeroize::Zeroizing;

use super::aead::{Aead, IV_BYTES, KEY_BYTES, TAG_BYTES};
use crate::limits::MAX_KEY_ID_BYTES;

/// The key that key rings are sealed by: 256 bits that the embedder draws at random and keeps apart
/// from what is sealed, in a secret manager, say.
///
/// It is not printed, not compared and not cloned; its memory is cleared when it is dropped. Each
/// [`seal`](crate::KeyRing::seal) and [`rewrap`](crate::SealedKeyRing::rewrap) takes a new random
/// nonce of 96 bits under it, which bounds how often it may be used: 2³² times (NIST SP 800-38D
/// §8.3), far beyond what rotation needs.
pub struct KeyEncryptionKey {
    id: String,
    key: Aead,
}

/// Why a key-encryption key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyEncryptionKeyError {
    /// The id is empty, longer than [`MAX_KEY_ID_BYTES`], or not visible ASCII.
    #[error("the id is not 1 to {MAX_KEY_ID_BYTES} visible ASCII characters")]
    Id,
    /// The library failed to prepare the key.
    #[error("the library failed to prepare the key")]
    Failed,
}

/// A key that was encrypted (RFC 7518 §4.7).
#[derive(Clone)]
pub(super) struct Wrapped {
    pub(super) key: [u8; KEY_BYTES],
    pub(super) iv: [u8; IV_BYTES],
    pub(super) tag: [u8; TAG_BYTES],
}

impl KeyEncryptionKey {
    /// The key by its `id`, which stands readable in what it seals: a new key has a new id.
    ///
    /// # Errors
    ///
    /// As [`KeyEncryptionKeyError`] tells.
    pub fn new(id: impl Into<String>, key: &[u8; 32]) -> Result<Self, KeyEncryptionKeyError> {
        let id = id.into();
        if !is_key_id(&id) {
            return Err(KeyEncryptionKeyError::Id);
        }
        Ok(Self { id, key: Aead::new(key).ok_or(KeyEncryptionKeyError::Failed)? })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Nothing only if the library fails.
    pub(super) fn wrap_key(&self, key: &[u8; KEY_BYTES]) -> Option<Wrapped> {
        let mut in_out = Zeroizing::new(*key);
        // RFC 7518 §4.7: the additional authenticated data is empty.
        let (iv, tag) = self.key.encrypt(&[], in_out.as_mut_slice())?;
        Some(Wrapped { key: *in_out, iv, tag })
    }

    /// The key that was wrapped, if this one did it, ready for use.
    pub(super) fn unwrap_key(&self, wrapped: &Wrapped) -> Option<Aead> {
        let key = self.key.decrypt(&[], wrapped.iv, &wrapped.key, wrapped.tag)?;
        Aead::new(key.as_slice().try_into().ok()?)
    }
}

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyEncryptionKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Whether a text can name a key-encryption key.
pub(super) fn is_key_id(id: &str) -> bool {
    (1..=MAX_KEY_ID_BYTES).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}
