use deputize_core::{AgentProof, Held, Parent, UnixTime};

use super::key_ring::KeyRing;
use crate::{
    limits::DEFAULT_LEEWAY_SECONDS,
    verify::{Checks, Presented, Revocation, VerifyError},
};

/// How a token comes to be handed on.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "a new way must break those who decide on it")]
pub enum Handed<'a> {
    /// Its holder brings it, presented as it would be at a resource.
    ByHolder(Presented),
    /// The next agent brings it, and was proven. A token that is bound to a key may come this way
    /// too: the delegation has to name the next agent in `onward`, which the decision checks.
    ToOnward(&'a AgentProof),
}

impl KeyRing {
    /// Verifies one of this ring's own tokens, whatever its audience, as the parent of another
    /// (RFC 8693 §2.1, `subject_token`).
    ///
    /// # Errors
    ///
    /// As [`VerifyError`] tells.
    pub fn parent(
        &self,
        revoked: Revocation<'_>,
        token: &str,
        handed: Handed<'_>,
        now: UnixTime,
    ) -> Result<Parent, VerifyError> {
        let checks = Checks {
            tenant: &self.tenant,
            issuer: &self.issuer,
            leeway_seconds: DEFAULT_LEEWAY_SECONDS,
            max_lifetime_seconds: self.max_lifetime_seconds,
            now,
        };
        let published = |kid: &str| self.published(now).find(|key| key.kid() == kid);
        let claims = checks.signed(token, |kid| published(kid).map(AsRef::as_ref))?;
        let lineage = claims.lineage();
        checks.live(&claims, &lineage, revoked)?;
        match handed {
            Handed::ByHolder(presented) => presented.proves(&claims)?,
            Handed::ToOnward(proof) if *proof.tenant() != self.tenant => return Err(VerifyError::ForeignProof),
            Handed::ToOnward(proof) if proof.expires_at() <= now => return Err(VerifyError::Expired),
            Handed::ToOnward(_) => {}
        }
        let (Some(person), Some(delegation)) = (claims.person, claims.delegation) else {
            return Err(VerifyError::NotDelegated);
        };
        Ok(Parent::assertion(Held {
            tenant: claims.tenant,
            person,
            delegation,
            resource: claims.audience,
            scopes: claims.scopes,
            tokens: lineage.tokens,
            agents: claims.earlier.into_iter().chain([claims.agent]).collect(),
            depth: claims.depth,
            max_depth: claims.max_depth,
            expires_at: claims.expires_at,
            confirmation: claims.confirmation,
        }))
    }
}
