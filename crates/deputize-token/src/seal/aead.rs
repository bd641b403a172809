use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

pub(super) const KEY_BYTES: usize = 32;
pub(super) const IV_BYTES: usize = 12;
pub(super) const TAG_BYTES: usize = 16;

/// AES-256 in Galois/Counter Mode (RFC 7518 §5.3): keys of 256 bits, nonces of 96, tags of 128.
///
/// aws-lc holds the key and clears its memory, and draws a new random nonce for every encryption:
/// there is no way to give it one.
pub(super) struct Aead(RandomizedNonceKey);

impl Aead {
    /// Nothing only if the library fails.
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Option<Self> {
        RandomizedNonceKey::new(&AES_256_GCM, key).ok().map(Self)
    }

    /// Encrypts in place; nonce and tag, or nothing only if the library fails.
    pub(super) fn encrypt(&self, aad: &[u8], in_out: &mut [u8]) -> Option<([u8; IV_BYTES], [u8; TAG_BYTES])> {
        let (nonce, tag) = self.0.seal_in_place_separate_tag(Aad::from(aad), in_out).ok()?;
        Some((*nonce.as_ref(), tag.as_ref().try_into().ok()?))
    }

    /// What was encrypted, if it was with this key, nonce and tag, and beside this `aad`.
    pub(super) fn decrypt(
        &self,
        aad: &[u8],
        iv: [u8; IV_BYTES],
        ciphertext: &[u8],
        tag: [u8; TAG_BYTES],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut in_out = Zeroizing::new([ciphertext, &tag].concat());
        let nonce = Nonce::assume_unique_for_key(iv);
        let bytes = self.0.open_in_place(nonce, Aad::from(aad), &mut in_out).ok()?.len();
        in_out.truncate(bytes);
        Some(in_out)
    }
}
