use core::fmt;

use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RsaPublicKeyComponents};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    algorithm::Algorithm,
    jwk::{self, JwkError, KeyUse},
};
use crate::{
    claims::write_header,
    jws::encode,
    limits::{MAX_RSA_BITS, MIN_RSA_BITS},
};

/// A public key with the one algorithm it verifies, prepared once and shared by threads.
pub struct VerifyingKey {
    kid: String,
    header: String,
    algorithm: Algorithm,
    parsed: ParsedPublicKey,
    pub(super) material: Material,
}

/// What a public key is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Material {
    /// An Ed25519 public key (RFC 8037 §2).
    Okp { x: Vec<u8> },
    /// A point (RFC 7518 §6.2.1).
    Ec { x: Vec<u8>, y: Vec<u8> },
    /// Modulus and exponent (RFC 7518 §6.3.1).
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl VerifyingKey {
    /// Reads a public JWK (RFC 7517 §4) that is meant for `wanted`, with a `kid`.
    ///
    /// # Errors
    ///
    /// When the key can't be used, or holds what a public key must not hold.
    pub fn from_jwk(jwk: &Value, wanted: KeyUse) -> Result<Self, JwkError> {
        jwk::read(jwk, wanted)
    }

    pub(crate) fn new(kid: Option<String>, algorithm: Algorithm, material: Material) -> Option<Self> {
        let parsed = match &material {
            Material::Okp { x } if algorithm.is_ed25519() => ParsedPublicKey::new(&ED25519, x).ok()?,
            Material::Ec { x, y } => {
                let width = algorithm.ecdsa_width()?;
                if x.len() != width || y.len() != width {
                    return None;
                }
                // SEC 1 §2.3.3: an uncompressed point; one off the curve does not parse.
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                ParsedPublicKey::new(algorithm.verifies_ecdsa()?, point).ok()?
            }
            Material::Rsa { n, e } => {
                let parameters = algorithm.verifies_rsa()?;
                // RFC 7518 §3.3, §3.5. aws-lc looks at the size only when it verifies.
                if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits(n)) {
                    return None;
                }
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()?
            }
            Material::Okp { .. } => return None,
        };
        let kid = kid.unwrap_or_else(|| encode(&material.thumbprint(algorithm)));
        let header = write_header(algorithm, &kid).ok()?;
        Some(Self { kid, header, algorithm, parsed, material })
    }

    /// The key's id: for our own keys their thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The header of the tokens that this key signs, encoded: the same for all of them.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// The algorithm that the key is for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The JWK thumbprint with SHA-256 (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        self.material.thumbprint(self.algorithm)
    }

    /// The key as a public JWK.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let mut jwk = self.material.members(self.algorithm);
        for (name, value) in [("kid", self.kid()), ("use", "sig"), ("alg", self.algorithm.as_str())] {
            jwk.insert(name.to_owned(), value.into());
        }
        Value::Object(jwk)
    }

    /// Whether it is another key by the same id.
    pub(crate) fn is_confused_with(&self, other: &Self) -> bool {
        self.kid == other.kid && (self.algorithm, &self.material) != (other.algorithm, &other.material)
    }

    /// Bytes of a signature in its JOSE form.
    pub(crate) fn signature_bytes(&self) -> usize {
        match &self.material {
            // RFC 8032 §5.1.6.
            Material::Okp { .. } => 64,
            // RFC 7518 §3.4.
            Material::Ec { x, y } => x.len() + y.len(),
            // RFC 8017 §8.2.1: as long as the modulus.
            Material::Rsa { n, .. } => n.len(),
        }
    }

    /// Whether the key made `signature` over `message`.
    // A function of its own, so that `.ci/guard` can tell its cost from ours.
    #[inline(never)]
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl Material {
    /// The required members (RFC 7638 §3.2), which for JSON objects here are in lexicographic order.
    fn members(&self, algorithm: Algorithm) -> serde_json::Map<String, Value> {
        let members = match self {
            Self::Okp { x } => json!({"crv": "Ed25519", "kty": "OKP", "x": encode(x)}),
            Self::Ec { x, y } => {
                let curve = match algorithm {
                    Algorithm::Es384 => "P-384",
                    Algorithm::Es512 => "P-521",
                    _ => "P-256",
                };
                json!({"crv": curve, "kty": "EC", "x": encode(x), "y": encode(y)})
            }
            Self::Rsa { n, e } => json!({"e": encode(e), "kty": "RSA", "n": encode(n)}),
        };
        match members {
            Value::Object(members) => members,
            _ => serde_json::Map::new(),
        }
    }

    fn thumbprint(&self, algorithm: Algorithm) -> [u8; 32] {
        // RFC 7638 §3: no white space, members sorted, and base64url needs no escaping.
        let members: std::collections::BTreeMap<String, Value> = self.members(algorithm).into_iter().collect();
        let text: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        Sha256::digest(format!("{{{}}}", text.join(","))).into()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("kid", &self.kid).field("algorithm", &self.algorithm).finish()
    }
}

/// The length of a number in bits: leading zeros don't make a modulus any longer.
fn bits(number: &[u8]) -> usize {
    let mut significant = number.iter().skip_while(|byte| **byte == 0);
    significant.next().map_or(0, |first| 8 - first.leading_zeros() as usize + 8 * significant.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_keys_have_a_length_that_is_taken() {
        // An odd number of so many bits.
        let modulus = |bits: usize| {
            let mut n = vec![0xFF; bits.div_ceil(8)];
            n[0] >>= (8 - bits % 8) % 8;
            n
        };
        let taken =
            |n: Vec<u8>| VerifyingKey::new(None, Algorithm::Rs256, Material::Rsa { n, e: vec![1, 0, 1] }).is_some();
        for (bits, expected) in [(1024, false), (2047, false), (2048, true), (3072, true), (8192, true), (8193, false)]
        {
            assert_eq!(super::bits(&modulus(bits)), bits);
            assert_eq!(taken(modulus(bits)), expected, "{bits}");
        }
        assert!(!taken([vec![0; 128], modulus(1024)].concat()), "1 024 bits, written as 2 048");
        assert!(!taken(Vec::new()));
    }
}
