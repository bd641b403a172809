//! The configuration document: every kind of mistake with its exact text, and that what is written
//! reads as the same.
#![cfg(feature = "document")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is the failure")]

use deputize_core::{Configuration, limits::MAX_DOCUMENT_BYTES};

/// What follows it starts on line 14.
const BASE: &str = r#"tenant = "acme"
[[resource]]
uri = "https://a.example"
scopes = ["mail:read", "mail:send"]
[[role]]
name = "reader"
permissions = ["mail:*"]
[[agent]]
client_id = "bot"
spiffe_id = "spiffe://acme/bot"
acting = "either"
allowed_scopes = ["mail:read"]
max_lifetime_seconds = 600
"#;

#[track_caller]
fn toml(text: &str, expected: &[&str]) {
    let errors = Configuration::from_toml(text).expect_err(text);
    assert_eq!(errors.to_string(), expected.join("\n"), "{text}");
}

#[track_caller]
fn json(text: &str, expected: &[&str]) {
    let errors = Configuration::from_json(text).expect_err(text);
    assert_eq!(errors.to_string(), expected.join("\n"), "{text}");
}

/// Each row is one mistake, in what follows the base.
#[track_caller]
fn rows(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        toml(&format!("{BASE}{text}"), &[expected]);
    }
}

/// Each row replaces text of a complete entry, whose header is line 14.
#[track_caller]
fn edits(entry: &str, edits: &[(&str, &str, &str)]) {
    Configuration::from_toml(&format!("{BASE}{entry}")).unwrap();
    for (from, to, expected) in edits {
        assert!(entry.contains(from), "{from}");
        toml(&format!("{BASE}{}", entry.replacen(from, to, 1)), &[expected]);
    }
}

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
    toml(&format!("# c\nx = {}", "[".repeat(9)), &[&format!("line 2: {deep}")]);
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
fn resources() {
    edits(
        "[[resource]]\nuri = 'urn:r'\nscopes = ['x', 'y']\n",
        &[
            ("uri = 'urn:r'", "", "line 14: resource[1].uri: is missing"),
            ("'urn:r'", "true", "line 15: resource[1].uri: is true or false, not a text"),
            ("urn:r", "r", "line 15: resource[1].uri: resource: is an absolute URI: the scheme is missing"),
            (
                "urn:r",
                "https://a.example",
                "line 15: resource[1].uri: the resource `https://a.example` is already there, on line 3",
            ),
            ("['x', 'y']", "[]", "line 16: resource[1].scopes: is an empty list"),
            ("['x', 'y']", "'x'", "line 16: resource[1].scopes: is a text, not a list"),
            ("'y'", "'x'", "line 16: resource[1].scopes[1]: `x` is listed twice"),
            ("'y'", "1.5", "line 16: resource[1].scopes[1]: is a number with a fraction or exponent, not a text"),
            ("'y'", "['y']", "line 16: resource[1].scopes[1]: is a list, not a text"),
            (
                "'y'",
                "\n'y:*'",
                "line 17: resource[1].scopes[1]: scope: is concrete: `*` has no place in it (at byte 2)",
            ),
            ("scopes", "scope", "line 16: resource[1].scope: is not a field here"),
        ],
    );
}

#[test]
fn roles() {
    edits(
        "[[role]]\nname = 'r'\npermissions = ['x', 'y:*']\n",
        &[
            ("name = 'r'", "", "line 14: role[1].name: is missing"),
            ("'r'", "''", "line 15: role[1].name: role name: is empty"),
            ("'r'", "'reader'", "line 15: role[1].name: the role `reader` is already there, on line 6"),
            ("permissions = ['x', 'y:*']", "", "line 14: role[1].permissions: is missing"),
            ("'x', 'y:*'", "", "line 16: role[1].permissions: is an empty list"),
            ("'y:*'", "'x'", "line 16: role[1].permissions[1]: `x` is listed twice"),
            (
                "y:*",
                "y*",
                "line 16: role[1].permissions[1]: scope pattern: takes `*` only at its end, after `:` (at byte 1)",
            ),
        ],
    );
    let many: String = (0..10_001).map(|n| format!("'s{n}',")).collect();
    toml(
        &format!("{BASE}[[role]]\nname = 'r'\npermissions = [{many}]"),
        &["line 14: role[1]: more than 10000 patterns in a role"],
    );
}

