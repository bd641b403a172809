//! Bundles: which keys are taken, and which documents are refused as a whole.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is the failure")]

use deputize_spiffe::{Bundle, BundleError, testing::Authority};
use deputize_token::KeySetError;
use serde_json::{Value, json};

fn key() -> Value {
    let authority = Authority::generate("acme".parse().unwrap()).unwrap();
    let bundle: Value = serde_json::from_str(&authority.bundle()).unwrap();
    bundle["keys"][0].clone()
}

fn with(changes: Value) -> Value {
    let mut key = key();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(key.as_object_mut().unwrap().remove(name)),
            value => key[name] = value.clone(),
        }
    }
    key
}

fn read(document: &Value) -> Result<Bundle, BundleError> {
    Bundle::from_json("acme".parse().unwrap(), &document.to_string())
}

fn keys(jwk: Value) -> usize {
    read(&json!({"keys": [jwk]})).unwrap().keys().len()
}

#[test]
fn keys_for_jwt_svids_are_taken_and_others_left_out() {
    assert_eq!(keys(key()), 1);
    for (changes, clause) in [
        (json!({"use": null}), "Trust Domain and Bundle §4.2.2: `use` MUST be set"),
        (json!({"use": "x509-svid"}), "§4.2.2: another use"),
        (json!({"use": "sig"}), "§4.2.2: another use"),
        (json!({"kid": null}), "JWT-SVID §6: `kid` MUST be set"),
        (json!({"kid": ""}), "JWT-SVID §6: `kid` MUST be set"),
        (json!({"kty": "XX"}), "RFC 7517 §5: a kind of key that is not known"),
        (json!({"alg": "ES384"}), "RFC 7518 §3.4: the curve decides on the algorithm"),
        (json!({"alg": "HS256"}), "JWT-SVID §2.1: an algorithm that is not taken"),
        (json!({"key_ops": ["sign"]}), "RFC 7517 §4.3: without `verify`"),
        (json!({"x": "AAAA"}), "RFC 7518 §6.2.1: a coordinate of the wrong length"),
        (json!({"y": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}), "a point off the curve"),
    ] {
        assert_eq!(keys(with(changes)), 0, "{clause}");
    }
    // The public half of `testdata/keys/rsa2048.pem`, and of one half as long.
    let n = include_str!("../../../testdata/svids/jwt_svid.json").split(r#""n": ""#).nth(1).unwrap();
    let n = n.split('"').next().unwrap();
    let rsa = |changes: Value| {
        let mut key = json!({"kty": "RSA", "use": "jwt-svid", "kid": "r", "alg": "RS256", "n": n, "e": "AQAB"});
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(key.as_object_mut().unwrap().remove(name)),
                value => key[name] = value.clone(),
            }
        }
        keys(key)
    };
    assert_eq!(n.len(), 342);
    for (changes, taken, clause) in [
        (json!({}), 1, "RFC 7518 §3.3"),
        (json!({"alg": "PS512"}), 1, "RFC 7518 §3.5"),
        (json!({"alg": null}), 1, "RFC 8725 §3.1: one algorithm, RS256"),
        (json!({"alg": 1}), 0, "RFC 7517 §4.4: a string"),
        (json!({"alg": "ES256"}), 0, "RFC 7518 §3.4: for EC keys only"),
        (json!({"alg": "RSA-OAEP"}), 0, "RFC 7518 §4.3: no signature"),
        (json!({"n": n.split_at(171).0.to_owned() + "A"}), 0, "RFC 7518 §3.3: at least 2 048 bits"),
        (json!({"e": "Ag"}), 0, "an even exponent"),
        (json!({"e": "AQ"}), 0, "everybody can sign"),
    ] {
        assert_eq!(rsa(changes.clone()), taken, "{clause}: {changes}");
    }
    let ed25519 = json!({"kty": "OKP", "crv": "Ed25519", "use": "jwt-svid", "kid": "e", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    assert_eq!(keys(ed25519), 0, "JWT-SVID §2.1: no EdDSA");
}

#[test]
fn documents_are_refused_as_a_whole() {
    let refused = |document: Value| read(&document).unwrap_err();
    assert_eq!(refused(json!({})), KeySetError::Malformed.into());
    assert_eq!(refused(json!({"keys": {}})), KeySetError::Malformed.into());
    assert_eq!(refused(json!([])), KeySetError::Malformed.into());
    assert_eq!(refused(json!({"keys": [with(json!({"d": "AA"}))]})), KeySetError::Secret.into());
    assert_eq!(refused(json!({"keys": [{"kty": "oct", "k": "AA"}]})), KeySetError::Secret.into());
    let double = key();
    assert!(matches!(refused(json!({"keys": [double, double]})), BundleError::KeySet(KeySetError::DuplicateKeyId(_))));
    assert_eq!(refused(json!({"keys": vec![json!({}); 101]})), KeySetError::TooMany.into());
    for wrong in [json!("1"), json!(-1), json!(1.5), json!(1e20), json!(null), json!([1])] {
        assert_eq!(refused(json!({"keys": [], "spiffe_sequence": wrong})), BundleError::Number("spiffe_sequence"));
        assert_eq!(
            refused(json!({"keys": [], "spiffe_refresh_hint": wrong})),
            BundleError::Number("spiffe_refresh_hint")
        );
    }
    let parse = |text: &str| Bundle::from_json("acme".parse().unwrap(), text).unwrap_err();
    assert_eq!(parse(r#"{"keys":[],"keys":[]}"#), KeySetError::DuplicateMember.into());
    assert_eq!(parse(&" ".repeat(256 * 1024 + 1)), KeySetError::TooLarge.into());
}

/// Trust Domain and Bundle §3: the name is recorded apart from the bundle.
#[test]
fn a_document_does_not_say_whose_it_is() {
    let document = json!({"keys": [key()], "trust_domain": "other", "spiffe_id": "spiffe://other", "iss": "other"});
    assert_eq!(read(&document).unwrap().trust_domain().as_str(), "acme");
}

/// A bundle holds many keys: those of one use do not hide those of another.
#[test]
fn keys_are_found_among_others() {
    let x509 = with(json!({"use": "x509-svid", "kid": null}));
    let bundle = read(&json!({"keys": [x509, {"kty": "XX"}, "no key", key(), with(json!({"kid": "b"}))]})).unwrap();
    assert_eq!(bundle.keys().len(), 2);
    assert!(bundle.keys().get("b").is_some());
}

#[test]
fn says_how_old_it_may_get() {
    let bundle = read(&json!({"keys": [], "spiffe_sequence": 7, "spiffe_refresh_hint": 300})).unwrap();
    assert_eq!((bundle.sequence(), bundle.refresh_hint()), (Some(7), Some(300)));
    let bundle = read(&json!({"keys": []})).unwrap();
    assert_eq!((bundle.sequence(), bundle.refresh_hint()), (None, None), "SHOULD be set, need not");
    let bundle = read(&json!({"keys": [], "spiffe_sequence": u64::MAX})).unwrap();
    assert_eq!(bundle.sequence(), Some(u64::MAX), "§4.1.1: 64 bits");
}
