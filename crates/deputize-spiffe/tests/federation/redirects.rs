//! Redirects: Federation §5.2.1.4, §5.2.2.4, §7.5.1.

use deputize_spiffe::{EndpointUrlError, Federation, FederationError, SvidError};

use crate::support::{
    Reply, Server, WebAuthority, authority, bundles, federation, head, in_use, ok, refresh, relationship, spiffe,
    svid_server,
};

fn to(target: &str) -> Reply {
    head(302, &format!("Location: {target}\r\n"))
}

async fn web_server(web: &WebAuthority) -> Server {
    Server::start(web.server("127.0.0.1", 3)).await
}

#[tokio::test]
async fn they_are_followed_each_time_from_the_configured_url() {
    let (web, acme) = (WebAuthority::generate(), authority("acme"));
    let (configured, target) = (web_server(&web).await, web_server(&web).await);
    target.serve("/x?y", ok("", &acme.bundle()));
    let federation = federation(&configured.url("/"), web.profile());
    for (round, status) in [301, 302, 303, 307, 308].into_iter().enumerate() {
        configured.serve("/", head(status, &format!("Location: {}\r\n", target.url("/x?y"))));
        refresh(&federation).await.unwrap();
        assert_eq!((configured.requests().len(), target.requests().len()), (round + 1, round + 1), "{status}");
    }
    let request = target.requests().pop().unwrap();
    assert!(request.starts_with(&format!("get /x?y http/1.1\r\nhost: 127.0.0.1:{}\r\n", target.port)), "{request}");
    // It was never kept, also where it calls itself permanent.
    let other = authority("acme");
    configured.document(&other.bundle());
    refresh(&federation).await.unwrap();
    assert_eq!(in_use(&federation).as_deref(), Some(other.kid()));
}

#[tokio::test]
async fn three_in_a_row_are_followed_and_no_more() {
    let (web, acme) = (WebAuthority::generate(), authority("acme"));
    let server = web_server(&web).await;
    server.serve("/", to("/1"));
    server.serve("/1", to(&format!("//127.0.0.1:{}/2", server.port)));
    server.serve("/2", to(&server.url("/3")));
    server.serve("/3", ok("", &acme.bundle()));
    let federation = federation(&server.url("/"), web.profile());
    refresh(&federation).await.unwrap();
    assert_eq!(server.requests().len(), 4);
    assert!(!server.resumed(), "each shows its certificate");
    server.serve("/3", to("/4"));
    server.serve("/4", ok("", &acme.bundle()));
    assert_eq!(refresh(&federation).await, Err(FederationError::TooManyRedirects));
    assert_eq!(server.requests().len(), 8, "the fifth is not asked for");
    server.serve("/", to("/"));
    assert_eq!(refresh(&federation).await, Err(FederationError::TooManyRedirects), "round in circles");
}

#[tokio::test]
async fn a_target_without_a_host_is_on_the_one_that_named_it() {
    let (web, acme) = (WebAuthority::generate(), authority("acme"));
    let (configured, target) = (web_server(&web).await, web_server(&web).await);
    configured.serve("/", to(&target.url("/x")));
    target.serve("/x", to("/y"));
    target.serve("/y", ok("", &acme.bundle()));
    let federation = federation(&configured.url("/"), web.profile());
    refresh(&federation).await.unwrap();
    assert_eq!(in_use(&federation).as_deref(), Some(acme.kid()));
}

#[tokio::test]
async fn the_target_has_to_be_an_endpoints_url() {
    let web = WebAuthority::generate();
    let server = web_server(&web).await;
    let federation = federation(&server.url("/"), web.profile());
    let port = server.port;
    for (target, error) in [
        (format!("http://127.0.0.1:{port}/x"), EndpointUrlError::NotHttps),
        ("ftp://acme/x".into(), EndpointUrlError::NotHttps),
        (format!("https://user@127.0.0.1:{port}/x"), EndpointUrlError::UserInformation),
        (format!("//user:word@127.0.0.1:{port}/x"), EndpointUrlError::UserInformation),
        ("https://127.0.0.1:0/x".into(), EndpointUrlError::Port),
        ("https://-/x".into(), EndpointUrlError::Host),
        ("https://ä/x".into(), EndpointUrlError::Malformed),
        (String::new(), EndpointUrlError::Malformed),
        (format!("/{}", "x".repeat(2048)), EndpointUrlError::TooLong),
    ] {
        server.serve("/", to(&target));
        assert_eq!(refresh(&federation).await, Err(FederationError::RedirectTarget(error)), "{target}");
    }
    server.serve("/", head(302, ""));
    assert_eq!(refresh(&federation).await, Err(FederationError::RedirectWithoutTarget));
    assert!(server.requests().iter().all(|request| request.starts_with("get / ")), "nothing else was asked for");
}

