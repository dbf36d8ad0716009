//! The SIP WebSockets, one for each edge. Handlers are detached before one is closed, so an old socket never speaks again.

use std::cell::RefCell;
use std::rc::Rc;

use sip_ws::io::{FlowId, SocketInput};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, MessageEvent, WebSocket};

use super::Sink;
use super::listen::Listener;

/// RFC 7118 section 3.
const SUBPROTOCOL: &str = "sip";

/// What waits in the browser's buffer when a peer takes nothing any more; beyond it the socket is of no use.
const BUFFER_LIMIT: u32 = 4 << 20;

/// Owner of the SIP sockets.
pub struct Socket {
    sink: Sink<(FlowId, SocketInput)>,
    open: Vec<Open>,
}

struct Open {
    flow: FlowId,
    socket: WebSocket,
    // Dropped before the socket is closed.
    listeners: Rc<RefCell<Vec<Listener>>>,
}

impl Socket {
    /// No socket yet.
    #[must_use]
    pub fn new(sink: Sink<(FlowId, SocketInput)>) -> Socket {
        Socket { sink, open: Vec::new() }
    }

    /// Opens a socket as `flow`. The agent lets go of an older one to the same edge by itself.
    pub fn connect(&mut self, flow: FlowId, url: &str) {
        // Those that closed by themselves have said so.
        self.open.retain(|open| open.socket.ready_state() != WebSocket::CLOSED);
        let Ok(socket) = WebSocket::new_with_str(url, SUBPROTOCOL) else {
            // A URL that the browser or the page's policy refuses.
            (self.sink)((flow, SocketInput::Closed { retry_after: None }));
            return;
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let listeners = Rc::new(RefCell::new(Vec::new()));
        let closed = {
            let (sink, listeners) = (self.sink.clone(), Rc::downgrade(&listeners));
            move || {
                // At most one `Closed` per flow: `error` is always followed by `close`. The handlers are taken out first and
                // dropped by the next turn, since one of them is running.
                let Some(listeners) = listeners.upgrade() else { return };
                let Ok(mut listeners) = listeners.try_borrow_mut() else { return };
                let detached = std::mem::take(&mut *listeners);
                if !detached.is_empty() {
                    wasm_bindgen_futures::spawn_local(async move { drop(detached) });
                    sink((flow, SocketInput::Closed { retry_after: None }));
                }
            }
        };
        let opened = {
            let (sink, socket, closed) = (self.sink.clone(), socket.clone(), closed.clone());
            move |_| {
                if socket.protocol() == SUBPROTOCOL {
                    sink((flow, SocketInput::Opened));
                } else {
                    let _ = socket.close();
                    closed();
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
            Listener::new(&socket, "close", move |_| closed()),
        ];
        self.open.push(Open { flow, socket, listeners });
    }

    /// Sends one frame on `flow`: text where it is UTF-8.
    pub fn send(&self, flow: FlowId, bytes: &[u8]) {
        let Some(open) = self.open.iter().find(|open| open.flow == flow) else { return };
        if open.socket.ready_state() != WebSocket::OPEN || open.socket.buffered_amount() > BUFFER_LIMIT {
            return;
        }
        let _ = match std::str::from_utf8(bytes) {
            Ok(text) => open.socket.send_with_str(text),
            Err(_) => open.socket.send_with_u8_array(bytes),
        };
    }

    /// Drops the socket of `flow` without waiting for its close handshake.
    pub fn disconnect(&mut self, flow: FlowId) {
        self.open.retain(|open| open.flow != flow);
    }

    /// Drops all: another agent begins, which numbers its flows anew.
    pub fn drop_all(&mut self) {
        self.open.clear();
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Ok(mut listeners) = self.listeners.try_borrow_mut() {
            listeners.clear();
        }
        let _ = self.socket.close();
    }
}
