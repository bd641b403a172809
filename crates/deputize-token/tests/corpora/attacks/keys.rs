//! RFC 8725 §3.4, §3.5: keys that are not for this, that are none, or with which anybody can sign. Each
//! stands in the published set under the `kid` that the token names.

use deputize_token::{
    Algorithm, KeySet, KeySetError, VerifyError,
    jws::{decode, encode},
    limits::{MAX_KEY_SET_BYTES, MAX_KEYS},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{ALGORITHMS, Attacks, input, sealed, taken, with, without};
use crate::{print, support::test_key};

pub(super) fn attacks(all: &mut Attacks) {
    let unknown = VerifyError::UnknownKey;
    all.keys("a key with another `use`", "RFC 7517 §4.2", unknown, altered(&USES));
    all.keys("a key without `verify` in `key_ops`", "RFC 7517 §4.3", unknown, altered(&KEY_OPS));
    all.keys("a key with the `alg` of another kind", "RFC 7517 §4.4; RFC 8725 §3.1", unknown, altered(&ALGS));
    all.keys("a key with another `alg` of its kind", "RFC 8725 §3.1", VerifyError::AlgorithmMismatch, siblings());
    all.keys("a key that does not say by which algorithm", "RFC 8725 §3.1", unknown, unnamed());
    all.keys("a point off the curve, or of another", "RFC 8725 §2.5, §3.4", unknown, off_the_curve());
    all.keys("a number of the wrong length", "RFC 7518 §6.2.1, RFC 8037 §2", unknown, lengths());
    all.keys("an Ed25519 key under which one signature is for all", "RFC 8032 §5.1.7", unknown, small_order());
    all.keys("an RSA key with exponent 1: the digest is its signature", "RFC 8017 §3.1", unknown, exponent_1());
    all.keys("an RSA exponent that is even, 0, or long", "RFC 8017 §3.1; CVE-2006-2940", unknown, exponents());
    all.keys("an RSA modulus that is short, even, or very long", "RFC 7518 §3.3; CVE-2006-2940", unknown, moduli());
}

/// What is said of a key that must not be: a member and its value.
type Saying = (&'static str, &'static str);

const USES: [Saying; 7] = [
    ("use", r#""enc""#),
    ("use", r#""SIG""#),
    ("use", r#""""#),
    ("use", "null"),
    ("use", r#"["sig"]"#),
    ("use", r#""jwt-svid""#),
    ("use", r#""x509-svid""#),
];
const KEY_OPS: [Saying; 6] = [
    ("key_ops", r#"["sign"]"#),
    ("key_ops", r#"["encrypt","wrapKey","deriveBits"]"#),
    ("key_ops", "[]"),
    ("key_ops", "null"),
    ("key_ops", r#""verify""#),
    ("key_ops", r#"["VERIFY"]"#),
];
const ALGS: [Saying; 8] = [
    ("alg", r#""none""#),
    ("alg", r#""HS256""#),
    ("alg", r#""ES384""#),
    ("alg", r#""RSA-OAEP""#),
    ("alg", r#""ECDH-ES""#),
    ("alg", r#""Ed448""#),
    ("alg", r#""""#),
    ("alg", "null"),
];

/// For each algorithm a good token, and of the key that signed it what is said instead.
fn altered(sayings: &[Saying]) -> Vec<(String, Value)> {
    let all = ALGORITHMS.iter().flat_map(|algorithm| sayings.iter().map(move |saying| (*algorithm, *saying)));
    all.map(|(algorithm, (name, text))| {
        let value: Value = serde_json::from_str(text).unwrap();
        (taken(algorithm).text, with(jwk(algorithm), name, value))
    })
    .collect()
}

fn jwk(algorithm: Algorithm) -> Value {
    test_key(algorithm).public().to_jwk()
}

/// RFC 8725 §3.1: one algorithm for each key, and not the one that the token would like.
fn siblings() -> Vec<(String, Value)> {
    let (rsa, ed25519) = (taken(Algorithm::Rs256).text, taken(Algorithm::EdDsa).text);
    vec![(rsa, with(jwk(Algorithm::Rs256), "alg", "PS256")), (ed25519, with(jwk(Algorithm::EdDsa), "alg", "Ed25519"))]
}

fn unnamed() -> Vec<(String, Value)> {
    let rsa = taken(Algorithm::Rs256).text;
    let unnamed = without(jwk(Algorithm::Rs256), "alg");
    let of_svids = with(jwk(Algorithm::Rs256), "alg", "RS512");
    vec![(rsa.clone(), unnamed), (rsa.clone(), of_svids), (rsa, with(jwk(Algorithm::Rs256), "kty", "rsa"))]
}

fn bytes(jwk: &Value, name: &str) -> Vec<u8> {
    decode(jwk[name].as_str().unwrap()).unwrap()
}

fn off_the_curve() -> Vec<(String, Value)> {
    let good = jwk(Algorithm::Es256);
    let flipped = |name: &str| {
        let mut coordinate = bytes(&good, name);
        coordinate[31] ^= 1;
        with(good.clone(), name, encode(&coordinate))
    };
    let zero = encode(&[0; 32]);
    // The prime of P-256 for `x`, and the `y` of the point whose `x` is 0: not reduced, it would be that point.
    let p = decode("_____wAAAAEAAAAAAAAAAAAAAAD_______________8").unwrap();
    let y_of_zero = "ZkhceA4vg9ckM71dhKBrtlQcKvMdrocXKL-FahdPk_Q";
    let secp256k1 = with(
        with(good.clone(), "x", "eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g"),
        "y",
        "SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg",
    );
    let keys = vec![
        flipped("x"),
        flipped("y"),
        with(with(good.clone(), "x", zero.clone()), "y", zero),
        with(with(good.clone(), "x", encode(&p)), "y", y_of_zero),
        secp256k1,
        with(good.clone(), "crv", "P-384"),
        with(good.clone(), "crv", "secp256k1"),
        with(good.clone(), "crv", "p-256"),
        with(good.clone(), "kty", "OKP"),
        without(good, "crv"),
    ];
    keys.into_iter().map(|key| (taken(Algorithm::Es256).text, key)).collect()
}

fn lengths() -> Vec<(String, Value)> {
    let mut keys = Vec::new();
    for (algorithm, names) in [(Algorithm::EdDsa, &["x"][..]), (Algorithm::Es256, &["x", "y"])] {
        for name in names {
            let good = jwk(algorithm);
            let number = bytes(&good, name);
            let others = [
                Vec::new(),
                number[1..].to_vec(),
                number[..31].to_vec(),
                [vec![0], number.clone()].concat(),
                [number.clone(), vec![0]].concat(),
                [number.clone(), number.clone()].concat(),
            ];
            let text = good[*name].as_str().unwrap();
            let spelled = [format!("{text}="), format!(" {text}"), format!("{text}\n")];
            let all = others.iter().map(|other| encode(other)).chain(spelled);
            keys.extend(all.map(|other| (taken(algorithm).text, with(good.clone(), name, other))));
            keys.push((taken(algorithm).text, with(good.clone(), name, json!(number))));
            keys.push((taken(algorithm).text, without(good, name)));
        }
    }
    // Put together they are the same point: only where one ends and the other begins is another.
    let good = jwk(Algorithm::Es256);
    let point = [bytes(&good, "x"), bytes(&good, "y")].concat();
    keys.extend([31, 33].map(|border| {
        let (x, y) = point.split_at(border);
        (taken(Algorithm::Es256).text, with(with(good.clone(), "x", encode(x)), "y", encode(y)))
    }));
    keys
}

/// S = 0 and R = A: of the neutral point for every message, of the other seven for some.
fn small_order() -> Vec<(String, Value)> {
    let token = taken(Algorithm::EdDsa);
    let claims = with(token.claims, "sub", "root").to_string();
    let neutral = |first: u8, last: u8| {
        let mut point = [0; 32];
        (point[0], point[31]) = (first, last);
        point
    };
    let mut not_canonical = [0xff; 32];
    (not_canonical[0], not_canonical[31]) = (0xee, 0x7f);
    let points = [neutral(1, 0), neutral(1, 0x80), not_canonical, neutral(0, 0), neutral(0, 0x80)];
    let forged = points.map(|point| {
        let signature = [point, [0; 32]].concat();
        let input = input(&token.header.to_string(), &claims);
        (sealed(&input, &signature), with(jwk(Algorithm::EdDsa), "x", encode(&point)))
    });
    forged.to_vec()
}

/// RFC 8017 §9.2: the padded digest, as long as the modulus.
fn padded_digest(input: &str) -> Vec<u8> {
    let prefix = *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    let info = [&prefix[..], &Sha256::digest(input)].concat();
    [&[0, 1][..], &vec![0xff; 256 - info.len() - 3], &[0], &info].concat()
}

fn with_exponent(exponent: &[u8]) -> (String, Value) {
    let token = taken(Algorithm::Rs256);
    let input = input(&token.header.to_string(), &with(token.claims, "sub", "root").to_string());
    (sealed(&input, &padded_digest(&input)), with(jwk(Algorithm::Rs256), "e", encode(exponent)))
}

fn exponent_1() -> Vec<(String, Value)> {
    [&[1][..], &[0, 1], &[0, 0, 0, 1]].map(with_exponent).to_vec()
}

fn exponents() -> Vec<(String, Value)> {
    let modulus = bytes(&jwk(Algorithm::Rs256), "n");
    let all = [&[][..], &[0], &[2], &[1, 0, 0], &[0, 1, 0, 1], &[1, 0, 0, 0, 1], &[0xff; 64], &modulus];
    all.map(with_exponent).to_vec()
}

fn moduli() -> Vec<(String, Value)> {
    let odd = |bytes: usize| {
        let mut number = vec![0xC3; bytes];
        number[0] |= 0x80;
        number
    };
    let good = bytes(&jwk(Algorithm::Rs256), "n");
    let mut even = good.clone();
    even[255] &= 0xfe;
    let padded = [vec![0; 128], odd(128)].concat();
    let all = [vec![], vec![1], odd(64), odd(128), odd(255), even, padded, odd(1025), odd(2048), odd(8192)];
    let token = taken(Algorithm::Rs256).text;
    all.iter().map(|modulus| (token.clone(), with(jwk(Algorithm::Rs256), "n", encode(modulus)))).collect()
}

/// A set that gives a secret away, or in which it can't be told which key is meant, is refused whole.
#[test]
fn sets_that_are_refused_whole() {
    let set = |keys: Value| json!({ "keys": keys }).to_string();
    let good = || jwk(Algorithm::EdDsa);
    let many: Vec<Value> = (0..=MAX_KEYS).map(|n| with(good(), "kid", n.to_string())).collect();
    let kid = good()["kid"].as_str().unwrap().to_owned();
    let attacker = with(super::attacker().public().to_jwk(), "kid", kid.as_str());
    let table = [
        ("RFC 8725 §3.2: an HMAC secret", set(json!([good(), {"kty": "oct", "k": "AA"}])), KeySetError::Secret),
        ("RFC 7518 §6.4: one that is not there", set(json!([good(), {"kty": "oct"}])), KeySetError::Secret),
        ("RFC 7517 §9.2: a private key", set(json!([with(good(), "d", encode(&[7; 32]))])), KeySetError::Secret),
        ("RFC 7517 §4.5: a second key by one `kid`", set(json!([good(), attacker])), KeySetError::DuplicateKeyId(kid)),
        (
            "RFC 7517 §4: `kid` twice",
            set(json!([])).replace("[]", r#"[{"kid":"a","kid":"b"}]"#),
            KeySetError::DuplicateMember,
        ),
        ("RFC 7517 §5: `keys` twice", r#"{"keys":[],"keys":[]}"#.to_owned(), KeySetError::DuplicateMember),
        ("too many keys", set(many.into()), KeySetError::TooMany),
        ("too many bytes", " ".repeat(MAX_KEY_SET_BYTES + 1), KeySetError::TooLarge),
        ("RFC 7519 §7.2: a JWT in its place", taken(Algorithm::EdDsa).text, KeySetError::Malformed),
    ];
    for (what, text, error) in &table {
        assert_eq!(KeySet::from_json(text).map(drop).as_ref(), Err(error), "{what}");
    }
    print(&format!("key sets: {} refused whole", table.len()));
}
