use core::{fmt, str::FromStr};

use deputize_core::AgentId;

use crate::limits::MAX_TRUST_DOMAIN_BYTES;

/// The name of a trust domain (SPIFFE-ID §2.1): 1 to 255 bytes of `[a-z0-9._-]`, without scheme.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrustDomain(String);

/// Why a text is no trust domain's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustDomainError {
    /// It is empty.
    #[error("the trust domain's name is empty")]
    Empty,
    /// It is longer than [`MAX_TRUST_DOMAIN_BYTES`].
    #[error("the trust domain's name is longer than {MAX_TRUST_DOMAIN_BYTES} bytes")]
    TooLong,
    /// At this byte it has a character that no trust domain has, such as one in upper case.
    #[error("the trust domain's name takes only a-z, 0-9, `.`, `_` and `-` (at byte {0})")]
    Character(usize),
}

impl TrustDomain {
    /// The trust domain of an agent.
    #[must_use]
    pub fn of(id: &AgentId) -> Self {
        // Its parser has checked the same grammar.
        Self(id.trust_domain().to_owned())
    }

    /// The name, without scheme.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TrustDomain {
    type Err = TrustDomainError;
    fn from_str(text: &str) -> Result<Self, TrustDomainError> {
        if text.is_empty() {
            return Err(TrustDomainError::Empty);
        }
        if text.len() > MAX_TRUST_DOMAIN_BYTES {
            return Err(TrustDomainError::TooLong);
        }
        // SPIFFE-ID §2.1: no scheme, userinfo or port, so nothing but these characters.
        let taken = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        match text.bytes().position(|b| !taken(b)) {
            Some(at) => Err(TrustDomainError::Character(at)),
            None => Ok(Self(text.to_owned())),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_canonical_form_only() {
        for (text, error) in [
            ("", TrustDomainError::Empty),
            ("Acme", TrustDomainError::Character(0)),
            ("spiffe://acme", TrustDomainError::Character(6)),
            ("acme:1", TrustDomainError::Character(4)),
            ("u@acme", TrustDomainError::Character(1)),
            ("acme/", TrustDomainError::Character(4)),
            ("äcme", TrustDomainError::Character(0)),
        ] {
            assert_eq!(text.parse::<TrustDomain>(), Err(error), "{text}");
        }
        assert_eq!("a".repeat(256).parse::<TrustDomain>(), Err(TrustDomainError::TooLong));
        for text in ["acme.example", "a", "0_-.", &"a".repeat(255)] {
            assert_eq!(text.parse::<TrustDomain>().unwrap().as_str(), text);
        }
    }

    /// The longest that each of the two parsers takes.
    #[test]
    fn of_an_id_is_what_its_own_parser_takes() {
        let id: AgentId = format!("spiffe://{}/x", "a".repeat(255)).parse().unwrap();
        assert_eq!(TrustDomain::of(&id).to_string().parse(), Ok(TrustDomain::of(&id)));
        assert!(format!("spiffe://{}/x", "a".repeat(256)).parse::<AgentId>().is_err());
    }
}
