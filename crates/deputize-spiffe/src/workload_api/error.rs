use spiffe::WorkloadApiError as Foreign;

use crate::limits::MAX_WORKLOAD_API_TRUST_DOMAINS;

/// Why the Workload API gave nothing. What is in parentheses is for the log: it may name addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkloadApiError {
    /// The endpoint's address is missing or is no address (Workload Endpoint §4).
    #[error("the Workload API's address, such as `unix:///run/spire/agent.sock`, is missing or not valid ({0})")]
    InvalidEndpoint(String),
    /// It can't be reached, or it failed.
    #[error("the Workload API is not available ({0})")]
    Unavailable(String),
    /// It has no identity for this process, or not this one (Workload API §5.2, §6.2).
    #[error("the Workload API has no such identity for this process ({0})")]
    PermissionDenied(String),
    /// What it answered can't be read.
    #[error("the Workload API's answer can't be read ({0})")]
    Malformed(String),
    /// It answered with more trust domains than [`MAX_WORKLOAD_API_TRUST_DOMAINS`].
    #[error("the Workload API answered with more than {MAX_WORKLOAD_API_TRUST_DOMAINS} trust domains")]
    TooMany,
    /// It did not answer in time.
    #[error("the Workload API did not answer in time")]
    Timeout,
}

impl From<Foreign> for WorkloadApiError {
    fn from(error: Foreign) -> Self {
        let text = told(&error);
        match error {
            Foreign::MissingEndpointSocket | Foreign::NotUnicodeEndpointSocket(_) | Foreign::Endpoint(_) => {
                Self::InvalidEndpoint(text)
            }
            Foreign::NoIdentityIssued | Foreign::PermissionDenied(_) => Self::PermissionDenied(text),
            Foreign::EmptyResponse
            | Foreign::MissingRequiredField { .. }
            | Foreign::InvalidResponseField { .. }
            | Foreign::HintNotFound(_)
            | Foreign::X509Svid(_)
            | Foreign::JwtSvid(_)
            | Foreign::X509Bundle(_)
            | Foreign::JwtBundle(_)
            | Foreign::SpiffeId(_) => Self::Malformed(text),
            // Whatever else there may be, an error of the transport among it.
            _ => Self::Unavailable(text),
        }
    }
}

/// The error with its causes, each said once.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blame_is_told_apart_and_causes_are_said_once() {
        let endpoint = spiffe::transport::Endpoint::parse("foo").unwrap_err();
        let cause = "relative URL without a base";
        let invalid = format!("invalid workload api endpoint: endpoint socket is not a valid URI: {cause}");
        for (foreign, error) in [
            (Foreign::Endpoint(endpoint), WorkloadApiError::InvalidEndpoint(invalid)),
            (Foreign::NoIdentityIssued, WorkloadApiError::PermissionDenied("no identity issued".to_owned())),
            (
                Foreign::PermissionDenied("not you".to_owned()),
                WorkloadApiError::PermissionDenied("permission denied: not you".to_owned()),
            ),
            (Foreign::EmptyResponse, WorkloadApiError::Malformed("empty Workload API response".to_owned())),
        ] {
            assert_eq!(WorkloadApiError::from(foreign), error);
        }
    }
}
