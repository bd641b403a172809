use deputize_token::jws::JwsError;

/// Why an SVID proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SvidError {
    /// It is larger than [`MAX_SVID_BYTES`](crate::limits::MAX_SVID_BYTES).
    #[error("the SVID is too large")]
    TooLarge,
    /// It is no JWT.
    #[error("the SVID is not a well-formed JWT")]
    Malformed,
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
    /// The algorithm is none that the standard knows.
    #[error("the algorithm is none of those that the JWT-SVID standard takes")]
    UnsupportedAlgorithm,
    /// The trust domain of its subject is none that is trusted.
    #[error("the SVID's trust domain is not trusted")]
    UnknownTrustDomain,
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
    /// Its end has come.
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
    /// Its SPIFFE ID is no agent's, by the layout.
    #[error("the SVID's SPIFFE ID does not fit the layout")]
    NotInLayout,
}

impl SvidError {
    /// A stable name for logs, metrics and other languages.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::DuplicateMember => "duplicate_member",
            Self::UnknownHeader => "unknown_header",
            Self::InvalidHeader => "invalid_header",
            Self::WrongType => "wrong_type",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
            Self::UnknownTrustDomain => "unknown_trust_domain",
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
            Self::NotInLayout => "not_in_layout",
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
