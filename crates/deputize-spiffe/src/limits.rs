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
/// Certificates of an X.509-SVID: the leaf, and those that come with it. Between it and an authority
/// there are at most six on one path: `rustls-webpki` goes no further.
pub const MAX_CHAIN_CERTIFICATES: usize = 8;
/// Intermediates of an X.509-SVID that have one and the same subject.
pub const MAX_CHAIN_NAMESAKES: usize = 2;
/// Bytes of a bundle endpoint's URL.
pub const MAX_ENDPOINT_URL_BYTES: usize = 2048;
/// Bytes of the head of a bundle endpoint's response: status and header fields.
pub const MAX_RESPONSE_HEAD_BYTES: usize = 16 * 1024;
/// Redirects in a row that are followed in one fetch of a bundle.
pub const MAX_REDIRECTS: usize = 3;
/// Seconds that a fetch of a bundle may take, with all of its redirects.
pub const FETCH_TIMEOUT_SECONDS: u64 = 30;
/// Seconds between fetches of a bundle without `spiffe_refresh_hint` (Federation §4.1), and the most
/// between attempts to get the first one.
pub const DEFAULT_REFRESH_SECONDS: u64 = 5 * 60;
/// The least seconds between fetches, whatever the hint.
pub const MIN_REFRESH_SECONDS: u64 = 10;
/// The most seconds between fetches, whatever the hint: a key that was dropped counts no longer.
pub const MAX_REFRESH_SECONDS: u64 = 24 * 60 * 60;
/// Trust domains in one response of the Workload API.
pub const MAX_WORKLOAD_API_TRUST_DOMAINS: usize = 1024;
