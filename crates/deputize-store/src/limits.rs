//! Every bound of this crate, by name.

/// Events, or lines, on one page of the audit trail.
pub const MAX_AUDIT_PAGE: usize = 1_000;
/// Entries on one page of the revocation feed.
pub const MAX_FEED_PAGE: usize = 1_000;
/// Replay keys whose time has come and that are forgotten with each recording.
pub const MAX_PURGED: u32 = 64;
/// Agents whose compiled half a store keeps.
pub const MAX_KEPT_POLICIES: usize = 10_000;
/// How often a store carries out a write that its database keeps rolling back in favour of others.
pub const MAX_ATTEMPTS: u32 = 5;
