//! An issuer of ours, and what its tokens say, for the alternatives to say it in their way.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use deputize_benches::{Failure, resource, tenant};
use deputize_core::{
    Acting, Actor, Agent, AgentProof, Allow, Binding, Change, Configuration, Delegation, MayAct, NonEmptySet, Proven,
    ProvenBy, Question, Recorded, Resource, Revoked, Role, ScopePattern, ScopeSet, Subject, UnixTime,
};
use deputize_token::{
    Algorithm, Handed, KeyRing, KeySet, Presented, Revocation, SigningKey, Trust, Verified, Verifier, VerifyError,
    fresh_token_id,
};

/// With these, a token of ours is 1 004 bytes long.
const SCOPES: &str = "reports:list reports:read reports:share reports:summarize:eu:quarterly files:read:shared \
                      files:write:drafts mail:send:internal";

pub(crate) const PERSON: &str = "7f3c1d9e-2b64-4a1f-9c55-0e8d6b7a1f22";
pub(crate) const DELEGATION: &str = "0198f0c2-7d3a-7c11-8e55-2b6f1a9d4c70";

/// Links below the first token, at most.
const DEPTH: usize = 8;

/// The agent of each link.
pub(crate) fn client(link: usize) -> String {
    format!("research-summarizer-{link}")
}

pub(crate) fn spiffe_id(link: usize) -> String {
    format!("spiffe://acme/agent/research/summarizer-{link}")
}

pub(crate) struct Issuer {
    pub(crate) algorithm: Algorithm,
    /// The private key, as PKCS #8, for everybody who signs with the same one.
    pub(crate) pkcs8: Vec<u8>,
    /// The public key: the 32 bytes of Ed25519, the uncompressed point of P-256.
    pub(crate) public: Vec<u8>,
    /// The system's time: most alternatives ask no one else. The same for all of a run.
    pub(crate) now: UnixTime,
    pub(crate) ring: KeyRing,
    pub(crate) keys: KeySet,
    pub(crate) scopes: ScopeSet,
    config: Configuration,
    verifier: Verifier,
    revoked: Revoked,
}

impl Issuer {
    pub(crate) fn new(algorithm: Algorithm) -> Result<Self, Failure> {
        let (pkcs8, public) = match algorithm {
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
                (pair.to_pkcs8v1()?.as_ref().to_vec(), pair.public_key().as_ref().to_vec())
            }
            _ => {
                let pair = Ed25519KeyPair::generate()?;
                (pair.to_pkcs8v1()?.as_ref().to_vec(), pair.public_key().as_ref().to_vec())
            }
        };
        let issuer: deputize_core::Issuer = "https://id.example/acme".parse()?;
        let ring = KeyRing::new(tenant()?, issuer.clone(), SigningKey::from_der(algorithm, &pkcs8)?);
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let now = UnixTime::from_secs(seconds).ok_or("the clock is wrong")?;
        let keys = ring.public(now);
        let verifier = Verifier::new(tenant()?, issuer, resource()?);
        let (scopes, config, revoked) = (SCOPES.parse()?, configuration()?, Revoked::default());
        Ok(Self { algorithm, pkcs8, public, now, ring, keys, scopes, config, verifier, revoked })
    }

    /// What a ledger would have recorded for the first agent, acting for the person.
    pub(crate) fn recorded(&self) -> Result<Recorded, Failure> {
        self.recorded_for(0, Acting::For { person: PERSON.parse()?, delegation: None })
    }

    /// A token for the first agent.
    pub(crate) fn token(&self) -> Result<String, Failure> {
        Ok(self.ring.sign(self.recorded()?, self.now)?.secret().to_owned())
    }

    /// A token that was handed on so many times.
    pub(crate) fn handed_on(&self, times: usize) -> Result<String, Failure> {
        let mut token = self.token()?;
        for agent in 1..=times {
            let handed = Handed::ByHolder(Presented::Bearer);
            let parent = self.ring.parent(Revocation::Snapshot(&self.revoked), &token, handed, self.now)?;
            let recorded = self.recorded_for(agent, Acting::HandedOn(parent))?;
            token = self.ring.sign(recorded, self.now)?.secret().to_owned();
        }
        Ok(token)
    }

    /// Every check there is, against a snapshot of what is revoked.
    pub(crate) fn verify(&self, token: &str) -> Result<Verified, VerifyError> {
        self.verify_at(token, self.now)
    }

    pub(crate) fn verify_at(&self, token: &str, now: UnixTime) -> Result<Verified, VerifyError> {
        let trust = Trust { keys: &self.keys, revoked: Revocation::Snapshot(&self.revoked) };
        self.verifier.verify(trust, token, Presented::Bearer, now)
    }

    /// The same verifier at another resource.
    pub(crate) fn elsewhere(&self) -> Result<Verifier, Failure> {
        let mut elsewhere = self.verifier.clone();
        elsewhere.audience = "https://mail.example".parse()?;
        Ok(elsewhere)
    }

    pub(crate) fn trust(&self) -> Trust<'_> {
        Trust { keys: &self.keys, revoked: Revocation::Snapshot(&self.revoked) }
    }

    fn recorded_for(&self, agent: usize, acting: Acting) -> Result<Recorded, Failure> {
        let client = client(agent).parse()?;
        let question = Question { tenant: tenant()?, client, acting, resource: Some(resource()?) };
        let policy = self.config.policy(question)?;
        let proof = AgentProof::assertion(Proven {
            tenant: tenant()?,
            by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
            expires_at: self.now.plus(300),
            replay: Vec::new(),
            confirmation: None,
        });
        let issuance = policy.decide(&self.scopes, None, self.now)?.issue(proof, fresh_token_id(self.now)?)?;
        // Signing is measured: the ledger has benchmarks of its own.
        Ok(Recorded::assertion(issuance, self.now))
    }
}

