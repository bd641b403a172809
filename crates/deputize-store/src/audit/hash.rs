use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
use sha2::{Digest, Sha256};

/// A SHA-256, such as the one that links an event to the one before it. In text, 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuditHash([u8; 32]);

/// A text that is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 lower-case hexadecimal digits")]
#[non_exhaustive]
pub struct AuditHashError;

impl AuditHash {
    /// What stands before the first event of a chain: 32 zero bytes.
    pub const ZERO: Self = Self([0; 32]);

    /// The hash of these bytes, as a table holds it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash of a text by itself.
    #[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// What is in a column. Of another length it is no hash, and no event's hash is zero.
    #[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
    pub(crate) fn of_column(bytes: &[u8]) -> Self {
        bytes.try_into().map_or(Self::ZERO, Self)
    }

    /// Its bytes, to be kept in a table.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for AuditHash {
    type Err = AuditHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Before anything is made of it: what is read may be of any length.
        if text.len() != 64 {
            return Err(AuditHashError);
        }
        let digits: Vec<u8> = text.bytes().map(digit).collect::<Option<_>>().ok_or(AuditHashError)?;
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(AuditHashError) };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        bytes.try_into().map(Self).map_err(|_| AuditHashError)
    }
}

impl fmt::Display for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for AuditHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AuditHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Lower case only: a hash has one text.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_one_text() {
        let hash = AuditHash::from_bytes(std::array::from_fn(|n| n as u8 * 7));
        let text = hash.to_string();
        assert_eq!(text.parse(), Ok(hash));
        assert_eq!(serde_json::from_str::<AuditHash>(&serde_json::to_string(&hash).unwrap()).unwrap(), hash);
        let (odd, short, long) = (text.split_at(1).1, text.split_at(2).1, format!("{text}00"));
        for wrong in [&text.to_uppercase(), odd, short, &long, "", &text.replace('0', " ")] {
            assert_eq!(wrong.parse::<AuditHash>(), Err(AuditHashError), "{wrong}");
        }
    }
}
