//! What is kept comes back: keys, states, ends and names.

use std::sync::Arc;

use deputize_core::UnixTime;
use deputize_token::{
    Algorithm, KeyEncryptionKey, KeyRing, KeySet, KeyUse, OpenError, Presented, Revocation, RewrapError, SealError,
    SealedKeyRing, SigningKey, Trust, VerifyingKey, jws,
    limits::{MAX_KEYS, MAX_SEALED_KEY_RING_BYTES},
};
use jsonwebtoken::signature::Signer;
use serde_json::{Value, json};

use super::{
    ALGORITHMS, SECRET, end_of_active, forge, full_ring, kek, open, public_key, seal,
    support::{Asked, issuer, now, ring, tenant, test_key, verifier},
};

fn published(ring: &KeyRing, now: UnixTime) -> String {
    ring.public(now).to_json()
}

/// That `ring` signs what a verifier takes that has seen these keys.
fn signs_for(ring: &KeyRing, keys: &KeySet) {
    let token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
    let trust = Trust { keys, revoked: Revocation::ExpiryOnly };
    assert!(verifier().verify(trust, token.secret(), Presented::Bearer, now()).is_ok());
}

#[test]
fn every_algorithm_and_every_state_is_kept() {
    for algorithm in ALGORITHMS {
        let ring = full_ring(algorithm);
        let keys = KeySet::from_json(&published(&ring, now())).unwrap();
        assert_eq!(keys.len(), 3);
        let mut again = open(&seal(&ring)).unwrap();
        assert_eq!((again.tenant(), again.issuer()), (ring.tenant(), ring.issuer()));
        assert_eq!(again.max_lifetime_seconds, 3600);
        for when in [now(), now().plus(899), now().plus(900)] {
            assert_eq!(published(&again, when), published(&ring, when), "{algorithm}");
        }
        signs_for(&ring, &keys);
        signs_for(&again, &keys);
        // The next key comes back with its private half, and the one that was active retires in time.
        again.rotate(now()).unwrap();
        signs_for(&again, &keys);
        let mut again = open(&seal(&again)).unwrap();
        assert!(again.rotate(now()).is_err(), "there is no next key any more");
        assert_eq!(again.public(end_of_active(&ring, now())).len(), 1);
        assert_eq!(published(&again, now()), published(&ring, now()));
        signs_for(&again, &keys);
    }
}

#[test]
fn new_keys_of_every_curve_are_kept() {
    // Every 256th has a leading zero.
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es384] {
        for _ in 0..600 {
            let ring = ring(algorithm);
            let again = open(&seal(&ring)).unwrap();
            assert_eq!(published(&again, now()), published(&ring, now()));
        }
    }
}

#[test]
fn of_a_key_that_signs_elsewhere_the_public_half_is_kept() {
    for algorithm in ALGORITHMS {
        let key = test_key(algorithm);
        // As a KMS names its keys.
        let named = |kid: &str| {
            let mut jwk = key.public().to_jwk();
            jwk["kid"] = kid.into();
            public_key(&jwk, KeyUse::Sig)
        };
        let mut ring = KeyRing::new(tenant(), issuer(), named("projects/\"acme\"\n/ключ/1"));
        ring.publish_next(named("2"), now()).unwrap();
        let sealed = seal(&ring);
        let (_, content) = forge::open(&sealed);
        assert!(!String::from_utf8(content).unwrap().contains("\"d\""));
        let mut again = open(&sealed).unwrap();
        for _ in 0..2 {
            let unsigned = again.prepare(Asked::for_alice().recorded(), now()).unwrap();
            let signature = key.try_sign(unsigned.input()).unwrap();
            assert!(unsigned.finish(&signature, now()).is_ok());
            assert_eq!(published(&again, now()), published(&ring, now()));
            let _ = again.rotate(now());
        }
    }
}

#[test]
fn one_key_in_several_states_is_kept_in_each() {
    let mut ring = KeyRing::new(tenant(), issuer(), test_key(Algorithm::EdDsa));
    ring.publish_next(test_key(Algorithm::EdDsa), now()).unwrap();
    for seconds in [60, 120] {
        ring.publish_retiring(test_key(Algorithm::EdDsa).public().clone(), now().plus(seconds), now()).unwrap();
    }
    let mut again = open(&seal(&ring)).unwrap();
    again.rotate(now()).unwrap();
    assert_eq!(forge::open(&seal(&ring)).1, forge::open(&seal(&open(&seal(&ring)).unwrap())).1);
    assert_eq!(again.public(now()).len(), 1);
}

