//! The way out: the one HTTP client for addresses that somebody else typed.
//!
//! It goes to public addresses only. What is checked is what is connected to: a name is looked up once, and the sockets
//! go to those of its addresses that passed. There are no redirects, no proxies and no compressed answers, because
//! nothing here knows them; an answer is read to 64 KiB and no longer than fifteen seconds.

mod address;

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{HOST, HeaderValue};
use axum::http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use address::{is_local_name, is_public};

/// How long a request may take in all.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long one address may take to be connected to.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How much of an answer is read.
const READ_MAX: usize = 64 * 1024;
/// The ports that TLS is spoken on.
const PORTS: [u16; 2] = [443, 8443];

/// The addresses that a name has at this moment.
pub type Resolving<'name> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'name>>;

/// Where names are looked up.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// The addresses of a name.
    fn resolve<'name>(&'name self, name: &'name str) -> Resolving<'name>;
}

/// As the system does.
#[derive(Debug)]
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'name>(&'name self, name: &'name str) -> Resolving<'name> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The way out; clones share it.
#[derive(Clone)]
pub struct Egress {
    resolver: Arc<dyn Resolve>,
    tls: Option<TlsConnector>,
    is_open: bool,
    patience: Duration,
}

impl fmt::Debug for Egress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Egress").field("is_open", &self.is_open).finish_non_exhaustive()
    }
}

