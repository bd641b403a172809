use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::{fmt, ops::RangeInclusive, str::FromStr};

use super::{
    collect::{Collector, Place},
    tree::{Member, Node, Value},
};
use crate::vocabulary::{NonEmptySet, ParseError, UnixTime};

/// A node, where it stands, and where to tell what is wrong with it. Every reader of it gives
/// nothing once it has told why.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    node: &'t Node<'t>,
    place: Place<'t>,
    errors: &'t Collector,
}

impl<'t> Cursor<'t> {
    pub(super) fn root(node: &'t Node<'t>, errors: &'t Collector) -> Self {
        Self { node, place: Place::default(), errors }
    }

    pub(super) fn line(self) -> usize {
        self.node.line
    }

    pub(super) fn report(self, problem: impl fmt::Display) {
        self.errors.report(self.node.line, self.place, problem);
    }

    pub(super) fn refuse<T>(self, problem: impl fmt::Display) -> Option<T> {
        self.report(problem);
        None
    }

    pub(super) fn text(self) -> Option<&'t str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            other => self.refuse(format_args!("is {}, not a text", other.kind())),
        }
    }

    pub(super) fn parse<T: FromStr<Err = ParseError>>(self) -> Option<T> {
        match self.text()?.parse() {
            Ok(value) => Some(value),
            Err(error) => self.refuse(error),
        }
    }

    pub(super) fn time(self) -> Option<UnixTime> {
        let text = match &self.node.value {
            Value::Time(text) => text,
            _ => self.text()?,
        };
        match UnixTime::from_rfc3339(text) {
            Ok(time) => Some(time),
            Err(error) => self.refuse(error),
        }
    }

    /// A whole number of this range.
    pub(super) fn number<T: TryFrom<i64>>(self, range: RangeInclusive<i64>) -> Option<T> {
        let (min, max) = range.clone().into_inner();
        match &self.node.value {
            Value::Integer(number) if range.contains(number) => T::try_from(*number).ok(),
            Value::Integer(_) => self.refuse(format_args!("is not from {min} to {max}")),
            other => self.refuse(format_args!("is {}, not a whole number from {min} to {max}", other.kind())),
        }
    }

    /// One of these words, and what it stands for.
    pub(super) fn word<T: Copy>(self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.refuse(format_args!("is none of {}", words.join(", ")))
        })
    }

    /// What may be said or left out, but not denied.
    pub(super) fn truth(self) -> Option<()> {
        match &self.node.value {
            Value::Bool(true) => Some(()),
            Value::Bool(false) => self.refuse("is `true`, or left out"),
            other => self.refuse(format_args!("is {}, not `true`", other.kind())),
        }
    }

    /// A list of at least one element, none of them twice.
    pub(super) fn list<T: Ord + fmt::Display>(self, mut read: impl FnMut(Self) -> Option<T>) -> Option<NonEmptySet<T>> {
        let items = self.items(|place, item| place.item = Some(item))?;
        if items.is_empty() {
            return self.refuse("is an empty list");
        }
        let mut seen = BTreeSet::new();
        let mut complete = true;
        for item in items {
            match read(item) {
                Some(value) if seen.contains(&value) => {
                    item.report(format_args!("`{value}` is listed twice"));
                    complete = false;
                }
                Some(value) => drop(seen.insert(value)),
                None => complete = false,
            }
        }
        if complete { NonEmptySet::new(seen) } else { None }
    }

    /// The entries of a section: a list of tables.
    pub(super) fn entries(self) -> Option<Vec<Self>> {
        self.items(|place, item| place.entry = Some(item))
    }

    /// A table that has no other members than these.
    pub(super) fn table(self, known: &[&str]) -> Option<Table<'t>> {
        let Value::Table(members) = &self.node.value else {
            return self.refuse(format_args!("is {}, not a table", self.node.value.kind()));
        };
        let table = Table { members, at: self };
        let mut seen = BTreeSet::new();
        for member in members {
            let place = table.place_of(&member.name);
            if !known.contains(&member.name.as_ref()) {
                self.errors.report(member.line, place, "is not a field here");
            } else if !seen.insert(member.name.as_ref()) {
                self.errors.report(member.line, place, "stands here twice");
            }
        }
        Some(table)
    }

    fn items(self, enter: impl Fn(&mut Place<'t>, usize)) -> Option<Vec<Self>> {
        let Value::List(items) = &self.node.value else {
            return self.refuse(format_args!("is {}, not a list", self.node.value.kind()));
        };
        let item = |(index, node)| {
            let mut place = self.place;
            enter(&mut place, index);
            Self { node, place, ..self }
        };
        Some(items.iter().enumerate().map(item).collect())
    }
}

/// A table whose members were found to be known and there once.
#[derive(Clone, Copy)]
pub(super) struct Table<'t> {
    members: &'t [Member<'t>],
    at: Cursor<'t>,
}

impl<'t> Table<'t> {
    pub(super) fn at(self) -> Cursor<'t> {
        self.at
    }

    pub(super) fn get(self, name: &'t str) -> Option<Cursor<'t>> {
        let member = self.members.iter().find(|member| member.name == name)?;
        Some(Cursor { node: &member.node, place: self.place_of(name), ..self.at })
    }

    /// A member that has to be there.
    pub(super) fn required<T>(self, name: &'t str, read: impl FnOnce(Cursor<'t>) -> Option<T>) -> Option<T> {
        match self.get(name) {
            Some(member) => read(member),
            None => {
                self.at.errors.report(self.at.node.line, self.place_of(name), "is missing");
                None
            }
        }
    }

    /// A member with a default. Nothing only where it is there and wrong.
    pub(super) fn optional<T>(
        self,
        name: &'t str,
        default: T,
        read: impl FnOnce(Cursor<'t>) -> Option<T>,
    ) -> Option<T> {
        self.get(name).map_or(Some(default), read)
    }

    fn place_of(self, name: &'t str) -> Place<'t> {
        match self.at.place {
            // A section of the document is a member of its root.
            Place { section: None, .. } => Place { section: Some(name), ..Place::default() },
            place => Place { field: Some(name), ..place },
        }
    }
}
