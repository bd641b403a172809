use deputize_token::jws::JwsError;

use crate::bundle::NoBundle;

/// Why an SVID proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SvidError {
    /// It is larger than [`MAX_SVID_BYTES`](crate::limits::MAX_SVID_BYTES), or has more or larger
    /// certificates than [`limits`](crate::limits) allow.
    #[error("the SVID is too large")]
    TooLarge,
    /// It is no JWT, or no certificate.
    #[error("the SVID is not well-formed")]
    Malformed,
    /// There is no certificate at all: none was presented.
    #[error("no certificate was presented")]
    NoCertificate,
    /// A member of its header or claims is there twice.
    #[error("the SVID has a member twice")]
    DuplicateMember,
    /// Its header has a member other than `alg`, `kid` and `typ`.
    #[error("the SVID's header has a member that is not taken")]
    UnknownHeader,
    /// A header member is missing or of the wrong type.
    #[error("a member of the SVID's header is missing or of the wrong type")]
    InvalidHeader,
    /// `typ` is there and is neither `JWT` nor `JOSE`.
    #[error("the token is not a JWT-SVID")]
    WrongType,
    /// The algorithm is none that the standard takes or that is safe.
    #[error("the SVID is signed with an algorithm that is not taken")]
    UnsupportedAlgorithm,
    /// The trust domain of its subject is none that is trusted.
    #[error("the SVID's trust domain is not trusted")]
    UnknownTrustDomain,
    /// The trust domain is trusted, and its bundle is not available: not there yet, withdrawn, or too
    /// old. That is no fault of who presents the SVID, and may pass.
    #[error("the bundle of the SVID's trust domain is not available")]
    BundleUnavailable,
    /// The trust domain has no such key.
    #[error("the SVID names a key that its trust domain does not have")]
    UnknownKey,
    /// The algorithm is not the one of the key it names.
    #[error("the SVID's algorithm is not the one of its key")]
    AlgorithmMismatch,
    /// No key of its trust domain signed it.
    #[error("the SVID's signature is not valid")]
    BadSignature,
    /// A claim is missing.
    #[error("the SVID has no claim `{0}`")]
    MissingClaim(&'static str),
    /// A claim has a value that it can't have.
    #[error("the SVID's claim `{0}` is not valid")]
    InvalidClaim(&'static str),
    /// It is for another audience.
    #[error("the SVID is for another audience")]
    WrongAudience,
    /// Its end has come, or that of a certificate above it.
    #[error("the SVID has expired")]
    Expired,
    /// It begins later, by more than the leeway.
    #[error("the SVID is not valid yet")]
    NotYetValid,
    /// It was issued later than now, by more than the leeway.
    #[error("the SVID was issued in the future")]
    IssuedInFuture,
    /// It lives longer than is taken here.
    #[error("the SVID lives longer than is taken here")]
    LifetimeTooLong,
    /// It is a certificate that signs others, which never identifies a workload (X509-SVID §5.2).
    #[error("the certificate is a signing certificate")]
    SigningCertificate,
    /// Its key usage is missing, not critical, or not that of a leaf (X509-SVID §4.3).
    #[error("the certificate's key usage is missing or not that of a leaf")]
    KeyUsage,
    /// Its extended key usage, or one above it, does not allow this (X509-SVID §4.4).
    #[error("the certificate's extended key usage does not allow authentication on both sides")]
    ExtendedKeyUsage,
    /// Among its alternative names there is not exactly one URI (X509-SVID §2).
    #[error("the certificate does not have exactly one URI")]
    NotOneUri,
    /// Its URI is no SPIFFE ID with a path (X509-SVID §3.1).
    #[error("the certificate's URI is not the SPIFFE ID of a workload")]
    InvalidSpiffeId,
    /// It has no subject, and its alternative names are not critical (RFC 5280 §4.1.2.6).
    #[error("the certificate has no subject, and its alternative names are not critical")]
    NoSubject,
    /// No path leads from it to an authority of its trust domain.
    #[error("no path leads to an authority of the certificate's trust domain")]
    UnknownAuthority,
    /// A certificate on the path may not sign what it signed: by its constraints, its key usage, or
    /// a SPIFFE ID that is none of an authority of this trust domain (X509-SVID §3.2, §4).
    #[error("a certificate on the path may not sign what it signed")]
    AuthorityNotAllowed,
    /// A name is outside of what an authority on the path is constrained to. Constraints on URIs are
    /// never met: they are not understood (X509-SVID §4.2).
    #[error("the certificate is outside of an authority's name constraints")]
    NameConstraints,
    /// A certificate has a critical extension that is not understood (RFC 5280 §4.2).
    #[error("a certificate has a critical extension that is not understood")]
    UnknownExtension,
    /// Its SPIFFE ID is no agent's, by the layout.
    #[error("the SVID's SPIFFE ID does not fit the layout")]
    NotInLayout,
    /// Its trust domain may not name this agent: by
    /// [`SvidVerifier::tenants`](crate::SvidVerifier::tenants) it has no tenants here, or the id's is
    /// not among them, or it has several and the id does not say which.
    #[error("the SVID's trust domain may not name agents of this tenant, or has none here")]
    ForeignTenant,
}

impl SvidError {
    /// A stable name for logs, metrics and other languages.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::NoCertificate => "no_certificate",
            Self::DuplicateMember => "duplicate_member",
            Self::UnknownHeader => "unknown_header",
            Self::InvalidHeader => "invalid_header",
            Self::WrongType => "wrong_type",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
            Self::UnknownTrustDomain => "unknown_trust_domain",
            Self::BundleUnavailable => "bundle_unavailable",
            Self::UnknownKey => "unknown_key",
            Self::AlgorithmMismatch => "algorithm_mismatch",
            Self::BadSignature => "bad_signature",
            Self::MissingClaim(_) => "missing_claim",
            Self::InvalidClaim(_) => "invalid_claim",
            Self::WrongAudience => "wrong_audience",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::LifetimeTooLong => "lifetime_too_long",
            Self::SigningCertificate => "signing_certificate",
            Self::KeyUsage => "key_usage",
            Self::ExtendedKeyUsage => "extended_key_usage",
            Self::NotOneUri => "not_one_uri",
            Self::InvalidSpiffeId => "invalid_spiffe_id",
            Self::NoSubject => "no_subject",
            Self::UnknownAuthority => "unknown_authority",
            Self::AuthorityNotAllowed => "authority_not_allowed",
            Self::NameConstraints => "name_constraints",
            Self::UnknownExtension => "unknown_extension",
            Self::NotInLayout => "not_in_layout",
            Self::ForeignTenant => "foreign_tenant",
        }
    }
}

impl From<NoBundle> for SvidError {
    fn from(error: NoBundle) -> Self {
        match error {
            NoBundle::Unknown => Self::UnknownTrustDomain,
            NoBundle::Unavailable => Self::BundleUnavailable,
        }
    }
}

impl From<JwsError> for SvidError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::TooLarge => Self::TooLarge,
            JwsError::DuplicateHeader => Self::DuplicateMember,
            JwsError::UnknownHeader => Self::UnknownHeader,
            JwsError::InvalidHeader => Self::InvalidHeader,
            JwsError::AlgorithmMismatch => Self::AlgorithmMismatch,
            JwsError::BadSignature => Self::BadSignature,
            // `JwsError` may grow; whatever else is wrong, it is no JWS.
            _ => Self::Malformed,
        }
    }
}
