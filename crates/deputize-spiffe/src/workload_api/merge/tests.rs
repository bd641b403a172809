//! What both streams amount to, over a time that stands still until it is moved.

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
const UNAVAILABLE: [Result<(), SvidError>; 2] = [Err(SvidError::BundleUnavailable), Err(SvidError::BundleUnavailable)];
const NEITHER: [Result<(), SvidError>; 2] = [Err(SvidError::UnknownTrustDomain), Err(SvidError::UnknownTrustDomain)];

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
