use deputize_core::{ReplayKey, UnixTime};
use sha2::{Digest, Sha256};

use crate::trust_domain::TrustDomain;

/// How often one JWT-SVID proves an agent. A JWT-SVID need not carry a `jti` (JWT-SVID §7.1), and
/// SPIRE hands out the same one until it ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "once, or not")]
pub enum SvidReplay {
    /// Until it expires. Whoever steals it may use it as long; binding tokens to a key makes that
    /// worth less.
    #[default]
    ReusableUntilExpiry,
    /// Once: by its `jti`, else by what was signed.
    Once,
}

/// The key of a JWT-SVID: hashed with its kind and trust domain, and never over the signature,
/// which can be re-encoded.
pub(crate) fn key(
    trust_domain: &TrustDomain,
    id: Option<&str>,
    signing_input: &str,
    keep_until: UnixTime,
) -> ReplayKey {
    let (kind, what) = match id {
        Some(id) => ("jwt-svid jti", id),
        None => ("jwt-svid input", signing_input),
    };
    let mut hash = Sha256::new();
    for part in [kind, trust_domain.as_str(), what] {
        // Each with its length before it, so that parts can't run into each other.
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    ReplayKey { digest: hash.finalize().into(), keep_until }
}
