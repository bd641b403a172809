//! Bundles from endpoints: real servers, with certificates good and bad, and what they may answer.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is the failure")]

mod http;
mod kept;
mod redirects;
mod spiffe;
mod support;
mod web;