/// Why an address is not gone to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no address.
    #[error("must be an address such as `https://example.com/hooks`")]
    Unreadable,
    /// It is not HTTPS.
    #[error("must begin with `https://`")]
    Scheme,
    /// It has a user name or a password.
    #[error("must have no user name and no password; requests are signed instead")]
    Credentials,
    /// It leads to a port that TLS is not spoken on.
    #[error("must lead to port 443 or 8443")]
    Port,
    /// It leads into a network that is not public.
    #[error("must lead to a public address, not into a private network")]
    Blocked,
}

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It was not sent.
    #[error("blocked_address: the address {0}")]
    Refused(#[from] Refused),
    /// The name has no address.
    #[error("unknown_host: the name could not be looked up")]
    Name,
    /// Nobody answered at any of its addresses.
    #[error("not_connected: {0}")]
    Connect(io::Error),
    /// They did not agree on a secure connection.
    #[error("not_secure: {0}")]
    Tls(io::Error),
    /// What came back is not HTTP.
    #[error("not_http: {0}")]
    Protocol(#[from] hyper::Error),
    /// It took too long.
    #[error("timed_out: there was no whole answer in time")]
    TimedOut,
    /// The request cannot be written down.
    #[error("not_sent: {0}")]
    Request(#[from] axum::http::Error),
}

/// A request to send.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its method.
    pub method: Method,
    /// Where to.
    pub url: String,
    /// Its headers; `Host` is set here.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl Egress {
    /// To public addresses only, by HTTPS.
    pub fn guarded() -> Self {
        Self::new(Arc::new(SystemResolver), false)
    }

    /// To every address, by HTTP too: for developers, on their own machines.
    pub fn open() -> Self {
        Self::new(Arc::new(SystemResolver), true)
    }

    /// Looks names up elsewhere.
    #[must_use]
    pub fn with_resolver(self, resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, ..self }
    }

    /// Waits so long for an answer.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn new(resolver: Arc<dyn Resolve>, is_open: bool) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
        // Only a provider without ciphers has no protocol.
        let tls = config.ok().map(|config| TlsConnector::from(Arc::new(config)));
        Self { resolver, tls, is_open, patience: PATIENCE }
    }

    /// Whether an address may be gone to, as far as can be told without looking its name up.
    ///
    /// Errors: why not.
    pub fn check(&self, url: &str) -> Result<Url, Refused> {
        // Odd spellings of addresses, such as `0x7f.1`, are addresses after this.
        let url = Url::parse(url).map_err(|_| Refused::Unreadable)?;
        let is_plain = url.scheme() == "http" && self.is_open;
        if url.scheme() != "https" && !is_plain {
            return Err(Refused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let is_fine = match url.host() {
            None => return Err(Refused::Unreadable),
            Some(Host::Domain(name)) => !is_local_name(name),
            Some(Host::Ipv4(ip)) => is_public(ip.into()),
            Some(Host::Ipv6(ip)) => is_public(ip.into()),
        };
        if !is_fine && !self.is_open {
            return Err(Refused::Blocked);
        }
        let is_common = url.port_or_known_default().is_some_and(|port| PORTS.contains(&port));
        if !is_common && !self.is_open {
            return Err(Refused::Port);
        }
        Ok(url)
    }

    /// Sends a request, and gives the first `kept` bytes of the answer.
    ///
    /// Errors: why it was not sent or not answered.
    pub async fn send(&self, outgoing: Outgoing, kept: usize) -> Result<Reply, SendError> {
        match tokio::time::timeout(self.patience, self.send_in_time(outgoing, kept)).await {
            Ok(sent) => sent,
            Err(_) => Err(SendError::TimedOut),
        }
    }

    async fn send_in_time(&self, outgoing: Outgoing, kept: usize) -> Result<Reply, SendError> {
        let url = self.check(&outgoing.url)?;
        let stream = self.connect(&url).await?;
        if url.scheme() == "http" {
            return exchange(stream, &url, outgoing, kept).await;
        }
        let unusable = || SendError::Tls(io::Error::other("there is no TLS"));
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|_| unusable())?;
        let tls = self.tls.as_ref().ok_or_else(unusable)?;
        let stream = tls.connect(name, stream).await.map_err(SendError::Tls)?;
        exchange(stream, &url, outgoing, kept).await
    }

    /// A connection to the first address that may be gone to and answers.
    async fn connect(&self, url: &Url) -> Result<TcpStream, SendError> {
        let port = url.port_or_known_default().unwrap_or_default();
        let found = match url.host() {
            Some(Host::Ipv4(ip)) => vec![ip.into()],
            Some(Host::Ipv6(ip)) => vec![ip.into()],
            Some(Host::Domain(name)) => self.resolver.resolve(name).await.map_err(|_| SendError::Name)?,
            None => Vec::new(),
        };
        if found.is_empty() {
            return Err(SendError::Name);
        }
        let allowed = found.into_iter().filter(|ip| self.is_open || is_public(*ip));
        let mut failure = SendError::Refused(Refused::Blocked);
        for ip in allowed {
            let connecting = TcpStream::connect(SocketAddr::new(ip, port));
            failure = match tokio::time::timeout(CONNECT_PATIENCE, connecting).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => SendError::Connect(error),
                Err(_) => SendError::Connect(io::ErrorKind::TimedOut.into()),
            };
        }
        Err(failure)
    }
}

async fn exchange<S>(stream: S, url: &Url, outgoing: Outgoing, kept: usize) -> Result<Reply, SendError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends when the sender is dropped, or with what it could not send.
    let driving = tokio::spawn(connection);
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut request =
        Request::builder().method(outgoing.method).uri(path).body(Full::new(Bytes::from(outgoing.body)))?;
    *request.headers_mut() = outgoing.headers;
    let host = HeaderValue::from_str(&host).map_err(axum::http::Error::from)?;
    request.headers_mut().insert(HOST, host);
    let answer = sender.send_request(request).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            driving.abort();
            return Err(error.into());
        }
    };
    let status = answer.status().as_u16();
    let body = read(answer.into_body(), kept).await;
    driving.abort();
    Ok(Reply { status, body: body? })
}

/// The beginning of a body. Of more than that, only so much is read as a server needs to be done with a short answer.
async fn read(mut body: hyper::body::Incoming, kept: usize) -> Result<Vec<u8>, SendError> {
    let (mut beginning, mut read) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let Some(data) = frame.data_ref() else { continue };
        read += data.len();
        let room = kept.saturating_sub(beginning.len()).min(data.len());
        beginning.extend(data.iter().take(room));
        if read >= READ_MAX.max(kept) {
            break;
        }
    }
    Ok(beginning)
}
