//! The `/sip` WebSocket (RFC 7118): who may connect, and one task per socket that carries frames to and from the exchange.
//!
//! A browser's Origin must be listed; a client without an Origin is no browser and proves itself by digest like everyone else.

use super::actor::{Event, Shared};
use super::limits::{MAX_FLOWS, MAX_MESSAGE, MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES, RETRY_AFTER_S};
use crate::net::limit_key;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use sip_ws::codec::is_keep_alive;
use sip_ws::io::FlowId;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

/// Silence after which the socket is asked for a sign of life (browsers answer WebSocket pings by themselves).
const PING_AFTER: Duration = Duration::from_secs(20);
/// A socket that stays silent after the question for this long is dead.
const PONG_WITHIN: Duration = Duration::from_secs(15);
/// One frame that cannot be written for this long means a dead reader.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// The same for a reader whom the exchange has given up.
const STUCK_AFTER: Duration = Duration::from_secs(1);
/// The client said that it goes away: a tab was closed or loads again.
const AWAY: &str = "gone away";
/// Buffers per socket, in bytes: thousands of idle desks must stay cheap.
const BUFFER: usize = 4 * 1024;

/// The route of the exchange.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().route("/sip", get(upgrade)).with_state(shared)
}

async fn upgrade(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    extensions: Extensions,
    headers: HeaderMap,
    socket: WebSocketUpgrade,
) -> Response {
    if let Some(refusal) = refusal(&shared, &headers, &socket) {
        return refusal;
    }
    let address = limit_key(shared.services.client_address(&headers, peer));
    let Some(place) = shared.services.socket_place(&extensions, &headers, peer) else { return full() };
    let socket = socket
        .protocols(["sip"])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * MAX_MESSAGE);
    socket.on_upgrade(move |socket| async move {
        let _place = place;
        run(socket, address, shared).await;
    })
}

fn refusal(shared: &Shared, headers: &HeaderMap, socket: &WebSocketUpgrade) -> Option<Response> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if let Some(origin) = origins.next() {
        let listed = origin.to_str().is_ok_and(|origin| shared.services.origin_listed(origin));
        if !listed || origins.next().is_some() {
            return Some((StatusCode::FORBIDDEN, "this page may not use the exchange\n").into_response());
        }
    }
    if !socket.requested_protocols().any(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"sip")) {
        return Some((StatusCode::BAD_REQUEST, "subprotocol sip is required\n").into_response());
    }
    if shared.sockets.load(Ordering::Relaxed) >= MAX_FLOWS {
        return Some(full());
    }
    None
}

fn full() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER_S.to_string())], "too many connections\n").into_response()
}

/// The exchange's end of a socket.
#[derive(Debug)]
pub(super) struct Outgoing {
    frames: mpsc::Sender<Vec<u8>>,
    queued: Arc<AtomicUsize>,
    end: Arc<End>,
}

#[derive(Debug, Default)]
struct End {
    now: Notify,
    reason: std::sync::OnceLock<&'static str>,
}

impl Outgoing {
    /// Queues a message; `false` when the reader is too slow.
    pub fn send(&self, bytes: Vec<u8>) -> bool {
        let length = bytes.len();
        if self.queued.fetch_add(length, Ordering::Relaxed) + length > MAX_QUEUED_BYTES {
            return false;
        }
        self.frames.try_send(bytes).is_ok()
    }

    /// Has the socket closed, after what is queued unless its reader is stuck.
    pub fn close(self, reason: &'static str) {
        let _ = self.end.reason.set(reason);
        self.end.now.notify_one();
    }
}

async fn run(socket: WebSocket, address: std::net::IpAddr, shared: Arc<Shared>) {
    let flow = FlowId(shared.next_flow.fetch_add(1, Ordering::Relaxed));
    shared.sockets.fetch_add(1, Ordering::Relaxed);
    let (frames, mut queue) = mpsc::channel(MAX_QUEUED_MESSAGES);
    let end = Arc::new(End::default());
    let queued = Arc::new(AtomicUsize::new(0));
    let outgoing = Outgoing { frames, queued: queued.clone(), end: end.clone() };
    if shared.events.send(Event::Opened { flow, address, outgoing }).await.is_ok() {
        let reason = carry(socket, flow, &shared, &mut queue, &queued, &end).await;
        tracing::debug!(flow = flow.0, reason, "socket closed");
        let _ = shared.events.send(Event::Closed { flow, leaving: reason == AWAY }).await;
    }
    shared.sockets.fetch_sub(1, Ordering::Relaxed);
}

