//! The exchange as a state machine: one input, then drain the outputs. No socket, clock, randomness or SQL; seeds are arguments.
//!
//! Below it sits one [`Endpoint`] with every phone's socket as a flow; each call is two or more of its sessions ("legs"). This file
//! routes inputs, endpoint events and deadlines to the parts: `gate` (who may send what), `register`, `setup` (until the answer),
//! `talk` (after it), `recover` (lost sockets, restarts), `report` (history and presence).

use super::call::{Call, Leg};
use super::digest::{DeskPassword, Digest, Nonces};
use super::io::{CallKey, Clock, Directory, Input, Output, Over, Party, Tenant};
use super::lift::Lifted;
use super::limits::{
    Bucket, CALL_RATE, FLOW_RATE, Failures, MAX_FLOWS_PER_USER, MAX_SESSIONS, MAX_TRANSACTIONS, STRANGER_RATE, UNREGISTERED_MS,
};
use super::noted::Absences;
use super::registrar::Registrar;
use super::supervise::Telling;
use super::takeover::Grant;
use super::tones::Toning;
use crate::queue::Engine;
use crate::queue::io::{Input as QueueInput, ItemId, Name};
use sip_ws::codec::Method;
use sip_ws::endpoint::{Endpoint, EndpointConfig, EndpointEvent, FlowConfig, RequestId, SessionId};
use sip_ws::io::{FlowId, Millis};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use wire::PhoneFault;

/// Every number the exchange counts, for `/metrics`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counters {
    /// Messages taken from sockets.
    pub received: u64,
    /// Frames that were no SIP message.
    pub broken: u64,
    /// Requests answered 503 because of a rate or a cap.
    pub limited: u64,
    /// Challenges sent.
    pub challenged: u64,
    /// Right digests.
    pub login_ok: u64,
    /// Wrong digests.
    pub login_failed: u64,
    /// INVITEs accepted for routing.
    pub calls: u64,
    /// Calls answered.
    pub answered: u64,
    /// Calls found in the store at start.
    pub restored: u64,
    /// Legs given up because their phone never came back.
    pub reaped: u64,
    /// Claims of another identity that were rewritten or refused.
    pub forged: u64,
}

/// One socket.
#[derive(Debug)]
pub(super) struct Flow {
    pub address: IpAddr,
    pub party: Option<Party>,
    /// The session whose credentials the socket has shown.
    pub session: Option<String>,
    /// Known from the moment the socket registered.
    pub instance: Option<String>,
    pub reg_id: u32,
    pub contact: Option<String>,
    pub nonces: Nonces,
    pub bucket: Bucket,
    pub strange: Bucket,
    pub excess: u32,
    pub broken: u32,
    pub forgery_told: bool,
}

/// What a deadline is for. Entries are never removed: each looks whether it still matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Unregistered(FlowId),
    Binding(Party),
    Ring(CallKey),
    LegLost(SessionId),
    Waiting(CallKey),
    Transfer(CallKey),
    Join(CallKey),
    Probe(SessionId),
    Silent(SessionId),
    Tone(u64),
    Lifted(u64),
    Grant,
}

/// What the operator may set.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Milliseconds that a socket may be open without an identity.
    pub unregistered_ms: u64,
    /// Sockets on which one person may be registered.
    pub flows_per_person: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { unregistered_ms: UNREGISTERED_MS, flows_per_person: MAX_FLOWS_PER_USER }
    }
}

/// Seeds and keys, made by the caller from the system's randomness.
pub struct Seeds {
    /// Seed of tags, branches and Call-IDs.
    pub endpoint: [u8; 32],
    /// Key of the nonces.
    pub nonce: [u8; 32],
    /// Prefix of the keys of calls; must differ at every start.
    pub epoch: String,
}

impl std::fmt::Debug for Seeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seeds(…)")
    }
}

