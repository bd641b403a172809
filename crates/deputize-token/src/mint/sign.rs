use core::fmt;
use std::sync::Arc;

use deputize_core::{Grant, Recorded, Returned, TokenId, UnixTime, limits::MAX_DEPTH};

use super::{
    access_token::AccessToken,
    der,
    key_ring::{KeyRing, RingKey},
};
use crate::{
    claims::{subject, write_claims},
    jws::{encode_into, encoded_length},
    key::VerifyingKey,
    limits::MAX_TOKEN_BYTES,
};

/// Why nothing was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// What was recorded belongs to another tenant.
    #[error("what was recorded belongs to another tenant")]
    ForeignTenant,
    /// It was recorded too long ago, or the token's or the proof's end has come.
    #[error("what was recorded may not be signed any more")]
    TooLate,
    /// The token would live longer than the tenant's verifiers take.
    #[error("the token would live longer than the key ring allows")]
    LifetimeTooLong,
    /// The token would be larger than [`MAX_TOKEN_BYTES`].
    #[error("the token would be larger than {MAX_TOKEN_BYTES} bytes")]
    TooLarge,
    /// What was recorded is nothing that a verifier would take.
    #[error("what was recorded can't be said in a token")]
    Unspeakable,
    /// The active key signs elsewhere: prepare the token, and finish it with the signature.
    #[error("the active key signs elsewhere")]
    RemoteKey,
    /// The signature is not one of the active key over this token.
    #[error("the signature is not one of this key over this token")]
    BadSignature,
    /// The library that signs failed.
    #[error("the key failed to sign")]
    KeyFailed,
}

/// A token that only lacks its signature, on its way to a KMS or HSM.
#[must_use = "what was recorded is in the audit trail as issued: finish it"]
pub struct Unsigned {
    recorded: Recorded,
    input: String,
    key: Arc<VerifyingKey>,
}

impl KeyRing {
    /// Signs what was recorded, with the active key. Each recorded issuance is signed once:
    ///
    /// ```compile_fail,E0382
    /// # use deputize_core::{Recorded, UnixTime};
    /// # use deputize_token::KeyRing;
    /// fn twice(ring: &KeyRing, recorded: Recorded, now: UnixTime) {
    ///     let first = ring.sign(recorded, now);
    ///     let second = ring.sign(recorded, now);
    /// }
    /// ```
    /// ```
    /// # use deputize_core::{Recorded, UnixTime};
    /// # use deputize_token::KeyRing;
    /// fn twice(ring: &KeyRing, recorded: Recorded, another: Recorded, now: UnixTime) {
    ///     let first = ring.sign(recorded, now);
    ///     let second = ring.sign(another, now);
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`SignError`] tells, with what was recorded.
    pub fn sign(&self, recorded: Recorded, now: UnixTime) -> Result<AccessToken, Returned<SignError, Recorded>> {
        let RingKey::Local(key) = &self.active else { return Err(Returned::new(SignError::RemoteKey, recorded)) };
        let input = match self.input(&recorded, now) {
            Ok(input) => input,
            Err(error) => return Err(Returned::new(error, recorded)),
        };
        match key.sign(input.as_bytes()) {
            Some(signature) => Ok(token(input, &signature, recorded.into_grant())),
            None => Err(Returned::new(SignError::KeyFailed, recorded)),
        }
    }

    /// Everything but the signature, for a key that signs elsewhere. It has to be finished as soon
    /// as what was recorded has to be signed.
    ///
    /// # Errors
    ///
    /// As [`SignError`] tells, with what was recorded.
    pub fn prepare(&self, recorded: Recorded, now: UnixTime) -> Result<Unsigned, Returned<SignError, Recorded>> {
        match self.input(&recorded, now) {
            Ok(input) => Ok(Unsigned { recorded, input, key: self.active.public().clone() }),
            Err(error) => Err(Returned::new(error, recorded)),
        }
    }

    /// Header and claims, encoded, if they may be signed now.
    fn input(&self, recorded: &Recorded, now: UnixTime) -> Result<String, SignError> {
        let grant = recorded.grant();
        if grant.tenant != self.tenant {
            return Err(SignError::ForeignTenant);
        }
        if !recorded.is_signable(now) {
            return Err(SignError::TooLate);
        }
        if grant.expires_at.since(grant.issued_at) > u64::from(self.max_lifetime_seconds) {
            return Err(SignError::LifetimeTooLong);
        }
        let key = self.active.public();
        if !key.algorithm().signs_tokens() {
            return Err(SignError::Unspeakable);
        }
        let claims = write_claims(grant, &self.issuer).map_err(|_| SignError::Unspeakable)?;
        // What a verifier would refuse never leaves: a chain that does not hang together, say.
        if !in_accord(grant) {
            return Err(SignError::Unspeakable);
        }
        // With the signature, for which there is room: the text is not moved again.
        let bytes = key.header().len() + encoded_length(claims.len()) + encoded_length(key.signature_bytes()) + 2;
        if bytes > MAX_TOKEN_BYTES {
            return Err(SignError::TooLarge);
        }
        let mut input = String::with_capacity(bytes);
        input.push_str(key.header());
        input.push('.');
        encode_into(&claims, &mut input);
        Ok(input)
    }
}

