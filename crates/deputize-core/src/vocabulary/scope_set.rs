use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{parse::ParseError, scope::Scope, set::NonEmptySet};
use crate::limits::{MAX_REQUESTED_SCOPES, MAX_SCOPE_BYTES};

/// The scopes of one request or token: 1 to 64, ordered, without duplicates. Reads and prints as
/// the OAuth `scope` string (RFC 6749 §3.3): scope-tokens with single spaces between them.
///
/// A scope that is asked for twice counts once. There is no default for a request that names none.
///
/// ```
/// use deputize_core::ScopeSet;
/// let asked: ScopeSet = "reports:read calendar:read reports:read".parse()?;
/// assert_eq!(asked.to_string(), "calendar:read reports:read");
/// # Ok::<(), deputize_core::ParseError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeSet(NonEmptySet<Scope>);

impl ScopeSet {
    /// The distinct scopes of `scopes`.
    ///
    /// # Errors
    ///
    /// When there is none, or more than [`MAX_REQUESTED_SCOPES`].
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Result<Self, ParseError> {
        let set = NonEmptySet::new(scopes).ok_or(ParseError::empty(WHAT))?;
        if set.len() > MAX_REQUESTED_SCOPES {
            return Err(ParseError::too_many(WHAT, MAX_REQUESTED_SCOPES));
        }
        Ok(Self(set))
    }

    /// The scopes, in order.
    pub fn iter(&self) -> core::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// How many scopes: 1 to 64.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `scope` is in the set.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    pub(crate) fn as_set(&self) -> &NonEmptySet<Scope> {
        &self.0
    }

    pub(crate) fn position(&self, scope: &Scope) -> Option<usize> {
        self.0.as_slice().binary_search(scope).ok()
    }
}

impl FromStr for ScopeSet {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        ParseError::length(WHAT, text, MAX_BYTES)?;
        let mut at = 0;
        let mut scopes = Vec::new();
        for token in text.split(' ') {
            if token.is_empty() {
                return Err(ParseError::at(WHAT, at, "has one space between two scopes, and none at its ends"));
            }
            scopes.push(token.parse::<Scope>()?);
            at += token.len() + 1;
        }
        Self::new(scopes)
    }
}

impl TryFrom<String> for ScopeSet {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<ScopeSet> for String {
    fn from(set: ScopeSet) -> Self {
        alloc::format!("{set}")
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = core::slice::Iter<'a, Scope>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for scope in self {
            f.write_str(between)?;
            f.write_str(scope.as_str())?;
            between = " ";
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

const WHAT: &str = "scopes";
const MAX_BYTES: usize = MAX_REQUESTED_SCOPES * (MAX_SCOPE_BYTES + 1);

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString, vec::Vec};

    use super::*;

    #[test]
    fn reads_and_prints_the_oauth_string() {
        let set: ScopeSet = "b a c a".parse().unwrap();
        assert_eq!(set.to_string(), "a b c");
        assert_eq!(set.len(), 3);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let spaces = "scopes: has one space between two scopes, and none at its ends";
        for (text, error) in [
            ("", "scopes: is empty".into()),
            (" a", format!("{spaces} (at byte 0)")),
            ("a ", format!("{spaces} (at byte 2)")),
            ("a  b", format!("{spaces} (at byte 2)")),
            ("a\tb", "scope: takes only visible ASCII characters but `\"` and `\\` (at byte 1)".into()),
            ("a b:*", "scope: is concrete: `*` has no place in it (at byte 2)".into()),
        ] {
            assert_eq!(text.parse::<ScopeSet>().unwrap_err().to_string(), error, "{text:?}");
        }
    }

    #[test]
    fn holds_at_most_64() {
        let scopes: Vec<String> = (0..65).map(|n| format!("s{n}")).collect();
        assert_eq!(scopes.join(" ").parse::<ScopeSet>().unwrap_err().to_string(), "scopes: holds more than 64");
        assert_eq!(scopes[1..].join(" ").parse::<ScopeSet>().unwrap().len(), 64);
        let long = "a".repeat(MAX_BYTES + 1);
        assert_eq!(long.parse::<ScopeSet>().unwrap_err().to_string(), "scopes: is longer than 16448 bytes");
    }
}
