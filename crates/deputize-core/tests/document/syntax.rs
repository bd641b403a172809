//! Texts that are no document at all, in either syntax.

use deputize_core::{Configuration, limits::MAX_DOCUMENT_BYTES};

use crate::support::*;

#[test]
fn the_document_as_a_whole() {
    toml("", &["line 1: tenant: is missing"]);
    toml("tenant = 3", &["line 1: tenant: is a whole number, not a text"]);
    toml("tenant = \"A\"", &["line 1: tenant: tenant id: takes only a-z, 0-9, `.`, `_` and `-` (at byte 0)"]);
    toml("tenant = 'a'\ndefault_resource = 'urn:a'", &["line 2: default_resource: there is no resource `urn:a`"]);
    toml("tenant = 'a'\n\"\\n\" = 1", &["line 2: \"\\n\": is not a field here"]);
    let long = format!("tenant = 'a'\n{} = 1", "x".repeat(1000));
    toml(&long, &[&format!("line 2: \"{}\": is not a field here", "x".repeat(64))]);
    rows(&[
        ("[other]", "line 14: other: is not a field here"),
        ("[[user]]\nid = 1", "line 14: user: is not a field here"),
        ("[binding]", "line 14: binding: is a table, not a list"),
        ("[[revoked]]", "line 14: revoked: is a list, not a table"),
    ]);
    toml("tenant = 'a'\nrole = [3]", &["line 2: role[0]: is a whole number, not a table"]);
    toml("tenant = 'a'\nrole = 'x'", &["line 2: role: is a text, not a list"]);
    let errors = Configuration::from_toml(&" ".repeat(MAX_DOCUMENT_BYTES + 1)).unwrap_err();
    assert_eq!(errors.to_string(), "the document: is longer than 16777216 bytes");
    assert_eq!(errors.iter().map(|error| (error.line(), error.field())).collect::<Vec<_>>(), [(None, "")]);
    assert!(Configuration::from_toml(&format!("tenant = 'a'{}", " ".repeat(MAX_DOCUMENT_BYTES - 12))).is_ok());
    assert_eq!(Configuration::from_json(&" ".repeat(MAX_DOCUMENT_BYTES + 1)).unwrap_err(), errors);
}

#[test]
fn text_that_is_no_toml() {
    toml("tenant = 'a'\ntenant = 'b'", &["line 2: TOML: duplicate key"]);
    toml("tenant = 'a'\n[[role]]\nname = 'a'\nname = 'b'", &["line 4: TOML: duplicate key"]);
    toml("tenant = 'a'\nx =\n", &["line 2: TOML: string values must be quoted, expected literal string"]);
    toml("tenant = 'a", &["line 1: TOML: invalid literal string, expected `'`"]);
    toml("tenant = 'a'\n[role", &["line 2: TOML: unclosed table, expected `]`"]);
    toml("t = 2024-13-01T00:00:00Z", &["line 1: TOML: invalid date, expected month between 01 and 12"]);
}

#[test]
fn nesting_is_bounded_before_the_parser() {
    let deep = "TOML: is nested more than 8 deep";
    toml(
        &format!("\nx = {}{}", "[".repeat(8), "]".repeat(8)),
        &["line 1: tenant: is missing", "line 2: x: is not a field here"],
    );
    toml(&format!("\nx = {}", "[".repeat(9)), &[&format!("line 2: {deep}")]);
    toml(&format!("\nx = {}", "{a=".repeat(9)), &[&format!("line 2: {deep}")]);
    toml("\na.b.c.d.e.f.g.h.i.j = 1", &[&format!("line 2: {deep}")]);
    toml("\n[a.b . 'c'.\"d\".e.f.g.h.i.j]", &[&format!("line 2: {deep}")]);
    toml("\na.b.c.d.e.f.g.h.i = 1", &["line 1: tenant: is missing", "line 2: a: is not a field here"]);
    toml(&format!("\n\n\n\n# some words\nx = {}", "[".repeat(9)), &[&format!("line 6: {deep}")]);
    toml(&format!("x = 'c'\ny = {}", "[".repeat(9)), &[&format!("line 2: {deep}")]);
    let rows: String = (0..9).map(|n| format!("a.k{n} = 1.5\r\n")).collect();
    toml(
        &format!("tenant = 'a'\n{rows}x = [{}]", "1.5,".repeat(9)),
        &["line 2: a: is not a field here", "line 11: x: is not a field here"],
    );
    // Brackets and dots in strings and comments are no nesting.
    let filler = "[{.".repeat(100);
    for text in [
        format!("#{filler}\n"),
        format!("x = '{filler}'\n"),
        format!("x = '{filler}\\'\n"),
        format!("x = \"{filler}\\\"{filler}\\\\\"\n"),
        format!("x = '''{filler}\n'{filler}'''''\n"),
        format!("x = \"\"\"{filler}\n\"{filler}\\\"\"\"{filler}\"\"\"\"\n"),
    ] {
        let errors = Configuration::from_toml(&format!("tenant = 'a'\n{text}y = 1")).unwrap_err();
        assert!(errors.iter().all(|error| error.to_string().ends_with("is not a field here")), "{text}{errors}");
    }
    let text = format!("{}b = 1{}", format!("{} = {{", vec!["a"; 80].join(".")).repeat(79), "}".repeat(79));
    toml(&text, &[&format!("line 1: {deep}")]);
    json(&format!("{{\"x\":\n{}", "[".repeat(1 << 20)), &["line 2: JSON: is nested more than 8 deep"]);
}

