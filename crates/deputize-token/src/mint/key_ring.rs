use std::sync::Arc;

use deputize_core::{Issuer, TenantId, UnixTime, limits::MAX_SIGN_DELAY_SECONDS};

use crate::{
    key::{KeySet, SigningKey, VerifyingKey},
    limits::DEFAULT_MAX_LIFETIME_SECONDS,
};

/// The keys of one tenant under one issuer: the active one signs; the next one is published before
/// it does, so that every verifier knows it in time; retiring ones are published until the last
/// token they signed has expired.
#[derive(Debug)]
pub struct KeyRing {
    pub(super) tenant: TenantId,
    pub(super) issuer: Issuer,
    pub(super) active: RingKey,
    next: Option<RingKey>,
    retiring: Vec<(Arc<VerifyingKey>, UnixTime)>,
    pub(super) keys: KeySet,
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

impl KeyRing {
    /// A ring with one key, active at once.
    #[must_use]
    pub fn new(tenant: TenantId, issuer: Issuer, active: impl Into<RingKey>) -> Self {
        let mut ring = Self {
            tenant,
            issuer,
            active: active.into(),
            next: None,
            retiring: Vec::new(),
            keys: KeySet::default(),
            max_lifetime_seconds: DEFAULT_MAX_LIFETIME_SECONDS,
        };
        ring.publish();
        ring
    }

    /// Publishes the key that [`KeyRing::rotate`] will make active. Give verifiers the time to see
    /// it: as long as they cache the key set.
    pub fn publish_next(&mut self, key: impl Into<RingKey>) {
        self.next = Some(key.into());
        self.publish();
    }

    /// Makes the next key the active one. The one that was stays published until every token that
    /// it may have signed has expired, and is then forgotten at the next rotation.
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
        self.publish();
        Ok(())
    }

    /// The public keys: active, next and retiring.
    #[must_use]
    pub fn public(&self) -> &KeySet {
        &self.keys
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

    fn publish(&mut self) {
        let signing = core::iter::once(&self.active).chain(&self.next).map(RingKey::public);
        let retiring = self.retiring.iter().map(|(key, _)| key);
        self.keys = KeySet::of(retiring.chain(signing).cloned());
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
