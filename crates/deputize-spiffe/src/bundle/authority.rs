use rustls_pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;

use super::BundleError;
use crate::{
    certificate::Certificate,
    limits::{MAX_CERTIFICATE_BYTES, MAX_X509_AUTHORITIES},
};

/// A certificate that X.509-SVIDs go back to. Only its form was checked: what it may sign, and when,
/// is looked at on each path.
#[derive(Debug)]
pub(crate) struct X509Authority {
    der: CertificateDer<'static>,
    anchor: TrustAnchor<'static>,
    certificate: Certificate,
}

impl X509Authority {
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn anchor(&self) -> &TrustAnchor<'static> {
        &self.anchor
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

pub(super) fn read_all(
    certificates: impl Iterator<Item = Result<CertificateDer<'static>, ()>>,
) -> Result<Vec<X509Authority>, BundleError> {
    let mut authorities = Vec::new();
    for (at, der) in certificates.enumerate() {
        if at >= MAX_X509_AUTHORITIES {
            return Err(BundleError::TooMany);
        }
        let der = der.map_err(|()| BundleError::Certificate(at))?;
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(BundleError::Certificate(at));
        }
        let certificate = Certificate::read(&der).map_err(|_| BundleError::Certificate(at))?;
        let anchor = anchor_from_trusted_cert(&der).map_err(|_| BundleError::Certificate(at))?.to_owned();
        authorities.push(X509Authority { der, anchor, certificate });
    }
    Ok(authorities)
}
