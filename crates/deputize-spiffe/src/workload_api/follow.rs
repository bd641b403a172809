use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::BoxStream};
use rustls_pki_types::CertificateDer;
use spiffe::{JwtBundle, JwtBundleSet, WorkloadApiClient, WorkloadApiError as Foreign, X509Bundle, X509BundleSet};
use tokio::time::{sleep, timeout};

use super::{
    error::WorkloadApiError,
    merge::{Half, Merge, Part, Response},
};
use crate::{live::backoff, trust_domain::TrustDomain};

/// The shortest wait before another attempt. Workload API §4.2: a client SHOULD immediately
/// establish a new connection.
const LEAST_WAIT: Duration = Duration::from_millis(100);
/// The longest.
const MOST_WAIT: Duration = Duration::from_secs(5);

/// Where the agent is, and how it is asked.
#[derive(Debug, Clone)]
pub(super) struct Agent {
    pub(super) client: WorkloadApiClient,
    /// How long it may take to answer.
    pub(super) timeout: Duration,
    /// How long a stream may be silent until it is opened anew.
    pub(super) max_silence: Duration,
}

impl Agent {
    /// Keeps one of the streams open for good.
    pub(super) async fn follow(self, half: Half, merge: Arc<Merge>) {
        let mut failures = 0;
        loop {
            if let Err(error) = self.follow_once(half, &merge, &mut failures).await {
                failures = failures.saturating_add(1);
                merge.fail(half, error);
                sleep(wait(failures)).await;
            }
        }
    }

    /// Until the stream breaks, or is silent for so long that only a new one tells whether the agent
    /// is still there.
    async fn follow_once(&self, half: Half, merge: &Merge, failures: &mut u32) -> Result<(), WorkloadApiError> {
        let ended = || WorkloadApiError::Unavailable("it ended the stream".to_owned());
        // Workload API §4.3: the first response MUST be sent without delay.
        let first = timeout(self.timeout, async {
            let mut responses = self.open(half).await?;
            let first = responses.next().await.ok_or_else(ended)?;
            Ok::<_, WorkloadApiError>((responses, first))
        });
        let (mut responses, mut response) = first.await.map_err(|_| WorkloadApiError::Timeout)??;
        loop {
            merge.respond(half, response?)?;
            *failures = 0;
            match timeout(self.max_silence.max(LEAST_WAIT), responses.next()).await {
                Ok(next) => response = next.ok_or_else(ended)?,
                Err(_) => return Ok(()),
            }
        }
    }

    async fn open(
        &self,
        half: Half,
    ) -> Result<BoxStream<'static, Result<Response, WorkloadApiError>>, WorkloadApiError> {
        Ok(match half {
            Half::Jwt => read(self.client.stream_jwt_bundles().await?, jwt_response),
            Half::X509 => read(self.client.stream_x509_bundles().await?, x509_response),
        })
    }
}

pub(super) fn wait(failures: u32) -> Duration {
    backoff(failures, LEAST_WAIT, MOST_WAIT, fastrand::f64())
}

/// Each set of bundles as a response.
fn read<T: 'static>(
    sets: impl futures_util::Stream<Item = Result<T, Foreign>> + Send + 'static,
    response: fn(T) -> Result<Response, WorkloadApiError>,
) -> BoxStream<'static, Result<Response, WorkloadApiError>> {
    sets.map(move |set| set.map_err(WorkloadApiError::from).and_then(response)).boxed()
}

fn jwt_response(set: JwtBundleSet) -> Result<Response, WorkloadApiError> {
    set.iter().map(|(name, bundle)| Ok((trust_domain(name)?, jwt_part(bundle)))).collect()
}

fn x509_response(set: X509BundleSet) -> Result<Response, WorkloadApiError> {
    set.iter().map(|(name, bundle)| Ok((trust_domain(name)?, x509_part(bundle)))).collect()
}

/// A JWK Set again, with one spelling whatever the order of its keys.
fn jwt_part(bundle: &JwtBundle) -> Part {
    let keys: BTreeMap<_, _> = bundle.jwt_authorities().map(|key| (key.key_id(), key.jwk_json())).collect();
    let keys: Vec<_> = keys.into_values().map(String::from_utf8_lossy).collect();
    Part { jwks: Some(format!(r#"{{"keys":[{}]}}"#, keys.join(","))), certificates: Vec::new() }
}

fn x509_part(bundle: &X509Bundle) -> Part {
    let certificates = bundle.authorities().iter().map(|one| CertificateDer::from(one.as_bytes().to_vec()));
    Part { jwks: None, certificates: certificates.collect() }
}

fn trust_domain(name: &spiffe::TrustDomain) -> Result<TrustDomain, WorkloadApiError> {
    name.as_str().parse().map_err(|error| WorkloadApiError::Malformed(format!("{error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Bundle;

    const KEY: &str = r#""kty":"EC","crv":"P-256","x":"ngLYQnlfF6GsojUwqtcEE3WgTNG2RUlsGhK73RNEl5k","y":"tKbiDSUSsQ3F1P7wteeHNXIcU-cx6CgSbroeQrQHTLM""#;

    /// Otherwise every response would look like a change.
    #[test]
    fn keys_are_spelled_the_same_in_any_order() {
        let name = spiffe::TrustDomain::new("acme").unwrap();
        let part = |kids: &[&str]| {
            let keys: Vec<_> = kids.iter().map(|kid| format!(r#"{{"kid":"{kid}",{KEY}}}"#)).collect();
            let text = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
            jwt_part(&JwtBundle::from_jwt_authorities(name.clone(), text.as_bytes()).unwrap())
        };
        let one = part(&["a", "b", "c"]);
        assert_eq!(one, part(&["c", "a", "b"]));
        let bundle = Bundle::from_jwks("acme".parse().unwrap(), &one.jwks.unwrap()).unwrap();
        assert_eq!(bundle.keys().iter().count(), 3);
    }
}
