use core::fmt;

use serde::{Deserialize, Serialize};

use super::parse::ParseError;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted, up to the end of year 9999.
/// Nothing in deputize reads a clock: time is passed in, once per operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct UnixTime(u64);

impl UnixTime {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// 9999-12-31T23:59:59Z: the last moment there is.
    pub const MAX: Self = Self(253_402_300_799);

    /// That many seconds after the epoch; nothing past [`UnixTime::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u64) -> Option<Self> {
        if secs <= Self::MAX.0 { Some(Self(secs)) } else { None }
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// That many seconds later, at most [`UnixTime::MAX`].
    #[must_use]
    pub const fn plus(self, secs: u32) -> Self {
        // Both fit 38 bits: no overflow.
        let later = self.0 + secs as u64;
        if later <= Self::MAX.0 { Self(later) } else { Self::MAX }
    }

    /// Seconds from `earlier` to this; 0 when it is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl TryFrom<u64> for UnixTime {
    type Error = ParseError;
    fn try_from(secs: u64) -> Result<Self, ParseError> {
        Self::from_secs(secs).ok_or(ParseError::whole("time", "lies past the end of year 9999"))
    }
}

impl From<UnixTime> for u64 {
    fn from(time: UnixTime) -> Self {
        time.0
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_with_year_9999() {
        assert_eq!(UnixTime::from_secs(253_402_300_799), Some(UnixTime::MAX));
        assert_eq!(UnixTime::from_secs(253_402_300_800), None);
        assert_eq!(UnixTime::MAX.plus(u32::MAX), UnixTime::MAX);
        assert_eq!(UnixTime::EPOCH.plus(7).as_secs(), 7);
        assert_eq!(UnixTime::EPOCH.since(UnixTime::MAX), 0);
        assert!(serde_json::from_str::<UnixTime>("253402300800").is_err());
        assert!(serde_json::from_str::<UnixTime>("-1").is_err());
    }
}
