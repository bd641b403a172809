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
mod tests {
    use deputize_core::{AgentId, UnixTime};

    use super::*;
    use crate::{
        layout::Layout,
        limits::MAX_X509_AUTHORITIES,
        svid::{SvidError, SvidVerifier},
        testing::Authority,
    };

    const US: &str = "https://id.example";

    fn at() -> UnixTime {
        UnixTime::from_secs(1_800_000_000).unwrap()
    }

    fn name(text: &str) -> TrustDomain {
        text.parse().unwrap()
    }

    /// What the two streams say of these trust domains.
    fn responses(domains: &[&Domain]) -> (Response, Response) {
        let parts = domains.iter().map(|Domain(name, authority)| {
            let text = authority.bundle();
            let bundle = Bundle::from_json(name.clone(), &text).unwrap();
            let certificates = bundle.x509_authorities().map(|der| CertificateDer::from(der.to_vec())).collect();
            let jwt = Part { jwks: Some(text), certificates: Vec::new() };
            ((name.clone(), jwt), (name.clone(), Part { jwks: None, certificates }))
        });
        parts.unzip()
    }

    const GRACE: Duration = Duration::from_secs(10);

    fn merge_of(domains: &[&Domain]) -> Arc<Merge> {
        let merge = Arc::new(Merge::new(None, GRACE));
        let (jwt, x509) = responses(domains);
        merge.respond(Half::Jwt, jwt).unwrap();
        merge.respond(Half::X509, x509).unwrap();
        merge
    }

    struct Domain(TrustDomain, Authority);

    fn authority(domain: &str) -> Domain {
        Domain(name(domain), Authority::generate(name(domain)).unwrap())
    }

    /// What a verifier says of a new SVID of each kind.
    fn proven(merge: &Arc<Merge>, Domain(name, authority): &Domain) -> [Result<(), SvidError>; 2] {
        let agent: AgentId = format!("spiffe://{name}/agent/r1").parse().unwrap();
        let verifier = SvidVerifier::new(Layout::default(), US, Arc::clone(merge));
        let jwt = authority.svid(&agent, US, at(), 300).unwrap();
        let x509 = authority.x509_svid(&agent, at(), 300).unwrap();
        [verifier.jwt(&jwt, at()).map(drop), verifier.x509(x509.chain(), at()).map(drop)]
    }

    fn age(merge: &Merge, domain: &str) -> Option<u64> {
        merge.status(&name(domain))?.age.map(|age| age.as_secs())
    }

    fn down() -> WorkloadApiError {
        WorkloadApiError::Unavailable("down".to_owned())
    }

    const BOTH: [Result<(), SvidError>; 2] = [Ok(()), Ok(())];
    const UNAVAILABLE: [Result<(), SvidError>; 2] =
        [Err(SvidError::BundleUnavailable), Err(SvidError::BundleUnavailable)];
    const NEITHER: [Result<(), SvidError>; 2] =
        [Err(SvidError::UnknownTrustDomain), Err(SvidError::UnknownTrustDomain)];

