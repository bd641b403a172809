//! What is written reads as the same, and both syntaxes say the same.
#![cfg(feature = "document")]

mod document_support;

use deputize_core::{Actor, Change, Configuration, DocumentErrors, Target};
use document_support::configurations;
use proptest::prelude::*;

/// Everything the format has, once.
const RICH: &str = r#"tenant = "acme.example"
default_resource = "https://b.example"

[[resource]]
uri = "https://a.example"

[[resource]]
uri = "https://b.example"
scopes = ["mail:read", "mail:send"]

[[role]]
name = "reader"
permissions = ["mail:read", "reports:*"]

[[agent]]
client_id = "bat"
spiffe_id = "spiffe://acme.example/bat"
acting = "alone"
allowed_scopes = ["mail:*"]
max_lifetime_seconds = 4294967295
status = "revoked"

[[agent]]
client_id = "bot"
spiffe_id = "spiffe://acme.example/bot"
acting = "for_person"
allowed_scopes = [
  "a-scope-of-some-length:read",
  "a-scope-of-some-length:send",
  "a-scope-of-some-length:update"
]
max_lifetime_seconds = 600
resources = ["https://a.example", "https://b.example"]
mode = "exact"
status = "suspended"

[[agent]]
client_id = "plain"
spiffe_id = "spiffe://acme.example/plain"
acting = "either"
allowed_scopes = ["x"]
max_lifetime_seconds = 1

[[binding]]
id = "1"
agent = "bot"
role = "reader"

[[binding]]
id = "2"
user = "alice"
role = "reader"
not_before = 1970-01-01T00:00:00Z
not_after = 9999-12-31T23:59:59Z
resource = "https://a.example"

[[delegation]]
id = "1"
delegator = "alice"
agent = "bot"
scopes = ["mail:read", "mail:send"]
purpose = "the \"weekly\" report \\ \n\t\u0007 é"
resources = ["https://a.example"]
onward = ["bat", "plain"]
max_depth = 8
not_before = 2030-01-01T00:00:00Z
status = "revoked"

[[delegation]]
id = "2"
delegator = "alice"
agent = "bot"
scopes = ["x"]
purpose = ""

[revoked]
tokens = ["017f22e2-79b0-7cc3-98c4-dc0c0c07398f"]
people = ["alice", "eve"]
bindings = ["0", "9"]
tenant = true
"#;

const RICH_JSON: &str = r#"{
  "tenant": "acme.example",
  "default_resource": "https://b.example",
  "resource": [
    {
      "uri": "https://a.example"
    },
    {
      "uri": "https://b.example",
      "scopes": ["mail:read", "mail:send"]
    }
  ],
  "role": [
    {
      "name": "reader",
      "permissions": ["mail:read", "reports:*"]
    }
  ],
  "agent": [
    {
      "client_id": "bat",
      "spiffe_id": "spiffe://acme.example/bat",
      "acting": "alone",
      "allowed_scopes": ["mail:*"],
      "max_lifetime_seconds": 4294967295,
      "status": "revoked"
    },
    {
      "client_id": "bot",
      "spiffe_id": "spiffe://acme.example/bot",
      "acting": "for_person",
      "allowed_scopes": [
        "a-scope-of-some-length:read",
        "a-scope-of-some-length:send",
        "a-scope-of-some-length:update"
      ],
      "max_lifetime_seconds": 600,
      "resources": ["https://a.example", "https://b.example"],
      "mode": "exact",
      "status": "suspended"
    },
    {
      "client_id": "plain",
      "spiffe_id": "spiffe://acme.example/plain",
      "acting": "either",
      "allowed_scopes": ["x"],
      "max_lifetime_seconds": 1
    }
  ],
  "binding": [
    {
      "id": "1",
      "agent": "bot",
      "role": "reader"
    },
    {
      "id": "2",
      "user": "alice",
      "role": "reader",
      "not_before": "1970-01-01T00:00:00Z",
      "not_after": "9999-12-31T23:59:59Z",
      "resource": "https://a.example"
    }
  ],
  "delegation": [
    {
      "id": "1",
      "delegator": "alice",
      "agent": "bot",
      "scopes": ["mail:read", "mail:send"],
      "purpose": "the \"weekly\" report \\ \n\t\u0007 é",
      "resources": ["https://a.example"],
      "onward": ["bat", "plain"],
      "max_depth": 8,
      "not_before": "2030-01-01T00:00:00Z",
      "status": "revoked"
    },
    {
      "id": "2",
      "delegator": "alice",
      "agent": "bot",
      "scopes": ["x"],
      "purpose": ""
    }
  ],
  "revoked": {
    "tokens": ["017f22e2-79b0-7cc3-98c4-dc0c0c07398f"],
    "people": ["alice", "eve"],
    "bindings": ["0", "9"],
    "tenant": true
  }
}
"#;

#[test]
fn both_syntaxes_print_and_read_the_same() {
    let config = Configuration::from_toml(RICH).unwrap();
    assert_eq!(config.to_toml(), RICH);
    assert_eq!(config.to_json(), RICH_JSON);
    assert_eq!(Configuration::from_json(RICH_JSON).unwrap(), config);
    assert_eq!(config.bindings().count(), 2);
    assert_eq!(config.removed_bindings().count(), 2);
    assert!(config.revoked().tenant && config.revoked().people.len() == 2 && config.revoked().tokens.len() == 1);
}

