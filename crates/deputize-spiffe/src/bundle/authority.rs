use rustls_pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;

use super::BundleError;
use crate::{
    certificate::Certificate,
    limits::{MAX_CERTIFICATE_BYTES, MAX_X509_AUTHORITIES},
};

/// The certificates that X.509-SVIDs go back to. Only their form was checked: what one may sign, and
/// when, is looked at on each path.
#[derive(Debug, Default)]
pub(crate) struct X509Authorities {
    ders: Vec<CertificateDer<'static>>,
    /// Of each in turn, as the path validator takes all of them at once.
    anchors: Vec<TrustAnchor<'static>>,
    certificates: Vec<Certificate>,
}

impl X509Authorities {
    pub(super) fn read(ders: impl Iterator<Item = Result<CertificateDer<'static>, ()>>) -> Result<Self, BundleError> {
        let mut authorities = Self::default();
        for (at, der) in ders.enumerate() {
            if at >= MAX_X509_AUTHORITIES {
                return Err(BundleError::TooMany);
            }
            let der = der.map_err(|()| BundleError::Certificate(at))?;
            if der.len() > MAX_CERTIFICATE_BYTES {
                return Err(BundleError::Certificate(at));
            }
            authorities.certificates.push(Certificate::read(&der).map_err(|_| BundleError::Certificate(at))?);
            let anchor = anchor_from_trusted_cert(&der).map_err(|_| BundleError::Certificate(at))?;
            authorities.anchors.push(anchor.to_owned());
            authorities.ders.push(der);
        }
        Ok(authorities)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ders.is_empty()
    }

    pub(super) fn ders(&self) -> impl Iterator<Item = &[u8]> {
        self.ders.iter().map(AsRef::as_ref)
    }

    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// Those with this name and key. They may be several: a renewed certificate beside the old one.
    pub(crate) fn with_anchor<'a>(&'a self, anchor: &'a TrustAnchor<'_>) -> impl Iterator<Item = &'a Certificate> {
        let all = self.anchors.iter().zip(&self.certificates);
        all.filter(move |(own, _)| *own == anchor).map(|(_, certificate)| certificate)
    }
}
