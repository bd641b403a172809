//! Everything that is wrong is told at once, and nothing twice.

use deputize_core::Configuration;

use crate::support::*;

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
