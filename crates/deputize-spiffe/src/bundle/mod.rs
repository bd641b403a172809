//! What a trust domain's authorities are, and where they are found.

mod authority;
mod file;
mod sources;

pub(crate) use authority::X509Authorities;
use base64::{Engine, engine::general_purpose::STANDARD};
use deputize_token::{KeySet, KeySetError, KeyUse, jws::json};
pub use file::{BundleFile, BundleFileError};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde_json::Value;
pub use sources::{Bundles, NoBundle, StaticBundles};

use crate::{
    limits::{MAX_BUNDLE_BYTES, MAX_X509_AUTHORITIES},
    trust_domain::TrustDomain,
};

/// The authorities of one trust domain: the keys that it signs JWT-SVIDs with, and the certificates
/// that its X.509-SVIDs go back to.
#[derive(Debug)]
pub struct Bundle {
    trust_domain: TrustDomain,
    keys: KeySet,
    x509_authorities: X509Authorities,
    sequence: Option<u64>,
    refresh_hint: Option<u64>,
}

/// Why a bundle is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// It is no JWK Set that can be trusted.
    #[error("the bundle's key set is refused")]
    KeySet(#[from] KeySetError),
    /// `spiffe_sequence` or `spiffe_refresh_hint` is there and is no whole number.
    #[error("the bundle's `{0}` is not a whole number")]
    Number(&'static str),
    /// It is no PEM text, or there is no certificate in it.
    #[error("the bundle is not PEM text with certificates")]
    Pem,
    /// It is larger than [`MAX_BUNDLE_BYTES`].
    #[error("the bundle is larger than {MAX_BUNDLE_BYTES} bytes")]
    TooLarge,
    /// It has more certificates than [`MAX_X509_AUTHORITIES`].
    #[error("the bundle has more than {MAX_X509_AUTHORITIES} X.509 authorities")]
    TooMany,
    /// The X.509 authority at this place, counted from 0, is no certificate.
    #[error("X.509 authority {0} of the bundle is not a certificate")]
    Certificate(usize),
}

impl Bundle {
    /// Reads a SPIFFE bundle (Trust Domain and Bundle §4): a JWK Set of which entries with
    /// `use: jwt-svid` and a `kid`, and those with `use: x509-svid` and an `x5c`, are taken, and all
    /// others left out. Whose bundle it is comes from configuration: a document can't name its own
    /// trust domain.
    ///
    /// The algorithm of an EC key is that of its curve; that of an RSA key without `alg` is RS256. A
    /// plain JWK Set, in which nothing says what it is for, is no SPIFFE bundle and comes out empty:
    /// that is for [`Bundle::from_jwks`].
    ///
    /// # Errors
    ///
    /// As [`BundleError`] tells.
    pub fn from_json(trust_domain: TrustDomain, text: &str) -> Result<Self, BundleError> {
        let keys = KeySet::for_use(text, KeyUse::JwtSvid)?;
        let document = json::parse(text.as_bytes()).map_err(|_| KeySetError::Malformed)?;
        Ok(Self {
            trust_domain,
            keys,
            x509_authorities: X509Authorities::read(x509_svid_entries(&document))?,
            sequence: number(&document, "spiffe_sequence")?,
            refresh_hint: number(&document, "spiffe_refresh_hint")?,
        })
    }

    /// Reads the JWK Set of a trust domain's JWT authorities, as the Workload API hands it out
    /// (Workload API §6.2.2) and as a discovery document's `jwks_uri` does: `use` is absent, `sig`
    /// or `jwt-svid`. It has no X.509 authorities.
    ///
    /// # Errors
    ///
    /// As [`BundleError`] tells.
    pub fn from_jwks(trust_domain: TrustDomain, text: &str) -> Result<Self, BundleError> {
        Self::from_parts(trust_domain, Some(text), [])
    }

    /// Reads X.509 authorities: PEM text (RFC 7468) with one certificate or more. It has no keys for
    /// JWT-SVIDs.
    ///
    /// # Errors
    ///
    /// As [`BundleError`] tells.
    pub fn from_pem(trust_domain: TrustDomain, text: &str) -> Result<Self, BundleError> {
        if text.len() > MAX_BUNDLE_BYTES {
            return Err(BundleError::TooLarge);
        }
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        let certificates = certificates.map_err(|_| BundleError::Pem)?;
        if certificates.is_empty() {
            return Err(BundleError::Pem);
        }
        Self::from_parts(trust_domain, None, certificates)
    }

    /// A bundle of JWT authorities as [`Bundle::from_jwks`] reads them, and of certificates.
    pub(crate) fn from_parts(
        trust_domain: TrustDomain,
        jwks: Option<&str>,
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, BundleError> {
        let keys = match jwks {
            None => KeySet::default(),
            Some(text) => KeySet::for_use(text, KeyUse::JwtSvidAuthority)?,
        };
        let certificates = certificates.into_iter().map(Ok);
        let x509_authorities = X509Authorities::read(certificates)?;
        Ok(Self { trust_domain, keys, x509_authorities, sequence: None, refresh_hint: None })
    }

    /// Whose authorities they are.
    #[must_use]
    pub fn trust_domain(&self) -> &TrustDomain {
        &self.trust_domain
    }

    /// Whether nothing can be verified with it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.x509_authorities.is_empty()
    }

    /// The keys that sign JWT-SVIDs: the trust domain's JWT authorities. As JSON they are a JWK Set
    /// for [`Bundle::from_jwks`].
    #[must_use]
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The certificates that X.509-SVIDs go back to, as DER. Whether one may sign is looked at when it
    /// did: one that may not does no harm to the others.
    pub fn x509_authorities(&self) -> impl Iterator<Item = &[u8]> {
        self.x509_authorities.ders()
    }

    pub(crate) fn authorities(&self) -> &X509Authorities {
        &self.x509_authorities
    }

    /// Which issue of the bundle this is: it grows with each.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.sequence
    }

    /// How often to look for a newer one, in seconds.
    #[must_use]
    pub fn refresh_hint(&self) -> Option<u64> {
        self.refresh_hint
    }
}

/// X509-SVID §6.2: of each entry with this use the first value of `x5c`; one without is ignored.
fn x509_svid_entries(document: &Value) -> impl Iterator<Item = Result<CertificateDer<'static>, ()>> {
    let entries = document.get("keys").and_then(Value::as_array).into_iter().flatten();
    let entries = entries.filter(|jwk| jwk.get("use").is_some_and(|name| name == "x509-svid"));
    entries.filter_map(|jwk| jwk.get("x5c")?.as_array()?.first()).map(|first| {
        // RFC 7517 §4.7: base64, and not base64url.
        let der = first.as_str().and_then(|text| STANDARD.decode(text).ok()).ok_or(())?;
        Ok(der.into())
    })
}

fn number(document: &Value, name: &'static str) -> Result<Option<u64>, BundleError> {
    match document.get(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or(BundleError::Number(name)),
    }
}
