//! Phones and an exchange on simulated time: bytes move at once, the clock jumps from deadline to deadline.

use jiff::tz::TimeZone;
use sip_ws::auth::{Algorithm, ha1};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{
    Body, Endpoint, EndpointConfig, EndpointEvent, FlowConfig, Output as EpOutput, RequestId, ServerTxnId, SessionId, SessionTimer,
};
use sip_ws::io::{Credentials, FlowId, Millis};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use switchboard::exchange::io::{
    Audit, Clock, ContactEvent, Device, Directory, Input, Output, Party, PersonState, Rings, Station, StoredCall, Tenant,
};
use switchboard::exchange::machine::{Machine, Seeds, Settings};
use switchboard::exchange::promises::{Act, Group, Promises, Write};
use switchboard::queue::io::{Member, Name, QueueSettings, Strategy};
use switchboard::queue::{Demand, HIGHEST, Place, QueueView, Relax, SavedAgent, State, Status};
use wire::{Order, OrderResult};

pub const DOMAIN: &str = "portico.test";
pub const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";
pub const ANSWER: &str = "v=0\r\no=- 2 1 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";
pub const HOLD: &str = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendonly\r\n";

/// A phone: one endpoint with at most one socket.
pub struct Phone {
    pub user: String,
    pub ep: Endpoint,
    pub flow: Option<FlowId>,
    /// A second socket of the same phone (RFC 5626).
    pub second: Option<FlowId>,
    pub instance: String,
    pub contact: String,
    pub cseq: u32,
    pub events: Vec<EndpointEvent>,
    pub frames: Vec<Vec<u8>>,
    /// Bytes are lost in both directions without anybody noticing.
    pub deaf: bool,
    /// The same for one of its sockets.
    pub dead: Option<FlowId>,
}

/// A disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// Everything is on it at once.
    Quick,
    /// After so many milliseconds.
    Slow(u64),
    /// Nothing is, until it is another one.
    Stuck,
}

