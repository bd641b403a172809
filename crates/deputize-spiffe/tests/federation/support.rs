//! An endpoint that serves what it is told to, and certificates for it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use deputize_core::UnixTime;
use deputize_spiffe::{
    Bundle, Bundles, EndpointProfile, Federation, FederationError, Relationship, StaticBundles, TrustDomain,
    testing::Authority,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::{HandshakeKind, RootCertStore, ServerConfig, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// An endpoint on this machine, gone when dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

struct Shared {
    tls: Mutex<Arc<ServerConfig>>,
    replies: Mutex<BTreeMap<String, Reply>>,
    requests: Mutex<Vec<String>>,
    resumed: AtomicBool,
    count: watch::Sender<usize>,
}

/// What is sent, byte by byte.
#[derive(Clone)]
pub(crate) enum Reply {
    /// And then the connection is closed.
    Bytes(Vec<u8>),
    /// And then nothing more.
    Hang(Vec<u8>),
    /// And then the second for ever.
    Endless(Vec<u8>, Vec<u8>),
}

impl Server {
    pub(crate) async fn start(tls: Arc<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            tls: Mutex::new(tls),
            replies: Mutex::default(),
            requests: Mutex::default(),
            resumed: AtomicBool::default(),
            count: watch::channel(0).0,
        });
        let mut tasks = JoinSet::new();
        let state = Arc::clone(&shared);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let state = Arc::clone(&state);
                connections.spawn(async move {
                    let tls = Arc::clone(&state.tls.lock().unwrap());
                    // Clients that do not like the certificate end here.
                    if let Ok(mut stream) = TlsAcceptor::from(tls).accept(tcp).await {
                        if stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed) {
                            state.resumed.store(true, Ordering::Relaxed);
                        }
                        state.answer(&mut stream).await.ok();
                    }
                });
            }
        });
        Self { port, shared, _tasks: tasks }
    }

    /// The URL of a path here.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn set_tls(&self, tls: Arc<ServerConfig>) {
        *self.shared.tls.lock().unwrap() = tls;
    }

    pub(crate) fn serve(&self, path: &str, reply: Reply) {
        self.shared.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// A document with 200, at `/`.
    pub(crate) fn document(&self, document: &str) {
        self.serve("/", ok("", document));
    }

    /// Only a status, at `/`.
    pub(crate) fn status(&self, status: u16) {
        self.serve("/", head(status, ""));
    }

    /// The heads of the requests so far, in lower case.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Whether a client ever came back with a session, so that it saw no certificate.
    pub(crate) fn resumed(&self) -> bool {
        self.shared.resumed.load(Ordering::Relaxed)
    }

    /// Waits until there were so many requests.
    pub(crate) async fn asked(&self, times: usize) {
        self.shared.count.subscribe().wait_for(|count| *count >= times).await.unwrap();
    }
}

impl Shared {
    async fn answer<S: AsyncRead + AsyncWriteExt + Unpin>(&self, stream: &mut S) -> std::io::Result<()> {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await?);
        }
        let request = String::from_utf8(request).unwrap();
        let path = request.split(' ').nth(1).unwrap().to_owned();
        self.requests.lock().unwrap().push(request.to_lowercase());
        self.count.send_modify(|count| *count += 1);
        let reply = self.replies.lock().unwrap().get(&path).cloned();
        match reply.unwrap_or_else(|| head(404, "")) {
            Reply::Bytes(bytes) => {
                stream.write_all(&bytes).await?;
                stream.shutdown().await
            }
            Reply::Hang(bytes) => {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
                std::future::pending().await
            }
            Reply::Endless(bytes, more) => {
                stream.write_all(&bytes).await?;
                loop {
                    stream.write_all(&more).await?;
                }
            }
        }
    }
}

pub(crate) fn ok(headers: &str, document: &str) -> Reply {
    let length = document.len();
    Reply::Bytes(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{headers}\r\n{document}").into())
}

pub(crate) fn head(status: u16, headers: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n{headers}\r\n").into())
}

/// An authority of Web PKI.
pub(crate) struct WebAuthority(CertifiedIssuer<'static, KeyPair>);

impl WebAuthority {
    pub(crate) fn generate() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Web");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn profile(&self) -> EndpointProfile {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        EndpointProfile::HttpsWeb { roots: Arc::new(roots) }
    }

    /// For a server with this name, that lives for so many hours from two hours ago on.
    pub(crate) fn server(&self, name: &str, hours: u32) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        let hour = Duration::from_secs(60 * 60);
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(now().as_secs()) - 2 * hour;
        params.not_after = params.not_before + hours * hour;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        tls(vec![certificate.der().to_vec()], &key.serialize_der())
    }
}

/// For a server with an X.509-SVID of this id, that lives for so many seconds from a minute ago on.
pub(crate) fn svid_server(authority: &Authority, id: &str, lifetime: u32) -> Arc<ServerConfig> {
    let since = UnixTime::from_secs(now().as_secs() - 60).unwrap();
    let svid = authority.x509_svid(&id.parse().unwrap(), since, lifetime).unwrap();
    tls(svid.chain().to_vec(), svid.private_key())
}

fn tls(chain: Vec<Vec<u8>>, key: &[u8]) -> Arc<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let chain = chain.into_iter().map(CertificateDer::from).collect();
    Arc::new(builder.with_single_cert(chain, PrivateKeyDer::Pkcs8(key.to_vec().into())).unwrap())
}

pub(crate) fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    UnixTime::from_secs(since.as_secs()).unwrap()
}

pub(crate) fn domain(name: &str) -> TrustDomain {
    name.parse().unwrap()
}

pub(crate) fn authority(name: &str) -> Authority {
    Authority::generate(domain(name)).unwrap()
}

/// Of several trust domains with their authorities.
pub(crate) fn bundles<const N: usize>(authorities: [(&str, &Authority); N]) -> StaticBundles {
    let read = |(name, authority): (&str, &Authority)| Bundle::from_json(domain(name), &authority.bundle()).unwrap();
    StaticBundles::new(authorities.map(read))
}

pub(crate) fn spiffe(endpoint: &str, bundles: impl Bundles + Send + Sync + 'static) -> EndpointProfile {
    EndpointProfile::HttpsSpiffe { endpoint: endpoint.parse().unwrap(), bundles: Arc::new(bundles) }
}

/// A relationship with `acme`.
pub(crate) fn relationship(url: &str, profile: EndpointProfile) -> Relationship {
    Relationship::new(domain("acme"), url.parse().unwrap(), profile)
}

/// A federation with `acme` alone.
pub(crate) fn federation(url: &str, profile: EndpointProfile) -> Federation {
    Federation::start([relationship(url, profile)]).unwrap()
}

pub(crate) async fn refresh(federation: &Federation) -> Result<(), FederationError> {
    federation.refresh(&domain("acme")).await
}

/// The id of the JWT key in use for `acme`: which bundle it is.
pub(crate) fn in_use(federation: &Federation) -> Option<String> {
    let bundle = federation.bundle(&domain("acme")).ok()?;
    bundle.keys().iter().next().map(|key| key.kid().to_owned())
}

/// The bundle, with other members.
pub(crate) fn document(authority: &Authority, changes: &Value) -> String {
    let mut document: Value = serde_json::from_str(&authority.bundle()).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(document.as_object_mut().unwrap().remove(name)),
            value => document[name] = value.clone(),
        }
    }
    document.to_string()
}

pub(crate) fn sequence(authority: &Authority, sequence: u64) -> String {
    document(authority, &json!({"spiffe_sequence": sequence}))
}

/// Lets so many seconds pass, though nobody waits for them.
pub(crate) async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}
