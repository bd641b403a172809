use deputize_core::{Issuer, TenantId};
use zeroize::Zeroizing;

use super::{
    aead::{Aead, IV_BYTES, KEY_BYTES, TAG_BYTES},
    header::{Header, bytes_of},
    key_encryption_key::{KeyEncryptionKey, Wrapped},
};
use crate::{
    jws::{decode, encode},
    limits::MAX_SEALED_KEY_RING_BYTES,
};

/// A JWE in compact form (RFC 7516 §7.1) that is well-formed and bounded, and not authenticated.
#[derive(Clone)]
pub(super) struct Jwe {
    text: String,
    header: Header,
    wrapped: Wrapped,
    iv: [u8; IV_BYTES],
    ciphertext: Vec<u8>,
    tag: [u8; TAG_BYTES],
}

/// Why a text is no sealed key ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealedKeyRingError {
    /// It is larger than [`MAX_SEALED_KEY_RING_BYTES`].
    #[error("the sealed key ring is larger than {MAX_SEALED_KEY_RING_BYTES} bytes")]
    TooLarge,
    /// It is not five base64url parts of which the first holds a JSON object.
    #[error("the sealed key ring is not well-formed")]
    Malformed,
    /// A header member is there twice.
    #[error("a header member is there twice")]
    DuplicateHeader,
    /// A header member is there that is not taken: `crit` and `zip` among them.
    #[error("a header member is there that is not taken")]
    UnknownHeader,
    /// A header member is missing or has a value that it can't have.
    #[error("a header member is missing or invalid")]
    InvalidHeader,
    /// It is encrypted in another way than by `A256GCMKW` and `A256GCM`.
    #[error("the sealed key ring is encrypted by another algorithm")]
    Algorithm,
}

impl Jwe {
    /// Encrypts `plaintext` with a key that nothing else is encrypted with (RFC 7516 §5.1); nothing
    /// only if the library fails.
    pub(super) fn encrypt(
        mut plaintext: Zeroizing<Vec<u8>>,
        (tenant, issuer): (&TenantId, &Issuer),
        by: &KeyEncryptionKey,
    ) -> Option<String> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        aws_lc_rs::rand::fill(key.as_mut_slice()).ok()?;
        let Wrapped { key: wrapped, iv, tag } = by.wrap_key(&key)?;
        let (kid, tenant, issuer) = (by.id().to_owned(), tenant.clone(), issuer.clone());
        let protected = encode(Header { kid, tenant, issuer, iv, tag }.to_json().as_bytes());
        // RFC 7516 §5.1, step 14: the header as it is encoded is authenticated.
        let (iv, tag) = Aead::new(&key)?.encrypt(protected.as_bytes(), &mut plaintext)?;
        let parts = [encode(&wrapped), encode(&iv), encode(&plaintext), encode(&tag)];
        Some(format!("{protected}.{}", parts.join(".")))
    }

    pub(super) fn parse(text: &str) -> Result<Self, SealedKeyRingError> {
        if text.len() > MAX_SEALED_KEY_RING_BYTES {
            return Err(SealedKeyRingError::TooLarge);
        }
        let malformed = SealedKeyRingError::Malformed;
        // RFC 7516 §5.2, step 1: exactly four periods.
        let parts: Vec<&str> = text.split('.').take(6).collect();
        let [protected, wrapped, iv, ciphertext, tag] = parts.try_into().map_err(|_| malformed)?;
        let header = Header::parse(&decode(protected).ok_or(malformed)?)?;
        let key = bytes_of(wrapped).ok_or(malformed)?;
        Ok(Self {
            text: text.to_owned(),
            wrapped: Wrapped { key, iv: header.iv, tag: header.tag },
            header,
            iv: bytes_of(iv).ok_or(malformed)?,
            ciphertext: decode(ciphertext).ok_or(malformed)?,
            tag: bytes_of(tag).ok_or(malformed)?,
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The header, of which nothing is authenticated.
    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// What was encrypted, if every byte is as it was made by this key: header included.
    pub(super) fn decrypt(&self, by: &KeyEncryptionKey) -> Option<Zeroizing<Vec<u8>>> {
        let key = by.unwrap_key(&self.wrapped)?;
        let (protected, _) = self.text.split_once('.')?;
        key.decrypt(protected.as_bytes(), self.iv, &self.ciphertext, self.tag)
    }
}
