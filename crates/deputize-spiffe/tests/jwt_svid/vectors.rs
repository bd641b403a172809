//! `testdata/svids/jwt_svid.json`: SVIDs that another implementation signed, by all nine algorithms.

use std::collections::BTreeSet;

use deputize_core::UnixTime;
use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidError, SvidReplay, SvidVerifier};
use deputize_token::jws::{Jws, JwsError};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../testdata/svids/jwt_svid.json")).unwrap()
}

fn bundle(domain: &str, document: &Value) -> Bundle {
    Bundle::from_json(domain.parse().unwrap(), &document.to_string()).unwrap()
}

fn verifier(vectors: &Value) -> SvidVerifier<StaticBundles> {
    let bundles = vectors["bundles"].as_object().unwrap();
    let bundles = StaticBundles::new(bundles.iter().map(|(domain, document)| bundle(domain, document)));
    SvidVerifier::new(Layout::default(), vectors["audience"].as_str().unwrap(), bundles)
}

fn now(vectors: &Value) -> UnixTime {
    UnixTime::from_secs(vectors["now"].as_u64().unwrap()).unwrap()
}

/// JWT-SVID §2.1: each of the nine, with and without `kid`.
#[test]
fn accepted() {
    let vectors = vectors();
    let verifier = verifier(&vectors);
    let listed = vectors["accepted"].as_array().unwrap();
    for vector in listed {
        let svid = vector["svid"].as_str().unwrap();
        let proof = verifier.jwt(svid, now(&vectors)).map_err(|error| format!("{}: {error}", vector["name"])).unwrap();
        assert_eq!(proof.by().spiffe_id().unwrap().as_str(), vector["subject"], "{}", vector["name"]);
    }
    let algorithms: BTreeSet<String> = listed
        .iter()
        .map(|vector| Jws::parse(vector["svid"].as_str().unwrap(), 16 * 1024).unwrap().header().alg.clone())
        .collect();
    assert_eq!(algorithms.len(), 9, "{algorithms:?}");
}

#[test]
fn refused() {
    let vectors = vectors();
    let verifier = verifier(&vectors);
    for vector in vectors["refused"].as_array().unwrap() {
        let error = verifier.jwt(vector["svid"].as_str().unwrap(), now(&vectors)).map(drop).unwrap_err();
        assert_eq!(error.code(), vector["code"], "{}, {}", vector["name"], vector["clause"]);
    }
}

/// RFC 7518 §3.4: whoever has one signature by ES256 can make a second, without the key.
#[test]
fn the_other_signature_is_the_same_svid() {
    let vectors = vectors();
    let mut verifier = verifier(&vectors);
    verifier.replay = SvidReplay::Once;
    let named = |name: &str| {
        let vector = vectors["accepted"].as_array().unwrap().iter().find(|vector| vector["name"] == name).unwrap();
        vector["svid"].as_str().unwrap().to_owned()
    };
    let (one, other) = (named("ES256"), named("the other signature of ES256"));
    assert_ne!(one, other);
    let key = |svid: &str| verifier.jwt(svid, now(&vectors)).unwrap().replay().to_vec();
    assert_eq!(key(&one), key(&other));
}

/// RFC 7515 A.2, A.3: by their keys, put into a bundle; no SVIDs, and refused as such.
#[test]
fn rfc_7515() {
    let vectors = vectors();
    let example = &vectors["rfc7515"];
    let bundle = bundle("acme", &example["bundle"]);
    for (kid, token) in example["tokens"].as_object().unwrap() {
        let token = token.as_str().unwrap();
        let jws = Jws::parse(token, 16 * 1024).unwrap();
        let payload = jws.verify(bundle.keys().get(kid).unwrap()).unwrap();
        assert!(payload.starts_with(br#"{"iss":"joe","#));
        for other in bundle.keys().iter().filter(|key| key.kid() != kid) {
            assert_eq!(jws.verify(other), Err(JwsError::AlgorithmMismatch));
        }
        assert_eq!(verifier(&vectors).jwt(token, now(&vectors)).unwrap_err(), SvidError::MissingClaim("sub"));
    }
}