#[test]
fn agents() {
    let lifetime = "line 18: agent[1].max_lifetime_seconds:";
    edits(
        "[[agent]]\nclient_id = 'a'\nspiffe_id = 'spiffe://acme/a'\nacting = 'alone'\nmax_lifetime_seconds = 1\n\
         allowed_scopes = ['x', 'y']\nresources = ['https://a.example']\nmode = 'exact'\nstatus = 'suspended'\n",
        &[
            ("client_id = 'a'", "", "line 14: agent[1].client_id: is missing"),
            ("'a'", "'a b'", "line 15: agent[1].client_id: client id: takes only visible ASCII characters (at byte 1)"),
            ("'a'", "'bot'", "line 15: agent[1].client_id: the agent `bot` is already there, on line 9"),
            ("spiffe_id = 'spiffe://acme/a'", "", "line 14: agent[1].spiffe_id: is missing"),
            ("spiffe://", "https://", "line 16: agent[1].spiffe_id: SPIFFE ID: starts with `spiffe://` (at byte 0)"),
            (
                "acme/a",
                "acme/bot",
                "line 16: agent[1].spiffe_id: the SPIFFE ID `spiffe://acme/bot` is already there, on line 10",
            ),
            ("acting = 'alone'", "", "line 14: agent[1].acting: is missing"),
            ("alone", "Alone", "line 17: agent[1].acting: is none of `alone`, `for_person`, `either`"),
            ("max_lifetime_seconds = 1", "", "line 14: agent[1].max_lifetime_seconds: is missing"),
            ("= 1", "= 0", &format!("{lifetime} is not from 1 to 4294967295")),
            ("= 1", "= -1", &format!("{lifetime} is not from 1 to 4294967295")),
            ("= 1", "= 4294967296", &format!("{lifetime} is not from 1 to 4294967295")),
            ("= 1", "= 99999999999999999999", &format!("{lifetime} is not from 1 to 4294967295")),
            ("= 1", "= -99999999999999999999", &format!("{lifetime} is not from 1 to 4294967295")),
            (
                "= 1",
                "= 1.0",
                &format!("{lifetime} is a number with a fraction or exponent, not a whole number from 1 to 4294967295"),
            ),
            ("= 1", "= '1'", &format!("{lifetime} is a text, not a whole number from 1 to 4294967295")),
            ("allowed_scopes = ['x', 'y']", "", "line 14: agent[1].allowed_scopes: is missing"),
            ("'x', 'y'", "", "line 19: agent[1].allowed_scopes: is an empty list"),
            ("'y'", "'x'", "line 19: agent[1].allowed_scopes[1]: `x` is listed twice"),
            ("'https://a.example'", "", "line 20: agent[1].resources: is an empty list"),
            ("https://a.example", "urn:a", "line 20: agent[1].resources[0]: there is no resource `urn:a`"),
            ("exact", "wide", "line 21: agent[1].mode: is none of `narrow`, `exact`"),
            ("suspended", "off", "line 22: agent[1].status: is none of `active`, `suspended`, `revoked`"),
        ],
    );
}

#[test]
fn bindings() {
    let form = "time: is written like `2030-01-31T09:00:00Z`, in whole seconds (RFC 3339)";
    edits(
        "[[binding]]\nid = 'b'\nuser = 'u'\nrole = 'reader'\nnot_before = '2030-01-01T00:00:00Z'\n\
         not_after = 2031-01-01T00:00:00Z\nresource = 'https://a.example'\n",
        &[
            ("id = 'b'", "", "line 14: binding[0].id: is missing"),
            ("'b'", "\"\\u0007\"", "line 15: binding[0].id: binding id: takes no control characters (at byte 0)"),
            ("user = 'u'", "", "line 14: binding[0]: has neither `agent` nor `user`: it takes one"),
            ("user", "agent = 'bot'\nuser", "line 14: binding[0]: has both `agent` and `user`: it takes one"),
            ("user = 'u'", "agent = 'u'", "line 16: binding[0].agent: there is no agent `u`"),
            ("'u'", "''", "line 16: binding[0].user: user id: is empty"),
            ("role = 'reader'", "", "line 14: binding[0].role: is missing"),
            ("reader", "writer", "line 17: binding[0].role: there is no role `writer`"),
            ("'2030-01-01T00:00:00Z'", "'2030-01-01'", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "2030-01-01T00:00:00", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "2030-01-01", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "00:00:00", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "2030-01-01T00:00:00.5Z", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "1893456000", "line 18: binding[0].not_before: is a whole number, not a text"),
            (
                "'2030-01-01T00:00:00Z'",
                "'1969-12-31T23:59:59Z'",
                "line 18: binding[0].not_before: time: lies before 1970",
            ),
            (
                "'2030-01-01T00:00:00Z'",
                "'9999-12-31T23:59:59-01:00'",
                "line 18: binding[0].not_before: time: lies past the end of year 9999",
            ),
            ("2031", "2030", "line 19: binding[0].not_after: window: ends before it begins"),
            ("2031", "2029", "line 19: binding[0].not_after: window: ends before it begins"),
            ("https://a.example", "urn:a", "line 20: binding[0].resource: there is no resource `urn:a`"),
            (
                "[[binding]]",
                "[[binding]]\nid = 'b'\nuser = 'v'\nrole = 'reader'\n[[binding]]",
                "line 19: binding[1].id: the binding `b` is already there, on line 15",
            ),
        ],
    );
    let many: String = (0..1001).map(|n| format!("[[binding]]\nid = '{n}'\nuser = 'u'\nrole = 'reader'\n")).collect();
    toml(&format!("{BASE}{many}"), &["line 4014: binding[1000]: more than 1000 bindings of one subject"]);
}

