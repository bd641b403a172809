//! `jsonwebtoken`, as its documentation has it: `encode` and `decode` with typed claims, the same
//! key, the same claims. What it checks of ours: signature, `iss`, `aud`, `exp` and `nbf`.

use std::collections::BTreeSet;

use deputize_benches::{Failure, resource};
use deputize_token::{Algorithm, fresh_token_id};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode, jwk::JwkSet};
use serde::{Deserialize, Serialize};

use super::token::Token;
use crate::issuer::Issuer;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    sub: String,
    aud: Vec<String>,
    exp: u64,
    iat: u64,
    nbf: u64,
    jti: String,
    client_id: String,
    scope: String,
    act: Actor,
    delegation: Delegation,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Actor {
    sub: String,
    client_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Delegation {
    tenant: String,
    proof: String,
    id: String,
    depth: u8,
    max_depth: u8,
    chain: Vec<String>,
}

pub(crate) struct Jwt<'a> {
    issuer: &'a Issuer,
    token: String,
    header: Header,
    claims: Claims,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl<'a> Jwt<'a> {
    pub(crate) fn new(issuer: &'a Issuer) -> Result<Self, Failure> {
        let (algorithm, encoding) = match issuer.algorithm {
            Algorithm::Es256 => (jsonwebtoken::Algorithm::ES256, EncodingKey::from_ec_der(&issuer.pkcs8)),
            _ => (jsonwebtoken::Algorithm::EdDSA, EncodingKey::from_ed_der(&issuer.pkcs8)),
        };
        let jwks: JwkSet = serde_json::from_str(&issuer.keys.to_json())?;
        let decoding = DecodingKey::from_jwk(jwks.keys.first().ok_or("no key")?)?;
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[issuer.ring.issuer().as_str()]);
        validation.set_audience(&[resource()?.as_str()]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "nbf", "sub"]);
        validation.validate_nbf = true;
        let token = issuer.token()?;
        let decoded = decode::<Claims>(&token, &decoding, &validation)?;
        let (header, claims) = (decoded.header, decoded.claims);
        let this = Self { issuer, token, header, claims, encoding, decoding, validation };
        // Ours takes theirs, too: it is the same token, but for the id.
        if issuer.verify(&String::from_utf8(this.mint()?)?)?.scopes() != &issuer.scopes {
            return Err("the scopes of jsonwebtoken's differ".into());
        }
        Ok(this)
    }
}

impl Token for Jwt<'_> {
    type Verified = Claims;

    fn name(&self) -> String {
        "jsonwebtoken".into()
    }

    fn token(&self) -> &[u8] {
        self.token.as_bytes()
    }

    fn mint(&self) -> Result<Vec<u8>, Failure> {
        let claims = Claims { jti: fresh_token_id(self.issuer.now)?.to_string(), ..self.claims.clone() };
        Ok(encode(&self.header, &claims, &self.encoding)?.into_bytes())
    }

    fn verify(&self, token: &[u8]) -> Result<Claims, Failure> {
        Ok(decode(token, &self.decoding, &self.validation)?.claims)
    }

    fn scopes(&self, verified: &Claims) -> BTreeSet<String> {
        verified.scope.split(' ').map(str::to_owned).collect()
    }
}
