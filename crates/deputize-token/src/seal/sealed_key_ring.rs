use core::{fmt, str::FromStr};

use deputize_core::{Issuer, TenantId, UnixTime};
use zeroize::Zeroizing;

use super::{
    content,
    jwe::{Jwe, SealedKeyRingError},
    key_encryption_key::KeyEncryptionKey,
};
use crate::{limits::MAX_SEALED_KEY_RING_BYTES, mint::KeyRing};

/// A key ring that is encrypted, to be kept where others may read: a JWE in compact form (RFC 7516
/// §7.1), of at most [`MAX_SEALED_KEY_RING_BYTES`].
///
/// Whoever can write where it is kept can put back an older one, or remove it, but can't change it
/// nor give a tenant the keys of another.
#[derive(Clone)]
pub struct SealedKeyRing(Jwe);

/// Why a key ring is not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// It would not open again: a key in it is not one that tokens are signed with, or two that are
    /// published at different times have one id.
    #[error("the key ring would not open again")]
    Unusable,
    /// It would be larger than [`MAX_SEALED_KEY_RING_BYTES`].
    #[error("the sealed key ring would be larger than {MAX_SEALED_KEY_RING_BYTES} bytes")]
    TooLarge,
    /// The library that encrypts failed.
    #[error("the library failed to encrypt")]
    Failed,
}

/// Why a sealed key ring does not open. It does not say what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It says that it was sealed by another key-encryption key: see [`SealedKeyRing::key_id`].
    #[error("the key ring was sealed by another key-encryption key")]
    OtherKey,
    /// It says that it is another tenant's.
    #[error("the key ring is another tenant's")]
    ForeignTenant,
    /// It says that it is another issuer's.
    #[error("the key ring is another issuer's")]
    ForeignIssuer,
    /// The key-encryption key did not make it, or not like this.
    #[error("the key ring was not sealed like this by this key-encryption key")]
    Unauthentic,
    /// The key-encryption key made it, and what is in it is no key ring.
    #[error("what was sealed is not a key ring")]
    Content,
}

