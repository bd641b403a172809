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

/// Asks every client for an X.509-SVID, and refuses the connection of whoever
/// [`SvidVerifier::x509`] refuses: also by its layout and its tenants.
///
/// ```
/// use std::sync::Arc;
///
/// use deputize_core::{AgentProof, UnixTime};
/// use deputize_spiffe::{Bundles, SvidClientVerifier, SvidError, SvidVerifier, X509Svid};
/// use rustls::{ServerConfig, ServerConnection, crypto::aws_lc_rs};
///
/// fn server<B>(svids: Arc<SvidVerifier<B>>, own: &X509Svid) -> Result<ServerConfig, rustls::Error>
/// where
///     B: Bundles + Send + Sync + 'static,
/// {
///     let (chain, key) = own.for_rustls();
///     ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
///         .with_safe_default_protocol_versions()?
///         .with_client_cert_verifier(Arc::new(SvidClientVerifier::new(svids)))
///         .with_single_cert(chain, key)
/// }
///
/// /// Who sent this request.
/// fn agent<B: Bundles>(
///     svids: &SvidVerifier<B>,
///     connection: &ServerConnection,
///     now: UnixTime,
/// ) -> Result<AgentProof, SvidError> {
///     svids.x509(connection.peer_certificates().unwrap_or_default(), now)
/// }
/// ```
///
/// The handshake proves that the client holds the key of its certificate. Ask who it is for each
/// request, as above: a connection may outlive the certificate, and so may a resumed session, whose
/// certificates rustls does not verify again. It costs one verified signature for each certificate
/// of the path.
///
/// Why a client was refused, rustls' error says: `Expired`, `NotValidYet`, `BadSignature`,
/// `BadEncoding` and `UnknownIssuer` for the errors of those names ([`SvidError::Malformed`],
/// [`SvidError::UnknownAuthority`]), and `CertificateError::Other` around any other [`SvidError`].
pub struct SvidClientVerifier<B> {
    svids: Arc<SvidVerifier<B>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl<B: Bundles> SvidClientVerifier<B> {
    /// A verifier for `with_client_cert_verifier` of rustls 0.23. It verifies the signatures of
    /// handshakes with `aws-lc-rs`, whatever provider the configuration or the process has for all
    /// the rest.
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

/// The alert of the same meaning, where there is one; else the error itself goes along for the log.
fn to_rustls(error: SvidError) -> Error {
    match error {
        SvidError::Expired => CertificateError::Expired,
        SvidError::NotYetValid => CertificateError::NotValidYet,
        SvidError::BadSignature => CertificateError::BadSignature,
        SvidError::Malformed => CertificateError::BadEncoding,
        SvidError::UnknownAuthority => CertificateError::UnknownIssuer,
        other => CertificateError::Other(OtherError(Arc::new(other))),
    }
    .into()
}
