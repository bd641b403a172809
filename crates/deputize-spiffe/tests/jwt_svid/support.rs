//! One trust domain, what a good SVID of it holds, and how to make a bad one.

use deputize_core::{AgentProof, UnixTime};
use deputize_spiffe::{Bundle, Bundles, Layout, StaticBundles, SvidError, SvidVerifier, testing::Authority};
use serde_json::{Value, json};

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const US: &str = "https://id.example";

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds).unwrap()
}

pub(crate) fn authority(domain: &str) -> Authority {
    Authority::generate(domain.parse().unwrap()).unwrap()
}

pub(crate) fn bundle(domain: &str, authority: &Authority) -> Bundle {
    Bundle::from_json(domain.parse().unwrap(), &authority.bundle()).unwrap()
}

pub(crate) fn verifier(authority: &Authority) -> SvidVerifier<StaticBundles> {
    SvidVerifier::new(Layout::default(), US, StaticBundles::new([bundle("acme", authority)]))
}

pub(crate) fn claims() -> Value {
    json!({"sub": "spiffe://acme/agent/r1", "aud": [US], "iat": NOW, "exp": NOW + 300})
}

pub(crate) fn header(authority: &Authority) -> Value {
    json!({"alg": "ES256", "kid": authority.kid(), "typ": "JWT"})
}

/// `base` with these members set, or with `null` left out.
pub(crate) fn with(mut base: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(base.as_object_mut().unwrap().remove(name)),
            value => base[name] = value.clone(),
        }
    }
    base
}

/// What the verifier says at [`NOW`]. Whatever it refuses, it does not repeat.
#[track_caller]
pub(crate) fn verify<B: Bundles>(verifier: &SvidVerifier<B>, svid: &str) -> Result<AgentProof, SvidError> {
    let result = verifier.jwt(svid, at(NOW));
    if let Err(error) = &result {
        let said = format!("{error} {error:?}");
        let part = svid.split('.').find(|part| part.len() > 8 && said.contains(part));
        assert_eq!(part, None, "{said}");
    }
    result
}
