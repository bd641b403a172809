use std::collections::BTreeMap;

use deputize_core::{AgentId, AgentProof, Allow, Confirmation, Proven, ProvenBy, TenantId, UnixTime};
use deputize_token::{
    Algorithm,
    jws::{Jws, JwsError},
};
use webpki::KeyUsage;

use super::{
    claims::Claims,
    error::SvidError,
    replay::{self, SvidReplay},
};
use crate::{
    bundle::{Bundle, Bundles},
    certificate,
    layout::Layout,
    limits::{DEFAULT_LEEWAY_SECONDS, DEFAULT_MAX_LIFETIME_SECONDS, MAX_SVID_BYTES},
    trust_domain::TrustDomain,
};

/// What a token is bound to that an X.509-SVID was traded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "bound, or not")]
pub enum SvidBinding {
    /// The certificate, by its `x5t#S256` (RFC 8705 §3.1): a stolen token is worth nothing without
    /// its key. The agent has to present the same certificate wherever it shows the token, so the
    /// token is of no more use once the SVID was renewed.
    #[default]
    Certificate,
    /// Nothing: it is a bearer token.
    Nothing,
}

/// Verifies SVIDs that are meant for one audience, of the trust domains whose bundles it has.
///
/// There is no other way from the text of an SVID to an identity: nothing reads one unverified.
///
/// ```compile_fail,E0277
/// # fn unverified(svid: &str) -> Option<deputize_core::AgentProof> {
/// svid.parse().ok()
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SvidVerifier<B> {
    layout: Layout,
    audience: String,
    bundles: B,
    /// Seconds by which the issuer's clock may be ahead: for `nbf` and `iat` only. 30 by default.
    pub leeway_seconds: u32,
    /// The longest life, in seconds, of a JWT-SVID that is taken; from now on where it does not say
    /// when it was issued. One hour by default.
    pub max_lifetime_seconds: u32,
    /// How often one JWT-SVID proves an agent. Until it expires by default.
    pub replay: SvidReplay,
    /// What tokens are bound to that an X.509-SVID was traded for. Its certificate by default.
    pub binding: SvidBinding,
    /// Whose agents the ids of a trust domain name. Empty by default: then only the layout decides,
    /// and every trust domain whose bundle is held is taken at its word.
    ///
    /// Once anything is in it, a trust domain that is not is refused
    /// ([`SvidError::ForeignTenant`]). For one that is:
    ///
    /// | | layout with `<tenant>` in its path | layout without |
    /// | --- | --- | --- |
    /// | `Allow::Any` | the tenant of the path | the trust domain's name |
    /// | `Allow::Only`, one | has to be the tenant of the path | that one: several trust domains may belong to it |
    /// | `Allow::Only`, several | the tenant of the path has to be among them | refused: it can't be told which |
    ///
    /// ```
    /// # use deputize_core::{Allow, NonEmptySet};
    /// # use deputize_spiffe::{Layout, StaticBundles, SvidVerifier};
    /// # let bundles = StaticBundles::default();
    /// let mut verifier = SvidVerifier::new(Layout::default(), "https://id.example", bundles);
    /// for trust_domain in ["prod.acme.example", "dev.acme.example"] {
    ///     verifier.tenants.insert(trust_domain.parse()?, Allow::Only(NonEmptySet::of("acme".parse()?)));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub tenants: BTreeMap<TrustDomain, Allow<TenantId>>,
}

impl<B: Bundles> SvidVerifier<B> {
    /// A verifier with the defaults. `audience` is what JWT-SVIDs have to be meant for: the issuer of
    /// the authorization server, or the resource that verifies them. X.509-SVIDs have none.
    ///
    /// With bundles of more than one trust domain, look at [`SvidVerifier::tenants`].
    pub fn new(layout: Layout, audience: impl Into<String>, bundles: B) -> Self {
        Self {
            layout,
            audience: audience.into(),
            bundles,
            leeway_seconds: DEFAULT_LEEWAY_SECONDS,
            max_lifetime_seconds: DEFAULT_MAX_LIFETIME_SECONDS,
            replay: SvidReplay::default(),
            binding: SvidBinding::default(),
            tenants: BTreeMap::new(),
        }
    }

    /// What the parts of an id mean here.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Verifies a JWT-SVID: that a workload with this identity was seen by its platform, until when.
    ///
    /// # Errors
    ///
    /// As [`SvidError`] tells.
    pub fn jwt(&self, svid: &str, now: UnixTime) -> Result<AgentProof, SvidError> {
        let jws = Jws::parse(svid, MAX_SVID_BYTES)?;
        // JWT-SVID §2.3: `typ` is optional; if set, it MUST be JWT or JOSE.
        if !matches!(jws.header().typ.as_deref(), None | Some("JWT" | "JOSE")) {
            return Err(SvidError::WrongType);
        }
        // JWT-SVID §2.1: these nine, so neither `none` nor HMAC nor EdDSA.
        let algorithm = Algorithm::from_name(&jws.header().alg).filter(|algorithm| is_allowed(*algorithm));
        let algorithm = algorithm.ok_or(SvidError::UnsupportedAlgorithm)?;
        // Whose key is needed is what the SVID claims; it is true once that very key verified it.
        let claims = Claims::read(jws.claimed_payload())?;
        let trust_domain = TrustDomain::of(&claims.subject);
        let bundle = self.bundles.bundle(&trust_domain)?;
        if *bundle.trust_domain() != trust_domain {
            return Err(SvidError::UnknownTrustDomain);
        }
        verify(&jws, algorithm, &bundle)?;
        self.check(&claims, now)?;
        let tenant = self.tenant(&claims.subject)?;
        let replay = match self.replay {
            SvidReplay::ReusableUntilExpiry => Vec::new(),
            SvidReplay::Once => {
                let keep_until = claims.expires_at.plus(self.leeway_seconds);
                vec![replay::key(&trust_domain, claims.id.as_deref(), jws.signing_input(), keep_until)]
            }
        };
        Ok(AgentProof::assertion(Proven {
            tenant,
            by: ProvenBy::JwtSvid(claims.subject),
            expires_at: claims.expires_at,
            replay,
            confirmation: None,
        }))
    }