#[test]
fn delegations() {
    edits(
        "[[delegation]]\nid = 'd'\ndelegator = 'u'\nagent = 'bot'\nscopes = ['x', 'y']\npurpose = 'p'\n\
         resources = ['https://a.example']\nonward = ['bot']\nmax_depth = 8\nstatus = 'active'\n\
         not_after = '2030-01-01T00:00:00+02:00'\n",
        &[
            ("id = 'd'", "", "line 14: delegation[0].id: is missing"),
            ("delegator = 'u'", "", "line 14: delegation[0].delegator: is missing"),
            ("'u'", "''", "line 16: delegation[0].delegator: user id: is empty"),
            ("agent = 'bot'", "", "line 14: delegation[0].agent: is missing"),
            ("bot", "bat", "line 17: delegation[0].agent: there is no agent `bat`"),
            ("scopes = ['x', 'y']", "", "line 14: delegation[0].scopes: is missing"),
            ("'x', 'y'", "", "line 18: delegation[0].scopes: is an empty list"),
            ("'y'", "'x'", "line 18: delegation[0].scopes[1]: `x` is listed twice"),
            (
                "'y'",
                "'y:*'",
                "line 18: delegation[0].scopes[1]: scope: is concrete: `*` has no place in it (at byte 2)",
            ),
            ("purpose = 'p'", "", "line 14: delegation[0].purpose: is missing"),
            ("'p'", "1", "line 19: delegation[0].purpose: is a whole number, not a text"),
            ("'p'", &format!("'{}'", "p".repeat(1025)), "line 14: delegation[0]: more than 1024 bytes of purpose"),
            ("'https://a.example'", "", "line 20: delegation[0].resources: is an empty list"),
            ("https://a.example", "urn:a", "line 20: delegation[0].resources[0]: there is no resource `urn:a`"),
            ("['bot']", "[]", "line 21: delegation[0].onward: is an empty list"),
            ("['bot']", "['bot', 'bat']", "line 21: delegation[0].onward[1]: there is no agent `bat`"),
            ("= 8", "= 9", "line 22: delegation[0].max_depth: is not from 0 to 8"),
            ("= 8", "= -1", "line 22: delegation[0].max_depth: is not from 0 to 8"),
            ("active", "suspended", "line 23: delegation[0].status: is none of `active`, `revoked`"),
            (
                "[[delegation]]",
                "[[delegation]]\nid = 'd'\ndelegator = 'u'\nagent = 'bot'\nscopes = ['x']\npurpose = ''\n[[delegation]]",
                "line 21: delegation[1].id: the delegation `d` is already there, on line 15",
            ),
        ],
    );
}