/// The machine. See the module documentation.
#[derive(Debug)]
pub struct Machine {
    pub(super) ep: Endpoint,
    pub(super) digest: Digest,
    pub(super) settings: Settings,
    pub(super) directory: Directory,
    pub(super) flows: BTreeMap<FlowId, Flow>,
    /// Sockets without an identity, oldest first, by address.
    pub(super) strangers: BTreeMap<IpAddr, BTreeSet<FlowId>>,
    pub(super) stranger_count: usize,
    pub(super) party_flows: BTreeMap<Party, BTreeSet<FlowId>>,
    pub(super) registrar: Registrar,
    pub(super) calls: BTreeMap<CallKey, Call>,
    pub(super) legs: BTreeMap<SessionId, Leg>,
    pub(super) by_call_id: BTreeMap<String, SessionId>,
    pub(super) legs_of: BTreeMap<Party, BTreeSet<SessionId>>,
    /// Calls of a person that are not over.
    pub(super) calls_of: BTreeMap<Party, BTreeSet<CallKey>>,
    /// Rows on disk, with the legs that still have to end before the row may go.
    pub(super) rows: BTreeMap<CallKey, BTreeSet<SessionId>>,
    /// Requests under way between the legs of a call.
    pub(super) relay_of: BTreeMap<RequestId, CallKey>,
    pub(super) call_rates: BTreeMap<Party, Bucket>,
    /// What people's pages say is wrong with their phones.
    pub(super) faults: BTreeMap<Party, PhoneFault>,
    pub(super) failures: Failures,
    /// Sessions that were ended before their time, and when their credentials would have ended by themselves.
    pub(super) ended_sessions: BTreeMap<String, i64>,
    pub(super) queues: Engine,
    pub(super) queue_inputs: VecDeque<QueueInput>,
    pub(super) queue_busy: bool,
    /// Calls that wait in a queue or are being offered.
    pub(super) items: BTreeMap<ItemId, CallKey>,
    pub(super) next_item: u64,
    /// What agents said of calls whose wrap-up ends at this moment.
    pub(super) dispositions: BTreeMap<(Name, String), (Option<String>, String)>,
    /// Calls whose transfer has asked a leg of another call for an offer, by that leg.
    pub(super) asked: BTreeMap<SessionId, CallKey>,
    /// Who may come into which call.
    pub(super) grants: Vec<Grant>,
    /// Calls that supervise another one, by that one.
    pub(super) supervisions: BTreeMap<CallKey, Vec<CallKey>>,
    /// Absences of legs of calls that go on, as the history knows them.
    pub(super) noted_away: BTreeMap<SessionId, Absences>,
    /// An agent's phone is being told how somebody takes part.
    pub(super) supervision_of: BTreeMap<RequestId, Telling>,
    /// Door codes on their way, by number of the order.
    pub(super) tonings: BTreeMap<u64, Toning>,
    pub(super) tone_of: BTreeMap<RequestId, u64>,
    /// Stations that the switchboard itself has answered, by number of the order.
    pub(super) lifted: BTreeMap<u64, Lifted>,
    pub(super) counters: Counters,
    pub(super) out: VecDeque<Output>,
    pub(super) clock: Clock,
    epoch: String,
    next_key: u64,
    due: BTreeSet<(Millis, Timer)>,
    endpoint_wait: Option<Millis>,
}

impl Machine {
    /// An exchange with no sockets and no calls.
    pub fn new(seeds: Seeds, desk_password: DeskPassword, settings: Settings, directory: Directory, clock: Clock) -> Self {
        let config = EndpointConfig {
            user_agent: concat!("Portico/", env!("CARGO_PKG_VERSION")).to_owned(),
            allow: vec![
                Method::Invite,
                Method::Ack,
                Method::Cancel,
                Method::Bye,
                Method::Options,
                Method::Info,
                Method::Update,
                Method::Message,
                Method::Register,
                Method::Refer,
                Method::Notify,
                Method::Subscribe,
            ],
            supported: vec!["outbound".to_owned(), "path".to_owned(), "replaces".to_owned(), "join".to_owned()],
            // Bodies are opaque to the exchange.
            accept: Vec::new(),
            schemes: vec!["sip".to_owned(), "sips".to_owned()],
            answer_options: true,
            check_require: true,
            // A phone that is ringing and loses its socket may come back.
            patient: true,
            max_transactions: MAX_TRANSACTIONS,
            max_sessions: MAX_SESSIONS,
            ..EndpointConfig::default()
        };
        let mut machine = Machine {
            ep: Endpoint::new(config, seeds.endpoint),
            digest: Digest::new(seeds.nonce, desk_password),
            settings,
            directory,
            flows: BTreeMap::new(),
            strangers: BTreeMap::new(),
            stranger_count: 0,
            party_flows: BTreeMap::new(),
            registrar: Registrar::default(),
            calls: BTreeMap::new(),
            legs: BTreeMap::new(),
            by_call_id: BTreeMap::new(),
            legs_of: BTreeMap::new(),
            calls_of: BTreeMap::new(),
            rows: BTreeMap::new(),
            relay_of: BTreeMap::new(),
            call_rates: BTreeMap::new(),
            faults: BTreeMap::new(),
            failures: Failures::default(),
            ended_sessions: BTreeMap::new(),
            queues: Engine::new(clock),
            queue_inputs: VecDeque::new(),
            queue_busy: false,
            items: BTreeMap::new(),
            next_item: 0,
            dispositions: BTreeMap::new(),
            asked: BTreeMap::new(),
            grants: Vec::new(),
            supervisions: BTreeMap::new(),
            noted_away: BTreeMap::new(),
            supervision_of: BTreeMap::new(),
            tonings: BTreeMap::new(),
            tone_of: BTreeMap::new(),
            lifted: BTreeMap::new(),
            counters: Counters::default(),
            out: VecDeque::new(),
            clock,
            epoch: seeds.epoch,
            next_key: 0,
            due: BTreeSet::new(),
            endpoint_wait: None,
        };
        machine.configure_queues();
        machine
    }

