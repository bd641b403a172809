//! JWT-SVIDs: tables of what is refused, each row with its clause, and what is accepted.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is the failure")]

mod attacks;
mod claims;
mod domains;
mod form;
mod headers;
mod proof;
mod replay;
mod settings;
mod support;
mod vectors;
