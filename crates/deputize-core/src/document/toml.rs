use alloc::{format, string::ToString};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    errors::DocumentError,
    tree::{Lines, Member, Node, Value, integer},
};
use crate::limits::MAX_DOCUMENT_NESTING;

pub(super) fn parse(text: &str) -> Result<Node<'_>, DocumentError> {
    let lines = Lines::of(text);
    let refused = |offset: usize, problem: &str| DocumentError::syntax(lines.at(offset), format!("TOML: {problem}"));
    if let Some(offset) = first_too_deep(text.as_bytes()) {
        return Err(refused(offset, &format!("is nested more than {MAX_DOCUMENT_NESTING} deep")));
    }
    let table = DeTable::parse(text)
        .map_err(|error| refused(error.span().map_or(text.len(), |span| span.start), error.message()))?;
    Ok(Node { line: 1, value: members(table.into_inner(), &lines) })
}

fn node<'a>(value: Spanned<DeValue<'a>>, lines: &Lines) -> Node<'a> {
    let line = lines.at(value.span().start);
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text),
        DeValue::Integer(number) => Value::Integer(integer(number.as_str(), number.radix())),
        DeValue::Float(_) => Value::Fraction,
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(time) => Value::Time(time.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| node(item, lines)).collect()),
        DeValue::Table(table) => members(table, lines),
    };
    Node { line, value }
}

fn members<'a>(table: DeTable<'a>, lines: &Lines) -> Value<'a> {
    let member = |(name, value): (Spanned<_>, _)| {
        let line = lines.at(name.span().start);
        Member { name: name.into_inner(), line, node: node(value, lines) }
    };
    Value::Table(table.into_iter().map(member).collect())
}

/// Where brackets, or the dots of one key, first go deeper than [`MAX_DOCUMENT_NESTING`].
///
/// The parser bounds each by itself but not their product, `a.a.a = { a.a.a = { …`: 13 KiB of it
/// overflow a thread's stack when the tree is dropped. So this has to come before the parser.
fn first_too_deep(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut brackets, mut dots) = (0, 0_usize, 0_usize);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'\'' | b'"' => at = string_end(bytes, start),
            b'#' => at += bytes.iter().skip(at).take_while(|b| !matches!(b, b'\r' | b'\n')).count(),
            b'.' => dots += 1,
            b'[' | b'{' => (brackets, dots) = (brackets + 1, 0),
            b']' | b'}' => (brackets, dots) = (brackets.saturating_sub(1), 0),
            b'=' | b',' | b'\r' | b'\n' => dots = 0,
            _ => {}
        }
        if brackets > MAX_DOCUMENT_NESTING || dots > MAX_DOCUMENT_NESTING {
            return Some(start);
        }
    }
    None
}

/// The first byte past the string that starts here, cut where the parser's own lexer cuts it.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let Some(quote) = bytes.get(start) else { return start };
    let three = |at: usize| (at..at + 3).all(|i| bytes.get(i) == Some(quote));
    let multi_line = three(start);
    let mut at = start + if multi_line { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if *quote == b'"' && matches!(bytes.get(at + 1), Some(b'"' | b'\\')) => at += 2,
            b'\n' if !multi_line => return at,
            _ if byte == quote && !multi_line => return at + 1,
            // Up to two quotes may stand right before the three that close.
            _ if byte == quote && three(at) => {
                return at + 3 + bytes.iter().skip(at + 3).take(2).take_while(|b| *b == quote).count();
            }
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_where_toml_says() {
        for (text, rest) in [
            ("'a'.", "."),
            ("''.", "."),
            (r"'a\'.", "."),
            ("'a\n.", "\n."),
            ("'a\".'.", "."),
            ("'a", ""),
            ("'", ""),
            (r#""a"."#, "."),
            (r#"""."#, "."),
            (r#""a\"b"."#, "."),
            (r#""a\\"."#, "."),
            (r#""a\nb'"."#, "."),
            ("\"a\\\n.", "\n."),
            ("\"a\n.", "\n."),
            ("\"a\\", ""),
            ("'''a\nb''c'''.", "."),
            ("''''''.", "."),
            ("'''a'''''.", "."),
            ("'''a''''''.", "'."),
            (r"'''a\'''.", "."),
            ("'''a''", ""),
            ("\"\"\"a\n\"\"b\\\"\"\"\".", "."),
            ("\"\"\"a'''\\\\\"\"\".", "."),
            ("\"\"\"a\"\"\"\"\".", "."),
        ] {
            assert_eq!(text.get(string_end(text.as_bytes(), 0)..), Some(rest), "{text}");
            let shifted = alloc::format!("ab{text}");
            assert_eq!(shifted.get(string_end(shifted.as_bytes(), 2)..), Some(rest), "{text}");
        }
    }
}
