//! The life of a key: published, active, retiring, gone; and the two that would be taken for one.
#![expect(clippy::unwrap_used, reason = "a test that can't set up its world fails")]

mod support;

use std::{collections::BTreeSet, sync::Arc};

use deputize_core::UnixTime;
use deputize_token::{
    Algorithm, Handed, KeyRing, KeySet, KeyUse, NoNextKey, Presented, PublishError, Revocation, SigningKey,
    VerifyError, VerifyingKey, jws::Jws, limits::MAX_KEYS,
};
use support::{Asked, at, issuer, now, ring, tenant, test_key, verify, verify_at};

fn new_key() -> SigningKey {
    SigningKey::generate(Algorithm::EdDsa).unwrap()
}

fn kids(ring: &KeyRing, now: UnixTime) -> BTreeSet<String> {
    ring.public(now).iter().map(|key| key.kid().to_owned()).collect()
}

fn set<const N: usize>(kids: [&str; N]) -> BTreeSet<String> {
    kids.map(str::to_owned).into()
}

fn sign(ring: &KeyRing) -> String {
    ring.sign(Asked::for_alice().recorded(), now()).unwrap().secret().to_owned()
}

fn kid_of(token: &str) -> String {
    Jws::parse(token, usize::MAX).unwrap().header().kid.clone().unwrap()
}

/// The same public key under an id that somebody else gave it.
fn named(key: &VerifyingKey, kid: &str) -> Arc<VerifyingKey> {
    let mut jwk = key.to_jwk();
    *jwk.get_mut("kid").unwrap() = kid.into();
    VerifyingKey::from_jwk(&jwk, KeyUse::Sig).unwrap().into()
}

#[test]
fn a_key_is_published_before_it_signs_and_after() {
    let [first, abandoned, second] = [new_key(), new_key(), new_key()];
    let [one, gone, two] = [&first, &abandoned, &second].map(|key| key.public().kid().to_owned());
    let mut ring = KeyRing::new(tenant(), issuer(), first);
    assert!(matches!(ring.rotate(now()), Err(NoNextKey { .. })));
    assert_eq!(kids(&ring, now()), set([&one]));

    // A next key that is replaced before it was active is gone.
    ring.publish_next(abandoned, now()).unwrap();
    assert_eq!(kids(&ring, now()), set([&one, &gone]));
    ring.publish_next(second, now()).unwrap();
    assert_eq!(kids(&ring, now()), set([&one, &two]));
    assert_eq!(kid_of(&sign(&ring)), one, "published, and not used yet");

    ring.rotate(now()).unwrap();
    assert_eq!(kid_of(&sign(&ring)), two);
    assert!(matches!(ring.rotate(now()), Err(NoNextKey { .. })));

    // The first is kept for as long as a token of its last second may live: no rotation is needed
    // for it to go.
    let until = now().plus(ring.max_lifetime_seconds).plus(10);
    assert_eq!(kids(&ring, at(until.as_secs() - 1)), set([&one, &two]));
    assert_eq!(kids(&ring, until), set([&two]));
    ring.publish_next(new_key(), until).unwrap();
    ring.rotate(until).unwrap();
    assert_eq!(kids(&ring, until).len(), 2);
    // Forgotten, and not only hidden.
    assert!(!kids(&ring, now()).contains(&one));
}

#[test]
fn what_a_retired_key_signs_is_no_parent() {
    let stolen = test_key(Algorithm::EdDsa);
    let mut ring = KeyRing::new(tenant(), issuer(), test_key(Algorithm::EdDsa));
    ring.publish_next(new_key(), now()).unwrap();
    ring.rotate(now()).unwrap();
    let parent = |token: &str, when| {
        ring.parent(Revocation::ExpiryOnly, token, Handed::ByHolder(Presented::Bearer), when).map(drop)
    };
    let until = now().plus(ring.max_lifetime_seconds).plus(10);
    let forged = support::forge(&stolen, &sign(&KeyRing::new(tenant(), issuer(), test_key(Algorithm::EdDsa))), |it| {
        for (name, seconds) in [("iat", 0), ("nbf", 0), ("exp", 900)] {
            it.as_object_mut().unwrap().insert(name.into(), (until.as_secs() - 1 + seconds).into());
        }
    });
    assert_eq!(parent(&forged, at(until.as_secs() - 1)), Ok(()));
    assert_eq!(parent(&forged, until), Err(VerifyError::UnknownKey));
}

