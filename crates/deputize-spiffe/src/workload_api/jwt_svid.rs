use core::fmt;

use deputize_core::{AgentId, UnixTime};
use deputize_token::jws::Jws;
use zeroize::Zeroizing;

use super::error::WorkloadApiError;
use crate::{limits::MAX_SVID_BYTES, svid::Claims};

/// A JWT-SVID of one's own: whoever has the text is taken for this workload by its audience.
///
/// It is not printed, not compared and not cloned; its memory is cleared when it is dropped.
pub struct JwtSvid {
    text: Zeroizing<String>,
    id: AgentId,
    expires_at: UnixTime,
}

impl JwtSvid {
    /// What the agent answered, for `wanted` if that was asked for. Its signature is for its audience
    /// to verify.
    pub(super) fn new(text: String, wanted: Option<&AgentId>) -> Result<Self, WorkloadApiError> {
        let text = Zeroizing::new(text);
        let malformed = |why: &str| WorkloadApiError::Malformed(format!("the JWT-SVID: {why}"));
        let jws = Jws::parse(&text, MAX_SVID_BYTES).map_err(|error| malformed(&error.to_string()))?;
        let claims = Claims::read(jws.claimed_payload()).map_err(|error| malformed(&error.to_string()))?;
        // Workload API §6.2.1: `spiffe_id` asks for the SVID of that very identity.
        if wanted.is_some_and(|wanted| *wanted != claims.subject) {
            return Err(malformed("it is another identity's"));
        }
        Ok(Self { id: claims.subject, expires_at: claims.expires_at, text })
    }

    /// The text, for its audience and nobody else.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.text
    }

    /// Whose it is.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        &self.id
    }

    /// From when on it no longer counts.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

impl fmt::Debug for JwtSvid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("JwtSvid");
        debug.field("id", &self.id).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Authority;

    #[test]
    fn is_of_the_identity_that_was_asked_for_and_is_not_printed() {
        let now = UnixTime::from_secs(1_800_000_000).unwrap();
        let authority = Authority::generate("acme".parse().unwrap()).unwrap();
        let agent: AgentId = "spiffe://acme/agent/r1".parse().unwrap();
        let text = authority.svid(&agent, "https://id.example", now, 300).unwrap();
        let svid = JwtSvid::new(text.clone(), Some(&agent)).unwrap();
        assert_eq!((svid.secret(), svid.id(), svid.expires_at()), (text.as_str(), &agent, now.plus(300)));
        let signature = text.rsplit('.').next().unwrap();
        assert!(!format!("{svid:?}").contains(signature));

        let other = "spiffe://acme/agent/r2".parse().unwrap();
        for refused in [JwtSvid::new(text.clone(), Some(&other)), JwtSvid::new("a.b".to_owned(), None)] {
            let error = refused.unwrap_err();
            assert!(matches!(error, WorkloadApiError::Malformed(_)));
            assert!(!error.to_string().contains(signature));
        }
    }
}
