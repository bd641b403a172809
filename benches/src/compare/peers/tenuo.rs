//! Tenuo warrants: a tool for each scope, signed by the issuer's key, handed on from holder to holder.
//! The holder's proof of possession, a second signature at each call, is left out: ours is a bearer
//! token here. From CBOR to a verified chain; a single warrant is base64 on the wire, as a header has it.

use std::{collections::BTreeSet, time::Duration};

use deputize_benches::{Failure, resource};
use tenuo::{Authorizer, ChainVerificationResult, ConstraintSet, SigningKey, Warrant, wire};

use super::token::Token;
use crate::issuer::{DELEGATION, Issuer, PERSON, client, spiffe_id};

const LIFETIME: Duration = Duration::from_secs(900);

pub(crate) struct Tenuo<'a> {
    issuer: &'a Issuer,
    links: usize,
    token: Vec<u8>,
    keys: Vec<SigningKey>,
    audience: Vec<u8>,
    authorizer: Authorizer,
}

impl<'a> Tenuo<'a> {
    /// A chain of so many warrants: one is a token that was not handed on.
    pub(crate) fn new(issuer: &'a Issuer, links: usize) -> Result<Self, Failure> {
        let keys: Vec<SigningKey> = (0..=links).map(|_| SigningKey::generate()).collect();
        let root = keys.first().ok_or("no key")?.public_key();
        let audience = resource()?.as_str().as_bytes().to_vec();
        let authorizer = Authorizer::new().with_trusted_root(root);
        let mut this = Self { issuer, links, token: Vec::new(), keys, audience, authorizer };
        this.token = this.mint()?;
        Ok(this)
    }

    /// A warrant whose signature is another's.
    pub(crate) fn forged(&self) -> Result<Vec<u8>, Failure> {
        let mut token = self.token.clone();
        if let Some(byte) = token.iter_mut().rev().nth(20) {
            *byte = if *byte == b'A' { b'B' } else { b'A' };
        }
        Ok(token)
    }

    /// From a chain that was decoded beforehand: what is left is the signatures and the narrowing.
    pub(crate) fn verify_decoded(&self, chain: &[Warrant]) -> Result<ChainVerificationResult, Failure> {
        Ok(self.authorizer.verify_chain(chain)?)
    }

    fn chain(&self) -> Result<Vec<Warrant>, Failure> {
        let [first, second, rest @ ..] = self.keys.as_slice() else { return Err("no keys".into()) };
        let mut root =
            Warrant::builder().ttl(LIFETIME).holder(second.public_key()).session_id(DELEGATION).agent_id(client(0));
        for scope in &self.issuer.scopes {
            root = root.capability(scope.as_str(), ConstraintSet::new());
        }
        let spiffe_id = spiffe_id(0).into_bytes();
        let root = root.extension("act", spiffe_id).extension("sub", PERSON.into());
        let mut chain = vec![root.extension("aud", self.audience.clone()).build(first)?];
        for (signer, holder) in self.keys.iter().skip(1).zip(rest) {
            let last = chain.last().ok_or("no warrant")?;
            chain.push(last.attenuate().inherit_all().holder(holder.public_key()).build(signer)?);
        }
        Ok(chain)
    }
}

impl Token for Tenuo<'_> {
    type Verified = Vec<Warrant>;

    fn name(&self) -> String {
        match self.links {
            1 => "tenuo, a warrant".into(),
            links => format!("tenuo, {links} warrants"),
        }
    }

    fn token(&self) -> &[u8] {
        &self.token
    }

    fn mint(&self) -> Result<Vec<u8>, Failure> {
        let chain = self.chain()?;
        Ok(match chain.as_slice() {
            [single] => wire::encode_base64(single)?.into_bytes(),
            _ => wire::encode_stack(&wire::WarrantStack::new(chain))?,
        })
    }

    fn verify(&self, token: &[u8]) -> Result<Vec<Warrant>, Failure> {
        let chain = match self.links {
            1 => vec![wire::decode_base64(str::from_utf8(token)?)?],
            _ => wire::decode_stack(token)?.0,
        };
        self.verify_decoded(&chain)?;
        Ok(chain)
    }

    fn scopes(&self, verified: &Vec<Warrant>) -> BTreeSet<String> {
        verified.last().map(|leaf| leaf.tools().into_iter().collect()).unwrap_or_default()
    }
}
