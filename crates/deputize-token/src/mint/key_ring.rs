use std::sync::Arc;

use deputize_core::{Issuer, Returned, TenantId, UnixTime, limits::MAX_SIGN_DELAY_SECONDS};

use crate::{
    key::{KeySet, SigningKey, VerifyingKey},
    limits::{DEFAULT_MAX_LIFETIME_SECONDS, MAX_KEYS},
};

/// The keys of one tenant under one issuer: the active one signs; the next one is published before
/// it does, so that every verifier knows it in time; retiring ones are published until the last
/// token they signed has expired. Each has an id of its own.
#[derive(Debug)]
pub struct KeyRing {
    pub(super) tenant: TenantId,
    pub(super) issuer: Issuer,
    pub(crate) active: RingKey,
    pub(crate) next: Option<RingKey>,
    pub(crate) retiring: Vec<(Arc<VerifyingKey>, UnixTime)>,
    /// The longest life, in seconds, of a token that is signed here: what the tenant's verifiers
    /// take. 24 hours by default.
    pub max_lifetime_seconds: u32,
}

/// A key that signs: here, or in a KMS or HSM of which only the public half is known.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a key is here or elsewhere")]
pub enum RingKey {
    /// Signs here.
    Local(SigningKey),
    /// Signs elsewhere: see [`KeyRing::prepare`].
    Remote(Arc<VerifyingKey>),
}

/// There is no next key to rotate to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no next key was published to rotate to")]
#[non_exhaustive]
pub struct NoNextKey;

/// Why a key is not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Another key of the ring has the same id, so that verifiers could not tell them apart. The
    /// same key for another algorithm is another key: a thumbprint does not hold the algorithm.
    #[error("another key of the ring has the same id")]
    KeyIdTaken,
    /// The ring would publish more than [`MAX_KEYS`], and no verifier would take any.
    #[error("the ring would publish more than {MAX_KEYS} keys")]
    TooMany,
}

impl KeyRing {
    /// A ring with one key, active at once.
    #[must_use]
    pub fn new(tenant: TenantId, issuer: Issuer, active: impl Into<RingKey>) -> Self {
        Self {
            tenant,
            issuer,
            active: active.into(),
            next: None,
            retiring: Vec::new(),
            max_lifetime_seconds: DEFAULT_MAX_LIFETIME_SECONDS,
        }
    }

    /// Publishes the key that [`KeyRing::rotate`] will make active, in place of one that was to be.
    /// Give verifiers the time to see it: as long as they cache the key set.
    ///
    /// # Errors
    ///
    /// As [`PublishError`] tells, with the key.
    pub fn publish_next(
        &mut self,
        key: impl Into<RingKey>,
        now: UnixTime,
    ) -> Result<(), Returned<PublishError, RingKey>> {
        let (key, replaced) = (key.into(), self.next.take());
        match self.has_place_for(key.public(), now) {
            Ok(()) => {
                self.next = Some(key);
                Ok(())
            }
            Err(error) => {
                self.next = replaced;
                Err(Returned::new(error, key))
            }
        }
    }

    /// Publishes, until `until`, a key that signed before this ring was made: before a restart, say.
    ///
    /// # Errors
    ///
    /// As [`PublishError`] tells.
    pub fn publish_retiring(
        &mut self,
        key: Arc<VerifyingKey>,
        until: UnixTime,
        now: UnixTime,
    ) -> Result<(), PublishError> {
        self.has_place_for(&key, now)?;
        self.retiring.push((key, until));
        Ok(())
    }

    /// Makes the next key the active one. The one that was stays published until every token that
    /// it may have signed has expired.
    ///
    /// # Errors
    ///
    /// When no next key was published.
    pub fn rotate(&mut self, now: UnixTime) -> Result<(), NoNextKey> {
        let next = self.next.take().ok_or(NoNextKey)?;
        let retired = core::mem::replace(&mut self.active, next);
        let until = now.plus(self.max_lifetime_seconds).plus(MAX_SIGN_DELAY_SECONDS);
        self.retiring.retain(|(_, until)| now < *until);
        self.retiring.push((retired.public().clone(), until));
        Ok(())
    }

    /// Takes back a next or retiring key at once, because somebody else may have it: what it signed
    /// counts no more, as soon as verifiers see the new key set. An active key has to be rotated
    /// first. Says whether there was such a key.
    pub fn withdraw(&mut self, kid: &str) -> bool {
        let before = self.retiring.len();
        self.retiring.retain(|(key, _)| key.kid() != kid);
        let next = self.next.take_if(|key| key.public().kid() == kid);
        next.is_some() || self.retiring.len() < before
    }

    /// The public keys at this moment: active, next and retiring.
    #[must_use]
    pub fn public(&self, now: UnixTime) -> KeySet {
        KeySet::of(self.published(now).cloned())
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    pub(super) fn published(&self, now: UnixTime) -> impl Iterator<Item = &Arc<VerifyingKey>> {
        let retiring = self.retiring.iter().filter(move |(_, until)| now < *until).map(|(key, _)| key);
        retiring.chain([&self.active].into_iter().chain(&self.next).map(RingKey::public))
    }

    fn has_place_for(&self, key: &VerifyingKey, now: UnixTime) -> Result<(), PublishError> {
        if self.published(now).any(|other| other.is_confused_with(key)) {
            return Err(PublishError::KeyIdTaken);
        }
        if self.published(now).count() >= MAX_KEYS { Err(PublishError::TooMany) } else { Ok(()) }
    }
}

impl RingKey {
    /// The public half.
    #[must_use]
    pub fn public(&self) -> &Arc<VerifyingKey> {
        match self {
            Self::Local(key) => key.public(),
            Self::Remote(key) => key,
        }
    }
}

impl From<SigningKey> for RingKey {
    fn from(key: SigningKey) -> Self {
        Self::Local(key)
    }
}

impl From<Arc<VerifyingKey>> for RingKey {
    fn from(key: Arc<VerifyingKey>) -> Self {
        Self::Remote(key)
    }
}
