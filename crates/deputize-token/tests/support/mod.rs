//! A tenant with one agent that acts for a person, and another it may hand on to: what the tests
//! mint tokens in.
#![expect(clippy::unwrap_used, reason = "a test that can't set up its world fails")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of this")]

use deputize_core::{
    Acting, Actor, Agent, AgentProof, Allow, Binding, Change, ClientId, Configuration, Confirmation, Delegation,
    Issuer, MayAct, NonEmptySet, Parent, Proven, ProvenBy, Question, Recorded, Refusal, Resource, Role, Scope,
    ScopeSet, Subject, TenantId, TokenId, UnixTime,
};
use deputize_token::{
    Algorithm, KeyRing, Presented, Revocation, SigningKey, Trust, Verified, Verifier, VerifyError,
    jws::{decode, encode},
};
use jsonwebtoken::signature::Signer;
use serde_json::Value;

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const RESOURCE: &str = "https://reports.example";

pub(crate) fn now() -> UnixTime {
    at(NOW)
}

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds).unwrap()
}

pub(crate) fn tenant() -> TenantId {
    "acme".parse().unwrap()
}

pub(crate) fn issuer() -> Issuer {
    "https://id.example/acme".parse().unwrap()
}

pub(crate) fn token_id(n: u8) -> TokenId {
    TokenId::v7(now(), [n; 10])
}

pub(crate) fn ring(algorithm: Algorithm) -> KeyRing {
    // A new RSA key takes seconds.
    let rsa = matches!(algorithm, Algorithm::Ps256 | Algorithm::Rs256);
    let key = if rsa { test_key(algorithm) } else { SigningKey::generate(algorithm).unwrap() };
    KeyRing::new(tenant(), issuer(), key)
}

pub(crate) fn verifier() -> Verifier {
    Verifier::new(tenant(), issuer(), RESOURCE.parse().unwrap())
}

pub(crate) fn verify(ring: &KeyRing, token: &str) -> Result<Verified, VerifyError> {
    verify_at(ring, token, now())
}

pub(crate) fn verify_at(ring: &KeyRing, token: &str, now: UnixTime) -> Result<Verified, VerifyError> {
    let trust = Trust { keys: &ring.public(now), revoked: Revocation::ExpiryOnly };
    verifier().verify(trust, token, Presented::Bearer, now)
}

/// Nine agents, `agent-0` to `agent-8`, each of which may do everything there is; alice, who has
/// delegated it to the first, to be handed on to all others.
pub(crate) fn configuration() -> Configuration {
    let mut config = Configuration::new(tenant());
    let operator = Actor::Operator("olga".parse().unwrap());
    let mut apply = |change: Change| {
        config.apply(&operator, &change).unwrap();
    };
    let everything = || NonEmptySet::new(["reports:*".parse().unwrap()]).unwrap();
    apply(Change::PutResource(Resource { uri: RESOURCE.parse().unwrap(), scopes: Allow::Any }));
    apply(Change::PutRole(Role { name: "reader".parse().unwrap(), permissions: everything() }));
    let bind = |id: String, subject| {
        let role = "reader".parse().unwrap();
        Change::Bind(Binding { id: id.parse().unwrap(), subject, role, window: Default::default(), resource: None })
    };
    for n in 0..9 {
        apply(Change::PutAgent(Agent {
            client_id: client(n),
            spiffe_id: format!("spiffe://acme/agent/{n}").parse().unwrap(),
            acting: MayAct::Either,
            allowed_scopes: everything(),
            max_lifetime_seconds: 900.try_into().unwrap(),
            resources: Allow::Any,
            mode: Default::default(),
            status: Default::default(),
        }));
        apply(bind(format!("b{n}"), Subject::Agent(client(n))));
    }
    apply(bind("alice".into(), Subject::User("alice".parse().unwrap())));
    let scopes: [Scope; 3] = ["reports:read", "reports:list", "reports:delete"].map(|scope| scope.parse().unwrap());
    apply(Change::Delegate(Delegation {
        id: "d1".parse().unwrap(),
        delegator: "alice".parse().unwrap(),
        agent: client(0),
        scopes: NonEmptySet::new(scopes).unwrap(),
        purpose: "testing".into(),
        resources: Allow::Any,
        onward: (1..9).map(client).collect(),
        max_depth: 8,
        window: Default::default(),
        status: Default::default(),
    }));
    config
}

