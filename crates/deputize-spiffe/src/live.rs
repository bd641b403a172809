//! What live sources share: the last good bundle of each trust domain, and how old it is.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    bundle::{Bundle, NoBundle},
    trust_domain::TrustDomain,
};

/// How a live source is doing with the bundle of one trust domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleStatus {
    /// How long ago the source last confirmed the last good bundle, also when that is past its
    /// `max_age` and no longer given out; none when there is none. Of the Workload API it is zero
    /// while the streams are up, of a bundle endpoint it grows from one fetch to the next.
    pub age: Option<Duration>,
    /// How many attempts failed since.
    pub failures: u32,
    /// Why the last of these failed. For the log: it may name addresses.
    pub error: Option<String>,
}

/// The last good bundle of each trust domain.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    entries: RwLock<BTreeMap<TrustDomain, Entry>>,
    /// An older bundle is not given out.
    max_age: Option<Duration>,
}

#[derive(Debug, Default)]
struct Entry {
    good: Option<(Arc<Bundle>, Instant)>,
    /// The source would say at once if it were no longer the newest.
    followed: bool,
    failures: u32,
    error: Option<String>,
}

impl Kept {
    pub(crate) fn new(max_age: Option<Duration>) -> Self {
        Self { entries: RwLock::default(), max_age }
    }

    /// The bundle, unless it is too old.
    pub(crate) fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(trust_domain).ok_or(NoBundle::Unknown)?;
        let usable = self.max_age.is_none_or(|max_age| entry.age().is_some_and(|age| age <= max_age));
        let bundle = entry.good.as_ref().filter(|_| usable).map(|(bundle, _)| Arc::clone(bundle));
        bundle.ok_or(NoBundle::Unavailable)
    }

    /// The bundle, however old.
    #[cfg(feature = "federation")]
    pub(crate) fn newest(&self, trust_domain: &TrustDomain) -> Option<Arc<Bundle>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(trust_domain)?.good.as_ref().map(|(bundle, _)| Arc::clone(bundle))
    }

    /// Nothing for a trust domain that was never spoken of.
    pub(crate) fn status(&self, trust_domain: &TrustDomain) -> Option<BundleStatus> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(trust_domain)?;
        Some(BundleStatus { age: entry.age(), failures: entry.failures, error: entry.error.clone() })
    }

    /// The source gave this one, just now.
    pub(crate) fn replace(&self, bundle: Bundle) {
        let trust_domain = bundle.trust_domain().clone();
        let entry = Entry { good: Some((Arc::new(bundle), Instant::now())), ..Entry::default() };
        self.entries.write().unwrap_or_else(PoisonError::into_inner).insert(trust_domain, entry);
    }

    /// The source says, just now, that the one in use is still the newest.
    pub(crate) fn confirm(&self, trust_domain: &TrustDomain) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(trust_domain) {
            entry.failures = 0;
            entry.error = None;
            if let Some((_, confirmed)) = &mut entry.good {
                *confirmed = Instant::now();
            }
        }
    }

    /// An attempt failed: the one in use stays.
    pub(crate) fn fail(&self, trust_domain: &TrustDomain, error: impl ToString) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.entry(trust_domain.clone()).or_default();
        entry.failures = entry.failures.saturating_add(1);
        entry.error = Some(error.to_string());
    }

    /// Those of these trust domains stay, all others are given out no more.
    #[cfg(any(feature = "workload-api", test))]
    pub(crate) fn retain(&self, keep: impl Fn(&TrustDomain) -> bool) {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).retain(|trust_domain, _| keep(trust_domain));
    }

    #[cfg(any(feature = "workload-api", test))]
    pub(crate) fn trust_domains(&self) -> Vec<TrustDomain> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

/// For a source that pushes.
#[cfg(feature = "workload-api")]
impl Kept {
    /// This one is newer, but how fresh it is stays as it was: not all of it was confirmed.
    pub(crate) fn replace_part(&self, bundle: Bundle) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.entry(bundle.trust_domain().clone()).or_default();
        let confirmed = entry.good.as_ref().map_or_else(Instant::now, |(_, confirmed)| *confirmed);
        entry.good = Some((Arc::new(bundle), confirmed));
    }

    /// From now on the source would say at once if the one in use were no longer the newest.
    pub(crate) fn follow(&self, trust_domain: &TrustDomain) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(trust_domain) {
            entry.followed = true;
        }
    }

    /// From now on it would not.
    pub(crate) fn lapse(&self, trust_domain: &TrustDomain) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = entries.get_mut(trust_domain).filter(|entry| entry.followed) else { return };
        entry.followed = false;
        if let Some((_, confirmed)) = &mut entry.good {
            *confirmed = Instant::now();
        }
    }
}