    #[tokio::test(start_paused = true)]
    async fn a_bundle_has_both_halves() {
        let acme = authority("acme");
        let (jwt, x509) = responses(&[&acme]);
        let merge = Arc::new(Merge::new(None, GRACE));
        merge.respond(Half::Jwt, jwt).unwrap();
        assert_eq!(proven(&merge, &acme), [Ok(()), Err(SvidError::UnknownAuthority)]);
        assert!(!*merge.complete.borrow());
        merge.respond(Half::X509, x509).unwrap();
        assert_eq!(proven(&merge, &acme), BOTH);
        merge.completed().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_is_all_there_is() {
        let (acme, other) = (authority("acme"), authority("other"));
        let merge = merge_of(&[&acme, &other]);
        assert_eq!((proven(&merge, &acme), proven(&merge, &other)), (BOTH, BOTH));
        let (jwt, x509) = responses(&[&acme]);
        merge.respond(Half::Jwt, jwt).unwrap();
        assert_eq!(proven(&merge, &other), [Err(SvidError::UnknownKey), Ok(())], "one half is unloaded");
        merge.respond(Half::X509, x509).unwrap();
        assert_eq!((proven(&merge, &acme), proven(&merge, &other)), (BOTH, NEITHER));
        assert_eq!(merge.status(&name("other")), None);
    }

    #[tokio::test(start_paused = true)]
    async fn any_failure_but_a_denial_keeps_the_bundles() {
        let acme = authority("acme");
        let merge = merge_of(&[&acme]);
        for half in [Half::Jwt, Half::X509] {
            for error in [down(), WorkloadApiError::Timeout, WorkloadApiError::Malformed("?".to_owned())] {
                merge.fail(half, error.clone());
                tokio::time::advance(Duration::from_secs(3600)).await;
                merge.fail(half, error);
            }
        }
        assert_eq!(proven(&merge, &acme), BOTH);
    }

    #[tokio::test(start_paused = true)]
    async fn a_denial_that_lasts_withdraws_and_a_short_one_does_not() {
        let acme = authority("acme");
        let merge = merge_of(&[&acme]);
        let (jwt, x509) = responses(&[&acme]);
        let denied = || WorkloadApiError::PermissionDenied("no identity issued".to_owned());
        let short = GRACE - Duration::from_millis(1);
        for _ in 0..2 {
            for half in [Half::Jwt, Half::X509] {
                merge.fail(half, denied());
            }
            tokio::time::advance(short).await;
            for half in [Half::Jwt, Half::X509] {
                merge.fail(half, denied());
            }
            assert_eq!((proven(&merge, &acme), age(&merge, "acme")), (BOTH, Some(9)));
            merge.respond(Half::Jwt, jwt.clone()).unwrap();
            merge.respond(Half::X509, x509.clone()).unwrap();
            assert_eq!((proven(&merge, &acme), age(&merge, "acme")), (BOTH, Some(0)));
        }
        merge.fail(Half::Jwt, denied());
        merge.fail(Half::X509, denied());
        tokio::time::advance(GRACE).await;
        merge.fail(Half::Jwt, denied());
        assert_eq!(proven(&merge, &acme), [Err(SvidError::UnknownKey), Ok(())]);
        merge.fail(Half::X509, denied());
        assert_eq!(proven(&merge, &acme), UNAVAILABLE);
        merge.fail(Half::X509, denied());
        let status = merge.status(&name("acme")).unwrap();
        assert_eq!((status.age, status.failures), (None, 2));
        assert_eq!(status.error, Some(denied().to_string()));

        merge.respond(Half::Jwt, jwt).unwrap();
        merge.respond(Half::X509, x509).unwrap();
        assert_eq!((proven(&merge, &acme), age(&merge, "acme")), (BOTH, Some(0)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_age_counts_from_when_the_first_stream_broke() {
        let acme = authority("acme");
        let merge = merge_of(&[&acme]);
        let second = Duration::from_secs(1);
        tokio::time::advance(60 * second).await;
        assert_eq!(age(&merge, "acme"), Some(0), "both are up");
        merge.fail(Half::Jwt, down());
        tokio::time::advance(second).await;
        merge.fail(Half::X509, down());
        tokio::time::advance(second).await;
        let status = merge.status(&name("acme")).unwrap();
        assert_eq!((status.age, status.failures, status.error), (Some(2 * second), 2, Some(down().to_string())));

        let (jwt, x509) = responses(&[&acme]);
        merge.respond(Half::X509, x509).unwrap();
        assert_eq!(age(&merge, "acme"), Some(2), "the other is still down");
        merge.respond(Half::Jwt, jwt).unwrap();
        let fresh = BundleStatus { age: Some(Duration::ZERO), failures: 0, error: None };
        assert_eq!(merge.status(&name("acme")), Some(fresh), "although nothing changed");
        tokio::time::advance(60 * second).await;
        assert_eq!(age(&merge, "acme"), Some(0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_bundle_leaves_its_last_good_one_and_the_others_alone() {
        let (acme, other, fresh) = (authority("acme"), authority("other"), authority("other"));
        let merge = merge_of(&[&acme, &other]);
        let (jwt, mut x509) = responses(&[&acme, &fresh]);
        let crowd = &mut x509.get_mut(&name("other")).unwrap().certificates;
        *crowd = vec![crowd[0].clone(); MAX_X509_AUTHORITIES + 1];
        merge.respond(Half::X509, x509).unwrap();
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!((proven(&merge, &acme), proven(&merge, &other)), (BOTH, BOTH));
        assert_eq!((age(&merge, "acme"), age(&merge, "other")), (Some(0), Some(5)));
        assert!(merge.status(&name("other")).unwrap().error.unwrap().contains("more than"));
        // The other half is not held up.
        merge.respond(Half::Jwt, jwt).unwrap();
        assert_eq!(proven(&merge, &fresh), [Ok(()), Err(SvidError::BadSignature)]);
        assert_eq!(age(&merge, "other"), Some(5));
        merge.respond(Half::X509, responses(&[&acme, &fresh]).1).unwrap();
        assert_eq!((proven(&merge, &fresh), age(&merge, "other")), (BOTH, Some(0)));
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_trust_domains_are_refused_as_a_whole() {
        let acme = authority("acme");
        let merge = merge_of(&[&acme]);
        let crowd = |count| (0..count).map(|at| (name(&format!("d{at}")), Part::default())).collect();
        let refused = merge.respond(Half::Jwt, crowd(MAX_WORKLOAD_API_TRUST_DOMAINS + 1));
        assert_eq!(refused, Err(WorkloadApiError::TooMany));
        assert_eq!(proven(&merge, &acme), BOTH);
        assert_eq!(merge.respond(Half::Jwt, crowd(MAX_WORKLOAD_API_TRUST_DOMAINS)), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bundle_that_was_not_confirmed_for_too_long_is_not_given_out() {
        let acme = authority("acme");
        let merge = Arc::new(Merge::new(Some(Duration::from_secs(60)), GRACE));
        let (jwt, x509) = responses(&[&acme]);
        merge.respond(Half::Jwt, jwt.clone()).unwrap();
        merge.respond(Half::X509, x509).unwrap();
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(proven(&merge, &acme), BOTH, "both streams are up");
        merge.fail(Half::Jwt, down());
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(proven(&merge, &acme), UNAVAILABLE);
        merge.respond(Half::Jwt, jwt).unwrap();
        assert_eq!(proven(&merge, &acme), BOTH);
    }
}
