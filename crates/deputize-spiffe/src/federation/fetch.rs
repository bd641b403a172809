use std::{io, sync::Arc};

use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Body, Bytes, Incoming},
    client::conn::http1,
    header::{
        ACCEPT, ACCEPT_ENCODING, ETAG, HOST, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        LAST_MODIFIED, LOCATION,
    },
};
use hyper_util::rt::TokioIo;
use rustls::{CertificateError, ClientConfig};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_rustls::TlsConnector;

use super::{EndpointUrl, FederationError, error::render};
use crate::limits::{MAX_BUNDLE_BYTES, MAX_REDIRECTS, MAX_RESPONSE_HEAD_BYTES};

/// What an endpoint serves.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) text: String,
    pub(super) validators: Option<Validators>,
}

/// RFC 9110 §13.1: what tells one representation of a resource from another. They have a meaning
/// for the URL they came from only, which a redirect may have led to.
#[derive(Debug)]
pub(super) struct Validators {
    url: EndpointUrl,
    headers: HeaderMap,
}

/// One fetch, over a connection of its own for each redirect.
pub(super) struct Fetch<'a> {
    pub(super) tls: Arc<ClientConfig>,
    pub(super) follow_redirects: bool,
    pub(super) validators: Option<&'a Validators>,
}

impl Fetch<'_> {
    /// The document; nothing when the one that the validators are of is still the newest.
    ///
    /// Begins at the configured URL each time: Federation §5.2.1.4, §7.5.1, a redirect is never
    /// kept, also one that calls itself permanent.
    pub(super) async fn run(&self, configured: &EndpointUrl) -> Result<Option<Document>, FederationError> {
        let mut url = configured.clone();
        for _ in 0..=MAX_REDIRECTS {
            let validators = self.validators.filter(|validators| validators.url == url);
            // It ends with this turn, and the connection with it.
            let mut connection = JoinSet::new();
            let response = self.get(&url, validators, &mut connection).await?;
            match response.status() {
                StatusCode::OK => return read(response, url).await.map(Some),
                StatusCode::NOT_MODIFIED if validators.is_some() => return Ok(None),
                status if self.follow_redirects && is_redirect(status) => {
                    let location = response.headers().get(LOCATION).ok_or(FederationError::RedirectWithoutTarget)?;
                    // No URL has other characters than `to_str` takes, so what it refuses is none.
                    let target = url.join(location.to_str().unwrap_or_default());
                    url = target.map_err(FederationError::RedirectTarget)?;
                }
                status => return Err(FederationError::Status(status.as_u16())),
            }
        }
        Err(FederationError::TooManyRedirects)
    }

    async fn get(
        &self,
        url: &EndpointUrl,
        validators: Option<&Validators>,
        connections: &mut JoinSet<hyper::Result<()>>,
    ) -> Result<Response<Incoming>, FederationError> {
        let tcp = TcpStream::connect((&*url.host(), url.port())).await;
        let tcp = tcp.map_err(|error| FederationError::Connect(render(&error)))?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let tls = connector.connect(url.server_name().clone(), tcp).await.map_err(from_tls)?;
        let mut client = http1::Builder::new();
        client.max_header_size(MAX_RESPONSE_HEAD_BYTES);
        let (mut sender, connection) = client.handshake(TokioIo::new(tls)).await.map_err(from_hyper)?;
        connections.spawn(connection);
        let request = request(url, validators).map_err(|error| FederationError::Http(render(&error)))?;
        sender.send_request(request).await.map_err(from_hyper)
    }
}

fn request(url: &EndpointUrl, validators: Option<&Validators>) -> hyper::http::Result<Request<Empty<Bytes>>> {
    let mut request = Request::get(url.target()).header(HOST, url.authority()).header(ACCEPT, "application/json");
    // RFC 9110 §12.5.3: without this the endpoint may compress as it likes.
    request = request.header(ACCEPT_ENCODING, "identity");
    for (name, value) in validators.iter().flat_map(|validators| &validators.headers) {
        request = request.header(name, value);
    }
    request.body(Empty::new())
}

/// RFC 9110 §15.4: those that say where the same thing is found by the same method, or by GET.
fn is_redirect(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    )
}

async fn read(response: Response<Incoming>, url: EndpointUrl) -> Result<Document, FederationError> {
    let validators = validators(response.headers(), url);
    let body = response.into_body();
    // What it announces, if it does; and below what it sends.
    if body.size_hint().lower() > MAX_BUNDLE_BYTES as u64 {
        return Err(FederationError::TooLarge);
    }
    let body = Limited::new(body, MAX_BUNDLE_BYTES).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { FederationError::TooLarge } else { FederationError::Http(render(&*error)) }
    })?;
    let text = String::from_utf8(body.to_bytes().into()).map_err(|_| FederationError::NotText)?;
    Ok(Document { text, validators })
}

/// RFC 9110 §13.1.2, §13.1.3: what was sent with a document is asked with.
fn validators(headers: &HeaderMap<HeaderValue>, url: EndpointUrl) -> Option<Validators> {
    let pairs: [(HeaderName, HeaderName); 2] = [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)];
    let pairs = pairs.into_iter().filter_map(|(given, asked)| Some((asked, headers.get(given)?.clone())));
    let headers: HeaderMap = pairs.collect();
    (!headers.is_empty()).then_some(Validators { url, headers })
}

/// What the verifier of X.509-SVIDs said comes back whole.
fn from_tls(error: io::Error) -> FederationError {
    let rustls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(refused)) = rustls else { return FederationError::Tls(render(&error)) };
    let ours = match refused {
        CertificateError::Other(other) => other.0.downcast_ref::<FederationError>(),
        _ => None,
    };
    ours.cloned().unwrap_or_else(|| FederationError::Certificate(refused.to_string()))
}

fn from_hyper(error: hyper::Error) -> FederationError {
    FederationError::Http(render(&error))
}
