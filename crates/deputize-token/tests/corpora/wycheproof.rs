//! Wycheproof's signature vectors, by the keys that verify tokens and JWT-SVIDs: all of its ECDSA, EdDSA
//! and RSA sets. Those of our algorithms have to come out as they say; in all others no signature,
//! valid as it is, may count for anything here.

use std::{collections::BTreeMap, fmt::Debug};

use deputize_token::{Algorithm, KeySet, KeyUse, jws::encode};
use serde_json::{Value, json};
use wycheproof::{
    EdwardsCurve, EllipticCurve, HashFunction, Mgf, TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify,
};

use crate::print;

/// Signatures by one key.
struct Group {
    /// What the key is made of, as a JWK.
    jwk: Value,
    /// The same, as the set itself writes it.
    theirs: Option<Value>,
    /// The algorithm that they are of, or why they are of none of ours.
    of: Result<Algorithm, &'static str>,
    signatures: Vec<Signature>,
}

struct Signature {
    id: usize,
    message: Vec<u8>,
    bytes: Vec<u8>,
    result: TestResult,
}

/// Vectors, by what their set says of them.
#[derive(Debug, Default)]
struct Counts {
    sets: usize,
    valid: usize,
    invalid: usize,
    /// Left to the implementation: PKCS #1 without the NULL of RFC 8017 §9.2. We refuse them.
    acceptable: usize,
    /// Of the invalid ones those that are signatures by another of our algorithms, and verify as such.
    by_siblings: usize,
}

#[derive(Default)]
struct Run {
    of_ours: BTreeMap<&'static str, Counts>,
    elsewhere: BTreeMap<&'static str, Counts>,
    /// Keys that the set writes as a JWK too, and that are the same key so.
    jwks: usize,
    wrong: Vec<String>,
}

impl Run {
    fn set(&mut self, name: &impl Debug, groups: Vec<Group>) {
        let mut kinds = Vec::new();
        for group in groups {
            self.group(name, &group);
            let (table, kind) = match group.of {
                Ok(algorithm) => (&mut self.of_ours, algorithm.as_str()),
                Err(reason) => (&mut self.elsewhere, reason),
            };
            if !kinds.contains(&kind) {
                kinds.push(kind);
                table.entry(kind).or_default().sets += 1;
            }
        }
    }

    fn group(&mut self, name: &impl Debug, group: &Group) {
        let keys = keys(&group.jwk);
        if let Some(theirs) = &group.theirs
            && !keys.is_empty()
        {
            let thumbprint = |keys: &[(Algorithm, KeySet)]| keys[0].1.get("k").unwrap().thumbprint();
            assert_eq!(thumbprint(&self::keys(theirs)), thumbprint(&keys), "{name:?}");
            self.jwks += 1;
        }
        for signature in &group.signatures {
            let by: Vec<Algorithm> = keys
                .iter()
                .filter(|(_, set)| set.get("k").unwrap().verify(&signature.message, &signature.bytes))
                .map(|(algorithm, _)| *algorithm)
                .collect();
            let (counts, right) = match group.of {
                Ok(own) => {
                    // By its own algorithm, under each of its names, and by none of its siblings.
                    let all = keys.iter().map(|(algorithm, _)| *algorithm);
                    let same: Vec<_> = all.filter(|other| *other == own || own == Algorithm::EdDsa).collect();
                    let right = if signature.result == TestResult::Valid { by == same } else { !by.contains(&own) };
                    (self.of_ours.entry(own.as_str()).or_default(), right)
                }
                // What is invalid there may be a good signature of ours.
                Err(reason) => {
                    let right = by.is_empty() || signature.result == TestResult::Invalid;
                    (self.elsewhere.entry(reason).or_default(), right)
                }
            };
            match signature.result {
                TestResult::Valid => counts.valid += 1,
                TestResult::Invalid => {
                    counts.invalid += 1;
                    counts.by_siblings += usize::from(!by.is_empty());
                }
                TestResult::Acceptable => counts.acceptable += 1,
            }
            if !right {
                self.wrong.push(format!("{name:?} {}: {:?}, verifies as {by:?}", signature.id, signature.result));
            }
        }
    }
}