/// §5.2.1.4: the same TLS considerations MUST be applied.
#[tokio::test]
async fn the_target_proves_its_host() {
    let (web, acme) = (WebAuthority::generate(), authority("acme"));
    let configured = web_server(&web).await;
    let federation = federation(&configured.url("/"), web.profile());
    for tls in [WebAuthority::generate().server("127.0.0.1", 3), web.server("127.0.0.2", 3), web.server("127.0.0.1", 1)]
    {
        let target = Server::start(tls).await;
        target.document(&acme.bundle());
        configured.serve("/", to(&target.url("/")));
        let result = refresh(&federation).await;
        assert!(matches!(&result, Err(FederationError::Certificate(_))), "{result:?}");
        assert_eq!(target.requests().len(), 0);
    }
}

/// §5.2.2.4: MUST present a valid X509-SVID for the same SPIFFE ID.
#[tokio::test]
async fn the_target_is_the_same_workload() {
    let (acme, namesake, id) = (authority("acme"), authority("acme"), "spiffe://acme/endpoint");
    let configured = Server::start(svid_server(&acme, id, 300)).await;
    let target = Server::start(svid_server(&acme, id, 300)).await;
    target.document(&acme.bundle());
    configured.serve("/", to(&target.url("/")));
    let federation = federation(&configured.url("/"), spiffe(id, bundles([("acme", &acme)])));
    refresh(&federation).await.unwrap();
    target.set_tls(svid_server(&acme, "spiffe://acme/cdn", 300));
    let error = FederationError::WrongEndpoint("spiffe://acme/cdn".parse().unwrap());
    assert_eq!(refresh(&federation).await, Err(error));
    target.set_tls(svid_server(&namesake, id, 300));
    assert_eq!(refresh(&federation).await, Err(FederationError::Svid(SvidError::BadSignature)));
    target.set_tls(WebAuthority::generate().server("127.0.0.1", 3));
    assert_eq!(refresh(&federation).await, Err(FederationError::Svid(SvidError::NotOneUri)));
    assert_eq!(target.requests().len(), 1);
}

/// RFC 9110 §8.8: of two resources the same validator may tell different things.
#[tokio::test]
async fn validators_go_back_to_where_they_came_from_only() {
    let (web, acme) = (WebAuthority::generate(), authority("acme"));
    let server = web_server(&web).await;
    server.serve("/", to("/a"));
    server.serve("/a", ok("ETag: \"v1\"\r\n", &acme.bundle()));
    server.serve("/b", head(304, ""));
    let federation = federation(&server.url("/"), web.profile());
    refresh(&federation).await.unwrap();
    server.serve("/a", head(304, ""));
    refresh(&federation).await.unwrap();
    server.serve("/", to("/b"));
    assert_eq!(refresh(&federation).await, Err(FederationError::Status(304)), "nobody asked");
    let asked: Vec<_> = server
        .requests()
        .iter()
        .map(|request| (request.split(' ').nth(1).unwrap().to_owned(), request.contains("if-none-match")))
        .collect();
    let expected = [("/", false), ("/a", false), ("/", false), ("/a", true), ("/", false), ("/b", false)];
    assert_eq!(asked, expected.map(|(path, condition)| (path.to_owned(), condition)));
}

/// §7.5.1: operators may wish to consider disabling redirects.
#[tokio::test]
async fn they_can_be_turned_off() {
    let (web, acme) = (WebAuthority::generate(), authority("acme"));
    let server = web_server(&web).await;
    server.serve("/", to("/x"));
    server.serve("/x", ok("", &acme.bundle()));
    let mut relationship = relationship(&server.url("/"), web.profile());
    relationship.follow_redirects = false;
    let federation = Federation::start([relationship]).unwrap();
    assert_eq!(refresh(&federation).await, Err(FederationError::Status(302)));
    assert_eq!(server.requests().len(), 1);
}
