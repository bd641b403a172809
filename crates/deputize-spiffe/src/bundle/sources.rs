use std::{collections::BTreeMap, sync::Arc};

use super::Bundle;
use crate::trust_domain::TrustDomain;

/// Where the authorities of trust domains are found, at this moment.
///
/// Sources that know different trust domains are put together as a pair: the second is asked for
/// what the first does not know.
pub trait Bundles {
    /// The bundle of exactly this trust domain, if it is one of those that are trusted.
    fn bundle(&self, trust_domain: &TrustDomain) -> Option<Arc<Bundle>>;
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
    fn bundle(&self, trust_domain: &TrustDomain) -> Option<Arc<Bundle>> {
        self.0.get(trust_domain).cloned()
    }
}

impl<A: Bundles, B: Bundles> Bundles for (A, B) {
    fn bundle(&self, trust_domain: &TrustDomain) -> Option<Arc<Bundle>> {
        self.0.bundle(trust_domain).or_else(|| self.1.bundle(trust_domain))
    }
}

impl<T: Bundles + ?Sized> Bundles for Arc<T> {
    fn bundle(&self, trust_domain: &TrustDomain) -> Option<Arc<Bundle>> {
        (**self).bundle(trust_domain)
    }
}
