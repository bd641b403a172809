//! What an endpoint may answer, once it is verified.

use std::time::Instant;

use deputize_spiffe::{
    BundleError, Federation, FederationError,
    limits::{MAX_BUNDLE_BYTES, MAX_RESPONSE_HEAD_BYTES},
    testing::Authority,
};
use deputize_token::KeySetError;

use crate::support::{
    Reply, Server, WebAuthority, authority, domain, federation, head, in_use, ok, pass, refresh, sequence,
};

/// A verified endpoint whose bundle was fetched once, with these headers.
async fn endpoint(headers: &str) -> (Server, Federation, Authority) {
    let (web, acme) = (WebAuthority::generate(), authority("acme"));
    let server = Server::start(web.server("127.0.0.1", 3)).await;
    server.serve("/", ok(headers, &sequence(&acme, 5)));
    let federation = federation(&server.url("/"), web.profile());
    refresh(&federation).await.unwrap();
    (server, federation, acme)
}

/// What comes of this reply. The last good bundle stays.
async fn error(reply: Reply) -> FederationError {
    let (server, federation, acme) = endpoint("").await;
    server.serve("/", reply);
    let error = refresh(&federation).await.unwrap_err();
    assert_eq!(in_use(&federation).as_deref(), Some(acme.kid()));
    error
}

fn bytes(text: impl Into<Vec<u8>>) -> Reply {
    Reply::Bytes(text.into())
}

#[tokio::test]
async fn only_status_200_carries_a_bundle() {
    for status in [201, 202, 203, 204, 206, 300, 304, 305, 306, 400, 401, 403, 404, 410, 429, 500, 503] {
        assert_eq!(error(head(status, "Location: /\r\n")).await, FederationError::Status(status));
    }
}

#[tokio::test]
async fn a_document_may_have_the_greatest_size_and_no_more() {
    let (server, federation, acme) = endpoint("").await;
    let text = sequence(&acme, 6);
    let greatest = format!("{text}{}", " ".repeat(MAX_BUNDLE_BYTES - text.len()));
    server.document(&greatest);
    refresh(&federation).await.unwrap();
    server.document(&format!("{greatest} "));
    assert_eq!(refresh(&federation).await, Err(FederationError::TooLarge));
    // RFC 9112 §6.3: without a length it ends with the connection.
    server.serve("/", bytes(format!("HTTP/1.1 200 OK\r\n\r\n{greatest}")));
    refresh(&federation).await.unwrap();
    server.serve("/", bytes(format!("HTTP/1.1 200 OK\r\n\r\n{greatest} ")));
    assert_eq!(refresh(&federation).await, Err(FederationError::TooLarge));
}

/// Nothing more than the head is sent, so it is the length that counts.
#[tokio::test]
async fn a_length_that_is_too_large_is_enough() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", MAX_BUNDLE_BYTES + 1);
    assert_eq!(error(Reply::Hang(head.into())).await, FederationError::TooLarge);
}

#[tokio::test]
async fn a_document_without_end_is_left() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
    assert_eq!(error(Reply::Endless(chunked, chunk.into())).await, FederationError::TooLarge);
    let unframed = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    assert_eq!(error(Reply::Endless(unframed, vec![b' '; 0x1000])).await, FederationError::TooLarge);
}

#[tokio::test]
async fn a_head_without_end_is_left() {
    let endless = Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".to_vec());
    assert!(matches!(error(endless).await, FederationError::Http(_)));
    let large = head(200, &format!("a: {}\r\n", "b".repeat(MAX_RESPONSE_HEAD_BYTES)));
    assert!(matches!(error(large).await, FederationError::Http(_)));
}

#[tokio::test]
async fn what_is_no_response_is_refused() {
    for reply in [
        "",
        "{}",
        "HTTP/1.1 200",
        "HTTP/0.9 200 OK\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ] {
        let error = error(bytes(reply)).await;
        assert!(matches!(error, FederationError::Http(_)), "{reply}: {error:?}");
    }
}

