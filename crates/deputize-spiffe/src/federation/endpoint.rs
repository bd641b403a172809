use std::{sync::Arc, time::Duration};

use rustls::{
    ClientConfig,
    client::Resumption,
    crypto::aws_lc_rs,
    version::{TLS12, TLS13},
};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout},
};

use super::{
    EndpointProfile, FederationError, Relationship,
    error::render,
    fetch::{Fetch, Validators},
    schedule,
    verifier::SpiffeEndpoint,
};
use crate::{bundle::Bundle, limits::FETCH_TIMEOUT_SECONDS, live::Kept, trust_domain::TrustDomain};

/// One relationship, and what came of it so far.
#[derive(Debug)]
pub(super) struct Endpoint {
    relationship: Relationship,
    pub(super) kept: Arc<Kept>,
    /// Held while fetching: one fetch at a time.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Of the bundle in use.
    validators: Option<Validators>,
    /// When the last fetch ended, and how.
    last: Option<(Instant, Result<(), FederationError>)>,
}

impl Endpoint {
    pub(super) fn new(relationship: Relationship) -> Self {
        let kept = Arc::new(Kept::new(relationship.max_age));
        Self { relationship, kept, state: Mutex::default() }
    }

    /// Fetches now and then, for ever.
    pub(super) async fn poll(&self) {
        let trust_domain = self.trust_domain();
        loop {
            // How it went is kept for whoever asks for the status.
            self.refresh().await.ok();
            let failures = self.kept.status(trust_domain).map_or(0, |status| status.failures);
            let in_use = self.kept.newest(trust_domain);
            sleep(schedule::wait(in_use.as_deref(), failures, fastrand::f64())).await;
        }
    }

    /// Fetches now, or waits for a fetch that is under way.
    pub(super) async fn refresh(&self) -> Result<(), FederationError> {
        let asked = Instant::now();
        let mut state = self.state.lock().await;
        // One answer for all who waited: asking again for each would be a storm.
        if let Some((ended, result)) = &state.last
            && *ended > asked
        {
            return result.clone();
        }
        let fetch = timeout(Duration::from_secs(FETCH_TIMEOUT_SECONDS), self.fetch(&mut state.validators));
        let result = fetch.await.unwrap_or(Err(FederationError::Timeout));
        if let Err(error) = &result {
            self.kept.fail(self.trust_domain(), render(error));
        }
        state.last = Some((Instant::now(), result.clone()));
        result
    }

    async fn fetch(&self, validators: &mut Option<Validators>) -> Result<(), FederationError> {
        let fetch = Fetch {
            tls: Arc::new(self.tls()?),
            follow_redirects: self.relationship.follow_redirects,
            validators: validators.as_ref(),
        };
        let Some(document) = fetch.run(&self.relationship.endpoint).await? else {
            self.kept.confirm(self.trust_domain());
            return Ok(());
        };
        // Federation §5.1: whose bundle it is comes from configuration.
        let bundle = Bundle::from_json(self.trust_domain().clone(), &document.text)?;
        // Federation §4.2: the sequence number orders bundles; without one the last fetched counts.
        let in_use = self.kept.newest(self.trust_domain()).and_then(|in_use| in_use.sequence());
        if let (Some(fetched), Some(in_use)) = (bundle.sequence(), in_use)
            && fetched < in_use
        {
            return Err(FederationError::OlderSequence { fetched, in_use });
        }
        self.kept.replace(bundle);
        *validators = document.validators;
        Ok(())
    }

    /// The provider is named, so that none that the process installed decides.
    fn tls(&self) -> Result<ClientConfig, FederationError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13, &TLS12]);
        let builder = builder.map_err(|error| FederationError::Tls(render(&error)))?;
        let builder = match &self.relationship.profile {
            EndpointProfile::HttpsWeb { roots } => builder.with_root_certificates(Arc::clone(roots)),
            EndpointProfile::HttpsSpiffe { endpoint, bundles } => {
                let self_serving = TrustDomain::of(endpoint) == *self.trust_domain();
                builder.dangerous().with_custom_certificate_verifier(Arc::new(SpiffeEndpoint {
                    id: endpoint.clone(),
                    fetched: self_serving.then(|| Arc::clone(&self.kept)),
                    configured: Arc::clone(bundles),
                    algorithms,
                }))
            }
        };
        // Federation §5.2.1.3, §5.2.2.3: no endpoint may ask for more.
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session would not show its certificate again.
        config.resumption = Resumption::disabled();
        Ok(config)
    }

    fn trust_domain(&self) -> &TrustDomain {
        &self.relationship.trust_domain
    }
}
