//! The floor of signing and verifying: the signature alone, of the same bytes, with a key that was
//! prepared once.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
        ParsedPublicKey, Signature,
    },
};
use deputize_benches::Failure;
use deputize_token::Algorithm;

use crate::issuer::Issuer;

pub(crate) enum Signer {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair, SystemRandom),
}

impl Signer {
    pub(crate) fn new(issuer: &Issuer) -> Result<Self, Failure> {
        Ok(match issuer.algorithm {
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &issuer.pkcs8)?;
                Self::P256(pair, SystemRandom::new())
            }
            _ => Self::Ed25519(Ed25519KeyPair::from_pkcs8(&issuer.pkcs8)?),
        })
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Signature, Failure> {
        Ok(match self {
            Self::Ed25519(pair) => pair.try_sign(bytes)?,
            Self::P256(pair, random) => pair.sign(random, bytes)?,
        })
    }
}

pub(crate) fn verifier(issuer: &Issuer) -> Result<ParsedPublicKey, Failure> {
    Ok(match issuer.algorithm {
        Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &issuer.public)?,
        _ => ParsedPublicKey::new(&ED25519, &issuer.public)?,
    })
}

/// A token's signing input and its signature.
pub(crate) fn parts(token: &str) -> Result<(&str, Vec<u8>), Failure> {
    let (input, signature) = token.rsplit_once('.').ok_or("no signature")?;
    Ok((input, deputize_token::jws::decode(signature).ok_or("no base64url")?))
}