    /// Takes one input. Drain [`Machine::poll`] afterwards.
    pub fn input(&mut self, clock: Clock, input: Input) {
        self.clock = clock;
        match input {
            Input::FlowOpened { flow, address } => self.flow_opened(flow, address),
            Input::Received { flow, bytes } => self.received(flow, &bytes),
            Input::FlowClosed { flow, leaving } => self.flow_closed(flow, leaving),
            Input::Timer => {}
            Input::Saved { call } => self.saved(&call),
            Input::Directory(directory) => self.replace_directory(directory),
            Input::Answers { party, answers } => self.queue_input(QueueInput::Answers { agent: Name::from(&party), answers }),
            Input::Fitness { party, fault } => self.pages_say(&party, fault),
            Input::Quality { party, contact, measured } => self.on_quality(&party, &contact, measured),
            Input::Order { party, order, ticket } => {
                let result = self.order(&party, order);
                self.out.push_back(Output::Ordered { ticket, result });
            }
            Input::Steer { party, by, steer, queues, ticket } => {
                if let Some(result) = self.steer(&party, by, steer, &queues, ticket) {
                    self.out.push_back(Output::Ordered { ticket, result });
                }
            }
            Input::Tones { station, infos, ticket } => self.tones(&station, infos, ticket),
            Input::Lift { call, answer, by, ticket } => self.lift(&call, answer, &by, ticket),
            Input::Opened { station, by } => self.opened(&station, &by),
            Input::Lower { ticket, sent } => self.lower(ticket, sent),
            Input::EntryLost { by } => self.entry_lost(&by),
            Input::RightLost { call } => self.end_supervision(&call, Over::RightLost),
            Input::SessionEnded { session, until } => self.session_ended(session, until),
        }
        self.settle();
    }

    /// The next thing to do; after [`Output::Wait`] there is nothing until the next input.
    pub fn poll(&mut self) -> Output {
        if let Some(output) = self.out.pop_front() {
            return output;
        }
        let own = self.due.first().map(|(at, _)| *at);
        Output::Wait([own, self.endpoint_wait, self.queues.deadline()].into_iter().flatten().min())
    }

