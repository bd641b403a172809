use crate::jws::JwsError;

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It is larger than [`MAX_TOKEN_BYTES`](crate::limits::MAX_TOKEN_BYTES).
    #[error("the token is too large")]
    TooLarge,
    /// It is no JWT.
    #[error("the token is not a well-formed JWT")]
    Malformed,
    /// A member of its header or claims is there twice.
    #[error("the token has a member twice")]
    DuplicateMember,
    /// Its header has a member that these tokens never have.
    #[error("the token's header has a member that is not taken")]
    UnknownHeader,
    /// A header member is missing or of the wrong type.
    #[error("a member of the token's header is missing or of the wrong type")]
    InvalidHeader,
    /// It is a JWT of another kind.
    #[error("the token is not an access token")]
    WrongType,
    /// The issuer has no such key.
    #[error("the token names a key that the issuer does not have")]
    UnknownKey,
    /// Its algorithm is not the one of the key it names.
    #[error("the token's algorithm is not the one of its key")]
    AlgorithmMismatch,
    /// The key it names did not sign it.
    #[error("the token's signature is not valid")]
    BadSignature,
    /// A claim that these tokens always have is missing.
    #[error("the token has no claim `{0}`")]
    MissingClaim(&'static str),
    /// A claim has a value that these tokens never have.
    #[error("the token's claim `{0}` is not valid")]
    InvalidClaim(&'static str),
    /// Another issuer issued it.
    #[error("the token is of another issuer")]
    WrongIssuer,
    /// It belongs to another tenant.
    #[error("the token is of another tenant")]
    WrongTenant,
    /// It is for another resource.
    #[error("the token is for another resource")]
    WrongAudience,
    /// Its end has come.
    #[error("the token has expired")]
    Expired,
    /// It begins later, by more than the leeway.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It was issued later than now, by more than the leeway.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// It lives longer than the verifier takes.
    #[error("the token lives longer than is taken here")]
    LifetimeTooLong,
    /// It, or something it rests on, is revoked or suspended.
    #[error("the token, or something it rests on, is revoked")]
    Revoked,
    /// It is bound to a key, and was presented without proof of that key.
    #[error("the token is bound to a key and was presented without it")]
    BoundPresentedAsBearer,
    /// It is bound to another certificate than the one it was presented with.
    #[error("the token is bound to another certificate")]
    WrongCertificate,
    /// It acts for nobody, so it can't be handed on.
    #[error("the token rests on no delegation and can't be handed on")]
    NotDelegated,
    /// It was to be handed on to an agent that was proven in another tenant.
    #[error("the next agent was proven in another tenant")]
    ForeignProof,
}

impl VerifyError {
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
            Self::UnknownKey => "unknown_key",
            Self::AlgorithmMismatch => "algorithm_mismatch",
            Self::BadSignature => "bad_signature",
            Self::MissingClaim(_) => "missing_claim",
            Self::InvalidClaim(_) => "invalid_claim",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongTenant => "wrong_tenant",
            Self::WrongAudience => "wrong_audience",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::LifetimeTooLong => "lifetime_too_long",
            Self::Revoked => "revoked",
            Self::BoundPresentedAsBearer => "bound_presented_as_bearer",
            Self::WrongCertificate => "wrong_certificate",
            Self::NotDelegated => "not_delegated",
            Self::ForeignProof => "foreign_proof",
        }
    }
}

impl From<JwsError> for VerifyError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::TooLarge => Self::TooLarge,
            JwsError::Malformed => Self::Malformed,
            JwsError::DuplicateHeader => Self::DuplicateMember,
            JwsError::UnknownHeader => Self::UnknownHeader,
            JwsError::InvalidHeader => Self::InvalidHeader,
            JwsError::AlgorithmMismatch => Self::AlgorithmMismatch,
            JwsError::BadSignature => Self::BadSignature,
        }
    }
}
