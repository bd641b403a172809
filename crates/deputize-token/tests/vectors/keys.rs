//! The keys of `testdata/keys`, and the key sets that vectors refer to.

use deputize_token::{Algorithm, SigningKey, VerifyingKey};
use serde_json::{Value, json};

/// Name, file and algorithm.
const KEYS: [(&str, &str, Algorithm); 8] = [
    ("ed25519", include_str!("../../../../testdata/keys/ed25519.pem"), Algorithm::EdDsa),
    ("ed25519-rfc9864", include_str!("../../../../testdata/keys/ed25519.pem"), Algorithm::Ed25519),
    ("p256", include_str!("../../../../testdata/keys/p256.pem"), Algorithm::Es256),
    ("p384", include_str!("../../../../testdata/keys/p384.pem"), Algorithm::Es384),
    ("rsa-pss", include_str!("../../../../testdata/keys/rsa2048.pem"), Algorithm::Ps256),
    ("rsa-pkcs1", include_str!("../../../../testdata/keys/rsa2048.pem"), Algorithm::Rs256),
    ("globex", include_str!("../../../../testdata/keys/ed25519-other.pem"), Algorithm::EdDsa),
    ("stranger", include_str!("../../../../testdata/keys/ed25519-other.pem"), Algorithm::EdDsa),
];

pub(crate) fn signing(name: &str) -> SigningKey {
    let (_, pem, algorithm) = KEYS.iter().find(|key| key.0 == name).unwrap();
    SigningKey::from_pem(*algorithm, pem).unwrap()
}

/// Its id in the key sets: its name, and `key` for the one that two issuers call by one id.
pub(crate) fn kid(name: &str) -> &str {
    if name == "globex" { "ed25519" } else { name }
}

fn jwk(name: &str) -> Value {
    let mut jwk = VerifyingKey::to_jwk(signing(name).public());
    jwk["kid"] = json!(kid(name));
    jwk
}

/// By name. `acme` is the issuer of the vectors; `globex` another one, which has another key under
/// an id that `acme` has too; `split` lacks one of acme's keys; `empty` is empty.
pub(crate) fn sets() -> Value {
    let acme = ["ed25519", "ed25519-rfc9864", "p256", "p384", "rsa-pss", "rsa-pkcs1"];
    let set = |names: &[&str]| json!({ "keys": names.iter().map(|name| jwk(name)).collect::<Vec<_>>() });
    json!({"acme": set(&acme), "globex": set(&["globex"]), "split": set(&acme[1..]), "empty": set(&[])})
}