    /// What is counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Sockets, registered people, calls, legs and waiting callers at this moment.
    pub fn gauges(&self) -> [(&'static str, usize); 5] {
        [
            ("flows", self.flows.len()),
            ("registered", self.registrar.people()),
            ("calls", self.calls.len()),
            ("legs", self.legs.len()),
            ("queued", self.items.len()),
        ]
    }

    /// Transactions, sessions and deadlines of the endpoint: all 0 at rest.
    pub fn load(&self) -> (usize, usize, usize) {
        self.ep.load()
    }

    /// Runs due deadlines and lets the endpoint do its part until everything rests.
    fn settle(&mut self) {
        self.ep.handle_timeout(self.clock.now);
        self.drain();
        while let Some((at, timer)) = self.due.first().cloned() {
            if at > self.clock.now {
                break;
            }
            self.due.pop_first();
            self.on_timer(timer);
            self.drain();
        }
        if self.queues.deadline().is_some_and(|at| at <= self.clock.now) {
            self.queue_input(QueueInput::Timer);
            self.drain();
        }
    }

    fn drain(&mut self) {
        loop {
            match self.ep.poll() {
                sip_ws::endpoint::Output::Transmit { flow, bytes } => self.out.push_back(Output::Send { flow, bytes }),
                sip_ws::endpoint::Output::Event(event) => self.on_event(event),
                sip_ws::endpoint::Output::Wait(at) => {
                    self.endpoint_wait = at;
                    return;
                }
            }
        }
    }

    fn on_event(&mut self, event: EndpointEvent) {
        match event {
            EndpointEvent::Request { txn, flow, message } => self.on_request(txn, flow, &message),
            EndpointEvent::Response { id, message } => self.on_relay_response(id, &message),
            EndpointEvent::RequestFailed { id, cause } => self.on_relay_failed(id, cause),
            EndpointEvent::Incoming { session, flow, message } => self.on_incoming(session, flow, message),
            EndpointEvent::Provisional { session, message } => self.on_provisional(session, &message),
            EndpointEvent::Accepted { session, message } => self.on_accepted(session, message),
            EndpointEvent::Rejected { session, message } => self.on_branch_over(session, message.status().unwrap_or(500), Some(&message)),
            EndpointEvent::Failed { session, .. } => self.on_branch_over(session, 408, None),
            EndpointEvent::Confirmed { session, ack } => self.on_confirmed(session, &ack),
            EndpointEvent::Reoffer { session, message } => self.on_reoffer(session, message),
            EndpointEvent::ReofferWithdrawn { session } => self.on_reoffer_withdrawn(session),
            EndpointEvent::ReofferAnswered { session, message } => self.on_reoffer_answered(session, &message),
            EndpointEvent::ReofferRejected { session, cause } => self.on_reoffer_rejected(session, &cause),
            EndpointEvent::InDialog { session, txn, message } => self.on_in_dialog(session, txn, message),
            EndpointEvent::Changed { session } => self.on_changed(session),
            // The exchange offers no session timer.
            EndpointEvent::RefreshDue { .. } => {}
            EndpointEvent::Ended { session, cause, message } => self.on_ended(session, cause, message.as_ref()),
        }
    }

    fn on_timer(&mut self, timer: Timer) {
        match timer {
            Timer::Unregistered(flow) => {
                if self.flows.get(&flow).is_some_and(|f| f.party.is_none()) {
                    self.close(flow, "not registered in time");
                }
            }
            Timer::Binding(party) => {
                let gone = self.registrar.expire(self.clock.now, &party);
                self.phones_changed(&party);
                if gone {
                    self.report_person(&party);
                }
            }
            Timer::Ring(call) => self.on_ring_timeout(&call),
            Timer::LegLost(session) => self.on_leg_lost(session),
            Timer::Waiting(call) => self.on_waiting_timeout(&call),
            Timer::Transfer(call) => self.on_transfer_timeout(&call),
            Timer::Join(call) => self.join(&call),
            Timer::Probe(session) => self.on_probe(session),
            Timer::Silent(session) => self.on_silence(session),
            Timer::Tone(ticket) => self.next_tone(ticket),
            Timer::Lifted(ticket) => self.lower(ticket, false),
            Timer::Grant => self.drop_grants(Over::NotUsed, |_| false),
        }
    }

    /// Sets a deadline.
    pub(super) fn after(&mut self, ms: u64, timer: Timer) {
        self.due.insert((self.clock.now.plus(ms), timer));
    }

    /// A new key for a call, unique across restarts.
    pub(super) fn new_key(&mut self) -> CallKey {
        self.next_key += 1;
        format!("{}-{:08x}", self.epoch, self.next_key)
    }

    /// Closes a socket from this side and forgets it.
    pub(super) fn close(&mut self, flow: FlowId, reason: &'static str) {
        if self.flows.contains_key(&flow) {
            self.out.push_back(Output::Close { flow, reason });
            self.flow_closed(flow, false);
        }
    }

    fn flow_opened(&mut self, flow: FlowId, address: IpAddr) {
        self.make_room(address);
        let now = self.clock.now.0;
        self.flows.insert(
            flow,
            Flow {
                address,
                party: None,
                session: None,
                instance: None,
                reg_id: 0,
                contact: None,
                nonces: Nonces::default(),
                bucket: Bucket::new(FLOW_RATE, now),
                strange: Bucket::new(STRANGER_RATE, now),
                excess: 0,
                broken: 0,
                forgery_told: false,
            },
        );
        self.strangers.entry(address).or_default().insert(flow);
        self.stranger_count += 1;
        self.ep.flow_opened(self.clock.now, flow, FlowConfig { transport: "WS".into(), sent_by: "portico.invalid".into(), reliable: true });
        self.after(self.settings.unregistered_ms, Timer::Unregistered(flow));
    }

    /// The tenant with this id.
    pub(super) fn tenant(&self, id: &str) -> Option<&Arc<Tenant>> {
        self.directory.tenants.iter().find(|t| t.id == id)
    }

    /// The tenant with this SIP domain.
    pub(super) fn tenant_of_domain(&self, domain: &str) -> Option<&Arc<Tenant>> {
        self.directory.tenants.iter().find(|t| t.sip_domain.eq_ignore_ascii_case(domain))
    }

    /// The bucket of new calls of a person.
    pub(super) fn may_call(&mut self, party: &Party) -> bool {
        let now = self.clock.now.0;
        self.call_rates.entry(party.clone()).or_insert_with(|| Bucket::new(CALL_RATE, now)).take(now)
    }
}