pub struct World {
    pub machine: Machine,
    pub now: u64,
    pub phones: Vec<Phone>,
    pub last_flow: u64,
    pub promises: Promises,
    /// How the disk takes what is written.
    pub writes: Disk,
    /// Groups that are not on it.
    pub journal: VecDeque<(u64, Group)>,
    pub disk: BTreeMap<String, StoredCall>,
    pub saves: usize,
    pub contacts: Vec<ContactEvent>,
    pub people: Vec<PersonState>,
    pub audits: Vec<Audit>,
    pub agents: BTreeMap<Party, Status>,
    pub saved: BTreeMap<Party, SavedAgent>,
    pub places: BTreeMap<Party, Place>,
    pub queues: BTreeMap<Name, QueueView>,
    pub ordered: Vec<(u64, OrderResult)>,
    pub toned: Vec<(u64, Vec<Option<u16>>)>,
    /// Who was told that the other side is away, or back.
    pub away: Vec<(String, bool)>,
    pub lifted: Vec<(u64, bool)>,
    pub closed: Vec<(FlowId, &'static str)>,
    pub starts: u8,
}

pub const UNIX: i64 = 1_800_000_000_000;

/// An agent of a queue.
fn member(agent: &str, penalty: u8, skills: &[(&str, u8)]) -> Member {
    let skills = skills.iter().map(|(skill, level)| ((*skill).to_owned(), *level));
    Member { agent: Name::new("t1", agent), penalty, skills: skills.collect() }
}

/// A queue whose callers overflow from `support` to `sales`.
fn queue(name: &str, members: &[&str]) -> QueueSettings {
    QueueSettings {
        queue: Name::new("t1", name),
        label: format!("{} queue", name.to_uppercase()),
        members: members.iter().map(|agent| member(agent, 0, &[])).collect(),
        demand: Demand::default(),
        strategy: Strategy::LongestIdle,
        ring_at_once: 10,
        zone: TimeZone::UTC,
        ring_ms: 20_000,
        wrap_up_ms: 30_000,
        wrap_up_extend_ms: 20_000,
        wrap_up_extensions: 2,
        max_wait_ms: (name == "support").then_some(1_800_000),
        max_waiting: 3,
        overflow: (name == "support").then(|| Name::new("t1", "sales")),
        pause_after_missed: 0,
        hours: None,
    }
}

/// A queue that rings all its agents at once and pauses whoever misses a call.
fn everybody() -> QueueSettings {
    QueueSettings { strategy: Strategy::RingAll, pause_after_missed: 1, wrap_up_ms: 0, ..queue("everybody", &["bob", "cid", "sup0"]) }
}

/// A queue that asks for German 5, after 20 s for German 3, and after 40 s for nothing.
fn german() -> QueueSettings {
    let relax = [(20_000, 2), (40_000, HIGHEST)].map(|(after_ms, less)| Relax { after_ms, less, max_penalty: HIGHEST });
    let members = vec![member("sup0", 0, &[]), member("sup1", 0, &[("german", 4)]), member("sup2", 0, &[("german", 8)])];
    let demand = Demand { skills: [("german".to_owned(), 5)].into(), relax: relax.to_vec(), ..Demand::default() };
    QueueSettings { members, demand, wrap_up_ms: 0, ..queue("german", &[]) }
}

pub fn party(user: &str) -> Party {
    Party { tenant: "t1".into(), user: user.into() }
}

pub fn directory() -> Directory {
    let users = ["ann", "bob", "cid", "sup0", "sup1", "sup2"];
    let device = |user: &str| {
        let ha1 = [Algorithm::Sha256, Algorithm::Md5].map(|a| (a, ha1(a, user, DOMAIN, "portico"))).to_vec();
        (user.to_owned(), vec![Device { user: user.to_owned(), ha1 }])
    };
    let tenant = Tenant {
        id: "t1".into(),
        sip_domain: DOMAIN.into(),
        people: users.map(|u| (u.to_owned(), format!("{} Example", u.to_uppercase()))).into(),
        devices: users.into_iter().chain(["gate", "barrier"]).map(device).collect(),
        queues: vec![queue("support", &["bob", "cid"]), queue("sales", &["cid"]), everybody(), german()],
        dispositions: [("support".to_owned(), vec!["solved".to_owned()])].into(),
        pause_reasons: vec!["lunch".to_owned()],
        silent_supervision: false,
        stations: [
            ("gate".to_owned(), Station { display: "Main gate".into(), rings: Rings::People(vec!["bob".into(), "cid".into()]) }),
            ("barrier".to_owned(), Station { display: "Barrier".into(), rings: Rings::Queue { name: "support".into(), priority: 1 } }),
        ]
        .into(),
    };
    let other = Tenant {
        id: "t2".into(),
        sip_domain: "other.test".into(),
        people: [("ann".to_owned(), "Foreign Ann".to_owned())].into(),
        ..Tenant::default()
    };
    Directory { tenants: vec![Arc::new(tenant), Arc::new(other)] }
}

fn machine(starts: u8, clock: Clock) -> Machine {
    let seeds = Seeds { endpoint: [starts; 32], nonce: [starts; 32], epoch: format!("e{starts}") };
    Machine::new(seeds, Box::new(|realm, account| format!("derived-{realm}-{account}")), Settings::default(), directory(), clock)
}

impl Phone {
    fn hears(&self, flow: FlowId) -> bool {
        let open = self.flow == Some(flow) || self.second == Some(flow);
        open && !self.deaf && self.dead != Some(flow)
    }
}

impl World {
    pub fn new() -> Self {
        World {
            machine: machine(1, Clock { now: Millis(0), unix_ms: UNIX }),
            now: 0,
            phones: Vec::new(),
            last_flow: 0,
            promises: Promises::default(),
            writes: Disk::Quick,
            journal: VecDeque::new(),
            disk: BTreeMap::new(),
            saves: 0,
            contacts: Vec::new(),
            people: Vec::new(),
            audits: Vec::new(),
            agents: BTreeMap::new(),
            saved: BTreeMap::new(),
            places: BTreeMap::new(),
            queues: BTreeMap::new(),
            ordered: Vec::new(),
            toned: Vec::new(),
            away: Vec::new(),
            lifted: Vec::new(),
            closed: Vec::new(),
            starts: 1,
        }
    }

    pub fn clock(&self) -> Clock {
        Clock { now: Millis(self.now), unix_ms: UNIX + self.now as i64 }
    }

