use deputize_core::{Confirmation, Issuer, Lineage, ResourceId, TenantId, UnixTime};

use super::{
    error::VerifyError,
    trust::{Presented, Revocation, Trust},
    verified::Verified,
};
use crate::{
    claims::{Claims, TYPE},
    jws::Jws,
    key::VerifyingKey,
    limits::{DEFAULT_LEEWAY_SECONDS, DEFAULT_MAX_LIFETIME_SECONDS, MAX_TOKEN_BYTES},
};

/// Verifies the tokens of one tenant and one issuer for one resource.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verifier {
    /// The tenant whose tokens are taken. Under a shared issuer another tenant's are refused.
    pub tenant: TenantId,
    /// The issuer whose tokens are taken.
    pub issuer: Issuer,
    /// The resource that verifies: tokens for another are refused.
    pub audience: ResourceId,
    /// Seconds by which the issuer's clock may be ahead: for `nbf` and `iat` only. An `exp` that
    /// has passed has passed. 30 by default.
    pub leeway_seconds: u32,
    /// The longest life, in seconds, of a token that is taken. 24 hours by default.
    pub max_lifetime_seconds: u32,
}

impl Verifier {
    /// A verifier with the default leeway and lifetime.
    #[must_use]
    pub fn new(tenant: TenantId, issuer: Issuer, audience: ResourceId) -> Self {
        Self {
            tenant,
            issuer,
            audience,
            leeway_seconds: DEFAULT_LEEWAY_SECONDS,
            max_lifetime_seconds: DEFAULT_MAX_LIFETIME_SECONDS,
        }
    }

    /// Verifies a token: signature, every claim, time, revocation and how it was presented. There
    /// is no part of it that could be left out.
    ///
    /// # Errors
    ///
    /// As [`VerifyError`] tells.
    pub fn verify(
        &self,
        trust: Trust<'_>,
        token: &str,
        presented: Presented,
        now: UnixTime,
    ) -> Result<Verified, VerifyError> {
        let checks = Checks {
            tenant: &self.tenant,
            issuer: &self.issuer,
            leeway_seconds: self.leeway_seconds,
            max_lifetime_seconds: self.max_lifetime_seconds,
            now,
        };
        let claims = checks.signed(token, |kid| trust.keys.get(kid))?;
        // RFC 9068 §4: the resource server MUST find itself in `aud`. RFC 8725 §3.9.
        if claims.audience != self.audience {
            return Err(VerifyError::WrongAudience);
        }
        let lineage = claims.lineage();
        checks.live(&claims, &lineage, trust.revoked)?;
        presented.proves(&claims)?;
        Ok(Verified::new(claims, lineage))
    }
}

/// What holds for a token wherever it is verified: at its resource, and at its issuer as a parent.
pub(crate) struct Checks<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) issuer: &'a Issuer,
    pub(crate) leeway_seconds: u32,
    pub(crate) max_lifetime_seconds: u32,
    pub(crate) now: UnixTime,
}

impl Checks<'_> {
    /// Signed by a key of this issuer, for this tenant, and well-formed in every part.
    pub(crate) fn signed<'k>(
        &self,
        token: &str,
        key: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
    ) -> Result<Claims, VerifyError> {
        let jws = Jws::parse(token, MAX_TOKEN_BYTES)?;
        // RFC 9068 §4, RFC 8725 §3.11: `typ` MUST be at+jwt or application/at+jwt; RFC 7515
        // §4.1.9: media types compare without case.
        let typ = jws.header().typ.as_deref().ok_or(VerifyError::WrongType)?;
        let kind = match typ.split_at_checked("application/".len()) {
            Some((prefix, kind)) if prefix.eq_ignore_ascii_case("application/") => kind,
            _ => typ,
        };
        if !kind.eq_ignore_ascii_case(TYPE) {
            return Err(VerifyError::WrongType);
        }
        // RFC 8725 §3.10: `kid` only chooses among the keys of the one issuer.
        let kid = jws.header().kid.as_deref().ok_or(VerifyError::InvalidHeader)?;
        let key = key(kid).ok_or(VerifyError::UnknownKey)?;
        // A key of a JWT-SVID bundle signs no tokens.
        if !key.algorithm().signs_tokens() {
            return Err(VerifyError::AlgorithmMismatch);
        }
        let claims = Claims::read(jws.verify(key)?, self.issuer)?;
        if claims.tenant != *self.tenant {
            return Err(VerifyError::WrongTenant);
        }
        Ok(claims)
    }

    /// Within its time, and nothing it rests on is revoked.
    pub(crate) fn live(&self, claims: &Claims, lineage: &Lineage, revoked: Revocation<'_>) -> Result<(), VerifyError> {
        // RFC 7519 §4.1.4: on or after `exp` the token MUST NOT be accepted. No leeway here.
        if claims.expires_at <= self.now {
            return Err(VerifyError::Expired);
        }
        let latest = self.now.plus(self.leeway_seconds);
        if claims.not_before.is_some_and(|not_before| latest < not_before) {
            return Err(VerifyError::NotYetValid);
        }
        if latest < claims.issued_at {
            return Err(VerifyError::IssuedInFuture);
        }
        if claims.expires_at.since(claims.issued_at) > u64::from(self.max_lifetime_seconds) {
            return Err(VerifyError::LifetimeTooLong);
        }
        match revoked {
            Revocation::ExpiryOnly => Ok(()),
            Revocation::Snapshot(revoked) => match revoked.find(lineage) {
                None => Ok(()),
                Some(_) => Err(VerifyError::Revoked),
            },
        }
    }
}

impl Presented {
    pub(crate) fn proves(self, claims: &Claims) -> Result<(), VerifyError> {
        match (claims.confirmation, self) {
            (None, Self::Bearer | Self::Certificate(_)) => Ok(()),
            // RFC 8705 §3: it MUST be the certificate that the token is bound to.
            (Some(Confirmation::X5tS256(bound)), Self::Certificate(shown)) if bound == shown => Ok(()),
            (Some(Confirmation::X5tS256(_)), Self::Certificate(_)) => Err(VerifyError::WrongCertificate),
            // RFC 9449 §7.1, RFC 8705 §3: a bound token without proof of its key MUST be refused.
            (Some(_), Self::Bearer)
            | (Some(Confirmation::Jkt(_) | Confirmation::Both { .. }), Self::Certificate(_)) => {
                Err(VerifyError::BoundPresentedAsBearer)
            }
        }
    }
}
