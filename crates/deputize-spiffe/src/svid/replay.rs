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
    /// Once: by its `jti`, else by what was signed. The verifier itself remembers nothing: the proof
    /// carries what has to be claimed ([`AgentProof::replay`](deputize_core::AgentProof::replay)), and
    /// a ledger refuses to record a second issuance on it. Who records nothing has to claim it.
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
        // Each with its length before it, so that parts can't run into each other. The length has
        // one width on every machine: all nodes of an authority have to make the same key.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    ReplayKey { digest: hash.finalize().into(), keep_until }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by another SHA-256: nodes of different versions and word sizes share one store.
    #[test]
    fn keys_never_change() {
        let of = |id, input| {
            let key = key(&"acme".parse().unwrap(), id, input, UnixTime::MAX);
            key.digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let by_id = "98e669ec7f2ccb67fe0cc845e78054777f573527d53dd7c1c56ac174bac5bf66";
        let by_input = "536055dda7b5372bd9a66ea2cc28664b0541a6e4e471428378e5e95e361a6464";
        assert_eq!(of(Some("j1"), "h.p"), by_id);
        assert_eq!(of(None, "h.p"), by_input);
    }
}