    /// A phone that is switched off.
    pub fn phone(&mut self, user: &str) -> usize {
        let n = self.phones.len();
        let config = EndpointConfig {
            allow: vec![Method::Info, Method::Message, Method::Update, Method::Notify, Method::Refer],
            supported: vec!["replaces".into(), "join".into()],
            patient: true,
            max_sessions: 5_000,
            max_transactions: 10_000,
            ..EndpointConfig::default()
        };
        self.phones.push(Phone {
            user: user.to_owned(),
            ep: Endpoint::new(config, [n as u8 + 100; 32]),
            flow: None,
            second: None,
            instance: format!("urn:uuid:0000-{n}"),
            contact: format!("sip:p{n}@phone{n}.invalid;transport=ws"),
            cseq: 0,
            events: Vec::new(),
            frames: Vec::new(),
            deaf: false,
            dead: None,
        });
        n
    }

    /// A registered phone that offers session timers of the shortest interval (RFC 4028).
    pub fn with_timer(&mut self, user: &str) -> usize {
        let phone = self.phone(user);
        let mut config = EndpointConfig { patient: true, ..EndpointConfig::default() };
        config.supported.push("timer".into());
        config.session_timer = Some(SessionTimer { offer: Some(90), min: 90 });
        self.phones[phone].ep = Endpoint::new(config, [phone as u8 + 150; 32]);
        self.connect(phone);
        assert_eq!(self.register(phone), 200);
        phone
    }

    /// A phone that is registered.
    pub fn registered(&mut self, user: &str) -> usize {
        let phone = self.phone(user);
        self.connect(phone);
        assert_eq!(self.register(phone), 200);
        phone
    }

    pub fn connect(&mut self, phone: usize) -> FlowId {
        self.last_flow += 1;
        let flow = FlowId(self.last_flow);
        let p = &mut self.phones[phone];
        p.flow = Some(flow);
        p.ep.flow_opened(
            Millis(self.now),
            flow,
            FlowConfig { transport: "WS".into(), sent_by: format!("phone{phone}.invalid"), reliable: true },
        );
        p.ep.set_credentials(flow, Some(Credentials { user: p.user.clone(), password: "portico".into(), realm: DOMAIN.into() }));
        self.input(Input::FlowOpened { flow, address: [192, 0, 2, 7].into() });
        flow
    }

    /// The socket closes; both sides notice.
    pub fn disconnect(&mut self, phone: usize) {
        let Some(flow) = self.phones[phone].flow.take() else { return };
        self.phones[phone].ep.flow_lost(Millis(self.now), flow);
        self.input(Input::FlowClosed { flow, leaving: false });
    }

    /// A second socket beside the first one, registered there as the other flow of the same phone.
    pub fn second_flow(&mut self, phone: usize) -> FlowId {
        let first = self.phones[phone].flow;
        let second = self.connect(phone);
        let mut register = self.register_message(phone, 600);
        let contact = register.header_str(HeaderName::Contact).expect("has one").replace("reg-id=1", "reg-id=2").replace("sip:p", "sip:q");
        register.set(HeaderName::Contact, contact);
        register.set(HeaderName::CallId, format!("reg-{phone}-2"));
        assert_eq!(self.request(phone, register).and_then(|r| r.status()), Some(200));
        (self.phones[phone].flow, self.phones[phone].second) = (first, Some(second));
        second
    }

    /// The second socket closes; both sides notice.
    pub fn drop_second(&mut self, phone: usize) {
        let Some(flow) = self.phones[phone].second.take() else { return };
        self.phones[phone].ep.flow_lost(Millis(self.now), flow);
        self.input(Input::FlowClosed { flow, leaving: false });
    }

    /// As a desk does: new socket, REGISTER, then the calls go on there.
    pub fn reconnect(&mut self, phone: usize, sessions: &[SessionId]) {
        let flow = self.connect(phone);
        assert_eq!(self.register(phone), 200);
        for session in sessions {
            self.phones[phone].ep.set_flow(Millis(self.now), *session, flow);
        }
        self.run();
    }

