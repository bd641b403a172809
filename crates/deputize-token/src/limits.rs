//! Every bound of this crate, by name. Crossing one is an error that names it.

/// Bytes of a token. A larger one is refused unread, and not issued.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// Bytes of a key set.
pub const MAX_KEY_SET_BYTES: usize = 256 * 1024;
/// Keys of a key set, usable or not.
pub const MAX_KEYS: usize = 100;
/// Bytes of a sealed key ring: one with [`MAX_KEYS`] of the longest keys fits.
pub const MAX_SEALED_KEY_RING_BYTES: usize = 256 * 1024;
/// Bytes of a `kid`, that of a key-encryption key included.
pub const MAX_KEY_ID_BYTES: usize = 256;
/// Bits of an RSA key, at least (RFC 7518 §3.3, §3.5).
pub const MIN_RSA_BITS: usize = 2048;
/// Bits of an RSA key, at most: a longer one makes verification slow.
pub const MAX_RSA_BITS: usize = 8192;
/// Bytes of an RSA public exponent. Nearly all keys have 65 537.
pub const MAX_RSA_EXPONENT_BYTES: usize = 4;
/// Objects and arrays within each other, in any JSON that is read.
pub const MAX_JSON_NESTING: usize = 16;
/// Seconds that a token may live by default: 24 hours.
pub const DEFAULT_MAX_LIFETIME_SECONDS: u32 = 24 * 60 * 60;
/// Seconds by which another clock may be ahead, by default.
pub const DEFAULT_LEEWAY_SECONDS: u32 = 30;
