//! `https_spiffe`: Federation §5.2.2.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use deputize_spiffe::{
    Bundle, Bundles, Federation, FederationError, NoBundle, Relationship, SvidError, TrustDomain, testing::Authority,
};
use rustls::ServerConfig;

use crate::support::{
    Server, WebAuthority, authority, bundles, domain, federation, in_use, ok, pass, refresh, relationship, sequence,
    spiffe, svid_server,
};

const ENDPOINT: &str = "spiffe://acme/endpoint";

/// Serves `acme`'s bundle, with this certificate, to a client that has `acme`'s authority.
async fn error(make: impl FnOnce(&Authority) -> Arc<ServerConfig>) -> FederationError {
    let acme = authority("acme");
    let server = Server::start(make(&acme)).await;
    server.document(&acme.bundle());
    let federation = federation(&server.url("/"), spiffe(ENDPOINT, bundles([("acme", &acme)])));
    let error = refresh(&federation).await.unwrap_err();
    assert_eq!((in_use(&federation), server.requests().len()), (None, 0), "nothing is asked of a stranger");
    error
}

#[tokio::test]
async fn the_svid_of_the_endpoint_gives_the_bundle_whatever_the_host() {
    let acme = authority("acme");
    let server = Server::start(svid_server(&acme, ENDPOINT, 300)).await;
    server.document(&acme.bundle());
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("https://{host}:{}", server.port);
        let federation = federation(&url, spiffe(ENDPOINT, bundles([("acme", &acme)])));
        refresh(&federation).await.unwrap();
        assert_eq!(in_use(&federation).as_deref(), Some(acme.kid()));
    }
}

#[tokio::test]
async fn another_workload_of_the_trust_domain_is_refused() {
    let id = "spiffe://acme/endpoint2";
    assert_eq!(error(|acme| svid_server(acme, id, 300)).await, FederationError::WrongEndpoint(id.parse().unwrap()));
}

#[tokio::test]
async fn the_authority_of_another_trust_domain_is_refused() {
    let other = authority("other");
    let refused = error(|_| svid_server(&other, ENDPOINT, 300)).await;
    assert_eq!(refused, FederationError::Svid(SvidError::UnknownAuthority));
    let namesake = authority("acme");
    let refused = error(|_| svid_server(&namesake, ENDPOINT, 300)).await;
    assert_eq!(refused, FederationError::Svid(SvidError::BadSignature));
}

/// Also when the trust domain is one that is trusted otherwise.
#[tokio::test]
async fn an_endpoint_of_another_trust_domain_is_refused() {
    let (acme, other) = (authority("acme"), authority("other"));
    let server = Server::start(svid_server(&other, "spiffe://other/endpoint", 300)).await;
    let federation = federation(&server.url("/"), spiffe(ENDPOINT, bundles([("acme", &acme), ("other", &other)])));
    assert_eq!(refresh(&federation).await, Err(FederationError::Svid(SvidError::UnknownTrustDomain)));
}

#[tokio::test]
async fn an_expired_svid_is_refused() {
    assert_eq!(error(|acme| svid_server(acme, ENDPOINT, 59)).await, FederationError::Svid(SvidError::Expired));
}

/// Federation §7.2: the profiles are never tried one after the other.
#[tokio::test]
async fn a_certificate_for_the_host_is_no_svid() {
    let web = WebAuthority::generate();
    assert_eq!(error(|_| web.server("127.0.0.1", 3)).await, FederationError::Svid(SvidError::NotOneUri));
}

#[tokio::test]
async fn an_endpoint_without_a_bundle_to_verify_it_is_refused() {
    let acme = authority("acme");
    let server = Server::start(svid_server(&acme, ENDPOINT, 300)).await;
    let federation = federation(&server.url("/"), spiffe(ENDPOINT, bundles([])));
    assert_eq!(refresh(&federation).await, Err(FederationError::Svid(SvidError::UnknownTrustDomain)));
}

