use alloc::{string::String, sync::Arc};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    id::identifier,
    parse::ParseError,
    scope::{NOT_A_SCOPE_CHARACTER, Scope, first_bad_byte},
};
use crate::limits::MAX_SCOPE_BYTES;

identifier! {
    /// What a role or an agent's allowed scopes may hold: a scope, or `prefix:*`, which matches
    /// every scope that starts with `prefix:` and has at least one more byte. The prefix is not
    /// empty; a bare `*`, or a `*` elsewhere, is an error. At most 256 bytes.
    ScopePattern, "scope pattern", pattern
}

impl ScopePattern {
    /// Whether this pattern grants `scope`.
    #[must_use]
    pub fn matches(&self, scope: &Scope) -> bool {
        match self.prefix() {
            Some(prefix) => scope.as_str().strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()),
            None => self.as_str() == scope.as_str(),
        }
    }

    /// For `prefix:*` the `prefix:`, colon included; nothing for a concrete scope.
    pub(crate) fn prefix(&self) -> Option<&str> {
        self.as_str().strip_suffix('*')
    }
}

impl From<Scope> for ScopePattern {
    fn from(scope: Scope) -> Self {
        Self(scope.as_str().into())
    }
}

fn pattern(what: &'static str, text: &str) -> Result<(), ParseError> {
    ParseError::length(what, text, MAX_SCOPE_BYTES)?;
    let literal = match text.strip_suffix('*') {
        Some(prefix) if prefix.is_empty() || prefix == ":" => {
            return Err(ParseError::at(what, 0, "has a prefix that is not empty before `:*`"));
        }
        Some(prefix) if !prefix.ends_with(':') => {
            return Err(ParseError::at(what, prefix.len(), "takes `*` only at its end, after `:`"));
        }
        Some(prefix) => prefix,
        None => text,
    };
    match first_bad_byte(literal) {
        Some((at, b'*')) => Err(ParseError::at(what, at, "takes `*` only at its end, after `:`")),
        Some((at, _)) => Err(ParseError::at(what, at, NOT_A_SCOPE_CHARACTER)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn matches_the_scope_itself_or_what_lies_below_the_prefix() {
        for (pattern, scope, matches) in [
            ("reports:read", "reports:read", true),
            ("reports:read", "reports:read:all", false),
            ("reports:read", "Reports:read", false),
            ("reports:*", "reports:read", true),
            ("reports:*", "reports:a:b", true),
            ("reports:*", "reports:", false),
            ("reports:*", "reports", false),
            ("reports:*", "reportsx:read", false),
            ("a::*", "a:b", false),
            ("a::*", "a::b", true),
        ] {
            let parsed: ScopePattern = pattern.parse().unwrap();
            assert_eq!(parsed.matches(&scope.parse().unwrap()), matches, "{pattern} {scope}");
        }
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, error) in [
            ("", "scope pattern: is empty"),
            ("*", "scope pattern: has a prefix that is not empty before `:*` (at byte 0)"),
            (":*", "scope pattern: has a prefix that is not empty before `:*` (at byte 0)"),
            ("a*", "scope pattern: takes `*` only at its end, after `:` (at byte 1)"),
            ("a:*:b", "scope pattern: takes `*` only at its end, after `:` (at byte 2)"),
            ("a:**", "scope pattern: takes `*` only at its end, after `:` (at byte 3)"),
            ("a b:*", "scope pattern: takes only visible ASCII characters but `\"` and `\\` (at byte 1)"),
        ] {
            assert_eq!(text.parse::<ScopePattern>().unwrap_err().to_string(), error, "{text}");
        }
        let long = alloc::format!("{}:*", "a".repeat(255));
        assert_eq!(long.parse::<ScopePattern>().unwrap_err().to_string(), "scope pattern: is longer than 256 bytes");
    }
}
