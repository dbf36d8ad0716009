//! The switchboard's live feed: a ticket, a WebSocket, JSON frames.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageEvent, WebSocket};
use wire::{ClientFrame, ServerFrame, TicketPurpose};

use super::listen::Listener;
use super::page::socket_address;
use super::{Sink, http};

/// What happens on the feed.
pub enum Event {
    /// A frame that this version can read.
    Frame(Box<ServerFrame>),
    /// The feed ended or could not be opened.
    Closed {
        /// The session is not valid any more.
        signed_out: bool,
    },
}

/// Owner of the feed's socket.
pub struct Feed {
    sink: Sink<Event>,
    open: Rc<RefCell<Option<Open>>>,
    /// Counts attempts, so that the late answer of an abandoned one changes nothing.
    generation: Rc<RefCell<u32>>,
}

struct Open {
    socket: WebSocket,
    listeners: Vec<Listener>,
}

impl Feed {
    /// Not connected yet.
    #[must_use]
    pub fn new(sink: Sink<Event>) -> Feed {
        Feed { sink, open: Rc::default(), generation: Rc::default() }
    }

    /// Gets a ticket and connects; an older feed is dropped.
    pub fn connect(&self) {
        self.close();
        let generation = *self.generation.borrow();
        let (sink, open, current) = (self.sink.clone(), self.open.clone(), self.generation.clone());
        spawn_local(async move {
            let ticket = http::ticket(TicketPurpose::Feed).await;
            if *current.borrow() != generation {
                return;
            }
            match ticket {
                Ok(ticket) => match socket_address("feed").and_then(|address| WebSocket::new(&address).ok()) {
                    Some(socket) => *open.borrow_mut() = Some(Open::new(socket, ticket, &sink)),
                    None => sink(Event::Closed { signed_out: false }),
                },
                Err(failure) => sink(Event::Closed { signed_out: failure.status == Some(401) }),
            }
        });
    }

    /// Sends a frame; without an open socket it is lost, as it would be a moment later.
    pub fn send(&self, frame: &ClientFrame) {
        if let Some(open) = self.open.borrow().as_ref() {
            send(&open.socket, frame);
        }
    }

    /// Drops the feed.
    pub fn close(&self) {
        *self.generation.borrow_mut() += 1;
        let dropped = self.open.borrow_mut().take();
        drop(dropped);
    }
}

impl Open {
    fn new(socket: WebSocket, ticket: wire::Ticket, sink: &Sink<Event>) -> Open {
        let hello = {
            let socket = socket.clone();
            move |_| send(&socket, &ClientFrame::Hello { ticket: ticket.ticket.clone(), wire: wire::VERSION })
        };
        let received = {
            let sink = sink.clone();
            move |event: web_sys::Event| {
                let Some(text) = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string()) else {
                    return;
                };
                if let Ok(frame) = serde_json::from_str(&text) {
                    sink(Event::Frame(Box::new(frame)));
                }
            }
        };
        let closed = {
            let sink = sink.clone();
            move |_| sink(Event::Closed { signed_out: false })
        };
        let listeners = vec![
            Listener::new(&socket, "open", hello),
            Listener::new(&socket, "message", received),
            Listener::new(&socket, "close", closed),
        ];
        Open { socket, listeners }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let listeners = std::mem::take(&mut self.listeners);
        let _ = self.socket.close();
        // Possibly called from one of these handlers: they leave in the next turn.
        spawn_local(async move { drop(listeners) });
    }
}

fn send(socket: &WebSocket, frame: &ClientFrame) {
    if let Ok(text) = serde_json::to_string(frame)
        && socket.ready_state() == WebSocket::OPEN
    {
        let _ = socket.send_with_str(&text);
    }
}
