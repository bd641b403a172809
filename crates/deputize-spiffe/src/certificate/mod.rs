//! X.509 certificates: what one says, and whether a path of them leads to an authority.

mod path;

use std::str::FromStr;

use deputize_core::{AgentId, UnixTime};
pub(crate) use path::verify;
use x509_cert::{
    der::{
        Decode,
        oid::{
            AssociatedOid,
            db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH},
        },
    },
    ext::{
        Extension,
        pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName, name::GeneralName},
    },
};

use crate::{svid::SvidError, trust_domain::TrustDomain};

/// What a certificate says of itself, as far as the X509-SVID standard has rules for it. Nothing of
/// it is true before a path was verified.
#[derive(Debug)]
pub(crate) struct Certificate {
    not_before: UnixTime,
    not_after: UnixTime,
    has_subject: bool,
    names: Option<Names>,
    key_usage: Option<Usage>,
    extended_key_usage: Option<ExtendedKeyUsage>,
    basic_constraints: Option<BasicConstraints>,
}

#[derive(Debug)]
struct Names {
    critical: bool,
    uris: Vec<String>,
}

#[derive(Debug)]
struct Usage {
    critical: bool,
    usage: KeyUsage,
}

impl Certificate {
    /// Reads DER, all of it.
    pub(crate) fn read(der: &[u8]) -> Result<Self, SvidError> {
        Self::decode(der).ok_or(SvidError::Malformed)
    }

    fn decode(der: &[u8]) -> Option<Self> {
        let certificate = x509_cert::Certificate::from_der(der).ok()?;
        let tbs = certificate.tbs_certificate();
        let extensions = tbs.extensions().map_or(&[] as &[Extension], Vec::as_slice);
        // RFC 5280 §4.2: an extension MUST NOT be there twice.
        let mut ids: Vec<_> = extensions.iter().map(|extension| extension.extn_id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
            return None;
        }
        let time = |time: x509_cert::time::Time| UnixTime::from_secs(time.to_unix_duration().as_secs());
        let names = match find::<SubjectAltName>(extensions)? {
            None => None,
            Some((critical, names)) => Some(Names { critical, uris: names.0.into_iter().filter_map(uri).collect() }),
        };
        Some(Self {
            not_before: time(tbs.validity().not_before)?,
            not_after: time(tbs.validity().not_after)?,
            has_subject: !tbs.subject().is_empty(),
            names,
            key_usage: find(extensions)?.map(|(critical, usage)| Usage { critical, usage }),
            extended_key_usage: find(extensions)?.map(|(_, usage)| usage),
            basic_constraints: find(extensions)?.map(|(_, constraints)| constraints),
        })
    }

    /// Whose certificate it claims to be: X509-SVID §2, §3.1, §4 and §5.2, for a leaf.
    pub(crate) fn check_leaf(&self) -> Result<AgentId, SvidError> {
        // X509-SVID §4.1, §5.2: the `cA` field MUST be false.
        if self.is_ca() {
            return Err(SvidError::SigningCertificate);
        }
        // X509-SVID §4.3: key usage MUST be set, and MUST be marked critical.
        let usage = self.key_usage.as_ref().filter(|usage| usage.critical).ok_or(SvidError::KeyUsage)?.usage;
        // X509-SVID §4.3, §5.2: a leaf MUST NOT set these.
        if usage.key_cert_sign() || usage.crl_sign() {
            return Err(SvidError::SigningCertificate);
        }
        // X509-SVID §4.3: a leaf MUST set it.
        if !usage.digital_signature() {
            return Err(SvidError::KeyUsage);
        }
        // X509-SVID §4.4: when there, both MUST be set.
        let both = [ID_KP_SERVER_AUTH, ID_KP_CLIENT_AUTH];
        if self.extended_key_usage.as_ref().is_some_and(|usage| both.iter().any(|one| !usage.0.contains(one))) {
            return Err(SvidError::ExtendedKeyUsage);
        }
        let names = self.names.as_ref().ok_or(SvidError::NotOneUri)?;
        // X509-SVID §2, §5.2: exactly one URI.
        let [uri] = names.uris.as_slice() else { return Err(SvidError::NotOneUri) };
        // RFC 5280 §4.1.2.6, X509-SVID §3.1: without a subject the names MUST be critical.
        if !self.has_subject && !names.critical {
            return Err(SvidError::NoSubject);
        }
        // X509-SVID §3.1, §5.2: a SPIFFE ID with a path.
        AgentId::from_str(uri).map_err(|_| SvidError::InvalidSpiffeId)
    }

