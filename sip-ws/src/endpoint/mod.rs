//! A role-neutral SIP endpoint: transactions and INVITE sessions over many flows, without I/O.
//!
//! Used by the browser's [`Agent`](crate::Agent) (one flow, one identity) and by an exchange (many of both). The owner
//! opens and loses flows, hands in received bytes and passed deadlines, and drains [`Endpoint::poll`] after every call.

mod api;
mod checks;
mod client;
mod flows;
mod index;
mod receive;
mod reliable;
mod reoffer;
mod server;
mod session;
mod store;
mod timer;
mod uac;
mod uas;
mod within;

pub use api::{
    Body, DialogPhase, EndedBy, EndpointConfig, EndpointEvent, Failure, FlowConfig, Headers, MAX_EARLY_DIALOGS, MAX_SESSIONS,
    MAX_TRANSACTIONS, Output, RESTORE_CSEQ_GAP, Refusal, RequestId, STORED_VERSION, ServerTxnId, SessionError, SessionId, SessionTimer,
    StoredDialog,
};

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::dialog::Dialog;
use crate::ids::Ids;
use crate::io::{FlowId, Millis};
use crate::schedule::Schedule;
use client::ClientTxn;
use flows::Flow;
use index::{Index, Sessions};
use server::ServerTxn;
use session::Session;

/// Transactions and sessions over many flows. See the module for how to drive it.
#[derive(Debug)]
pub struct Endpoint {
    config: EndpointConfig,
    ids: Ids,
    flows: BTreeMap<FlowId, Flow>,
    clients: BTreeMap<u64, ClientTxn>,
    client_keys: BTreeMap<String, u64>,
    servers: BTreeMap<u64, ServerTxn>,
    server_keys: BTreeMap<String, u64>,
    /// Server transactions outside of dialogs by what merged requests have in common (8.2.2.2).
    merged: BTreeMap<String, u64>,
    sessions: Sessions,
    dialogs: Index,
    /// Subscriptions of the owner by Call-ID and local tag, and notifications of none.
    notified: BTreeSet<(String, String)>,
    unsolicited: u64,
    schedule: Schedule<Due>,
    out: VecDeque<Output>,
    last_id: u64,
}

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Client(u64),
    Server(u64),
    Session(SessionId),
}

impl Endpoint {
    /// An endpoint without flows. The seed must be random and used once.
    #[must_use]
    pub fn new(config: EndpointConfig, seed: [u8; 32]) -> Self {
        Self::with_ids(config, seed, Ids::new(seed))
    }

    pub(crate) fn with_ids(config: EndpointConfig, seed: [u8; 32], ids: Ids) -> Self {
        Self {
            config,
            ids,
            flows: BTreeMap::new(),
            clients: BTreeMap::new(),
            client_keys: BTreeMap::new(),
            servers: BTreeMap::new(),
            server_keys: BTreeMap::new(),
            merged: BTreeMap::new(),
            sessions: Sessions::default(),
            dialogs: Index::new(seed),
            notified: BTreeSet::new(),
            unsolicited: 0,
            schedule: Schedule::new(),
            out: VecDeque::new(),
            last_id: 0,
        }
    }

    /// The next output. Drain until [`Output::Wait`].
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| Output::Wait(self.schedule.next()))
    }

    /// Time has passed: does everything that is due.
    pub fn handle_timeout(&mut self, now: Millis) {
        while let Some(due) = self.schedule.pop_due(now) {
            match due {
                Due::Client(id) => self.client_timeout(now, id),
                Due::Server(id) => self.server_timeout(now, id),
                Due::Session(id) => self.session_timeout(now, id),
            }
        }
    }

    /// The dialog of a session, once there is one.
    #[must_use]
    pub fn dialog(&self, session: SessionId) -> Option<&Dialog> {
        self.sessions.get(&session)?.dialog.as_ref()
    }

    /// Our half and the peer's half of a session's Session-ID; the latter is all zeros while unknown.
    #[must_use]
    pub fn session_id(&self, session: SessionId) -> Option<(&str, &str)> {
        let halves = &self.sessions.get(&session)?.halves;
        Some((halves.local(), halves.remote()))
    }

    /// Sets our half of a session's Session-ID: 32 hex digits.
    pub fn set_session_id(&mut self, session: SessionId, local: &str) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.halves.adopt(local);
        }
    }

    /// Where a session's messages go; `None` while its flow is lost.
    #[must_use]
    pub fn flow_of(&self, session: SessionId) -> Option<FlowId> {
        self.sessions.get(&session)?.flow
    }

    /// Transactions, sessions and deadlines that exist: all 0 at rest.
    #[must_use]
    pub fn load(&self) -> (usize, usize, usize) {
        (self.clients.len() + self.servers.len(), self.sessions.len(), self.schedule.len())
    }

    /// Whether NOTIFY requests of this dialog, which is none of a session, reach the owner as
    /// [`Request`](EndpointEvent::Request); all others are answered with 481.
    pub fn expect_notify(&mut self, call_id: &str, local_tag: &str, expected: bool) {
        let key = (call_id.to_owned(), local_tag.to_owned());
        if expected {
            self.notified.insert(key);
        } else {
            self.notified.remove(&key);
        }
    }

    /// NOTIFY requests that belonged to no dialog.
    #[must_use]
    pub const fn unsolicited(&self) -> u64 {
        self.unsolicited
    }

    fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn event(&mut self, event: EndpointEvent) {
        self.out.push_back(Output::Event(event));
    }

    fn transmit(&mut self, flow: FlowId, bytes: Vec<u8>) {
        if self.flows.contains_key(&flow) {
            self.out.push_back(Output::Transmit { flow, bytes });
        }
    }

    /// The deadline of a session may have moved.
    fn reschedule(&mut self, id: SessionId) {
        let at = self.sessions.get(&id).and_then(|session| session.deadline());
        self.schedule.set(Due::Session(id), at);
    }

    /// Says that the stored form of an established session changed.
    fn changed(&mut self, id: SessionId) {
        if self.sessions.get(&id).is_some_and(|session| session.is_established()) {
            self.event(EndpointEvent::Changed { session: id });
        }
    }

    /// Forgets a session and says why.
    fn finish(&mut self, id: SessionId, event: EndpointEvent) {
        if self.remove_session(id).is_some() {
            self.event(event);
        }
    }

    fn remove_session(&mut self, id: SessionId) -> Option<Box<Session>> {
        let session = self.sessions.remove(&id)?;
        self.dialogs.remove(session.index);
        self.schedule.set(Due::Session(id), None);
        Some(session)
    }
}
