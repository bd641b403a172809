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
/// Bytes of a bundle's text.
pub const MAX_BUNDLE_BYTES: usize = deputize_token::limits::MAX_KEY_SET_BYTES;
/// X.509 authorities of a bundle.
pub const MAX_X509_AUTHORITIES: usize = 64;
/// Bytes of a certificate, as DER.
pub const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;
/// Certificates of an X.509-SVID: the leaf and those between it and an authority.
pub const MAX_CHAIN_CERTIFICATES: usize = 8;
/// Trust domains in one response of the Workload API.
pub const MAX_WORKLOAD_API_TRUST_DOMAINS: usize = 1024;
