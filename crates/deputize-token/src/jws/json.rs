//! JSON that is read once and means one thing: no member twice, no lone surrogate, no deep nesting.

use serde_json::Value;

use super::tape::Document;

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way to be refused")]
pub enum JsonError {
    /// It is no JSON text, or a string in it is no Unicode text.
    #[error("is not JSON")]
    Syntax,
    /// An object has a member twice (RFC 7515 §4, RFC 7519 §10.3).
    #[error("has a member twice")]
    DuplicateMember,
    /// Objects and arrays lie deeper within each other than [`MAX_JSON_NESTING`](crate::limits::MAX_JSON_NESTING).
    #[error("is nested too deeply")]
    TooDeep,
}

/// Reads one JSON text, all of `bytes`.
///
/// # Errors
///
/// As [`JsonError`] tells.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    Ok(Document::read(bytes)?.root().to_value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_JSON_NESTING;

    #[test]
    fn refuses_what_means_two_things() {
        for (text, error) in [
            (r#"{"a":1,"a":1}"#, JsonError::DuplicateMember),
            (r#"{"a":1,"\u0061":2}"#, JsonError::DuplicateMember),
            (r#"[{"b":{"c":1,"c":2}}]"#, JsonError::DuplicateMember),
            (r#""\ud800""#, JsonError::Syntax),
            (r#"{"a":"\udc00"}"#, JsonError::Syntax),
            ("{} {}", JsonError::Syntax),
            ("{}x", JsonError::Syntax),
            ("", JsonError::Syntax),
            ("{\"a\":1,}", JsonError::Syntax),
            ("{'a':1}", JsonError::Syntax),
            ("1e999", JsonError::Syntax),
            ("NaN", JsonError::Syntax),
            (&many("x499"), JsonError::DuplicateMember),
            (&many("x0"), JsonError::DuplicateMember),
            (r#"{"ab":{"ab":1},"cb":[{"ab":2}],"ab":3}"#, JsonError::DuplicateMember),
            ("\u{feff}{}", JsonError::Syntax),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(error), "{text}");
        }
        assert_eq!(parse(b"\"\xff\""), Err(JsonError::Syntax));
    }

    /// So many members that they are no longer compared with each other, and one more.
    fn many(last: &str) -> String {
        let members: String = (0..500).map(|n| format!("\"x{n}\":{{\"x{n}\":[]}},")).collect();
        format!("{{{members}\"{last}\":0}}")
    }

    #[test]
    fn nests_to_the_bound() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(MAX_JSON_NESTING).as_bytes()).is_ok());
        assert_eq!(parse(nested(MAX_JSON_NESTING + 1).as_bytes()), Err(JsonError::TooDeep));
        assert_eq!(parse(nested(100_000).as_bytes()), Err(JsonError::TooDeep));
    }

    #[test]
    fn reads_as_any_other_reader() {
        let text = r#" {"a": [1, -2, 1.5, null, true, "x\n\ud83d\ude00"], "b": {}} "#;
        assert_eq!(parse(text.as_bytes()).ok(), serde_json::from_str(text).ok());
        let text = many("x500");
        assert_eq!(parse(text.as_bytes()).ok(), serde_json::from_str(&text).ok());
    }
}
