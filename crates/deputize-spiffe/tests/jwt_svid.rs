//! JWT-SVIDs: a table of what is refused, each row with its clause, and what is accepted.

use std::sync::Arc;

use deputize_core::{ProvenBy, UnixTime};
use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidError, SvidReplay, SvidVerifier, testing::Authority};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: u64 = 1_800_000_000;
const US: &str = "https://id.example";

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds).unwrap()
}

fn authority(domain: &str) -> Authority {
    Authority::generate(domain.parse().unwrap()).unwrap()
}

fn bundle(domain: &str, authority: &Authority) -> Bundle {
    Bundle::from_json(domain.parse().unwrap(), &authority.bundle()).unwrap()
}

fn verifier(authority: &Authority) -> SvidVerifier<StaticBundles> {
    SvidVerifier::new(Layout::default(), US, StaticBundles::new([bundle("acme", authority)]))
}

fn claims() -> Value {
    json!({"sub": "spiffe://acme/agent/r1", "aud": [US], "iat": NOW, "exp": NOW + 300})
}

fn header(authority: &Authority) -> Value {
    json!({"alg": "ES256", "kid": authority.kid(), "typ": "JWT"})
}

/// `base` with these members set, or with `null` left out.
fn with(mut base: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(base.as_object_mut().unwrap().remove(name)),
            value => base[name] = value.clone(),
        }
    }
    base
}

#[test]
fn a_good_one_proves_the_agent_until_it_expires() {
    let authority = authority("acme");
    let svid = authority.sign(&header(&authority), &claims()).unwrap();
    let proof = verifier(&authority).jwt(&svid, at(NOW)).unwrap();
    assert_eq!(proof.tenant().as_str(), "acme");
    assert_eq!(*proof.by(), ProvenBy::JwtSvid("spiffe://acme/agent/r1".parse().unwrap()));
    assert_eq!(proof.expires_at(), at(NOW + 300));
    assert!(proof.replay().is_empty());
}

#[test]
fn headers() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    let jwt = |changes: Value| {
        let svid = authority.sign(&with(header(&authority), changes), &claims()).unwrap();
        verifier.jwt(&svid, at(NOW)).map(drop)
    };
    for (changes, expected, clause) in [
        (json!({"typ": null}), Ok(()), "JWT-SVID §2.3: typ is optional"),
        (json!({"typ": "JOSE"}), Ok(()), "JWT-SVID §2.3"),
        (json!({"typ": "jwt"}), Err(SvidError::WrongType), "JWT-SVID §2.3: JWT or JOSE"),
        (json!({"typ": "at+jwt"}), Err(SvidError::WrongType), "RFC 8725 §3.11: an access token is no SVID"),
        (json!({"kid": null}), Ok(()), "JWT-SVID §2.2: kid is optional"),
        (json!({"kid": "other"}), Err(SvidError::UnknownKey), "JWT-SVID §2.2"),
        (json!({"kid": 1}), Err(SvidError::InvalidHeader), "RFC 7515 §4.1.4: a string"),
        (json!({"alg": null}), Err(SvidError::InvalidHeader), "RFC 7515 §4.1.1: alg is required"),
        (json!({"alg": "none"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "None"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "HS256"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "EdDSA"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "Ed25519"}), Err(SvidError::UnsupportedAlgorithm), "JWT-SVID §2.1"),
        (json!({"alg": "es256"}), Err(SvidError::UnsupportedAlgorithm), "RFC 7515 §4.1.1: case-sensitive"),
        (json!({"alg": "ES384"}), Err(SvidError::AlgorithmMismatch), "RFC 8725 §3.1: the key decides"),
        (json!({"alg": "RS256"}), Err(SvidError::AlgorithmMismatch), "RFC 8725 §3.1: the key decides"),
        (json!({"alg": "RS256", "kid": null}), Err(SvidError::BadSignature), "no key of that kind"),
        (json!({"crit": ["exp"], "exp": 1}), Err(SvidError::UnknownHeader), "RFC 7515 §4.1.11"),
        (json!({"b64": false}), Err(SvidError::UnknownHeader), "RFC 7797 §3"),
        (json!({"jwk": {}}), Err(SvidError::UnknownHeader), "RFC 8725 §3.10"),
        (json!({"jku": "https://evil"}), Err(SvidError::UnknownHeader), "RFC 8725 §3.10"),
        (json!({"x5c": []}), Err(SvidError::UnknownHeader), "JWT-SVID §2"),
        (json!({"cty": "JWT"}), Err(SvidError::UnknownHeader), "JWT-SVID §2"),
    ] {
        assert_eq!(jwt(changes.clone()), expected, "{clause}: {changes}");
    }
    let twice = format!(r#"{{"alg":"ES256","alg":"ES256","kid":"{}"}}"#, authority.kid());
    let svid = authority.sign_text(&twice, &claims().to_string()).unwrap();
    assert_eq!(verifier.jwt(&svid, at(NOW)).unwrap_err(), SvidError::DuplicateMember, "RFC 7515 §4");
}