    /// The page of a phone was loaded again: the same device under a new address, which knows nothing of before.
    pub fn reload(&mut self, phone: usize) {
        if let Some(flow) = self.phones[phone].flow.take() {
            self.input(Input::FlowClosed { flow, leaving: true });
        }
        let fresh = self.phone(&self.phones[phone].user.clone());
        let mut page = self.phones.pop().expect("just made");
        page.instance.clone_from(&self.phones[phone].instance);
        page.contact = format!("sip:p{phone}-{fresh}-{}@phone.invalid;transport=ws", self.last_flow);
        page.cseq = self.phones[phone].cseq;
        page.ep = Endpoint::new(EndpointConfig { patient: true, ..EndpointConfig::default() }, [self.last_flow as u8; 32]);
        self.phones[phone] = page;
        self.connect(phone);
        assert_eq!(self.register(phone), 200);
        self.run();
    }

    pub fn register_message(&mut self, phone: usize, expires: u32) -> Message {
        let p = &mut self.phones[phone];
        p.cseq += 1;
        let mut m = Message::request(Method::Register, &format!("sip:{DOMAIN}"));
        let aor = format!("<sip:{}@{DOMAIN}>", p.user);
        m.push(HeaderName::From, format!("{aor};tag=r{phone}"));
        m.push(HeaderName::To, &aor);
        m.push(HeaderName::CallId, format!("reg-{phone}"));
        m.push(HeaderName::CSeq, format!("{} REGISTER", p.cseq * 10));
        m.push(HeaderName::Contact, format!("<{}>;+sip.instance=\"<{}>\";reg-id=1;expires={expires}", p.contact, p.instance));
        m
    }

    pub fn register(&mut self, phone: usize) -> u16 {
        let m = self.register_message(phone, 600);
        self.request(phone, m).and_then(|r| r.status()).unwrap_or(0)
    }

    /// Sends a request outside of calls and waits for the final response.
    pub fn request(&mut self, phone: usize, message: Message) -> Option<Message> {
        let flow = self.phones[phone].flow.expect("a socket");
        let id = self.phones[phone].ep.request(Millis(self.now), flow, message);
        self.run();
        self.response(phone, id)
    }

    pub fn response(&mut self, phone: usize, wanted: RequestId) -> Option<Message> {
        self.take(phone, |e| matches!(e, EndpointEvent::Response { id, .. } if *id == wanted)).map(|e| match e {
            EndpointEvent::Response { message, .. } => message,
            _ => unreachable!(),
        })
    }

    pub fn invite_message(&self, phone: usize, target: &str, body: Option<&str>) -> Message {
        let p = &self.phones[phone];
        let mut m = Message::request(Method::Invite, &format!("sip:{target}@{DOMAIN}"));
        m.push(HeaderName::From, format!("\"I am the boss\" <sip:{}@{DOMAIN}>", p.user));
        m.push(HeaderName::To, format!("<sip:{target}@{DOMAIN}>"));
        m.push(HeaderName::Contact, format!("<{}>", p.contact));
        m.push(HeaderName::SessionId, format!("{:032x};remote=00000000000000000000000000000000", 0xabc0 + phone + self.now as usize));
        if let Some(body) = body {
            m.set_body("application/sdp", body);
        }
        m
    }

    pub fn call(&mut self, phone: usize, target: &str) -> SessionId {
        let m = self.invite_message(phone, target, Some(OFFER));
        self.invite(phone, m)
    }

    pub fn invite(&mut self, phone: usize, message: Message) -> SessionId {
        let flow = self.phones[phone].flow.expect("a socket");
        let session = self.phones[phone].ep.invite(Millis(self.now), flow, message);
        self.run();
        session
    }

    /// The call that rings at a phone.
    pub fn incoming(&mut self, phone: usize) -> Option<(SessionId, Message)> {
        self.take(phone, |e| matches!(e, EndpointEvent::Incoming { .. })).map(|e| match e {
            EndpointEvent::Incoming { session, message, .. } => (session, message),
            _ => unreachable!(),
        })
    }

    pub fn ring(&mut self, phone: usize, session: SessionId) {
        self.phones[phone].ep.progress(Millis(self.now), session, 180, "Ringing", &[], None).expect("rings");
        self.run();
    }

    pub fn answer(&mut self, phone: usize, session: SessionId) {
        let contact = format!("<{}>", self.phones[phone].contact);
        self.phones[phone].ep.accept(Millis(self.now), session, &contact, &[], Some(Body::sdp(ANSWER))).expect("answers");
        self.run();
    }

