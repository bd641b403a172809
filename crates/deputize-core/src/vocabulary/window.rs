use serde::{Deserialize, Serialize};

use super::{parse::ParseError, time::UnixTime};

/// When something holds: `not_before ≤ now < not_after`, either bound left open where absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct Window {
    not_before: Option<UnixTime>,
    not_after: Option<UnixTime>,
}

impl Window {
    /// No bound on either side.
    pub const ALWAYS: Self = Self { not_before: None, not_after: None };

    /// From `not_before` (included) to `not_after` (excluded).
    ///
    /// # Errors
    ///
    /// When the window would be empty.
    pub fn new(not_before: Option<UnixTime>, not_after: Option<UnixTime>) -> Result<Self, ParseError> {
        let window = Self { not_before, not_after };
        if window.start() < window.end() || not_after.is_none() {
            Ok(window)
        } else {
            Err(ParseError::whole("window", "ends before it begins"))
        }
    }

    /// Whether the window is open at `now`.
    #[must_use]
    pub fn holds(&self, now: UnixTime) -> bool {
        self.start() <= now && self.not_after.is_none_or(|end| now < end)
    }

    /// The first moment inside, where there is one.
    #[must_use]
    pub fn not_before(&self) -> Option<UnixTime> {
        self.not_before
    }

    /// The first moment past the end, where there is one.
    #[must_use]
    pub fn not_after(&self) -> Option<UnixTime> {
        self.not_after
    }

    pub(crate) fn start(&self) -> UnixTime {
        self.not_before.unwrap_or(UnixTime::EPOCH)
    }

    pub(crate) fn end(&self) -> UnixTime {
        self.not_after.unwrap_or(UnixTime::MAX)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<UnixTime>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_after: Option<UnixTime>,
}

impl TryFrom<Bounds> for Window {
    type Error = ParseError;
    fn try_from(bounds: Bounds) -> Result<Self, ParseError> {
        Self::new(bounds.not_before, bounds.not_after)
    }
}

impl From<Window> for Bounds {
    fn from(window: Window) -> Self {
        Self { not_before: window.not_before, not_after: window.not_after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> UnixTime {
        UnixTime::from_secs(secs).unwrap()
    }

    #[test]
    fn is_half_open() {
        let window = Window::new(Some(at(10)), Some(at(20))).unwrap();
        let holds: [bool; 4] = [9, 10, 19, 20].map(|secs| window.holds(at(secs)));
        assert_eq!(holds, [false, true, true, false]);
        assert!(Window::ALWAYS.holds(UnixTime::EPOCH) && Window::ALWAYS.holds(UnixTime::MAX));
    }

    #[test]
    fn is_never_empty() {
        assert!(Window::new(Some(at(10)), Some(at(10))).is_err());
        assert!(Window::new(None, Some(at(0))).is_err());
        assert!(Window::new(Some(UnixTime::MAX), None).is_ok());
        assert!(serde_json::from_str::<Window>(r#"{"not_before":2,"not_after":1}"#).is_err());
        assert_eq!(serde_json::to_string(&Window::ALWAYS).unwrap(), "{}");
    }
}
