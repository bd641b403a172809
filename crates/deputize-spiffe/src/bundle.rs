use std::{collections::BTreeMap, sync::Arc};

use deputize_token::{KeySet, KeySetError, KeyUse, jws::json};
use serde_json::Value;

use crate::trust_domain::TrustDomain;

/// The keys that one trust domain signs JWT-SVIDs with.
#[derive(Debug)]
pub struct Bundle {
    trust_domain: TrustDomain,
    keys: KeySet,
    sequence: Option<u64>,
    refresh_hint: Option<u64>,
}

/// Why a bundle is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// It is no JWK Set that can be trusted.
    #[error("the bundle's key set is refused")]
    KeySet(#[from] KeySetError),
    /// `spiffe_sequence` or `spiffe_refresh_hint` is there and is no whole number.
    #[error("the bundle's `{0}` is not a whole number")]
    Number(&'static str),
}

impl Bundle {
    /// Reads a SPIFFE bundle (Trust Domain and Bundle §4): a JWK Set of which keys with
    /// `use: jwt-svid` and a `kid` are taken, and all others left out. Whose bundle it is comes
    /// from configuration: a document can't name its own trust domain.
    ///
    /// An RSA key without `alg` is left out too, since it would let the SVID choose among six
    /// algorithms (RFC 8725 §3.1). The algorithm of an EC key is that of its curve.
    ///
    /// # Errors
    ///
    /// As [`BundleError`] tells.
    pub fn from_json(trust_domain: TrustDomain, text: &str) -> Result<Self, BundleError> {
        let keys = KeySet::for_use(text, KeyUse::JwtSvid)?;
        let document = json::parse(text.as_bytes()).map_err(|_| KeySetError::Malformed)?;
        Ok(Self {
            trust_domain,
            keys,
            sequence: number(&document, "spiffe_sequence")?,
            refresh_hint: number(&document, "spiffe_refresh_hint")?,
        })
    }

    /// Whose keys they are.
    #[must_use]
    pub fn trust_domain(&self) -> &TrustDomain {
        &self.trust_domain
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// Which issue of the bundle this is: it grows with each.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.sequence
    }

    /// How often to look for a newer one, in seconds.
    #[must_use]
    pub fn refresh_hint(&self) -> Option<u64> {
        self.refresh_hint
    }
}

/// Where the keys of trust domains are found, at this moment.
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

impl Bundles for Arc<Bundle> {
    fn bundle(&self, trust_domain: &TrustDomain) -> Option<Arc<Bundle>> {
        (self.trust_domain == *trust_domain).then(|| Self::clone(self))
    }
}

fn number(document: &Value, name: &'static str) -> Result<Option<u64>, BundleError> {
    match document.get(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or(BundleError::Number(name)),
    }
}
