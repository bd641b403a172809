use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::confirmation::Confirmation;
use crate::vocabulary::{AgentId, ClientId, TenantId, UnixTime};

/// That an agent proved who it is, how, and until when that counts.
///
/// Neither `Clone` nor `Deserialize`: one proof is one authentication. A verifier of credentials
/// makes it by [`AgentProof::assertion`], and every place that does is found by that name.
///
/// It is moved, never copied:
/// ```
/// # fn use_up(proof: deputize_core::AgentProof) {
/// let moved = proof;
/// # }
/// ```
/// ```compile_fail,E0599
/// # fn use_up(proof: deputize_core::AgentProof) {
/// let moved = proof.clone();
/// # }
/// ```
/// It comes through its door, and neither from its parts nor off the wire:
/// ```
/// # fn make(proven: deputize_core::Proven) {
/// let proof = deputize_core::AgentProof::assertion(proven);
/// # }
/// ```
/// ```compile_fail,E0451
/// # fn make(proven: deputize_core::Proven) {
/// let proof = deputize_core::AgentProof { proven };
/// # }
/// ```
/// ```
/// # fn read<T: serde::de::DeserializeOwned>() {}
/// read::<deputize_core::Report>();
/// ```
/// ```compile_fail,E0277
/// # fn read<T: serde::de::DeserializeOwned>() {}
/// read::<deputize_core::AgentProof>();
/// ```
#[derive(Debug)]
#[must_use]
pub struct AgentProof {
    proven: Proven,
}

/// What was proven: the content of an [`AgentProof`].
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a verifier has to decide on each field")]
pub struct Proven {
    /// The tenant in which it was proven.
    pub tenant: TenantId,
    /// Who the agent is, and by which credential.
    pub by: ProvenBy,
    /// From when on the proof no longer counts: at most the credential's own end.
    pub expires_at: UnixTime,
    /// What has to be claimed once, so that the credential is not used again.
    pub replay: Vec<ReplayKey>,
    /// The key or certificate that the agent proved to hold.
    pub confirmation: Option<Confirmation>,
}

/// Who the agent is, and by which credential. Only an SVID proves a SPIFFE ID.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new kind of credential must break those who decide on it")]
pub enum ProvenBy {
    /// A JWT-SVID.
    JwtSvid(AgentId),
    /// An X.509-SVID.
    X509Svid(AgentId),
    /// A client assertion (RFC 7523).
    PrivateKeyJwt(ClientId),
    /// A client certificate (RFC 8705 §2).
    TlsClientAuth(ClientId),
    /// A shared secret (RFC 6749 §2.3.1).
    ClientSecret(ClientId),
}

/// How an agent was proven, as the token says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new kind of credential must break those who decide on it")]
pub enum ProofMethod {
    /// A JWT-SVID.
    JwtSvid,
    /// An X.509-SVID.
    X509Svid,
    /// A client assertion.
    PrivateKeyJwt,
    /// A client certificate.
    TlsClientAuth,
    /// A shared secret.
    ClientSecret,
}

/// A single-use claim on a credential: a digest that is remembered until it cannot be replayed any
/// more. Whoever makes it hashes the credential's kind and its issuer, trust domain or key with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "two facts, both needed")]
pub struct ReplayKey {
    /// SHA-256 of what identifies the credential.
    pub digest: [u8; 32],
    /// When it may be forgotten: past the credential's end and every leeway.
    pub keep_until: UnixTime,
}

impl AgentProof {
    /// Asserts that `proven` is true. The caller has verified the credential.
    pub fn assertion(proven: Proven) -> Self {
        Self { proven }
    }

    /// The tenant in which it was proven.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.proven.tenant
    }

    /// Who the agent is, and by which credential.
    #[must_use]
    pub fn by(&self) -> &ProvenBy {
        &self.proven.by
    }

    /// From when on the proof no longer counts.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.proven.expires_at
    }

    /// What has to be claimed once.
    #[must_use]
    pub fn replay(&self) -> &[ReplayKey] {
        &self.proven.replay
    }

    /// The key or certificate that the agent proved to hold.
    #[must_use]
    pub fn confirmation(&self) -> Option<Confirmation> {
        self.proven.confirmation
    }
}

impl ProvenBy {
    /// The kind of credential.
    #[must_use]
    pub fn method(&self) -> ProofMethod {
        match self {
            Self::JwtSvid(_) => ProofMethod::JwtSvid,
            Self::X509Svid(_) => ProofMethod::X509Svid,
            Self::PrivateKeyJwt(_) => ProofMethod::PrivateKeyJwt,
            Self::TlsClientAuth(_) => ProofMethod::TlsClientAuth,
            Self::ClientSecret(_) => ProofMethod::ClientSecret,
        }
    }

    /// The SPIFFE ID that was proven.
    #[must_use]
    pub fn spiffe_id(&self) -> Option<&AgentId> {
        match self {
            Self::JwtSvid(id) | Self::X509Svid(id) => Some(id),
            Self::PrivateKeyJwt(_) | Self::TlsClientAuth(_) | Self::ClientSecret(_) => None,
        }
    }

    pub(crate) fn proves(&self, client: &ClientId, spiffe_id: &AgentId) -> bool {
        match self {
            Self::JwtSvid(id) | Self::X509Svid(id) => id == spiffe_id,
            Self::PrivateKeyJwt(id) | Self::TlsClientAuth(id) | Self::ClientSecret(id) => id == client,
        }
    }
}

impl ProofMethod {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JwtSvid => "jwt_svid",
            Self::X509Svid => "x509_svid",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::ClientSecret => "client_secret",
        }
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a credential was derived from stays out of logs.
        f.debug_struct("ReplayKey").field("keep_until", &self.keep_until).finish_non_exhaustive()
    }
}
