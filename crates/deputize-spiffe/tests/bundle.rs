//! Bundles: which keys are taken, and which documents are refused as a whole.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is the failure")]

use base64::{Engine, engine::general_purpose::STANDARD};
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
fn says_whether_anything_can_be_verified_with_it() {
    let empty = |keys: Value| read(&json!({ "keys": keys })).unwrap().is_empty();
    assert!(empty(json!([])) && empty(json!([with(json!({"use": null}))])));
    assert!(!empty(json!([key()])));
    let authority = Authority::generate("acme".parse().unwrap()).unwrap();
    let document: Value = serde_json::from_str(&authority.bundle()).unwrap();
    assert!(!empty(json!([document["keys"][1]])), "X.509 authorities alone");
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

mod x509 {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, KeyUsagePurpose, SanType};

    use super::*;

    type Change = fn(&mut CertificateParams);

    fn certificate(change: Change) -> rcgen::Certificate {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        change(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    }

    fn with_id(params: &mut CertificateParams, id: &str) {
        params.subject_alt_names = vec![SanType::URI(id.try_into().unwrap())];
    }

    fn entry(der: &[u8]) -> Value {
        json!({"kty": "EC", "use": "x509-svid", "x5c": [STANDARD.encode(der)]})
    }

    fn authorities(jwk: Value) -> Result<usize, BundleError> {
        read(&json!({"keys": [jwk, key()]})).map(|bundle| bundle.x509_authorities().count())
    }

    fn from_pem(text: &str) -> Result<Bundle, BundleError> {
        Bundle::from_pem("acme".parse().unwrap(), text)
    }

    #[test]
    fn entries_are_taken_by_their_use_and_first_certificate() {
        let der = certificate(|_| {}).der().to_vec();
        let with = |name: &str, value: Value| {
            let mut entry = entry(&der);
            entry[name] = value;
            entry
        };
        let (text, other) = (STANDARD.encode(&der), STANDARD.encode(certificate(|_| {}).der()));
        for (jwk, taken, clause) in [
            (entry(&der), 1, "X509-SVID §6.1"),
            (with("x5c", json!([text, other])), 1, "§6.2: all but the first MUST be ignored"),
            (with("x5c", json!([text, "no certificate"])), 1, "§6.2: all but the first MUST be ignored"),
            (with("x5c", json!([])), 0, "§6.2: an empty one is ignored"),
            (with("x5c", json!(null)), 0, "§6.2: one that is not set is ignored"),
            (with("kid", json!("k")), 1, "§6.1: `kid` is of no use here"),
            (with("use", json!("jwt-svid")), 0, "Trust Domain and Bundle §4.2.2"),
            (with("use", json!("X509-SVID")), 0, "§4.2.2: the values are case sensitive"),
            (with("use", json!("sig")), 0, "§4.2.2: an unknown use MUST be ignored"),
        ] {
            assert_eq!(authorities(jwk.clone()), Ok(taken), "{clause}: {jwk}");
        }
        let bundle = read(&json!({"keys": [entry(&der)]})).unwrap();
        assert_eq!(bundle.x509_authorities().next(), Some(&der[..]));
        assert!(bundle.keys().is_empty(), "it signs no JWT-SVIDs");
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let der = certificate(|_| {}).der().to_vec();
        for (value, clause) in [
            (json!(1), "RFC 7517 §4.7: a string"),
            (json!("%"), "RFC 7517 §4.7: base64"),
            (json!(STANDARD.encode(&der).replace('+', "-").replace('/', "_") + "_"), "RFC 7517 §4.7: not base64url"),
            (json!(STANDARD.encode(b"no certificate")), "X509-SVID §6.1: DER"),
            (json!(STANDARD.encode([&der[..], &[0]].concat())), "X509-SVID §6.1: exactly one certificate"),
            (json!(STANDARD.encode(vec![0; 16 * 1024 + 1])), "too large"),
        ] {
            let jwk = json!({"use": "x509-svid", "x5c": [value]});
            assert_eq!(authorities(jwk), Err(BundleError::Certificate(0)), "{clause}");
        }
        let good = entry(&der);
        let document = json!({"keys": [good, key(), good, {"use": "x509-svid", "x5c": [""]}]});
        assert_eq!(read(&document).unwrap_err(), BundleError::Certificate(2), "counted among the certificates");
    }

    #[test]
    fn a_certificate_is_no_larger_than_others_may_be() {
        let large = certificate(|ca| {
            let content = vec![0; 16 * 1024];
            ca.custom_extensions.push(rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 200], content));
        });
        assert_eq!(authorities(entry(large.der())), Err(BundleError::Certificate(0)));
        assert_eq!(from_pem(&large.pem()).unwrap_err(), BundleError::Certificate(0));
    }

    /// Whether it may sign is looked at when it did (`x509_svid::path::authorities`): one that may
    /// not does no harm to the others.
    #[test]
    fn what_may_not_sign_is_held_beside_the_others() {
        let table: &[(&str, Change)] = &[
            ("X509-SVID §3.2: a SPIFFE ID with a path", |ca| with_id(ca, "spiffe://acme/agent/a")),
            ("§3.2: that of another trust domain", |ca| with_id(ca, "spiffe://other")),
            ("§4.1: cA MUST be true", |ca| ca.is_ca = IsCa::ExplicitNoCa),
            ("§4.3: key usage MUST be set", |ca| ca.key_usages.clear()),
        ];
        for (clause, change) in table {
            let certificate = certificate(*change);
            assert_eq!(authorities(entry(certificate.der())), Ok(1), "{clause}");
            let both = certificate.pem() + &self::certificate(|_| {}).pem();
            assert_eq!(from_pem(&both).unwrap().x509_authorities().count(), 2, "{clause}");
        }
    }

    /// RFC 7468 §2, §5.
    #[test]
    fn pem_text_holds_one_certificate_or_more() {
        let (one, two) = (certificate(|_| {}), certificate(|_| {}));
        let pem = one.pem() + "what stands between is a comment\n" + &two.pem();
        let bundle = from_pem(&pem).unwrap();
        let ders: Vec<&[u8]> = bundle.x509_authorities().collect();
        assert_eq!(ders, [&one.der()[..], &two.der()[..]]);
        assert!(bundle.keys().is_empty());
        assert_eq!((bundle.sequence(), bundle.refresh_hint()), (None, None));
        let cut = one.pem().replace("-----END CERTIFICATE-----", "");
        for text in ["", "no PEM", &cut, &one.pem().replace("MI", "!!"), &key_pem()] {
            assert_eq!(from_pem(text).unwrap_err(), BundleError::Pem, "{text}");
        }
        assert_eq!(from_pem(&" ".repeat(256 * 1024 + 1)).unwrap_err(), BundleError::TooLarge);
        let padded = "\n".repeat(256 * 1024 - one.pem().len()) + &one.pem();
        assert_eq!((padded.len(), from_pem(&padded).is_ok()), (256 * 1024, true), "exactly as large as it may be");
        assert_eq!(from_pem(&one.pem().repeat(64)).unwrap().x509_authorities().count(), 64);
        assert_eq!(from_pem(&one.pem().repeat(65)).unwrap_err(), BundleError::TooMany);
    }

    fn key_pem() -> String {
        KeyPair::generate().unwrap().serialize_pem()
    }
}

