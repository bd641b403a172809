use core::fmt;

use zeroize::Zeroizing;

/// An X.509-SVID of one's own: what a workload authenticates with in mutual TLS.
pub struct X509Svid {
    chain: Vec<Vec<u8>>,
    private_key: Zeroizing<Vec<u8>>,
}

impl X509Svid {
    pub(crate) fn new(chain: Vec<Vec<u8>>, private_key: Vec<u8>) -> Self {
        Self { chain, private_key: Zeroizing::new(private_key) }
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
}

impl fmt::Debug for X509Svid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("X509Svid").field("certificates", &self.chain.len()).finish_non_exhaustive()
    }
}
