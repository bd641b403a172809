//! PASETO v4.public, by `pasetors`: the same claims, with times as its standard has them.

use std::collections::BTreeSet;

use deputize_benches::{Failure, resource};
use deputize_token::fresh_token_id;
use pasetors::{
    Public,
    claims::{Claims, ClaimsValidationRules},
    keys::{AsymmetricKeyPair, Generate},
    public,
    token::{TrustedToken, UntrustedToken},
    version4::V4,
};
use serde_json::json;

use super::token::Token;
use crate::issuer::{DELEGATION, Issuer, PERSON, client, spiffe_id};

pub(crate) struct Paseto<'a> {
    issuer: &'a Issuer,
    token: Vec<u8>,
    claims: Claims,
    keys: AsymmetricKeyPair<V4>,
    rules: ClaimsValidationRules,
}

impl<'a> Paseto<'a> {
    pub(crate) fn new(issuer: &'a Issuer) -> Result<Self, Failure> {
        let (name, audience) = (issuer.ring.issuer().as_str(), resource()?);
        // With `iat`, `nbf` and `exp`, of now and in an hour.
        let mut claims = Claims::new()?;
        claims.issuer(name)?;
        claims.subject(PERSON)?;
        claims.audience(audience.as_str())?;
        claims.add_additional("client_id", client(0))?;
        claims.add_additional("scope", issuer.scopes.to_string())?;
        let act = json!({"sub": spiffe_id(0), "client_id": client(0)});
        claims.add_additional("act", act)?;
        let delegation =
            json!({"tenant": "acme", "proof": "jwt_svid", "id": DELEGATION, "depth": 0, "max_depth": 8, "chain": []});
        claims.add_additional("delegation", delegation)?;
        let mut rules = ClaimsValidationRules::new();
        rules.validate_issuer_with(name);
        rules.validate_audience_with(audience.as_str());
        let keys = AsymmetricKeyPair::<V4>::generate()?;
        let mut this = Self { issuer, token: Vec::new(), claims, keys, rules };
        this.token = this.mint()?;
        Ok(this)
    }
}

impl Token for Paseto<'_> {
    type Verified = TrustedToken;

    fn name(&self) -> String {
        "pasetors, v4.public".into()
    }

    fn token(&self) -> &[u8] {
        &self.token
    }

    fn mint(&self) -> Result<Vec<u8>, Failure> {
        let mut claims = self.claims.clone();
        claims.token_identifier(&fresh_token_id(self.issuer.now)?.to_string())?;
        Ok(public::sign(&self.keys.secret, &claims, None, None)?.into_bytes())
    }

    fn verify(&self, token: &[u8]) -> Result<TrustedToken, Failure> {
        let untrusted = UntrustedToken::<Public, V4>::try_from(str::from_utf8(token)?)?;
        Ok(public::verify(&self.keys.public, &untrusted, &self.rules, None, None)?)
    }

    fn scopes(&self, verified: &TrustedToken) -> BTreeSet<String> {
        let scope = verified.payload_claims().and_then(|claims| claims.get_claim("scope"));
        scope.and_then(|scope| scope.as_str()).unwrap_or_default().split(' ').map(str::to_owned).collect()
    }
}
