use deputize_core::{TokenId, UnixTime};

/// The system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no randomness")]
#[non_exhaustive]
pub struct NoRandomness;

/// A new token id: a UUIDv7 of this second and 74 random bits.
///
/// # Errors
///
/// When the system gives no randomness.
pub fn fresh_token_id(now: UnixTime) -> Result<TokenId, NoRandomness> {
    let mut random = [0; 10];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| NoRandomness)?;
    Ok(TokenId::v7(now, random))
}