    pub fn reject(&mut self, phone: usize, session: SessionId, code: u16) {
        self.phones[phone].ep.reject(Millis(self.now), session, code, "No", &[]).expect("rejects");
        self.run();
    }

    pub fn hang_up(&mut self, phone: usize, session: SessionId) {
        self.phones[phone].ep.hang_up(Millis(self.now), session, &[]);
        self.run();
    }

    pub fn respond(&mut self, phone: usize, txn: ServerTxnId, response: Message) {
        self.phones[phone].ep.respond(Millis(self.now), txn, response);
        self.run();
    }

    /// A connected call from `a` to the only phone of `b`'s user.
    pub fn connected(&mut self, a: usize, b: usize) -> (SessionId, SessionId) {
        let target = self.phones[b].user.clone();
        let caller = self.call(a, &target);
        let (callee, _) = self.incoming(b).expect("rings");
        self.ring(b, callee);
        self.answer(b, callee);
        assert!(self.accepted(a, caller).is_some(), "{:?}", self.phones[a].events);
        assert!(self.take(b, |e| matches!(e, EndpointEvent::Confirmed { .. })).is_some());
        self.phones[a].events.clear();
        self.phones[b].events.clear();
        (caller, callee)
    }

    pub fn accepted(&mut self, phone: usize, wanted: SessionId) -> Option<Message> {
        self.take(phone, |e| matches!(e, EndpointEvent::Accepted { session, .. } if *session == wanted)).map(|e| match e {
            EndpointEvent::Accepted { message, .. } => message,
            _ => unreachable!(),
        })
    }

    pub fn rejected(&mut self, phone: usize, wanted: SessionId) -> Option<Message> {
        self.take(phone, |e| matches!(e, EndpointEvent::Rejected { session, .. } if *session == wanted)).map(|e| match e {
            EndpointEvent::Rejected { message, .. } => message,
            _ => unreachable!(),
        })
    }

    pub fn ended(&mut self, phone: usize, wanted: SessionId) -> Option<Option<Message>> {
        self.take(phone, |e| matches!(e, EndpointEvent::Ended { session, .. } if *session == wanted)).map(|e| match e {
            EndpointEvent::Ended { message, .. } => message,
            _ => unreachable!(),
        })
    }

    pub fn take(&mut self, phone: usize, which: impl Fn(&EndpointEvent) -> bool) -> Option<EndpointEvent> {
        let events = &mut self.phones[phone].events;
        let at = events.iter().position(which)?;
        Some(events.remove(at))
    }

    pub fn kinds(&self) -> Vec<&'static str> {
        self.contacts.iter().map(|e| e.kind.as_str()).collect()
    }

    /// Kind, called side and cause of each event of a contact.
    pub fn story(&self, contact: &str) -> Vec<String> {
        let line = |e: &ContactEvent| format!("{} {} {}", e.kind.as_str(), e.to.user, e.cause.unwrap_or("-"));
        self.contacts.iter().filter(|e| e.contact == contact).map(line).collect()
    }

    /// Session identifier of a caller's call.
    pub fn contact_of(&self, phone: usize, session: SessionId) -> String {
        self.phones[phone].ep.session_id(session).unwrap().0.to_owned()
    }

    /// What the phones of a person do: calls that ring, calls in progress.
    pub fn does(&self, user: &str) -> (u32, u32) {
        let last = self.people.iter().rev().find(|state| state.party == party(user));
        last.map(|state| (state.ringing, state.busy)).unwrap_or_default()
    }

    pub fn input(&mut self, input: Input) {
        let clock = self.clock();
        self.machine.input(clock, input);
        self.run();
    }

    /// What a person orders from their desk.
    pub fn order(&mut self, user: &str, order: Order) -> OrderResult {
        self.input(Input::Order { party: party(user), order, ticket: 7 });
        let (ticket, result) = self.ordered.pop().expect("an answer");
        assert_eq!(ticket, 7);
        result
    }

    /// What somebody in charge orders, who may steer the callers of these queues.
    pub fn steer(&mut self, steer: wire::Steer, queues: &[&str]) -> OrderResult {
        self.steer_as("cid", steer, queues)
    }

    pub fn steer_as(&mut self, user: &str, steer: wire::Steer, queues: &[&str]) -> OrderResult {
        self.begin_steer(user, steer, queues);
        self.steered().expect("an answer")
    }

