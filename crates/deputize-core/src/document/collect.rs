use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{cell::Cell, fmt};

use super::errors::{DocumentError, DocumentErrors};
use crate::limits::MAX_DOCUMENT_ERRORS;

/// Where a node stands: the format is never deeper than `section[entry].field[item]`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place<'t> {
    pub(super) section: Option<&'t str>,
    pub(super) entry: Option<usize>,
    pub(super) field: Option<&'t str>,
    pub(super) item: Option<usize>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(section) = self.section {
            name(section, f)?;
        }
        if let Some(entry) = self.entry {
            write!(f, "[{entry}]")?;
        }
        if let Some(field) = self.field {
            if self.section.is_some() {
                f.write_str(".")?;
            }
            name(field, f)?;
        }
        match self.item {
            Some(item) => write!(f, "[{item}]"),
            None => Ok(()),
        }
    }
}

/// A name nobody knows may be of any length and hold anything: it must not spoil a log.
fn name(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if (1..=64).contains(&name.len()) && name.bytes().all(plain) {
        return f.write_str(name);
    }
    write!(f, "{:?}", name.chars().take(64).collect::<String>())
}

/// Gathers what is wrong while a document is read: reading goes on after a mistake.
#[derive(Default)]
pub(super) struct Collector {
    errors: Cell<Vec<DocumentError>>,
    left_out: Cell<usize>,
}

impl Collector {
    pub(super) fn report(&self, line: usize, place: Place<'_>, problem: impl fmt::Display) {
        let mut errors = self.errors.take();
        if errors.len() < MAX_DOCUMENT_ERRORS {
            errors.push(DocumentError::at(line, place.to_string(), problem.to_string()));
        } else {
            self.left_out.set(self.left_out.get().saturating_add(1));
        }
        self.errors.set(errors);
    }

    pub(super) fn is_empty(&self) -> bool {
        let errors = self.errors.take();
        let empty = errors.is_empty();
        self.errors.set(errors);
        empty
    }

    /// What was reported, by line; nothing where nothing was.
    pub(super) fn finish(self) -> Option<DocumentErrors> {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(DocumentError::line);
        match self.left_out.get() {
            0 => {}
            more => errors.push(DocumentError::whole(format!("has {more} more errors"))),
        }
        DocumentErrors::of(errors)
    }
}
