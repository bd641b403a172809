//! X.509-SVIDs: what is accepted and refused, clause by clause, and what comes out.
#![expect(clippy::unwrap_used, reason = "a panic here is the failure")]

mod domains;
mod form;
mod hostile;
mod leaf;
mod path;
mod proof;
mod support;
mod time;
mod vectors;
