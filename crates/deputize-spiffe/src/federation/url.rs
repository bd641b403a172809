use std::{borrow::Cow, fmt, str::FromStr};

use hyper::Uri;
use rustls_pki_types::ServerName;

use crate::limits::MAX_ENDPOINT_URL_BYTES;

/// Where a bundle is fetched: an `https` URL without user information (Federation §5.2.1.1,
/// §5.2.2.1), at most [`MAX_ENDPOINT_URL_BYTES`] long. A fragment is left out, as it is never sent.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointUrl {
    uri: Uri,
    server_name: ServerName<'static>,
    port: u16,
}

/// Why a text is no endpoint's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointUrlError {
    /// It is longer than [`MAX_ENDPOINT_URL_BYTES`].
    #[error("the endpoint's URL is longer than {MAX_ENDPOINT_URL_BYTES} bytes")]
    TooLong,
    /// It is no URL.
    #[error("the endpoint's URL is not well-formed")]
    Malformed,
    /// Its scheme is another than `https`, or is missing.
    #[error("the endpoint's URL is not https")]
    NotHttps,
    /// It has user information.
    #[error("the endpoint's URL has user information")]
    UserInformation,
    /// Its host is neither a DNS name nor an IP address.
    #[error("the endpoint's host is neither a DNS name nor an IP address")]
    Host,
    /// Its port is none.
    #[error("the endpoint's port is not a number from 1 to 65535")]
    Port,
}

impl EndpointUrl {
    /// Where a redirect leads: a URL, or one without scheme or host. Paths that go on from this
    /// one's are not taken.
    pub(super) fn join(&self, location: &str) -> Result<Self, EndpointUrlError> {
        // RFC 3986 §4.2: a network-path reference, then an absolute-path reference.
        if location.starts_with("//") {
            format!("https:{location}").parse()
        } else if location.starts_with('/') {
            format!("https://{}{location}", self.authority()).parse()
        } else {
            location.parse()
        }
    }

    pub(super) fn server_name(&self) -> &ServerName<'static> {
        &self.server_name
    }

    /// Without the brackets of an IPv6 address.
    pub(super) fn host(&self) -> Cow<'_, str> {
        self.server_name.to_str()
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// RFC 9110 §7.2: the value of `Host`.
    pub(super) fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }

    /// RFC 9112 §3.2.1: what an origin server is asked for. An empty path is sent as `/`.
    pub(super) fn target(&self) -> String {
        self.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
    }
}

impl FromStr for EndpointUrl {
    type Err = EndpointUrlError;
    fn from_str(text: &str) -> Result<Self, EndpointUrlError> {
        if text.len() > MAX_ENDPOINT_URL_BYTES {
            return Err(EndpointUrlError::TooLong);
        }
        let uri = text.parse::<Uri>().map_err(|_| EndpointUrlError::Malformed)?;
        // Federation §5.2.1.1, §5.2.2.1: `https`, and MUST NOT include userinfo.
        if uri.scheme_str() != Some("https") {
            return Err(EndpointUrlError::NotHttps);
        }
        let authority = uri.authority().ok_or(EndpointUrlError::Malformed)?.as_str();
        if authority.contains('@') {
            return Err(EndpointUrlError::UserInformation);
        }
        let host = uri.host().unwrap_or_default();
        let port = port(authority.strip_prefix(host).unwrap_or_default()).ok_or(EndpointUrlError::Port)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let server_name = ServerName::try_from(host.to_owned()).map_err(|_| EndpointUrlError::Host)?;
        Ok(Self { uri, server_name, port })
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uri, f)
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.uri, f)
    }
}

