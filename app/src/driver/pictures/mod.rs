//! Pictures of doors: one WebSocket for all that the page shows, open as long as it shows any or a door may ring. Only pictures that are
//! on the screen are asked for; the newest wins.

mod screen;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlCanvasElement;
use wire::{PictureFrame, PictureNotice, PictureRequest, PictureTrouble, Ticket, TicketPurpose};

use super::clock::{Clock, Timer};
use super::live::Live;
use super::{Sink, http};
use screen::Screen;

/// A lost socket is opened again after this long, spread over twice the time.
const AGAIN_MS: u64 = 800;
/// A page that is turned leaves the socket open for the next one.
const LINGER_MS: u64 = 2_000;

/// What happens to pictures.
pub enum Event {
    /// The state of at least one picture changed.
    Changed,
}

/// What is known of one door's picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Milliseconds since the picture that is shown arrived at the switchboard; `None` before the first one.
    pub age_ms: Option<u64>,
    /// What is wrong since then.
    pub trouble: Option<PictureTrouble>,
    /// The page has a connection for pictures.
    pub connected: bool,
}

/// Owner of the socket and of what is drawn.
pub struct Pictures(Rc<Inner>);

struct Inner {
    clock: Clock,
    sink: Sink<Event>,
    screens: RefCell<Vec<Screen>>,
    doors: RefCell<BTreeMap<String, Door>>,
    open: RefCell<Option<Live>>,
    /// Counts attempts, so that the late answer of an abandoned one changes nothing.
    generation: Cell<u32>,
    connecting: Cell<bool>,
    /// What the server was last told.
    watched: RefCell<BTreeSet<String>>,
    ready: Cell<bool>,
    /// A door may ring at any moment: the socket stays open.
    standby: Cell<bool>,
    timer: RefCell<Option<Timer>>,
}

/// One door's picture.
#[derive(Default)]
struct Door {
    /// When the shown picture arrived here, and how old it was then.
    shown: Option<(u64, u32)>,
    trouble: Option<PictureTrouble>,
    /// One picture is being decoded; a newer one waits.
    decoding: bool,
    waiting: Option<(u32, Uint8Array)>,
}

impl Pictures {
    /// Nothing is shown yet.
    #[must_use]
    pub fn new(clock: Clock, sink: Sink<Event>) -> Pictures {
        Pictures(Rc::new(Inner {
            clock,
            sink,
            screens: RefCell::default(),
            doors: RefCell::default(),
            open: RefCell::default(),
            generation: Cell::new(0),
            connecting: Cell::new(false),
            watched: RefCell::default(),
            ready: Cell::new(false),
            standby: Cell::new(false),
            timer: RefCell::default(),
        }))
    }

    /// Draws a door's picture on this canvas, while it is on the screen, until it is detached.
    pub fn attach(&self, canvas: HtmlCanvasElement, door: String) {
        self.detach(&canvas);
        let inner = Rc::downgrade(&self.0);
        let screen = Screen::new(canvas, door, move || {
            if let Some(inner) = inner.upgrade() {
                Inner::settle(&inner);
            }
        });
        self.0.screens.borrow_mut().push(screen);
        Inner::settle(&self.0);
    }

    /// A canvas leaves the page.
    pub fn detach(&self, canvas: &HtmlCanvasElement) {
        self.0.screens.borrow_mut().retain(|screen| !screen.is(canvas));
        Inner::settle(&self.0);
    }

    /// Whether a door may ring here: then its picture does not wait for a connection.
    pub fn stand_by(&self, on: bool) {
        if self.0.standby.replace(on) != on {
            Inner::settle(&self.0);
        }
    }

    /// What is known of every door that is shown.
    #[must_use]
    pub fn statuses(&self) -> Vec<(String, Status)> {
        let (now, connected) = (self.0.clock.now(), self.0.ready.get());
        let doors = self.0.doors.borrow();
        let status = |door: &Door| Status {
            age_ms: door.shown.map(|(at, age)| now.saturating_sub(at) + u64::from(age)),
            trouble: door.trouble,
            connected,
        };
        doors.iter().map(|(id, door)| (id.clone(), status(door))).collect()
    }

    /// Who is signed in has changed: nothing of before stays.
    pub fn forget(&self) {
        self.0.doors.borrow_mut().clear();
        Inner::close(&self.0);
    }
}

impl Inner {
    /// Opens, tells or closes, as the screens want it.
    fn settle(this: &Rc<Inner>) {
        let wanted: BTreeSet<String> = this.screens.borrow().iter().filter(|s| s.visible()).map(|s| s.door().to_owned()).collect();
        // A new canvas is empty: what an earlier one showed says nothing about it.
        this.doors.borrow_mut().retain(|id, _| this.screens.borrow().iter().any(|screen| screen.door() == id));
        for door in &wanted {
            this.doors.borrow_mut().entry(door.clone()).or_default();
        }
        let started = this.open.borrow().is_some() || this.connecting.get();
        match wanted.is_empty() && !this.standby.get() {
            true if started => Inner::later(this, LINGER_MS, |inner| {
                if !inner.standby.get() && !inner.screens.borrow().iter().any(Screen::visible) {
                    Inner::close(inner);
                }
            }),
            true => {}
            false if this.ready.get() => Inner::tell(this, wanted),
            false if !started => Inner::connect(this),
            false => {}
        }
    }

