//! Where it was measured, and beside which versions.

use std::fs;

use crate::peers;

/// The versions that were built, as the lock file has them.
const LOCK: &str = include_str!("../../../Cargo.lock");

const BASIS: [&str; 3] = ["aws-lc-rs", "hashbrown", "rustls-webpki"];

pub(crate) fn notes() -> Vec<String> {
    let versions = BASIS.iter().chain(&peers::NAMES).map(|name| format!("{name} {}", version(name)));
    let versions = versions.collect::<Vec<_>>().join(", ");
    let mut notes = vec![format!("versions: {versions}")];
    if let Ok(text) = fs::read_to_string("/proc/cpuinfo") {
        let of = |line: &str| line.starts_with("model name");
        let kind =
            text.lines().find(|line| of(line)).and_then(|line| line.split_once(": ")).map_or("?", |(_, kind)| kind);
        notes.push(format!("processor: {kind}, {} cores", text.lines().filter(|line| of(line)).count()));
    }
    notes.extend(load());
    notes.extend(peers::NOTES.iter().map(ToString::to_string));
    notes
}

/// How busy the machine is, before and after.
pub(crate) fn load() -> Option<String> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let first = text.split(' ').next()?;
    Some(format!("processes that wanted to run, over the last minute: {first}"))
}

fn version(name: &str) -> String {
    let wanted = format!("name = \"{name}\"");
    let versions = LOCK.split("[[package]]").filter(|package| package.lines().any(|line| line == wanted));
    // Where the lock file holds several, ours is the newest.
    let of = |package: &str| {
        package.lines().find_map(|line| Some(line.strip_prefix("version = \"")?.trim_matches('"').to_owned()))
    };
    versions.filter_map(of).last().unwrap_or_else(|| "?".into())
}
