//! Two trust domains, one of them with RSA keys.

use std::sync::Arc;

use deputize_core::AgentProof;
use deputize_spiffe::{Bundles, Layout, SvidError, SvidVerifier, WorkloadApi, testing::Authority};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::support::{Server, US, now, spire, wait_for};

type Verifier = SvidVerifier<Arc<WorkloadApi>>;

/// What both SVIDs of an agent of this server prove.
fn proven(verifier: &Verifier, server: &Server) -> [Result<AgentProof, SvidError>; 2] {
    let jwt = server.mint_jwt("/agent/f1");
    let pem = server.mint_x509("/agent/f1");
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect();
    [verifier.jwt(&jwt, now()), verifier.x509(&chain, now())]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_federated_trust_domain_is_its_own_tenant_and_a_foreign_one_is_refused() {
    let Some(binaries) = spire() else { return };
    let ours = Server::start(&binaries, "ours.example", "ec-p256");
    let partner = Server::start(&binaries, "partner.example", "rsa-2048");
    let agent = ours.agent();
    let entry = ours.register("/agent/r1", &[]);
    let workload_api = Arc::new(WorkloadApi::connect(&agent.endpoint()).await.unwrap());
    let verifier: Verifier = SvidVerifier::new(Layout::default(), US, Arc::clone(&workload_api));
    let partner_name = "partner.example".parse().unwrap();
    let foreign = Err(SvidError::UnknownTrustDomain);

    // Not before it is federated, and not before this workload's entry says so.
    assert_eq!(proven(&verifier, &partner).map(|proof| proof.map(drop)), [foreign.clone(), foreign.clone()]);
    ours.federate(&partner);
    let with = |federated: &[&str]| {
        let id = ["-spiffeID", "spiffe://ours.example/agent/r1", "-parentID", "spiffe://ours.example/node"];
        let entry = ["-entryID", &entry, "-selector", &ours.own_selector()];
        ours.run("entry update", &[&id, &entry, federated].concat());
    };
    with(&["-federatesWith", "spiffe://partner.example"]);
    wait_for("the partner's bundle", || workload_api.status(&partner_name).filter(|status| status.failures == 0));

    let mut known: Vec<_> = workload_api.statuses().map(|(name, status)| (name.to_string(), status.failures)).collect();
    known.sort();
    assert_eq!(known, [("ours.example".to_owned(), 0), ("partner.example".to_owned(), 0)]);

    for (server, tenant) in [(&partner, "partner.example"), (&ours, "ours.example")] {
        for proof in proven(&verifier, server) {
            assert_eq!(proof.unwrap().tenant().as_str(), tenant);
        }
    }
    let stranger = Authority::generate("stranger.example".parse().unwrap()).unwrap();
    let id = "spiffe://stranger.example/agent/f1".parse().unwrap();
    let svid = stranger.svid(&id, US, now(), 300).unwrap();
    assert_eq!(verifier.jwt(&svid, now()).map(drop), foreign);

    // What is redacted is unloaded, and our own trust domain stays.
    with(&[]);
    wait_for("no bundle of the partner", || workload_api.bundle(&partner_name).is_err().then_some(()));
    assert_eq!(workload_api.status(&partner_name), None);
    assert_eq!(proven(&verifier, &partner).map(|proof| proof.map(drop)), [foreign.clone(), foreign]);
    assert_eq!(proven(&verifier, &ours).map(|proof| proof.map(drop)), [Ok(()), Ok(())]);
}
