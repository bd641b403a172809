//! JSON that is read once and means one thing: no member twice, no lone surrogate, no deep nesting.

use std::{cell::Cell, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::limits::MAX_JSON_NESTING;

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
    /// Objects and arrays lie deeper within each other than [`MAX_JSON_NESTING`].
    #[error("is nested too deeply")]
    TooDeep,
}

/// Reads one JSON text, all of `bytes`.
///
/// # Errors
///
/// As [`JsonError`] tells.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let error = Cell::new(JsonError::Syntax);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict { depth: 0, error: &error };
    let value = strict.deserialize(&mut deserializer).map_err(|_| error.get())?;
    deserializer.end().map_err(|_| JsonError::Syntax)?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    /// serde's own error can't carry a kind.
    error: &'a Cell<JsonError>,
}

impl Strict<'_> {
    fn fail<E: de::Error>(&self, error: JsonError) -> E {
        self.error.set(error);
        E::custom(error)
    }

    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_JSON_NESTING {
            return Err(self.fail(JsonError::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(seed)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(self.fail(JsonError::DuplicateMember));
            }
            let value = members.next_value_seed(seed)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("\u{feff}{}", JsonError::Syntax),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(error), "{text}");
        }
        assert_eq!(parse(b"\"\xff\""), Err(JsonError::Syntax));
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
    }
}