/// What is after the host. `u16` alone would take a sign too.
fn port(text: &str) -> Option<u16> {
    let Some(digits) = text.strip_prefix(':') else { return text.is_empty().then_some(443) };
    let port = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?;
    port.filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> EndpointUrl {
        text.parse().unwrap()
    }

    #[test]
    fn takes_https_without_user_information_only() {
        let long = format!("https://acme/{}", "a".repeat(MAX_ENDPOINT_URL_BYTES));
        for (text, error) in [
            (long.as_str(), EndpointUrlError::TooLong),
            ("", EndpointUrlError::Malformed),
            ("https://", EndpointUrlError::Malformed),
            ("https:acme", EndpointUrlError::NotHttps),
            ("https://acme/a b", EndpointUrlError::Malformed),
            ("https:\\\\acme", EndpointUrlError::Malformed),
            ("https://acme\\@evil", EndpointUrlError::Malformed),
            ("https://acme\n", EndpointUrlError::Malformed),
            ("http://acme", EndpointUrlError::NotHttps),
            ("ftp://acme", EndpointUrlError::NotHttps),
            ("/bundle.json", EndpointUrlError::NotHttps),
            ("acme", EndpointUrlError::NotHttps),
            ("https://user@acme", EndpointUrlError::UserInformation),
            ("https://user:word@acme/x", EndpointUrlError::UserInformation),
            ("https://@acme", EndpointUrlError::UserInformation),
            ("https://a%41", EndpointUrlError::Malformed),
            ("https://-", EndpointUrlError::Host),
            ("https://[::g]", EndpointUrlError::Host),
            ("https://acme:", EndpointUrlError::Port),
            ("https://acme:0", EndpointUrlError::Port),
            ("https://acme:+1", EndpointUrlError::Port),
            ("https://acme:65536", EndpointUrlError::Port),
        ] {
            assert_eq!(text.parse::<EndpointUrl>(), Err(error), "{text}");
        }
    }

    #[test]
    fn says_whom_to_ask_for_what() {
        for (text, host, port, authority, target) in [
            ("https://acme.example", "acme.example", 443, "acme.example", "/"),
            ("HTTPS://acme.example/", "acme.example", 443, "acme.example", "/"),
            ("https://acme:8443/a/b?c=d#e", "acme", 8443, "acme:8443", "/a/b?c=d"),
            ("https://acme?c", "acme", 443, "acme", "/?c"),
            ("https://127.0.0.1:1/x", "127.0.0.1", 1, "127.0.0.1:1", "/x"),
            ("https://[::1]:2/x", "::1", 2, "[::1]:2", "/x"),
            ("https://acme/u@x", "acme", 443, "acme", "/u@x"),
        ] {
            let url = url(text);
            let read = (&*url.host(), url.port(), url.authority(), &*url.target());
            assert_eq!(read, (host, port, authority, target), "{text}");
        }
    }

    #[test]
    fn a_redirect_leads_to_such_a_url_or_nowhere() {
        let from = url("https://acme:8443/a/b?c");
        assert_eq!(from.join("https://cdn/x"), Ok(url("https://cdn/x")));
        assert_eq!(from.join("//cdn/x"), Ok(url("https://cdn/x")));
        assert_eq!(from.join("/x?y"), Ok(url("https://acme:8443/x?y")));
        assert_eq!(from.join("http://acme/x"), Err(EndpointUrlError::NotHttps));
        assert_eq!(from.join("//user@cdn/x"), Err(EndpointUrlError::UserInformation));
        assert_eq!(from.join("x"), Err(EndpointUrlError::NotHttps));
        assert_eq!(from.join("../x"), Err(EndpointUrlError::Malformed));
        assert_eq!(from.join(""), Err(EndpointUrlError::Malformed));
    }

    proptest! {
        /// What is configured, logged, and taken over from a log, is one endpoint.
        #[test]
        fn printing_and_reading_again_changes_nothing(text in "https://[a-z0-9.:@/?#%\\[\\]\\\\-]{0,20}") {
            let Ok(url) = text.parse::<EndpointUrl>() else { return Ok(()) };
            let again = url.to_string().parse::<EndpointUrl>().unwrap();
            let parts = |url: &EndpointUrl| (url.server_name.clone(), url.port, url.authority().to_owned(), url.target());
            prop_assert_eq!(parts(&again), parts(&url));
            prop_assert!(!url.authority().contains('@'));
        }
    }
}
