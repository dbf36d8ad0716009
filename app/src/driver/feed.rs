//! The switchboard's live feed: a ticket, a WebSocket, JSON frames.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use wire::{ClientFrame, Phone, ServerFrame, Ticket, TicketPurpose};

use super::live::Live;
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

/// Where whoever is signed in gets a ticket.
pub const OF_PERSON: &str = http::TICKET;
/// Where a screen with a link to the wallboard gets one.
pub const OF_SCREEN: &str = "/api/wall/ticket";

/// Owner of the feed's socket.
pub struct Feed {
    tickets: &'static str,
    sink: Sink<Event>,
    open: Rc<RefCell<Option<Live>>>,
    /// Counts attempts, so that the late answer of an abandoned one changes nothing.
    generation: Rc<RefCell<u32>>,
}

impl Feed {
    /// Not connected yet; its tickets come from this address.
    #[must_use]
    pub fn new(tickets: &'static str, sink: Sink<Event>) -> Feed {
        Feed { tickets, sink, open: Rc::default(), generation: Rc::default() }
    }

    /// Gets a ticket and connects with what is to be said of the phone; an older feed is dropped.
    pub fn connect(&self, phone: Option<Phone>) {
        self.close();
        let generation = *self.generation.borrow();
        let (tickets, sink, open, current) = (self.tickets, self.sink.clone(), self.open.clone(), self.generation.clone());
        spawn_local(async move {
            let ticket = http::ticket(tickets, TicketPurpose::Feed).await;
            if *current.borrow() != generation {
                return;
            }
            match ticket {
                Ok(ticket) => match connect(ticket, phone, &sink) {
                    Some(live) => *open.borrow_mut() = Some(live),
                    None => sink(Event::Closed { signed_out: false }),
                },
                Err(failure) => sink(Event::Closed { signed_out: failure.status == Some(401) }),
            }
        });
    }

    /// Sends a frame; without an open socket it is lost, as it would be a moment later.
    pub fn send(&self, frame: &ClientFrame) {
        if let Some(open) = self.open.borrow().as_ref() {
            open.send(frame);
        }
    }

    /// Drops the feed.
    pub fn close(&self) {
        *self.generation.borrow_mut() += 1;
        let dropped = self.open.borrow_mut().take();
        drop(dropped);
    }
}

fn connect(ticket: Ticket, phone: Option<Phone>, sink: &Sink<Event>) -> Option<Live> {
    let hello = ClientFrame::Hello { ticket: ticket.ticket, wire: wire::VERSION, phone };
    let (frames, closed) = (sink.clone(), sink.clone());
    let received = move |data: &JsValue| {
        if let Some(frame) = data.as_string().and_then(|text| serde_json::from_str(&text).ok()) {
            frames(Event::Frame(Box::new(frame)));
        }
    };
    Live::open("feed", &hello, received, move || closed(Event::Closed { signed_out: false }))
}
