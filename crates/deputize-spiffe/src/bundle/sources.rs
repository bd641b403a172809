use std::{collections::BTreeMap, sync::Arc};

use super::Bundle;
use crate::trust_domain::TrustDomain;

/// Where the authorities of trust domains are found, at this moment.
///
/// Sources of different trust domains are put together as a pair, and pairs again:
/// `(workload_api, (file, federation))`. The second is asked only for a trust domain that is none of
/// the first's, so that what one has withdrawn is not found in another. Each source can name agents
/// of any tenant that the [`Layout`](crate::Layout) leaves open: say in
/// [`SvidVerifier::tenants`](crate::SvidVerifier::tenants) whose agents a trust domain may name.
///
/// Share a source in an [`Arc`]; one that is chosen at run time is an
/// `Arc<dyn Bundles + Send + Sync>`.
pub trait Bundles {
    /// The bundle of exactly this trust domain.
    ///
    /// # Errors
    ///
    /// When it is none of this source's trust domains, or its bundle is not available.
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle>;
}

/// Why a source gives no bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "the one is the caller's fault, the other ours")]
pub enum NoBundle {
    /// The trust domain is none of this source's.
    #[error("the trust domain is not trusted")]
    Unknown,
    /// It is, and its bundle is not there yet, was withdrawn, or is too old.
    #[error("the trust domain's bundle is not available")]
    Unavailable,
}

/// Bundles that do not change.
#[derive(Debug, Clone, Default)]
pub struct StaticBundles(BTreeMap<TrustDomain, Arc<Bundle>>);

impl StaticBundles {
    /// These bundles; of several of one trust domain the last.
    pub fn new(bundles: impl IntoIterator<Item = Bundle>) -> Self {
        Self(bundles.into_iter().map(|bundle| (bundle.trust_domain.clone(), Arc::new(bundle))).collect())
    }
}

impl Bundles for StaticBundles {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        self.0.get(trust_domain).cloned().ok_or(NoBundle::Unknown)
    }
}

impl<A: Bundles, B: Bundles> Bundles for (A, B) {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        match self.0.bundle(trust_domain) {
            Err(NoBundle::Unknown) => self.1.bundle(trust_domain),
            answer => answer,
        }
    }
}

impl<T: Bundles + ?Sized> Bundles for Arc<T> {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        (**self).bundle(trust_domain)
    }
}
