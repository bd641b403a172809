use serde_json::{Map, Value};

use super::{
    algorithm::Algorithm,
    verifying::{Material, VerifyingKey},
};
use crate::{
    jws::decode,
    limits::{MAX_KEY_ID_BYTES, MAX_RSA_EXPONENT_BYTES},
};

/// What a key has to be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each use has rules of its own")]
pub enum KeyUse {
    /// Signatures of tokens: `use` is absent or `sig`, and the algorithm one that tokens are signed
    /// with.
    Sig,
    /// Signatures of JWT-SVIDs: `use` is `jwt-svid` (SPIFFE Trust Domain and Bundle §4.2.2), any
    /// algorithm of the JWT-SVID standard §2.1. That of an RSA key without `alg` is RS256.
    JwtSvid,
    /// As [`KeyUse::JwtSvid`], in a set that holds nothing else (SPIFFE Workload API §6.2.2): `use` may
    /// also be absent or `sig`.
    JwtSvidAuthority,
}

/// Why a JWK is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "a set skips the one and is refused for the other")]
pub enum JwkError {
    /// It can't be used for this: in a set it is skipped (RFC 7517 §5).
    #[error("the key can't be used here")]
    Unusable,
    /// It holds a secret: whoever published it has leaked it, and the whole set is refused.
    #[error("the key holds private or symmetric members")]
    Secret,
}

/// RFC 7518 §6.2.2, §6.3.2, §6.4.1 and RFC 8037 §2: members of private and symmetric keys.
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

pub(super) fn read(jwk: &Value, wanted: KeyUse) -> Result<VerifyingKey, JwkError> {
    let members = jwk.as_object().ok_or(JwkError::Unusable)?;
    let kty = text(members, "kty");
    if SECRET_MEMBERS.iter().any(|name| members.contains_key(*name)) || kty == Some("oct") {
        return Err(JwkError::Secret);
    }
    usable(members, wanted).ok_or(JwkError::Unusable)
}

fn usable(members: &Map<String, Value>, wanted: KeyUse) -> Option<VerifyingKey> {
    // RFC 7517 §4.2: `use` constrains the key. For a SPIFFE bundle it has to be there.
    match (members.get("use"), wanted) {
        (None, KeyUse::Sig | KeyUse::JwtSvidAuthority) => {}
        (Some(Value::String(text)), KeyUse::Sig | KeyUse::JwtSvidAuthority) if text == "sig" => {}
        (Some(Value::String(text)), KeyUse::JwtSvid | KeyUse::JwtSvidAuthority) if text == "jwt-svid" => {}
        _ => return None,
    }
    // RFC 7517 §4.3: `key_ops`, where present, names every operation that is allowed.
    match members.get("key_ops") {
        None => {}
        Some(Value::Array(operations)) if operations.iter().any(|operation| operation == "verify") => {}
        Some(_) => return None,
    }
    let kid = text(members, "kid").filter(|kid| !kid.is_empty() && kid.len() <= MAX_KEY_ID_BYTES)?;
    let named = match members.get("alg") {
        None => None,
        Some(alg) => Some(Algorithm::from_name(alg.as_str()?)?),
    };
    let bytes = |name: &str| decode(text(members, name)?);
    let (algorithm, material) = match (text(members, "kty")?, text(members, "crv")) {
        ("OKP", Some("Ed25519")) => {
            let x = bytes("x").filter(|x| x.len() == 32 && !has_small_order(x))?;
            (named.unwrap_or(Algorithm::EdDsa), Material::Okp { x })
        }
        ("EC", Some(curve)) => {
            let of_curve = match curve {
                "P-256" => Algorithm::Es256,
                "P-384" => Algorithm::Es384,
                "P-521" => Algorithm::Es512,
                _ => return None,
            };
            // RFC 7518 §3.4: the curve decides on the algorithm.
            let algorithm = named.unwrap_or(of_curve);
            (Some(algorithm).filter(|named| *named == of_curve)?, Material::Ec { x: bytes("x")?, y: bytes("y")? })
        }
        ("RSA", _) => {
            // The product of two large primes is odd; the library does not look.
            let n = bytes("n").filter(|n| n.last().is_some_and(|last| last & 1 == 1))?;
            (named.or(unnamed_rsa(wanted))?, Material::Rsa { n, e: exponent(bytes("e")?)? })
        }
        _ => return None,
    };
    let for_this = match wanted {
        KeyUse::Sig => algorithm.signs_tokens(),
        KeyUse::JwtSvid | KeyUse::JwtSvidAuthority => !algorithm.is_ed25519(),
    };
    let key = VerifyingKey::new(Some(kid.to_owned()), algorithm, material);
    key.filter(|_| for_this)
}

/// Without `alg` an RSA key would leave the choice among six algorithms to the token (RFC 8725 §3.1).
/// SPIFFE bundles do leave it out, and then it is the one that SPIRE signs with.
fn unnamed_rsa(wanted: KeyUse) -> Option<Algorithm> {
    match wanted {
        KeyUse::Sig => None,
        KeyUse::JwtSvid | KeyUse::JwtSvidAuthority => Some(Algorithm::Rs256),
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str()
}

/// FIPS 186-5 §5.1: odd and at least 65 537 for new keys; 3 is the least that RSA works with. An
/// even exponent, or 1, lets anybody sign, and a large one makes each verification dear.
fn exponent(bytes: Vec<u8>) -> Option<Vec<u8>> {
    if bytes.len() > MAX_RSA_EXPONENT_BYTES {
        return None;
    }
    let odd = bytes.last().is_some_and(|last| last & 1 == 1);
    let one = bytes.iter().rev().skip(1).all(|byte| *byte == 0) && bytes.last() == Some(&1);
    (odd && !one && bytes.first() != Some(&0)).then_some(bytes)
}

/// Whether a point is one of the eight, in any spelling, under which anybody can sign a part of all
/// messages, or all. RFC 8032 §5.1.7 leaves them in; no key that was generated is one.
fn has_small_order(x: &[u8]) -> bool {
    /// The `y` of each (RFC 8032 §5.1.2), the sign of `x` apart.
    const ORDER_8: [[u8; 32]; 2] = [
        *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
        *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    ];
    let [first, middle @ .., last] = x else { return false };
    let last = last & 0x7f;
    let all = |byte: u8| middle.iter().all(|other| *other == byte);
    // 0 and 1; p - 1, p and p + 1, of which the last two are not canonical.
    let near_0 = *first <= 0x01 && all(0) && last == 0;
    let near_p = (0xec..=0xee).contains(first) && all(0xff) && last == 0x7f;
    let order_8 =
        ORDER_8.iter().any(|y| y.split_last() == Some((&last, x.split_last().map_or(&[][..], |split| split.1))));
    near_0 || near_p || order_8
}
