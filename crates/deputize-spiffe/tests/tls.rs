//! Mutual TLS: who gets a connection, over real handshakes in memory.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a panic here is the failure")]

use std::sync::Arc;

use deputize_core::{AgentProof, ProvenBy, UnixTime};
use deputize_spiffe::{
    Bundle, Layout, StaticBundles, SvidClientVerifier, SvidError, SvidVerifier, X509Svid, testing::Authority,
};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, HandshakeKind, OtherError,
    ServerConfig, ServerConnection, SignatureScheme, SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    server::danger::ClientCertVerifier,
    time_provider::TimeProvider,
    version::{TLS12, TLS13},
};

const NOW: u64 = 1_800_000_000;
const AGENT: &str = "spiffe://acme/agent/r1";

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds).unwrap()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The server's clock stands still.
#[derive(Debug)]
struct At(u64);

impl TimeProvider for At {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        Some(rustls::pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(self.0)))
    }
}

/// The client is not what is tested: it takes any server.
#[derive(Debug)]
struct AnyServer;

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

struct World {
    acme: Authority,
    svids: Arc<SvidVerifier<StaticBundles>>,
    server: Arc<ServerConfig>,
}

type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn chain(svid: &X509Svid) -> Chain {
    svid.for_rustls()
}

impl World {
    fn new() -> Self {
        let acme = Authority::generate("acme".parse().unwrap()).unwrap();
        let bundle = Bundle::from_json("acme".parse().unwrap(), &acme.bundle()).unwrap();
        let svids = Arc::new(SvidVerifier::new(Layout::default(), "unused", StaticBundles::new([bundle])));
        let own = acme.x509_svid(&"spiffe://acme/server".parse().unwrap(), at(NOW), 60).unwrap();
        let (certificates, key) = chain(&own);
        let server = ServerConfig::builder_with_details(provider(), Arc::new(At(NOW)))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(Arc::new(SvidClientVerifier::new(Arc::clone(&svids))))
            .with_single_cert(certificates, key)
            .unwrap();
        Self { acme, svids, server: Arc::new(server) }
    }

    fn svid(&self, lifetime: u32) -> Chain {
        chain(&self.acme.x509_svid(&AGENT.parse().unwrap(), at(NOW), lifetime).unwrap())
    }

    /// What the server says of a client with this certificate, or without one.
    fn handshake(&self, client: Option<Chain>) -> Result<ServerConnection, Error> {
        let versions: &[&[&SupportedProtocolVersion]] = &[&[&TLS12], &[&TLS13]];
        let mut results = versions.iter().map(|versions| {
            let config = ClientConfig::builder_with_provider(provider()).with_protocol_versions(versions).unwrap();
            let config = config.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer));
            let config = match &client {
                None => config.with_no_client_auth(),
                Some((chain, key)) => config.with_client_auth_cert(chain.clone(), key.clone_key()).unwrap(),
            };
            let client = ClientConnection::new(Arc::new(config), "server".try_into().unwrap()).unwrap();
            let server = ServerConnection::new(Arc::clone(&self.server)).unwrap();
            run(client, server)
        });
        let (of_tls12, of_tls13) = (results.next().unwrap(), results.next().unwrap());
        let said = |result: &Result<_, Error>| format!("{:?}", result.as_ref().map(drop));
        assert_eq!(said(&of_tls12), said(&of_tls13), "both versions say the same");
        of_tls13
    }

    fn who(&self, connection: &ServerConnection, now: UnixTime) -> Result<AgentProof, SvidError> {
        self.svids.x509(connection.peer_certificates().unwrap(), now)
    }
}