    /// The same where the answer may come later.
    pub fn begin_steer(&mut self, user: &str, steer: wire::Steer, queues: &[&str]) {
        let queues = queues.iter().map(|queue| (*queue).to_owned()).collect();
        self.input(Input::Steer { party: party(user), by: "Sue".into(), steer, queues, ticket: 8 });
    }

    pub fn steered(&mut self) -> Option<OrderResult> {
        let (ticket, result) = self.ordered.pop()?;
        assert_eq!(ticket, 8);
        Some(result)
    }

    /// An agent with a registered phone and a page that answers, who wants calls.
    pub fn ready(&mut self, user: &str) -> usize {
        let phone = self.registered(user);
        self.input(Input::Answers { party: party(user), answers: true });
        assert_eq!(self.order(user, Order::Ready), OrderResult::Done);
        phone
    }

    pub fn state(&self, user: &str) -> State {
        self.agents[&party(user)].state
    }

    /// A guest of a queue, with a socket and an identity that ends at `expires` seconds.
    pub fn guest(&mut self, user: &str, expires: i64) -> usize {
        let phone = self.phone(user);
        self.guest_again(phone, expires);
        phone
    }

    /// A guest has a socket again.
    pub fn guest_again(&mut self, phone: usize, expires: i64) {
        self.connect(phone);
        let p = &mut self.phones[phone];
        let auth_user = format!("{expires}:{}", p.user);
        let password = format!("derived-{DOMAIN}-{auth_user}");
        let credentials = Credentials { user: auth_user, password, realm: DOMAIN.into() };
        p.ep.set_credentials(p.flow.expect("a socket"), Some(credentials));
    }

    /// Places that a caller was told with 182, in order.
    pub fn told(&mut self, phone: usize, wanted: SessionId) -> Vec<u32> {
        let told = self.phones[phone].events.iter().filter_map(|event| match event {
            EndpointEvent::Provisional { session, message } if *session == wanted && message.status() == Some(182) => {
                Some(message.queue_place().expect("readable").expect("a place").position)
            }
            _ => None,
        });
        told.collect()
    }

    /// Sends raw bytes on a phone's socket.
    pub fn raw(&mut self, phone: usize, bytes: &[u8]) {
        let flow = self.phones[phone].flow.expect("a socket");
        self.input(Input::Received { flow, bytes: bytes.to_vec() });
    }

    /// Moves bytes until nothing moves.
    pub fn run(&mut self) {
        loop {
            let mut moved = false;
            for n in 0..self.phones.len() {
                loop {
                    match self.phones[n].ep.poll() {
                        EpOutput::Transmit { flow, bytes } => {
                            moved = true;
                            if self.phones[n].hears(flow) {
                                let clock = self.clock();
                                self.machine.input(clock, Input::Received { flow, bytes });
                            }
                        }
                        EpOutput::Event(EndpointEvent::Changed { .. }) => {}
                        EpOutput::Event(event) => self.phones[n].events.push(event),
                        EpOutput::Wait(_) => break,
                    }
                }
            }
            moved |= self.drain(false);
            moved |= self.turn_disk();
            if !moved {
                return;
            }
        }
    }

    /// Takes what one input has led to. Whether there was anything.
    fn drain(&mut self, saved: bool) -> bool {
        let mut outputs = Vec::new();
        loop {
            match self.machine.poll() {
                Output::Wait(_) => break,
                output => outputs.push(output),
            }
        }
        let moved = !outputs.is_empty();
        let (group, acts) = self.promises.take(Millis(self.now), outputs, saved);
        self.journal.extend(group.map(|group| (self.now, group)));
        acts.into_iter().for_each(|act| self.perform(act));
        moved
    }