/// As many agents as a chain has links, and a person who lets the first one hand on to the others.
fn configuration() -> Result<Configuration, Failure> {
    let mut config = Configuration::new(tenant()?);
    let operator = Actor::Operator("olga".parse()?);
    let mut apply = |change: Change| config.apply(&operator, &change).map(drop);
    let patterns: Result<Vec<ScopePattern>, _> = SCOPES.split_whitespace().map(|scope| scope.parse()).collect();
    let everything = NonEmptySet::new(patterns?).ok_or("no scope")?;
    let scopes: ScopeSet = SCOPES.parse()?;
    apply(Change::PutResource(Resource { uri: resource()?, scopes: Allow::Any }))?;
    apply(Change::PutRole(Role { name: "reader".parse()?, permissions: everything.clone() }))?;
    let bind = |id: String, subject| -> Result<Change, Failure> {
        let (id, role) = (id.parse()?, "reader".parse()?);
        Ok(Change::Bind(Binding { id, subject, role, window: Default::default(), resource: None }))
    };
    for n in 0..=DEPTH {
        let client: deputize_core::ClientId = client(n).parse()?;
        apply(Change::PutAgent(Agent {
            client_id: client.clone(),
            spiffe_id: spiffe_id(n).parse()?,
            acting: MayAct::Either,
            allowed_scopes: everything.clone(),
            max_lifetime_seconds: 900.try_into()?,
            resources: Allow::Any,
            mode: Default::default(),
            status: Default::default(),
        }))?;
        apply(bind(format!("b{n}"), Subject::Agent(client))?)?;
    }
    apply(bind("alice".into(), Subject::User(PERSON.parse()?))?)?;
    let onward: Result<_, _> = (1..=DEPTH).map(|n| client(n).parse()).collect();
    apply(Change::Delegate(Delegation {
        id: DELEGATION.parse()?,
        delegator: PERSON.parse()?,
        agent: client(0).parse()?,
        scopes: NonEmptySet::new(scopes.iter().cloned()).ok_or("no scope")?,
        purpose: "measuring".into(),
        resources: Allow::Any,
        onward: onward?,
        max_depth: 8,
        window: Default::default(),
        status: Default::default(),
    }))?;
    Ok(config)
}
