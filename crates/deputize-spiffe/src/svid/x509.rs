use core::fmt;

use deputize_core::{AgentId, UnixTime};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use super::SvidError;
use crate::certificate::Certificate;

/// An X.509-SVID of one's own: what a workload authenticates with in mutual TLS, until it expires.
/// A program that runs on asks for the next one in good time, such as at half of its life.
///
/// It is not printed, not compared and not cloned; its memory is cleared when it is dropped.
pub struct X509Svid {
    chain: Vec<Vec<u8>>,
    private_key: Zeroizing<Vec<u8>>,
    id: AgentId,
    expires_at: UnixTime,
}

impl X509Svid {
    /// What one's own platform made: its peers verify it.
    pub(crate) fn new(chain: Vec<Vec<u8>>, private_key: Vec<u8>) -> Result<Self, SvidError> {
        let private_key = Zeroizing::new(private_key);
        let leaf = Certificate::read(chain.first().ok_or(SvidError::NoCertificate)?)?;
        Ok(Self { id: leaf.check_leaf()?, expires_at: leaf.not_after(), chain, private_key })
    }

    /// Whose it is.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        &self.id
    }

    /// From when on it no longer counts.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// The certificates as DER, the leaf first.
    #[must_use]
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// The leaf's private key, as PKCS #8 in DER. Keep it off logs and disks.
    #[must_use]
    pub fn private_key(&self) -> &[u8] {
        &self.private_key
    }

    /// Both as rustls takes them, for `with_single_cert` and `with_client_auth_cert`.
    #[must_use]
    pub fn for_rustls(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let chain = self.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
        (chain, PrivatePkcs8KeyDer::from(self.private_key.to_vec()).into())
    }
}

impl fmt::Debug for X509Svid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("X509Svid");
        debug.field("id", &self.id).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
