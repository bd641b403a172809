//! Every bound of this crate, by name.

/// Bytes of an SVID.
pub const MAX_SVID_BYTES: usize = 16 * 1024;
/// Values of an SVID's `aud`.
pub const MAX_AUDIENCES: usize = 32;
/// Bytes of a trust domain's name (SPIFFE-ID §2.3).
pub const MAX_TRUST_DOMAIN_BYTES: usize = 255;
/// Bytes of a layout.
pub const MAX_LAYOUT_BYTES: usize = 2048;
/// Seconds that an SVID may live by default: one hour.
pub const DEFAULT_MAX_LIFETIME_SECONDS: u32 = 60 * 60;
/// Seconds by which the issuer's clock may be ahead, by default.
pub const DEFAULT_LEEWAY_SECONDS: u32 = 30;