impl Entry {
    fn age(&self) -> Option<Duration> {
        let (_, confirmed) = self.good.as_ref()?;
        Some(if self.followed { Duration::ZERO } else { confirmed.elapsed() })
    }
}

/// How long to wait after so many failures in a row: doubled each time from `least` up to `most`,
/// and then somewhere between half of that and all of it, so that clients do not come in step.
/// `chance` is from 0 to 1.
pub(crate) fn backoff(failures: u32, least: Duration, most: Duration, chance: f64) -> Duration {
    let doubled = least.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled.min(most).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Bundle {
        Bundle::from_json("acme".parse().unwrap(), r#"{"keys":[]}"#).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_good_one_is_kept_and_its_age_told() {
        let acme = "acme".parse().unwrap();
        let kept = Kept::new(None);
        assert_eq!((kept.bundle(&acme).err(), kept.status(&acme)), (Some(NoBundle::Unknown), None));
        kept.fail(&acme, "down");
        let down = BundleStatus { age: None, failures: 1, error: Some("down".into()) };
        assert_eq!(kept.status(&acme), Some(down), "nothing yet, and why");
        kept.replace(bundle());
        tokio::time::advance(Duration::from_secs(60)).await;
        kept.fail(&acme, "down");
        kept.fail(&acme, "still down");
        assert!(kept.bundle(&acme).is_ok());
        let age = Some(Duration::from_secs(60));
        let stale = BundleStatus { age, failures: 2, error: Some("still down".into()) };
        assert_eq!(kept.status(&acme), Some(stale));
        kept.confirm(&acme);
        let fresh = BundleStatus { age: Some(Duration::ZERO), failures: 0, error: None };
        assert_eq!(kept.status(&acme), Some(fresh));
        kept.retain(|trust_domain| trust_domain.as_str() != "acme");
        assert_eq!((kept.bundle(&acme).is_ok(), kept.trust_domains().len()), (false, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_too_old_is_not_given_out() {
        let acme = "acme".parse().unwrap();
        let kept = Kept::new(Some(Duration::from_secs(60)));
        kept.replace(bundle());
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(kept.bundle(&acme).is_ok());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(kept.bundle(&acme).err(), Some(NoBundle::Unavailable));
        kept.confirm(&acme);
        assert!(kept.bundle(&acme).is_ok(), "confirmed, it counts again");
    }

    #[cfg(feature = "workload-api")]
    #[tokio::test(start_paused = true)]
    async fn one_that_is_followed_does_not_age_until_it_lapses() {
        let acme = "acme".parse().unwrap();
        let kept = Kept::new(Some(Duration::from_secs(60)));
        let age = || kept.status(&acme).and_then(|status| status.age).map(|age| age.as_secs());
        let hour = Duration::from_secs(3600);
        kept.replace(bundle());
        kept.follow(&acme);
        tokio::time::advance(hour).await;
        assert_eq!((kept.bundle(&acme).is_ok(), age()), (true, Some(0)));
        kept.lapse(&acme);
        tokio::time::advance(Duration::from_secs(60)).await;
        kept.lapse(&acme);
        kept.replace_part(bundle());
        assert_eq!((kept.bundle(&acme).is_ok(), age()), (true, Some(60)), "since it lapsed first");
        tokio::time::advance(hour).await;
        assert_eq!(kept.bundle(&acme).err(), Some(NoBundle::Unavailable));
        kept.replace(bundle());
        tokio::time::advance(hour).await;
        assert_eq!(age(), Some(3600), "a new one is not followed by itself");
    }

    #[test]
    fn waits_grow_to_a_bound_and_are_spread() {
        let wait = |failures, chance| backoff(failures, Duration::from_secs(1), Duration::from_secs(60), chance);
        assert_eq!(wait(1, 1.0), Duration::from_secs(1));
        assert_eq!(wait(3, 1.0), Duration::from_secs(4));
        for failures in [7, 40, u32::MAX] {
            assert_eq!(wait(failures, 1.0), Duration::from_secs(60));
            assert_eq!(wait(failures, 0.0), Duration::from_secs(30));
        }
    }
}
