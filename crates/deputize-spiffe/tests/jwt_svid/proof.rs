//! What comes out, what it holds, and what is printed of it.

use std::sync::Arc;

use deputize_core::{ProvenBy, UnixTime};
use deputize_spiffe::{
    AgentName, Bundle, BundleError, BundleFile, BundleFileError, Bundles, Layout, LayoutError, NotInLayout,
    StaticBundles, SvidBinding, SvidError, SvidReplay, SvidVerifier, TrustDomain, TrustDomainError, testing::Authority,
};

use crate::support::{NOW, US, at, authority, claims, header, verifier, verify};

#[test]
fn a_good_one_proves_the_agent_until_it_expires() {
    let authority = authority("acme");
    let svid = authority.sign(&header(&authority), &claims()).unwrap();
    let proof = verify(&verifier(&authority), &svid).unwrap();
    assert_eq!(proof.tenant().as_str(), "acme");
    assert_eq!(*proof.by(), ProvenBy::JwtSvid("spiffe://acme/agent/r1".parse().unwrap()));
    assert_eq!(proof.expires_at(), at(NOW + 300));
    assert_eq!(proof.confirmation(), None);
    assert!(proof.replay().is_empty());
}

#[test]
fn the_testing_authority_mints_what_it_says() {
    let authority = authority("acme");
    let svid = |lifetime| authority.svid(&"spiffe://acme/agent/r1".parse().unwrap(), US, at(NOW), lifetime).unwrap();
    assert_eq!(verify(&verifier(&authority), &svid(60)).unwrap().expires_at(), at(NOW + 60));
    assert_eq!(verify(&verifier(&authority), &svid(0)).unwrap_err(), SvidError::Expired);
}

/// The time is the one that is passed in: neither a system's clock nor the time of the last call.
#[test]
fn time_is_what_is_passed_in() {
    let authority = authority("acme");
    let svid = authority.sign(&header(&authority), &claims()).unwrap();
    let verifier = verifier(&authority);
    for (now, expected) in [
        (at(NOW + 300), Err(SvidError::Expired)),
        (at(NOW + 299), Ok(())),
        (at(NOW - 30), Ok(())),
        (at(NOW - 31), Err(SvidError::IssuedInFuture)),
        (UnixTime::EPOCH, Err(SvidError::IssuedInFuture)),
        (UnixTime::MAX, Err(SvidError::Expired)),
    ] {
        assert_eq!(verifier.jwt(&svid, now).map(drop), expected, "{now}");
    }
}

#[test]
fn nothing_of_a_credential_is_printed() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    let svid = authority.sign(&header(&authority), &claims()).unwrap();
    let printed = format!("{verifier:?} {authority:?} {:?}", verify(&verifier, &svid));
    assert_eq!(svid.split('.').find(|part| printed.contains(part)), None);
    assert_eq!(format!("{authority:?}"), r#"Authority { trust_domain: "acme", .. }"#);
}

#[test]
fn everything_can_be_shared_by_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<SvidVerifier<StaticBundles>>();
    shared::<SvidVerifier<(Arc<StaticBundles>, Arc<dyn Bundles + Send + Sync>)>>();
    shared::<(SvidError, SvidReplay, SvidBinding, Bundle, BundleError, StaticBundles)>();
    shared::<(BundleFile, BundleFileError)>();
    shared::<(Layout, LayoutError, NotInLayout, AgentName, TrustDomain, TrustDomainError)>();
    shared::<Authority>();
}
