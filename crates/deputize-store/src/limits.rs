//! Every bound of this crate, by name.

/// Entries of one page of the revocation feed.
pub const MAX_FEED_PAGE: usize = 1_000;
/// Replay keys that have expired and are forgotten with each recording.
pub const MAX_PURGED: u32 = 64;
