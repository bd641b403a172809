use core::fmt;

use aws_lc_rs::signature::{self, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, RsaEncoding, RsaParameters};

/// A signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2). No `none`, no HMAC.
///
/// Delegated tokens are signed with the first five, and under their RFC 9864 name `Ed25519`; the
/// others are there for the credentials of others, such as JWT-SVIDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of the registry, nothing else")]
#[expect(clippy::exhaustive_enums, reason = "a new algorithm must break those who choose by it")]
pub enum Algorithm {
    EdDsa,
    Es256,
    Es384,
    Ps256,
    Rs256,
    Ed25519,
    Es512,
    Ps384,
    Ps512,
    Rs384,
    Rs512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::EdDsa,
        Self::Es256,
        Self::Es384,
        Self::Ps256,
        Self::Rs256,
        Self::Ed25519,
        Self::Es512,
        Self::Ps384,
        Self::Ps512,
        Self::Rs384,
        Self::Rs512,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
            Self::Ed25519 => "Ed25519",
            Self::Es512 => "ES512",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    /// The algorithm with this name; names are case-sensitive (RFC 7515 §4.1.1).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// Whether delegated tokens are signed with it.
    #[must_use]
    pub const fn signs_tokens(self) -> bool {
        matches!(self, Self::EdDsa | Self::Ed25519 | Self::Es256 | Self::Es384 | Self::Ps256 | Self::Rs256)
    }

    /// Bytes of each half of an ECDSA signature (RFC 7518 §3.4).
    pub(crate) const fn ecdsa_width(self) -> Option<usize> {
        match self {
            Self::Es256 => Some(32),
            Self::Es384 => Some(48),
            Self::Es512 => Some(66),
            _ => None,
        }
    }

    pub(super) const fn verifies_ecdsa(self) -> Option<&'static EcdsaVerificationAlgorithm> {
        match self {
            Self::Es256 => Some(&signature::ECDSA_P256_SHA256_FIXED),
            Self::Es384 => Some(&signature::ECDSA_P384_SHA384_FIXED),
            Self::Es512 => Some(&signature::ECDSA_P521_SHA512_FIXED),
            _ => None,
        }
    }

    pub(super) const fn signs_ecdsa(self) -> Option<&'static EcdsaSigningAlgorithm> {
        match self {
            Self::Es256 => Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            Self::Es384 => Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            _ => None,
        }
    }

    /// RFC 7518 §3.3, §3.5: a key of at least 2 048 bits.
    pub(super) const fn verifies_rsa(self) -> Option<&'static RsaParameters> {
        match self {
            Self::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
            _ => None,
        }
    }

    pub(super) fn signs_rsa(self) -> Option<&'static dyn RsaEncoding> {
        match self {
            Self::Rs256 => Some(&signature::RSA_PKCS1_SHA256),
            Self::Ps256 => Some(&signature::RSA_PSS_SHA256),
            _ => None,
        }
    }

    pub(super) const fn is_ed25519(self) -> bool {
        matches!(self, Self::EdDsa | Self::Ed25519)
    }

    /// What `jsonwebtoken` calls it, of those that tokens are signed with.
    pub(super) const fn in_jsonwebtoken(self) -> Option<jsonwebtoken::Algorithm> {
        match self {
            Self::EdDsa | Self::Ed25519 => Some(jsonwebtoken::Algorithm::EdDSA),
            Self::Es256 => Some(jsonwebtoken::Algorithm::ES256),
            Self::Es384 => Some(jsonwebtoken::Algorithm::ES384),
            Self::Ps256 => Some(jsonwebtoken::Algorithm::PS256),
            Self::Rs256 => Some(jsonwebtoken::Algorithm::RS256),
            Self::Es512 | Self::Ps384 | Self::Ps512 | Self::Rs384 | Self::Rs512 => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
