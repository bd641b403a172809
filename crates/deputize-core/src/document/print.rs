use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::page::{Entry, Page, Printed};

pub(super) fn toml(page: &Page) -> String {
    let mut out = String::new();
    let mut entry = |header: &str, entry: &Entry| {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(header);
        for (name, value) in entry {
            let value = match value {
                Printed::Time(time) => time.to_rfc3339(),
                value => json_value(value, 0),
            };
            out.push_str(&format!("{name} = {value}\n"));
        }
    };
    entry("", &page.head);
    for (section, entries) in &page.sections {
        entries.iter().for_each(|fields| entry(&format!("[[{section}]]\n"), fields));
    }
    if !page.revoked.is_empty() {
        entry("[revoked]\n", &page.revoked);
    }
    out
}

pub(super) fn json(page: &Page) -> String {
    let mut members: Vec<String> = page.head.iter().map(|field| json_field(field, 2)).collect();
    for (section, entries) in page.sections.iter().filter(|(_, entries)| !entries.is_empty()) {
        let entries: Vec<String> = entries.iter().map(|entry| format!("    {}", json_object(entry, 4))).collect();
        members.push(format!("  \"{section}\": [\n{}\n  ]", entries.join(",\n")));
    }
    if !page.revoked.is_empty() {
        members.push(format!("  \"revoked\": {}", json_object(&page.revoked, 2)));
    }
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

fn json_object(entry: &Entry, indent: usize) -> String {
    let fields: Vec<String> = entry.iter().map(|field| json_field(field, indent + 2)).collect();
    format!("{{\n{}\n{:indent$}}}", fields.join(",\n"), "")
}

fn json_field((name, value): &(&'static str, Printed), indent: usize) -> String {
    format!("{:indent$}\"{name}\": {}", "", json_value(value, indent))
}

/// A value in JSON's spelling, which but for times is TOML's as well.
fn json_value(value: &Printed, indent: usize) -> String {
    match value {
        Printed::Text(text) => quoted(text),
        Printed::Time(time) => quoted(&time.to_rfc3339()),
        Printed::Number(number) => number.to_string(),
        Printed::True => "true".into(),
        Printed::List(items) => {
            let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
            let line = items.join(", ");
            if line.len() <= MAX_LINE {
                return format!("[{line}]");
            }
            // One a line, so that a difference shows what came and went.
            let inner = indent + 2;
            let lines: Vec<String> = items.iter().map(|item| format!("{:inner$}{item}", "")).collect();
            format!("[\n{}\n{:indent$}]", lines.join(",\n"), "")
        }
    }
}

/// A string that JSON (RFC 8259 §7) and TOML (basic strings) read alike.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1F}' | '\u{7F}' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Bytes of a list that stays on one line.
const MAX_LINE: usize = 80;
