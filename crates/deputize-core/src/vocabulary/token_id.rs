use alloc::string::String;
use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{parse::ParseError, time::UnixTime};

/// A token's `jti`: a UUID, read and printed in canonical lower-case form (RFC 9562 §4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenId(u128);

impl TokenId {
    /// A UUIDv7 (RFC 9562 §5.7) of this second and these 80 bits, which are to come from a
    /// cryptographic random number generator: this crate has none.
    #[must_use]
    pub const fn v7(now: UnixTime, random: [u8; 10]) -> Self {
        let millis = now.as_secs() as u128 * 1000;
        let [a, b, c, d, e, f, g, h, i, j] = random;
        let random = u128::from_be_bytes([0, 0, 0, 0, 0, 0, a, b, c, d, e, f, g, h, i, j]);
        let version = 0x7 << 76;
        let variant = 0b10 << 62;
        let cleared = !((0xF << 76) | (0b11 << 62));
        Self((millis << 80) | (random & cleared) | version | variant)
    }

    /// The 16 bytes, most significant first.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The id of these 16 bytes, most significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl FromStr for TokenId {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        const RULE: &str = "is a UUID in canonical lower-case form";
        let mut value: u128 = 0;
        if text.len() != 36 {
            return Err(ParseError::whole("token id", RULE));
        }
        for (at, byte) in text.bytes().enumerate() {
            let nibble = match (at, byte) {
                (8 | 13 | 18 | 23, b'-') => continue,
                (8 | 13 | 18 | 23, _) => return Err(ParseError::at("token id", at, RULE)),
                (_, b'0'..=b'9') => byte - b'0',
                (_, b'a'..=b'f') => byte - b'a' + 10,
                _ => return Err(ParseError::at("token id", at, RULE)),
            };
            value = (value << 4) | u128::from(nibble);
        }
        Ok(Self(value))
    }
}

impl TryFrom<String> for TokenId {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<TokenId> for String {
    fn from(id: TokenId) -> Self {
        alloc::format!("{id}")
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Digits from the last on; every token that is signed or verified prints or reads one.
        let mut text = [b'-'; 36];
        let mut rest = self.0;
        for (at, byte) in text.iter_mut().enumerate().rev() {
            if !matches!(at, 8 | 13 | 18 | 23) {
                *byte = match (rest & 0xF) as u8 {
                    digit @ 0..=9 => b'0' + digit,
                    letter => b'a' + letter - 10,
                };
                rest >>= 4;
            }
        }
        f.pad(core::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// RFC 9562 appendix A.6, but for the milliseconds: ours are whole seconds.
    #[test]
    fn makes_a_uuid_v7() {
        let now = UnixTime::from_secs(1_645_557_742).unwrap();
        let id = TokenId::v7(now, [0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F]);
        assert_eq!(id.to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
        let ones = TokenId::v7(UnixTime::MAX, [0xFF; 10]).to_string();
        assert!(ones.ends_with("-7fff-bfff-ffffffffffff"), "{ones}");
        assert_eq!(TokenId::from_bytes(id.to_bytes()), id);
    }

    #[test]
    fn reads_only_the_canonical_form() {
        let text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
        assert_eq!(text.parse::<TokenId>().unwrap().to_string(), text);
        for wrong in [
            "",
            "017F22E2-79b0-7cc3-98c4-dc0c0c07398f",
            "017f22e279b07cc398c4dc0c0c07398f",
            &text.replace('-', "0"),
            "{017f22e2-79b0-7cc3-98c4-dc0c0c0739}",
            "é17f22e2-79b0-7cc3-98c4-dc0c0c07398",
        ] {
            assert!(wrong.parse::<TokenId>().is_err(), "{wrong}");
        }
    }
}