#[test]
fn claims_are_checked() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    let invalid = |name| Err(SvidError::InvalidClaim(name));
    let missing = |name| Err(SvidError::MissingClaim(name));
    for (changes, expected, clause) in [
        (json!({"sub": null}), missing("sub"), "JWT-SVID §3.1"),
        (json!({"sub": "alice"}), invalid("sub"), "JWT-SVID §3.1: a SPIFFE ID"),
        (json!({"sub": 1}), invalid("sub"), "RFC 7519 §4.1.2"),
        (json!({"sub": "SPIFFE://acme/agent/r1"}), invalid("sub"), "SPIFFE-ID §2: canonical form"),
        (json!({"sub": "spiffe://ACME/agent/r1"}), invalid("sub"), "SPIFFE-ID §2.1: canonical form"),
        (json!({"sub": "spiffe://acme"}), invalid("sub"), "a trust domain is no agent"),
        (json!({"sub": "spiffe://other/agent/r1"}), Err(SvidError::UnknownTrustDomain), "JWT-SVID §6"),
        (json!({"sub": "spiffe://acme/service/r1"}), Err(SvidError::NotInLayout), "no agent by the layout"),
        (json!({"aud": null}), missing("aud"), "JWT-SVID §3.2"),
        (json!({"aud": US}), Ok(()), "RFC 7519 §4.1.3: a string"),
        (json!({"aud": ["other", US]}), Ok(()), "RFC 7519 §4.1.3: one of several"),
        (json!({"aud": []}), invalid("aud"), "RFC 7519 §4.1.3"),
        (json!({"aud": [1]}), invalid("aud"), "RFC 7519 §4.1.3"),
        (json!({"aud": {"a": 1}}), invalid("aud"), "RFC 7519 §4.1.3"),
        (json!({"aud": ["https://id.example/"]}), Err(SvidError::WrongAudience), "compared exactly"),
        (json!({"aud": ["https://id.example.evil"]}), Err(SvidError::WrongAudience), "no prefix"),
        (json!({"aud": vec!["x"; 33]}), invalid("aud"), "bounded"),
        (json!({"exp": null}), missing("exp"), "JWT-SVID §3.3"),
        (json!({"exp": NOW}), Err(SvidError::Expired), "RFC 7519 §4.1.4: on or after"),
        (json!({"exp": NOW + 1}), Ok(()), "RFC 7519 §4.1.4"),
        (json!({"exp": (NOW as f64) + 0.5}), Err(SvidError::Expired), "RFC 7519 §2: a fraction, rounded down"),
        (json!({"exp": (NOW as f64) + 1.5}), Ok(()), "RFC 7519 §2: a fraction"),
        (json!({"exp": (NOW + 300).to_string()}), invalid("exp"), "RFC 7519 §2: a number"),
        (json!({"exp": -1}), invalid("exp"), "before 1970"),
        (json!({"exp": 253_402_300_800_u64}), invalid("exp"), "past year 9999"),
        (json!({"exp": 1e300}), invalid("exp"), "past year 9999"),
        (json!({"exp": u64::MAX}), invalid("exp"), "past year 9999"),
        (json!({"exp": NOW + 3601}), Err(SvidError::LifetimeTooLong), "an hour at most"),
        (json!({"exp": NOW + 3600, "iat": null}), Ok(()), "an hour from now at most"),
        (json!({"exp": NOW + 3601, "iat": null}), Err(SvidError::LifetimeTooLong), "an hour from now at most"),
        (json!({"iat": NOW + 30}), Ok(()), "within the leeway"),
        (json!({"iat": NOW + 31}), Err(SvidError::IssuedInFuture), "RFC 7519 §4.1.6"),
        (json!({"iat": true}), invalid("iat"), "RFC 7519 §4.1.6"),
        (json!({"nbf": NOW + 30}), Ok(()), "within the leeway"),
        (json!({"nbf": NOW + 31}), Err(SvidError::NotYetValid), "RFC 7519 §4.1.5"),
        (json!({"nbf": (NOW as f64) + 30.5}), Err(SvidError::NotYetValid), "a fraction, rounded up"),
        (json!({"nbf": "x"}), invalid("nbf"), "RFC 7519 §4.1.5"),
        (json!({"jti": 1}), invalid("jti"), "RFC 7519 §4.1.7"),
        (json!({"other": {"deep": [1]}}), Ok(()), "RFC 7519 §4: unknown claims are ignored"),
    ] {
        let svid = authority.sign(&header(&authority), &with(claims(), changes.clone())).unwrap();
        assert_eq!(verifier.jwt(&svid, at(NOW)).map(drop), expected, "{clause}: {changes}");
    }
    for (text, expected) in [
        (r#"{"sub":"spiffe://acme/agent/r1","sub":"spiffe://acme/agent/r2"}"#, SvidError::DuplicateMember),
        ("[]", SvidError::Malformed),
        ("nonsense", SvidError::Malformed),
        (&format!("{}1{}", "[".repeat(17), "]".repeat(17)), SvidError::Malformed),
    ] {
        let svid = authority.sign_text(&header(&authority).to_string(), text).unwrap();
        assert_eq!(verifier.jwt(&svid, at(NOW)).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn what_is_no_jwt() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    let good = authority.sign(&header(&authority), &claims()).unwrap();
    let (input, signature) = good.rsplit_once('.').unwrap();
    for wrong in [
        "".to_owned(),
        "a.b".to_owned(),
        "a.b.c.d".to_owned(),
        input.to_owned(),
        format!("{good}="),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{input}."),
        format!("{input}.{}", signature.replace(['-', '_'], "+")),
    ] {
        let error = verifier.jwt(&wrong, at(NOW)).unwrap_err();
        assert!(matches!(error, SvidError::Malformed | SvidError::BadSignature), "{wrong}: {error}");
    }
    assert_eq!(verifier.jwt(&"a".repeat(16 * 1024 + 1), at(NOW)).unwrap_err(), SvidError::TooLarge);
}

/// JWT-SVID §6: a key of one trust domain never verifies an identity of another, whatever its id.
#[test]
fn trust_domains_are_kept_apart() {
    let (acme, other) = (authority("acme"), authority("other"));
    let bundles = || StaticBundles::new([bundle("acme", &acme), bundle("other", &other)]);
    let verifier = SvidVerifier::new(Layout::default(), US, bundles());
    for kid in [Some(other.kid()), Some(acme.kid()), None] {
        let header = with(json!({"alg": "ES256"}), kid.map_or(json!({}), |kid| json!({"kid": kid})));
        let svid = other.sign(&header, &claims()).unwrap();
        let error = verifier.jwt(&svid, at(NOW)).unwrap_err();
        assert!(matches!(error, SvidError::UnknownKey | SvidError::BadSignature), "{error}");
    }
    let own = other.svid(&"spiffe://other/agent/x".parse().unwrap(), US, at(NOW), 60).unwrap();
    assert_eq!(verifier.jwt(&own, at(NOW)).unwrap().tenant().as_str(), "other");
    // A source that answers with the wrong bundle is not believed.
    struct Confused(Arc<Bundle>);
    impl deputize_spiffe::Bundles for Confused {
        fn bundle(&self, _: &deputize_spiffe::TrustDomain) -> Option<Arc<Bundle>> {
            Some(self.0.clone())
        }
    }
    let confused = SvidVerifier::new(Layout::default(), US, Confused(bundle("other", &other).into()));
    let svid = other.sign(&json!({"alg": "ES256"}), &claims()).unwrap();
    assert_eq!(confused.jwt(&svid, at(NOW)).unwrap_err(), SvidError::UnknownTrustDomain);
}

#[test]
fn once_means_once_however_it_is_spelled() {
    let authority = authority("acme");
    let mut verifier = verifier(&authority);
    verifier.replay = SvidReplay::Once;
    let keys = |claims: &Value| {
        let svid = authority.sign(&header(&authority), claims).unwrap();
        verifier.jwt(&svid, at(NOW)).unwrap().replay().to_vec()
    };
    let (with_id, without) = (with(claims(), json!({"jti": "j1"})), claims());
    // ECDSA signs the same text twice in two ways: it is one SVID all the same.
    assert_eq!(keys(&without), keys(&without));
    assert_eq!(keys(&with_id), keys(&with(with_id.clone(), json!({"exp": NOW + 300, "x": 1}))));
    assert_ne!(keys(&with_id)[0].digest, keys(&without)[0].digest);
    assert_ne!(keys(&with_id)[0].digest, keys(&with(claims(), json!({"jti": "j2"})))[0].digest);
    assert_eq!(keys(&without)[0].keep_until, at(NOW + 330));
}

#[test]
fn nothing_of_a_credential_is_printed() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    let svid = authority.sign(&header(&authority), &claims()).unwrap();
    let printed = format!("{verifier:?} {authority:?} {:?}", verifier.jwt(&svid, at(NOW)));
    let (_, signature) = svid.rsplit_once('.').unwrap();
    assert!(!printed.contains(signature));
    fn shared<T: Send + Sync>() {}
    shared::<SvidVerifier<StaticBundles>>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Whatever single byte is changed, nobody else is proven.
    #[test]
    fn a_changed_byte_proves_nobody_else(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let authority = authority("acme");
        let svid = authority.sign(&header(&authority), &claims()).unwrap();
        let mut bytes = svid.clone().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte & 0x7F;
        let changed = String::from_utf8(bytes).unwrap();
        let proven = verifier(&authority).jwt(&changed, at(NOW));
        prop_assert!(changed == svid || proven.is_err(), "{}", changed);
    }
}
