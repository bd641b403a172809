//! The claims of a delegated token (RFC 9068 §2.2, RFC 8693 §4.1, RFC 7800 §3.1): written in one
//! way, and read strictly, since nobody else issues these tokens.

mod object;
mod read;
mod write;

pub(crate) use read::Claims;
pub(crate) use write::{subject, write_claims, write_header};

/// RFC 9068 §2.1.
pub(crate) const TYPE: &str = "at+jwt";
