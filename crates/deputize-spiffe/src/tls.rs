//! Mutual TLS with rustls: only workloads of trusted trust domains get a connection.

use std::{fmt, sync::Arc};

use deputize_core::UnixTime;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::CertificateDer;

use crate::{
    bundle::Bundles,
    svid::{SvidError, SvidVerifier},
};

/// Asks every client for an X.509-SVID and refuses the connection of those without a good one.
///
/// The handshake proves that the client holds the key. Who it is, say its certificates, anew for
/// each request of a connection that may outlive them:
///
/// ```
/// # use deputize_core::{AgentProof, UnixTime};
/// # use deputize_spiffe::{Bundles, SvidError, SvidVerifier};
/// # use std::sync::Arc;
/// # fn who<B: Bundles>(svids: &SvidVerifier<B>, connection: &rustls::ServerConnection, now: UnixTime) -> Result<AgentProof, SvidError> {
/// svids.x509(connection.peer_certificates().unwrap_or_default(), now)
/// # }
/// ```
///
/// A resumed session carries the certificates of the first handshake, which rustls does not verify
/// again: that line does.
pub struct SvidClientVerifier<B> {
    svids: Arc<SvidVerifier<B>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl<B: Bundles> SvidClientVerifier<B> {
    /// A verifier for `rustls::ServerConfig`'s `with_client_cert_verifier`. What its handshakes
    /// verify signatures with is `aws-lc-rs`, whatever provider the process has installed.
    #[must_use]
    pub fn new(svids: Arc<SvidVerifier<B>>) -> Self {
        let algorithms = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        Self { svids, algorithms }
    }
}

impl<B: Bundles + Send + Sync> ClientCertVerifier for SvidClientVerifier<B> {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Authorities come and go: a client sends the one SVID it has.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: rustls_pki_types::UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let chain: Vec<&[u8]> = [end_entity].into_iter().chain(intermediates).map(AsRef::as_ref).collect();
        let now = UnixTime::from_secs(now.as_secs()).unwrap_or(UnixTime::MAX);
        match self.svids.x509(&chain, now) {
            Ok(_) => Ok(ClientCertVerified::assertion()),
            Err(error) => Err(to_rustls(error)),
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

impl<B> fmt::Debug for SvidClientVerifier<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SvidClientVerifier").finish_non_exhaustive()
    }
}

/// The nearest alert; the error itself goes along for the server's log.
fn to_rustls(error: SvidError) -> Error {
    match error {
        SvidError::Expired => CertificateError::Expired,
        SvidError::NotYetValid => CertificateError::NotValidYet,
        SvidError::BadSignature => CertificateError::BadSignature,
        SvidError::Malformed => CertificateError::BadEncoding,
        SvidError::UnknownTrustDomain | SvidError::UnknownAuthority => CertificateError::UnknownIssuer,
        other => CertificateError::Other(OtherError(Arc::new(other))),
    }
    .into()
}