/// §5.2.2.4: the latest bundle MUST be used after the first connection; and it is the configured one
/// that is refused then.
#[tokio::test]
async fn an_endpoint_that_serves_itself_is_verified_by_what_it_served_last() {
    let (old, new) = (authority("acme"), authority("acme"));
    let server = Server::start(svid_server(&old, ENDPOINT, 300)).await;
    server.document(&sequence(&new, 2));
    let mut relationship = relationship(&server.url("/"), spiffe(ENDPOINT, bundles([("acme", &old)])));
    relationship.max_age = Some(Duration::from_secs(60));
    let federation = Federation::start([relationship]).unwrap();
    refresh(&federation).await.unwrap();
    assert_eq!(in_use(&federation).as_deref(), Some(new.kid()));
    // Whoever holds the old key only can't bring it back.
    server.document(&sequence(&old, 3));
    let refused = Err(FederationError::Svid(SvidError::BadSignature));
    assert_eq!(refresh(&federation).await, refused);
    assert_eq!(in_use(&federation).as_deref(), Some(new.kid()));
    pass(61).await;
    assert_eq!(in_use(&federation), None, "too old to be given out");
    assert_eq!(refresh(&federation).await, refused, "and yet no way back");
    server.set_tls(svid_server(&new, ENDPOINT, 300));
    server.document(&sequence(&new, 3));
    refresh(&federation).await.unwrap();
    assert_eq!(in_use(&federation).as_deref(), Some(new.kid()));
}

/// A bundle that changes.
struct Changing(Mutex<Arc<Bundle>>);

impl Changing {
    fn set(&self, authority: &Authority) {
        *self.0.lock().unwrap() = bundles([("hub", authority)]).bundle(&domain("hub")).unwrap();
    }
}

impl Bundles for Changing {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        let bundle = Arc::clone(&self.0.lock().unwrap());
        if bundle.trust_domain() == trust_domain { Ok(bundle) } else { Err(NoBundle::Unknown) }
    }
}

#[tokio::test]
async fn an_endpoint_that_serves_another_is_verified_by_its_own_bundle_of_that_moment() {
    let (old, new, acme) = (authority("hub"), authority("hub"), authority("acme"));
    let id = "spiffe://hub/endpoint";
    let hub = Arc::new(Changing(Mutex::new(bundles([("hub", &old)]).bundle(&domain("hub")).unwrap())));
    let server = Server::start(svid_server(&old, id, 300)).await;
    server.document(&acme.bundle());
    let federation = federation(&server.url("/"), spiffe(id, Arc::clone(&hub)));
    refresh(&federation).await.unwrap();
    // What it serves does not verify it.
    server.set_tls(svid_server(&acme, id, 300));
    assert_eq!(refresh(&federation).await, Err(FederationError::Svid(SvidError::UnknownAuthority)));
    server.set_tls(svid_server(&old, id, 300));
    hub.set(&new);
    assert_eq!(refresh(&federation).await, Err(FederationError::Svid(SvidError::BadSignature)));
    server.set_tls(svid_server(&new, id, 300));
    refresh(&federation).await.unwrap();
}

/// Federation §7.6.
#[tokio::test]
async fn one_relationship_can_rest_on_another() {
    let (web, hub, acme) = (WebAuthority::generate(), authority("hub"), authority("acme"));
    let first = Server::start(web.server("127.0.0.1", 3)).await;
    first.document(&hub.bundle());
    let second = Server::start(svid_server(&hub, "spiffe://hub/endpoint", 300)).await;
    second.serve("/acme", ok("", &acme.bundle()));
    let to_hub = Relationship::new(domain("hub"), first.url("/").parse().unwrap(), web.profile());
    let to_hub = Arc::new(Federation::start([to_hub]).unwrap());
    let federation = federation(&second.url("/acme"), spiffe("spiffe://hub/endpoint", Arc::clone(&to_hub)));
    to_hub.refresh(&domain("hub")).await.unwrap();
    refresh(&federation).await.unwrap();
    assert_eq!(in_use(&federation).as_deref(), Some(acme.kid()));
}