#[test]
fn what_is_revoked() {
    edits(
        "[[binding]]\nid = 'b'\nuser = 'u'\nrole = 'reader'\n\
         [revoked]\ntokens = ['017f22e2-79b0-7cc3-98c4-dc0c0c07398f']\npeople = ['eve']\nbindings = ['old']\n\
         tenant = true\n",
        &[
            ("['017f22e2-79b0-7cc3-98c4-dc0c0c07398f']", "[]", "line 19: revoked.tokens: is an empty list"),
            (
                "017f",
                "017F",
                "line 19: revoked.tokens[0]: token id: is a UUID in canonical lower-case form (at byte 3)",
            ),
            ("'eve'", "'eve', 'eve'", "line 20: revoked.people[1]: `eve` is listed twice"),
            ("'eve'", "''", "line 20: revoked.people[0]: user id: is empty"),
            ("old", "b", "line 21: revoked.bindings[0]: the binding `b` is there, on line 15"),
            ("true", "false", "line 22: revoked.tenant: is `true`, or left out"),
            ("true", "1", "line 22: revoked.tenant: is a whole number, not `true`"),
            ("people", "agents", "line 20: revoked.agents: is not a field here"),
        ],
    );
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

#[test]
fn ten_mistakes_are_ten_errors() {
    toml(
        r#"default_resource = "https://b.example"
[[resource]]
uri = "https://a.example#top"
[[role]]
name = "reader"
permissions = []
[[agent]]
client_id = "bot"
spiffe_id = "spiffe://acme/bot"
allowed_scopes = ["*"]
max_lifetime_seconds = 0
[[binding]]
id = "b"
agent = "bot"
role = "writer"
colour = "red"
[[delegation]]
id = "d"
delegator = "alice"
agent = "bat"
scopes = ["mail:*"]
purpose = "p"
not_before = "2030-01-01T00:00:00Z"
not_after = "2029-01-01T00:00:00Z"
[[binding]]
id = "b"
user = "alice"
role = "reader"
"#,
        &[
            "line 1: tenant: is missing",
            "line 1: default_resource: there is no resource `https://b.example`",
            "line 3: resource[0].uri: resource: has no fragment (at byte 17)",
            "line 6: role[0].permissions: is an empty list",
            "line 7: agent[0].acting: is missing",
            "line 10: agent[0].allowed_scopes[0]: scope pattern: has a prefix that is not empty before `:*` (at byte 0)",
            "line 11: agent[0].max_lifetime_seconds: is not from 1 to 4294967295",
            "line 15: binding[0].role: there is no role `writer`",
            "line 16: binding[0].colour: is not a field here",
            "line 20: delegation[0].agent: there is no agent `bat`",
            "line 21: delegation[0].scopes[0]: scope: is concrete: `*` has no place in it (at byte 5)",
            "line 24: delegation[0].not_after: window: ends before it begins",
            "line 26: binding[1].id: the binding `b` is already there, on line 13",
        ],
    );
}

#[test]
fn one_mistake_is_one_error() {
    // Neither the agent without its scopes nor the section that is no list makes the rest wrong.
    toml(
        &format!("{BASE}[[binding]]\nid = 'b'\nagent = 'bot'\nrole = 'reader'\n").replace("[\"mail:read\"]", "[]"),
        &["line 12: agent[0].allowed_scopes: is an empty list"],
    );
    toml(
        "tenant = 'a'\nrole = 1\nagent = 1\nresource = 1\ndefault_resource = 'urn:a'\n\
         binding = [{ id = 'b', agent = 'x', role = 'r', resource = 'urn:a' }]",
        &[
            "line 2: role: is a whole number, not a list",
            "line 3: agent: is a whole number, not a list",
            "line 4: resource: is a whole number, not a list",
        ],
    );
}

#[test]
fn limits_are_told_beside_other_mistakes() {
    let long = "p".repeat(1025);
    toml(
        &format!(
            "{BASE}[[delegation]]\nid = 'd'\ndelegator = 'u'\nagent = 'bot'\nscopes = ['x']\npurpose = '{long}'\n\
             [[binding]]\nid = 'b'\nuser = 'u'\nrole = 'none'\n"
        ),
        &[
            "line 14: delegation[0]: more than 1024 bytes of purpose",
            "line 23: binding[0].role: there is no role `none`",
        ],
    );
}

#[test]
fn past_a_thousand_errors_are_counted() {
    let text = format!("tenant = 'a'\nrole = [{}]", "3,\n".repeat(1002));
    let errors = Configuration::from_toml(&text).unwrap_err();
    assert_eq!(errors.iter().count(), 1001);
    assert_eq!(errors.iter().last().unwrap().to_string(), "the document: has 2 more errors");
}

#[test]
fn an_error_names_its_line_and_field() {
    let errors =
        Configuration::from_toml("tenant = 'a'\n[[role]]\nname = 'r'\npermissions = ['a', 'a b']").unwrap_err();
    let error = errors.iter().next().unwrap();
    assert_eq!((error.line(), error.field()), (Some(4), "role[0].permissions[1]"));
}