#[test]
fn what_has_its_default_may_be_spelled_out() {
    let spelled = r#"
        tenant = "acme.example"
        role = [{ name = "r", permissions = ["x"] }]
        agent = [{ client_id = "a", spiffe_id = "spiffe://a/b", acting = "either", allowed_scopes = ["x"],
                   max_lifetime_seconds = 0x1_0, mode = "narrow", status = "active" }]
        binding = []
        delegation = [{ id = "d", delegator = "u", agent = "a", scopes = ["x"], purpose = '''p''', max_depth = +0,
                        status = "active", not_after = 2030-01-01 01:00:00+01:00 }]
    "#;
    let config = Configuration::from_toml(spelled).unwrap();
    let printed = "tenant = \"acme.example\"\n\n[[role]]\nname = \"r\"\npermissions = [\"x\"]\n\n[[agent]]\n\
                   client_id = \"a\"\nspiffe_id = \"spiffe://a/b\"\nacting = \"either\"\nallowed_scopes = [\"x\"]\n\
                   max_lifetime_seconds = 16\n\n[[delegation]]\nid = \"d\"\ndelegator = \"u\"\nagent = \"a\"\n\
                   scopes = [\"x\"]\npurpose = \"p\"\nnot_after = 2030-01-01T00:00:00Z\n";
    assert_eq!(config.to_toml(), printed);
}

#[test]
fn an_empty_configuration_is_a_document_too() {
    let config = Configuration::new("acme".parse().unwrap());
    assert_eq!(config.to_toml(), "tenant = \"acme\"\n");
    assert_eq!(config.to_json(), "{\n  \"tenant\": \"acme\"\n}\n");
    assert_eq!(Configuration::from_toml(&config.to_toml()), Ok(config.clone()));
    assert_eq!(Configuration::from_json(&config.to_json()), Ok(config));
}

/// Ten thousand bindings over a hundred roles, read within seconds also without optimisation.
#[test]
fn a_large_document_is_read_as_any_other() {
    let mut config = Configuration::new("acme".parse().unwrap());
    let mut text = config.to_toml();
    for role in 0..100 {
        let permissions: Vec<String> = (0..20).map(|n| format!("\"s{role}:{n}\"")).collect();
        text.push_str(&format!("[[role]]\nname = \"{role}\"\npermissions = [{}]\n", permissions.join(",")));
    }
    for n in 0..10_000 {
        text.push_str(&format!("[[binding]]\nid = \"{n}\"\nuser = \"u{}\"\nrole = \"{}\"\n", n % 500, n % 100));
    }
    config = Configuration::from_toml(&text).unwrap();
    assert_eq!(Configuration::from_json(&config.to_json()).as_ref(), Ok(&config));
    assert_eq!(config.bindings().count(), 10_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_reads_as_the_same(config in configurations()) {
        let (toml, json) = (config.to_toml(), config.to_json());
        prop_assert_eq!(Configuration::from_toml(&toml), Ok(config.clone()), "{}", toml);
        prop_assert_eq!(Configuration::from_json(&json), Ok(config.clone()), "{}", json);
        // Another JSON reader agrees on what is there.
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(value["binding"].as_array().map_or(0, Vec::len), config.bindings().count());
    }

    /// Nobody's text makes the readers panic, and what they take as JSON another reader takes.
    #[test]
    fn any_text_is_read_or_refused(cuts in proptest::collection::vec((any::<prop::sample::Index>(), "\\PC|[\\x00-\\x20\"\\\\\\[\\]{}.,:=']"), 1..4)) {
        for (text, read) in [
            (RICH, Configuration::from_toml as fn(&str) -> Result<Configuration, DocumentErrors>),
            (RICH_JSON, Configuration::from_json as fn(&str) -> Result<Configuration, DocumentErrors>),
        ] {
            let mut chars: Vec<char> = text.chars().collect();
            for (at, with) in &cuts {
                let at = at.index(chars.len());
                chars.splice(at..at + 1, with.chars());
            }
            let text: String = chars.into_iter().collect();
            match read(&text) {
                Ok(config) => prop_assert_eq!(Configuration::from_toml(&config.to_toml()), Ok(config)),
                Err(errors) => prop_assert!(errors.iter().count() > 0),
            }
            let foreign = serde_json::from_str::<serde_json::Value>(&text);
            let ours = Configuration::from_json(&text);
            let syntax = ours.err().is_some_and(|errors| errors.to_string().contains("JSON: "));
            let bad = foreign.is_err_and(|error| !error.to_string().starts_with("number out of range"));
            prop_assert_eq!(bad, syntax, "{}", text);
        }
    }
}

#[test]
fn a_revoked_tenant_is_written_last() {
    let mut config = Configuration::from_toml("tenant = 'a'\nrole = [{ name = 'r', permissions = ['x'] }]").unwrap();
    config.apply(&Actor::Operator("o".parse().unwrap()), &Change::Revoke(Target::Tenant)).unwrap();
    assert_eq!(Configuration::from_toml(&config.to_toml()), Ok(config));
}
