//! Biscuit: a fact for each claim and scope, a check of the time; each further block narrows by
//! another check. From base64 through the signatures to an authorizer that was prepared and is
//! cloned, with the time, the issuer, the audience and one scope checked.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use biscuit_auth::{
    Algorithm, Authorizer, AuthorizerLimits, Biscuit, KeyPair, PublicKey,
    builder::{AuthorizerBuilder, BiscuitBuilder, BlockBuilder, date, fact, string},
};
use deputize_benches::{Failure, resource};
use deputize_token::fresh_token_id;

use super::token::Token;
use crate::issuer::{DELEGATION, Issuer, PERSON, client, spiffe_id};

pub(crate) struct Biscuits<'a> {
    issuer: &'a Issuer,
    blocks: usize,
    token: Vec<u8>,
    root: KeyPair,
    public: PublicKey,
    claims: BiscuitBuilder,
    narrower: BlockBuilder,
    authorizer: AuthorizerBuilder,
}

impl<'a> Biscuits<'a> {
    /// With so many blocks: one is a token that was not handed on.
    pub(crate) fn new(issuer: &'a Issuer, blocks: usize) -> Result<Self, Failure> {
        let (name, audience) = (issuer.ring.issuer().as_str(), resource()?);
        let says = |kind: &str, value: &str| format!("{kind}(\"{value}\");\n");
        let scopes: String = issuer.scopes.iter().map(|scope| says("scope", scope.as_str())).collect();
        let one = issuer.scopes.iter().next().ok_or("no scope")?;
        let in_time = "check if time($time), $time < 2100-01-01T00:00:00Z;\n";
        let claims = [
            says("issuer", name),
            says("subject", PERSON),
            says("audience", audience.as_str()),
            says("client_id", &client(0)),
            says("actor", &spiffe_id(0)),
            says("tenant", "acme"),
            says("proof", "jwt_svid"),
            says("delegation", DELEGATION),
            scopes,
            in_time.to_owned(),
        ];
        let checks = format!(
            "check if issuer(\"{name}\"); check if audience(\"{audience}\"); allow if scope(\"{one}\"); deny if true;"
        );
        // The default is a millisecond of wall-clock, which a busy machine exceeds by waiting.
        let limits = AuthorizerLimits { max_time: Duration::from_secs(10), ..Default::default() };
        let root = KeyPair::new_with_algorithm(Algorithm::Ed25519);
        let mut this = Self {
            issuer,
            blocks,
            token: Vec::new(),
            public: root.public(),
            root,
            claims: BiscuitBuilder::new().code(claims.concat())?,
            narrower: BlockBuilder::new().code(in_time)?,
            authorizer: AuthorizerBuilder::new().code(checks)?.set_limits(limits),
        };
        this.token = this.mint()?;
        Ok(this)
    }
}

impl Token for Biscuits<'_> {
    type Verified = Authorizer;

    fn name(&self) -> String {
        match self.blocks {
            1 => "biscuit-auth".into(),
            blocks => format!("biscuit-auth, {blocks} blocks"),
        }
    }

    fn token(&self) -> &[u8] {
        &self.token
    }

    fn mint(&self) -> Result<Vec<u8>, Failure> {
        let id = fresh_token_id(self.issuer.now)?.to_string();
        let claims = self.claims.clone().fact(fact("id", &[string(&id)]))?;
        let mut token = claims.build(&self.root)?;
        for _ in 1..self.blocks {
            token = token.append(self.narrower.clone())?;
        }
        Ok(token.to_base64()?.into_bytes())
    }

    fn verify(&self, token: &[u8]) -> Result<Authorizer, Failure> {
        let token = Biscuit::from_base64(token, self.public)?;
        let time = fact("time", &[date(&SystemTime::now())]);
        let mut authorizer = self.authorizer.clone().fact(time)?.build(&token)?;
        authorizer.authorize()?;
        Ok(authorizer)
    }

    fn scopes(&self, verified: &Authorizer) -> BTreeSet<String> {
        let found: Result<Vec<(String,)>, _> = verified.clone().query_all("data($scope) <- scope($scope)");
        found.unwrap_or_default().into_iter().map(|(scope,)| scope).collect()
    }
}
