//! Texts that mean two things, that have two spellings, or that are there to keep a verifier busy.

use deputize_token::{
    Algorithm, VerifyError,
    jws::{decode, encode},
    limits::MAX_TOKEN_BYTES,
};
use jsonwebtoken::signature::Signer;
use serde_json::json;

use super::{Attacks, attacker, sealed, sign, taken, with};
use crate::support::test_key;

pub(super) fn attacks(all: &mut Attacks) {
    let malformed = VerifyError::Malformed;
    let source = "RFC 7519 §4, §10.3; Bishop Fox 2021, JSON interoperability";
    all.tokens("a claim twice, the right one first or last", source, VerifyError::DuplicateMember, duplicate_claims());
    all.vectors(
        "a member twice, by an escape, in the header, deep inside",
        "RFC 7515 §4, RFC 8259 §4",
        VerifyError::DuplicateMember,
        &[
            "duplicate_alg",
            "duplicate_escaped",
            "duplicate_escaped_claim",
            "duplicate_in_act",
            "duplicate_in_delegation",
        ],
    );
    let source = "RFC 4648 §3.5, §12; Base64 Malleability in Practice, 2022";
    all.tokens("base64url in another spelling", source, malformed, not_canonical());
    all.tokens("bytes behind the token", "RFC 7515 §7.1", malformed, trailing());
    all.vectors(
        "bytes behind the signature or in its place",
        "RFC 7515 §5.2",
        VerifyError::BadSignature,
        &["signature_with_a_tail", "ecdsa_signature_as_der", "payload_exchanged", "header_exchanged"],
    );
    all.vectors(
        "text behind, before or between the JSON",
        "RFC 7519 §7.2, RFC 8259",
        malformed,
        &[
            "payload_with_a_tail",
            "payload_with_a_bom",
            "header_with_a_tail",
            "header_with_a_comment",
            "payload_is_no_utf8",
        ],
    );
    all.tokens("compact and JSON serialization at once", "CVE-2022-39227", malformed, polyglots());
    all.tokens(
        "a JWE where a JWS is wanted",
        "RFC 8725 §2.3; Three New Attacks Against JSON Web Tokens, 2023",
        malformed,
        encrypted(),
    );
    all.tokens(
        "a JWE by password, of two thousand million rounds; of a zip bomb",
        "CVE-2023-6681; CVE-2024-28180",
        VerifyError::UnknownHeader,
        costly(),
    );
    all.vectors("a JWT in a JWT", "RFC 7519 §5.2", malformed, &["payload_is_a_token"]);
    all.vectors("a JWT in a JWT, and said so", "RFC 7519 §5.2", VerifyError::UnknownHeader, &["nested_content"]);
    all.tokens("nothing but periods", "CVE-2025-30204", malformed, periods(MAX_TOKEN_BYTES));
    all.tokens(
        "more than a token may have, in each part",
        "CVE-2025-61920; CVE-2025-30204",
        VerifyError::TooLarge,
        oversized(),
    );
    all.tokens("a long signature", "RFC 7515 §5.2", VerifyError::BadSignature, long_signatures());
    all.tokens("JSON that is dear to read", "RFC 8259 §9", malformed, dear());
    all.vectors(
        "lists without end",
        "DESIGN §5",
        VerifyError::InvalidClaim("scope"),
        &["scope_too_many", "scope_too_long"],
    );
}

fn own(claims: &str) -> String {
    let key = test_key(Algorithm::EdDsa);
    sign(&key, &taken(Algorithm::EdDsa).header.to_string(), claims)
}

/// The members of the claims without the braces, and one more before or behind them.
fn duplicate_claims() -> Vec<String> {
    let claims = taken(Algorithm::EdDsa).claims;
    let text = claims.to_string();
    let members = &text[1..text.len() - 1];
    let others = claims.as_object().unwrap().keys().map(|name| match name.as_str() {
        "exp" | "iat" | "nbf" => format!("\"{name}\":4102444800"),
        "act" | "delegation" => format!("\"{name}\":{{}}"),
        _ => format!("\"{name}\":\"root\""),
    });
    let both = others.flat_map(|other| [format!("{{{other},{members}}}"), format!("{{{members},{other}}}")]);
    both.map(|claims| own(&claims)).collect()
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Every other way to write one of the parts that a lenient decoder takes for the same bytes.
fn not_canonical() -> Vec<String> {
    let token = taken(Algorithm::EdDsa);
    let mut tokens = Vec::new();
    for at in 0..3 {
        let parts = token.encoded();
        let mut put = |part: String| {
            let mut parts = parts.map(str::to_owned);
            parts[at] = part;
            tokens.push(parts.join("."));
        };
        let part = parts[at];
        for tail in ["=", "==", "\n", "\r\n", " ", "\t", "\0", "\u{200b}", "%3D", "A="] {
            put(format!("{part}{tail}"));
        }
        put(format!(" {part}"));
        put(format!("{}\n{}", &part[..4], &part[4..]));
        // A single character more holds no byte; a multiple of four has room for none.
        if part.len().is_multiple_of(4) {
            put(format!("{part}A"));
        }
        // The bits of the last character that no byte is made of.
        let unused = [0, 0, 16, 4][part.len() % 4];
        let last = ALPHABET.find(&part[part.len() - 1..]).unwrap();
        for other in last + 1..last + unused {
            put(format!("{}{}", &part[..part.len() - 1], &ALPHABET[other..=other]));
        }
    }
    // The other alphabet, where the text of the part has one of its two characters.
    let standard = token.text.replace('-', "+").replace('_', "/");
    assert_ne!(standard, token.text);
    tokens.push(standard);
    tokens
}

fn trailing() -> Vec<String> {
    let text = taken(Algorithm::EdDsa).text;
    let tails = [".", "..", "...", "\n", "\r\n", "\0", " ", ",", ";", "&x=1", "#", "?", "/", ".e30", "é", "\u{2028}"];
    let before = [" ", "\n", "Bearer ", "bearer ", "JWT ", "\u{feff}", "\"", "."];
    let tailed = tails.iter().map(|tail| format!("{text}{tail}"));
    tailed.chain(before.iter().map(|head| format!("{head}{text}"))).chain([format!("{text}{text}")]).collect()
}

/// Read as compact by one library, and as JSON by another.
fn polyglots() -> Vec<String> {
    let token = taken(Algorithm::EdDsa);
    let [header, payload, signature] = token.encoded();
    let root = encode(with(token.claims.clone(), "sub", "root").to_string().as_bytes());
    let json = json!({"protected": header, "payload": payload, "signature": signature}).to_string();
    let members = &json[1..json.len() - 1];
    vec![
        json.clone(),
        json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]}).to_string(),
        format!("{{\"  {header}.{root}.\":\"\",{members}}}"),
        format!("{{\"{header}.{root}.{signature}\":\"\",{members}}}"),
        format!("{{\"{header}\":\".{root}.{signature}\",{members}}}"),
        format!("{json}.{root}.{signature}"),
        format!("{header}.{root}.{json}"),
        json!(token.text).to_string(),
    ]
}

