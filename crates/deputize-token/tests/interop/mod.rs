//! Both directions between these tokens and plain `jsonwebtoken`, under whichever provider the test
//! that calls this has installed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't set up its world fails")]

use deputize_token::{Algorithm, KeyRing, KeySet, Presented, Revocation, SigningKey, Trust};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, jwk::JwkSet, jwk::ThumbprintHash};
use serde_json::Value;

use crate::support::{Asked, RESOURCE, issuer, now, tenant, verifier, verify};

type FromPem = fn(&[u8]) -> Result<EncodingKey, jsonwebtoken::errors::Error>;

const KEYS: [(Algorithm, jsonwebtoken::Algorithm, &str, FromPem); 5] = [
    (Algorithm::EdDsa, jsonwebtoken::Algorithm::EdDSA, pem::ED25519, EncodingKey::from_ed_pem),
    (Algorithm::Es256, jsonwebtoken::Algorithm::ES256, pem::P256, EncodingKey::from_ec_pem),
    (Algorithm::Es384, jsonwebtoken::Algorithm::ES384, pem::P384, EncodingKey::from_ec_pem),
    (Algorithm::Ps256, jsonwebtoken::Algorithm::PS256, pem::RSA, EncodingKey::from_rsa_pem),
    (Algorithm::Rs256, jsonwebtoken::Algorithm::RS256, pem::RSA, EncodingKey::from_rsa_pem),
];

mod pem {
    pub(super) const ED25519: &str = include_str!("../../../../testdata/keys/ed25519.pem");
    pub(super) const P256: &str = include_str!("../../../../testdata/keys/p256.pem");
    pub(super) const P384: &str = include_str!("../../../../testdata/keys/p384.pem");
    pub(super) const RSA: &str = include_str!("../../../../testdata/keys/rsa2048.pem");
}

pub(crate) fn rings() -> impl Iterator<Item = KeyRing> {
    let key = |(algorithm, _, pem, _): (_, _, &str, FromPem)| SigningKey::from_pem(algorithm, pem).unwrap();
    KEYS.into_iter().map(move |named| KeyRing::new(tenant(), issuer(), key(named)))
}

/// What our own code does, from keys to a verified token, for every algorithm.
pub(crate) fn ours_alone() {
    for ring in rings() {
        let token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
        assert!(verify(&ring, token.secret()).is_ok());
        assert_eq!(KeySet::from_json(&ring.public(now()).to_json()).unwrap().len(), 1);
    }
    assert!(SigningKey::generate(Algorithm::Es256).is_ok());
}

pub(crate) fn ours_is_taken_by_plain() {
    for (ring, (_, algorithm, ..)) in rings().zip(KEYS) {
        let token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
        let set: JwkSet = serde_json::from_str(&ring.public(now()).to_json()).unwrap();
        let header = jsonwebtoken::decode_header(token.secret()).unwrap();
        assert_eq!((header.typ.as_deref(), header.alg), (Some("at+jwt"), algorithm));
        let jwk = set.find(header.kid.as_deref().unwrap()).unwrap();
        assert_eq!(jwk.thumbprint(ThumbprintHash::SHA256).unwrap(), ring.public(now()).iter().next().unwrap().kid());

        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[issuer().as_str()]);
        validation.set_audience(&[RESOURCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // It would read the system clock.
        validation.validate_exp = false;
        let key = DecodingKey::from_jwk(jwk).unwrap();
        let read = jsonwebtoken::decode::<Value>(token.secret(), &key, &validation).unwrap();
        assert_eq!(read.claims["sub"], "alice");
        assert_eq!(read.claims["act"]["sub"], "spiffe://acme/agent/0");

        let mut other = token.secret().to_owned();
        other.replace_range(other.len() - 8..other.len() - 4, "AAAA");
        assert!(jsonwebtoken::decode::<Value>(&other, &key, &validation).is_err());
    }
}

pub(crate) fn plain_is_taken_by_ours() {
    for (ring, (_, algorithm, pem, read)) in rings().zip(KEYS) {
        let ours = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
        let payload = ours.secret().split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&deputize_token::jws::decode(payload).unwrap()).unwrap();
        let kid = ring.public(now()).iter().next().unwrap().kid().to_owned();
        let header = Header { typ: Some("at+jwt".into()), kid: Some(kid), ..Header::new(algorithm) };
        let key = read(pem.as_bytes()).unwrap();
        let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        assert_eq!(verify(&ring, &token).unwrap().person().unwrap().as_str(), "alice");

        // Keys that plain jsonwebtoken prints are read, once they say what they are for.
        let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, algorithm).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = header.kid.clone().unwrap().into();
        let keys = KeySet::from_json(&serde_json::json!({"keys": [jwk]}).to_string()).unwrap();
        let trust = Trust { keys: &keys, revoked: Revocation::ExpiryOnly };
        assert!(verifier().verify(trust, &token, Presented::Bearer, now()).is_ok(), "{algorithm:?}");
    }
}
