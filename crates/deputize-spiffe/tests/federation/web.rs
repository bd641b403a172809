//! `https_web`: Federation §5.2.1.

use deputize_spiffe::FederationError;
use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::support::{Server, WebAuthority, authority, federation, in_use, ok, refresh, svid_server};

async fn fails(server: &Server, web: &WebAuthority) -> FederationError {
    let federation = federation(&server.url("/"), web.profile());
    let error = refresh(&federation).await.unwrap_err();
    assert_eq!((in_use(&federation), server.requests().len()), (None, 0), "nothing is asked of a stranger");
    error
}

#[tokio::test]
async fn a_certificate_for_the_host_gives_the_bundle() {
    let (web, acme) = (WebAuthority::generate(), authority("acme"));
    for host in ["127.0.0.1", "localhost"] {
        let server = Server::start(web.server(host, 3)).await;
        server.serve("/bundle.json?a=b", ok("", &acme.bundle()));
        let url = format!("https://{host}:{}/bundle.json?a=b#c", server.port);
        let federation = federation(&url, web.profile());
        refresh(&federation).await.unwrap();
        assert_eq!(in_use(&federation).as_deref(), Some(acme.kid()));
        let [request] = server.requests().try_into().unwrap();
        let expected = format!(
            "get /bundle.json?a=b http/1.1\r\nhost: {host}:{}\r\naccept: application/json\r\naccept-encoding: identity\r\n\r\n",
            server.port
        );
        assert_eq!(request, expected, "and nothing else, such as a condition");
    }
}

#[tokio::test]
async fn an_authority_that_is_not_a_root_is_refused() {
    let server = Server::start(WebAuthority::generate().server("127.0.0.1", 3)).await;
    let error = fails(&server, &WebAuthority::generate()).await;
    assert!(matches!(&error, FederationError::Certificate(_)), "{error}");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let web = WebAuthority::generate();
    let server = Server::start(web.server("127.0.0.2", 3)).await;
    let FederationError::Certificate(text) = fails(&server, &web).await else { panic!() };
    assert!(text.contains(r#"not valid for name "127.0.0.1""#), "{text}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let web = WebAuthority::generate();
    let server = Server::start(web.server("127.0.0.1", 1)).await;
    let FederationError::Certificate(text) = fails(&server, &web).await else { panic!() };
    assert!(text.contains("certificate expired"), "{text}");
}

/// Federation §7.2: the profiles are never tried one after the other.
#[tokio::test]
async fn an_svid_is_no_certificate_for_a_host() {
    let server = Server::start(svid_server(&authority("acme"), "spiffe://acme/endpoint", 300)).await;
    let error = fails(&server, &WebAuthority::generate()).await;
    assert_eq!(error, FederationError::Certificate("UnknownIssuer".into()));
}

#[tokio::test]
async fn nobody_there_is_told_from_somebody_without_tls() {
    let web = WebAuthority::generate();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let federation = federation(&url, web.profile());
    let plain = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    };
    let (result, ()) = tokio::join!(refresh(&federation), plain);
    assert!(matches!(&result, Err(FederationError::Tls(_))), "{result:?}");
    drop(listener);
    let result = refresh(&federation).await;
    assert!(matches!(&result, Err(FederationError::Connect(_))), "{result:?}");
}