#[tokio::test]
async fn a_document_that_is_no_bundle_is_refused() {
    let refused = |document: &str| error(ok("", document));
    assert_eq!(refused("").await, BundleError::from(KeySetError::Malformed).into());
    assert_eq!(refused("<html>").await, BundleError::from(KeySetError::Malformed).into());
    assert_eq!(refused(r#"{"keys":[],"keys":[]}"#).await, BundleError::from(KeySetError::DuplicateMember).into());
    assert_eq!(refused(r#"{"keys":[{"kty":"oct","k":"AA"}]}"#).await, BundleError::from(KeySetError::Secret).into());
    let wrong = r#"{"keys":[],"spiffe_sequence":"1"}"#;
    assert_eq!(refused(wrong).await, BundleError::Number("spiffe_sequence").into());
    let latin = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xe4".to_vec();
    assert_eq!(error(bytes(latin)).await, FederationError::NotText, "Federation §5.2.1.3: UTF-8");
    let compressed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08".to_vec();
    assert_eq!(error(bytes(compressed)).await, FederationError::NotText);
}

/// Whether it says nothing at all, or stops in the middle.
#[tokio::test]
async fn an_endpoint_that_is_too_slow_is_left() {
    for text in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"] {
        let (server, federation, acme) = endpoint("").await;
        server.serve("/", Reply::Hang(text.into()));
        let began = Instant::now();
        let later = async {
            server.asked(2).await;
            pass(25).await;
            assert_eq!(federation.status(&domain("acme")).unwrap().failures, 0, "not yet");
            pass(10).await;
        };
        let (result, ()) = tokio::join!(refresh(&federation), later);
        assert_eq!(result, Err(FederationError::Timeout), "{text}");
        assert!(began.elapsed().as_secs() < 15, "nobody waited for it to pass by itself");
        assert_eq!(in_use(&federation).as_deref(), Some(acme.kid()));
    }
}

const VALIDATORS: &str = "ETag: \"v1\"\r\nLast-Modified: Tue, 24 Nov 2026 12:00:00 GMT\r\n";
const CONDITIONS: &str = "if-none-match: \"v1\"\r\nif-modified-since: tue, 24 nov 2026 12:00:00 gmt\r\n";

#[tokio::test]
async fn a_bundle_that_is_still_the_newest_is_confirmed() {
    let (server, federation, acme) = endpoint(VALIDATORS).await;
    server.serve("/", head(304, ""));
    pass(100).await;
    assert!(federation.status(&domain("acme")).unwrap().age.unwrap().as_secs() >= 100);
    refresh(&federation).await.unwrap();
    let status = federation.status(&domain("acme")).unwrap();
    assert!(status.age.unwrap().as_secs() < 100, "confirmed just now");
    assert_eq!(in_use(&federation).as_deref(), Some(acme.kid()));
    let [first, second] = server.requests().try_into().unwrap();
    assert_eq!(first.matches("if-").count(), 0, "{first}");
    assert!(second.ends_with(&format!("{CONDITIONS}\r\n")), "{second}");
}

#[tokio::test]
async fn one_validator_is_enough() {
    for (header, condition) in VALIDATORS.lines().zip(CONDITIONS.lines()) {
        let (server, federation, _) = endpoint(&format!("{header}\r\n")).await;
        server.serve("/", head(304, ""));
        refresh(&federation).await.unwrap();
        let request = server.requests()[1].clone();
        assert!(request.ends_with(&format!("{condition}\r\n\r\n")), "{request}");
        assert_eq!(request.matches("if-").count(), 1, "{request}");
    }
}

/// Else an endpoint could confirm what was never taken.
#[tokio::test]
async fn validators_are_those_of_the_bundle_in_use() {
    let (server, federation, acme) = endpoint(VALIDATORS).await;
    for document in ["{}".to_owned(), sequence(&acme, 4)] {
        server.serve("/", ok("ETag: \"v2\"\r\n", &document));
        refresh(&federation).await.unwrap_err();
    }
    server.serve("/", ok("", &sequence(&acme, 6)));
    refresh(&federation).await.unwrap();
    refresh(&federation).await.unwrap();
    let requests = server.requests();
    for request in &requests[1..4] {
        assert!(request.ends_with(&format!("{CONDITIONS}\r\n")), "{request}");
    }
    assert_eq!(requests[4].matches("if-").count(), 0, "the last one had none: {}", requests[4]);
}