    /// Verifies an X.509-SVID: DER certificates, the leaf first, then those between it and an
    /// authority of its trust domain, in any order (X509-SVID §5). That says who the certificate
    /// identifies. Whether whoever sent it holds its key is for the TLS handshake to say: pass the
    /// certificates of a finished one and nothing else.
    ///
    /// Neither the audience nor the leeway, the greatest lifetime and the replay policy matter here:
    /// certificates have none, and the key is proven anew on every connection.
    ///
    /// # Errors
    ///
    /// As [`SvidError`] tells.
    pub fn x509(&self, chain: &[impl AsRef<[u8]>], now: UnixTime) -> Result<AgentProof, SvidError> {
        let identity = certificate::verify(chain, &self.bundles, KeyUsage::client_auth(), now)?;
        let tenant = self.tenant(&identity.id)?;
        let bound = self.binding == SvidBinding::Certificate;
        Ok(AgentProof::assertion(Proven {
            tenant,
            by: ProvenBy::X509Svid(identity.id),
            expires_at: identity.expires_at,
            replay: Vec::new(),
            confirmation: bound.then_some(Confirmation::X5tS256(identity.thumbprint)),
        }))
    }

    /// Whose agent it is, by the layout and by what the trust domain may name.
    fn tenant(&self, id: &AgentId) -> Result<TenantId, SvidError> {
        let agent = self.layout.read(id).map_err(|_| SvidError::NotInLayout)?;
        if self.tenants.is_empty() {
            return Ok(agent.tenant().clone());
        }
        match self.tenants.get(&TrustDomain::of(id)).ok_or(SvidError::ForeignTenant)? {
            Allow::Any => Ok(agent.tenant().clone()),
            Allow::Only(tenants) if agent.names_tenant() => {
                tenants.contains(agent.tenant()).then(|| agent.tenant().clone()).ok_or(SvidError::ForeignTenant)
            }
            Allow::Only(tenants) => {
                let mut tenants = tenants.iter();
                tenants.next().filter(|_| tenants.next().is_none()).cloned().ok_or(SvidError::ForeignTenant)
            }
        }
    }

    fn check(&self, claims: &Claims, now: UnixTime) -> Result<(), SvidError> {
        // JWT-SVID §3.2: a validator MUST find itself in `aud`.
        if !claims.audience.contains(&self.audience) {
            return Err(SvidError::WrongAudience);
        }
        // JWT-SVID §3.3: an SVID whose `exp` has passed MUST be refused. No leeway here.
        if claims.expires_at <= now {
            return Err(SvidError::Expired);
        }
        let latest = now.plus(self.leeway_seconds);
        if claims.not_before.is_some_and(|not_before| latest < not_before) {
            return Err(SvidError::NotYetValid);
        }
        if claims.issued_at.is_some_and(|issued_at| latest < issued_at) {
            return Err(SvidError::IssuedInFuture);
        }
        let lifetime = claims.expires_at.since(claims.issued_at.unwrap_or(now));
        if lifetime > u64::from(self.max_lifetime_seconds) {
            return Err(SvidError::LifetimeTooLong);
        }
        Ok(())
    }
}

/// Whether a key of this bundle signed it, and with it the very payload that was read.
fn verify(jws: &Jws<'_>, algorithm: Algorithm, bundle: &Bundle) -> Result<(), SvidError> {
    match &jws.header().kid {
        Some(kid) => {
            jws.verify(bundle.keys().get(kid).ok_or(SvidError::UnknownKey)?)?;
            Ok(())
        }
        // JWT-SVID §2.2: `kid` is optional. Only keys of the right kind are tried.
        None => {
            let mut keys = bundle.keys().iter().filter(|key| key.algorithm() == algorithm);
            let signed = keys.any(|key| jws.verify(key).is_ok());
            signed.then_some(()).ok_or(SvidError::from(JwsError::BadSignature))
        }
    }
}

fn is_allowed(algorithm: Algorithm) -> bool {
    match algorithm {
        Algorithm::Rs256
        | Algorithm::Rs384
        | Algorithm::Rs512
        | Algorithm::Es256
        | Algorithm::Es384
        | Algorithm::Es512
        | Algorithm::Ps256
        | Algorithm::Ps384
        | Algorithm::Ps512 => true,
        Algorithm::EdDsa | Algorithm::Ed25519 => false,
    }
}
