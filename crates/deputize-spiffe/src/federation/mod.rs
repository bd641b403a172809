//! Bundles of other trust domains, from their bundle endpoints (SPIFFE Federation).

mod endpoint;
mod error;
mod fetch;
mod relationship;
mod schedule;
mod url;
mod verifier;

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use endpoint::Endpoint;
pub use error::{FederationError, FederationStartError};
pub use relationship::{EndpointProfile, Relationship};
use tokio::{runtime::Handle, task::JoinSet};
pub use url::{EndpointUrl, EndpointUrlError};

use crate::{
    bundle::{Bundle, Bundles, NoBundle},
    live::BundleStatus,
    trust_domain::TrustDomain,
};

/// The bundles of other trust domains, each fetched from its endpoint again and again.
///
/// A lookup takes the last good bundle and never waits. Until the first one came there is none, and
/// nobody of that trust domain is verified. [`Federation::refresh`] waits for it; when that fails it
/// is tried again by itself, so that a partner's outage at start-up need not be one's own:
///
/// ```no_run
/// use std::sync::Arc;
///
/// use deputize_spiffe::{BundleFile, Bundle, EndpointProfile, Federation, Layout, Relationship, SvidVerifier};
///
/// # async fn verifier(roots: rustls::RootCertStore) -> Result<(), Box<dyn std::error::Error>> {
/// let partner = "partner.example".parse()?;
/// let endpoint = "https://partner.example/bundle.json".parse()?;
/// let profile = EndpointProfile::HttpsWeb { roots: Arc::new(roots) };
/// let federation = Federation::start([Relationship::new(partner, endpoint, profile)])?;
/// let federation = Arc::new(federation);
/// if let Err(error) = federation.refresh(&"partner.example".parse()?).await {
///     eprintln!("no agents of partner.example yet: {error}");
/// }
///
/// let own = BundleFile::open("acme.example".parse()?, "/run/spire/bundle.json", Bundle::from_json)?;
/// let verifier = SvidVerifier::new(Layout::default(), "https://id.example", (own, Arc::clone(&federation)));
/// # Ok(())
/// # }
/// ```
///
/// # When it fetches
///
/// At once, and then as often as the bundle's hint says (Federation §4.1): every five minutes
/// without one, at least every 24 hours, and not more often than every ten seconds
/// ([`limits`](crate::limits)), each time up to a tenth earlier, so that clients do not come in step.
/// After a failure the last good bundle stays in use, and the next attempt is made when the next
/// fetch is due (§6.2); only for the very first bundle it is made sooner, after one second and then
/// twice as long each time. [`Federation::status`] says how it goes.
///
/// What was fetched is kept in memory. After a restart an endpoint that serves its own trust
/// domain's bundle is verified by the configured one again: keep that one up to date.
///
/// # Chains
///
/// An endpoint may be of a trust domain whose bundle comes from another endpoint (Federation §7.6).
/// Start the federation that fetches that one first, and give it as the `bundles` of
/// [`EndpointProfile::HttpsSpiffe`]. So no chain ends in itself.
#[derive(Debug)]
pub struct Federation {
    endpoints: BTreeMap<TrustDomain, Arc<Endpoint>>,
    /// They end with it.
    _tasks: JoinSet<()>,
}

impl Federation {
    /// Starts to fetch: one task for each relationship, on the tokio runtime within which this is
    /// called, which needs its timer and its I/O driver. They end when the federation is dropped.
    ///
    /// # Errors
    ///
    /// [`FederationStartError::Duplicate`] and [`FederationStartError::NoRuntime`].
    pub fn start(relationships: impl IntoIterator<Item = Relationship>) -> Result<Self, FederationStartError> {
        let runtime = Handle::try_current().map_err(|_| FederationStartError::NoRuntime)?;
        let mut endpoints = BTreeMap::new();
        for relationship in relationships {
            // Federation §4.2: bundles are never merged, so one of two would have to be left out.
            match endpoints.entry(relationship.trust_domain.clone()) {
                Entry::Occupied(known) => return Err(FederationStartError::Duplicate(known.key().clone())),
                Entry::Vacant(entry) => entry.insert(Arc::new(Endpoint::new(relationship))),
            };
        }
        let mut tasks = JoinSet::new();
        for endpoint in endpoints.values() {
            let endpoint = Arc::clone(endpoint);
            tasks.spawn_on(async move { endpoint.poll().await }, &runtime);
        }
        Ok(Self { endpoints, _tasks: tasks })
    }

    /// Fetches the bundle of this trust domain now, or waits for a fetch that is under way, at most
    /// twice [`FETCH_TIMEOUT_SECONDS`](crate::limits::FETCH_TIMEOUT_SECONDS). For start-up and for
    /// operators: calling it for each unknown key would let strangers decide how often it fetches.
    ///
    /// # Errors
    ///
    /// As [`FederationError`] tells. A bundle that is in use stays.
    pub async fn refresh(&self, trust_domain: &TrustDomain) -> Result<(), FederationError> {
        let endpoint = self.endpoints.get(trust_domain).ok_or(FederationError::UnknownTrustDomain)?;
        endpoint.refresh().await
    }

    /// How the fetching of this trust domain's bundle goes; nothing for one without a relationship.
    #[must_use]
    pub fn status(&self, trust_domain: &TrustDomain) -> Option<BundleStatus> {
        let endpoint = self.endpoints.get(trust_domain)?;
        Some(endpoint.kept.status(trust_domain).unwrap_or_default())
    }

    /// How it goes with every relationship: for whoever watches the age of bundles.
    pub fn statuses(&self) -> impl Iterator<Item = (&TrustDomain, BundleStatus)> {
        self.endpoints.iter().map(|(name, endpoint)| (name, endpoint.kept.status(name).unwrap_or_default()))
    }
}

impl Bundles for Federation {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        let endpoint = self.endpoints.get(trust_domain).ok_or(NoBundle::Unknown)?;
        // Nothing was ever fetched: it is one of ours all the same.
        endpoint.kept.bundle(trust_domain).map_err(|_| NoBundle::Unavailable)
    }
}
