use alloc::{string::String, vec, vec::Vec};
use core::fmt;

/// One mistake in a document: where it is, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DocumentError {
    line: Option<usize>,
    field: String,
    problem: String,
}

impl DocumentError {
    /// The line, counted from 1; nothing where the document as a whole is to blame.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The field, such as `agent[2].allowed_scopes[0]`, counted from 0. Empty for a syntax error.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    pub(super) fn at(line: usize, field: String, problem: String) -> Self {
        Self { line: Some(line), field, problem }
    }

    pub(super) fn syntax(line: usize, problem: String) -> Self {
        Self { line: Some(line), field: String::new(), problem }
    }

    pub(super) fn whole(problem: String) -> Self {
        Self { line: None, field: String::new(), problem }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: ")?,
            None => f.write_str("the document: ")?,
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.problem)
    }
}

/// Everything that is wrong with a document, by line: at least one error. Past
/// [`MAX_DOCUMENT_ERRORS`](crate::limits::MAX_DOCUMENT_ERRORS) the last one says how many more
/// there are. Prints one error a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DocumentErrors {
    first: DocumentError,
    rest: Vec<DocumentError>,
}

impl DocumentErrors {
    /// The errors, in the order of their lines.
    pub fn iter(&self) -> impl Iterator<Item = &DocumentError> {
        core::iter::once(&self.first).chain(&self.rest)
    }

    /// Nothing where `errors` is empty.
    pub(super) fn of(errors: Vec<DocumentError>) -> Option<Self> {
        let mut errors = errors.into_iter();
        errors.next().map(|first| Self { first, rest: errors.collect() })
    }
}

impl From<DocumentError> for DocumentErrors {
    fn from(first: DocumentError) -> Self {
        Self { first, rest: vec![] }
    }
}

impl fmt::Display for DocumentErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.first, f)?;
        self.rest.iter().try_for_each(|error| write!(f, "\n{error}"))
    }
}
