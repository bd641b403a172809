//! What other JOSE libraries sealed: see `testdata/sealed_key_rings`.

use deputize_core::UnixTime;
use deputize_token::{KeyEncryptionKey, KeySet, SealedKeyRing, jws::decode};
use serde::Deserialize;
use serde_json::Value;

use super::support::{Asked, now, verify};

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    key_id: String,
    key: String,
    tenant: String,
    issuer: String,
    now: u64,
    max_lifetime_seconds: u32,
    published: Value,
    sealed: String,
}

#[test]
fn what_other_libraries_sealed_opens() {
    let text = include_str!("../../../../testdata/sealed_key_rings/open.json");
    let Vectors { vectors } = serde_json::from_str(text).unwrap();
    assert_eq!(vectors.len(), 12);
    for vector in vectors {
        let name = &vector.name;
        let secret = decode(&vector.key).unwrap();
        let key = KeyEncryptionKey::new(&vector.key_id, secret.as_slice().try_into().unwrap()).unwrap();
        let sealed: SealedKeyRing = vector.sealed.parse().unwrap();
        assert_eq!(sealed.key_id(), vector.key_id);
        let mut ring = sealed.open(&vector.tenant.parse().unwrap(), &vector.issuer.parse().unwrap(), &key).unwrap();
        assert_eq!(ring.max_lifetime_seconds, vector.max_lifetime_seconds);
        let published = KeySet::from_json(&vector.published.to_string()).unwrap();
        let at = UnixTime::from_secs(vector.now).unwrap();
        assert_eq!(ring.public(at).to_json(), published.to_json(), "{name}");
        assert_eq!(ring.public(at.plus(900)).len(), 2, "{name}");
        // Both private halves sign.
        for _ in 0..2 {
            let token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
            assert!(verify(&ring, token.secret()).is_ok(), "{name}");
            let _ = ring.rotate(at);
        }
        assert!(sealed.rewrap(&key, &key).is_ok());
    }
}
