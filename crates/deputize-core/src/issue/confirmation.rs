use core::fmt;

/// The key or certificate that a token is bound to (RFC 7800 `cnf`): who presents the token proves
/// that they hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a member that is not understood would not be enforced")]
pub enum Confirmation {
    /// A DPoP key, by its JWK thumbprint (RFC 9449 §6.1).
    Jkt(Thumbprint),
    /// A client certificate, by the SHA-256 of its DER form (RFC 8705 §3.1).
    X5tS256(Thumbprint),
    /// Both: each has to be proven.
    Both {
        /// The DPoP key.
        jkt: Thumbprint,
        /// The certificate.
        x5t_s256: Thumbprint,
    },
}

impl Confirmation {
    /// How many proofs of possession it takes to present the token.
    pub(super) const fn strength(self) -> u8 {
        match self {
            Self::Jkt(_) | Self::X5tS256(_) => 1,
            Self::Both { .. } => 2,
        }
    }
}

/// A SHA-256 digest of a key or certificate. Public, so compared and printed freely.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The thumbprint with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
