//! What pages say about the work in the queues and doors want of a call, on its way to the exchange, which owns the state of every
//! agent and every call.

use crate::directory::Person;
use crate::doors::media::Sent;
use crate::doors::recipe::dtmf::{Digit, Info, Tones};
use crate::ids::TenantId;
use crate::queue::io::{Name, Refusal};
use crate::queue::{Cursor, Listed};
use crate::store::OrderKey;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use wire::{Measured, Order, OrderResult, PhoneFault, Steer, UnixMs};

/// One thing that the exchange is told or asked.
#[derive(Debug)]
pub enum FloorEvent {
    /// What the pages of this person are like.
    Pages {
        /// Whose tenant.
        tenant: TenantId,
        /// User name.
        user: String,
        /// One of them answers heartbeats from its main thread.
        answers: bool,
        /// What is wrong with the phones that they speak for.
        fault: Option<PhoneFault>,
    },
    /// The sound of a call is of another class than before.
    Quality {
        /// Whose tenant.
        tenant: TenantId,
        /// User name of whoever is in the call.
        user: String,
        /// Which call.
        contact: String,
        /// What their page measures.
        measured: Measured,
    },
    /// An order of a person.
    Order {
        /// Whose tenant.
        tenant: TenantId,
        /// User name.
        user: String,
        /// What.
        order: Order,
        /// What the answer is kept by, with what was ordered.
        key: Option<OrderKey>,
        /// Gets what came of it.
        answer: oneshot::Sender<OrderResult>,
    },
    /// An order of somebody in charge. The right to it is checked.
    Steer {
        /// Whose tenant.
        tenant: TenantId,
        /// Who: user name.
        user: String,
        /// Who: name to show.
        by: String,
        /// What.
        steer: Steer,
        /// The queues whose callers they may steer.
        queues: Vec<String>,
        /// What the answer is kept by, with what was ordered.
        key: Option<OrderKey>,
        /// Gets what came of it.
        answer: oneshot::Sender<OrderResult>,
    },
    /// A part of those who wait in a queue. The right to see it is checked.
    Callers {
        /// Which queue.
        queue: Name,
        /// Behind this place.
        after: Option<Cursor>,
        /// So many at most.
        limit: usize,
        /// Gets them; `None` where there is no such queue.
        answer: oneshot::Sender<Option<Listed>>,
    },
    /// Whether a queue, or one that it overflows to, takes a new caller at this time.
    Admits {
        /// Which queue.
        queue: Name,
        /// Gets the answer, or what a caller would hear.
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// A door code for a station that is in a call.
    Tones {
        /// Whose tenant.
        tenant: TenantId,
        /// User name of the station.
        station: String,
        /// The digits.
        infos: Vec<Info>,
        /// Gets the status of each digit that was sent.
        answer: oneshot::Sender<Vec<Option<u16>>>,
    },
    /// A door code in the media of a station that rings and is not answered.
    Lift {
        /// Whose tenant.
        tenant: TenantId,
        /// User name of the station.
        station: String,
        /// Who opens: user name.
        by: String,
        /// The code.
        code: Vec<Digit>,
        /// How it is sent.
        tones: Tones,
        /// Gets what became of it.
        answer: oneshot::Sender<Sent>,
    },
    /// The door of a station has opened.
    Opened {
        /// Whose tenant.
        tenant: TenantId,
        /// User name of the station.
        station: String,
        /// Who opened it: user name.
        by: String,
    },
    /// People, queues or passwords changed.
    Directory {
        /// Told once the exchange works with the new ones.
        done: oneshot::Sender<()>,
    },
    /// A session was ended before its time: its phones hang up and come back no more.
    SessionEnded {
        /// What the session is known by in the credentials of its phones.
        session: String,
        /// When it would have ended by itself.
        until: UnixMs,
        /// Told once it is so.
        done: oneshot::Sender<()>,
    },
    /// Whether a station talks with somebody.
    Talks {
        /// Whose tenant.
        tenant: TenantId,
        /// User name of the station.
        station: String,
        /// User name of the person.
        user: String,
        /// Gets the answer.
        answer: oneshot::Sender<bool>,
    },
}

/// A clonable handle. What is said before the exchange runs waits for it.
#[derive(Debug, Clone)]
pub struct Floor {
    events: mpsc::UnboundedSender<FloorEvent>,
    inbox: Arc<Mutex<Option<mpsc::UnboundedReceiver<FloorEvent>>>>,
}

impl Floor {
    /// A floor that nobody listens to yet.
    #[must_use]
    pub fn new() -> Self {
        let (events, inbox) = mpsc::unbounded_channel();
        Self { events, inbox: Arc::new(Mutex::new(Some(inbox))) }
    }

    /// Says whether the pages of a person answer, and what is wrong with their phones. Pages pace themselves: one event per change.
    pub fn pages(&self, tenant: &TenantId, user: &str, answers: bool, fault: Option<PhoneFault>) {
        // Nobody listens only while the server stops.
        let _ = self.events.send(FloorEvent::Pages { tenant: tenant.clone(), user: user.to_owned(), answers, fault });
    }

