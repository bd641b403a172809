//! The claims: which have to be there, and which values they may have.

use deputize_spiffe::SvidError;
use serde_json::json;

use crate::support::{NOW, US, authority, claims, header, verifier, verify, with};

#[test]
fn each_is_checked() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    let invalid = |name| Err(SvidError::InvalidClaim(name));
    let missing = |name| Err(SvidError::MissingClaim(name));
    let now = NOW as f64;
    for (changes, expected, clause) in [
        (json!({"sub": null}), missing("sub"), "JWT-SVID §3.1"),
        (json!({"sub": "alice"}), invalid("sub"), "JWT-SVID §3.1: a SPIFFE ID"),
        (json!({"sub": 1}), invalid("sub"), "RFC 7519 §4.1.2"),
        (json!({"sub": ["spiffe://acme/agent/r1"]}), invalid("sub"), "RFC 7519 §4.1.2"),
        (json!({"sub": "SPIFFE://acme/agent/r1"}), invalid("sub"), "SPIFFE-ID §2: canonical form"),
        (json!({"sub": "spiffe://ACME/agent/r1"}), invalid("sub"), "SPIFFE-ID §2.1: canonical form"),
        (json!({"sub": "spiffe://acme/agent/r1/"}), invalid("sub"), "SPIFFE-ID §2.2: canonical form"),
        (json!({"sub": "spiffe://acme/agent/%72"}), invalid("sub"), "SPIFFE-ID §2.2: canonical form"),
        (json!({"sub": format!("spiffe://acme/agent/{}", "a".repeat(2048))}), invalid("sub"), "SPIFFE-ID §2.3"),
        (json!({"sub": "spiffe://acme"}), invalid("sub"), "a trust domain is no agent"),
        (json!({"sub": "spiffe://other/agent/r1"}), Err(SvidError::UnknownTrustDomain), "JWT-SVID §6"),
        (json!({"sub": "spiffe://acme/service/r1"}), Err(SvidError::NotInLayout), "no agent by the layout"),
        (json!({"aud": null}), missing("aud"), "JWT-SVID §3.2"),
        (json!({"aud": US}), Ok(()), "RFC 7519 §4.1.3: a string"),
        (json!({"aud": ["other", US]}), Ok(()), "RFC 7519 §4.1.3: one of several"),
        (json!({"aud": [US, US]}), Ok(()), "RFC 7519 §4.1.3"),
        (json!({"aud": []}), invalid("aud"), "JWT-SVID §3.2: one or more"),
        (json!({"aud": [US, 1]}), invalid("aud"), "RFC 7519 §4.1.3"),
        (json!({"aud": [[US]]}), invalid("aud"), "RFC 7519 §4.1.3"),
        (json!({"aud": {"a": US}}), invalid("aud"), "RFC 7519 §4.1.3"),
        (json!({"aud": ["https://id.example/"]}), Err(SvidError::WrongAudience), "RFC 7519 §2: compared exactly"),
        (json!({"aud": ["https://ID.example"]}), Err(SvidError::WrongAudience), "RFC 7519 §2: compared exactly"),
        (json!({"aud": ["https://id.example.evil"]}), Err(SvidError::WrongAudience), "RFC 7519 §2: no prefix"),
        (json!({"aud": "x https://id.example"}), Err(SvidError::WrongAudience), "RFC 7519 §2: no list in a string"),
        (json!({"aud": vec![US; 32]}), Ok(()), "at the bound"),
        (json!({"aud": vec![US; 33]}), invalid("aud"), "past the bound"),
        (json!({"exp": null}), missing("exp"), "JWT-SVID §3.3"),
        (json!({"exp": NOW}), Err(SvidError::Expired), "RFC 7519 §4.1.4: on or after"),
        (json!({"exp": NOW - 1, "iat": NOW - 9}), Err(SvidError::Expired), "no leeway for exp"),
        (json!({"exp": NOW + 1}), Ok(()), "RFC 7519 §4.1.4"),
        (json!({"exp": 0}), Err(SvidError::Expired), "RFC 7519 §4.1.4"),
        (json!({"exp": now + 0.5}), Err(SvidError::Expired), "RFC 7519 §2: a fraction, rounded down"),
        (json!({"exp": now + 1.5}), Ok(()), "RFC 7519 §2: a fraction"),
        (json!({"exp": (NOW + 300).to_string()}), invalid("exp"), "RFC 7519 §2: a number"),
        (json!({"exp": [NOW + 300]}), invalid("exp"), "RFC 7519 §2: a number"),
        (json!({"exp": -1}), invalid("exp"), "before 1970"),
        (json!({"exp": -0.5}), invalid("exp"), "before 1970"),
        (json!({"exp": 253_402_300_799_u64}), Err(SvidError::LifetimeTooLong), "the end of year 9999"),
        (json!({"exp": 253_402_300_800_u64}), invalid("exp"), "past year 9999"),
        (json!({"exp": 253_402_300_799.5}), invalid("exp"), "past year 9999"),
        (json!({"exp": 1e300}), invalid("exp"), "past year 9999"),
        (json!({"exp": u64::MAX}), invalid("exp"), "past year 9999"),
        (json!({"exp": NOW + 3600}), Ok(()), "an hour at most"),
        (json!({"exp": NOW + 3601}), Err(SvidError::LifetimeTooLong), "an hour at most"),
        (json!({"exp": NOW + 300, "iat": NOW - 3301}), Err(SvidError::LifetimeTooLong), "over all, not from now on"),
        (json!({"exp": NOW + 3600, "iat": null}), Ok(()), "an hour from now at most"),
        (json!({"exp": NOW + 3601, "iat": null}), Err(SvidError::LifetimeTooLong), "an hour from now at most"),
        (json!({"iat": NOW + 30}), Ok(()), "within the leeway"),
        (json!({"iat": NOW + 31}), Err(SvidError::IssuedInFuture), "RFC 7519 §4.1.6"),
        (json!({"iat": now + 30.5}), Err(SvidError::IssuedInFuture), "a fraction, rounded up"),
        (json!({"iat": true}), invalid("iat"), "RFC 7519 §4.1.6"),
        (json!({"iat": -1}), invalid("iat"), "before 1970"),
        (json!({"nbf": NOW + 30}), Ok(()), "within the leeway"),
        (json!({"nbf": NOW + 31}), Err(SvidError::NotYetValid), "RFC 7519 §4.1.5"),
        (json!({"nbf": now + 30.5}), Err(SvidError::NotYetValid), "a fraction, rounded up"),
        (json!({"nbf": "x"}), invalid("nbf"), "RFC 7519 §4.1.5"),
        (json!({"jti": 1}), invalid("jti"), "RFC 7519 §4.1.7"),
        (json!({"iss": "https://spire.example"}), Ok(()), "JWT-SVID §3: other claims may be there"),
        (json!({"other": {"deep": [1]}}), Ok(()), "RFC 7519 §4: unknown claims are ignored"),
    ] {
        let svid = authority.sign(&header(&authority), &with(claims(), &changes)).unwrap();
        assert_eq!(verify(&verifier, &svid).map(drop), expected, "{clause}: {changes}");
    }
}

