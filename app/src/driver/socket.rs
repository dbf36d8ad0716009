//! The SIP WebSockets, one for each edge. Handlers are detached before one is closed, so an old socket never speaks again.

use std::cell::RefCell;
use std::rc::Rc;

use sip_ws::io::{FlowId, SocketInput};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BinaryType, MessageEvent, Url, WebSocket};

use super::http::{self, Health};
use super::listen::Listener;
use super::{Sink, page};

/// RFC 7118 section 3.
const SUBPROTOCOL: &str = "sip";

/// What waits in the browser's buffer when a peer takes nothing any more; beyond it the socket is of no use.
const BUFFER_LIMIT: u32 = 4 << 20;

/// Owner of the SIP sockets.
#[derive(Clone)]
pub struct Socket {
    sink: Sink<(FlowId, SocketInput)>,
    open: Rc<RefCell<Vec<Open>>>,
    /// Edges of the page's own server whose last socket did not open.
    down: Rc<RefCell<Vec<String>>>,
}

struct Open {
    flow: FlowId,
    url: String,
    /// `None` while the server is asked first whether it takes calls.
    socket: Option<WebSocket>,
    // Dropped before the socket is closed.
    listeners: Rc<RefCell<Vec<Listener>>>,
}

impl Socket {
    /// No socket yet.
    #[must_use]
    pub fn new(sink: Sink<(FlowId, SocketInput)>) -> Socket {
        Socket { sink, open: Rc::default(), down: Rc::default() }
    }

    /// Opens a socket as `flow`. The agent lets go of an older one to the same edge by itself.
    ///
    /// A browser does not tell why a socket did not open, and Firefox makes whoever tries again wait. So after a try that came to nothing the
    /// server is asked first by a request whose answer can be read: not there, well, or too busy for how long (RFC 9110 section 10.2.3).
    pub fn connect(&self, flow: FlowId, url: &str) {
        // Those that closed by themselves have said so.
        let closed = |open: &Open| open.socket.as_ref().is_some_and(|socket| socket.ready_state() == WebSocket::CLOSED);
        self.open.borrow_mut().retain(|open| !closed(open));
        if !self.down.borrow().iter().any(|down| down == url) {
            return self.open(flow, url);
        }
        self.open.borrow_mut().push(Open { flow, url: url.to_owned(), socket: None, listeners: Rc::default() });
        let (this, url) = (self.clone(), url.to_owned());
        spawn_local(async move {
            let health = http::health().await;
            let place = this.open.borrow().iter().position(|open| open.flow == flow && open.socket.is_none());
            // Nobody waits for it any more.
            let Some(place) = place else { return };
            this.open.borrow_mut().swap_remove(place);
            match health {
                Health::Well => this.open(flow, &url),
                Health::Busy { retry_after } => (this.sink)((flow, SocketInput::Closed { retry_after })),
            }
        });
    }

    fn open(&self, flow: FlowId, url: &str) {
        let Ok(socket) = WebSocket::new_with_str(url, SUBPROTOCOL) else {
            // A URL that the browser or the page's policy refuses.
            (self.sink)((flow, SocketInput::Closed { retry_after: None }));
            return;
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let listeners = Rc::new(RefCell::new(Vec::new()));
        let closed = {
            let (this, url, listeners) = (self.clone(), url.to_owned(), Rc::downgrade(&listeners));
            move |opened: bool| {
                // At most one `Closed` per flow: `error` is always followed by `close`. The handlers are taken out first and
                // dropped by the next turn, since one of them is running.
                let Some(listeners) = listeners.upgrade() else { return };
                let Ok(mut listeners) = listeners.try_borrow_mut() else { return };
                let detached = std::mem::take(&mut *listeners);
                if !detached.is_empty() {
                    spawn_local(async move { drop(detached) });
                    if !opened {
                        this.note(&url, true);
                    }
                    (this.sink)((flow, SocketInput::Closed { retry_after: None }));
                }
            }
        };
        let was_open = Rc::new(std::cell::Cell::new(false));
        let opened = {
            let (this, url, socket, closed, was_open) = (self.clone(), url.to_owned(), socket.clone(), closed.clone(), was_open.clone());
            move |_| {
                if socket.protocol() == SUBPROTOCOL {
                    was_open.set(true);
                    this.note(&url, false);
                    (this.sink)((flow, SocketInput::Opened));
                } else {
                    let _ = socket.close();
                    closed(false);
                }
            }
        };
        let received = {
            let sink = self.sink.clone();
            move |event: web_sys::Event| {
                let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
                let data = event.data();
                let bytes = match data.as_string() {
                    Some(text) => text.into_bytes(),
                    None => js_sys::Uint8Array::new(&data).to_vec(),
                };
                sink((flow, SocketInput::Received(bytes)));
            }
        };
        *listeners.borrow_mut() = vec![
            Listener::new(&socket, "open", opened),
            Listener::new(&socket, "message", received),
            Listener::new(&socket, "close", move |_| closed(was_open.get())),
        ];
        self.open.borrow_mut().push(Open { flow, url: url.to_owned(), socket: Some(socket), listeners });
    }

    /// Remembers whether the last socket to an edge of the page's own server came to nothing. Others can't be asked: the page's policy names
    /// only their sockets.
    fn note(&self, url: &str, failed: bool) {
        let mut down = self.down.borrow_mut();
        down.retain(|known| known != url);
        if failed && is_own(url) {
            down.push(url.to_owned());
        }
    }

    /// Sends one frame on `flow`: text where it is UTF-8.
    pub fn send(&self, flow: FlowId, bytes: &[u8]) {
        let open = self.open.borrow();
        let Some(socket) = open.iter().find(|open| open.flow == flow).and_then(|open| open.socket.as_ref()) else { return };
        if socket.ready_state() != WebSocket::OPEN || socket.buffered_amount() > BUFFER_LIMIT {
            return;
        }
        let _ = match std::str::from_utf8(bytes) {
            Ok(text) => socket.send_with_str(text),
            Err(_) => socket.send_with_u8_array(bytes),
        };
    }

    /// Drops the socket of `flow` without waiting for its close handshake.
    pub fn disconnect(&self, flow: FlowId) {
        let mut open = self.open.borrow_mut();
        let Some(place) = open.iter().position(|open| open.flow == flow) else { return };
        let dropped = open.swap_remove(place);
        drop(open);
        // It took too long to open.
        if dropped.socket.as_ref().is_some_and(|socket| socket.ready_state() == WebSocket::CONNECTING) {
            self.note(&dropped.url, true);
        }
    }

    /// Drops all: another agent begins, which numbers its flows anew.
    pub fn drop_all(&self) {
        let dropped = std::mem::take(&mut *self.open.borrow_mut());
        drop(dropped);
    }
}

/// Whether an address is one of the server that the page came from.
fn is_own(url: &str) -> bool {
    let host = |url: &str| Url::new(url).map(|url| url.host());
    matches!((host(url), host(&page::origin())), (Ok(one), Ok(other)) if one == other)
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Ok(mut listeners) = self.listeners.try_borrow_mut() {
            listeners.clear();
        }
        if let Some(socket) = &self.socket {
            let _ = socket.close();
        }
    }
}