impl Unsigned {
    /// What is to be signed (RFC 7515 §5.1), with the algorithm of the active key.
    #[must_use]
    pub fn input(&self) -> &[u8] {
        self.input.as_bytes()
    }

    /// The token, with the signature that the KMS or HSM made: for ECDSA as `R‖S` or as DER. It is
    /// checked against the public key before the token leaves.
    ///
    /// # Errors
    ///
    /// [`SignError::TooLate`] or [`SignError::BadSignature`], with the unsigned token.
    pub fn finish(self, signature: &[u8], now: UnixTime) -> Result<AccessToken, Returned<SignError, Self>> {
        if !self.recorded.is_signable(now) {
            return Err(Returned::new(SignError::TooLate, self));
        }
        // RFC 7518 §3.4: in a JWS an ECDSA signature is R‖S.
        let width = self.key.algorithm().ecdsa_width();
        let from_der = width.and_then(|width| der::to_fixed(signature, width));
        let mut forms = core::iter::once(signature).chain(from_der.as_deref());
        match forms.find(|form| self.key.verify(self.input(), form)) {
            Some(form) => Ok(token(self.input, form, self.recorded.into_grant())),
            None => Err(Returned::new(SignError::BadSignature, self)),
        }
    }
}

impl fmt::Debug for Unsigned {
    /// Without the input: a log that holds it and the signature would hold the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id: TokenId = self.recorded.grant().token;
        f.debug_struct("Unsigned").field("id", &id).field("kid", &self.key.kid()).finish_non_exhaustive()
    }
}

fn token(mut input: String, signature: &[u8], grant: Grant) -> AccessToken {
    input.push('.');
    encode_into(signature, &mut input);
    AccessToken::new(input, grant)
}

/// What verifiers hold the parts of a token to, and no type here guarantees.
fn in_accord(grant: &Grant) -> bool {
    let agents = || grant.earlier.iter().chain([&grant.agent]);
    let for_person = grant.person.is_some() && grant.delegation.is_some();
    let alone = grant.person.is_none() && grant.delegation.is_none() && grant.max_depth == 0;
    usize::from(grant.depth) == grant.ancestors.len()
        && grant.ancestors.len() == grant.earlier.len()
        && grant.depth <= grant.max_depth
        && grant.max_depth <= MAX_DEPTH
        && (for_person || alone)
        && distinct(agents().map(|agent| &agent.client_id))
        && distinct(agents().map(subject))
        && distinct(grant.ancestors.iter().chain([&grant.token]))
}

/// There are nine at most: `in_accord` has looked.
fn distinct<T: PartialEq>(items: impl Iterator<Item = T> + Clone) -> bool {
    let before = |at: usize| items.clone().take(at);
    items.clone().enumerate().all(|(at, item)| before(at).all(|other| other != item))
}
