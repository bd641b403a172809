use std::{fmt, sync::Arc, time::Duration};

use deputize_core::AgentId;
use rustls::RootCertStore;

use super::EndpointUrl;
use crate::{bundle::Bundles, trust_domain::TrustDomain};

/// Whose bundle is fetched from where, and how the endpoint proves itself (Federation §5.1).
///
/// All of it decides on whom to trust, and none of it can be told from the rest (§7.1, §7.2): take
/// it from a source that nobody can tamper with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Relationship {
    pub(super) trust_domain: TrustDomain,
    pub(super) endpoint: EndpointUrl,
    pub(super) profile: EndpointProfile,
    /// A bundle that the endpoint has not confirmed for so long is no longer given out. By default
    /// the last good one is kept however old. Choose several times the refresh hint, so that an
    /// endpoint may fail for a while.
    pub max_age: Option<Duration>,
    /// Whether redirects are followed, as the standard recommends (§5.2.1.4, §5.2.2.4), or are
    /// errors: they lead to hosts that nobody here has looked at (§7.5.1). True by default.
    pub follow_redirects: bool,
}

/// How an endpoint proves itself (Federation §5.2).
#[derive(Clone)]
#[non_exhaustive]
pub enum EndpointProfile {
    /// `https_web` (§5.2.1): by a certificate for the host of its URL. Only alternative names count,
    /// never the common name (RFC 9525 §2).
    HttpsWeb {
        /// The authorities of such certificates, such as those of the operating system.
        roots: Arc<RootCertStore>,
    },
    /// `https_spiffe` (§5.2.2): by an X.509-SVID. The host of the URL does not matter.
    HttpsSpiffe {
        /// The endpoint's SPIFFE ID.
        endpoint: AgentId,
        /// Where the bundle of the endpoint's own trust domain is found: when that is the one that
        /// is fetched, until the first fetch, and from then on the last one fetched; else each time.
        bundles: Arc<dyn Bundles + Send + Sync>,
    },
}

impl Relationship {
    /// A relationship with the defaults.
    #[must_use]
    pub fn new(trust_domain: TrustDomain, endpoint: EndpointUrl, profile: EndpointProfile) -> Self {
        Self { trust_domain, endpoint, profile, max_age: None, follow_redirects: true }
    }
}

impl fmt::Debug for EndpointProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HttpsWeb { roots } => f.debug_struct("HttpsWeb").field("roots", &roots.len()).finish(),
            Self::HttpsSpiffe { endpoint, .. } => {
                f.debug_struct("HttpsSpiffe").field("endpoint", endpoint).finish_non_exhaustive()
            }
        }
    }
}
