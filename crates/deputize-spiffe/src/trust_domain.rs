use core::{fmt, str::FromStr};

use deputize_core::{AgentId, ParseError, TenantId};

/// The name of a trust domain (SPIFFE-ID §2.1): 1 to 255 bytes of `[a-z0-9._-]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrustDomain(TenantId);

impl TrustDomain {
    /// The trust domain of an agent.
    #[must_use]
    pub fn of(id: &AgentId) -> Option<Self> {
        id.trust_domain().parse().ok()
    }

    /// The name, without scheme.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for TrustDomain {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        // A tenant id has the grammar of a trust domain, so that it can be one.
        text.parse().map(Self)
    }
}

impl fmt::Display for TrustDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for TrustDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
