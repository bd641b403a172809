//! What stays in use, how it is told, and when the next fetch comes.

use std::{sync::Arc, time::Duration};

use deputize_spiffe::{
    BundleError, Bundles, Federation, FederationError, FederationStartError, Layout, Relationship, StaticBundles,
    SvidError, SvidVerifier,
};
use deputize_token::KeySetError;
use serde_json::json;

use crate::support::{
    Server, WebAuthority, authority, document, domain, federation, in_use, now, pass, refresh, relationship, sequence,
    spiffe,
};

const US: &str = "https://id.example";

async fn web_server() -> (WebAuthority, Server) {
    let web = WebAuthority::generate();
    let server = Server::start(web.server("127.0.0.1", 3)).await;
    (web, server)
}

/// Federation §4.2.
#[tokio::test]
async fn an_older_bundle_does_not_replace_a_newer_one() {
    let (web, server) = web_server().await;
    let (first, second) = (authority("acme"), authority("acme"));
    let federation = federation(&server.url("/"), web.profile());
    server.document(&sequence(&first, 5));
    refresh(&federation).await.unwrap();
    for older in [0, 4] {
        server.document(&sequence(&second, older));
        let error = FederationError::OlderSequence { fetched: older, in_use: 5 };
        assert_eq!(refresh(&federation).await, Err(error));
        assert_eq!(in_use(&federation).as_deref(), Some(first.kid()));
    }
    let without = |authority| document(authority, &json!({"spiffe_sequence": null}));
    for (text, kid) in [
        (sequence(&second, 5), second.kid()),
        (sequence(&first, u64::MAX), first.kid()),
        (without(&second), second.kid()),
        (without(&first), first.kid()),
        (sequence(&second, 1), second.kid()),
    ] {
        server.document(&text);
        refresh(&federation).await.unwrap();
        assert_eq!(in_use(&federation).as_deref(), Some(kid), "{text}");
    }
}

