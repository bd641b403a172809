//! The bundle endpoint of a SPIRE server, read without a SPIRE of one's own.
#![expect(clippy::unwrap_used, reason = "a panic here is the failure")]

use std::sync::Arc;

use deputize_core::AgentId;
use deputize_spiffe::{
    Bundle, Bundles, EndpointProfile, EndpointUrl, Federation, FederationError, Layout, NoBundle, Relationship,
    StaticBundles, SvidError, SvidVerifier, TrustDomain,
};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::support::{Server, US, now, spire};

fn name() -> TrustDomain {
    "partner.example".parse().unwrap()
}

fn relationship(server: &Server, endpoint: &str, bundle: Bundle) -> Relationship {
    let url: EndpointUrl = server.bundle_endpoint().parse().unwrap();
    let endpoint: AgentId = endpoint.parse().unwrap();
    let bundles = Arc::new(StaticBundles::new([bundle]));
    Relationship::new(name(), url, EndpointProfile::HttpsSpiffe { endpoint, bundles })
}

fn bundle(server: &Server) -> Bundle {
    Bundle::from_json(name(), &server.run("bundle show", &["-format", "spiffe"])).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_endpoint_is_followed_through_a_rotation_of_its_own_authorities() {
    let Some(binaries) = spire() else { return };
    let server = Server::start(&binaries, "partner.example", "ec-p256");
    let ours = relationship(&server, "spiffe://partner.example/spire/server", bundle(&server));
    let federation = Arc::new(Federation::start([ours]).unwrap());
    federation.refresh(&name()).await.unwrap();
    let fetched = federation.bundle(&name()).unwrap();
    assert!(fetched.sequence().is_some() && fetched.refresh_hint().is_some(), "SPIRE says both");

    let verifier = SvidVerifier::new(Layout::default(), US, Arc::clone(&federation));
    let proven = || {
        let (jwt, pem) = (server.mint_jwt("/agent/f1"), server.mint_x509("/agent/f1"));
        let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect();
        [verifier.jwt(&jwt, now()).map(drop), verifier.x509(&chain, now()).map(drop)]
    };
    assert_eq!(proven(), [Ok(()), Ok(())]);

    // New authorities are published, fetched, and only then used: also for the endpoint itself.
    for kind in ["jwt", "x509"] {
        let prepared = server.ask(&format!("localauthority {kind} prepare"), &[], "/prepared_authority/authority_id");
        federation.refresh(&name()).await.unwrap();
        server.run(&format!("localauthority {kind} activate"), &["-authorityID", &prepared]);
    }
    federation.refresh(&name()).await.unwrap();
    assert_eq!(proven(), [Ok(()), Ok(())]);
    let both = federation.bundle(&name()).unwrap();
    assert_eq!((both.keys().len(), both.x509_authorities().count()), (2, 2));
    assert!(both.sequence() > fetched.sequence());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_endpoint_and_another_authority_are_refused() {
    let Some(binaries) = spire() else { return };
    let server = Server::start(&binaries, "partner.example", "ec-p256");
    let impostor = Server::start(&binaries, "partner.example", "ec-p256");
    let refused = async |relationship| {
        let federation = Federation::start([relationship]).unwrap();
        let error = federation.refresh(&name()).await.unwrap_err();
        assert_eq!(federation.bundle(&name()).err(), Some(NoBundle::Unavailable));
        error
    };
    let elsewhere = relationship(&server, "spiffe://partner.example/another", bundle(&server));
    let own: AgentId = "spiffe://partner.example/spire/server".parse().unwrap();
    assert_eq!(refused(elsewhere).await, FederationError::WrongEndpoint(own.clone()));
    let forged = relationship(&impostor, own.as_str(), bundle(&server));
    let error = refused(forged).await;
    assert!(matches!(error, FederationError::Svid(SvidError::UnknownAuthority | SvidError::BadSignature)), "{error:?}");
}
