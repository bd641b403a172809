//! RFC 8725 §2.1, §3.1, §3.2: the header says by what it was signed, and is believed.

use aws_lc_rs::{hmac, rand::SystemRandom, signature};
use deputize_token::{
    Algorithm, Presented, Revocation, Trust, VerifyError,
    jws::{decode, encode},
};

use super::{ALGORITHMS, Attacks, input, published, sealed, taken, with};
use crate::{
    print,
    support::{now, test_key, verifier},
};

pub(super) fn attacks(all: &mut Attacks) {
    let mismatch = VerifyError::AlgorithmMismatch;
    all.tokens("alg none in every case of its letters", "RFC 8725 §2.1; CVE-2018-1000531", mismatch, none());
    all.tokens("alg none, cut off", "RFC 8725 §2.1", VerifyError::Malformed, cut_off());
    all.tokens("alg none, disguised", "RFC 8725 §3.1", mismatch, disguised());
    let source = "RFC 8725 §2.1; CVE-2015-9235, -2016-5431, -2017-11424, -2022-29217, -2026-34950";
    all.tokens("HMAC with the public key", source, mismatch, hmacs());
    all.tokens("a good signature by a sibling of the key's algorithm", "RFC 8725 §3.2", mismatch, siblings());
    all.vectors(
        "the algorithm of another key",
        "RFC 8725 §3.1",
        mismatch,
        &["alg_of_another_key", "curve_of_another_algorithm", "secp256k1", "ed25519_where_the_key_says_eddsa"],
    );
    all.vectors(
        "PSS for PKCS #1, and the other way",
        "RFC 8725 §3.2",
        VerifyError::BadSignature,
        &["pss_signature_as_pkcs1", "pkcs1_signature_as_pss"],
    );
    all.vectors(
        "a signature of zeros",
        "CVE-2022-21449",
        VerifyError::BadSignature,
        &["ecdsa_signature_of_zeros", "signature_of_zeros"],
    );
    all.vectors(
        "no signature, or a short one",
        "CVE-2020-28042",
        VerifyError::BadSignature,
        &["empty_signature", "signature_of_one_byte", "signature_cut"],
    );
}

/// For each algorithm's token its claims, raised to an administrator's.
fn raised() -> impl Iterator<Item = (Algorithm, serde_json::Value, String)> {
    ALGORITHMS.into_iter().map(|algorithm| {
        let token = taken(algorithm);
        (algorithm, token.header, with(token.claims, "sub", "root").to_string())
    })
}

fn none() -> Vec<String> {
    let spelled = |bits: usize| {
        let letters = "none".chars().enumerate();
        letters.map(|(at, letter)| if bits >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter }).collect()
    };
    let mut tokens = Vec::new();
    for spelling in (0..16).map(spelled) {
        let spelling: String = spelling;
        for (algorithm, header, claims) in raised() {
            let input = input(&with(header, "alg", spelling.as_str()).to_string(), &claims);
            let own = taken(algorithm);
            tokens.extend([format!("{input}."), format!("{input}.{}", own.encoded()[2])]);
        }
    }
    tokens
}

fn cut_off() -> Vec<String> {
    raised().map(|(_, header, claims)| input(&with(header, "alg", "none").to_string(), &claims)).collect()
}

fn disguised() -> Vec<String> {
    let (_, header, claims) = raised().next().unwrap();
    let names =
        [" none", "none ", "\tnone", "none\0", "none\n", "\u{feff}none", "n\u{43e}ne", "\u{ff4e}one", "\"none\""];
    let more = ["null", "undefined", "false", "0", "", "none,EdDSA", "EdDSA,none", "http://www.w3.org/none", "N0NE"];
    let plain = names.iter().chain(&more).map(|name| input(&with(header.clone(), "alg", *name).to_string(), &claims));
    // One name, escaped: the reader sees `none`.
    let escaped = with(header.clone(), "alg", "?").to_string().replace('?', r"\u006e\u006f\u006e\u0065");
    plain.chain([input(&escaped, &claims)]).map(|input| format!("{input}.")).collect()
}

