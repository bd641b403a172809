//! Once means once, however the SVID is spelled.

use deputize_core::ReplayKey;
use deputize_spiffe::{Layout, StaticBundles, SvidReplay, SvidVerifier, testing::Authority};
use serde_json::{Value, json};

use crate::support::{NOW, US, at, authority, bundle, claims, header, verifier, verify, with};

fn key(verifier: &SvidVerifier<StaticBundles>, authority: &Authority, claims: &Value) -> ReplayKey {
    let svid = authority.sign(&header(authority), claims).unwrap();
    let proof = verify(verifier, &svid).unwrap();
    assert_eq!(proof.replay().len(), 1);
    proof.replay()[0]
}

#[test]
fn reusable_until_it_expires_by_default() {
    assert_eq!(verifier(&authority("acme")).replay, SvidReplay::ReusableUntilExpiry);
}

#[test]
fn once_means_once_however_it_is_spelled() {
    let authority = authority("acme");
    let mut verifier = verifier(&authority);
    verifier.replay = SvidReplay::Once;
    let key = |claims: &Value| key(&verifier, &authority, claims);
    let (without, with_id) = (claims(), with(claims(), &json!({"jti": "j1"})));
    // ECDSA signs the same text twice in two ways: it is one SVID all the same.
    assert_eq!(key(&without), key(&without));
    // One `jti` is one SVID, whatever else it says.
    assert_eq!(key(&with_id).digest, key(&with(with_id.clone(), &json!({"exp": NOW + 200, "x": 1}))).digest);
    assert_ne!(key(&with_id).digest, key(&without).digest);
    assert_ne!(key(&with_id).digest, key(&with(claims(), &json!({"jti": "j2"}))).digest);
    assert_ne!(key(&without).digest, key(&with(claims(), &json!({"x": 1}))).digest);
}

/// It is remembered past the end and the leeway: when it may be forgotten, it has long expired.
#[test]
fn it_is_remembered_past_expiry_and_leeway() {
    let authority = authority("acme");
    let mut verifier = verifier(&authority);
    verifier.replay = SvidReplay::Once;
    assert_eq!(key(&verifier, &authority, &claims()).keep_until, at(NOW + 330));
    verifier.leeway_seconds = 5;
    assert_eq!(key(&verifier, &authority, &with(claims(), &json!({"jti": "j"}))).keep_until, at(NOW + 305));
}

/// RFC 7519 §4.1.7: a `jti` is unique to its issuer only.
#[test]
fn one_jti_in_two_trust_domains_is_two_svids() {
    let (acme, other) = (authority("acme"), authority("other"));
    let bundles = StaticBundles::new([bundle("acme", &acme), bundle("other", &other)]);
    let mut verifier = SvidVerifier::new(Layout::default(), US, bundles);
    verifier.replay = SvidReplay::Once;
    let of = |domain: &str| with(claims(), &json!({"sub": format!("spiffe://{domain}/agent/r1"), "jti": "j1"}));
    assert_ne!(key(&verifier, &acme, &of("acme")).digest, key(&verifier, &other, &of("other")).digest);
}
