//! Bodies of the fuzz targets: each states a law of a parser, for any input. They are built for
//! fuzzing and for the tests below only.

use alloc::string::ToString;
use core::{fmt, str::FromStr};

use crate::{
    AgentId, BindingId, ClientId, Issuer, ResourceId, Scope, ScopePattern, ScopeSet, TenantId, TokenId, UserId,
};

/// What was parsed prints as a text that parses to the same.
fn round_trip<T: FromStr<Err: fmt::Debug> + fmt::Display + fmt::Debug + PartialEq>(text: &str) -> Option<T> {
    let parsed: T = text.parse().ok()?;
    let printed = parsed.to_string();
    assert_eq!(printed.parse::<T>().as_ref().ok(), Some(&parsed), "{text:?} prints as {printed:?}");
    Some(parsed)
}

/// An id prints exactly as it was written.
fn verbatim<T: FromStr<Err: fmt::Debug> + fmt::Display + fmt::Debug + PartialEq>(text: &str) -> Option<T> {
    let parsed: T = round_trip(text)?;
    assert_eq!(parsed.to_string(), text);
    Some(parsed)
}

/// Ids: what is accepted is kept byte by byte.
pub fn ids(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    if verbatim::<TenantId>(text).is_some() {
        assert!(text.parse::<ClientId>().is_ok(), "a tenant id has no character that a client id refuses");
    }
    if verbatim::<ClientId>(text).is_some() {
        assert!(text.parse::<UserId>().is_ok(), "a client id has no character that a user id refuses");
    }
    verbatim::<BindingId>(text);
    verbatim::<TokenId>(text);
    if let Some(id) = verbatim::<AgentId>(text) {
        assert_eq!(alloc::format!("spiffe://{}{}", id.trust_domain(), id.path()), text);
        assert!(id.trust_domain().parse::<TenantId>().is_ok(), "a trust domain can be a tenant");
    }
    if verbatim::<Issuer>(text).is_some() {
        assert!(text.parse::<ResourceId>().is_ok(), "an issuer is an absolute URI without fragment");
    }
    verbatim::<ResourceId>(text);
}

/// Scopes and patterns: the first text is a pattern, the second the scopes it is held against.
pub fn scopes(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let (first, rest) = text.split_once('\n').unwrap_or((text, text));
    let pattern: Option<ScopePattern> = verbatim(first);
    if let Some(scope) = verbatim::<Scope>(first) {
        let own = pattern.as_ref().map(|pattern| pattern.matches(&scope));
        assert_eq!(own, Some(true), "a scope is the pattern that matches itself");
    }
    let Some(set) = round_trip::<ScopeSet>(rest) else { return };
    for scope in &set {
        assert!(set.contains(scope));
        let Some(pattern) = &pattern else { continue };
        let text = pattern.to_string();
        let expected = match text.strip_suffix('*') {
            Some(prefix) => scope.as_str().starts_with(prefix) && scope.as_str() != prefix,
            None => scope.as_str() == text,
        };
        assert_eq!(pattern.matches(scope), expected, "{pattern} {scope}");
    }
}

/// Policy documents, in either syntax: what was read is written, in both, and read as the same.
#[cfg(feature = "document")]
pub fn document(data: &[u8]) {
    use crate::Configuration;

    let Ok(text) = core::str::from_utf8(data) else { return };
    for config in [Configuration::from_toml(text), Configuration::from_json(text)] {
        match config {
            Ok(config) => {
                assert_eq!(Configuration::from_toml(&config.to_toml()).as_ref(), Ok(&config));
                assert_eq!(Configuration::from_json(&config.to_json()).as_ref(), Ok(&config));
            }
            Err(errors) => assert!(errors.iter().count() > 0, "a document is refused for a reason"),
        }
    }
}

/// Times: what was read prints as the same moment.
#[cfg(feature = "document")]
pub fn rfc3339(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    if let Ok(time) = crate::UnixTime::from_rfc3339(text) {
        assert_eq!(crate::UnixTime::from_rfc3339(&time.to_rfc3339()), Ok(time));
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "document")]
    #[test]
    fn laws_of_documents_hold_on_seeds() {
        for text in [
            "tenant = 'acme'",
            r#"{"tenant": "acme", "role": [{"name": "a", "permissions": ["b:*"]}]}"#,
            "tenant = 'acme'\n[[role]]\nname = 'a'\npermissions = ['b:*', '*']",
            "tenant = 1",
            "[",
            "",
        ] {
            super::document(text.as_bytes());
        }
        for text in ["2030-01-31T09:00:00Z", "2030-01-31t09:00:00+02:00", "9999-12-31T23:59:59Z", "x"] {
            super::rfc3339(text.as_bytes());
        }
    }

    #[test]
    fn laws_hold_on_seeds() {
        for text in
            ["acme", "spiffe://acme/a", "https://id.example", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "Zoë", "", "\0"]
        {
            super::ids(text.as_bytes());
        }
        for text in ["a:*\na:b a:b:c a: b", "a b a", "reports:read", "a:*", "\n", "*\n*"] {
            super::scopes(text.as_bytes());
        }
        super::ids(b"\xff");
        super::scopes(b"\xff");
    }
}
