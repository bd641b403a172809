use std::error::Error;

use deputize_core::{ApplyError, RowsError, Target};

/// The store itself failed: nothing about the request is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It can't be reached, is busy or full. What was asked may be tried again.
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It holds what this version can't read. Trying again does not help.
    #[error("the store holds what can't be read")]
    Corrupt(#[source] Box<dyn Error + Send + Sync>),
    /// Its schema is newer than this version knows.
    #[error("the store's schema is newer than this version")]
    NewerSchema,
}

/// Why a question could not be looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There is no such tenant.
    #[error("the tenant is not known")]
    UnknownTenant,
    /// What is there can't be compiled.
    #[error("what is there can't be compiled")]
    Rows(#[from] RowsError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an issuance was not recorded. Nothing of it was: no replay key is claimed, nothing is in the
/// audit trail.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// What the decision rests on has changed since it was loaded: load and decide again, with the
    /// proof that [`Issuance::into_proof`](deputize_core::Issuance::into_proof) gives back.
    #[error("what the decision rests on has changed")]
    Stale,
    /// The agent's credential was used before, or the token id was.
    #[error("the credential was used before")]
    Replayed,
    /// Something that the token rests on is revoked or suspended.
    #[error("something that the token rests on is revoked")]
    Revoked(Target),
    /// The token's or the proof's end has come.
    #[error("the token's or the proof's end has come")]
    Expired,
    /// There is no such tenant.
    #[error("the tenant is not known")]
    UnknownTenant,
    /// The store failed. Whether it recorded may be unknown; a token was not signed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why changes were not made. None of them was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// One of them was refused.
    #[error("change {at} was refused")]
    Refused {
        /// Which, counted from 0.
        at: usize,
        /// Why.
        #[source]
        error: ApplyError,
    },
    /// There is no such tenant, and nobody but an operator makes one.
    #[error("the tenant is not known")]
    UnknownTenant,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    /// Whether trying the same again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Corrupt(_) | Self::NewerSchema => false,
        }
    }
}

impl RecordError {
    /// Whether deciding anew, with rows loaded anew, may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Stale => true,
            Self::Replayed | Self::Revoked(_) | Self::Expired | Self::UnknownTenant => false,
            Self::Store(error) => error.is_retryable(),
        }
    }
}
