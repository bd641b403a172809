//! What happened, as plain data, and how it is found again.

mod about;
mod event;
mod query;

pub(crate) use about::About;
pub use event::{AuditEntry, AuditEvent, AuditKind, IssuedToken};
pub use query::{AuditOrder, AuditPage, AuditQuery};
