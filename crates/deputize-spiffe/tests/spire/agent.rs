//! Agents of other kinds: with RSA keys, one that hangs, and one that nobody asks any more.

use std::{sync::Arc, time::Duration};

use deputize_spiffe::{Bundles, Layout, SvidVerifier, WorkloadApi, WorkloadApiError, WorkloadApiOptions};

use crate::support::{Server, US, now, spire, wait_for};

/// RSA keys over the Workload API have no `alg`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_of_a_server_with_rsa_keys_is_proven() {
    let Some(binaries) = spire() else { return };
    let server = Server::start(&binaries, "rsa.example", "rsa-2048");
    let agent = server.agent();
    server.register("/agent/r1", &[]);
    let workload_api = Arc::new(WorkloadApi::connect(&agent.endpoint()).await.unwrap());
    let verifier = SvidVerifier::new(Layout::default(), US, Arc::clone(&workload_api));
    let svid = workload_api.jwt_svid(US, None).await.unwrap();
    assert_eq!(verifier.jwt(svid.secret(), now()).unwrap().tenant().as_str(), "rsa.example");
    let svid = workload_api.x509_svid(None).await.unwrap();
    assert_eq!(verifier.x509(svid.chain(), now()).unwrap().tenant().as_str(), "rsa.example");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_hangs_is_noticed_and_one_that_is_dropped_is_left_alone() {
    let Some(binaries) = spire() else { return };
    let server = Server::start(&binaries, "acme.example", "ec-p256");
    let agent = server.agent();
    server.register("/agent/r1", &[]);
    let acme = "acme.example".parse().unwrap();
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let mut options = WorkloadApiOptions::default();
    options.timeout = Duration::from_secs(3);
    options.max_silence = Duration::from_millis(300);
    let workload_api = WorkloadApi::connect_with(&agent.endpoint(), options).await.unwrap();

    agent.hang();
    let status = wait_for("a failure", || workload_api.status(&acme).filter(|status| status.failures > 1));
    assert!(status.age > Some(Duration::ZERO), "{status:?}");
    assert_eq!(status.error, Some(WorkloadApiError::Timeout.to_string()));
    assert_eq!(workload_api.jwt_svid(US, None).await.unwrap_err(), WorkloadApiError::Timeout);
    assert!(workload_api.bundle(&acme).is_ok());
    agent.go_on();
    wait_for("a fresh bundle", || workload_api.status(&acme).filter(|status| status.error.is_none()));
    workload_api.jwt_svid(US, None).await.unwrap();

    assert!(tasks() > before);
    drop(workload_api);
    wait_for("nothing that goes on", || (tasks() == before).then_some(()));
}
