//! Headers that the holder of the key-encryption key could write, and this library would not.

use deputize_token::{Algorithm, OpenError, SealedKeyRingError, jws};
use serde_json::{Value, json};

use super::{Refused, forge, open, seal, support::ring};

fn content() -> Vec<u8> {
    forge::open(&seal(&ring(Algorithm::EdDsa))).1
}

fn refused(write: impl FnOnce(Value) -> String) -> SealedKeyRingError {
    match open(&forge::seal(&content(), write)) {
        Err(Refused::Unread(error)) => Some(error),
        _ => None,
    }
    .unwrap()
}

#[test]
fn the_usual_one_is_taken_in_any_order_in_which_it_was_sealed() {
    assert!(open(&forge::seal(&content(), |header| header.to_string())).is_ok());
    let reversed = |header: Value| {
        let members = header.as_object().unwrap().iter().rev();
        let members: Vec<String> = members.map(|(name, value)| format!("{name:?} : {value}")).collect();
        format!("{{{}}}", members.join(", "))
    };
    assert!(open(&forge::seal(&content(), reversed)).is_ok());
    // And not in another than that.
    let sealed = seal(&ring(Algorithm::EdDsa));
    let (header, rest) = sealed.split_once('.').unwrap();
    let header = serde_json::from_slice(&jws::decode(header).unwrap()).unwrap();
    let text = format!("{}.{rest}", jws::encode(reversed(header).as_bytes()));
    assert_eq!(open(&text).err(), Some(Refused::Unopened(OpenError::Unauthentic)));
}

#[test]
fn other_members_are_refused() {
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("zip", json!("DEF")),
        ("typ", json!("JOSE")),
        ("jku", json!("https://id.example/keys")),
        ("jwk", json!({"kty": "oct", "k": "AAAA"})),
        ("p2c", json!(1)),
        ("epk", json!({})),
        ("exp", json!(1)),
        ("sub", json!("acme")),
        ("", json!(null)),
    ] {
        let write = |mut header: Value| {
            header[name] = value;
            header.to_string()
        };
        assert_eq!(refused(write), SealedKeyRingError::UnknownHeader, "{name}");
    }
}

#[test]
fn no_member_is_there_twice_and_none_is_missing() {
    for name in ["alg", "enc", "cty", "kid", "tenant", "iss", "iv", "tag"] {
        let twice = |header: Value| header.to_string().replacen('{', &format!("{{{name:?}:{},", header[name]), 1);
        assert_eq!(refused(twice), SealedKeyRingError::DuplicateHeader, "{name}");
        let put = |value: Option<Value>| {
            refused(|mut header| {
                header.as_object_mut().unwrap().remove(name);
                if let Some(value) = value {
                    header[name] = value;
                }
                header.to_string()
            })
        };
        for value in [None, Some(json!(null)), Some(json!(1)), Some(json!(["acme"]))] {
            assert_eq!(put(value), SealedKeyRingError::InvalidHeader, "{name}");
        }
        let named = if matches!(name, "alg" | "enc") {
            SealedKeyRingError::Algorithm
        } else {
            SealedKeyRingError::InvalidHeader
        };
        for value in ["", " ", "ACME ", "é"] {
            assert_eq!(put(Some(json!(value))), named, "{name} {value:?}");
        }
    }
}

#[test]
fn other_values_are_refused() {
    for (name, value, error) in [
        ("alg", "dir", SealedKeyRingError::Algorithm),
        ("alg", "none", SealedKeyRingError::Algorithm),
        ("alg", "A128GCMKW", SealedKeyRingError::Algorithm),
        ("alg", "A256KW", SealedKeyRingError::Algorithm),
        ("alg", "RSA1_5", SealedKeyRingError::Algorithm),
        ("alg", "PBES2-HS256+A128KW", SealedKeyRingError::Algorithm),
        ("alg", "a256gcmkw", SealedKeyRingError::Algorithm),
        ("enc", "A128GCM", SealedKeyRingError::Algorithm),
        ("enc", "A128CBC-HS256", SealedKeyRingError::Algorithm),
        ("cty", "JWT", SealedKeyRingError::InvalidHeader),
        ("cty", "jwk+json", SealedKeyRingError::InvalidHeader),
        ("kid", &"x".repeat(257), SealedKeyRingError::InvalidHeader),
        ("kid", "a b", SealedKeyRingError::InvalidHeader),
        ("tenant", "Acme", SealedKeyRingError::InvalidHeader),
        ("iss", "http://id.example/acme#a", SealedKeyRingError::InvalidHeader),
        ("iv", "AQEBAQEBAQEBAQEBAQ", SealedKeyRingError::InvalidHeader),
        ("tag", "AQEBAQEBAQEBAQEB", SealedKeyRingError::InvalidHeader),
    ] {
        let write = |mut header: Value| {
            header[name] = value.into();
            header.to_string()
        };
        assert_eq!(refused(write), error, "{name} {value}");
    }
    for text in ["", "[]", "null", "{", "{}}", "\"\"", &"[".repeat(1000)] {
        assert_eq!(refused(|_| text.to_owned()), SealedKeyRingError::Malformed, "{text}");
    }
    assert_eq!(refused(|_| "{}".to_owned()), SealedKeyRingError::InvalidHeader);
}

#[test]
fn key_iv_and_tag_are_of_the_wrapping() {
    for name in ["iv", "tag"] {
        let write = |mut header: Value| {
            let bytes = jws::decode(header[name].as_str().unwrap()).unwrap();
            header[name] = jws::encode(&vec![3; bytes.len()]).into();
            header.to_string()
        };
        let opened = open(&forge::seal(&content(), write)).err();
        assert_eq!(opened, Some(Refused::Unopened(OpenError::Unauthentic)), "{name}");
    }
}