#[test]
fn what_has_retired_is_left_out() {
    let ring = full_ring(Algorithm::EdDsa);
    let states = |when: UnixTime| {
        let (_, content) = forge::open(ring.seal(&kek(), when).unwrap().as_str());
        let content: Value = serde_json::from_slice(&content).unwrap();
        content["keys"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect()
    };
    let all: Vec<String> = states(now().plus(899));
    assert_eq!(all, ["active", "next", "retiring"]);
    assert_eq!(states(now().plus(900)), ["active", "next"]);
}

#[test]
fn it_is_a_jwk_set_that_says_whose_it_is() {
    let (header, content) = forge::open(&seal(&full_ring(Algorithm::Ps256)));
    for (name, value) in forge::usual().as_object().unwrap() {
        assert_eq!(header[name], *value, "{name}");
    }
    assert_eq!(header.as_object().unwrap().len(), 8);
    let content: Value = serde_json::from_slice(&content).unwrap();
    for member in ["d", "dp", "dq", "e", "kid", "n", "p", "q", "qi"] {
        let text = content["keys"][0][member].as_str().unwrap();
        // RFC 7518 §2, Base64urlUInt: no leading zeros.
        assert!(member == "kid" || jws::decode(text).unwrap()[0] != 0, "{member}");
    }
}

#[test]
fn nothing_random_is_used_twice() {
    let ring = ring(Algorithm::EdDsa);
    let [one, other] = [seal(&ring), seal(&ring)];
    let distinct = one.split('.').zip(other.split('.')).filter(|(one, other)| one != other).count();
    assert_eq!(distinct, 5);
    let (one, other) = (forge::open_with_key(&one), forge::open_with_key(&other));
    assert!(one.0["iv"] != other.0["iv"] && one.0["tag"] != other.0["tag"]);
    assert_ne!(one.1, other.1, "the content-encryption key");
    assert_eq!(one.2, other.2);
}

#[test]
fn it_is_sealed_by_another_key() {
    let ring = full_ring(Algorithm::Es256);
    let sealed: SealedKeyRing = seal(&ring).parse().unwrap();
    let new = KeyEncryptionKey::new("kek-2", &[1; 32]).unwrap();
    let again = sealed.rewrap(&kek(), &new).unwrap();
    assert_eq!((sealed.key_id(), again.key_id()), ("kek-1", "kek-2"));
    let open = |sealed: &SealedKeyRing, by: &KeyEncryptionKey| {
        sealed.open(&tenant(), &issuer(), by).map(|ring| published(&ring, now()))
    };
    assert_eq!(open(&again, &new), Ok(published(&ring, now())));
    assert_eq!(open(&again, &kek()), Err(OpenError::OtherKey));
    assert_eq!(open(&sealed, &new), Err(OpenError::OtherKey));
    // By itself: fresh keys and nonces all the same.
    assert_ne!(sealed.rewrap(&kek(), &kek()).unwrap().as_str(), sealed.as_str());
    let failed = |sealed: &SealedKeyRing, old: &KeyEncryptionKey| sealed.rewrap(old, &new).map(drop);
    assert_eq!(failed(&sealed, &new), Err(RewrapError::Open(OpenError::OtherKey)));
    let impostor = KeyEncryptionKey::new("kek-1", &[1; 32]).unwrap();
    assert_eq!(failed(&sealed, &impostor), Err(RewrapError::Open(OpenError::Unauthentic)));
}

#[test]
fn key_encryption_keys_have_an_id() {
    for id in ["a", "2027-01", "arn:aws:kms:eu:1:key/2", "~!", &"x".repeat(256)] {
        let key = KeyEncryptionKey::new(id, &SECRET).unwrap();
        assert_eq!(key.id(), id);
        let sealed = ring(Algorithm::EdDsa).seal(&key, now()).unwrap();
        assert_eq!(sealed.key_id(), id);
        assert!(sealed.open(&tenant(), &issuer(), &key).is_ok());
    }
    for id in ["", " ", "a b", "a\n", "é", "\u{7f}", &"x".repeat(257)] {
        assert!(KeyEncryptionKey::new(id, &SECRET).is_err(), "{id:?}");
    }
}

/// An RSA key of the longest kind.
fn long_key(kid: &str) -> Arc<VerifyingKey> {
    let n = jws::encode(&[0xff; 1024]);
    public_key(&json!({"kty": "RSA", "alg": "RS256", "kid": kid, "n": n, "e": "AQAB"}), KeyUse::Sig)
}

fn crowded(kid: impl Fn(usize) -> String) -> KeyRing {
    let mut ring = KeyRing::new(tenant(), issuer(), test_key(Algorithm::Ps256));
    ring.publish_next(test_key(Algorithm::EdDsa), now()).unwrap();
    for n in 2..MAX_KEYS {
        ring.publish_retiring(long_key(&kid(n)), now().plus(60), now()).unwrap();
    }
    ring
}

#[test]
fn as_many_keys_as_are_published_fit_and_what_does_not_is_not_sealed() {
    let full = crowded(|n| format!("{n:0256}"));
    let sealed = seal(&full);
    assert!(sealed.len() > MAX_SEALED_KEY_RING_BYTES * 8 / 10 && sealed.len() <= MAX_SEALED_KEY_RING_BYTES);
    assert_eq!(published(&open(&sealed).unwrap(), now()), published(&full, now()));
    // Six characters of JSON for each: with some it still fits as JSON, with many not even so.
    for escaped in [60, 253] {
        let ring = crowded(|n| format!("{}{}{n:03}", "\u{1}".repeat(escaped), "x".repeat(253 - escaped)));
        assert_eq!(ring.seal(&kek(), now()).map(drop), Err(SealError::TooLarge));
    }
}

#[test]
fn what_would_not_open_is_not_sealed() {
    let unusable = Some(SealError::Unusable);
    // A key for SVIDs is published by whoever asks for it, and no verifier of tokens takes it.
    let n = jws::encode(&[0xff; 256]);
    let jwk = json!({"kty": "RSA", "alg": "RS512", "use": "jwt-svid", "kid": "1", "n": n, "e": "AQAB"});
    let mut ring = ring(Algorithm::EdDsa);
    ring.publish_retiring(public_key(&jwk, KeyUse::JwtSvid), now().plus(60), now()).unwrap();
    assert_eq!(ring.seal(&kek(), now()).err(), unusable);
    assert_eq!(ring.seal(&kek(), now().plus(60)).err(), None);
    // Two keys by one id, the second since the first had retired: not at a time before that.
    let mut ring = super::support::ring(Algorithm::EdDsa);
    ring.publish_retiring(long_key("1"), now().plus(60), now()).unwrap();
    let mut other = SigningKey::generate(Algorithm::EdDsa).unwrap().public().to_jwk();
    other["kid"] = "1".into();
    ring.publish_next(public_key(&other, KeyUse::Sig), now().plus(60)).unwrap();
    assert_eq!(ring.seal(&kek(), now()).err(), unusable);
    assert_eq!(ring.seal(&kek(), now().plus(60)).err(), None);
}

#[test]
fn a_ring_of_another_tenant_or_issuer_does_not_open() {
    let ring = ring(Algorithm::EdDsa);
    let sealed: SealedKeyRing = seal(&ring).parse().unwrap();
    let open = |tenant: &str, issuer: &str, by: &KeyEncryptionKey| {
        sealed.open(&tenant.parse().unwrap(), &issuer.parse().unwrap(), by).err()
    };
    let (acme, mine) = ("acme", "https://id.example/acme");
    assert_eq!(open(acme, mine, &kek()), None);
    assert_eq!(open("acme2", mine, &kek()), Some(OpenError::ForeignTenant));
    assert_eq!(open(acme, "https://id.example/acme2", &kek()), Some(OpenError::ForeignIssuer));
    let other = |id: &str, secret| KeyEncryptionKey::new(id, secret).unwrap();
    assert_eq!(open(acme, mine, &other("kek-2", &SECRET)), Some(OpenError::OtherKey));
    let mut near = SECRET;
    near[31] ^= 1;
    assert_eq!(open(acme, mine, &other("kek-1", &near)), Some(OpenError::Unauthentic));
    // Names that were changed to match are no longer what was sealed.
    for (from, to, tenant, issuer) in
        [("\"acme\"", "\"zzzz\"", "zzzz", mine), ("id.example", "ip.example", acme, "https://ip.example/acme")]
    {
        let (header, rest) = sealed.as_str().split_once('.').unwrap();
        let header = String::from_utf8(jws::decode(header).unwrap()).unwrap();
        assert!(header.contains(from));
        let text = format!("{}.{rest}", jws::encode(header.replace(from, to).as_bytes()));
        let forged: SealedKeyRing = text.parse().unwrap();
        let opened = forged.open(&tenant.parse().unwrap(), &issuer.parse().unwrap(), &kek()).err();
        assert_eq!(opened, Some(OpenError::Unauthentic));
    }
}
