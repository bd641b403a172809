//! The issuer's side: one tenant's keys, and the only way from what was recorded to a token.

mod access_token;
mod der;
mod key_ring;
mod parent;
mod sign;
mod token_id;

pub use access_token::AccessToken;
pub use key_ring::{KeyRing, NoNextKey, PublishError, RingKey};
pub use parent::Handed;
pub use sign::{SignError, Unsigned};
pub use token_id::{NoRandomness, fresh_token_id};
