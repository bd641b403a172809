//! The Workload API source where there is no Workload API.

use std::time::{Duration, Instant};

use deputize_spiffe::{WorkloadApi, WorkloadApiError, WorkloadApiOptions};
use tokio::{io::AsyncReadExt, net::UnixListener};

fn soon() -> WorkloadApiOptions {
    let mut options = WorkloadApiOptions::default();
    options.timeout = Duration::from_millis(300);
    options
}

#[test]
fn it_is_shared_among_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<WorkloadApi>();
}

/// Workload Endpoint §4.
#[tokio::test]
async fn an_address_that_is_none_is_refused_at_once() {
    let start = Instant::now();
    for address in
        ["", "/run/agent.sock", "unix:agent.sock", "unix://run/agent.sock", "tcp://localhost:80", "http://127.0.0.1:80"]
    {
        match WorkloadApi::connect(address).await {
            Err(WorkloadApiError::InvalidEndpoint(_)) => {}
            other => panic!("{address}: {other:?}"),
        }
    }
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_agent_that_is_not_there_is_waited_for_and_then_named_as_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let address = format!("unix://{}/agent.sock", folder.path().display());
    let error = WorkloadApi::connect_with(&address, soon()).await.unwrap_err();
    assert!(matches!(error, WorkloadApiError::Unavailable(_)), "{error}");
    assert!(start.elapsed() >= soon().timeout);
}

#[tokio::test]
async fn an_agent_that_does_not_answer_is_given_up_and_its_connection_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let silent = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut said = Vec::new();
        connection.read_to_end(&mut said).await.unwrap();
        said.len()
    });
    let address = format!("unix://{}", path.display());
    assert_eq!(WorkloadApi::connect_with(&address, soon()).await.unwrap_err(), WorkloadApiError::Timeout);
    let said = tokio::time::timeout(Duration::from_secs(10), silent).await.unwrap().unwrap();
    assert!(said > 0, "it was asked, and nobody waits any more");
}
