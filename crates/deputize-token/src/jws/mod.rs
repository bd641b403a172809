//! Strict JWS (RFC 7515): compact form only, three header members, nothing twice, nothing embedded.
//!
//! A [`Jws`] is bounded and well-formed and no more than that: its header may be read to choose a
//! key, its payload comes out of [`Jws::verify`] only. The algorithm is the key's.

mod base64url;
mod compact;
pub mod json;
mod tape;

pub use base64url::{decode, encode};
pub use compact::{Header, Jws, JwsError};

pub(crate) use base64url::{encode_into, encoded_length};
pub(crate) use tape::{Document, Node};
