//! Keys and key sets: the examples of the RFCs, and every key and set that is not taken.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that can't set up its world fails"
)]

use std::path::Path;

use deputize_token::{
    Algorithm, JwkError, KeySet, KeySetError, KeyUse, SigningKey, VerifyingKey,
    jws::{decode, encode},
    limits::{MAX_KEY_ID_BYTES, MAX_KEY_SET_BYTES, MAX_KEYS},
};
use serde_json::{Value, json};

fn pem(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/keys").join(name)).unwrap()
}

/// The keys of RFC 7517 appendix A.1, RFC 8037 appendix A.2, RFC 7515 appendix A.3.
fn rfc7517_rsa() -> Value {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZC\
        iFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7\
        d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-cs\
        FCur-kEgU8awapJzKnqDKgw";
    json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
}

fn rfc7517_ec() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "use": "enc", "kid": "1",
    })
}

fn rfc8037_key() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a"})
}

fn rfc7515_ec() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "kid": "a",
    })
}

fn read(jwk: &Value) -> Result<VerifyingKey, JwkError> {
    VerifyingKey::from_jwk(jwk, KeyUse::Sig)
}

fn with(mut jwk: Value, name: &str, value: impl Into<Value>) -> Value {
    jwk[name] = value.into();
    jwk
}