/// Each form in which a public key lies about: a library that takes the key for the secret of an HMAC
/// takes one of them.
fn hmacs() -> Vec<String> {
    let pem = include_str!("../../../../../testdata/keys/rsa2048.pub.pem");
    let ed25519 = include_str!("../../../../../testdata/keys/wrong/ed25519.pub.pem");
    let p256 = include_str!("../../../../../testdata/keys/wrong/p256.pub.pem");
    let pem_forms = |pem: &str| {
        let inner: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        vec![
            pem.to_owned(),
            pem.trim_end().to_owned(),
            format!("\n{pem}"),
            format!(" {pem}"),
            pem.replace('\n', "\r\n"),
            inner,
        ]
    };
    let mut tokens = Vec::new();
    for (algorithm, header, claims) in raised() {
        let jwk = test_key(algorithm).public().to_jwk();
        let pem = match algorithm {
            Algorithm::EdDsa => ed25519,
            Algorithm::Es256 => p256,
            _ => pem,
        };
        let numbers = ["x", "y", "n", "e"].into_iter().filter_map(|name| jwk[name].as_str());
        let mut secrets: Vec<Vec<u8>> = numbers.clone().map(|text| decode(text).unwrap()).collect();
        secrets
            .extend(numbers.chain(["", "secret", jwk["kid"].as_str().unwrap()]).map(|text| text.as_bytes().to_vec()));
        secrets.extend(pem_forms(pem).into_iter().chain([jwk.to_string()]).map(String::into_bytes));
        let digests = [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)];
        for (name, digest) in digests {
            let input = input(&with(header.clone(), "alg", name).to_string(), &claims);
            let tag = |secret: &Vec<u8>| hmac::sign(&hmac::Key::new(digest, secret), input.as_bytes());
            tokens.extend(secrets.iter().map(|secret| sealed(&input, tag(secret).as_ref())));
        }
    }
    tokens
}

/// By the issuer's own RSA key: what it signs elsewhere with another padding or digest is no token.
fn siblings() -> Vec<String> {
    let pem = include_str!("../../../../../testdata/keys/rsa2048.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64.replace('+', "-").replace('/', "_");
    let key = signature::RsaKeyPair::from_pkcs8(&decode(der.trim_end_matches('=')).unwrap()).unwrap();
    let token = taken(Algorithm::Rs256);
    let encodings: [(&str, &dyn signature::RsaEncoding); 5] = [
        ("RS384", &signature::RSA_PKCS1_SHA384),
        ("RS512", &signature::RSA_PKCS1_SHA512),
        ("PS256", &signature::RSA_PSS_SHA256),
        ("PS384", &signature::RSA_PSS_SHA384),
        ("PS512", &signature::RSA_PSS_SHA512),
    ];
    let sign = |(name, encoding): (&str, &'static dyn signature::RsaEncoding)| {
        let input = input(&with(token.header.clone(), "alg", name).to_string(), &token.claims.to_string());
        let mut bytes = vec![0; key.public_modulus_len()];
        key.sign(encoding, &SystemRandom::new(), input.as_bytes(), &mut bytes).unwrap();
        format!("{input}.{}", encode(&bytes))
    };
    encodings.map(sign).to_vec()
}

/// RFC 7518 §3.4: whoever has one signature by ECDSA can make a second, without the key. It is no
/// attack: what a token is, is its `jti`, by which it is recorded and revoked.
#[test]
fn the_other_signature_is_the_same_token() {
    let token = taken(Algorithm::Es256);
    let [header, payload, signature] = token.encoded();
    let bytes = decode(signature).unwrap();
    // FIPS 186-5 §6.4: n − s for s, by the order of P-256.
    let order = decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").unwrap();
    let mut other = bytes.clone();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = 256 + i32::from(order[at]) - i32::from(bytes[32 + at]) - borrow;
        other[32 + at] = u8::try_from(difference % 256).unwrap();
        borrow = i32::from(difference < 256);
    }
    let twin = format!("{header}.{payload}.{}", encode(&other));
    assert_ne!(twin, token.text);
    let keys = published();
    let id = |text: &str| {
        let trust = Trust { keys: &keys, revoked: Revocation::ExpiryOnly };
        verifier().verify(trust, text, Presented::Bearer, now()).unwrap().token_id()
    };
    assert_eq!(id(&twin), id(&token.text));
    print("attacks that are none: 1, the other signature of ES256 is the same token");
}
