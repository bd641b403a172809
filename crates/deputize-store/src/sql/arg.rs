use serde::{Serialize, Serializer, ser::SerializeSeq};

/// What is bound to a statement. Lists go in as one value, so that neither the text of a statement
/// nor their number depends on how long they are.
#[derive(Debug, Clone)]
pub(crate) enum Arg<'a> {
    Text(&'a str),
    /// Text that was made for it.
    Owned(String),
    MaybeText(Option<&'a str>),
    Int(i64),
    MaybeInt(Option<i64>),
    Flag(bool),
    Bytes(&'a [u8]),
    /// Rows, as their columns, all of one length. Where there are arrays, each column is one, with a
    /// number of its own among what is bound; elsewhere it is an array of arrays, in JSON.
    Table(Vec<Column>),
    /// A list. Where there are no arrays, it is one in JSON.
    List(Column),
}

/// A column of what is bound. Bytes are hexadecimal in JSON.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    Texts(Vec<String>),
    Ints(Vec<i64>),
    Blobs(Vec<Vec<u8>>),
}

impl<'a> Arg<'a> {
    pub(crate) fn texts(list: impl IntoIterator<Item = impl ToString>) -> Self {
        Self::List(Column::texts(list))
    }
}

impl Column {
    pub(crate) fn texts(list: impl IntoIterator<Item = impl ToString>) -> Self {
        Self::Texts(list.into_iter().map(|item| item.to_string()).collect())
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Texts(list) => list.len(),
            Self::Ints(list) => list.len(),
            Self::Blobs(list) => list.len(),
        }
    }

    fn write<S: SerializeSeq>(&self, row: &mut S, at: usize) -> Result<(), S::Error> {
        match self {
            Self::Texts(list) => row.serialize_element(&list.get(at)),
            Self::Ints(list) => row.serialize_element(&list.get(at)),
            Self::Blobs(list) => row.serialize_element(&list.get(at).map(|bytes| hexadecimal(bytes))),
        }
    }
}

/// A column as a list in JSON.
impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        (0..self.len()).try_for_each(|at| self.write(&mut list, at))?;
        list.end()
    }
}

/// Columns as rows in JSON.
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) struct Rows<'a>(pub(crate) &'a [Column]);

#[cfg(any(feature = "mysql", feature = "sqlite"))]
impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Row<'a>(&'a [Column], usize);
        impl Serialize for Row<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut row = serializer.serialize_seq(Some(self.0.len()))?;
                self.0.iter().try_for_each(|column| column.write(&mut row, self.1))?;
                row.end()
            }
        }
        let rows = self.0.first().map_or(0, Column::len);
        serializer.collect_seq((0..rows).map(|at| Row(self.0, at)))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(all(test, any(feature = "mysql", feature = "sqlite")))]
mod tests {
    use super::*;

    #[test]
    fn lists_and_rows_are_json() {
        let columns = [
            Column::texts(["a\"b", "ä"]),
            Column::Ints(vec![1, i64::MAX]),
            Column::Blobs(vec![vec![0, 255], Vec::new()]),
        ];
        let json = |value: Result<String, serde_json::Error>| value.unwrap();
        assert_eq!(json(serde_json::to_string(&columns[0])), r#"["a\"b","ä"]"#);
        assert_eq!(json(serde_json::to_string(&columns[2])), r#"["00ff",""]"#);
        let rows = r#"[["a\"b",1,"00ff"],["ä",9223372036854775807,""]]"#;
        assert_eq!(json(serde_json::to_string(&Rows(&columns))), rows);
        assert_eq!(json(serde_json::to_string(&Rows(&[]))), "[]");
    }
}
