//! One HTTP connection to a station: to the address that was judged, with the certificate that was enrolled, for one request.
//!
//! Redirects are not followed, names are resolved here and nowhere else, and a connection is never used twice: a command that was
//! written once can then never be written again by a library that means well.

use super::address::{AddressError, Host, Reach, StationUrl, admit};
use super::model::{Endpoint, Trust};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::HeaderValue;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

/// Headers of an answer that are read.
const MAX_HEADERS: usize = 64;
/// Largest head of an answer.
const HEAD_BUFFER: usize = 16 * 1_024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The address must not be reached.
    #[error("the station's address may not be reached: {0}")]
    Address(#[from] AddressError),
    /// Nothing listens there.
    #[error("the station is not reached")]
    NotReached,
    /// The certificate is not the expected one.
    #[error("the station's certificate is not the expected one")]
    Untrusted,
    /// The connection ended, or what came is no HTTP.
    #[error("the station closed the connection without an answer")]
    Closed,
    /// The body is larger than allowed.
    #[error("the answer is too large")]
    TooLarge,
}

/// A socket that HTTP is spoken on.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// An answer whose body is still to be read. Dropping it closes the connection.
#[derive(Debug)]
pub struct Answer {
    /// Status, headers and body.
    pub response: Response<Incoming>,
    connection: JoinHandle<()>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Answer {
    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// The connection broke off.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, LinkError> {
        loop {
            match self.response.body_mut().frame().await {
                None => return Ok(None),
                Some(Err(_)) => return Err(LinkError::Closed),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// It is larger than `limit`, or the connection broke off.
    pub async fn body(&mut self, limit: usize) -> Result<Vec<u8>, LinkError> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await? {
            if body.len() + piece.len() > limit {
                return Err(LinkError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

/// A connection that is open and has carried nothing.
pub struct Link {
    sender: http1::SendRequest<Full<Bytes>>,
    connection: JoinHandle<()>,
    authority: String,
}

impl Link {
    /// Connects.
    ///
    /// # Errors
    /// The address may not be reached, nothing answers, or the certificate is another one.
    pub async fn open(endpoint: &Endpoint, reach: Reach) -> Result<Self, LinkError> {
        let url = &endpoint.url;
        let stream = connect(url, reach, addresses).await?;
        let stream: Box<dyn Stream> = match (&endpoint.trust, url.https) {
            (Trust::Plain, false) => Box::new(stream),
            (Trust::Authorities(_) | Trust::Fingerprint(_), true) => Box::new(secure(stream, url, &endpoint.trust).await?),
            // The configuration is checked; a mismatch must not end as plain text.
            (Trust::Plain, true) | (Trust::Authorities(_) | Trust::Fingerprint(_), false) => return Err(LinkError::Untrusted),
        };
        let mut http = http1::Builder::new();
        http.max_headers(MAX_HEADERS).max_buf_size(HEAD_BUFFER);
        let (sender, connection) = http.handshake(TokioIo::new(stream)).await.map_err(|_| LinkError::NotReached)?;
        let connection = tokio::spawn(async move {
            // How it ended is told by the request.
            let _ = connection.await;
        });
        Ok(Self { sender, connection, authority: url.authority() })
    }

    /// Sends the one request of this connection and waits for the head of the answer.
    ///
    /// # Errors
    /// The connection ended before, or the answer is no HTTP.
    pub async fn send(self, mut request: Request<Full<Bytes>>) -> Result<Answer, LinkError> {
        let Self { mut sender, connection, authority } = self;
        let headers = request.headers_mut();
        headers.insert("host", HeaderValue::from_str(&authority).map_err(|_| LinkError::NotReached)?);
        headers.insert("connection", HeaderValue::from_static("close"));
        headers.insert("user-agent", HeaderValue::from_static("Portico"));
        // Waiting may be cut off at any moment: the connection ends with whoever waits for it.
        let connection = AbortOnDrop(Some(connection));
        match sender.send_request(request).await {
            Ok(response) => Ok(Answer { response, connection: connection.keep()? }),
            Err(_) => Err(LinkError::Closed),
        }
    }
}

struct AbortOnDrop(Option<JoinHandle<()>>);

impl AbortOnDrop {
    fn keep(mut self) -> Result<JoinHandle<()>, LinkError> {
        self.0.take().ok_or(LinkError::Closed)
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.abort();
        }
    }
}

/// The addresses of a name, from the system.
async fn addresses(name: String, port: u16) -> io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((name, port)).await?.map(|socket| socket.ip()).collect())
}

/// Connects to an address that was judged just before. A name is asked for once: whoever answers otherwise the next time is not asked
/// again. A name of which any address is refused is refused as a whole.
async fn connect<F>(url: &StationUrl, reach: Reach, resolve: impl FnOnce(String, u16) -> F) -> Result<TcpStream, LinkError>
where
    F: Future<Output = io::Result<Vec<IpAddr>>>,
{
    let addresses: Vec<IpAddr> = match &url.host {
        Host::Address(address) => vec![*address],
        Host::Name(name) => resolve(name.clone(), url.port).await.map_err(|_| LinkError::NotReached)?,
    };
    let admitted = addresses.into_iter().map(|address| admit(address, reach)).collect::<Result<Vec<_>, _>>()?;
    for address in admitted {
        if let Ok(stream) = TcpStream::connect(SocketAddr::new(address, url.port)).await {
            let _ = stream.set_nodelay(true);
            return Ok(stream);
        }
    }
    Err(LinkError::NotReached)
}

async fn secure(stream: TcpStream, url: &StationUrl, trust: &Trust) -> Result<impl Stream + use<>, LinkError> {
    let name = match &url.host {
        Host::Address(address) => ServerName::IpAddress((*address).into()),
        Host::Name(name) => ServerName::try_from(name.clone()).map_err(|_| LinkError::NotReached)?,
    };
    let connector = TlsConnector::from(Arc::new(client_config(trust)?));
    connector.connect(name, stream).await.map_err(|e| {
        let inner = e.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(_)) => LinkError::Untrusted,
            Some(_) | None => LinkError::NotReached,
        }
    })
}

fn client_config(trust: &Trust) -> Result<ClientConfig, LinkError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().map_err(|_| LinkError::NotReached)?;
    match trust {
        Trust::Authorities(authorities) => {
            let mut roots = RootCertStore::empty();
            for authority in authorities {
                roots.add(CertificateDer::from(authority.clone())).map_err(|_| LinkError::Untrusted)?;
            }
            Ok(builder.with_root_certificates(roots).with_no_client_auth())
        }
        Trust::Fingerprint(fingerprint) => {
            let verifier = Arc::new(Pinned { fingerprint: *fingerprint, provider });
            Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
        }
        Trust::Plain => Err(LinkError::Untrusted),
    }
}

/// Accepts one certificate and no other, whoever signed it: stations make their own.
#[derive(Debug)]
struct Pinned {
    fingerprint: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if Sha256::digest(certificate.as_ref())[..] == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use tokio::net::TcpListener;

