//! Storage that keeps its promises.

mod audit;
mod cache;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod feed;
pub mod limits;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
mod traits;

pub use audit::{AuditEntry, AuditEvent, AuditKind, AuditOrder, AuditPage, AuditQuery, IssuedToken};
pub use error::{ChangeError, LedgerError, LoadError, RecordError, StoreError};
pub use feed::{Cursor, Revocation, RevocationPage};
pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};
pub use traits::{Directory, Ledger, Store};