/// Federation §6.2: drop revoked keys. An authenticated document without any revokes them all.
#[tokio::test]
async fn a_key_that_is_gone_counts_no_more() {
    let (web, server) = web_server().await;
    let acme = authority("acme");
    server.document(&acme.bundle());
    let federation = Arc::new(federation(&server.url("/"), web.profile()));
    refresh(&federation).await.unwrap();
    let verifier = SvidVerifier::new(Layout::default(), US, Arc::clone(&federation));
    let svid = acme.svid(&"spiffe://acme/agent/a".parse().unwrap(), US, now(), 300).unwrap();
    assert!(verifier.jwt(&svid, now()).is_ok());
    server.document(r#"{"keys":[],"spiffe_sequence":2}"#);
    refresh(&federation).await.unwrap();
    assert_eq!(verifier.jwt(&svid, now()).unwrap_err(), SvidError::UnknownKey);
}

/// Federation §5.1, §7.3: the document never says whose it is, and its keys count for nobody else.
#[tokio::test]
async fn a_document_served_for_the_wrong_relationship_verifies_nobody_else() {
    let (web, server) = web_server().await;
    let (acme, other) = (authority("acme"), authority("other"));
    server.document(&document(&other, &json!({"trust_domain": "other", "spiffe_id": "spiffe://other"})));
    let federation = Arc::new(federation(&server.url("/"), web.profile()));
    refresh(&federation).await.unwrap();
    assert!(federation.bundle(&domain("other")).is_err());
    let verifier = SvidVerifier::new(Layout::default(), US, federation);
    for (authority, id, error) in [
        (&other, "spiffe://other/agent/a", SvidError::UnknownTrustDomain),
        (&acme, "spiffe://acme/agent/a", SvidError::UnknownKey),
    ] {
        let (id, now) = (id.parse().unwrap(), now());
        let svid = authority.svid(&id, US, now, 300).unwrap();
        assert_eq!(verifier.jwt(&svid, now).unwrap_err(), error, "{id}");
    }
    let id = "spiffe://other/agent/a".parse().unwrap();
    let svid = other.x509_svid(&id, now(), 300).unwrap();
    assert_eq!(verifier.x509(svid.chain(), now()).unwrap_err(), SvidError::UnknownTrustDomain);
}

#[tokio::test]
async fn the_status_tells_age_failures_and_why() {
    let (web, server) = web_server().await;
    let acme = domain("acme");
    let federation = federation(&server.url("/"), web.profile());
    assert_eq!(federation.status(&domain("other")), None);
    let all: Vec<_> = federation.statuses().map(|(name, status)| (name.clone(), status.failures)).collect();
    assert_eq!(all, [(domain("acme"), federation.status(&acme).unwrap().failures)]);
    let status = federation.status(&acme).unwrap();
    assert_eq!((status.age, status.failures, status.error), (None, 0, None), "nothing yet");
    refresh(&federation).await.unwrap_err();
    let status = federation.status(&acme).unwrap();
    let why = "the bundle endpoint answered with status 404".to_owned();
    assert_eq!((status.age, status.failures, status.error), (None, 1, Some(why)));
    server.document(&authority("acme").bundle());
    refresh(&federation).await.unwrap();
    let status = federation.status(&acme).unwrap();
    assert_eq!((status.failures, status.error), (0, None));
    pass(60).await;
    server.document("{}");
    let error = refresh(&federation).await.unwrap_err();
    assert_eq!(error, BundleError::from(KeySetError::Malformed).into());
    let status = federation.status(&acme).unwrap();
    assert!((60..120).contains(&status.age.unwrap().as_secs()), "of the last good one");
    assert_eq!(status.failures, 1);
    let error = status.error.unwrap();
    assert!(error.starts_with("the bundle is refused: the bundle's key set is refused: "), "{error}");
}

#[tokio::test]
async fn a_bundle_that_is_not_confirmed_is_given_out_for_so_long() {
    let (web, server) = web_server().await;
    server.document(&authority("acme").bundle());
    let mut relationship = relationship(&server.url("/"), web.profile());
    assert_eq!(relationship.max_age, None, "however old, by default");
    relationship.max_age = Some(Duration::from_secs(60));
    let federation = Federation::start([relationship]).unwrap();
    refresh(&federation).await.unwrap();
    server.status(503);
    pass(50).await;
    refresh(&federation).await.unwrap_err();
    assert!(in_use(&federation).is_some());
    pass(11).await;
    assert!(in_use(&federation).is_none());
    assert!(federation.status(&domain("acme")).unwrap().age.unwrap().as_secs() >= 60);
}

#[tokio::test]
async fn it_is_fetched_at_once_and_when_the_hint_says_also_after_a_failure() {
    let (web, server) = web_server().await;
    server.document(&document(&authority("acme"), &json!({"spiffe_refresh_hint": 100})));
    let federation = federation(&server.url("/"), web.profile());
    // Asked for and answered, so that the wait has begun.
    server.asked(1).await;
    while federation.status(&domain("acme")).unwrap().age.is_none() {
        tokio::task::yield_now().await;
    }
    server.status(503);
    for fetches in 1..4 {
        settled(&federation, fetches - 1).await;
        pass(80).await;
        settled(&federation, fetches - 1).await;
        assert_eq!(server.requests().len(), fetches as usize, "not earlier");
        pass(20).await;
        server.asked(fetches as usize + 1).await;
    }
}

/// Until so many fetches have failed, and everything that could follow at once has.
async fn settled(federation: &Federation, failures: u32) {
    while federation.status(&domain("acme")).unwrap().failures < failures {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_first_bundle_is_asked_for_again_after_a_second() {
    let (web, server) = web_server().await;
    let federation = federation(&server.url("/"), web.profile());
    for failures in 1..5 {
        server.asked(failures).await;
        settled(&federation, u32::try_from(failures).unwrap()).await;
        pass(1 << (failures - 1)).await;
    }
    server.asked(5).await;
}

/// Those who wait for one fetch share its answer.
#[tokio::test]
async fn fetches_do_not_pile_up() {
    let (web, server) = web_server().await;
    let federation = federation(&server.url("/"), web.profile());
    let failed = Err(FederationError::Status(404));
    let all = tokio::join!(refresh(&federation), refresh(&federation), refresh(&federation));
    assert_eq!(all, (failed.clone(), failed.clone(), failed.clone()));
    assert_eq!(server.requests().len(), 1);
    assert_eq!(refresh(&federation).await, failed);
    assert!(server.requests().len() > 1, "who comes later asks again");
}

#[tokio::test]
async fn nothing_is_fetched_once_it_is_dropped() {
    let (_web, server) = web_server().await;
    let bundles = Arc::new(StaticBundles::default());
    let profile = spiffe("spiffe://acme/endpoint", Arc::clone(&bundles));
    let federation = federation(&server.url("/"), profile);
    refresh(&federation).await.unwrap_err();
    assert!(Arc::strong_count(&bundles) > 1, "the task has it");
    drop(federation);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(Arc::strong_count(&bundles), 1, "and is gone");
}

#[tokio::test]
async fn two_relationships_with_one_trust_domain_are_refused() {
    let web = WebAuthority::generate();
    let to = |url| relationship(url, web.profile());
    let error = Federation::start([to("https://a"), to("https://b")]).unwrap_err();
    assert_eq!(error, FederationStartError::Duplicate(domain("acme")));
    let none = Federation::start([]).unwrap();
    assert_eq!(refresh(&none).await, Err(FederationError::UnknownTrustDomain));
}

#[test]
fn without_a_runtime_it_does_not_start() {
    let none: [Relationship; 0] = [];
    assert_eq!(Federation::start(none).unwrap_err(), FederationStartError::NoRuntime);
}

#[test]
fn it_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Federation>();
    shared::<FederationError>();
}
