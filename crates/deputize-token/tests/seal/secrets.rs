//! What must not be seen is in nothing that is printed.

use core::error::Error;

use deputize_token::{
    Algorithm, KeyEncryptionKey, OpenError, RewrapError, SealError, SealedKeyRing, SealedKeyRingError, jws,
};
use serde_json::Value;

use super::{ALGORITHMS, SECRET, forge, full_ring, kek, seal};

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    for algorithm in ALGORITHMS {
        let ring = full_ring(algorithm);
        let sealed: SealedKeyRing = seal(&ring).parse().unwrap();
        let content: Value = serde_json::from_slice(&forge::open(sealed.as_str()).1).unwrap();
        let mut secrets = vec![jws::encode(&SECRET), String::from_utf8(SECRET.into()).unwrap(), format!("{SECRET:?}")];
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            let of_keys = (0..2).filter_map(|at| content["keys"][at][name].as_str());
            secrets.extend(of_keys.map(str::to_owned));
        }
        assert!(secrets.len() >= 5);
        secrets.extend(secrets.clone().iter().filter_map(|text| Some(format!("{:?}", jws::decode(text)?))));
        let printed = format!("{ring:?} {sealed:?} {sealed:#?} {sealed} {:?} {:#?}", kek(), kek());
        for secret in &secrets {
            let within = secret.trim_matches(['[', ']']);
            assert!(!printed.contains(within), "{algorithm}");
        }
        // Nor does a log hold what could be opened later, when a key-encryption key has leaked.
        let debug = format!("{sealed:?}");
        assert!(sealed.as_str().split('.').all(|part| !debug.contains(part)), "{debug}");
    }
    let expected = r#"SealedKeyRing { key_id: "kek-1", tenant: "#;
    assert!(
        format!("{:?}", seal(&full_ring(Algorithm::EdDsa)).parse::<SealedKeyRing>().unwrap()).starts_with(expected)
    );
    assert_eq!(format!("{:?}", kek()), r#"KeyEncryptionKey { id: "kek-1", .. }"#);
}

#[test]
fn errors_say_what_is_wrong_and_nothing_twice() {
    let rewrap = RewrapError::Open(OpenError::Unauthentic);
    assert_eq!(rewrap.to_string(), "the old key does not open it");
    assert_eq!(rewrap.source().unwrap().to_string(), OpenError::Unauthentic.to_string());
    let seal = RewrapError::Seal(SealError::TooLarge);
    assert!(seal.source().unwrap().to_string().contains("262144 bytes"));
    assert!(SealedKeyRingError::TooLarge.to_string().contains("262144 bytes"));
    let id = KeyEncryptionKey::new("", &SECRET).unwrap_err();
    assert_eq!(id.to_string(), "the id is not 1 to 256 visible ASCII characters");
}
