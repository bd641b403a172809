//! What a change does to a configuration, and every reason for which it is refused.
#![expect(clippy::unwrap_used, reason = "a panic here is the failure")]

#[path = "../document_support/mod.rs"]
mod document_support;
mod effects;
mod laws;
mod limits;
mod refused;
mod support;