#[test]
fn what_means_two_things_or_nothing() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    let good = claims().to_string();
    for (text, expected, clause) in [
        (
            format!(r#"{{"sub":"spiffe://acme/agent/r2",{}"#, good.strip_prefix('{').unwrap()),
            SvidError::DuplicateMember,
            "RFC 7519 §4: which of them is it?",
        ),
        (
            format!(r#"{{"x":{{"a":1,"a":2}},{}"#, good.strip_prefix('{').unwrap()),
            SvidError::DuplicateMember,
            "RFC 8259 §4, at any depth",
        ),
        (good.replace("r1", r"r1\ud800"), SvidError::Malformed, "RFC 7493 §2.1: a lone surrogate"),
        (good.replace(&(NOW + 300).to_string(), "1e999"), SvidError::Malformed, "RFC 8259 §6: no such number"),
        (good.replace(&(NOW + 300).to_string(), "NaN"), SvidError::Malformed, "RFC 8259 §6: no such number"),
        (good.replace(r#""exp":"#, r#""exp":null,"ex":"#), SvidError::InvalidClaim("exp"), "null is not absent"),
        (good.replace(r#""iat":"#, r#""iat":null,"ia":"#), SvidError::InvalidClaim("iat"), "null is not absent"),
        (format!("{good} {good}"), SvidError::Malformed, "RFC 7519 §7.2: one object"),
        ("[]".to_owned(), SvidError::Malformed, "RFC 7519 §7.2: an object"),
        ("null".to_owned(), SvidError::Malformed, "RFC 7519 §7.2: an object"),
        ("nonsense".to_owned(), SvidError::Malformed, "RFC 7519 §7.2: JSON"),
        (format!("{}1{}", "[".repeat(17), "]".repeat(17)), SvidError::Malformed, "nested too deeply"),
    ] {
        let svid = authority.sign_text(&header(&authority).to_string(), &text).unwrap();
        assert_eq!(verify(&verifier, &svid).unwrap_err(), expected, "{clause}: {text}");
    }
}
