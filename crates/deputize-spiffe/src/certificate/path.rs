use std::{cell::Cell, time::Duration};

use deputize_core::{AgentId, Thumbprint, UnixTime};
use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, VerifiedPath};

use super::Certificate;
use crate::{
    bundle::{Bundle, Bundles},
    limits::{MAX_CERTIFICATE_BYTES, MAX_CHAIN_CERTIFICATES, MAX_CHAIN_NAMESAKES},
    svid::SvidError,
    trust_domain::TrustDomain,
};

/// Who an X.509-SVID is, and until when: all of it verified.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) id: AgentId,
    /// The earliest end on the whole path.
    pub(crate) expires_at: UnixTime,
    /// RFC 8705 §3.1: SHA-256 of the leaf's DER.
    pub(crate) thumbprint: Thumbprint,
}

/// X509-SVID §5: the leaf is one, and a path of certificates leads from it to an authority of its
/// own trust domain, all of them valid at `now`. `usage` is the side that the leaf authenticates.
pub(crate) fn verify(
    chain: &[impl AsRef<[u8]>],
    bundles: &(impl Bundles + ?Sized),
    usage: KeyUsage,
    now: UnixTime,
) -> Result<Identity, SvidError> {
    if chain.len() > MAX_CHAIN_CERTIFICATES || chain.iter().any(|der| der.as_ref().len() > MAX_CERTIFICATE_BYTES) {
        return Err(SvidError::TooLarge);
    }
    let [leaf, intermediates @ ..] = chain else { return Err(SvidError::NoCertificate) };
    let leaf = CertificateDer::from(leaf.as_ref());
    let certificate = Certificate::read(&leaf)?;
    let id = certificate.check_leaf()?;
    let trust_domain = TrustDomain::of(&id);
    let bundle = bundles.bundle(&trust_domain)?;
    if *bundle.trust_domain() != trust_domain {
        return Err(SvidError::UnknownTrustDomain);
    }
    certificate.check_time(now)?;
    let above = expires_at(&leaf, intermediates, &bundle, usage, now)?;
    Ok(Identity {
        id,
        expires_at: above.min(certificate.not_after()),
        thumbprint: Thumbprint::from_bytes(Sha256::digest(&leaf).into()),
    })
}

/// RFC 5280 §6: the earliest end of the certificates above the leaf, on a path that holds.
fn expires_at(
    leaf: &CertificateDer<'_>,
    intermediates: &[impl AsRef<[u8]>],
    bundle: &Bundle,
    usage: KeyUsage,
    now: UnixTime,
) -> Result<UnixTime, SvidError> {
    let intermediates = distinct(intermediates)?;
    let anchors = bundle.authorities().anchors();
    let leaf = EndEntityCert::try_from(leaf).map_err(from_webpki)?;
    let time = rustls_pki_types::UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()));
    // A path that the library takes may break a rule that it does not know: then it tries the next.
    let refused = Cell::new(None);
    let end = Cell::new(None);
    let check = |path: &VerifiedPath<'_>| match check_path(path, bundle, &usage, now) {
        Ok(expires_at) => {
            end.set(Some(expires_at));
            Ok(())
        }
        Err(error) => {
            refused.set(Some(error));
            Err(Error::UnknownIssuer)
        }
    };
    let verified =
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, anchors, &intermediates, time, usage, None, Some(&check));
    match (verified, end.get()) {
        (Ok(_), Some(end)) => Ok(end),
        (Ok(_), None) => Err(SvidError::UnknownAuthority),
        (Err(error), _) => Err(refused.take().unwrap_or_else(|| from_webpki(error))),
    }
}

/// Each once, and not too many that could stand for each other. The library tries every order that
/// their names allow before it looks at any signature: with seven of one name some 13 000, which
/// would cost whoever refuses them a second.
fn distinct<'a>(intermediates: &'a [impl AsRef<[u8]>]) -> Result<Vec<CertificateDer<'a>>, SvidError> {
    let mut distinct: Vec<CertificateDer<'a>> = Vec::new();
    for der in intermediates.iter().map(AsRef::as_ref) {
        if distinct.iter().all(|other| **other != *der) {
            distinct.push(der.into());
        }
    }
    let readable: Vec<_> = distinct.iter().filter_map(|der| EndEntityCert::try_from(der).ok()).collect();
    let namesakes = |one: &EndEntityCert<'_>| readable.iter().filter(|other| other.subject() == one.subject()).count();
    let too_many = readable.iter().any(|one| namesakes(one) > MAX_CHAIN_NAMESAKES);
    drop(readable);
    if too_many { Err(SvidError::TooLarge) } else { Ok(distinct) }
}

/// What the library leaves open: it does not look at the key usage of signing certificates, and an
/// anchor is to it no more than a name and a key.
fn check_path(
    path: &VerifiedPath<'_>,
    bundle: &Bundle,
    usage: &KeyUsage,
    now: UnixTime,
) -> Result<UnixTime, SvidError> {
    let mut end = UnixTime::MAX;
    let mut below = 0;
    for intermediate in path.intermediate_certificates() {
        let certificate = Certificate::read(&intermediate.der())?;
        certificate.check_authority(bundle.trust_domain())?;
        certificate.check_time(now)?;
        end = end.min(certificate.not_after());
        below += 1;
    }
    let mut error = SvidError::UnknownAuthority;
    let mut latest = None;
    for authority in bundle.authorities().with_anchor(path.anchor()) {
        let allowed = authority.check_authority(bundle.trust_domain());
        let allowed = allowed.and_then(|()| authority.check_time(now));
        match allowed {
            Err(why) => error = why,
            Ok(()) if !authority.is_for(usage) => error = SvidError::ExtendedKeyUsage,
            Ok(()) if !authority.allows_below(below) => error = SvidError::AuthorityNotAllowed,
            Ok(()) => latest = latest.max(Some(authority.not_after())),
        }
    }
    latest.map(|latest| end.min(latest)).ok_or(error)
}

fn from_webpki(error: Error) -> SvidError {
    match error {
        Error::CertExpired { .. } => SvidError::Expired,
        Error::CertNotValidYet { .. } => SvidError::NotYetValid,
        Error::UnknownIssuer => SvidError::UnknownAuthority,
        Error::InvalidSignatureForPublicKey => SvidError::BadSignature,
        Error::CaUsedAsEndEntity => SvidError::SigningCertificate,
        Error::EndEntityUsedAsCa | Error::PathLenConstraintViolated => SvidError::AuthorityNotAllowed,
        Error::NameConstraintViolation => SvidError::NameConstraints,
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => SvidError::ExtendedKeyUsage,
        Error::UnsupportedCriticalExtension => SvidError::UnknownExtension,
        Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            SvidError::UnsupportedAlgorithm
        }
        Error::MaximumSignatureChecksExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => SvidError::TooLarge,
        // The enum may grow; whatever else is wrong, it is no certificate that is understood.
        _ => SvidError::Malformed,
    }
}
