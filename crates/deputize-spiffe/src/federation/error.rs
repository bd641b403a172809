use std::{error::Error, fmt::Write};

use deputize_core::AgentId;

use super::EndpointUrlError;
use crate::{
    bundle::BundleError,
    limits::{FETCH_TIMEOUT_SECONDS, MAX_BUNDLE_BYTES, MAX_REDIRECTS},
    svid::SvidError,
    trust_domain::TrustDomain,
};

/// Why no bundle was taken from an endpoint: what it refused, or what it is to blame for. For the
/// operator: it may name addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FederationError {
    /// There is no relationship with this trust domain.
    #[error("there is no relationship with the trust domain")]
    UnknownTrustDomain,
    /// The endpoint can't be reached.
    #[error("can't connect to the bundle endpoint: {0}")]
    Connect(String),
    /// There is no TLS connection, for another reason than the endpoint's certificate.
    #[error("no TLS connection to the bundle endpoint: {0}")]
    Tls(String),
    /// Its certificate is not valid for the URL's host (`https_web`), or it does not hold the key.
    #[error("the bundle endpoint's certificate is refused: {0}")]
    Certificate(String),
    /// Its certificate is no good X.509-SVID (`https_spiffe`).
    #[error("the bundle endpoint's X.509-SVID is refused")]
    Svid(#[source] SvidError),
    /// Its X.509-SVID is good, and another one's than the endpoint's (`https_spiffe`).
    #[error("the bundle endpoint is {0}, which is not the one configured")]
    WrongEndpoint(AgentId),
    /// The fetch took longer than [`FETCH_TIMEOUT_SECONDS`].
    #[error("the bundle endpoint took longer than {FETCH_TIMEOUT_SECONDS} seconds")]
    Timeout,
    /// It does not speak HTTP as it has to, or stopped in the middle.
    #[error("the bundle endpoint's response can't be read: {0}")]
    Http(String),
    /// It answered with this status.
    #[error("the bundle endpoint answered with status {0}")]
    Status(u16),
    /// It answered with a redirect that leads nowhere.
    #[error("the bundle endpoint's redirect has no target")]
    RedirectWithoutTarget,
    /// It answered with a redirect to what can't be an endpoint.
    #[error("the bundle endpoint's redirect is refused")]
    RedirectTarget(#[source] EndpointUrlError),
    /// There were more redirects than [`MAX_REDIRECTS`].
    #[error("the bundle endpoint redirects more than {MAX_REDIRECTS} times")]
    TooManyRedirects,
    /// The document is larger than [`MAX_BUNDLE_BYTES`].
    #[error("the bundle endpoint's document is larger than {MAX_BUNDLE_BYTES} bytes")]
    TooLarge,
    /// The document is no text in UTF-8.
    #[error("the bundle endpoint's document is not UTF-8 text")]
    NotText,
    /// The document is refused.
    #[error("the bundle is refused")]
    Refused(#[from] BundleError),
    /// The document is older than the bundle in use, by `spiffe_sequence` (Federation §4.2).
    #[error("the bundle has sequence {fetched}, and the one in use is newer: {in_use}")]
    OlderSequence {
        /// Of the document.
        fetched: u64,
        /// Of the bundle in use.
        in_use: u64,
    },
}

/// Why a federation can't start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FederationStartError {
    /// There are two relationships with this trust domain.
    #[error("there are two relationships with trust domain {0}")]
    Duplicate(TrustDomain),
    /// It was not started within a tokio runtime.
    #[error("there is no tokio runtime to fetch bundles on")]
    NoRuntime,
}

/// An error and what it comes from, in one line.
pub(super) fn render(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a string does not fail.
        write!(text, ": {error}").ok();
        source = error.source();
    }
    text
}
