use alloc::{string::String, sync::Arc};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{id::identifier, parse::ParseError};
use crate::limits::MAX_URI_BYTES;

identifier! {
    /// A protected API, by its resource indicator: an absolute URI without fragment (RFC 8707 §2),
    /// at most 2 048 bytes. It is the token's audience, compared byte by byte.
    ResourceId, "resource", resource
}
identifier! {
    /// Who signs: an `https` URL without query or fragment (RFC 8414 §2), at most 2 048 bytes.
    /// Plain `http` is taken for a loopback host only. Compared byte by byte (RFC 9068 §4).
    Issuer, "issuer", issuer
}

fn resource(what: &'static str, text: &str) -> Result<(), ParseError> {
    absolute_uri(what, text).map(drop)
}

fn issuer(what: &'static str, text: &str) -> Result<(), ParseError> {
    let (scheme, rest) = absolute_uri(what, text)?;
    let Some(rest) = rest.strip_prefix("//") else {
        return Err(ParseError::whole(what, "is an `https` URL"));
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let loopback = ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        authority.strip_prefix(host).is_some_and(|port| {
            port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
        })
    });
    match text.find('?') {
        Some(at) => Err(ParseError::at(what, at, "has no query")),
        None if authority.is_empty() => Err(ParseError::whole(what, "has a host")),
        None if authority.contains('@') => Err(ParseError::whole(what, "has no user information")),
        None if scheme == "https" || (scheme == "http" && loopback) => Ok(()),
        None => Err(ParseError::whole(what, "is an `https` URL (`http` for a loopback host only)")),
    }
}

/// RFC 3986 §4.3 (absolute-URI): the scheme and what follows its colon. Characters are checked,
/// percent-encoding too; what only a scheme's own rules could tell is not.
fn absolute_uri<'a>(what: &'static str, text: &'a str) -> Result<(&'a str, &'a str), ParseError> {
    ParseError::length(what, text, MAX_URI_BYTES)?;
    let Some((scheme, rest)) = text.split_once(':') else {
        return Err(ParseError::whole(what, "is an absolute URI: the scheme is missing"));
    };
    let in_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(ParseError::at(what, 0, "is an absolute URI: the scheme starts with a letter"));
    }
    if let Some(at) = scheme.bytes().position(|b| !in_scheme(b)) {
        return Err(ParseError::at(what, at, "takes only letters, digits, `+`, `-` and `.` in its scheme"));
    }
    if rest.is_empty() {
        return Err(ParseError::whole(what, "is an absolute URI: nothing follows the scheme"));
    }
    let mut bytes = rest.bytes().enumerate();
    while let Some((offset, byte)) = bytes.next() {
        let at = scheme.len() + 1 + offset;
        match byte {
            // RFC 8707 §2: the URI MUST NOT include a fragment component.
            b'#' => return Err(ParseError::at(what, at, "has no fragment")),
            b'%' => {
                let mut hex = || bytes.next().is_some_and(|(_, b)| b.is_ascii_hexdigit());
                if !(hex() && hex()) {
                    return Err(ParseError::at(what, at, "takes `%` only before two hexadecimal digits"));
                }
            }
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                return Err(ParseError::at(what, at, "takes only URI characters (RFC 3986)"));
            }
            _ if byte.is_ascii_graphic() => {}
            _ => return Err(ParseError::at(what, at, "takes only URI characters (RFC 3986)")),
        }
    }
    Ok((scheme, rest))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn resources_are_absolute_uris_without_fragment() {
        for text in ["https://api.example/reports?v=1", "urn:example:api", "https://[::1]:8/a%2Fb", "custom+x.1-2:a"] {
            assert_eq!(text.parse::<ResourceId>().unwrap().as_str(), text);
        }
        for (text, error) in [
            ("", "resource: is empty"),
            ("api", "resource: is an absolute URI: the scheme is missing"),
            ("/a:b", "resource: is an absolute URI: the scheme starts with a letter (at byte 0)"),
            (":b", "resource: is an absolute URI: the scheme starts with a letter (at byte 0)"),
            ("a_b:c", "resource: takes only letters, digits, `+`, `-` and `.` in its scheme (at byte 1)"),
            ("https:", "resource: is an absolute URI: nothing follows the scheme"),
            ("https://a#b", "resource: has no fragment (at byte 9)"),
            ("https://a/ b", "resource: takes only URI characters (RFC 3986) (at byte 10)"),
            ("https://a/é", "resource: takes only URI characters (RFC 3986) (at byte 10)"),
            ("https://a/<", "resource: takes only URI characters (RFC 3986) (at byte 10)"),
            ("https://a/%2", "resource: takes `%` only before two hexadecimal digits (at byte 10)"),
            ("https://a/%g0", "resource: takes `%` only before two hexadecimal digits (at byte 10)"),
        ] {
            assert_eq!(text.parse::<ResourceId>().unwrap_err().to_string(), error, "{text}");
        }
        let long = alloc::format!("urn:{}", "a".repeat(2045));
        assert_eq!(long.parse::<ResourceId>().unwrap_err().to_string(), "resource: is longer than 2048 bytes");
    }

    #[test]
    fn issuers_are_https_urls() {
        for text in [
            "https://id.example",
            "https://id.example/t/acme",
            "http://localhost:80",
            "http://127.0.0.1",
            "http://[::1]:1/a",
        ] {
            assert_eq!(text.parse::<Issuer>().unwrap().as_str(), text);
        }
        for (text, error) in [
            ("urn:a", "issuer: is an `https` URL"),
            ("https:///a", "issuer: has a host"),
            ("https://a@b", "issuer: has no user information"),
            ("https://a?b", "issuer: has no query (at byte 9)"),
            ("https://a#b", "issuer: has no fragment (at byte 9)"),
            ("http://id.example", "issuer: is an `https` URL (`http` for a loopback host only)"),
            ("http://localhost.evil", "issuer: is an `https` URL (`http` for a loopback host only)"),
            ("ftp://localhost", "issuer: is an `https` URL (`http` for a loopback host only)"),
        ] {
            assert_eq!(text.parse::<Issuer>().unwrap_err().to_string(), error, "{text}");
        }
    }
}