#[test]
fn a_key_that_somebody_else_has_is_withdrawn_at_once() {
    let mut ring = ring(Algorithm::EdDsa);
    let [first] = <[String; 1]>::try_from(Vec::from_iter(kids(&ring, now()))).unwrap();
    let token = sign(&ring);
    assert!(!ring.withdraw(&first), "the active key signs");
    assert!(!ring.withdraw("another"));
    assert!(verify(&ring, &token).is_ok());
    // A next key.
    let next = new_key();
    let kid = next.public().kid().to_owned();
    ring.publish_next(next, now()).unwrap();
    assert!(ring.withdraw(&kid));
    assert_eq!(kids(&ring, now()), set([&first]));
    assert!(matches!(ring.rotate(now()), Err(NoNextKey { .. })));
    // A retiring one.
    ring.publish_next(new_key(), now()).unwrap();
    ring.rotate(now()).unwrap();
    assert!(verify(&ring, &token).is_ok());
    assert!(!ring.withdraw("another") && ring.withdraw(&first) && !ring.withdraw(&first));
    assert_eq!(verify(&ring, &token).unwrap_err(), VerifyError::UnknownKey);
    assert!(verify(&ring, &sign(&ring)).is_ok());
}

#[test]
fn a_ring_that_is_made_again_knows_what_signed_before() {
    let (old, new) = (ring(Algorithm::Es256), ring(Algorithm::EdDsa));
    let token = sign(&old);
    let mut again = new;
    assert_eq!(verify(&again, &token).unwrap_err(), VerifyError::UnknownKey);
    let set = KeySet::from_json(&old.public(now()).to_json()).unwrap();
    let key = named(set.iter().next().unwrap(), &kid_of(&token));
    again.publish_retiring(key, now().plus(900), now()).unwrap();
    assert!(verify_at(&again, &token, now().plus(899)).is_ok());
    assert_eq!(kids(&again, now()).len(), 2);
    assert_eq!(kids(&again, now().plus(900)).len(), 1);
}

#[test]
fn two_keys_by_one_id_are_not_published() {
    let taken = PublishError::KeyIdTaken;
    let (active, next, retiring) = (new_key(), new_key(), new_key());
    let clash = |with: &SigningKey| named(new_key().public(), with.public().kid());
    let clashes = [&active, &next, &retiring].map(clash);
    let until = now().plus(60);
    let mut ring = KeyRing::new(tenant(), issuer(), active);
    ring.publish_retiring(retiring.public().clone(), until, now()).unwrap();
    ring.publish_next(next, now()).unwrap();
    let published = kids(&ring, now());
    for (key, at_next) in clashes.into_iter().zip([true, false, true]) {
        assert_eq!(ring.publish_retiring(key.clone(), until, now()), Err(taken));
        // It may stand in for the next key: that one is replaced.
        match ring.publish_next(key.clone(), now()) {
            Ok(()) => assert!(!at_next),
            Err(returned) => {
                assert!(at_next && returned.error == taken);
                assert_eq!(returned.value.public().thumbprint(), key.thumbprint(), "given back");
            }
        }
        assert_eq!(kids(&ring, now()), published, "as it was");
    }
    // The same key by the same id is no other, and an id is free again when its key is gone.
    ring.publish_retiring(retiring.public().clone(), until, now()).unwrap();
    assert_eq!(kids(&ring, now()), published);
    assert!(ring.publish_retiring(clash(&retiring), until.plus(60), until).is_ok());
}

#[test]
fn one_key_for_two_algorithms_is_two_keys_by_one_id() {
    for (from, to) in
        [(Algorithm::EdDsa, Algorithm::Ed25519), (Algorithm::Rs256, Algorithm::Ps256)].map(|pair| (pair.0, pair.1))
    {
        let mut ring = KeyRing::new(tenant(), issuer(), test_key(from));
        let returned = ring.publish_next(test_key(to), now()).unwrap_err();
        assert_eq!(returned.error, PublishError::KeyIdTaken);
        ring.publish_next(test_key(from), now()).unwrap();
        ring.rotate(now()).unwrap();
        assert!(verify(&ring, &sign(&ring)).is_ok());
    }
}

#[test]
fn a_ring_publishes_no_more_than_verifiers_take() {
    let mut ring = ring(Algorithm::EdDsa);
    let until = now().plus(60);
    let other = new_key();
    for n in 1..MAX_KEYS {
        ring.publish_retiring(named(other.public(), &n.to_string()), until, now()).unwrap();
    }
    assert_eq!(KeySet::from_json(&ring.public(now()).to_json()).unwrap().len(), MAX_KEYS);
    let key = named(other.public(), "more");
    assert_eq!(ring.publish_retiring(key, until, now()), Err(PublishError::TooMany));
    assert_eq!(ring.publish_next(new_key(), now()).unwrap_err().error, PublishError::TooMany);
    assert_eq!(kids(&ring, now()).len(), MAX_KEYS);
    // When their time has come there is place again.
    ring.publish_next(new_key(), until).unwrap();
    ring.rotate(until).unwrap();
    assert_eq!(kids(&ring, now()).len(), 2, "and the others are forgotten");
}
