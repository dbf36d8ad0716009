//! A WebSocket of the page's own server that begins with a word of ours: for the feed and for pictures.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BinaryType, MessageEvent, WebSocket};

use super::listen::Listener;

/// An open socket. Dropping it closes it, and nothing more is heard of it.
pub(super) struct Live {
    socket: WebSocket,
    listeners: Vec<Listener>,
}

impl Live {
    /// Connects to a path and says `hello` once that is done. `None` where the browser refuses.
    pub(super) fn open(
        path: &str,
        hello: &impl Serialize,
        received: impl Fn(&JsValue) + 'static,
        closed: impl Fn() + 'static,
    ) -> Option<Live> {
        let hello = serde_json::to_string(hello).ok()?;
        let socket = WebSocket::new(&address(path)?).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let opened = socket.clone();
        let listeners = vec![
            Listener::new(&socket, "open", move |_| drop(opened.send_with_str(&hello))),
            Listener::new(&socket, "message", move |event| {
                if let Some(event) = event.dyn_ref::<MessageEvent>() {
                    received(&event.data());
                }
            }),
            Listener::new(&socket, "close", move |_| closed()),
        ];
        Some(Live { socket, listeners })
    }

    /// Sends a frame; on a socket that is not open it is lost, as it would be a moment later.
    pub(super) fn send(&self, frame: &impl Serialize) {
        if let Ok(text) = serde_json::to_string(frame)
            && self.socket.ready_state() == WebSocket::OPEN
        {
            let _ = self.socket.send_with_str(&text);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let listeners = std::mem::take(&mut self.listeners);
        let _ = self.socket.close();
        // Possibly called from one of these handlers: they leave in the next turn.
        spawn_local(async move { drop(listeners) });
    }
}

fn address(path: &str) -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/{path}", location.host().ok()?))
}