/// Passes what each side writes to the other until the server knows.
fn run(mut client: ClientConnection, mut server: ServerConnection) -> Result<ServerConnection, Error> {
    while server.is_handshaking() {
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        server.read_tls(&mut bytes.as_slice()).unwrap();
        server.process_new_packets()?;
        bytes.clear();
        server.write_tls(&mut bytes).unwrap();
        client.read_tls(&mut bytes.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(server)
}

#[test]
fn an_agent_gets_a_connection_that_says_who_it_is() {
    let world = World::new();
    assert_eq!(format!("{:?}", SvidClientVerifier::new(Arc::clone(&world.svids))), "SvidClientVerifier { .. }");
    let connection = world.handshake(Some(world.svid(60))).unwrap();
    let proof = world.who(&connection, at(NOW)).unwrap();
    assert_eq!(proof.by(), &ProvenBy::X509Svid(AGENT.parse().unwrap()));
    assert!(proof.confirmation().is_some());
    assert_eq!(world.who(&connection, at(NOW + 60)).unwrap_err(), SvidError::Expired, "it outlives its certificate");
}

#[test]
fn others_get_none() {
    let world = World::new();
    let refused = |client| world.handshake(client).map(drop).unwrap_err();
    assert_eq!(refused(None), Error::NoCertificatesPresented);
    assert_eq!(refused(Some(world.svid(0))), Error::InvalidCertificate(CertificateError::Expired));

    let stranger = Authority::generate("acme".parse().unwrap()).unwrap();
    let forged = chain(&stranger.x509_svid(&AGENT.parse().unwrap(), at(NOW), 60).unwrap());
    assert_eq!(refused(Some(forged)), Error::InvalidCertificate(CertificateError::BadSignature));

    let other = Authority::generate("other".parse().unwrap()).unwrap();
    let foreign = chain(&other.x509_svid(&"spiffe://other/agent/r1".parse().unwrap(), at(NOW), 60).unwrap());
    assert_eq!(told(refused(Some(foreign))), SvidError::UnknownTrustDomain);

    let no_agent = world.acme.x509_svid(&"spiffe://acme/server".parse().unwrap(), at(NOW), 60).unwrap();
    assert_eq!(told(refused(Some(chain(&no_agent)))), SvidError::NotInLayout);
}

/// What the log is told where no alert says it.
fn told(error: Error) -> SvidError {
    match error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(why))) => why.downcast_ref().cloned().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Its certificate is no secret: whoever shows it has to hold the key.
#[test]
fn a_certificate_without_its_key_is_worth_nothing() {
    let world = World::new();
    let (certificates, _) = world.svid(60);
    let (_, another_key) = world.svid(60);
    for version in [&TLS12, &TLS13] {
        let refused = with_any_key(&world, version, certificates.clone(), another_key.clone_key());
        assert_eq!(refused, Error::InvalidCertificate(CertificateError::BadSignature), "{version:?}");
    }
}

/// rustls does not let a client be configured with a key that is not its certificate's.
fn with_any_key(
    world: &World,
    version: &'static SupportedProtocolVersion,
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Error {
    #[derive(Debug)]
    struct Thief(Arc<rustls::sign::CertifiedKey>);
    impl rustls::client::ResolvesClientCert for Thief {
        fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<rustls::sign::CertifiedKey>> {
            Some(Arc::clone(&self.0))
        }

        fn has_certs(&self) -> bool {
            true
        }
    }
    let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
    let thief = Thief(Arc::new(rustls::sign::CertifiedKey::new(certificates, key)));
    let config = ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[version]).unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer));
    let config = config.with_client_cert_resolver(Arc::new(thief));
    let client = ClientConnection::new(Arc::new(config), "server".try_into().unwrap()).unwrap();
    let server = ServerConnection::new(Arc::clone(&world.server)).unwrap();
    run(client, server).map(drop).unwrap_err()
}

/// rustls verifies no certificate of a resumed session: it says who that was, and is verified anew.
#[test]
fn a_resumed_session_still_says_who_it_is() {
    for version in [&TLS12, &TLS13] {
        let world = World::new();
        let (certificates, key) = world.svid(60);
        let config = ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[version]).unwrap();
        let config = config.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer));
        let config = Arc::new(config.with_client_auth_cert(certificates, key).unwrap());
        let connect = || {
            let client = ClientConnection::new(Arc::clone(&config), "server".try_into().unwrap()).unwrap();
            run(client, ServerConnection::new(Arc::clone(&world.server)).unwrap()).unwrap()
        };
        let (first, resumed) = (connect(), connect());
        assert_eq!(first.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(resumed.handshake_kind(), Some(HandshakeKind::Resumed));
        assert_eq!(resumed.peer_certificates(), first.peer_certificates());
        assert!(world.who(&resumed, at(NOW)).is_ok());
        assert_eq!(world.who(&resumed, at(NOW + 60)).unwrap_err(), SvidError::Expired);
    }
}

/// Each is told why, as far as TLS has an alert for it, and what is sent beside the leaf is looked at.
#[test]
fn what_is_wrong_is_said_by_the_nearest_alert() {
    let world = World::new();
    let verifier = SvidClientVerifier::new(Arc::clone(&world.svids));
    let (certificates, _) = world.svid(60);
    let leaf = certificates.first().unwrap();
    let now = rustls::pki_types::UnixTime::since_unix_epoch;
    let said = |leaf: &CertificateDer<'_>, seconds: u64| {
        let now = now(std::time::Duration::from_secs(seconds));
        verifier.verify_client_cert(leaf, &[], now).map(drop)
    };
    assert_eq!(said(leaf, NOW), Ok(()));
    assert_eq!(said(leaf, NOW - 1), Err(Error::InvalidCertificate(CertificateError::NotValidYet)));
    assert_eq!(said(leaf, u64::MAX), Err(Error::InvalidCertificate(CertificateError::Expired)));
    let broken = CertificateDer::from(&[0x30, 0][..]);
    assert_eq!(said(&broken, NOW), Err(Error::InvalidCertificate(CertificateError::BadEncoding)));
    let stranger = vec![CertificateDer::from(vec![0; 16 * 1024 + 1])];
    let now = now(std::time::Duration::from_secs(NOW));
    assert!(verifier.verify_client_cert(leaf, &stranger, now).is_err(), "what is sent along is looked at");
}