/// Carries frames until one side has enough. Returns why, for the log.
async fn carry(
    socket: WebSocket,
    flow: FlowId,
    shared: &Shared,
    queue: &mut mpsc::Receiver<Vec<u8>>,
    queued: &AtomicUsize,
    end: &End,
) -> &'static str {
    let (mut sink, mut stream) = socket.split();
    let mut heard = Instant::now();
    let mut asked = false;
    loop {
        let silence = heard + if asked { PING_AFTER + PONG_WITHIN } else { PING_AFTER };
        let out = tokio::select! {
            () = end.now.notified() => return farewell(&mut sink, queue, end).await,
            bytes = queue.recv() => {
                // Who closes the socket lets its queue go at the same moment: either is noticed first.
                let Some(bytes) = bytes else { return farewell(&mut sink, queue, end).await };
                queued.fetch_sub(bytes.len(), Ordering::Relaxed);
                frame(bytes)
            }
            incoming = stream.next() => {
                heard = Instant::now();
                asked = false;
                let bytes = match incoming {
                    None => return "gone",
                    Some(Err(error)) => {
                        let too_big = error.to_string().contains("too long") || error.to_string().contains("too big");
                        let (code, reason) = if too_big { (close_code::SIZE, "message too big") } else { (close_code::PROTOCOL, "broken frame") };
                        let _ = timeout(WRITE_WITHIN, sink.send(close(code, reason))).await;
                        return reason;
                    }
                    Some(Ok(Message::Text(text))) => text.as_str().as_bytes().to_vec(),
                    Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
                    // Answered by the library.
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    // A lost network says nothing: whoever says goodbye goes on purpose, a page that is closed or loaded again.
                    Some(Ok(Message::Close(_))) => return AWAY,
                };
                if is_keep_alive(&bytes) {
                    if bytes.len() < 4 {
                        continue;
                    }
                    Message::text("\r\n")
                } else {
                    if shared.events.send(Event::Received { flow, bytes }).await.is_err() {
                        return "stopping";
                    }
                    continue;
                }
            }
            () = sleep_until(silence) => {
                if asked {
                    return "dead";
                }
                asked = true;
                Message::Ping(Vec::new().into())
            }
        };
        let (written, over) = {
            let mut write = pin!(timeout(WRITE_WITHIN, sink.send(out)));
            tokio::select! {
                written = &mut write => (matches!(written, Ok(Ok(()))), false),
                // A stuck reader must not keep the socket when the exchange has given it up; any other one has what was said to it.
                () = end.now.notified() => (matches!(timeout(STUCK_AFTER, write).await, Ok(Ok(Ok(())))), true),
            }
        };
        match (written, over) {
            (true, false) => {}
            (true, true) => return farewell(&mut sink, queue, end).await,
            (false, _) => return end.reason.get().copied().unwrap_or("cannot be written"),
        }
    }
}

/// Says why the socket closes, after what is queued: a refusal among it says more. Returns why.
async fn farewell(sink: &mut SplitSink<WebSocket, Message>, queue: &mut mpsc::Receiver<Vec<u8>>, end: &End) -> &'static str {
    let Some(reason) = end.reason.get().copied() else { return "given up" };
    while let Ok(bytes) = queue.try_recv() {
        if !matches!(timeout(WRITE_WITHIN, sink.send(frame(bytes))).await, Ok(Ok(()))) {
            return reason;
        }
    }
    let code = if reason == super::actor::STOPPING { close_code::AWAY } else { close_code::POLICY };
    let _ = timeout(WRITE_WITHIN, sink.send(close(code, reason))).await;
    reason
}

/// SIP is UTF-8 text in most messages; a body of other bytes needs a binary frame (RFC 7118 4.2).
fn frame(bytes: Vec<u8>) -> Message {
    match String::from_utf8(bytes) {
        Ok(text) => Message::text(text),
        Err(error) => Message::binary(error.into_bytes()),
    }
}

fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: reason.into() }))
}