#[test]
fn json_has_the_same_reader() {
    json("{}", &["line 1: tenant: is missing"]);
    json("[]", &["line 1: is a list, not a table"]);
    json("null", &["line 1: is null, not a table"]);
    json("{\n \"tenant\": \"a\",\n \"tenant\": \"b\"}", &["line 3: tenant: stands here twice"]);
    json(
        "{\"tenant\": null,\n\"default_resource\": null}",
        &["line 1: tenant: is null, not a text", "line 2: default_resource: is null, not a text"],
    );
    json(
        r#"{
  "tenant": "a",
  "agent": [
    {
      "client_id": "a", "client_id": "b",
      "spiffe_id": "spiffe://a/b", "acting": "either",
      "allowed_scopes": [
        "x",
        "x"
      ],
      "max_lifetime_seconds": 1e2, "resources": null, "color": "red"
    }
  ],
  "binding": [{"id": "b", "agent": "c", "role": "r", "not_after": "1970-01-01T00:00:00Z"}]
}"#,
        &[
            "line 5: agent[0].client_id: stands here twice",
            "line 9: agent[0].allowed_scopes[1]: `x` is listed twice",
            "line 11: agent[0].color: is not a field here",
            "line 11: agent[0].max_lifetime_seconds: is a number with a fraction or exponent, \
             not a whole number from 1 to 4294967295",
            "line 11: agent[0].resources: is null, not a list",
            "line 14: binding[0].agent: there is no agent `c`",
            "line 14: binding[0].role: there is no role `r`",
            "line 14: binding[0].not_after: window: ends before it begins",
        ],
    );
    assert!(Configuration::from_json("{\"tenant\": \"a\", \"role\": []}").is_ok(), "no role, by another spelling");
}

#[test]
fn text_that_is_no_json() {
    for (text, expected) in [
        ("", "JSON: there is no value"),
        ("{\"tenant\": \"a\"} // c", "JSON: Comments are not allowed"),
        ("{\"tenant\": \"a\",}", "JSON: Trailing commas are not allowed"),
        ("{tenant: \"a\"}", "JSON: Expected string for object property"),
        ("{'tenant': \"a\"}", "JSON: Single-quoted strings are not allowed"),
        ("{\"tenant\": \"a\" \"x\": 1}", "JSON: Expected comma"),
        (
            "{\"tenant\": \"\\ud800\"}",
            "JSON: Invalid unicode escape sequence. 'd800 (unpaired high surrogate)' is not a valid UTF8 character",
        ),
        ("{\"tenant\": \"a\u{1}\"}", "JSON: a control character in a string has to be escaped"),
        ("{\"tenant\":\u{a0}\"a\"}", "JSON: a character that stands in no token"),
        ("\u{feff}{\"tenant\": \"a\"}", "JSON: a character that stands in no token"),
        ("{\"tenant\":\u{c}\"a\"}", "JSON: a character that stands in no token"),
        ("{\"tenant\": \"a\"} {}", "JSON: Text cannot contain more than one JSON value"),
        ("{\"x\": 0x1}", "JSON: Hexadecimal numbers are not allowed"),
        ("{\"x\": .5}", "JSON: Leading or trailing decimal points on numbers are not allowed"),
        ("{\"x\": NaN}", "JSON: Unexpected token"),
    ] {
        json(&format!("\n{text}"), &[&format!("line 2: {expected}")]);
    }
    json("{\"tenant\": \"a\nb\"}", &["line 1: JSON: a control character in a string has to be escaped"]);
}
