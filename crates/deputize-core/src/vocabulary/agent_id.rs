use alloc::string::String;
use alloc::sync::Arc;
use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{id::identifier, parse::ParseError};
use crate::limits::{MAX_SPIFFE_ID_BYTES, MAX_TENANT_BYTES};

identifier! {
    /// An agent's cryptographic identity: a SPIFFE ID with a path, in canonical form, at most
    /// 2 048 bytes (SPIFFE-ID §2). Upper case in scheme or trust domain is refused: libraries
    /// differ on folding it, and one identity has one spelling.
    AgentId, "SPIFFE ID", spiffe_id
}

impl AgentId {
    /// The trust domain: what stands between `spiffe://` and the path.
    #[must_use]
    pub fn trust_domain(&self) -> &str {
        self.split().0
    }

    /// The path, with its leading slash.
    #[must_use]
    pub fn path(&self) -> &str {
        self.split().1
    }

    fn split(&self) -> (&str, &str) {
        let rest = self.as_str().strip_prefix(SCHEME).unwrap_or_default();
        rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash))
    }
}

const SCHEME: &str = "spiffe://";

fn spiffe_id(what: &'static str, text: &str) -> Result<(), ParseError> {
    // SPIFFE-ID §2.3: at most 2 048 bytes.
    ParseError::length(what, text, MAX_SPIFFE_ID_BYTES)?;
    let Some(rest) = text.strip_prefix(SCHEME) else {
        return Err(ParseError::at(what, 0, "starts with `spiffe://`"));
    };
    let (domain, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let start = SCHEME.len();
    if domain.is_empty() {
        return Err(ParseError::at(what, start, "has a trust domain"));
    }
    // SPIFFE-ID §2.1: no userinfo, port or percent-encoding, so nothing but these characters.
    let in_domain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    if let Some(at) = domain.bytes().position(|b| !in_domain(b)) {
        return Err(ParseError::at(what, start + at, "takes only a-z, 0-9, `.`, `_` and `-` in its trust domain"));
    }
    if domain.len() > MAX_TENANT_BYTES {
        return Err(ParseError::at(what, start + MAX_TENANT_BYTES, "has a trust domain of at most 255 bytes"));
    }
    if path.is_empty() {
        return Err(ParseError::whole(what, "names a trust domain and no agent: the path is missing"));
    }
    let mut at = start + domain.len();
    for segment in path.split('/').skip(1) {
        at += 1;
        // SPIFFE-ID §2.2: no empty segment, so no trailing slash; no dot segments.
        if segment.is_empty() {
            return Err(ParseError::at(what, at, "has no empty path segment and no trailing slash"));
        }
        if matches!(segment, "." | "..") {
            return Err(ParseError::at(what, at, "has no `.` or `..` path segment"));
        }
        let in_path = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if let Some(offset) = segment.bytes().position(|b| !in_path(b)) {
            return Err(ParseError::at(what, at + offset, "takes only letters, digits, `.`, `_` and `-` in its path"));
        }
        at += segment.len();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    #[test]
    fn takes_the_canonical_form_only() {
        for (text, error) in [
            ("", "SPIFFE ID: is empty"),
            ("https://acme/a", "SPIFFE ID: starts with `spiffe://` (at byte 0)"),
            ("SPIFFE://acme/a", "SPIFFE ID: starts with `spiffe://` (at byte 0)"),
            ("spiffe:///a", "SPIFFE ID: has a trust domain (at byte 9)"),
            ("spiffe://Acme/a", "SPIFFE ID: takes only a-z, 0-9, `.`, `_` and `-` in its trust domain (at byte 9)"),
            ("spiffe://u@acme/a", "SPIFFE ID: takes only a-z, 0-9, `.`, `_` and `-` in its trust domain (at byte 10)"),
            ("spiffe://acme:1/a", "SPIFFE ID: takes only a-z, 0-9, `.`, `_` and `-` in its trust domain (at byte 13)"),
            ("spiffe://acme?q", "SPIFFE ID: takes only a-z, 0-9, `.`, `_` and `-` in its trust domain (at byte 13)"),
            ("spiffe://acme", "SPIFFE ID: names a trust domain and no agent: the path is missing"),
            ("spiffe://acme/", "SPIFFE ID: has no empty path segment and no trailing slash (at byte 14)"),
            ("spiffe://acme/a/", "SPIFFE ID: has no empty path segment and no trailing slash (at byte 16)"),
            ("spiffe://acme//a", "SPIFFE ID: has no empty path segment and no trailing slash (at byte 14)"),
            ("spiffe://acme/a/../b", "SPIFFE ID: has no `.` or `..` path segment (at byte 16)"),
            ("spiffe://acme/./b", "SPIFFE ID: has no `.` or `..` path segment (at byte 14)"),
            ("spiffe://acme/%61", "SPIFFE ID: takes only letters, digits, `.`, `_` and `-` in its path (at byte 14)"),
            ("spiffe://acme/a#f", "SPIFFE ID: takes only letters, digits, `.`, `_` and `-` in its path (at byte 15)"),
        ] {
            assert_eq!(text.parse::<AgentId>().unwrap_err().to_string(), error, "{text}");
        }
        let long_domain = format!("spiffe://{}/a", "d".repeat(256));
        assert_eq!(
            long_domain.parse::<AgentId>().unwrap_err().to_string(),
            "SPIFFE ID: has a trust domain of at most 255 bytes (at byte 264)"
        );
        let head = "spiffe://acme/";
        let longest = format!("{head}{}", "a".repeat(2048 - head.len()));
        assert!(longest.parse::<AgentId>().is_ok());
        assert_eq!(
            format!("{longest}a").parse::<AgentId>().unwrap_err().to_string(),
            "SPIFFE ID: is longer than 2048 bytes"
        );
    }

    #[test]
    fn splits_into_trust_domain_and_path() {
        let id: AgentId = "spiffe://acme.example/Agent/research_1".parse().unwrap();
        assert_eq!((id.trust_domain(), id.path()), ("acme.example", "/Agent/research_1"));
    }
}
