//! Accepts connections: the file limit is raised first, running out of files pauses accepting instead of ending it, each
//! connection has a place among the caps, a time limit for its handshake and for the head of each request.

use super::{CapGuard, Caps, canonical};
use crate::metrics::Metrics;
use crate::stop::Stop;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// A TLS handshake that takes longer is dropped.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The head of a request, and the wait for the next request on an open connection.
const REQUEST_HEAD: Duration = Duration::from_secs(10);
/// Pause of accepting when the process has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(250);
/// At the stop, running requests may take this long.
const LAST_REQUESTS: Duration = Duration::from_secs(3);
/// Read buffer of a connection: the smallest that the HTTP library takes. An upgraded socket gives it back.
const HEAD_BUFFER: usize = 8 * 1024;

/// Raises the limit of open files as far as the system allows and returns it; 0 where there is no such limit to raise.
#[must_use]
pub fn raise_file_limit() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or_default()
}

/// Binds the address.
///
/// # Errors
/// One clear sentence: the port is in use, the address is not ours, or the port needs rights.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|e| match e.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {} on {} is in use by another program: stop it or choose another port", address.port(), address.ip())
        }
        io::ErrorKind::AddrNotAvailable => format!("{} is not an address of this machine", address.ip()),
        io::ErrorKind::PermissionDenied => {
            format!("port {} may not be opened by this user: choose a port of 1024 or above", address.port())
        }
        _ => format!("{address} cannot be opened: {e}"),
    })
}

/// What every connection shares.
#[derive(Clone)]
struct Shared {
    router: Router,
    tls: Option<TlsAcceptor>,
    stop: Stop,
    metrics: Metrics,
}

/// Serves until the stop, then waits a short while for running requests.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Arc<rustls::ServerConfig>>,
    caps: Caps,
    proxies: Vec<IpAddr>,
    metrics: Metrics,
    stop: Stop,
) {
    let shared = Shared { router, tls: tls.map(TlsAcceptor::from), stop: stop.clone(), metrics: metrics.clone() };
    let (finished, mut all_finished) = tokio::sync::mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            () = stop.wait() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let address = canonical(peer.ip());
                let place = if proxies.contains(&address) { caps.take_shared() } else { caps.take(address) };
                let Some(place) = place else {
                    // Closing at once costs nothing; an answer would cost a handshake.
                    metrics.count("portico_connections_refused_total", &[]);
                    continue;
                };
                let (shared, finished) = (shared.clone(), finished.clone());
                tokio::spawn(async move {
                    connection(stream, peer, place, shared).await;
                    drop(finished);
                });
            }
            Err(e) if is_about_one_connection(&e) => {}
            Err(e) => {
                tracing::warn!(error = %e, "accepting pauses");
                metrics.count("portico_accept_pauses_total", &[]);
                sleep(PAUSE).await;
            }
        }
    }
    drop(finished);
    drop(listener);
    let _ = timeout(LAST_REQUESTS, all_finished.recv()).await;
}

/// Whether only the connection that was about to be accepted is lost. Everything else (EMFILE, ENFILE, ENOMEM) lasts.
fn is_about_one_connection(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused | io::ErrorKind::Interrupted
    )
}

async fn connection(stream: TcpStream, peer: SocketAddr, place: CapGuard, shared: Shared) {
    // Frames are small and each one is wanted now.
    let _ = stream.set_nodelay(true);
    match shared.tls.clone() {
        None => requests(stream, peer, place, &shared).await,
        Some(acceptor) => match timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => requests(stream, peer, place, &shared).await,
            Ok(Err(_)) | Err(_) => shared.metrics.count("portico_tls_handshakes_failed_total", &[]),
        },
    }
}

async fn requests<S>(stream: S, peer: SocketAddr, place: CapGuard, shared: &Shared)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = shared.router.clone();
    // An upgraded socket outlives this function: the place travels with each request, and a socket's task keeps it.
    let place = Arc::new(place);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(place.clone());
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(REQUEST_HEAD).max_buf_size(HEAD_BUFFER).max_headers(64);
    let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        () = shared.stop.wait() => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(LAST_REQUESTS, connection).await;
        }
    }
}