/// The key for each algorithm that it can be for, read from a published set, as issuers and trust
/// domains publish it.
fn keys(jwk: &Value) -> Vec<(Algorithm, KeySet)> {
    let read = |algorithm: Algorithm| {
        let (name, wanted) =
            if algorithm.signs_tokens() { ("sig", KeyUse::Sig) } else { ("jwt-svid", KeyUse::JwtSvid) };
        let mut jwk = jwk.clone();
        for (member, value) in [("kid", "k"), ("use", name), ("alg", algorithm.as_str())] {
            jwk[member] = value.into();
        }
        let set = KeySet::for_use(&json!({"keys": [jwk]}).to_string(), wanted).unwrap();
        (set.len() == 1).then_some((algorithm, set))
    };
    let family = match jwk["kty"].as_str() {
        Some("OKP") => &[Algorithm::EdDsa, Algorithm::Ed25519][..],
        Some("EC") => &[Algorithm::Es256, Algorithm::Es384, Algorithm::Es512],
        _ => &RSA,
    };
    family.iter().copied().filter_map(read).collect()
}

const RSA: [Algorithm; 6] =
    [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512];

/// RFC 7518 §3.4: a curve, its digest, and R‖S.
fn ecdsa_group(group: ecdsa::TestGroup) -> Group {
    let (point, curve) = (&group.key.key, group.key.curve);
    let (x, y) = point[1..].split_at((point.len() - 1) / 2);
    let (of_curve, digest, crv) = match curve {
        EllipticCurve::Secp256r1 => (Some(Algorithm::Es256), HashFunction::Sha2_256, "P-256".to_owned()),
        EllipticCurve::Secp384r1 => (Some(Algorithm::Es384), HashFunction::Sha2_384, "P-384".to_owned()),
        EllipticCurve::Secp521r1 => (Some(Algorithm::Es512), HashFunction::Sha2_512, "P-521".to_owned()),
        other => (None, group.hash, format!("{other:?}")),
    };
    let jwk = json!({"kty": "EC", "crv": crv, "x": encode(x), "y": encode(y)});
    if of_curve.is_none() {
        // RFC 8725 §3.4: a point of one curve is none of another.
        for crv in ["P-256", "P-384", "P-521"] {
            let mut called = jwk.clone();
            called["crv"] = crv.into();
            assert!(keys(&called).is_empty(), "{curve:?} as {crv}");
        }
    }
    let fixed = group.test_type == ecdsa::TestGroupTypeId::EcdsaP1363;
    Group {
        of: match of_curve {
            None => Err("a curve that no algorithm here has"),
            Some(_) if !fixed => Err("ECDSA in DER"),
            Some(_) if group.hash != digest => Err("ECDSA with the digest of another algorithm"),
            Some(algorithm) => Ok(algorithm),
        },
        theirs: group
            .jwk
            .map(|own| json!({"kty": own.kty, "crv": crv, "x": encode(&own.affine_x), "y": encode(&own.affine_y)})),
        jwk,
        signatures: group
            .tests
            .into_iter()
            .map(|test| signature(test.tc_id, &test.msg, &test.sig, test.result))
            .collect(),
    }
}

fn eddsa_group(group: eddsa::TestGroup) -> Group {
    let (crv, of) = match group.key.curve {
        EdwardsCurve::Ed25519 => ("Ed25519", Ok(Algorithm::EdDsa)),
        EdwardsCurve::Ed448 => ("Ed448", Err("a curve that no algorithm here has")),
    };
    Group {
        jwk: json!({"kty": "OKP", "crv": crv, "x": encode(&group.key.pk)}),
        theirs: Some(json!({"kty": group.jwk.kty, "crv": crv, "x": encode(&group.jwk.x)})),
        of,
        signatures: group
            .tests
            .into_iter()
            .map(|test| signature(test.tc_id, &test.msg, &test.sig, test.result))
            .collect(),
    }
}

fn rsa_jwk(n: &[u8], e: &[u8]) -> Value {
    // RFC 7518 §2, Base64urlUInt: as short as it can be.
    let short = |number: &[u8]| encode(&number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>());
    json!({"kty": "RSA", "n": short(n), "e": short(e)})
}

fn pkcs1_group(group: rsa_pkcs1_verify::TestGroup) -> Group {
    Group {
        jwk: rsa_jwk(&group.key.n, &group.key.e),
        theirs: group.jwk.map(|own| json!({"kty": own.kty, "n": encode(&own.n), "e": encode(&own.e)})),
        of: match group.hash {
            HashFunction::Sha2_256 => Ok(Algorithm::Rs256),
            HashFunction::Sha2_384 => Ok(Algorithm::Rs384),
            HashFunction::Sha2_512 => Ok(Algorithm::Rs512),
            _ => Err("RSA with a digest that no algorithm here has"),
        },
        signatures: group
            .tests
            .into_iter()
            .map(|test| signature(test.tc_id, &test.msg, &test.sig, test.result))
            .collect(),
    }
}

