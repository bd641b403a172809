//! The published attacks on JWTs, each made from a token that is taken, and what it is refused for. An
//! attack that `tests/vectors` has already is not made again: the row names those vectors.

mod algorithm;
mod claims;
mod header;
mod keys;
mod text;

use std::{collections::BTreeMap, sync::LazyLock};

use deputize_core::UnixTime;
use deputize_token::{
    Algorithm, KeyRing, KeySet, Presented, Revocation, SigningKey, Trust, Verifier, VerifyError,
    jws::{decode, encode},
};
use jsonwebtoken::signature::Signer;
use serde_json::{Value, json};

use crate::{
    print,
    support::{Asked, issuer, now, tenant, test_key, verifier},
};

/// A way to get a token taken that nobody issued, or one by somebody else, or to make a verifier work.
struct Attack {
    name: &'static str,
    /// Where it was published: a CVE, a section of an RFC, a paper.
    source: &'static str,
    attempts: Attempts,
    error: VerifyError,
}

enum Attempts {
    /// Tokens, against the keys of the issuer.
    Tokens(Vec<String>),
    /// Tokens, each against a key set that says this of the key that signed it.
    Keys(Vec<(String, Value)>),
    /// Names in `testdata/tokens/reject.json`.
    Vectors(&'static [&'static str]),
}

#[derive(Default)]
struct Attacks(Vec<Attack>);

impl Attacks {
    fn tokens(&mut self, name: &'static str, source: &'static str, error: VerifyError, tokens: Vec<String>) {
        self.0.push(Attack { name, source, attempts: Attempts::Tokens(tokens), error });
    }

    fn keys(&mut self, name: &'static str, source: &'static str, error: VerifyError, keys: Vec<(String, Value)>) {
        self.0.push(Attack { name, source, attempts: Attempts::Keys(keys), error });
    }

    fn vectors(
        &mut self,
        name: &'static str,
        source: &'static str,
        error: VerifyError,
        vectors: &'static [&'static str],
    ) {
        self.0.push(Attack { name, source, attempts: Attempts::Vectors(vectors), error });
    }
}

/// The algorithms that attacks are made against, each with a key and a token that alice's agent has.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

/// One token in its parts.
struct Parts {
    header: Value,
    claims: Value,
    text: String,
}

static TAKEN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let sign = |algorithm| {
        let ring = KeyRing::new(tenant(), issuer(), test_key(algorithm));
        ring.sign(Asked::for_alice().recorded(), now()).unwrap().secret().to_owned()
    };
    ALGORITHMS.map(sign).to_vec()
});

fn taken(algorithm: Algorithm) -> Parts {
    let at = ALGORITHMS.iter().position(|other| *other == algorithm).unwrap();
    let text = TAKEN[at].clone();
    let [header, claims] = [0, 1].map(|part| {
        let part = text.split('.').nth(part).unwrap();
        serde_json::from_slice(&decode(part).unwrap()).unwrap()
    });
    Parts { header, claims, text }
}

impl Parts {
    /// The three parts as they are encoded.
    fn encoded(&self) -> [&str; 3] {
        self.text.split('.').collect::<Vec<_>>().try_into().unwrap()
    }
}

/// Whoever attacks has a key too.
fn attacker() -> SigningKey {
    SigningKey::from_pem(Algorithm::EdDsa, include_str!("../../../../testdata/keys/ed25519-other.pem")).unwrap()
}

fn input(header: &str, claims: &str) -> String {
    format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()))
}

fn sign(key: &SigningKey, header: &str, claims: &str) -> String {
    sealed(&input(header, claims), &key.try_sign(input(header, claims).as_bytes()).unwrap())
}

fn sealed(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", encode(signature))
}

fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    object[name] = value.into();
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name).unwrap();
    object
}

/// The keys of the issuer, as it publishes them.
fn published() -> KeySet {
    let keys: Vec<Value> = ALGORITHMS.iter().map(|algorithm| test_key(*algorithm).public().to_jwk()).collect();
    KeySet::from_json(&json!({ "keys": keys }).to_string()).unwrap()
}