    /// Whether it may sign certificates: X509-SVID §3.2 and §4.1 to §4.3. Where it has a SPIFFE ID,
    /// this has no path, and is of the trust domain for which it signs.
    pub(crate) fn check_authority(&self, signs_for: &TrustDomain) -> Result<(), SvidError> {
        let signs = self.key_usage.as_ref().is_some_and(|usage| usage.usage.key_cert_sign());
        if !self.is_ca() || !signs {
            return Err(SvidError::AuthorityNotAllowed);
        }
        // X509-SVID §2: an SVID has exactly one URI, so a signing certificate that is one has no other.
        let mut ids = self.uris().filter(|uri| has_spiffe_scheme(uri));
        if let Some(id) = ids.next() {
            if self.uris().count() != 1 {
                return Err(SvidError::AuthorityNotAllowed);
            }
            // SPIFFE-ID §2: in one spelling, as that of a leaf.
            let id = id.strip_prefix("spiffe://").ok_or(SvidError::AuthorityNotAllowed)?;
            let domain = id.parse::<TrustDomain>().map_err(|_| SvidError::AuthorityNotAllowed)?;
            if *signs_for != domain {
                return Err(SvidError::AuthorityNotAllowed);
            }
        }
        Ok(())
    }

    /// RFC 5280 §4.2.1.12: with an extended key usage, for what is named there only.
    pub(crate) fn is_for(&self, wanted: &webpki::KeyUsage) -> bool {
        self.extended_key_usage
            .as_ref()
            .is_none_or(|usage| usage.0.iter().any(|id| id.arcs().map(|arc| arc as usize).eq(wanted.oid_values())))
    }

    /// RFC 5280 §4.2.1.9: how many signing certificates may be below it.
    pub(crate) fn allows_below(&self, count: usize) -> bool {
        let limit = self.basic_constraints.as_ref().and_then(|constraints| constraints.path_len_constraint);
        limit.is_none_or(|limit| count <= usize::from(limit))
    }

    pub(crate) fn check_time(&self, now: UnixTime) -> Result<(), SvidError> {
        if now < self.not_before {
            return Err(SvidError::NotYetValid);
        }
        // The last second is left out, so that a proof always has time before it.
        if now >= self.not_after {
            return Err(SvidError::Expired);
        }
        Ok(())
    }

    pub(crate) fn not_after(&self) -> UnixTime {
        self.not_after
    }

    pub(crate) fn uris(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flat_map(|names| &names.uris).map(String::as_str)
    }

    fn is_ca(&self) -> bool {
        self.basic_constraints.as_ref().is_some_and(|constraints| constraints.ca)
    }
}

/// RFC 3986 §3.1: schemes compare without case. What else is said under this one is of SPIFFE too.
fn has_spiffe_scheme(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("spiffe"))
}

/// The extension of this type; nothing at all when it can't be read.
#[expect(clippy::option_option, reason = "unreadable, absent, or there")]
fn find<'a, T: AssociatedOid + Decode<'a>>(extensions: &'a [Extension]) -> Option<Option<(bool, T)>> {
    let Some(extension) = extensions.iter().find(|extension| extension.extn_id == T::OID) else { return Some(None) };
    Some(Some((extension.critical, T::from_der(extension.extn_value.as_bytes()).ok()?)))
}

fn uri(name: GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.as_str().to_owned()),
        _ => None,
    }
}