    fn named(port: u16) -> StationUrl {
        StationUrl::parse(&format!("http://door.example:{port}/")).expect("an address")
    }

    /// A name that answers otherwise each time it is asked for.
    async fn reach_by(answers: &[&[&str]], port: u16, reach: Reach) -> (Result<SocketAddr, LinkError>, usize) {
        let answers: Mutex<VecDeque<Vec<IpAddr>>> =
            Mutex::new(answers.iter().map(|list| list.iter().map(|ip| ip.parse().expect("an address")).collect()).collect());
        let next = |_name, _port| {
            let answer = answers.lock().expect("the answers").pop_front();
            async move { answer.ok_or_else(|| io::ErrorKind::NotFound.into()) }
        };
        let stream = connect(&named(port), reach, next).await;
        let left = answers.lock().expect("the answers").len();
        (stream.map(|stream| stream.peer_addr().expect("a peer")), left)
    }

    #[tokio::test]
    async fn the_address_that_was_judged_is_the_one_that_is_reached() {
        let honest = TcpListener::bind("127.0.0.2:0").await.expect("a listener");
        let port = honest.local_addr().expect("its address").port();
        let trap = TcpListener::bind(("127.0.0.1", port)).await.expect("the same port elsewhere");
        let (reached, left) = reach_by(&[&["127.0.0.2"], &["127.0.0.1"]], port, Reach { loopback: true }).await;
        assert_eq!((reached.expect("a connection").ip().to_string().as_str(), left), ("127.0.0.2", 1), "asked once");
        assert!(tokio::time::timeout(std::time::Duration::from_millis(200), trap.accept()).await.is_err(), "nobody came to the other one");
    }

    #[tokio::test]
    async fn a_name_that_turns_inward_is_refused_whatever_else_it_names() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let port = listener.local_addr().expect("its address").port();
        for inward in [
            "127.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "::",
            "169.254.169.254",
            "fd00:ec2::254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            for answer in [&[inward][..], &["192.0.2.7", inward], &[inward, "192.0.2.7"]] {
                let (reached, _) = reach_by(&[answer], port, Reach::default()).await;
                assert!(matches!(reached, Err(LinkError::Address(_))), "{answer:?}: {reached:?}");
            }
        }
        assert!(matches!(reach_by(&[], port, Reach::default()).await.0, Err(LinkError::NotReached)), "a name that names nothing");
        assert!(tokio::time::timeout(std::time::Duration::from_millis(200), listener.accept()).await.is_err());
    }
}