/// Anybody can encrypt to a public key.
fn encrypted() -> Vec<String> {
    let token = taken(Algorithm::EdDsa);
    let [header, payload, signature] = token.encoded();
    let four = format!("{header}.{payload}.{signature}.AAAA");
    vec![four.clone(), format!("{four}.AAAA"), format!("{header}.AAAA.AAAA.{payload}.AAAA"), format!("{header}....")]
}

fn costly() -> Vec<String> {
    let p2c = json!({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "AAAAAAAAAAA", "p2c": 2_147_483_647});
    let zip = json!({"alg": "dir", "enc": "A128GCM", "zip": "DEF"});
    let agreed =
        json!({"alg": "ECDH-ES", "enc": "A128GCM", "epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}});
    let jwes =
        [&p2c, &zip, &agreed].map(|header| format!("{}.AAAA.AAAA.AAAA.AAAA", encode(header.to_string().as_bytes())));
    let token = taken(Algorithm::EdDsa);
    let key = test_key(Algorithm::EdDsa);
    let zipped = sign(&key, &with(token.header, "zip", "DEF").to_string(), &token.claims.to_string());
    jwes.into_iter().chain([zipped]).collect()
}

fn periods(length: usize) -> Vec<String> {
    vec![".".repeat(length), ".".repeat(2), ".".repeat(3), format!("{}{}", "a.".repeat(length / 2 - 1), "a")]
}

fn oversized() -> Vec<String> {
    let token = taken(Algorithm::EdDsa);
    let [header, payload, signature] = token.encoded();
    let long = "A".repeat(MAX_TOKEN_BYTES);
    let kid = with(token.header.clone(), "kid", "k".repeat(MAX_TOKEN_BYTES)).to_string();
    vec![
        ".".repeat(MAX_TOKEN_BYTES + 1),
        format!("{long}.{payload}.{signature}"),
        format!("{header}.{long}.{signature}"),
        format!("{header}.{payload}.{long}"),
        sign(&attacker(), &kid, &token.claims.to_string()),
        own(&with(token.claims.clone(), "x", "x".repeat(1 << 20)).to_string()),
        own(&with(token.claims, "aud", vec!["https://reports.example"; 1_000]).to_string()),
        "\0".repeat(1 << 24),
    ]
}

fn long_signatures() -> Vec<String> {
    let ed25519 = taken(Algorithm::EdDsa);
    let input = ed25519.text.rsplit_once('.').unwrap().0;
    let own = decode(ed25519.encoded()[2]).unwrap();
    let twice = [own.clone(), own.clone()].concat();
    let rsa = taken(Algorithm::Rs256);
    let padded = [vec![0], decode(rsa.encoded()[2]).unwrap()].concat();
    let p256 = taken(Algorithm::Es256);
    let fixed = decode(p256.encoded()[2]).unwrap();
    let wide = [&[0; 16], &fixed[..32], &[0; 16], &fixed[32..]].concat();
    vec![
        sealed(input, &vec![0; 10_000]),
        sealed(input, &twice),
        sealed(input, &[own, vec![0]].concat()),
        // RFC 8017 §8.2.2: as long as the modulus.
        sealed(rsa.text.rsplit_once('.').unwrap().0, &padded),
        // RFC 7518 §3.4: each half as wide as the curve.
        sealed(p256.text.rsplit_once('.').unwrap().0, &wide),
    ]
}

fn dear() -> Vec<String> {
    let text = taken(Algorithm::EdDsa).claims.to_string();
    let with = |value: &str| own(&format!("{},\"x\":{value}}}", &text[..text.len() - 1]));
    let nested = |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let header = |header: String| {
        let key = test_key(Algorithm::EdDsa);
        let input = format!("{}.{}", encode(header.as_bytes()), encode(text.as_bytes()));
        sealed(&input, &key.try_sign(input.as_bytes()).unwrap())
    };
    vec![
        with(&nested("[", "]", 16)),
        with(&nested("[", "]", 5_000)),
        with(&nested("{\"a\":", "}", 1_000)),
        with(&"[".repeat(10_000)),
        with(&format!("1{}", "0".repeat(5_000))),
        with("1e309"),
        with("-1e309"),
        header("[".repeat(10_000)),
        header(format!("{{\"alg\":{}}}", nested("[", "]", 1_000))),
    ]
}