/// Workload API §6.2.2: a JWK Set of JWT authorities, which need not say what they are for.
#[test]
fn a_jwk_set_of_jwt_authorities_need_not_say_their_use() {
    let from_jwks = |jwk: Value| {
        let document = json!({"keys": [jwk]}).to_string();
        Bundle::from_jwks("acme".parse().unwrap(), &document).map(|bundle| bundle.keys().len())
    };
    for (changes, taken) in [
        (json!({"use": null}), 1),
        (json!({"use": "sig"}), 1),
        (json!({}), 1),
        (json!({"use": "enc"}), 0),
        (json!({"use": "x509-svid"}), 0),
        (json!({"use": 1}), 0),
        (json!({"use": null, "kid": null}), 0),
    ] {
        assert_eq!(from_jwks(with(changes.clone())), Ok(taken), "{changes}");
    }
    assert_eq!(from_jwks(with(json!({"d": "AA"}))), Err(KeySetError::Secret.into()));
    let of_text = |text: &str| Bundle::from_jwks("acme".parse().unwrap(), text).unwrap_err();
    assert_eq!(of_text("{"), KeySetError::Malformed.into());
    assert_eq!(of_text("[]"), KeySetError::Malformed.into());
    assert_eq!(of_text(r#"{"keys":[{"use":"sig","use":"sig"}]}"#), KeySetError::DuplicateMember.into());
    assert_eq!(of_text(&" ".repeat(256 * 1024 + 1)), KeySetError::TooLarge.into());
    let padded = format!("{}{{\"keys\":[]}}", " ".repeat(256 * 1024));
    assert_eq!(of_text(&padded), KeySetError::TooLarge.into(), "of the text as it is, and before it is parsed");
    let largest = r#"{"keys":[]}"#.to_owned() + &" ".repeat(256 * 1024 - 11);
    assert!(Bundle::from_jwks("acme".parse().unwrap(), &largest).is_ok(), "exactly as large as it may be");
}
