//! JSON that is read once, in order, into one list that borrows from the text.

use std::{borrow::Cow, cell::Cell, collections::HashSet, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::json::JsonError;
use crate::limits::MAX_JSON_NESTING;

/// A JSON text, read strictly. It may hold a token's claims or private keys, so it is not printed.
pub(crate) struct Document<'a> {
    /// The root, and behind each object and array what is in it.
    tape: Vec<Item<'a>>,
}

enum Item<'a> {
    Null,
    Bool(bool),
    Whole(u64),
    Negative(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// With how many items follow that are in it.
    Array(usize),
    /// So, and a name stands before each value.
    Object(usize),
}

/// A value in a document: the first of these items, with what is in it.
#[derive(Clone, Copy)]
pub(crate) struct Node<'d>(&'d [Item<'d>]);

impl<'a> Document<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, JsonError> {
        let error = Cell::new(JsonError::Syntax);
        // RFC 8259 §8.1: all of it is UTF-8, so that no string has to be looked at again.
        let text = core::str::from_utf8(bytes).map_err(|_| JsonError::Syntax)?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        // Tokens have fewer names and values than that, so that the list is not moved.
        let mut tape = Vec::with_capacity(bytes.len() / 8 + 1);
        Strict { depth: 0, error: &error, tape: &mut tape }.deserialize(&mut deserializer).map_err(|_| error.get())?;
        deserializer.end().map_err(|_| JsonError::Syntax)?;
        Ok(Self { tape })
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node(&self.tape)
    }
}

impl<'d> Node<'d> {
    pub(crate) fn as_str(self) -> Option<&'d str> {
        match self.0.first()? {
            Item::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_u64(self) -> Option<u64> {
        match self.0.first()? {
            Item::Whole(number) => Some(*number),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub(crate) fn members(self) -> Option<impl Iterator<Item = (&'d str, Self)>> {
        let (Item::Object(_), rest) = self.0.split_first()? else { return None };
        let mut values = Values(rest);
        Some(core::iter::from_fn(move || Some((values.next()?.as_str()?, values.next()?))))
    }

    /// The items, if it is an array.
    pub(crate) fn items(self) -> Option<impl Iterator<Item = Self>> {
        let (Item::Array(_), rest) = self.0.split_first()? else { return None };
        Some(Values(rest))
    }

    pub(crate) fn get(self, name: &str) -> Option<Self> {
        self.members()?.find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    pub(super) fn to_value(self) -> Value {
        match self.0.first() {
            None | Some(Item::Null) => Value::Null,
            Some(Item::Bool(value)) => (*value).into(),
            Some(Item::Whole(number)) => (*number).into(),
            Some(Item::Negative(number)) => (*number).into(),
            Some(Item::Float(number)) => (*number).into(),
            Some(Item::Text(text)) => text.as_ref().into(),
            Some(Item::Array(_)) => self.items().into_iter().flatten().map(Self::to_value).collect(),
            Some(Item::Object(_)) => {
                let members = self.members().into_iter().flatten();
                Value::Object(members.map(|(name, value)| (name.to_owned(), value.to_value())).collect())
            }
        }
    }
}

/// The values, names among them, that stand one behind the other.
struct Values<'d>(&'d [Item<'d>]);

impl<'d> Iterator for Values<'d> {
    type Item = Node<'d>;

    fn next(&mut self) -> Option<Node<'d>> {
        let inside = match self.0.first()? {
            Item::Array(items) | Item::Object(items) => *items,
            _ => 0,
        };
        let (value, rest) = self.0.split_at_checked(1 + inside)?;
        self.0 = rest;
        Some(Node(value))
    }
}

struct Strict<'t, 'a> {
    depth: usize,
    /// serde's own error can't carry a kind.
    error: &'t Cell<JsonError>,
    tape: &'t mut Vec<Item<'a>>,
}

impl<'a> Strict<'_, 'a> {
    fn put<E>(self, item: Item<'a>) -> Result<(), E> {
        self.tape.push(item);
        Ok(())
    }

    /// For what is in an object or array, whose item is written when its end is known.
    fn inside(&mut self) -> Strict<'_, 'a> {
        Strict { depth: self.depth + 1, error: self.error, tape: self.tape }
    }

    fn open<E: de::Error>(&mut self) -> Result<usize, E> {
        if self.depth == MAX_JSON_NESTING {
            return Err(self.fail(JsonError::TooDeep));
        }
        self.tape.push(Item::Null);
        Ok(self.tape.len())
    }

    fn close<E>(self, start: usize, item: impl FnOnce(usize) -> Item<'a>) -> Result<(), E> {
        let inside = self.tape.len() - start;
        if let Some(opened) = self.tape.get_mut(start - 1) {
            *opened = item(inside);
        }
        Ok(())
    }

    fn fail<E: de::Error>(&self, error: JsonError) -> E {
        self.error.set(error);
        E::custom(error)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(Item::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(Item::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.put(Item::Whole(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(Item::Negative(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.put(Item::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<(), E> {
        self.put(Item::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.put(Item::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let start = self.open()?;
        while items.next_element_seed(self.inside())?.is_some() {}
        self.close(start, Item::Array)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let start = self.open()?;
        let mut names = Names::default();
        while members.next_key_seed(self.inside())?.is_some() {
            if names.repeats(self.tape.get(start..).unwrap_or_default()) {
                return Err(self.fail(JsonError::DuplicateMember));
            }
            members.next_value_seed(self.inside())?;
        }
        self.close(start, Item::Object)
    }
}

/// The names of one object. A few are compared with each other, many are hashed: an attacker's
/// object costs no more than its length.
#[derive(Default)]
struct Names {
    count: usize,
    /// A bit for each name, by its length and first byte: mostly enough to tell that one is new.
    bits: u64,
    many: HashSet<String>,
}

/// Claims are fewer.
const FEW: usize = 24;

impl Names {
    /// Whether the last name of an object is one of those before it.
    fn repeats(&mut self, object: &[Item<'_>]) -> bool {
        let Some((Item::Text(name), before)) = object.split_last() else { return false };
        let mut names = Values(before).step_by(2).filter_map(Node::as_str);
        self.count += 1;
        if self.count > FEW {
            if self.many.is_empty() {
                self.many.extend(names.map(str::to_owned));
            }
            return !self.many.insert(name.clone().into_owned());
        }
        let first = name.as_bytes().first().copied().unwrap_or_default();
        let bit = 1 << ((name.len() * 5 + usize::from(first)) % 64);
        let new = self.bits & bit == 0;
        self.bits |= bit;
        !new && names.any(|other| other == name)
    }
}
