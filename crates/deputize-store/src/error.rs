use std::error::Error;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
use std::sync::Arc;

use deputize_core::{ApplyError, RowsError, Target};

/// The store itself failed: nothing about the request is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It can't be reached, opened or written to. Nothing was written.
    #[error("the store is not available")]
    Unavailable(#[source] Source),
    /// The connection was lost while it committed, and the store could not be reached any more to see
    /// whether it was committed. The same again does nothing twice: what was recorded is then refused
    /// as replayed, and a change that was made makes no second difference.
    #[error("whether it was written is not known")]
    Unresolved(#[source] Source),
    /// Another writer was in the way for too long. Nothing was written.
    #[error("another writer was in the way")]
    Conflict(#[source] Source),
    /// It refuses: no permission, or opened for reading only. Trying again does not help.
    #[error("the store may not be written to")]
    Denied(#[source] Source),
    /// It is full. Trying again does not help before there is room.
    #[error("the store is full")]
    Full(#[source] Source),
    /// It holds what can't be read. Trying again does not help.
    #[error("the store holds what can't be read")]
    Corrupt(#[source] Source),
    /// Its schema is newer than this version knows, or was changed by somebody else.
    #[error("the store's schema is not one of this version")]
    ForeignSchema(#[source] Source),
}

/// What a store's own error wraps.
type Source = Box<dyn Error + Send + Sync>;

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

/// Why a ledger did not answer, or did not remember.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// There is no such tenant.
    #[error("the tenant is not known")]
    UnknownTenant,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an issuance was not recorded. Nothing of it was: no replay key is claimed, nothing is in the
/// audit trail. Where more than one reason holds, the first in this list is told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The token's or the proof's end has come.
    #[error("the token's or the proof's end has come")]
    Expired,
    /// There is no such tenant.
    #[error("the tenant is not known")]
    UnknownTenant,
    /// Something that the token rests on is revoked, suspended or not there.
    #[error("something that the token rests on is revoked")]
    Revoked(Target),
    /// What the decision rests on has changed since it was loaded: load and decide again, with the
    /// proof that [`Issuance::into_proof`](deputize_core::Issuance::into_proof) gives back.
    #[error("what the decision rests on has changed")]
    Stale,
    /// The agent's credential was used before, or the token id was.
    #[error("the credential was used before")]
    Replayed,
    /// The store failed. No token was signed. Whether it recorded is known, but for
    /// [`StoreError::Unresolved`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why changes were not made. None of them was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// There is no such tenant, and nobody but an operator makes one.
    #[error("the tenant is not known")]
    UnknownTenant,
    /// One of them was refused.
    #[error("change {at} was refused")]
    Refused {
        /// Which, counted from 0.
        at: usize,
        /// Why.
        #[source]
        error: ApplyError,
    },
    /// The store failed. Whether it changed anything is known, but for [`StoreError::Unresolved`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why events were not removed. None of them was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PruneError {
    /// Only an operator removes events.
    #[error("this actor may not remove events")]
    Forbidden,
    /// There is no such tenant.
    #[error("the tenant is not known")]
    UnknownTenant,
    /// The trail does not hold this checkpoint: it is another's, the trail was altered, or what it
    /// says was removed before.
    #[error("the trail does not hold the checkpoint")]
    NotInTrail,
    /// The store failed. Whether it removed anything is known, but for [`StoreError::Unresolved`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    /// Whether the same again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Unresolved(_) | Self::Conflict(_) => true,
            Self::Denied(_) | Self::Full(_) | Self::Corrupt(_) | Self::ForeignSchema(_) => false,
        }
    }
}

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
impl StoreError {
    /// One for each of many that failed together.
    pub(crate) fn shared(failure: &Arc<Self>) -> Self {
        let source = Box::new(Together(Arc::clone(failure)));
        match **failure {
            Self::Unavailable(_) => Self::Unavailable(source),
            Self::Unresolved(_) => Self::Unresolved(source),
            Self::Conflict(_) => Self::Conflict(source),
            Self::Denied(_) => Self::Denied(source),
            Self::Full(_) => Self::Full(source),
            Self::Corrupt(_) => Self::Corrupt(source),
            Self::ForeignSchema(_) => Self::ForeignSchema(source),
        }
    }
}

/// The failure of a transaction that many took part in.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
#[derive(Debug, thiserror::Error)]
#[error("the transaction failed that this was written in with others")]
struct Together(#[source] Arc<StoreError>);

impl LoadError {
    /// Whether the same again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::UnknownTenant | Self::Rows(_) => false,
            Self::Store(error) => error.is_retryable(),
        }
    }

    /// The OAuth error code (RFC 6749 §5.2): an unknown tenant is told no other than an unknown
    /// client.
    #[must_use]
    pub const fn oauth_code(&self) -> &'static str {
        match self {
            Self::UnknownTenant => "invalid_client",
            Self::Rows(_) | Self::Store(_) => "server_error",
        }
    }
}

impl LedgerError {
    /// Whether the same again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::UnknownTenant => false,
            Self::Store(error) => error.is_retryable(),
        }
    }
}

impl RecordError {
    /// Whether to load and decide anew, with the same proof, may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Stale => true,
            Self::Expired | Self::UnknownTenant | Self::Revoked(_) | Self::Replayed => false,
            Self::Store(error) => error.is_retryable(),
        }
    }

    /// The OAuth error code (RFC 6749 §5.2), once trying again is given up.
    #[must_use]
    pub const fn oauth_code(&self) -> &'static str {
        match self {
            Self::Expired | Self::UnknownTenant | Self::Replayed => "invalid_client",
            Self::Revoked(_) => "invalid_grant",
            Self::Stale | Self::Store(_) => "server_error",
        }
    }
}

impl ChangeError {
    /// Whether the same again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::UnknownTenant | Self::Refused { .. } => false,
            Self::Store(error) => error.is_retryable(),
        }
    }
}

impl PruneError {
    /// Whether the same again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Forbidden | Self::UnknownTenant | Self::NotInTrail => false,
            Self::Store(error) => error.is_retryable(),
        }
    }
}

impl From<LedgerError> for PruneError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::UnknownTenant => Self::UnknownTenant,
            LedgerError::Store(error) => Self::Store(error),
        }
    }
}

impl From<LedgerError> for LoadError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::UnknownTenant => Self::UnknownTenant,
            LedgerError::Store(error) => Self::Store(error),
        }
    }
}
