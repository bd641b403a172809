use deputize_core::{Revoked, Thumbprint};
use sha2::{Digest, Sha256};

use crate::key::KeySet;

/// What a verification rests on: the issuer's keys, and what is revoked. Neither can be forgotten.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "who verifies has to decide on each")]
pub struct Trust<'a> {
    /// The issuer's keys.
    pub keys: &'a KeySet,
    /// What is revoked.
    pub revoked: Revocation<'a>,
}

/// What is revoked, as far as the verifier follows it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "a new way to follow revocation must break those who decide on it")]
pub enum Revocation<'a> {
    /// Said out loud: a revoked token counts until it expires.
    ExpiryOnly,
    /// This snapshot of the tenant. The caller keeps it fresh.
    Snapshot(&'a Revoked),
}

/// How the token was presented.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Presented {
    /// As a bearer token (RFC 6750): who has it may use it. A token that is bound to a key is
    /// refused (RFC 9449 §7.1).
    Bearer,
    /// Over a TLS connection whose client proved to hold the certificate with this thumbprint (RFC 8705
    /// §3), see [`Presented::with_certificate`]. A token
    /// that is bound to a certificate has to be bound to this one; one that is bound to nothing is
    /// taken as a bearer token is.
    Certificate(Thumbprint),
}

impl Presented {
    /// With the client certificate of this very connection, as DER and not PEM: its `x5t#S256`
    /// (RFC 8705 §3.1). Of rustls it is the first of `peer_certificates()`.
    #[must_use]
    pub fn with_certificate(der: &[u8]) -> Self {
        Self::Certificate(Thumbprint::from_bytes(Sha256::digest(der).into()))
    }
}
