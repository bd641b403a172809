use deputize_core::{Issuer, TenantId};
use serde_json::{Value, json};

use super::{
    aead::{IV_BYTES, TAG_BYTES},
    jwe::SealedKeyRingError,
    key_encryption_key::is_key_id,
};
use crate::jws::{
    decode, encode,
    json::{self, JsonError},
};

const ALG: &str = "A256GCMKW";
const ENC: &str = "A256GCM";
/// RFC 7517 §7, §8.5.2; without `application/` (RFC 7516 §4.1.12).
const CTY: &str = "jwk-set+json";

/// The protected header (RFC 7516 §4): these members, all of them, and no other.
#[derive(Clone)]
pub(super) struct Header {
    /// Which key-encryption key it was (RFC 7516 §4.1.6).
    pub(super) kid: String,
    /// Whose keys they are: claims, replicated as RFC 7519 §5.3 has it.
    pub(super) tenant: TenantId,
    pub(super) issuer: Issuer,
    /// RFC 7518 §4.7.1.1, §4.7.1.2.
    pub(super) iv: [u8; IV_BYTES],
    pub(super) tag: [u8; TAG_BYTES],
}

impl Header {
    pub(super) fn to_json(&self) -> String {
        json!({
            "alg": ALG,
            "enc": ENC,
            "cty": CTY,
            "kid": self.kid,
            "tenant": self.tenant.as_str(),
            "iss": self.issuer.as_str(),
            "iv": encode(&self.iv),
            "tag": encode(&self.tag),
        })
        .to_string()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, SealedKeyRingError> {
        let value = json::parse(bytes).map_err(|error| match error {
            // RFC 7516 §4: header parameter names MUST be unique.
            JsonError::DuplicateMember => SealedKeyRingError::DuplicateHeader,
            JsonError::Syntax | JsonError::TooDeep => SealedKeyRingError::Malformed,
        })?;
        let Value::Object(mut members) = value else { return Err(SealedKeyRingError::Malformed) };
        let mut take = |name| match members.remove(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(SealedKeyRingError::InvalidHeader),
        };
        // RFC 8725 §3.1, §3.2: one algorithm for each step; nothing is chosen by the text.
        if take("alg")? != ALG || take("enc")? != ENC {
            return Err(SealedKeyRingError::Algorithm);
        }
        let invalid = SealedKeyRingError::InvalidHeader;
        // RFC 8725 §3.12: nothing else that the same key encrypted is taken for a key ring.
        if take("cty")? != CTY {
            return Err(invalid);
        }
        let header = Self {
            kid: Some(take("kid")?).filter(|kid| is_key_id(kid)).ok_or(invalid)?,
            tenant: take("tenant")?.parse().map_err(|_| invalid)?,
            issuer: take("iss")?.parse().map_err(|_| invalid)?,
            iv: bytes_of(&take("iv")?).ok_or(invalid)?,
            tag: bytes_of(&take("tag")?).ok_or(invalid)?,
        };
        // RFC 7516 §4.1.13 (`crit`), §4.1.3 (`zip`: an expansion without bound), and the rest.
        if members.is_empty() { Ok(header) } else { Err(SealedKeyRingError::UnknownHeader) }
    }
}

/// Base64url of exactly so many bytes.
pub(super) fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}