pub(crate) fn client(n: usize) -> ClientId {
    format!("agent-{n}").parse().unwrap()
}

/// Who asks for what.
pub(crate) struct Asked {
    pub(crate) client: usize,
    pub(crate) acting: Acting,
    pub(crate) scopes: String,
    pub(crate) token: TokenId,
    pub(crate) by: Option<ProvenBy>,
    pub(crate) confirmation: Option<Confirmation>,
    /// Seconds that the token is to live; as long as it may, when none.
    pub(crate) lifetime: Option<u32>,
    /// Seconds that the agent's proof counts.
    pub(crate) proof_lifetime: u32,
}

impl Asked {
    pub(crate) fn alone() -> Self {
        Self {
            client: 0,
            acting: Acting::Alone,
            scopes: "reports:read".into(),
            token: token_id(1),
            by: None,
            confirmation: None,
            lifetime: None,
            proof_lifetime: 300,
        }
    }

    pub(crate) fn for_alice() -> Self {
        let acting = Acting::For { person: "alice".parse().unwrap(), delegation: None };
        Self { acting, scopes: "reports:list reports:read".into(), ..Self::alone() }
    }

    pub(crate) fn handed_on(parent: Parent, client: usize) -> Self {
        let token = token_id(u8::try_from(client).unwrap() + 1);
        Self { client, acting: Acting::HandedOn(parent), token, ..Self::alone() }
    }

    pub(crate) fn recorded(self) -> Recorded {
        self.recorded_at(now())
    }

    pub(crate) fn recorded_at(self, now: UnixTime) -> Recorded {
        self.recorded_in(&configuration(), now).unwrap()
    }

    pub(crate) fn recorded_in(self, config: &Configuration, now: UnixTime) -> Result<Recorded, Refusal> {
        let spiffe_id = config.agent(&client(self.client)).unwrap().spiffe_id.clone();
        let question = Question {
            tenant: tenant(),
            client: client(self.client),
            acting: self.acting,
            resource: Some(RESOURCE.parse().unwrap()),
        };
        let policy = config.policy(question).unwrap();
        let proof = AgentProof::assertion(Proven {
            tenant: tenant(),
            by: self.by.unwrap_or(ProvenBy::JwtSvid(spiffe_id)),
            expires_at: now.plus(self.proof_lifetime),
            replay: Vec::new(),
            confirmation: self.confirmation,
        });
        let scopes: ScopeSet = self.scopes.parse().unwrap();
        let decision = policy.decide(&scopes, self.lifetime, now).unwrap();
        let issuance = decision.issue(proof, self.token).map_err(|refused| refused.error)?;
        Ok(Recorded::assertion(issuance, now))
    }
}

/// A test key of `testdata/keys`.
pub(crate) fn test_key(algorithm: Algorithm) -> SigningKey {
    let pem = match algorithm {
        Algorithm::EdDsa | Algorithm::Ed25519 => include_str!("../../../../testdata/keys/ed25519.pem"),
        Algorithm::Es256 => include_str!("../../../../testdata/keys/p256.pem"),
        Algorithm::Es384 => include_str!("../../../../testdata/keys/p384.pem"),
        _ => include_str!("../../../../testdata/keys/rsa2048.pem"),
    };
    SigningKey::from_pem(algorithm, pem).unwrap()
}

/// The token with its claims changed, signed by `key` all the same.
pub(crate) fn forge(key: &SigningKey, token: &str, edit: impl FnOnce(&mut Value)) -> String {
    let (input, _) = token.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let mut claims = serde_json::from_slice(&decode(payload).unwrap()).unwrap();
    edit(&mut claims);
    let input = format!("{header}.{}", encode(claims.to_string().as_bytes()));
    let signature = key.try_sign(input.as_bytes()).unwrap();
    format!("{input}.{}", encode(&signature))
}

/// An ECDSA signature from `R‖S` to DER (RFC 3279 §2.2.3), as most KMS give it.
pub(crate) fn to_der(fixed: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let digits: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign = vec![0; usize::from(digits.first().is_some_and(|first| *first >= 0x80))];
        [vec![2, u8::try_from(sign.len() + digits.len()).unwrap()], sign, digits].concat()
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let both = [integer(r), integer(s)].concat();
    [vec![0x30, u8::try_from(both.len()).unwrap()], both].concat()
}
