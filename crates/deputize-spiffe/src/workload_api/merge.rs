use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls_pki_types::CertificateDer;
use tokio::{sync::watch, time::Instant};

use super::error::WorkloadApiError;
use crate::{
    bundle::{Bundle, BundleError, Bundles, NoBundle},
    limits::MAX_WORKLOAD_API_TRUST_DOMAINS,
    live::{BundleStatus, Kept},
    trust_domain::TrustDomain,
};

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Jwt,
    X509,
}

/// What one response says of one trust domain: that half of its authorities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) jwks: Option<String>,
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

/// One response: everything that there is (Workload API §4.3).
pub(super) type Response = BTreeMap<TrustDomain, Part>;

/// The bundles that both streams together amount to.
#[derive(Debug)]
pub(super) struct Merge {
    kept: Kept,
    /// How long nothing but denials withdraws the bundles.
    withdraw_after: Duration,
    halves: Mutex<Halves>,
    /// Whether both have answered.
    complete: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Halves {
    jwt: Feed,
    x509: Feed,
}

#[derive(Debug, Default)]
struct Feed {
    /// The last good ones.
    good: Response,
    /// Those whose newest one was refused.
    refused: BTreeSet<TrustDomain>,
    answered: bool,
    /// Why the stream is not up.
    error: Option<WorkloadApiError>,
    /// When the first denial came since it last was.
    denied: Option<Instant>,
}

impl Merge {
    pub(super) fn new(max_age: Option<Duration>, withdraw_after: Duration) -> Self {
        let complete = watch::Sender::new(false);
        Self { kept: Kept::new(max_age), withdraw_after, halves: Mutex::default(), complete }
    }

    pub(super) fn statuses(&self) -> Vec<(TrustDomain, BundleStatus)> {
        let known = self.kept.trust_domains().into_iter();
        known.filter_map(|name| self.status(&name).map(|status| (name, status))).collect()
    }

    pub(super) fn status(&self, trust_domain: &TrustDomain) -> Option<BundleStatus> {
        self.kept.status(trust_domain)
    }

    /// Waits until each of the streams has answered.
    pub(super) async fn completed(&self) {
        // Fails only when the sender is gone, which is here.
        let mut complete = self.complete.subscribe();
        let _closed = complete.wait_for(|complete| *complete).await;
    }

    /// Why a stream is not up.
    pub(super) fn error(&self) -> Option<WorkloadApiError> {
        let halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.jwt.error.clone().or_else(|| halves.x509.error.clone())
    }

    /// The stream gave this.
    pub(super) fn respond(&self, half: Half, response: Response) -> Result<(), WorkloadApiError> {
        if response.len() > MAX_WORKLOAD_API_TRUST_DOMAINS {
            return Err(WorkloadApiError::TooMany);
        }
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        let feed = halves.feed(half);
        feed.error = None;
        feed.denied = None;
        feed.answered = true;
        // Workload API §4.4: what is missing is redacted, and SHOULD be unloaded.
        let mut changed: BTreeSet<TrustDomain> = feed.good.keys().cloned().collect();
        changed.retain(|trust_domain| !response.contains_key(trust_domain));
        for trust_domain in &changed {
            feed.good.remove(trust_domain);
        }
        feed.refused.retain(|trust_domain| response.contains_key(trust_domain));
        let mut refusals = Vec::new();
        for (trust_domain, part) in response {
            if feed.good.get(&trust_domain) == Some(&part) {
                feed.refused.remove(&trust_domain);
                continue;
            }
            match part.bundle(&trust_domain) {
                Ok(_) => {
                    feed.refused.remove(&trust_domain);
                    changed.insert(trust_domain.clone());
                    feed.good.insert(trust_domain, part);
                }
                Err(error) => {
                    feed.refused.insert(trust_domain.clone());
                    refusals.push((trust_domain, error));
                }
            }
        }
        self.settle(&halves, &changed);
        for (trust_domain, error) in refusals {
            self.kept.lapse(&trust_domain);
            self.kept.fail(&trust_domain, error);
        }
        self.complete.send_replace(halves.jwt.answered && halves.x509.answered);
        Ok(())
    }

    /// The stream broke, or another attempt at it failed: the bundles stay as they are, unless they
    /// were all redacted for good.
    pub(super) fn fail(&self, half: Half, error: WorkloadApiError) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.kept.trust_domains();
        let feed = halves.feed(half);
        feed.error = Some(error.clone());
        // Workload API §5.2.2, §6.2.2: PermissionDenied redacts all bundles, which SHOULD no longer
        // be used. But SPIRE's agent answers it, too, while it replaces SVIDs of a tainted authority.
        if matches!(error, WorkloadApiError::PermissionDenied(_)) {
            let since = *feed.denied.get_or_insert_with(Instant::now);
            if since.elapsed() >= self.withdraw_after && !feed.good.is_empty() {
                let changed = mem::take(&mut feed.good).into_keys().collect();
                feed.refused.clear();
                self.settle(&halves, &changed);
            }
        }
        for trust_domain in known {
            self.kept.lapse(&trust_domain);
            self.kept.fail(&trust_domain, &error);
        }
    }

    /// Makes the bundles what the halves say.
    fn settle(&self, halves: &Halves, changed: &BTreeSet<TrustDomain>) {
        let known = halves.trust_domains();
        self.kept.retain(|trust_domain| known.contains(trust_domain));
        for trust_domain in &known {
            let up = halves.up(trust_domain);
            let bundle = changed.contains(trust_domain).then(|| halves.bundle(trust_domain)).flatten();
            match bundle {
                Some(bundle) if up => self.kept.replace(bundle),
                Some(bundle) => self.kept.replace_part(bundle),
                None if up => self.kept.confirm(trust_domain),
                None => {}
            }
            if up {
                self.kept.follow(trust_domain);
            }
        }
    }
}

impl Bundles for Merge {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        self.kept.bundle(trust_domain)
    }
}

impl Halves {
    fn feed(&mut self, half: Half) -> &mut Feed {
        match half {
            Half::Jwt => &mut self.jwt,
            Half::X509 => &mut self.x509,
        }
    }

    fn trust_domains(&self) -> BTreeSet<TrustDomain> {
        let feeds = [&self.jwt, &self.x509].into_iter();
        feeds.flat_map(|feed| feed.good.keys().chain(&feed.refused)).cloned().collect()
    }

    /// Whether both streams are up, and nothing that they said last of this trust domain was refused.
    fn up(&self, trust_domain: &TrustDomain) -> bool {
        [&self.jwt, &self.x509].into_iter().all(|feed| {
            let open = feed.answered && feed.error.is_none();
            open && !feed.refused.contains(trust_domain)
        })
    }

    /// Both good halves in one.
    fn bundle(&self, trust_domain: &TrustDomain) -> Option<Bundle> {
        let jwt = self.jwt.good.get(trust_domain);
        let x509 = self.x509.good.get(trust_domain);
        let whole = Part {
            jwks: jwt.and_then(|part| part.jwks.clone()),
            certificates: x509.map(|part| part.certificates.clone()).unwrap_or_default(),
        };
        // Each half was read before.
        (jwt.is_some() || x509.is_some()).then(|| whole.bundle(trust_domain).ok()).flatten()
    }
}

impl Part {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Bundle, BundleError> {
        Bundle::from_parts(trust_domain.clone(), self.jwks.as_deref(), self.certificates.iter().cloned())
    }
}

#[cfg(test)]
mod tests;
