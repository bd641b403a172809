use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    jwk::{JwkError, KeyUse},
    verifying::VerifyingKey,
};
use crate::{
    jws::json,
    limits::{MAX_KEY_ID_BYTES, MAX_KEY_SET_BYTES, MAX_KEYS},
};

/// The public keys of one issuer, by `kid`: a JWK Set (RFC 7517 §5), prepared once.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: BTreeMap<String, std::sync::Arc<VerifyingKey>>,
}

/// Why a key set is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// It is larger than [`MAX_KEY_SET_BYTES`].
    #[error("the key set is larger than {MAX_KEY_SET_BYTES} bytes")]
    TooLarge,
    /// It holds more than [`MAX_KEYS`].
    #[error("the key set holds more than {MAX_KEYS} keys")]
    TooMany,
    /// It is not a JSON object with an array `keys`.
    #[error("the key set is not a JSON object with an array `keys`")]
    Malformed,
    /// It has a member twice.
    #[error("the key set has a member twice")]
    DuplicateMember,
    /// A key in it holds private or symmetric members: it has leaked.
    #[error("the key set holds private or symmetric members")]
    Secret,
    /// Two keys have one `kid`, so that it does not tell which is meant: this one, or so much of its
    /// beginning as a key of ours could have. Whoever serves the set chose it; it is printed escaped.
    #[error("the key id {0:?} occurs twice")]
    DuplicateKeyId(String),
}

impl KeySet {
    /// Reads a JWK Set. Keys that can't be used for tokens are skipped: of another kind or for
    /// another use, weak, off the curve, or without `kid`.
    ///
    /// # Errors
    ///
    /// As [`KeySetError`] tells.
    pub fn from_json(text: &str) -> Result<Self, KeySetError> {
        Self::for_use(text, KeyUse::Sig)
    }

    /// Reads a JWK Set whose keys are wanted for `wanted`.
    ///
    /// # Errors
    ///
    /// As [`KeySetError`] tells.
    pub fn for_use(text: &str, wanted: KeyUse) -> Result<Self, KeySetError> {
        if text.len() > MAX_KEY_SET_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let set = json::parse(text.as_bytes()).map_err(|error| match error {
            json::JsonError::DuplicateMember => KeySetError::DuplicateMember,
            json::JsonError::Syntax | json::JsonError::TooDeep => KeySetError::Malformed,
        })?;
        let listed = set.get("keys").and_then(Value::as_array).ok_or(KeySetError::Malformed)?;
        if listed.len() > MAX_KEYS {
            return Err(KeySetError::TooMany);
        }
        // RFC 7517 §4.5: ids are to be different. Keys that are skipped count too: whoever adds
        // a second key under one id must not decide which of them is found.
        let mut ids = std::collections::BTreeSet::new();
        for id in listed.iter().filter_map(|jwk| jwk.get("kid")?.as_str()) {
            if !ids.insert(id) {
                return Err(KeySetError::DuplicateKeyId(id.chars().take(MAX_KEY_ID_BYTES).collect()));
            }
        }
        let mut keys = Vec::new();
        for jwk in listed {
            match VerifyingKey::from_jwk(jwk, wanted) {
                Ok(key) => keys.push(key.into()),
                // RFC 7517 §5: what is not understood is ignored.
                Err(JwkError::Unusable) => {}
                Err(JwkError::Secret) => return Err(KeySetError::Secret),
            }
        }
        Ok(Self::of(keys))
    }

    pub(crate) fn of(keys: impl IntoIterator<Item = std::sync::Arc<VerifyingKey>>) -> Self {
        Self { keys: keys.into_iter().map(|key| (key.kid().to_owned(), key)).collect() }
    }

    /// The key with this id.
    #[must_use]
    pub fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.keys.get(kid).map(AsRef::as_ref)
    }

    /// The keys, by id.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.keys.values().map(AsRef::as_ref)
    }

    /// How many keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The set as JSON, to be published (`jwks_uri`, RFC 8414 §2).
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({ "keys": self.iter().map(VerifyingKey::to_jwk).collect::<Vec<_>>() }).to_string()
    }
}
