//! Every bound of this crate, by name.

use std::time::Duration;

/// Events, or lines, on one page of the audit trail.
pub const MAX_AUDIT_PAGE: usize = 1_000;
/// Entries on one page of the revocation feed.
pub const MAX_FEED_PAGE: usize = 1_000;
/// Replay keys whose time has come and that are forgotten with each recording.
pub const MAX_PURGED: u32 = 64;
/// Agents whose compiled half a store keeps.
pub const MAX_KEPT_POLICIES: usize = 10_000;
/// For how long a store begins a write anew that its database keeps rolling back in favour of others,
/// and looks whether one was committed whose connection was lost meanwhile.
pub const MAX_TRYING: Duration = Duration::from_secs(10);
/// Bytes of a sealed key ring.
pub const MAX_KEY_RING_BYTES: usize = 1 << 18;
/// Recordings that are written in one transaction.
pub const MAX_BATCH: usize = 128;
/// Recordings that wait for their turn, of one tenant or, on SQLite, in all. One more is told at once
/// that others are in the way.
pub const MAX_WAITING: usize = 4_096;
/// Bytes of events that are written in one transaction. One that is larger goes alone.
pub const MAX_BATCH_BYTES: usize = 1 << 20;
