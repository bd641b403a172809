use std::{fmt, sync::Arc};

use deputize_core::{AgentId, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
};
use rustls_pki_types::{CertificateDer, ServerName};
use webpki::KeyUsage;

use super::FederationError;
use crate::{
    bundle::{Bundle, Bundles, NoBundle},
    certificate,
    live::Kept,
    trust_domain::TrustDomain,
};

/// Federation §5.2.2.4: the endpoint's certificate is an X.509-SVID of the configured SPIFFE ID.
pub(super) struct SpiffeEndpoint {
    pub(super) id: AgentId,
    /// What was fetched from it so far, when its trust domain is the one that is fetched.
    pub(super) fetched: Option<Arc<Kept>>,
    pub(super) configured: Arc<dyn Bundles + Send + Sync>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl SpiffeEndpoint {
    fn check(&self, chain: &[&[u8]], now: UnixTime) -> Result<(), FederationError> {
        let identity = certificate::verify(chain, self, KeyUsage::server_auth(), now).map_err(FederationError::Svid)?;
        // Federation §5.2.2.4: MUST be for the SPIFFE ID that was configured.
        if identity.id != self.id {
            return Err(FederationError::WrongEndpoint(identity.id));
        }
        Ok(())
    }
}

impl Bundles for SpiffeEndpoint {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        if *trust_domain != TrustDomain::of(&self.id) {
            return Err(NoBundle::Unknown);
        }
        // Federation §5.2.2.4: the configured bundle is for the first connection; the latest one
        // MUST be used for any later, also when it is too old to be given out, and whoever lost
        // their place in it does not get it back.
        let fetched = self.fetched.as_ref().and_then(|kept| kept.newest(trust_domain));
        fetched.map_or_else(|| self.configured.bundle(trust_domain), Ok)
    }
}

impl ServerCertVerifier for SpiffeEndpoint {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: rustls_pki_types::UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<&[u8]> = [end_entity].into_iter().chain(intermediates).map(AsRef::as_ref).collect();
        let now = UnixTime::from_secs(now.as_secs()).unwrap_or(UnixTime::MAX);
        match self.check(&chain, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            // Whole, for the one who fetches: rustls has no words for most of it.
            Err(error) => Err(CertificateError::Other(OtherError(Arc::new(error))).into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for SpiffeEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpiffeEndpoint").field("id", &self.id).finish_non_exhaustive()
    }
}
