//! A trust domain for tests and demonstrations: it signs whatever it is told to. A real one is run
//! by SPIRE or another implementation of SPIFFE.

use core::fmt;

use deputize_core::{AgentId, UnixTime};
use deputize_token::{Algorithm, KeyError, SigningKey, jws::encode};
use jsonwebtoken::signature::Signer;
use serde_json::{Value, json};

use crate::trust_domain::TrustDomain;

/// Signs JWT-SVIDs of one trust domain.
pub struct Authority {
    trust_domain: TrustDomain,
    key: SigningKey,
}

impl Authority {
    /// A trust domain with a new ES256 key.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness.
    pub fn generate(trust_domain: TrustDomain) -> Result<Self, KeyError> {
        Ok(Self { trust_domain, key: SigningKey::generate(Algorithm::Es256)? })
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
        json!({"keys": [jwk], "spiffe_sequence": 1, "spiffe_refresh_hint": 300}).to_string()
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("trust_domain", &self.trust_domain).finish_non_exhaustive()
    }
}
