//! RFC 7519 §4.1, RFC 8725 §3.8 to §3.10: claims that are rightly signed and are not what they have to be.

use deputize_token::{Algorithm, VerifyError};
use serde_json::{Value, json};

use super::{Attacks, attacker, sign, taken, with};
use crate::support::{NOW, test_key};

pub(super) fn attacks(all: &mut Attacks) {
    let date = "RFC 7519 §2, NumericDate";
    for claim in ["exp", "iat", "nbf"] {
        all.tokens("a date that is no whole second of our time", date, VerifyError::InvalidClaim(claim), dates(claim));
    }
    all.vectors(
        "an `exp` at the limits of its type",
        date,
        VerifyError::InvalidClaim("exp"),
        &["exp_in_year_10000", "exp_largest", "exp_beyond_u64", "exp_zero", "exp_is_iat", "exp_before_iat"],
    );
    all.vectors(
        "an expired token, by a clock that is lenient",
        "RFC 7519 §4.1.4",
        VerifyError::Expired,
        &["expired_this_second", "expired_within_the_leeway", "at_the_end_of_time"],
    );
    all.tokens(
        "an expired token with `EXP`",
        "Trail of Bits 2025, parsers in Go",
        VerifyError::Expired,
        expired_in_another_case(),
    );
    all.vectors(
        "a token for ever",
        "RFC 8725 §3.10",
        VerifyError::LifetimeTooLong,
        &["lives_until_the_end_of_time", "issued_at_the_epoch"],
    );
    all.tokens(
        "an expired token that nobody signed",
        "CVE-2024-51744",
        VerifyError::BadSignature,
        expired_and_forged(),
    );
    all.vectors(
        "an `aud` of nobody, of several, of another type",
        "CVE-2020-26160; RFC 8725 §3.9",
        VerifyError::InvalidClaim("aud"),
        &["aud_empty_array", "aud_two", "aud_number", "aud_nested", "aud_object", "aud_empty", "aud_null"],
    );
    all.vectors(
        "an `aud` that is nearly ours",
        "RFC 8725 §3.9",
        VerifyError::WrongAudience,
        &["aud_longer", "aud_shorter", "aud_with_path", "aud_upper_case", "aud_with_port", "aud_another"],
    );
    all.tokens("an `aud` that reads like ours", "RFC 8725 §3.9", VerifyError::InvalidClaim("aud"), audiences());
    all.vectors(
        "an `iss` that is a part of ours, or has ours in it",
        "CVE-2024-53861; RFC 8725 §3.8",
        VerifyError::WrongIssuer,
        &["iss_shorter", "iss_another", "iss_with_slash", "iss_upper_case", "iss_empty", "verifier_of_another_issuer"],
    );
    all.tokens("an `iss` that reads like ours", "RFC 8725 §3.8", VerifyError::WrongIssuer, issuers());
    all.tokens("an `iss` that is a list", "CVE-2024-53861", VerifyError::InvalidClaim("iss"), issuer_lists());
    all.vectors(
        "a claim left out, that a lenient verifier does not miss",
        "RFC 9068 §2.2",
        VerifyError::MissingClaim("exp"),
        &["no_exp"],
    );
    all.vectors("`aud` left out", "RFC 9068 §2.2; RFC 8725 §3.9", VerifyError::MissingClaim("aud"), &["no_aud"]);
}

fn own(claims: &Value) -> String {
    own_text(&claims.to_string())
}

fn own_text(claims: &str) -> String {
    sign(&test_key(Algorithm::EdDsa), &taken(Algorithm::EdDsa).header.to_string(), claims)
}

fn claims() -> Value {
    taken(Algorithm::EdDsa).claims
}

fn dates(claim: &str) -> Vec<String> {
    // As text: no JSON value prints as most of them. Each is near enough to a good date to be taken.
    let dates = [
        "1.8000001e9",
        "1800000100.0",
        "1800000100.5",
        "18000001e2",
        "1800000100000000000000000",
        "-1800000100",
        "-1",
        "-0",
        "-0.0",
        "1e18",
        "18446744073709551615",
        "18446744073709551616",
        "9223372036854775808",
        "253402300800",
        "\"1800000100\"",
        "\"never\"",
        "\"2027-01-15T08:01:40Z\"",
        "\"\"",
        "true",
        "false",
        "null",
        "[1800000100]",
        "[]",
        "{}",
        "{\"$date\":1800000100}",
    ];
    let marked = with(claims(), claim, "?").to_string();
    dates.iter().map(|date| own_text(&marked.replace("\"?\"", date))).collect()
}

fn expired_in_another_case() -> Vec<String> {
    let past = with(with(with(claims(), "exp", NOW - 1), "iat", NOW - 900), "nbf", NOW - 900);
    ["EXP", "Exp", "eXp", "exp ", "\u{feff}exp"].map(|name| own(&with(past.clone(), name, NOW + 900))).to_vec()
}

/// Two things are wrong: who reads the first of them only must not find the lesser.
fn expired_and_forged() -> Vec<String> {
    let past = with(with(claims(), "exp", NOW - 1), "iat", NOW - 900);
    let header = taken(Algorithm::EdDsa).header.to_string();
    let elsewhere = with(past.clone(), "aud", "https://mail.example");
    [past, elsewhere, json!({}), json!([])].map(|claims| sign(&attacker(), &header, &claims.to_string())).to_vec()
}

fn audiences() -> Vec<String> {
    let texts = [
        "https://reports.example\0",
        "https://reports.example\n",
        "https://reports.example, https://mail.example",
        "https://reports.example#",
        "reports.example",
        "//reports.example",
        "*",
        "https://rep\u{43e}rts.example",
        "https://reports\u{3002}example",
    ];
    let plain = texts.into_iter().flat_map(|text| [json!(text), json!([text])]);
    plain
        .chain([json!([null]), json!(["https://reports.example", null])])
        .map(|aud| own(&with(claims(), "aud", aud)))
        .collect()
}

fn issuers() -> Vec<String> {
    let texts = [
        "https://id.example/acme\0",
        "https://id.example/acme ",
        " https://id.example/acme",
        "https://id.example/acme#",
        "https://id.example/acme?",
        "https://id.example//acme",
        "https://id.example/./acme",
        "https://id.example/%61cme",
        "https://id.example@evil.example/acme",
        "https://id.example/\u{430}cme",
        "https://id\u{3002}example/acme",
        "//id.example/acme",
        "http://id.example/acme",
        "acme",
    ];
    texts.map(|text| own(&with(claims(), "iss", text))).to_vec()
}

fn issuer_lists() -> Vec<String> {
    let ours = "https://id.example/acme";
    let lists = [json!([ours]), json!([ours, "https://evil.example"]), json!({ours: true}), json!(true), json!(1)];
    lists.map(|list| own(&with(claims(), "iss", list))).to_vec()
}
