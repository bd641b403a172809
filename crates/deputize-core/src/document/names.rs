use alloc::{collections::BTreeMap, string::ToString};
use core::{fmt, str::FromStr};

use super::read::Cursor;
use crate::{config::ApplyError, vocabulary::ParseError};

/// The names of one kind that a document defines, each with its line. A name counts as defined
/// also when the rest of its entry is wrong: one mistake is one error.
#[derive(Debug)]
pub(super) struct Names<T> {
    kind: &'static str,
    lines: BTreeMap<T, usize>,
    known: bool,
}

impl<T: FromStr<Err = ParseError> + Ord + Clone + fmt::Display> Names<T> {
    pub(super) fn of(kind: &'static str) -> Self {
        Self { kind, lines: BTreeMap::new(), known: true }
    }

    /// The whole section can't be read: nothing that refers to it is to blame.
    pub(super) fn unknown(&mut self) {
        self.known = false;
    }

    pub(super) fn line(&self, name: &T) -> Option<usize> {
        self.lines.get(name).copied()
    }

    /// Reads a name that must be new. The second entry of that name is the one that is wrong.
    pub(super) fn define(&mut self, at: Cursor<'_>) -> Option<T> {
        let name: T = at.parse()?;
        if let Some(line) = self.line(&name) {
            return at.refuse(format_args!("the {} `{name}` is already there, on line {line}", self.kind));
        }
        self.lines.insert(name.clone(), at.line());
        Some(name)
    }

    /// Reads a name that must be there.
    pub(super) fn refer(&self, at: Cursor<'_>) -> Option<T> {
        let name: T = at.parse()?;
        if self.known && !self.lines.contains_key(&name) {
            return at.refuse(ApplyError::Missing { kind: self.kind, id: name.to_string() });
        }
        Some(name)
    }
}
