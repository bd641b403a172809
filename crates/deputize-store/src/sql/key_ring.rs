use core::fmt;

use deputize_core::{Actor, TenantId, UnixTime};

use super::{
    arg::Arg,
    attempt::{Mark, OfStore, Work, Written},
    audit::Appended,
    engine::{Columns, Link},
    tenant::TenantRow,
};
use crate::{
    audit::NewEvent,
    error::StoreError,
    limits::MAX_KEY_RING_BYTES,
    row::{integer, number},
};

/// A tenant's sealed key ring, as the database holds it.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct StoredKeyRing {
    /// Which one it is: 1, 2, 3 and so on.
    pub version: u64,
    /// The text that was put: a JWE (RFC 7516), which is of no use without the key-encryption key.
    pub sealed: String,
}

impl fmt::Debug for StoredKeyRing {
    /// Without the text: a log that holds it is opened once its key-encryption key has leaked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKeyRing").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Why a key ring was not put. The one before it is still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// Only an operator replaces keys.
    #[error("this actor may not replace keys")]
    Forbidden,
    /// There is no such tenant.
    #[error("the tenant is not known")]
    UnknownTenant,
    /// It is no JWE in its compact form (RFC 7516 §7.1): five parts of base64url, with dots between
    /// them. So no key gets into a database that was not sealed.
    #[error("this is no sealed key ring")]
    NotSealed,
    /// It is longer than [`MAX_KEY_RING_BYTES`].
    #[error("the key ring is longer than it may be")]
    TooLong,
    /// Somebody else put one meanwhile: load it, make the change to that one, and put it again.
    #[error("another key ring was put meanwhile")]
    Outdated,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl KeyRingError {
    /// Whether the same again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Forbidden | Self::UnknownTenant | Self::NotSealed | Self::TooLong | Self::Outdated => false,
            Self::Store(error) => error.is_retryable(),
        }
    }
}

impl OfStore for KeyRingError {
    fn of_store(&self) -> Option<&StoreError> {
        if let Self::Store(error) = self { Some(error) } else { None }
    }
}

pub(super) async fn get<L: Link>(db: &mut L, tenant: &TenantId) -> Result<Option<StoredKeyRing>, StoreError> {
    let row = db.row(L::SQL.key_ring, vec![Arg::Text(tenant.as_str())]).await?;
    row.map(|row| Ok(StoredKeyRing { version: number(row.some_int(0)?)?, sealed: row.some_text(1)? })).transpose()
}

/// Puts a key ring in the place of another. Not printed, as it is not.
pub(super) struct PutKeyRing<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) actor: &'a Actor,
    pub(super) sealed: &'a str,
    /// The version that it replaces; 0 if there was none.
    pub(super) replaces: u64,
    pub(super) now: UnixTime,
}

impl PutKeyRing<'_> {
    pub(super) fn check(&self) -> Result<(), KeyRingError> {
        if !matches!(self.actor, Actor::Operator(_)) {
            return Err(KeyRingError::Forbidden);
        }
        if self.sealed.len() > MAX_KEY_RING_BYTES {
            return Err(KeyRingError::TooLong);
        }
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let parts = self.sealed.split('.').filter(|part| !part.is_empty() && part.bytes().all(base64url));
        if parts.count() != JWE_PARTS || self.sealed.matches('.').count() != JWE_PARTS - 1 {
            return Err(KeyRingError::NotSealed);
        }
        Ok(())
    }
}

/// RFC 7516 §7.1.
const JWE_PARTS: usize = 5;

impl<L: Link> Work<L> for PutKeyRing<'_> {
    type Done = u64;
    type Error = KeyRingError;

    const GIVES_WAY: bool = false;

    async fn carry_out(&self, db: &mut L) -> Result<Written<u64>, KeyRingError> {
        let mut tenant = TenantRow::lock(db, self.tenant).await?.ok_or(KeyRingError::UnknownTenant)?;
        let current = get(db, &tenant.id).await?.map_or(0, |current| current.version);
        if current != self.replaces {
            return Err(KeyRingError::Outdated);
        }
        let version = current.saturating_add(1);
        let mut events = Appended::default();
        events.push(&mut tenant, self.now, &NewEvent::rekeying(self.actor, version, self.sealed)?);
        events.write(db, &tenant).await?;
        let id = Arg::Text(tenant.id.as_str());
        db.run(L::SQL.put_key_ring, vec![id, Arg::Int(integer(version)), Arg::Text(self.sealed)]).await?;
        tenant.put_head(db).await?;
        Ok(Written { done: version, mark: Some(Mark::at(&tenant)) })
    }
}