    fn perform(&mut self, act: Act) {
        match act {
            Act::Saved(call) => {
                let clock = self.clock();
                self.machine.input(clock, Input::Saved { call });
                self.drain(true);
            }
            Act::Do(Output::Send { flow, bytes }) => {
                let now = Millis(self.now);
                if let Some(phone) = self.phones.iter_mut().find(|p| p.hears(flow)) {
                    phone.frames.push(bytes.clone());
                    phone.ep.receive(now, flow, &bytes);
                }
            }
            Act::Do(Output::Close { flow, reason }) => {
                self.closed.push((flow, reason));
                let now = Millis(self.now);
                if let Some(phone) = self.phones.iter_mut().find(|p| p.flow == Some(flow)) {
                    phone.flow = None;
                    phone.ep.flow_lost(now, flow);
                }
            }
            Act::Do(output) => match output {
                Output::Person(state) => self.people.push(state),
                Output::Audit(audit) => self.audits.push(audit),
                Output::Agent { party, status, .. } => drop(self.agents.insert(party, status)),
                Output::AgentGone(party) => drop(self.agents.remove(&party)),
                Output::Queue(view) => drop(self.queues.insert(view.queue.clone(), view)),
                Output::Ordered { ticket, result } => self.ordered.push((ticket, result)),
                Output::Toned { ticket, answers } => self.toned.push((ticket, answers)),
                Output::Away { party, away, .. } => self.away.push((party.user, away)),
                Output::Lifted { ticket, lifted } => self.lifted.push((ticket, lifted)),
                _ => {}
            },
        }
    }

    /// Groups whose time has come are on the disk. Whether there were any.
    fn turn_disk(&mut self) -> bool {
        let latency = match self.writes {
            Disk::Quick => 0,
            Disk::Slow(ms) => ms,
            Disk::Stuck => return false,
        };
        let mut last = None;
        while let Some((_, group)) = self.journal.pop_front_if(|(at, _)| *at + latency <= self.now) {
            last = Some(group.number);
            group.writes.into_iter().for_each(|write| self.write(write));
        }
        let Some(number) = last else { return false };
        let acts = self.promises.durable(number);
        acts.into_iter().for_each(|act| self.perform(act));
        true
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::Call(row) => {
                self.saves += 1;
                self.disk.insert(row.key.clone(), *row);
            }
            Write::Over(key) => drop(self.disk.remove(&key)),
            Write::Contact(event) => self.contacts.push(*event),
            Write::Agent(party, saved) => drop(self.saved.insert(party, saved)),
            Write::State(..) | Write::NoAgent(..) => {}
            Write::Place(place) => {
                self.places.insert(Party { tenant: place.tenant.clone(), user: place.caller.clone() }, place);
            }
            Write::NoPlace(party) => drop(self.places.remove(&party)),
            Write::Answer(..) => {}
        }
    }

    /// Lets time pass, stopping at every deadline.
    pub fn advance(&mut self, ms: u64) {
        let end = self.now + ms;
        loop {
            self.run();
            let mut next = end;
            if let Output::Wait(Some(at)) = self.machine.poll() {
                next = next.min(at.0);
            }
            if let Some(at) = self.promises.deadline() {
                next = next.min(at.0);
            }
            if let (Disk::Slow(ms), Some((at, _))) = (self.writes, self.journal.front()) {
                next = next.min(at + ms);
            }
            for phone in &mut self.phones {
                if let EpOutput::Wait(Some(at)) = phone.ep.poll() {
                    next = next.min(at.0);
                }
            }
            self.now = next.max(self.now);
            let now = Millis(self.now);
            for phone in &mut self.phones {
                phone.ep.handle_timeout(now);
            }
            let acts = self.promises.expire(now);
            acts.into_iter().for_each(|act| self.perform(act));
            let clock = self.clock();
            self.machine.input(clock, Input::Timer);
            self.run();
            if self.now >= end {
                return;
            }
        }
    }

    /// The exchange is killed and started again on the same disk. Nobody tells the phones, whose sockets break.
    pub fn kill_and_restart(&mut self) {
        for phone in &mut self.phones {
            if let Some(flow) = phone.flow.take() {
                phone.ep.flow_lost(Millis(self.now), flow);
            }
        }
        self.starts += 1;
        let rows: Vec<StoredCall> =
            self.disk.values().map(|row| serde_json::from_str(&serde_json::to_string(row).unwrap()).unwrap()).collect();
        self.machine = machine(self.starts, self.clock());
        // Whatever was not on the disk is gone.
        self.promises = Promises::default();
        self.journal.clear();
        let clock = self.clock();
        self.machine.restore_queues(clock, self.saved.clone().into_iter().collect(), self.places.values().cloned().collect());
        self.machine.restore(clock, rows);
        self.run();
    }
}
