//! The header: which members, which values.

use deputize_spiffe::SvidError;
use serde_json::json;

use crate::support::{authority, claims, header, verifier, verify, with};

#[test]
fn only_what_the_standard_has() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    for (changes, expected, clause) in [
        (json!({"typ": null}), Ok(()), "JWT-SVID §2.3: typ is optional"),
        (json!({"typ": "JOSE"}), Ok(()), "JWT-SVID §2.3"),
        (json!({"typ": "jwt"}), Err(SvidError::WrongType), "JWT-SVID §2.3: JWT or JOSE"),
        (json!({"typ": ""}), Err(SvidError::WrongType), "JWT-SVID §2.3: JWT or JOSE"),
        (json!({"typ": "at+jwt"}), Err(SvidError::WrongType), "RFC 8725 §3.11: an access token is no SVID"),
        (json!({"typ": ["JWT"]}), Err(SvidError::InvalidHeader), "RFC 7515 §4.1.9: a string"),
        (json!({"kid": null}), Ok(()), "JWT-SVID §2.2: kid is optional"),
        (json!({"kid": "other"}), Err(SvidError::UnknownKey), "JWT-SVID §2.2"),
        (json!({"kid": ""}), Err(SvidError::UnknownKey), "JWT-SVID §2.2: empty is not absent"),
        (json!({"kid": 1}), Err(SvidError::InvalidHeader), "RFC 7515 §4.1.4: a string"),
        (json!({"alg": null}), Err(SvidError::InvalidHeader), "RFC 7515 §4.1.1: alg is required"),
        (json!({"alg": 1}), Err(SvidError::InvalidHeader), "RFC 7515 §4.1.1: a string"),
        (json!({"alg": "none"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "None"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "HS256"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "EdDSA"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "Ed25519"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "ES256K"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "es256"}), Err(SvidError::UnsupportedAlgorithm), "RFC 7515 §4.1.1: case-sensitive"),
        (json!({"alg": "ES384"}), Err(SvidError::AlgorithmMismatch), "RFC 8725 §3.1: the key decides"),
        (json!({"alg": "RS256"}), Err(SvidError::AlgorithmMismatch), "RFC 8725 §3.1: the key decides"),
        (json!({"alg": "RS256", "kid": null}), Err(SvidError::BadSignature), "RFC 8725 §3.2: no key of that kind"),
        (json!({"crit": ["exp"], "exp": 1}), Err(SvidError::UnknownHeader), "RFC 7515 §4.1.11"),
        (json!({"crit": []}), Err(SvidError::UnknownHeader), "RFC 7515 §4.1.11"),
        (json!({"b64": false}), Err(SvidError::UnknownHeader), "RFC 7797 §3"),
        (json!({"jwk": {}}), Err(SvidError::UnknownHeader), "RFC 8725 §3.10"),
        (json!({"jku": "https://evil"}), Err(SvidError::UnknownHeader), "RFC 8725 §3.10"),
        (json!({"x5u": "https://evil"}), Err(SvidError::UnknownHeader), "RFC 8725 §3.10"),
        (json!({"x5c": []}), Err(SvidError::UnknownHeader), "JWT-SVID §2"),
        (json!({"cty": "JWT"}), Err(SvidError::UnknownHeader), "JWT-SVID §2"),
        (json!({"private": 1}), Err(SvidError::UnknownHeader), "JWT-SVID §2"),
    ] {
        let svid = authority.sign(&with(header(&authority), &changes), &claims()).unwrap();
        assert_eq!(verify(&verifier, &svid).map(drop), expected, "{clause}: {changes}");
    }
}

#[test]
fn nothing_twice_and_nothing_but_an_object() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    for (text, expected, clause) in [
        (r#"{"alg":"ES256","alg":"ES256"}"#, SvidError::DuplicateMember, "RFC 7515 §4"),
        (r#"{"alg":"ES256","\u0061lg":"none"}"#, SvidError::DuplicateMember, "RFC 7515 §4"),
        (r#"{"alg":"ES256","kid":null}"#, SvidError::InvalidHeader, "RFC 7515 §4.1.4: null is no string"),
        ("[]", SvidError::Malformed, "RFC 7515 §4: an object"),
        ("", SvidError::Malformed, "RFC 7515 §4: an object"),
        (r#"{"alg":"ES256"} "x""#, SvidError::Malformed, "RFC 7515 §4: an object and no more"),
    ] {
        let svid = authority.sign_text(text, &claims().to_string()).unwrap();
        assert_eq!(verify(&verifier, &svid).unwrap_err(), expected, "{clause}: {text}");
    }
}
