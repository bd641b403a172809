//! What happened, as plain data, how it is found again, and how it is shown that it is still what
//! was written.

mod about;
mod checkpoint;
mod event;
mod hash;
mod line;
mod new;
mod query;
mod verify;

pub use about::About;
pub use checkpoint::{AuditHead, BrokenTrail, Checkpoint, Flaw};
pub use event::{AuditEntry, AuditEvent, AuditKind, IssuedToken};
pub use hash::{AuditHash, AuditHashError};
pub(crate) use line::ONLY_CHAIN;
pub use line::{AuditLine, AuditLines};
pub use new::NewEvent;
pub use query::{AuditOrder, AuditPage, AuditQuery};
pub use verify::{VerifyError, verify_trail};