fn without(mut jwk: Value, name: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(name).unwrap();
    jwk
}

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    // RFC 7638 §3.1 and RFC 8037 appendix A.3.
    for (jwk, thumbprint) in [
        (rfc7517_rsa(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (rfc8037_key(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ] {
        let key = read(&jwk).unwrap();
        assert_eq!(encode(&key.thumbprint()), thumbprint);
        // Nothing but the required members counts.
        let renamed = with(with(jwk, "kid", "other"), "use", "sig");
        assert_eq!(read(&renamed).unwrap().thumbprint(), key.thumbprint());
    }
    let own = SigningKey::from_pem(Algorithm::EdDsa, &pem("ed25519.pem")).unwrap();
    assert_eq!(own.public().kid(), encode(&own.public().thumbprint()));
}

#[test]
fn a_key_that_cant_be_used_is_skipped() {
    let ed = rfc8037_key;
    let ec = rfc7515_ec;
    let rsa = rfc7517_rsa;
    let modulus = |bits: usize| {
        let mut bytes = vec![0xC3; bits / 8];
        bytes[0] |= 0x80;
        encode(&bytes)
    };
    let flipped = |jwk: Value, name: &str| {
        let mut bytes = decode(jwk[name].as_str().unwrap()).unwrap();
        bytes[5] ^= 1;
        with(jwk, name, encode(&bytes))
    };
    let padded = |jwk: Value, name: &str| {
        let bytes = [vec![0], decode(jwk[name].as_str().unwrap()).unwrap()].concat();
        with(jwk, name, encode(&bytes))
    };
    let cut = |jwk: Value, name: &str| {
        let bytes = decode(jwk[name].as_str().unwrap()).unwrap();
        with(jwk, name, encode(&bytes[1..]))
    };
    for (clause, key) in [
        ("RFC 7517 §4: a JWK is an object", json!("key")),
        ("RFC 7517 §4.1: `kty` is there", without(ed(), "kty")),
        ("RFC 7517 §4.1: `kty` is case-sensitive", with(ed(), "kty", "okp")),
        ("RFC 7517 §5: an unknown kind", with(ed(), "kty", "AKP")),
        ("RFC 7517 §4.2: another use", with(ed(), "use", "enc")),
        ("RFC 7517 §4.2: `use` is case-sensitive", with(ed(), "use", "SIG")),
        ("RFC 7517 §4.2: `use` is text", with(ed(), "use", json!(["sig"]))),
        ("RFC 7517 §4.2: `use` is not null", with(ed(), "use", Value::Null)),
        ("SPIFFE bundle §4.2.2: a key for SVIDs", with(ec(), "use", "jwt-svid")),
        ("RFC 7517 §4.3: other operations", with(ed(), "key_ops", json!(["sign", "encrypt"]))),
        ("RFC 7517 §4.3: no operation", with(ed(), "key_ops", json!([]))),
        ("RFC 7517 §4.3: `key_ops` is a list", with(ed(), "key_ops", "verify")),
        ("RFC 7517 §4.3: `key_ops` is not null", with(ed(), "key_ops", Value::Null)),
        ("RFC 7517 §4.5: no `kid`", without(ed(), "kid")),
        ("RFC 7517 §4.5: `kid` is text", with(ed(), "kid", 1)),
        ("an empty `kid`", with(ed(), "kid", "")),
        ("a `kid` that is too long", with(ed(), "kid", "k".repeat(MAX_KEY_ID_BYTES + 1))),
        ("RFC 7517 §4.4: `alg` is text", with(ed(), "alg", 1)),
        ("RFC 7517 §4.4: an unknown algorithm", with(ed(), "alg", "Ed448")),
        ("RFC 8725 §3.1: `none`", with(ed(), "alg", "none")),
        ("RFC 8725 §3.2: HMAC for a public key", with(rsa(), "alg", "HS256")),
        ("RFC 8725 §3.2: the algorithm of another kind", with(ed(), "alg", "ES256")),
        ("RFC 8725 §3.2: the algorithm of another kind", with(ec(), "alg", "EdDSA")),
        ("RFC 8725 §3.2: the algorithm of another kind", with(rsa(), "alg", "ES256")),
        ("RFC 8725 §3.2: the algorithm of another kind", with(rsa(), "alg", "EdDSA")),
        ("RFC 7518 §3.4: the algorithm of another curve", with(ec(), "alg", "ES384")),
        ("RFC 8725 §3.2: encryption", with(rsa(), "alg", "RSA-OAEP")),
        ("DESIGN §5: RSA without `alg`", without(rsa(), "alg")),
        ("DESIGN §5: no token is signed with it", with(rsa(), "alg", "RS512")),
        ("DESIGN §5: no token is signed with it", with(rsa(), "alg", "PS384")),
        ("RFC 8037 §2: another curve", with(ed(), "crv", "X25519")),
        ("RFC 8037 §2: another curve", with(ed(), "crv", "Ed448")),
        ("RFC 8037 §2: no curve", without(ed(), "crv")),
        ("RFC 8037 §2: `x` is 32 bytes", cut(ed(), "x")),
        ("RFC 8037 §2: `x` is 32 bytes", padded(ed(), "x")),
        ("RFC 8037 §2: `x` is there", without(ed(), "x")),
        ("RFC 7515 §2: base64url without padding", with(ed(), "x", format!("{}=", ed()["x"].as_str().unwrap()))),
        ("RFC 4648 §3.5: trailing bits", with(ed(), "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp")),
        ("RFC 8812: another curve", with(ec(), "crv", "secp256k1")),
        ("RFC 7518 §6.2.1.1: no curve", without(ec(), "crv")),
        ("RFC 7518 §6.2.1.1: the wrong curve", with(ec(), "crv", "P-384")),
        ("RFC 7518 §6.2.1.2: a point off the curve", flipped(ec(), "y")),
        ("RFC 7518 §6.2.1.2: a point off the curve", flipped(ec(), "x")),
        ("the point at infinity", with(with(ec(), "x", encode(&[0; 32])), "y", encode(&[0; 32]))),
        ("RFC 7518 §6.2.1.2: full width", cut(ec(), "x")),
        ("RFC 7518 §6.2.1.3: full width", cut(ec(), "y")),
        ("RFC 7518 §6.2.1.2: not wider", padded(ec(), "x")),
        ("RFC 7518 §6.2.1.3: not wider", padded(ec(), "y")),
        ("RFC 7518 §6.2.1: `y` is there", without(ec(), "y")),
        ("RFC 7518 §3.3: 2 047 bits are too few", with(rsa(), "n", encode(&[vec![0x7F], vec![0xC3; 255]].concat()))),
        ("RFC 7518 §3.3: 1 024 bits are too few", with(rsa(), "n", modulus(1024))),
        ("more than 8 192 bits", with(rsa(), "n", modulus(8200))),
        ("RFC 7518 §6.3.1.1: no leading zero", padded(rsa(), "n")),
        ("an even modulus", with(rsa(), "n", encode(&[0xC2; 256]))),
        ("RFC 7518 §6.3.1.1: `n` is there", without(rsa(), "n")),
        ("RFC 7518 §6.3.1.2: `e` is there", without(rsa(), "e")),
        ("an empty exponent", with(rsa(), "e", "")),
        ("exponent 0", with(rsa(), "e", encode(&[0]))),
        ("exponent 1", with(rsa(), "e", encode(&[1]))),
        ("exponent 1 with zeros", with(rsa(), "e", encode(&[0, 0, 1]))),
        ("exponent 2", with(rsa(), "e", encode(&[2]))),
        ("an even exponent", with(rsa(), "e", encode(&[1, 0, 0]))),
        ("RFC 7518 §6.3.1.2: no leading zero", padded(rsa(), "e")),
        ("an exponent of five bytes", with(rsa(), "e", encode(&[1, 0, 0, 0, 1]))),
    ] {
        assert_eq!(read(&key).map(drop), Err(JwkError::Unusable), "{clause}: {key}");
        let good = with(rfc7515_ec(), "kid", "good");
        let set = KeySet::from_json(&json!({"keys": [key, good]}).to_string()).unwrap();
        assert_eq!(set.iter().map(VerifyingKey::kid).collect::<Vec<_>>(), ["good"], "{clause}");
    }
}

/// RFC 8032 §5.1.7 leaves it open; for such a key anybody can sign anything, or a part of it.
#[test]
fn an_ed25519_key_of_small_order_is_skipped() {
    let (zero, one, ones) = ("00", "01", "ff".repeat(30));
    let order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
    let other_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    let padded = |first: &str| format!("{first}{}", "00".repeat(31));
    let near_p = |first: &str| format!("{first}{ones}7f");
    assert!(read(&rfc8037_key()).is_ok());
    for text in [padded(zero), padded(one), order_8.into(), other_8.into(), near_p("ec"), near_p("ed"), near_p("ee")] {
        let mut bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect();
        for sign in [0, 0x80] {
            bytes[31] ^= sign;
            let key = with(rfc8037_key(), "x", encode(&bytes));
            assert_eq!(read(&key).map(drop), Err(JwkError::Unusable), "{text}");
        }
    }
}

#[test]
fn a_key_that_can_be_used_is_taken() {
    for (algorithm, key) in [
        (Algorithm::EdDsa, rfc8037_key()),
        (Algorithm::EdDsa, with(rfc8037_key(), "alg", "EdDSA")),
        (Algorithm::Ed25519, with(rfc8037_key(), "alg", "Ed25519")),
        (Algorithm::Es256, rfc7515_ec()),
        (Algorithm::Es256, with(rfc7515_ec(), "use", "sig")),
        (Algorithm::Es256, with(rfc7515_ec(), "key_ops", json!(["sign", "verify"]))),
        (Algorithm::Rs256, rfc7517_rsa()),
        (Algorithm::Ps256, with(rfc7517_rsa(), "alg", "PS256")),
        (Algorithm::Rs256, with(rfc7517_rsa(), "e", encode(&[3]))),
        (Algorithm::Rs256, with(rfc7517_rsa(), "e", encode(&[0xFF; 4]))),
        (Algorithm::Rs256, with(rfc7517_rsa(), "x5t", "unknown members are ignored")),
        (Algorithm::Es256, with(rfc7515_ec(), "kid", "k".repeat(MAX_KEY_ID_BYTES))),
    ] {
        assert_eq!(read(&key).unwrap().algorithm(), algorithm, "{key}");
    }
    // RFC 7517 appendix A.1: one key is for encryption.
    let set = KeySet::from_json(&json!({"keys": [rfc7517_ec(), rfc7517_rsa()]}).to_string()).unwrap();
    assert_eq!((set.len(), set.is_empty()), (1, false));
    assert!(set.get("1").is_none() && set.get("2011-04-29").is_some());
    assert!(KeySet::from_json(r#"{"keys":[],"spiffe_sequence":1}"#).unwrap().is_empty());
}

#[test]
fn keys_of_svids_are_for_svids_only() {
    let jwk = with(rfc7515_ec(), "use", "jwt-svid");
    assert!(VerifyingKey::from_jwk(&jwk, KeyUse::JwtSvid).is_ok());
    for jwk in [
        rfc7515_ec(),
        with(rfc7515_ec(), "use", "sig"),
        with(rfc7515_ec(), "use", "x509-svid"),
        // JWT-SVID §2.1: no EdDSA.
        with(rfc8037_key(), "use", "jwt-svid"),
    ] {
        assert_eq!(VerifyingKey::from_jwk(&jwk, KeyUse::JwtSvid).map(drop), Err(JwkError::Unusable), "{jwk}");
    }
    let rsa = with(rfc7517_rsa(), "use", "jwt-svid");
    for alg in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        let key = VerifyingKey::from_jwk(&with(rsa.clone(), "alg", alg), KeyUse::JwtSvid).unwrap();
        assert_eq!(key.algorithm().to_string(), alg);
    }
}

#[test]
fn a_set_that_holds_secrets_or_is_ambiguous_is_refused() {
    let set = |keys: Value| json!({ "keys": keys }).to_string();
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for base in [rfc8037_key(), rfc7515_ec(), rfc7517_rsa()] {
            let leaked = with(base, member, "AA");
            assert_eq!(read(&leaked).map(drop), Err(JwkError::Secret));
            assert_eq!(KeySet::from_json(&set(json!([leaked]))).map(drop), Err(KeySetError::Secret), "{member}");
        }
    }
    let malformed = KeySetError::Malformed;
    let many: Vec<Value> = (0..=MAX_KEYS).map(|n| with(rfc8037_key(), "kid", n.to_string())).collect();
    let twice = |id: &str| KeySetError::DuplicateKeyId(id.to_owned());
    for (clause, text, error) in [
        ("RFC 7518 §6.4", set(json!([{"kty": "oct", "kid": "s"}])), KeySetError::Secret),
        ("RFC 7517 §4.5", set(json!([rfc8037_key(), rfc7515_ec()])), twice("a")),
        ("RFC 7517 §4.5, one is skipped", set(json!([rfc8037_key(), {"kid": "a", "kty": "AKP"}])), twice("a")),
        ("RFC 7517 §5", "{}".into(), malformed.clone()),
        ("RFC 7517 §5", "[]".into(), malformed.clone()),
        ("RFC 7517 §5", r#"{"keys":{}}"#.into(), malformed.clone()),
        ("RFC 7517 §5", r#"{"keys":null}"#.into(), malformed.clone()),
        ("RFC 7517 §5", r#"{"Keys":[]}"#.into(), malformed.clone()),
        ("RFC 7517 §5", rfc8037_key().to_string(), malformed.clone()),
        ("RFC 8259", String::new(), malformed.clone()),
        ("RFC 8259", r#"{"keys":[]}x"#.into(), malformed.clone()),
        ("nesting", format!(r#"{{"keys":[],"x":{}{}}}"#, "[".repeat(16), "]".repeat(16)), malformed),
        ("RFC 7517 §5", r#"{"keys":[],"keys":[]}"#.into(), KeySetError::DuplicateMember),
        ("RFC 7517 §4", r#"{"keys":[{"kid":"a","kid":"b"}]}"#.into(), KeySetError::DuplicateMember),
        ("MAX_KEYS", set(many.clone().into()), KeySetError::TooMany),
        ("MAX_KEY_SET_BYTES", format!("{}{}", set(json!([])), " ".repeat(MAX_KEY_SET_BYTES)), KeySetError::TooLarge),
    ] {
        assert_eq!(KeySet::from_json(&text).map(drop), Err(error), "{clause}");
    }
    let most = KeySet::from_json(&set(many[..MAX_KEYS].to_vec().into())).unwrap();
    assert_eq!(most.len(), MAX_KEYS);
    let text = set(json!([rfc8037_key()]));
    let padded = format!("{text}{}", " ".repeat(MAX_KEY_SET_BYTES - text.len()));
    assert!(KeySet::from_json(&padded).is_ok());
}

#[test]
fn what_is_published_is_read_again() {
    let rsa = SigningKey::from_pem(Algorithm::Ps256, &pem("rsa2048.pem")).unwrap();
    let others = [Algorithm::EdDsa, Algorithm::Ed25519, Algorithm::Es256, Algorithm::Es384];
    let others = others.into_iter().map(|algorithm| SigningKey::generate(algorithm).unwrap());
    let keys = others.chain([rsa]).map(|key| key.public().to_jwk());
    let printed = json!({"keys": keys.collect::<Vec<_>>()});
    let set = KeySet::from_json(&printed.to_string()).unwrap();
    assert_eq!(set.len(), 5);
    let again = KeySet::from_json(&set.to_json()).unwrap();
    assert_eq!(again.to_json(), set.to_json());
    for jwk in printed["keys"].as_array().unwrap() {
        assert_eq!(again.get(jwk["kid"].as_str().unwrap()).unwrap().to_jwk(), *jwk);
        // RFC 7517 §4: public members only.
        let members: Vec<&String> = jwk.as_object().unwrap().keys().collect();
        assert!(
            members.iter().all(|name| ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"].contains(&name.as_str()))
        );
    }
}
