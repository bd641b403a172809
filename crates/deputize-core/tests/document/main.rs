//! The configuration document: every kind of mistake with its exact text.
#![cfg(feature = "document")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is the failure")]

mod at_once;
mod entries;
mod support;
mod syntax;