fn verify(keys: &KeySet, token: &str) -> Result<(), VerifyError> {
    let trust = Trust { keys, revoked: Revocation::ExpiryOnly };
    let outcome = verifier().verify(trust, token, Presented::Bearer, now()).map(drop);
    if let Err(error) = outcome {
        // CVE-2019-7644: the right signature was in the message.
        let said = format!("{error} {error:?}");
        assert_eq!(token.split('.').find(|part| part.len() > 8 && said.contains(part)), None, "{said}");
    }
    outcome
}

/// What is refused, for whatever was given with the vector.
fn verify_vector(vectors: &Value, name: &str) -> Result<(), VerifyError> {
    let vector = vectors["vectors"].as_array().unwrap().iter().find(|vector| vector["name"] == name);
    assert!(vector.is_some(), "no vector {name}");
    let vector = vector.unwrap();
    let text = |name: &str| vector[name].as_str().unwrap();
    let keys = KeySet::from_json(&vectors["key_sets"][text("key_set")].to_string()).unwrap();
    let [tenant, issuer, audience] = ["tenant", "issuer", "audience"].map(text);
    let verifier = Verifier::new(tenant.parse().unwrap(), issuer.parse().unwrap(), audience.parse().unwrap());
    let trust = Trust { keys: &keys, revoked: Revocation::ExpiryOnly };
    let now = UnixTime::from_secs(vector["now"].as_u64().unwrap()).unwrap();
    verifier.verify(trust, text("token"), Presented::Bearer, now).map(drop)
}

#[test]
fn each_is_refused_for_its_reason() {
    let issuers = published();
    for algorithm in ALGORITHMS {
        let alone = json!({"keys": [test_key(algorithm).public().to_jwk()]}).to_string();
        for keys in [&issuers, &KeySet::from_json(&alone).unwrap()] {
            assert_eq!(verify(keys, &taken(algorithm).text), Ok(()), "what the attacks are made from");
        }
    }
    let vectors: Value = serde_json::from_str(include_str!("../../../../testdata/tokens/reject.json")).unwrap();
    let mut attacks = Attacks::default();
    algorithm::attacks(&mut attacks);
    header::attacks(&mut attacks);
    text::attacks(&mut attacks);
    claims::attacks(&mut attacks);
    keys::attacks(&mut attacks);

    let (mut wrong, mut attempts, mut by_error) = (Vec::new(), 0, BTreeMap::<&str, usize>::new());
    print("attacks on JWTs, each refused: attempts, error, attack, source");
    for Attack { name, source, attempts: made, error } in &attacks.0 {
        let outcomes: Vec<(String, Result<(), VerifyError>)> = match made {
            Attempts::Tokens(tokens) => tokens.iter().map(|token| (token.clone(), verify(&issuers, token))).collect(),
            Attempts::Keys(keys) => {
                let set = |jwk: &Value| KeySet::from_json(&json!({"keys": [jwk]}).to_string()).unwrap();
                keys.iter().map(|(token, jwk)| (jwk.to_string(), verify(&set(jwk), token))).collect()
            }
            Attempts::Vectors(names) => {
                names.iter().map(|name| ((*name).to_owned(), verify_vector(&vectors, name))).collect()
            }
        };
        assert!(!outcomes.is_empty(), "{name}");
        attempts += outcomes.len();
        *by_error.entry(error.code()).or_default() += outcomes.len();
        print(&format!("{:4}  {:20} {name} ({source})", outcomes.len(), error.code()));
        let others = outcomes.iter().filter(|(_, outcome)| *outcome != Err(*error));
        wrong.extend(others.map(|(what, outcome)| format!("{name}: {outcome:?}: {what}")));
    }
    print(&format!("{} attacks, {attempts} attempts, none taken: {by_error:?}", attacks.0.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((attacks.0.len(), attempts), (63, 902), "what is no longer tried shows here");
}
