use alloc::{
    format,
    string::{String, ToString},
};

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{self, ObjectPropName},
    common::Ranged,
    parse_to_ast,
};

use super::{
    errors::DocumentError,
    tree::{Lines, Member, Node, Value, integer},
};
use crate::limits::MAX_DOCUMENT_NESTING;

/// RFC 8259 and nothing more.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(super) fn parse(text: &str) -> Result<Node<'_>, DocumentError> {
    let lines = Lines::of(text);
    let refused = |offset: usize, problem: &str| DocumentError::syntax(lines.at(offset), format!("JSON: {problem}"));
    if let Some((offset, problem)) = first_out_of_bounds(text) {
        return Err(refused(offset, &problem));
    }
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT)
        .map_err(|error| refused(error.range().start, &error.kind().to_string()))?;
    parsed.value.map(|value| node(value, &lines)).ok_or_else(|| refused(text.len(), "there is no value"))
}

fn node<'a>(value: ast::Value<'a>, lines: &Lines) -> Node<'a> {
    let line = lines.at(value.start());
    let value = match value {
        ast::Value::StringLit(text) => Value::Text(text.value),
        ast::Value::NumberLit(number) if number.value.contains(['.', 'e', 'E']) => Value::Fraction,
        ast::Value::NumberLit(number) => Value::Integer(integer(number.value, 10)),
        ast::Value::BooleanLit(value) => Value::Bool(value.value),
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::Array(list) => Value::List(list.elements.into_iter().map(|item| node(item, lines)).collect()),
        ast::Value::Object(object) => Value::Table(object.properties.into_iter().map(|p| member(p, lines)).collect()),
    };
    Node { line, value }
}

fn member<'a>(property: ast::ObjectProp<'a>, lines: &Lines) -> Member<'a> {
    let line = lines.at(property.range.start);
    let name = match property.name {
        ObjectPropName::String(name) => name.value,
        ObjectPropName::Word(name) => name.value.into(),
    };
    Member { name, line, node: node(property.value, lines) }
}

/// What the parser is too lenient or too generous about: it takes any Unicode white space between
/// tokens and control characters inside strings (RFC 8259 §2, §7), and 512 levels.
fn first_out_of_bounds(text: &str) -> Option<(usize, String)> {
    let (mut in_string, mut escaped, mut depth) = (false, false, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                0..0x20 => return Some((at, "a control character in a string has to be escaped".into())),
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' if depth == MAX_DOCUMENT_NESTING => {
                return Some((at, format!("is nested more than {MAX_DOCUMENT_NESTING} deep")));
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\r' | b'\n' | b'!'..=b'~' => {}
            _ => return Some((at, "a character that stands in no token".into())),
        }
    }
    None
}
