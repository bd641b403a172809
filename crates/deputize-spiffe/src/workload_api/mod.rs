//! Bundles and SVIDs from the SPIFFE Workload API of the agent on this machine.

mod error;
mod follow;
mod jwt_svid;
mod merge;

use std::{fmt, future::Future, sync::Arc, time::Duration};

use deputize_core::AgentId;
pub use error::WorkloadApiError;
use follow::Agent;
pub use jwt_svid::JwtSvid;
use merge::{Half, Merge};
use spiffe::{SpiffeId, WorkloadApiClient};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    bundle::{Bundle, Bundles, NoBundle},
    live::BundleStatus,
    svid::X509Svid,
    trust_domain::TrustDomain,
};

/// The bundles that the SPIFFE Workload API gives this process, kept up to date, and this process's
/// own SVIDs. Share one of it in an [`Arc`].
///
/// Two streams stay open, one for the keys of JWT-SVIDs and one for X.509 authorities. When one
/// breaks it is opened again, at once and then at growing intervals of up to 5 seconds; meanwhile
/// the last good bundles stay in use, and [`WorkloadApi::status`] tells their age. So an agent that
/// restarts disturbs nothing, and keys that rotate count as soon as the agent knows them.
///
/// What a response does not hold is unloaded at once (Workload API §4.4). When the agent answers
/// that this process has no identity, and keeps to it for
/// [`withdraw_after`](WorkloadApiOptions::withdraw_after), so are all bundles (§5.2.2, §6.2.2): a
/// verifier without a registration entry of its own trusts nobody, unless the agent's
/// `allow_unauthenticated_verifiers` says otherwise. A bundle that is refused by itself leaves the
/// last good one of its trust domain in use, and all others alone. A response is refused as a whole when it holds more than
/// [`MAX_WORKLOAD_API_TRUST_DOMAINS`](crate::limits::MAX_WORKLOAD_API_TRUST_DOMAINS) trust domains
/// or more than 4 MiB, or can't be read.
///
/// Needs a tokio runtime with its I/O and its timers. The streams are closed when it is dropped.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use deputize_spiffe::{Layout, SvidVerifier, WorkloadApi, WorkloadApiError};
/// # async fn run() -> Result<(), WorkloadApiError> {
/// let workload_api = Arc::new(WorkloadApi::connect("unix:///run/spire/agent.sock").await?);
/// let verifier = SvidVerifier::new(Layout::default(), "https://id.example", workload_api);
/// # Ok(())
/// # }
/// ```
pub struct WorkloadApi {
    agent: Agent,
    merge: Arc<Merge>,
    /// Aborts them when it is dropped.
    _streams: JoinSet<()>,
}

/// How a [`WorkloadApi`] asks the agent, and how long it trusts what it was told.
///
/// ```no_run
/// # use deputize_spiffe::{WorkloadApi, WorkloadApiError, WorkloadApiOptions};
/// # async fn run() -> Result<(), WorkloadApiError> {
/// let mut options = WorkloadApiOptions::default();
/// options.max_age = Some(std::time::Duration::from_secs(3600));
/// let workload_api = WorkloadApi::connect_with("unix:///run/spire/agent.sock", options).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkloadApiOptions {
    /// How long the agent has for an answer: for the first bundles until connecting fails, then for
    /// the first response on each new stream and for each SVID. 30 seconds by default.
    pub timeout: Duration,
    /// How long a stream may be silent until it is opened anew, which makes the agent confirm its
    /// bundles: one that hangs is noticed after this time and `timeout`. 60 seconds by default.
    pub max_silence: Duration,
    /// How long the agent has to answer nothing but that this process has no identity, until its
    /// bundles are withdrawn: then at the next such answer, 5 seconds later at most. 10 seconds by
    /// default: SPIRE's agent answers that for a moment, too, when it replaces the SVIDs of a tainted
    /// authority, and it takes up changes of entries only every 5 seconds.
    pub withdraw_after: Duration,
    /// The greatest age, since it was last confirmed, of a bundle that is given out. None by
    /// default: then an agent that is gone for good leaves its bundles in use for good.
    pub max_age: Option<Duration>,
}

impl Default for WorkloadApiOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            max_silence: Duration::from_secs(60),
            withdraw_after: Duration::from_secs(10),
            max_age: None,
        }
    }
}

impl WorkloadApi {
    /// Connects with the defaults to the address of an agent, as in `SPIFFE_ENDPOINT_SOCKET`:
    /// `unix:///run/agent.sock` or `tcp://127.0.0.1:8000` (Workload Endpoint §4). Returns when both
    /// kinds of bundles are there.
    ///
    /// # Errors
    ///
    /// At once for an address that is none. For the rest it is tried again for 30 seconds, since
    /// agents and their entries come up in any order; then, what was wrong last.
    pub async fn connect(endpoint: &str) -> Result<Self, WorkloadApiError> {
        Self::connect_with(endpoint, WorkloadApiOptions::default()).await
    }

