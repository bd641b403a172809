//! A trust domain for tests and demonstrations: it signs whatever it is told to. A real one is run
//! by SPIRE or another implementation of SPIFFE.

use core::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use deputize_core::{AgentId, UnixTime};
use deputize_token::{Algorithm, KeyError, SigningKey, jws::encode};
use jsonwebtoken::signature::Signer;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use serde_json::{Value, json};

use crate::{svid::X509Svid, trust_domain::TrustDomain};

/// Signs the SVIDs of one trust domain.
pub struct Authority {
    trust_domain: TrustDomain,
    key: SigningKey,
    x509: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// A trust domain with a new ES256 key, and a P-256 key with a certificate that does not expire
    /// in our time.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness.
    pub fn generate(trust_domain: TrustDomain) -> Result<Self, KeyError> {
        let key = SigningKey::generate(Algorithm::Es256)?;
        let x509 = x509_authority(&trust_domain).map_err(|_| KeyError::Rejected)?;
        Ok(Self { trust_domain, key, x509 })
    }

    /// A JWT-SVID for `agent`, meant for `audience`, that lives for `lifetime` seconds.
    ///
    /// # Errors
    ///
    /// When the key fails.
    pub fn svid(&self, agent: &AgentId, audience: &str, now: UnixTime, lifetime: u32) -> Result<String, KeyError> {
        let claims = json!({
            "sub": agent.as_str(),
            "aud": [audience],
            "iat": now.as_secs(),
            "exp": now.plus(lifetime).as_secs(),
        });
        self.sign(&json!({"alg": "ES256", "kid": self.kid(), "typ": "JWT"}), &claims)
    }

    /// An X.509-SVID for `agent` with a new P-256 key, that lives for `lifetime` seconds.
    ///
    /// # Errors
    ///
    /// When a key fails.
    pub fn x509_svid(&self, agent: &AgentId, now: UnixTime, lifetime: u32) -> Result<X509Svid, KeyError> {
        let key = KeyPair::generate().map_err(|_| KeyError::Rejected)?;
        let certificate = leaf(agent, now, lifetime).and_then(|leaf| leaf.signed_by(&key, &self.x509));
        let certificate = certificate.map_err(|_| KeyError::Rejected)?;
        X509Svid::new(vec![certificate.der().to_vec()], key.serialize_der()).map_err(|_| KeyError::Rejected)
    }

    /// Any certificate at all, signed, as DER.
    #[cfg(any(fuzzing, test))]
    pub(crate) fn sign_certificate(&self, params: CertificateParams) -> Result<Vec<u8>, rcgen::Error> {
        Ok(params.signed_by(self.x509.key(), &self.x509)?.der().to_vec())
    }

    /// Any header and any claims at all, signed.
    ///
    /// # Errors
    ///
    /// When the key fails.
    pub fn sign(&self, header: &Value, claims: &Value) -> Result<String, KeyError> {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// Any texts at all as header and claims, signed.
    ///
    /// # Errors
    ///
    /// When the key fails.
    pub fn sign_text(&self, header: &str, claims: &str) -> Result<String, KeyError> {
        let input = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = self.key.try_sign(input.as_bytes()).map_err(|_| KeyError::Rejected)?;
        Ok(format!("{input}.{}", encode(&signature)))
    }

    /// The id of its key.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.key.public().kid()
    }

    /// Its bundle, as JSON.
    #[must_use]
    pub fn bundle(&self) -> String {
        let mut jwk = self.key.public().to_jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("use".to_owned(), "jwt-svid".into());
        }
        let point = self.x509.key().public_key_raw();
        let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
        let x509 = json!({
            "kty": "EC",
            "crv": "P-256",
            "x": encode(x),
            "y": encode(y),
            "use": "x509-svid",
            "x5c": [STANDARD.encode(self.x509.der())],
        });
        json!({"keys": [jwk, x509], "spiffe_sequence": 1, "spiffe_refresh_hint": 300}).to_string()
    }
}

/// X509-SVID §3.2, §4: an SVID itself, with the trust domain's own id.
fn x509_authority(trust_domain: &TrustDomain) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, trust_domain.as_str());
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.subject_alt_names = vec![SanType::URI(format!("spiffe://{trust_domain}").try_into()?)];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// X509-SVID §2, §3.1, §4.
pub(crate) fn leaf(agent: &AgentId, now: UnixTime, lifetime: u32) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    let time = |time: UnixTime| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(time.as_secs());
    params.not_before = time(now);
    params.not_after = time(now.plus(lifetime));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "SPIFFE");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.subject_alt_names = vec![SanType::URI(agent.as_str().try_into()?)];
    Ok(params)
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("trust_domain", &self.trust_domain).finish_non_exhaustive()
    }
}
