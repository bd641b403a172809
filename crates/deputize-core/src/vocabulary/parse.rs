use core::fmt;

/// Why a text is not what it was to be: what was expected, what is wrong, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {problem}")]
pub struct ParseError {
    what: &'static str,
    problem: Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    Empty,
    TooLong { max: usize },
    TooMany { max: usize },
    At { position: usize, rule: &'static str },
    Whole { rule: &'static str },
}

impl ParseError {
    /// What the text was to be, such as `scope`.
    #[must_use]
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The offset in bytes of the first byte that is wrong, where one byte is to blame.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match self.problem {
            Problem::At { position, .. } => Some(position),
            _ => None,
        }
    }

    pub(crate) const fn empty(what: &'static str) -> Self {
        Self { what, problem: Problem::Empty }
    }

    pub(crate) const fn too_many(what: &'static str, max: usize) -> Self {
        Self { what, problem: Problem::TooMany { max } }
    }

    pub(crate) const fn at(what: &'static str, position: usize, rule: &'static str) -> Self {
        Self { what, problem: Problem::At { position, rule } }
    }

    pub(crate) const fn whole(what: &'static str, rule: &'static str) -> Self {
        Self { what, problem: Problem::Whole { rule } }
    }

    /// Neither empty nor longer than `max` bytes: the first check of every parser.
    pub(crate) const fn length(what: &'static str, text: &str, max: usize) -> Result<(), Self> {
        if text.is_empty() {
            Err(Self::empty(what))
        } else if text.len() > max {
            Err(Self { what, problem: Problem::TooLong { max } })
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong { max } => write!(f, "is longer than {max} bytes"),
            Self::TooMany { max } => write!(f, "holds more than {max}"),
            Self::At { position, rule } => write!(f, "{rule} (at byte {position})"),
            Self::Whole { rule } => f.write_str(rule),
        }
    }
}
