use alloc::{borrow::Cow, string::String};
use core::{borrow::Borrow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::parse::ParseError;
use crate::limits::MAX_SCOPE_BYTES;

/// One OAuth scope-token (RFC 6749 §3.3): 1 to 256 bytes of `%x21 / %x23-5B / %x5D-7E`, and
/// always concrete: a `*` is refused. Case-sensitive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Cow<'static, str>);

impl Scope {
    /// A scope known when the program is written. In a `const`, a text that is no scope does not
    /// compile.
    ///
    /// # Panics
    ///
    /// When `text` is no scope and the call is not evaluated at compile time.
    ///
    /// ```
    /// use deputize_core::Scope;
    /// const READ: Scope = Scope::from_static("reports:read");
    /// ```
    /// ```compile_fail,E0080
    /// use deputize_core::Scope;
    /// const ALL: Scope = Scope::from_static("reports:*");
    /// ```
    #[must_use]
    #[expect(clippy::panic, reason = "documented, and a compile error where it is meant to be used")]
    pub const fn from_static(text: &'static str) -> Self {
        match check(text) {
            Ok(()) => Self(Cow::Borrowed(text)),
            Err(_) => panic!("not a scope"),
        }
    }

    /// The text, as it was parsed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Scope {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        check(text)?;
        Ok(Self(Cow::Owned(text.into())))
    }
}

impl TryFrom<String> for Scope {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        check(&text)?;
        Ok(Self(Cow::Owned(text)))
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0.into_owned()
    }
}

impl Borrow<str> for Scope {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

const WHAT: &str = "scope";

const fn check(text: &str) -> Result<(), ParseError> {
    if let Err(error) = ParseError::length(WHAT, text, MAX_SCOPE_BYTES) {
        return Err(error);
    }
    match first_bad_byte(text) {
        Some((at, b'*')) => Err(ParseError::at(WHAT, at, "is concrete: `*` has no place in it")),
        Some((at, _)) => Err(ParseError::at(WHAT, at, NOT_A_SCOPE_CHARACTER)),
        None => Ok(()),
    }
}

pub(super) const NOT_A_SCOPE_CHARACTER: &str = "takes only visible ASCII characters but `\"` and `\\`";

/// RFC 6749 §3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`; the `*` is ours.
pub(super) const fn first_bad_byte(text: &str) -> Option<(usize, u8)> {
    let mut rest = text.as_bytes();
    let mut at = 0;
    while let [byte, tail @ ..] = rest {
        if !matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E) || *byte == b'*' {
            return Some((at, *byte));
        }
        rest = tail;
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// RFC 6749 §3.3, every byte.
    #[test]
    fn takes_exactly_the_grammar() {
        for byte in 0..=255_u8 {
            let ok = byte == 0x21 || (0x23..=0x5B).contains(&byte) || (0x5D..=0x7E).contains(&byte);
            let text = char::from(byte).to_string();
            assert_eq!(text.parse::<Scope>().is_ok(), ok && byte != b'*', "{byte:#x}");
        }
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, error) in [
            ("", "scope: is empty"),
            ("a b", "scope: takes only visible ASCII characters but `\"` and `\\` (at byte 1)"),
            ("a:\"", "scope: takes only visible ASCII characters but `\"` and `\\` (at byte 2)"),
            ("reports:*", "scope: is concrete: `*` has no place in it (at byte 8)"),
        ] {
            assert_eq!(text.parse::<Scope>().unwrap_err().to_string(), error);
        }
        assert!("a".repeat(256).parse::<Scope>().is_ok());
        assert_eq!("a".repeat(257).parse::<Scope>().unwrap_err().to_string(), "scope: is longer than 256 bytes");
    }

    #[test]
    #[should_panic(expected = "not a scope")]
    fn from_static_refuses_what_the_parser_refuses() {
        let _ = Scope::from_static("a b");
    }
}
