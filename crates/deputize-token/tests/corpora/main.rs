//! What others have collected: signature vectors, the examples of the RFCs, and the attacks on JWTs
//! that were published. Each prints what it took, what it refused and what does not apply.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that can't set up its world fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod eddsa;
mod rfc;
mod wycheproof;

use std::io::Write;

/// Past the capture of `println!`, so that the counts are seen on each run and not on a failure only.
fn print(text: &str) {
    std::io::stderr().write_all(format!("{text}\n").as_bytes()).unwrap();
}
