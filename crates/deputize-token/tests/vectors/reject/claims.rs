//! RFC 7519 and RFC 9068 §2.2: the claims that every token has.

use serde_json::{Value, json};

use super::{invalid, missing};
use crate::{
    Vectors,
    draft::{Draft, NOW},
};

pub(super) fn json_text(all: &mut Vectors) {
    let unique = "RFC 7519 §4, §10.3";
    for (name, text) in [
        ("duplicate_exp", r#"{$,"exp":9999999999}"#),
        ("duplicate_aud", r#"{$,"aud":"https://reports.example"}"#),
        ("duplicate_escaped_claim", r#"{$,"\u0073cope":"admin"}"#),
        ("duplicate_in_an_unknown_claim", r#"{$,"x":{"y":[{"z":1,"z":1}]}}"#),
    ] {
        all.refuse(name, unique, "duplicate_member", |it| it.claims_text(text));
    }
    all.refuse("duplicate_in_act", unique, "duplicate_member", |it| {
        it.without("act")
            .claims_text(r#"{$,"act":{"sub":"spiffe://acme/agent/0","client_id":"agent-0","client_id":"agent-0"}}"#)
    });
    all.refuse("duplicate_in_delegation", unique, "duplicate_member", |it| {
        it.without("delegation").claims_text(r#"{$,"delegation":{"tenant":"globex","tenant":"acme"}}"#)
    });
    for (name, clause, text) in [
        ("payload_is_an_array", "RFC 7519 §7.2", "[{$}]"),
        ("payload_is_a_string", "RFC 7519 §7.2", "\"alice\""),
        ("payload_is_null", "RFC 7519 §7.2", "null"),
        ("payload_is_no_json", "RFC 7519 §7.2", "{$"),
        ("payload_with_a_tail", "RFC 7519 §7.2", "{$} {}"),
        ("payload_with_a_comma", "RFC 8259 §4", "{$,}"),
        ("payload_with_a_bom", "RFC 8259 §8.1", "\u{feff}{$}"),
        ("lone_surrogate", "RFC 8259 §8.2", r#"{$,"x":"\ud800"}"#),
        ("lone_low_surrogate_in_a_name", "RFC 8259 §8.2", r#"{$,"\udc00":1}"#),
        ("control_character_in_text", "RFC 8259 §7", "{$,\"x\":\"\t\"}"),
        ("number_without_end", "RFC 8259 §6", r#"{$,"x":1e999}"#),
        ("number_with_leading_zero", "RFC 8259 §6", r#"{$,"x":01}"#),
    ] {
        all.refuse(name, clause, "malformed", |it| it.claims_text(text));
    }
    all.refuse("payload_is_no_utf8", "RFC 8259 §8.1", "malformed", |it| it.claims_bytes(b"{\"x\":\"\xff\"}"));
    all.refuse("payload_is_a_token", "RFC 7519 §5.2", "malformed", |it| {
        let inner = it.token();
        it.claims_bytes(inner.as_bytes())
    });
    let nested = |depth: usize| format!("{{$,\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let (deep, deepest) = (nested(16), nested(4_000));
    all.refuse("nested_beyond_the_bound", "DESIGN §5", "malformed", |it| it.claims_text(&deep));
    all.refuse("nested_four_thousand_times", "DESIGN §5", "malformed", |it| it.claims_text(&deepest));
}

pub(super) fn required(all: &mut Vectors) {
    // Trap 5.
    for (name, claim) in [
        ("no_iss", "iss"),
        ("no_aud", "aud"),
        ("no_exp", "exp"),
        ("no_iat", "iat"),
        ("no_jti", "jti"),
        ("no_client_id", "client_id"),
        ("no_sub", "sub"),
        ("no_scope", "scope"),
        ("no_delegation", "delegation"),
    ] {
        let clause = if claim == "delegation" { "DESIGN §5" } else { "RFC 9068 §2.2" };
        all.add(name, clause, Draft::for_alice(0), missing(claim), |it| it.without(claim));
    }
    for (name, claim) in [
        ("iss_null", "iss"),
        ("aud_null", "aud"),
        ("exp_null", "exp"),
        ("iat_null", "iat"),
        ("nbf_null", "nbf"),
        ("jti_null", "jti"),
        ("client_id_null", "client_id"),
        ("sub_null", "sub"),
        ("scope_null", "scope"),
        ("delegation_null", "delegation"),
    ] {
        all.invalid(name, "RFC 9068 §2.2", claim, |it| it.claim(claim, Value::Null));
    }
}

pub(super) fn audience(all: &mut Vectors) {
    let clause = "RFC 7519 §4.1.3; RFC 9068 §4";
    // Trap 4.
    for (name, aud) in [
        ("aud_another", "https://mail.example"),
        ("aud_longer", "https://reports.example.evil"),
        ("aud_with_path", "https://reports.example/"),
        ("aud_shorter", "https://reports.exampl"),
        ("aud_upper_case", "https://REPORTS.example"),
        ("aud_with_port", "https://reports.example:443"),
        ("aud_is_the_client", "urn:client:agent-0"),
    ] {
        all.refuse(name, clause, "wrong_audience", |it| it.claim("aud", json!([aud])));
    }
    for (name, aud) in [
        ("aud_empty_array", json!([])),
        ("aud_two", json!(["https://reports.example", "https://mail.example"])),
        ("aud_twice", json!(["https://reports.example", "https://reports.example"])),
        ("aud_number", json!(1)),
        ("aud_array_of_numbers", json!([1])),
        ("aud_nested", json!([["https://reports.example"]])),
        ("aud_object", json!({"0": "https://reports.example"})),
        ("aud_empty", json!("")),
        ("aud_no_uri", json!("reports")),
        ("aud_with_space", json!("https://reports.example https://mail.example")),
        ("aud_with_fragment", json!("https://reports.example#x")),
        ("aud_too_long", json!(format!("urn:{}", "x".repeat(2048)))),
    ] {
        all.invalid(name, "RFC 7519 §4.1.3; RFC 8707 §2", "aud", |it| it.claim("aud", aud));
    }
}

pub(super) fn time(all: &mut Vectors) {
    // Trap 6.
    let date = "RFC 7519 §2 NumericDate; DESIGN §5";
    for (name, claim, value) in [
        ("exp_string", "exp", json!("1800000900")),
        ("exp_fraction", "exp", json!(1_800_000_900.5)),
        ("exp_float", "exp", json!(1_800_000_900.0)),
        ("exp_negative", "exp", json!(-1)),
        ("exp_zero", "exp", json!(0)),
        ("exp_bool", "exp", json!(true)),
        ("exp_list", "exp", json!([NOW + 900])),
        ("exp_in_year_10000", "exp", json!(253_402_300_800_u64)),
        ("exp_largest", "exp", json!(u64::MAX)),
        ("exp_is_iat", "exp", json!(NOW)),
        ("exp_before_iat", "exp", json!(NOW - 1)),
        ("iat_string", "iat", json!("1800000000")),
        ("iat_fraction", "iat", json!(1_799_999_999.5)),
        ("iat_negative", "iat", json!(-1)),
        ("iat_in_year_10000", "iat", json!(253_402_300_800_u64)),
        ("nbf_string", "nbf", json!("1800000000")),
        ("nbf_fraction", "nbf", json!(1_800_000_000.5)),
        ("nbf_negative", "nbf", json!(-1)),
        ("nbf_largest", "nbf", json!(u64::MAX)),
    ] {
        all.invalid(name, date, claim, |it| it.claim(claim, value));
    }
    for (name, text) in [
        ("exp_with_exponent", r#"{$,"exp":1.8000009e9}"#),
        ("exp_beyond_u64", r#"{$,"exp":18446744073709551616}"#),
        ("exp_negative_zero", r#"{$,"exp":-0}"#),
    ] {
        all.invalid(name, date, "exp", |it| it.without("exp").claims_text(text));
    }
    let end = "RFC 7519 §4.1.4";
    all.refuse("expired_this_second", end, "expired", |it| it.given("now", NOW + 900));
    all.refuse("expired_within_the_leeway", end, "expired", |it| it.given("now", NOW + 929));
    all.refuse("expired_long_ago", end, "expired", |it| it.given("now", NOW + 900_000));
    all.refuse("at_the_end_of_time", end, "expired", |it| it.given("now", 253_402_300_799_u64));
    let begin = "RFC 7519 §4.1.5";
    all.refuse("not_yet_valid", begin, "not_yet_valid", |it| it.given("now", NOW - 31));
    all.refuse("nbf_after_iat", begin, "not_yet_valid", |it| it.claim("nbf", NOW + 31));
    all.refuse("nbf_at_the_end_of_time", begin, "not_yet_valid", |it| it.claim("nbf", 253_402_300_799_u64));
    all.refuse("issued_in_the_future", "RFC 7519 §4.1.6", "issued_in_future", |it| {
        it.without("nbf").given("now", NOW - 31)
    });
    all.refuse("iat_after_nbf", "RFC 7519 §4.1.6", "issued_in_future", |it| it.claim("nbf", 0).given("now", NOW - 31));
    all.refuse("lives_longer_than_a_day", "DESIGN §5", "lifetime_too_long", |it| it.claim("exp", NOW + 86_401));
    all.refuse("lives_until_the_end_of_time", "DESIGN §5", "lifetime_too_long", |it| {
        it.claim("exp", 253_402_300_799_u64)
    });
    all.refuse("issued_at_the_epoch", "DESIGN §5", "lifetime_too_long", |it| it.claim("iat", 0).claim("nbf", 0));
}

pub(super) fn names(all: &mut Vectors) {
    let exact = "RFC 9068 §4; RFC 8725 §3.8";
    for (name, iss) in [
        ("iss_another", "https://id.example/globex"),
        ("iss_with_slash", "https://id.example/acme/"),
        ("iss_shorter", "https://id.example"),
        ("iss_upper_case", "https://ID.example/acme"),
        ("iss_with_port", "https://id.example:443/acme"),
        ("iss_empty", ""),
    ] {
        all.refuse(name, exact, "wrong_issuer", |it| it.claim("iss", iss));
    }
    all.invalid("iss_list", exact, "iss", |it| it.claim("iss", json!(["https://id.example/acme"])));
    all.invalid("iss_number", exact, "iss", |it| it.claim("iss", 1));
    all.refuse("verifier_of_another_issuer", exact, "wrong_issuer", |it| {
        it.given("issuer", "https://id.example/globex")
    });
    let id = "RFC 7519 §4.1.7; RFC 9562 §4";
    for (name, jti) in [
        ("jti_empty", ""),
        ("jti_upper_case", "01A31A5B-8800-7000-8000-000000000000"),
        ("jti_without_hyphens", "01a31a5b8800700080000000000000000000"),
        ("jti_with_braces", "{01a31a5b-8800-7000-8000-00000000000}"),
        ("jti_urn", "urn:uuid:01a31a5b-8800-7000-8000-000000000000"),
        ("jti_other_text", "token-1"),
    ] {
        all.invalid(name, id, "jti", |it| it.claim("jti", jti));
    }
    all.invalid("jti_number", id, "jti", |it| it.claim("jti", 7));
    for (name, client) in [
        ("client_id_empty", String::new()),
        ("client_id_with_space", "agent 0".into()),
        ("client_id_non_ascii", "agënt".into()),
        ("client_id_too_long", "x".repeat(257)),
    ] {
        all.invalid(name, "RFC 9068 §2.2; DESIGN §5", "client_id", |it| it.claim("client_id", client));
    }
    all.invalid("client_id_number", "RFC 8693 §4.3", "client_id", |it| it.claim("client_id", 1));
    for (name, person) in [
        ("person_empty", String::new()),
        ("person_with_control_character", "ali\u{7}ce".into()),
        ("person_with_line_break", "alice\n".into()),
        ("person_too_long", "x".repeat(257)),
    ] {
        all.invalid(name, "RFC 9068 §2.2; DESIGN §5", "sub", |it| it.claim("sub", person));
    }
    all.invalid("sub_list", "RFC 7519 §4.1.2", "sub", |it| it.claim("sub", json!(["alice"])));
    // RFC 9068 §5: the agent itself is the subject, by one of its own names.
    for (name, subject) in [
        ("alone_sub_of_another_client", "agent-1"),
        ("alone_sub_is_a_person", "alice"),
        ("alone_sub_without_path", "spiffe://acme"),
        ("alone_sub_upper_case", "SPIFFE://acme/agent/0"),
        ("alone_sub_trailing_slash", "spiffe://acme/agent/0/"),
        ("alone_sub_dot_segment", "spiffe://acme/agent/../0"),
        ("alone_sub_with_port", "spiffe://acme:1/agent/0"),
    ] {
        all.add(name, "RFC 9068 §5; SPIFFE-ID §2", Draft::alone(), invalid("sub"), |it| it.claim("sub", subject));
    }
}

pub(super) fn scope(all: &mut Vectors) {
    // Trap 12, trap 13.
    let clause = "RFC 6749 §3.3; RFC 9068 §2.2.3";
    let many: Vec<String> = (0..65).map(|n| format!("s{n}")).collect();
    for (name, scope) in [
        ("scope_empty", String::new()),
        ("scope_one_space", " ".into()),
        ("scope_two_spaces", "reports:list  reports:read".into()),
        ("scope_leading_space", " reports:read".into()),
        ("scope_trailing_space", "reports:read ".into()),
        ("scope_tab", "reports:list\treports:read".into()),
        ("scope_line_break", "reports:list\nreports:read".into()),
        ("scope_no_break_space", "reports:list\u{a0}reports:read".into()),
        ("scope_twice", "reports:read reports:read".into()),
        ("scope_wildcard", "reports:*".into()),
        ("scope_everything", "*".into()),
        ("scope_quote", "a\"b".into()),
        ("scope_backslash", "a\\b".into()),
        ("scope_non_ascii", "réports".into()),
        ("scope_too_long", "x".repeat(257)),
        ("scope_too_many", many.join(" ")),
    ] {
        all.invalid(name, clause, "scope", |it| it.claim("scope", scope));
    }
    all.invalid("scope_list", clause, "scope", |it| it.claim("scope", json!(["reports:read"])));
}