    /// The same, to the address in the environment variable `SPIFFE_ENDPOINT_SOCKET`.
    ///
    /// # Errors
    ///
    /// As [`WorkloadApi::connect`], and when there is no such variable.
    pub async fn connect_env() -> Result<Self, WorkloadApiError> {
        let variable = "SPIFFE_ENDPOINT_SOCKET";
        let endpoint = std::env::var(variable);
        let endpoint = endpoint.map_err(|error| WorkloadApiError::InvalidEndpoint(format!("{variable}: {error}")))?;
        Self::connect(&endpoint).await
    }

    /// The same with options, which say how long it is tried.
    ///
    /// # Errors
    ///
    /// As [`WorkloadApi::connect`].
    pub async fn connect_with(endpoint: &str, options: WorkloadApiOptions) -> Result<Self, WorkloadApiError> {
        let WorkloadApiOptions { timeout: limit, max_silence, withdraw_after, max_age } = options;
        let merge = Arc::new(Merge::new(max_age, withdraw_after));
        let connected = timeout(limit, async {
            let agent = Agent { client: dial(endpoint, &merge).await?, timeout: limit, max_silence };
            let mut streams = JoinSet::new();
            for half in [Half::Jwt, Half::X509] {
                streams.spawn(agent.clone().follow(half, Arc::clone(&merge)));
            }
            merge.completed().await;
            Ok(Self { agent, merge: Arc::clone(&merge), _streams: streams })
        });
        connected.await.unwrap_or_else(|_| Err(merge.error().unwrap_or(WorkloadApiError::Timeout)))
    }

    /// How fresh the bundle of this trust domain is: its age is zero while both streams are up, and
    /// counts from when one of them broke. `failures` counts the attempts at both. Nothing for a
    /// trust domain that the agent does not speak of; without an age when its bundle was withdrawn
    /// or refused from the start.
    #[must_use]
    pub fn status(&self, trust_domain: &TrustDomain) -> Option<BundleStatus> {
        self.merge.status(trust_domain)
    }

    /// How fresh the bundle of each trust domain is that the agent speaks of: for whoever watches the
    /// age of bundles.
    pub fn statuses(&self) -> impl Iterator<Item = (TrustDomain, BundleStatus)> {
        self.merge.statuses().into_iter()
    }

    /// A JWT-SVID of this process for `audience`: of the identity `id`, or of the first that the
    /// agent names. The agent keeps them, and renews one well before it ends: ask anew each time.
    ///
    /// # Errors
    ///
    /// As [`WorkloadApiError`] tells. It is not tried again; a denial may be for a moment only, see
    /// [`withdraw_after`](WorkloadApiOptions::withdraw_after).
    pub async fn jwt_svid(&self, audience: &str, id: Option<&AgentId>) -> Result<JwtSvid, WorkloadApiError> {
        let wanted = id.map(|id| SpiffeId::new(id.as_str())).transpose();
        let wanted = wanted.map_err(|error| WorkloadApiError::PermissionDenied(error.to_string()))?;
        let text = self.within(self.agent.client.fetch_jwt_token([audience], wanted.as_ref())).await?;
        JwtSvid::new(text, id)
    }

    /// An X.509-SVID of this process: of the identity `id`, or the default one, which is the first
    /// (Workload API §5.3). It is the one of this moment: a server asks again before it expires.
    ///
    /// # Errors
    ///
    /// As [`WorkloadApi::jwt_svid`].
    pub async fn x509_svid(&self, id: Option<&AgentId>) -> Result<X509Svid, WorkloadApiError> {
        let svids = self.within(self.agent.client.fetch_all_x509_svids()).await?;
        let fits = |svid: &spiffe::X509Svid| id.is_none_or(|id| svid.spiffe_id().to_string() == id.as_str());
        let svid = svids.iter().find(|svid| fits(svid));
        let svid = svid.ok_or_else(|| WorkloadApiError::PermissionDenied("no X.509-SVID for this identity".into()))?;
        let chain = svid.cert_chain().iter().map(|certificate| certificate.as_bytes().to_vec()).collect();
        X509Svid::new(chain, svid.private_key().as_bytes().to_vec())
            .map_err(|error| WorkloadApiError::Malformed(format!("the X.509-SVID: {error}")))
    }

    async fn within<T>(
        &self,
        answer: impl Future<Output = Result<T, spiffe::WorkloadApiError>>,
    ) -> Result<T, WorkloadApiError> {
        Ok(timeout(self.agent.timeout, answer).await.map_err(|_| WorkloadApiError::Timeout)??)
    }
}

impl Bundles for WorkloadApi {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        self.merge.bundle(trust_domain)
    }
}

impl fmt::Debug for WorkloadApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkloadApi").field("endpoint", self.agent.client.endpoint()).finish_non_exhaustive()
    }
}

/// A connection, which later finds its way back by itself.
async fn dial(endpoint: &str, merge: &Merge) -> Result<WorkloadApiClient, WorkloadApiError> {
    let mut failures = 0_u32;
    loop {
        match WorkloadApiClient::connect_to(endpoint).await.map_err(WorkloadApiError::from) {
            Ok(client) => return Ok(client),
            Err(error @ WorkloadApiError::InvalidEndpoint(_)) => return Err(error),
            Err(error) => merge.fail(Half::Jwt, error),
        }
        failures = failures.saturating_add(1);
        sleep(follow::wait(failures)).await;
    }
}
