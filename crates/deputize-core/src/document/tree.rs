use alloc::{borrow::Cow, string::String, vec::Vec};

/// A value of a document and the line it starts on: what both syntaxes have in common.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) line: usize,
    pub(super) value: Value<'a>,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    /// The nearest there is, for a number that does not fit: it is out of every range in use.
    Integer(i64),
    Fraction,
    /// A date and time of TOML, as it prints.
    Time(String),
    Bool(bool),
    Null,
    List(Vec<Node<'a>>),
    /// Members may occur twice.
    Table(Vec<Member<'a>>),
}

#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) line: usize,
    pub(super) node: Node<'a>,
}

impl Value<'_> {
    /// What it is, for an error.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Fraction => "a number with a fraction or exponent",
            Self::Time(_) => "a time",
            Self::Bool(_) => "true or false",
            Self::Null => "null",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// The line of each byte.
#[derive(Debug)]
pub(super) struct Lines {
    ends: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self { ends: text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect() }
    }

    /// The line of the byte at this offset, counted from 1.
    pub(super) fn at(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset).saturating_add(1)
    }
}

/// `text` as a whole number, without running past what fits.
pub(super) fn integer(text: &str, radix: u32) -> i64 {
    let nearest = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    i64::from_str_radix(text, radix).unwrap_or(nearest)
}