/// RFC 7518 §3.5: MGF1 with the same digest, and a salt as long as it.
fn pss_group(group: rsa_pss_verify::TestGroup) -> Group {
    let ours = match group.hash {
        HashFunction::Sha2_256 => Some((Algorithm::Ps256, 32)),
        HashFunction::Sha2_384 => Some((Algorithm::Ps384, 48)),
        HashFunction::Sha2_512 => Some((Algorithm::Ps512, 64)),
        _ => None,
    };
    let masked = group.mgf == Mgf::Mgf1 && group.mgf_hash == Some(group.hash);
    Group {
        jwk: rsa_jwk(&group.key.n, &group.key.e),
        theirs: group.jwk.map(|own| json!({"kty": own.kty, "n": encode(&own.n), "e": encode(&own.e)})),
        of: match ours {
            None => Err("RSA with a digest that no algorithm here has"),
            Some((algorithm, salt)) if masked && group.salt_size == salt => Ok(algorithm),
            Some(_) => Err("PSS with another mask or salt"),
        },
        signatures: group
            .tests
            .into_iter()
            .map(|test| signature(test.tc_id, &test.msg, &test.sig, test.result))
            .collect(),
    }
}

fn signature(id: usize, message: &[u8], bytes: &[u8], result: TestResult) -> Signature {
    Signature { id, message: message.to_vec(), bytes: bytes.to_vec(), result }
}

#[test]
fn signatures_come_out_as_the_vectors_say() {
    let mut run = Run::default();
    for name in ecdsa::TestName::all() {
        let set = ecdsa::TestSet::load(name).unwrap();
        run.set(&name, set.test_groups.into_iter().map(ecdsa_group).collect());
    }
    for name in eddsa::TestName::all() {
        let set = eddsa::TestSet::load(name).unwrap();
        run.set(&name, set.test_groups.into_iter().map(eddsa_group).collect());
    }
    for name in rsa_pkcs1_verify::TestName::all() {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        run.set(&name, set.test_groups.into_iter().map(pkcs1_group).collect());
    }
    for name in rsa_pss_verify::TestName::all() {
        let set = rsa_pss_verify::TestSet::load(name).unwrap();
        run.set(&name, set.test_groups.into_iter().map(pss_group).collect());
    }
    print(
        "Wycheproof, of our algorithms                   sets  valid, verified  invalid, refused  acceptable, refused",
    );
    for (kind, counts) in &run.of_ours {
        print(&counts.line(kind));
    }
    print(
        "not applicable                                  sets  valid, refused   invalid           acceptable, refused",
    );
    for (kind, counts) in &run.elsewhere {
        print(&counts.line(kind));
    }
    print(&format!("{} keys are in the sets as a JWK too, and come out the same", run.jwks));
    assert!(run.wrong.is_empty(), "{}", run.wrong.join("\n"));

    // Of version 0.7.0 of the crate: what is no longer run shows here.
    let taken: Vec<_> = run.of_ours.iter().map(|(name, of)| (*name, of.valid, of.invalid, of.acceptable)).collect();
    assert_eq!(
        taken,
        [
            ("ES256", 173, 89, 0),
            ("ES384", 193, 87, 0),
            ("ES512", 231, 87, 0),
            ("EdDSA", 88, 63, 0),
            ("PS256", 317, 225, 0),
            ("PS384", 192, 92, 0),
            ("PS512", 266, 94, 0),
            ("RS256", 31, 999, 4),
            ("RS384", 28, 1003, 4),
            ("RS512", 30, 1003, 4),
        ]
    );
    let elsewhere: usize = run.elsewhere.values().map(|of| of.valid + of.invalid + of.acceptable).sum();
    assert_eq!((elsewhere, run.jwks), (34537, 891));
}

impl Counts {
    fn line(&self, kind: &str) -> String {
        let siblings = match self.by_siblings {
            0 => String::new(),
            some => format!("  ({some} of the invalid are by another algorithm of ours)"),
        };
        let Self { sets, valid, invalid, acceptable, .. } = self;
        format!("{kind:47} {sets:4} {valid:16} {invalid:17} {acceptable:20}{siblings}")
    }
}
