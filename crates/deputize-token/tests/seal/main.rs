//! Key rings at rest: what is kept comes back, and nothing else does.
#![expect(clippy::unwrap_used, reason = "a test that can't set up its world fails")]

#[path = "../support/mod.rs"]
mod support;

mod content;
mod forge;
mod header;
mod kept;
mod laws;
mod refused;
mod secrets;
mod vectors;

use std::sync::Arc;

use deputize_core::{UnixTime, limits::MAX_SIGN_DELAY_SECONDS};
use deputize_token::{
    Algorithm, KeyEncryptionKey, KeyRing, KeyUse, OpenError, SealedKeyRing, SealedKeyRingError, SigningKey,
    VerifyingKey,
};
use serde_json::Value;
use support::{issuer, now, tenant, test_key};

const SECRET: [u8; 32] = *b"what only the secret manager has";

const ALGORITHMS: [Algorithm; 6] =
    [Algorithm::EdDsa, Algorithm::Ed25519, Algorithm::Es256, Algorithm::Es384, Algorithm::Ps256, Algorithm::Rs256];

fn kek() -> KeyEncryptionKey {
    KeyEncryptionKey::new("kek-1", &SECRET).unwrap()
}

/// An active key for this algorithm, a next one and one that retires in fifteen minutes.
fn full_ring(algorithm: Algorithm) -> KeyRing {
    let new_key = |algorithm| SigningKey::generate(algorithm).unwrap();
    let mut ring = KeyRing::new(tenant(), issuer(), test_key(algorithm));
    let retiring = new_key(Algorithm::Es256).public().clone();
    ring.publish_retiring(retiring, now().plus(900), now()).unwrap();
    ring.publish_next(new_key(Algorithm::Es384), now()).unwrap();
    ring.max_lifetime_seconds = 3600;
    ring
}

/// A public key made of these members.
fn public_key(jwk: &Value, wanted: KeyUse) -> Arc<VerifyingKey> {
    VerifyingKey::from_jwk(jwk, wanted).unwrap().into()
}

fn seal(ring: &KeyRing) -> String {
    ring.seal(&kek(), now()).unwrap().to_string()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    Unread(SealedKeyRingError),
    Unopened(OpenError),
}

fn open(text: &str) -> Result<KeyRing, Refused> {
    let sealed: SealedKeyRing = text.parse().map_err(Refused::Unread)?;
    assert_eq!(sealed.as_str(), text);
    sealed.open(&tenant(), &issuer(), &kek()).map_err(Refused::Unopened)
}

/// When the key that was active at `now` is published no longer.
fn end_of_active(ring: &KeyRing, now: UnixTime) -> UnixTime {
    now.plus(ring.max_lifetime_seconds).plus(MAX_SIGN_DELAY_SECONDS)
}
