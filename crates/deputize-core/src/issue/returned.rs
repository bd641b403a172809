use alloc::boxed::Box;
use core::fmt;

/// An operation failed, and here is what it had consumed: a stale decision is retried with the same
/// proof, a refused request is written to the audit trail.
///
/// As an error it is transparent: it says what `error` says.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "an error and a value, nothing else")]
pub struct Returned<E, V> {
    /// Why it failed.
    pub error: E,
    /// What was handed in.
    pub value: Box<V>,
}

impl<E, V> Returned<E, V> {
    /// Gives `value` back with `error`.
    pub fn new(error: impl Into<E>, value: V) -> Self {
        Self { error: error.into(), value: Box::new(value) }
    }
}

impl<E: fmt::Display, V> fmt::Display for Returned<E, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<E: core::error::Error, V: fmt::Debug> core::error::Error for Returned<E, V> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.error.source()
    }
}