/// Why a sealed key ring is not sealed by another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RewrapError {
    /// The old key does not open it.
    #[error("the old key does not open it")]
    Open(#[source] OpenError),
    /// The new key does not seal it.
    #[error("the new key does not seal it")]
    Seal(#[source] SealError),
}

impl KeyRing {
    /// The ring, encrypted: tenant, issuer, `max_lifetime_seconds`, and every key that is published
    /// at this moment, with its state. Of a key that signs elsewhere it is the public half.
    ///
    /// Seal it anew after each change, and keep the new text before what changed is used: a next key
    /// that is published and then lost could never become active.
    ///
    /// ```
    /// # use deputize_core::UnixTime;
    /// # use deputize_token::{Algorithm, KeyEncryptionKey, KeyRing, SealedKeyRing, SigningKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let now = UnixTime::from_secs(1_800_000_000).ok_or("time")?;
    /// # let (tenant, issuer) = ("acme".parse()?, "https://id.example/acme".parse()?);
    /// # let secret = [7; 32];
    /// // From a secret manager. What is sealed names the key that sealed it.
    /// let kek = KeyEncryptionKey::new("2027-01", &secret)?;
    ///
    /// // A tenant's first ring. The text goes into a table.
    /// let mut ring = KeyRing::new(tenant, issuer, SigningKey::generate(Algorithm::EdDsa)?);
    /// ring.publish_next(SigningKey::generate(Algorithm::EdDsa)?, now)?;
    /// let mut row = ring.seal(&kek, now)?.as_str().to_owned();
    /// # let (tenant, issuer) = (ring.tenant().clone(), ring.issuer().clone());
    ///
    /// // At each start, and when another process has rotated.
    /// let sealed: SealedKeyRing = row.parse()?;
    /// assert_eq!(sealed.key_id(), "2027-01");
    /// let mut ring = sealed.open(&tenant, &issuer, &kek)?;
    ///
    /// // Rotation: rotate, publish the key after, seal, keep; then sign with it.
    /// let now = now.plus(30 * 24 * 60 * 60);
    /// ring.rotate(now)?;
    /// ring.publish_next(SigningKey::generate(Algorithm::EdDsa)?, now)?;
    /// row = ring.seal(&kek, now)?.as_str().to_owned();
    /// assert_eq!(ring.public(now).len(), 3);
    ///
    /// // A new key-encryption key: every row is sealed by it, and then the old key can go.
    /// # let secret = [8; 32];
    /// let new = KeyEncryptionKey::new("2028-01", &secret)?;
    /// row = row.parse::<SealedKeyRing>()?.rewrap(&kek, &new)?.as_str().to_owned();
    /// # let again = row.parse::<SealedKeyRing>()?.open(&tenant, &issuer, &new)?;
    /// # assert_eq!(again.public(now).to_json(), ring.public(now).to_json());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`SealError`] tells.
    pub fn seal(&self, by: &KeyEncryptionKey, now: UnixTime) -> Result<SealedKeyRing, SealError> {
        let content = content::write(self, now)?;
        // What does not open is lost: better found while the ring is still there.
        content::read(&content, self.tenant(), self.issuer()).ok_or(SealError::Unusable)?;
        SealedKeyRing::of(content, self.tenant(), self.issuer(), by)
    }
}

impl SealedKeyRing {
    /// The id of the key-encryption key that it says it was sealed by: to choose the key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.0.header().kid
    }

    /// The text, to be kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.text()
    }

    /// The ring, if `by` sealed it for this tenant and this issuer and not a byte of it was changed.
    ///
    /// # Errors
    ///
    /// As [`OpenError`] tells.
    pub fn open(&self, tenant: &TenantId, issuer: &Issuer, by: &KeyEncryptionKey) -> Result<KeyRing, OpenError> {
        let header = self.0.header();
        if header.tenant != *tenant {
            return Err(OpenError::ForeignTenant);
        }
        if header.issuer != *issuer {
            return Err(OpenError::ForeignIssuer);
        }
        content::read(&self.content(by)?, tenant, issuer).ok_or(OpenError::Content)
    }

    /// The same ring, sealed by `new`. The keys do not leave; what was sealed by `old` still opens by
    /// it, until it is replaced wherever it is kept.
    ///
    /// # Errors
    ///
    /// As [`RewrapError`] tells.
    pub fn rewrap(&self, old: &KeyEncryptionKey, new: &KeyEncryptionKey) -> Result<Self, RewrapError> {
        let header = self.0.header();
        let content = self.content(old).map_err(RewrapError::Open)?;
        Self::of(content, &header.tenant, &header.issuer, new).map_err(RewrapError::Seal)
    }

    pub(crate) fn of(
        content: Zeroizing<Vec<u8>>,
        tenant: &TenantId,
        issuer: &Issuer,
        by: &KeyEncryptionKey,
    ) -> Result<Self, SealError> {
        let text = Jwe::encrypt(content, (tenant, issuer), by).ok_or(SealError::Failed)?;
        text.parse().map_err(|error| match error {
            SealedKeyRingError::TooLarge => SealError::TooLarge,
            _ => SealError::Failed,
        })
    }

    fn content(&self, by: &KeyEncryptionKey) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        if self.key_id() != by.id() {
            return Err(OpenError::OtherKey);
        }
        // Neither which part was changed nor whether it was the key.
        self.0.decrypt(by).ok_or(OpenError::Unauthentic)
    }
}

impl FromStr for SealedKeyRing {
    type Err = SealedKeyRingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Jwe::parse(text).map(Self)
    }
}

impl fmt::Display for SealedKeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for SealedKeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = self.0.header();
        f.debug_struct("SealedKeyRing")
            .field("key_id", &header.kid)
            .field("tenant", &header.tenant)
            .field("issuer", &header.issuer)
            .finish_non_exhaustive()
    }
}
