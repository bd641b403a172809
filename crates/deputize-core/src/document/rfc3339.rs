use alloc::{format, string::String};

use time::{OffsetDateTime, UtcDateTime, format_description::well_known::Rfc3339};

use crate::vocabulary::{ParseError, UnixTime};

impl UnixTime {
    /// Reads a time of RFC 3339 (§5.6), such as `2030-01-31T09:00:00Z` or with another offset.
    ///
    /// Whole seconds only: a fraction, and a leap second, would have to be rounded, and it is not
    /// for this library to say into which direction a right may shift.
    ///
    /// # Errors
    ///
    /// When it is no such time, lies before 1970 or past the end of year 9999.
    pub fn from_rfc3339(text: &str) -> Result<Self, ParseError> {
        // The parser takes anything between date and time, and gives a leap second a fraction.
        let strict = !text.contains('.') && matches!(text.as_bytes().get(10), Some(b'T' | b't'));
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok().filter(|time| strict && time.nanosecond() == 0);
        let Some(time) = parsed else {
            return Err(ParseError::whole(WHAT, "is written like `2030-01-31T09:00:00Z`, in whole seconds (RFC 3339)"));
        };
        match u64::try_from(time.unix_timestamp()) {
            Ok(secs) => Self::try_from(secs),
            Err(_) => Err(ParseError::whole(WHAT, "lies before 1970")),
        }
    }

    /// This time as RFC 3339 has it, in UTC: `2030-01-31T09:00:00Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        // Both end with year 9999: the conversion never fails.
        let secs = i64::try_from(self.as_secs()).unwrap_or(i64::MAX);
        let t = UtcDateTime::from_unix_timestamp(secs).unwrap_or(UtcDateTime::MAX);
        let (year, month, day) = (t.year(), u8::from(t.month()), t.day());
        format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", t.hour(), t.minute(), t.second())
    }
}

const WHAT: &str = "time";

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn reads_and_prints() {
        for (text, secs, printed) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2000-02-29t12:30:59z", 951_827_459, "2000-02-29T12:30:59Z"),
            ("1970-01-01T01:00:00+01:00", 0, "1970-01-01T00:00:00Z"),
            ("1969-12-31T19:00:00-05:00", 0, "1970-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", UnixTime::MAX.as_secs(), "9999-12-31T23:59:59Z"),
            ("9999-12-31T23:59:59+00:01", UnixTime::MAX.as_secs() - 60, "9999-12-31T23:58:59Z"),
        ] {
            let time = UnixTime::from_rfc3339(text).unwrap();
            assert_eq!(time.as_secs(), secs, "{text}");
            assert_eq!(time.to_rfc3339(), printed);
        }
    }

    #[test]
    fn refuses_what_is_not_exact() {
        let form = "time: is written like `2030-01-31T09:00:00Z`, in whole seconds (RFC 3339)";
        for (text, error) in [
            ("", form),
            ("2030-01-31", form),
            ("2030-01-31T09:00:00", form),
            ("2030-01-31T09:00Z", form),
            ("2030-01-31 09:00:00Z", form),
            ("2030-02-29T09:00:00Z", form),
            ("2030-01-31T24:00:00Z", form),
            ("2030-01-31T09:00:00.5Z", form),
            ("2030-01-31T09:00:00.0Z", form),
            ("2030-01-31T09:00:00,5Z", form),
            ("2016-12-31T23:59:60Z", form),
            (" 2030-01-31T09:00:00Z", form),
            ("2030-01-31T09:00:00Z ", form),
            ("2030-01-31T09:00:00+24:00", form),
            ("+2030-01-31T09:00:00Z", form),
            ("1969-12-31T23:59:59Z", "time: lies before 1970"),
            ("0000-01-01T00:00:00Z", "time: lies before 1970"),
            ("1970-01-01T00:00:00+00:01", "time: lies before 1970"),
            ("9999-12-31T23:59:59-00:01", "time: lies past the end of year 9999"),
        ] {
            assert_eq!(UnixTime::from_rfc3339(text).unwrap_err().to_string(), error, "{text}");
        }
    }
}
