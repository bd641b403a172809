//! The engine against an evaluator written from the design, against another policy engine, and its
//! laws, each over cases that are constructed to be interesting.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a failure of the test")]

mod cedar;
mod chain;
mod ends;
mod explanation;
mod gates;
mod issue;
mod laws;
mod oracle;
mod report;
mod rows;
mod strategies;
mod support;
