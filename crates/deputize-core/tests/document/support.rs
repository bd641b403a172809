//! A document, and short words for what is wrong with what follows it.

use deputize_core::Configuration;

/// What follows it starts on line 14.
pub(crate) const BASE: &str = r#"tenant = "acme"
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
pub(crate) fn toml(text: &str, expected: &[&str]) {
    let errors = Configuration::from_toml(text).expect_err(text);
    assert_eq!(errors.to_string(), expected.join("\n"), "{text}");
}

#[track_caller]
pub(crate) fn json(text: &str, expected: &[&str]) {
    let errors = Configuration::from_json(text).expect_err(text);
    assert_eq!(errors.to_string(), expected.join("\n"), "{text}");
}

/// Each row is one mistake, in what follows the base.
#[track_caller]
pub(crate) fn rows(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        toml(&format!("{BASE}{text}"), &[expected]);
    }
}

/// Each row replaces text of a complete entry, whose header is line 14.
#[track_caller]
pub(crate) fn edits(entry: &str, edits: &[(&str, &str, &str)]) {
    Configuration::from_toml(&format!("{BASE}{entry}")).unwrap();
    for (from, to, expected) in edits {
        assert!(entry.contains(from), "{from}");
        toml(&format!("{BASE}{}", entry.replacen(from, to, 1)), &[expected]);
    }
}
