use core::fmt;
use std::sync::Arc;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair},
};
use jsonwebtoken::EncodingKey;

use super::{
    algorithm::Algorithm,
    verifying::{Material, VerifyingKey},
};

/// A private key with the one algorithm it signs with, prepared once and shared by threads.
///
/// It is held by aws-lc, which clears its memory when it is dropped. It is neither printed nor
/// compared nor cloned nor given out again.
pub struct SigningKey {
    pub(super) pair: Pair,
    jose: jsonwebtoken::Algorithm,
    public: Arc<VerifyingKey>,
}

pub(super) enum Pair {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// Why a private key is not taken. It does not say what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not a private key of this algorithm, in PKCS#8 form.
    #[error("not a private key of this algorithm in PKCS#8 form")]
    Rejected,
    /// Tokens are not signed with this algorithm.
    #[error("tokens are not signed with this algorithm")]
    Algorithm,
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    Random,
}

impl SigningKey {
    /// A new key. RSA keys have 3 072 bits.
    ///
    /// # Errors
    ///
    /// When tokens are not signed with `algorithm`, or there is no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let random = |_| KeyError::Random;
        let pair = if algorithm.is_ed25519() {
            Pair::Ed25519(Ed25519KeyPair::generate().map_err(random)?)
        } else if let Some(signing) = algorithm.signs_ecdsa() {
            Pair::Ecdsa(EcdsaKeyPair::generate(signing).map_err(random)?)
        } else if algorithm.signs_rsa().is_some() {
            Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa3072).map_err(random)?)
        } else {
            return Err(KeyError::Algorithm);
        };
        Self::new(pair, algorithm)
    }

    /// Reads a private key in PKCS#8 form, or for RSA in PKCS#1 form, PEM.
    ///
    /// # Errors
    ///
    /// When it is not a key of this algorithm.
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        if !algorithm.signs_tokens() {
            return Err(KeyError::Algorithm);
        }
        let read = if algorithm.is_ed25519() {
            EncodingKey::from_ed_pem
        } else if algorithm.signs_ecdsa().is_some() {
            EncodingKey::from_ec_pem
        } else {
            // `from_rsa_pem` gives PKCS#1 out; aws-lc takes either.
            EncodingKey::from_rsa_pem
        };
        let der = read(pem.as_bytes()).map_err(|_| KeyError::Rejected)?;
        Self::from_der(algorithm, der.as_bytes())
    }

    /// Reads a private key in PKCS#8 form, or for RSA in PKCS#1 form, DER.
    ///
    /// # Errors
    ///
    /// When it is not a key of this algorithm.
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        let pair = if algorithm.is_ed25519() {
            Pair::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::Rejected)?)
        } else if let Some(signing) = algorithm.signs_ecdsa() {
            Pair::Ecdsa(EcdsaKeyPair::from_pkcs8(signing, der).map_err(|_| KeyError::Rejected)?)
        } else if algorithm.signs_rsa().is_some() {
            let pkcs1 = |_| RsaKeyPair::from_der(der);
            Pair::Rsa(RsaKeyPair::from_pkcs8(der).or_else(pkcs1).map_err(|_| KeyError::Rejected)?)
        } else {
            return Err(KeyError::Algorithm);
        };
        Self::new(pair, algorithm)
    }

    /// The algorithm that the key signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The public half, named by its thumbprint (RFC 7638).
    #[must_use]
    pub fn public(&self) -> &Arc<VerifyingKey> {
        &self.public
    }

    /// The signature in its JOSE form; nothing only if the library fails.
    // A function of its own, so that `.ci/guard` can tell its cost from ours.
    #[inline(never)]
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Ed25519(pair) => Some(pair.try_sign(message).ok()?.as_ref().to_vec()),
            Pair::Ecdsa(pair) => Some(pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(self.algorithm().signs_rsa()?, &SystemRandom::new(), message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }

    pub(super) fn new(pair: Pair, algorithm: Algorithm) -> Result<Self, KeyError> {
        let material = match &pair {
            Pair::Ed25519(pair) => Material::Okp { x: pair.public_key().as_ref().to_vec() },
            Pair::Ecdsa(pair) => {
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                Material::Ec { x: x.to_vec(), y: y.to_vec() }
            }
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                Material::Rsa {
                    n: public.modulus().big_endian_without_leading_zero().to_vec(),
                    e: public.exponent().big_endian_without_leading_zero().to_vec(),
                }
            }
        };
        // A weak RSA key is refused here, as it would be in a key set.
        let public = VerifyingKey::new(None, algorithm, material).ok_or(KeyError::Rejected)?;
        let jose = algorithm.in_jsonwebtoken().ok_or(KeyError::Algorithm)?;
        Ok(Self { pair, jose, public: Arc::new(public) })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid()).finish_non_exhaustive()
    }
}

/// For those who sign other things with the same key through `jsonwebtoken`'s traits. Nothing here
/// goes through its process-wide provider.
impl jsonwebtoken::signature::Signer<Vec<u8>> for SigningKey {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, jsonwebtoken::signature::Error> {
        self.sign(message).ok_or_else(jsonwebtoken::signature::Error::new)
    }
}

impl jsonwebtoken::crypto::JwtSigner for SigningKey {
    fn algorithm(&self) -> jsonwebtoken::Algorithm {
        self.jose
    }
}