    fn connect(this: &Rc<Inner>) {
        Inner::close(this);
        this.connecting.set(true);
        let (generation, this) = (this.generation.get(), this.clone());
        spawn_local(async move {
            let ticket = http::ticket(http::TICKET, TicketPurpose::Pictures).await;
            if this.generation.get() != generation {
                return;
            }
            this.connecting.set(false);
            match ticket.ok().and_then(|ticket| Inner::open(&this, ticket)) {
                Some(live) => *this.open.borrow_mut() = Some(live),
                None => Inner::again(&this),
            }
        });
    }

    fn open(this: &Rc<Inner>, ticket: Ticket) -> Option<Live> {
        let hello = PictureRequest::Hello { ticket: ticket.ticket, wire: wire::VERSION };
        let (received, closed) = (Rc::downgrade(this), Rc::downgrade(this));
        let on_data = move |data: &JsValue| {
            if let Some(inner) = received.upgrade() {
                Inner::received(&inner, data);
            }
        };
        Live::open("pictures", &hello, on_data, move || {
            if let Some(inner) = closed.upgrade() {
                Inner::again(&inner);
            }
        })
    }

    fn again(this: &Rc<Inner>) {
        Inner::close(this);
        let wait = AGAIN_MS + (js_sys::Math::random() * AGAIN_MS as f64) as u64;
        Inner::later(this, wait, Inner::settle);
    }

    fn later(this: &Rc<Inner>, wait: u64, run: fn(&Rc<Inner>)) {
        let inner = Rc::downgrade(this);
        let timer = this.clock.after(wait, move || {
            if let Some(inner) = inner.upgrade() {
                run(&inner);
            }
        });
        *this.timer.borrow_mut() = Some(timer);
    }

    fn close(this: &Rc<Inner>) {
        this.generation.set(this.generation.get() + 1);
        this.connecting.set(false);
        this.ready.set(false);
        this.watched.borrow_mut().clear();
        let dropped = this.open.borrow_mut().take();
        drop(dropped);
        (this.sink)(Event::Changed);
    }

    fn tell(this: &Rc<Inner>, wanted: BTreeSet<String>) {
        if *this.watched.borrow() == wanted {
            return;
        }
        let doors = wanted.iter().cloned().collect();
        *this.watched.borrow_mut() = wanted;
        if let Some(open) = this.open.borrow().as_ref() {
            open.send(&PictureRequest::Watch { doors });
        }
    }

    fn received(this: &Rc<Inner>, data: &JsValue) {
        if let Some(text) = data.as_string() {
            match serde_json::from_str(&text) {
                Ok(PictureNotice::Hello { .. }) => {
                    this.ready.set(true);
                    Inner::settle(this);
                }
                Ok(PictureNotice::Trouble { door, trouble }) => {
                    if let Some(door) = this.doors.borrow_mut().get_mut(&door) {
                        door.trouble = Some(trouble);
                    }
                    (this.sink)(Event::Changed);
                }
                Ok(PictureNotice::End { .. } | PictureNotice::Unknown) | Err(_) => {}
            }
        } else if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
            let bytes = Uint8Array::new(buffer);
            // The head is read here; the picture itself never enters this program's memory.
            let head = bytes.slice(0, bytes.length().min(1 + 255 + 12)).to_vec();
            let Some(frame) = PictureFrame::from_bytes(&head) else { return };
            let begin = (1 + frame.door.len() + 12) as u32;
            let picture = bytes.slice(begin, bytes.length());
            Inner::picture(this, frame.door, (frame.age_ms, picture));
        }
    }

    /// One picture of a door is decoded at a time; of those that come meanwhile the newest waits.
    fn picture(this: &Rc<Inner>, id: &str, picture: (u32, Uint8Array)) {
        {
            let mut doors = this.doors.borrow_mut();
            let Some(door) = doors.get_mut(id) else { return };
            if door.decoding {
                door.waiting = Some(picture);
                return;
            }
            door.decoding = true;
        }
        let (this, id) = (this.clone(), id.to_owned());
        spawn_local(async move {
            let mut next = Some(picture);
            while let Some((age, bytes)) = next {
                let drawn = match screen::decode(&bytes).await {
                    Some(bitmap) => {
                        let screens = this.screens.borrow();
                        screens.iter().filter(|screen| screen.door() == id).for_each(|screen| screen.draw(&bitmap));
                        bitmap.close();
                        true
                    }
                    None => false,
                };
                let mut doors = this.doors.borrow_mut();
                let Some(door) = doors.get_mut(&id) else { return };
                let news = drawn && (door.shown.is_none() || door.trouble.is_some());
                match drawn {
                    true => (door.shown, door.trouble) = (Some((this.clock.now(), age)), None),
                    false => door.trouble = Some(PictureTrouble::NotJpeg),
                }
                next = door.waiting.take();
                door.decoding = next.is_some();
                drop(doors);
                if news || !drawn {
                    (this.sink)(Event::Changed);
                }
            }
        });
    }
}