    /// Has the history of a call know how its sound is. The hub asks for it once per change of class, whatever pages send.
    pub fn quality(&self, tenant: &TenantId, user: &str, contact: String, measured: Measured) {
        // Nobody listens only while the server stops.
        let _ = self.events.send(FloorEvent::Quality { tenant: tenant.clone(), user: user.to_owned(), contact, measured });
    }

    /// Carries out an order. `None` where the server stops before it is known what came of it.
    pub async fn order(&self, tenant: &TenantId, user: &str, order: Order, key: Option<OrderKey>) -> Option<OrderResult> {
        let (answer, result) = oneshot::channel();
        let _ = self.events.send(FloorEvent::Order { tenant: tenant.clone(), user: user.to_owned(), order, key, answer });
        result.await.ok()
    }

    /// Carries out an order of somebody in charge. `None` where the server stops before it is known what came of it.
    pub async fn steer(&self, by: &Person, steer: Steer, queues: Vec<String>, key: Option<OrderKey>) -> Option<OrderResult> {
        let (answer, result) = oneshot::channel();
        let (tenant, user, by) = (by.tenant.clone(), by.user.clone(), by.display_name.clone());
        let _ = self.events.send(FloorEvent::Steer { tenant, user, by, steer, queues, key, answer });
        result.await.ok()
    }

    /// A part of those who wait in a queue; `None` where there is no such queue, or the server stops.
    pub async fn callers(&self, tenant: &TenantId, queue: &str, after: Option<Cursor>, limit: usize) -> Option<Listed> {
        let (answer, listed) = oneshot::channel();
        let queue = Name::new(tenant.as_str(), queue);
        let _ = self.events.send(FloorEvent::Callers { queue, after, limit, answer });
        listed.await.ok().flatten()
    }

    /// Whether a queue, or one that it overflows to, takes a new caller at this time, or what a caller would hear. `None` where the server
    /// stops.
    pub async fn admits(&self, tenant: &TenantId, queue: &str) -> Option<Result<(), Refusal>> {
        let (answer, admits) = oneshot::channel();
        let _ = self.events.send(FloorEvent::Admits { queue: Name::new(tenant.as_str(), queue), answer });
        admits.await.ok()
    }

    /// Sends a door code in the call of a station. Nothing comes back where it is in none.
    pub async fn tones(&self, tenant: &TenantId, station: &str, infos: Vec<Info>) -> Vec<Option<u16>> {
        let (answer, answers) = oneshot::channel();
        let _ = self.events.send(FloorEvent::Tones { tenant: tenant.clone(), station: station.to_owned(), infos, answer });
        answers.await.unwrap_or_default()
    }

    /// Answers a station that rings, sends it a code in the media, and hangs up.
    pub async fn lift(&self, by: &Person, station: &str, code: Vec<Digit>, tones: Tones) -> Sent {
        let (answer, sent) = oneshot::channel();
        let (tenant, station, by) = (by.tenant.clone(), station.to_owned(), by.user.clone());
        let _ = self.events.send(FloorEvent::Lift { tenant, station, by, code, tones, answer });
        sent.await.unwrap_or(Sent::Nothing)
    }

    /// Says that the door of a station has opened: whoever waits there in a queue waits no longer.
    pub fn opened(&self, by: &Person, station: &str) {
        let (tenant, station, by) = (by.tenant.clone(), station.to_owned(), by.user.clone());
        let _ = self.events.send(FloorEvent::Opened { tenant, station, by });
    }

    /// Whether a station has been answered by this person and talks with them.
    pub async fn talks(&self, tenant: &TenantId, station: &str, user: &str) -> bool {
        let (answer, answered) = oneshot::channel();
        let (station, user) = (station.to_owned(), user.to_owned());
        let _ = self.events.send(FloorEvent::Talks { tenant: tenant.clone(), station, user, answer });
        answered.await.unwrap_or(false)
    }

    /// People, queues or passwords changed: returns once the exchange works with the new ones, or the server stops.
    pub async fn directory_changed(&self) {
        let (done, wait) = oneshot::channel();
        let _ = self.events.send(FloorEvent::Directory { done });
        let _ = wait.await;
    }

    /// Has the phones of a session hang up, closes their sockets and lets its credentials in no more. Returns once that is so.
    pub async fn session_ended(&self, session: &str, until: UnixMs) {
        let (done, is_done) = oneshot::channel();
        let _ = self.events.send(FloorEvent::SessionEnded { session: session.to_owned(), until, done });
        // Nobody answers while the server stops, and then every socket closes.
        let _ = is_done.await;
    }

    /// Gives the events to the exchange, once.
    #[must_use]
    pub fn take(&self) -> Option<mpsc::UnboundedReceiver<FloorEvent>> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Default for Floor {
    fn default() -> Self {
        Self::new()
    }
}
