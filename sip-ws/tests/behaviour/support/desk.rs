//! Two agents with their drivers, a relay that registers everybody, and a virtual clock.
//!
//! The relay answers REGISTER, OPTIONS and keep-alives, and hands every other frame to the other desk.

use std::collections::BTreeMap;

use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{CallId, Command, FlowId, Input, Millis, Output, Profile, SocketInput};

pub use super::driver::{Desk, profile, registered};
use super::proxy::Pass;
use super::transcript;

pub const START: Millis = Millis(5_000_000);
/// Handle that tests give to their own calls.
pub const CALL: CallId = CallId(1);
/// Handle of the first incoming call.
pub const IN: CallId = CallId::FIRST_INCOMING;

/// Makes the answer to a REGISTER.
pub type Registrar = Box<dyn FnMut(&Message) -> Option<Message>>;
/// Says whether a frame of a desk is lost, by its transcript line.
pub type Lose = Box<dyn FnMut(usize, &str) -> bool>;

enum What {
    Frame(Vec<u8>),
    Opened,
    Refused,
}

/// Both desks and what is between them.
pub struct World {
    pub now: Millis,
    pub desks: [Desk; 2],
    pub delay: u64,
    /// The server accepts sockets.
    pub up: bool,
    /// The server answers nothing, not even keep-alives.
    pub dead: bool,
    /// The server answers CRLF.
    pub pongs: bool,
    /// Answer to a REGISTER: status and headers; `None` for no answer.
    pub registrar: Registrar,
    /// Frames for a desk without a socket, or under way on one that closes, wait for its next one, as in an exchange.
    pub keep: bool,
    kept: [Vec<Vec<u8>>; 2],
    /// Random delay and duplicates of SIP messages.
    jitter: Option<(sip_ws::Ids, bool)>,
    /// Loses frames by desk and line.
    pub lose: Lose,
    /// Between the desks stands a proxy that names the connection in each Contact and knows no other way within a dialog.
    pub proxy: bool,
    pub trace: Vec<String>,
    last: [Option<Vec<u8>>; 2],
    /// Everything that each desk sent.
    frames: [Vec<Vec<u8>>; 2],
    reloads: u8,
    /// What desks sent and kept, in order: `ada keep`, `ada INVITE`.
    pub order: Vec<String>,
    wire: BTreeMap<(Millis, u64), (usize, FlowId, What)>,
    sent: u64,
}

impl World {
    /// Two desks that are not started.
    pub fn new() -> Self {
        Self {
            now: START,
            desks: [Desk::new("ada", 1), Desk::new("bob", 2)],
            delay: 10,
            up: true,
            dead: false,
            pongs: true,
            registrar: Box::new(|request| Some(registered(request))),
            keep: false,
            kept: [Vec::new(), Vec::new()],
            jitter: None,
            lose: Box::new(|_, _| false),
            proxy: false,
            trace: Vec::new(),
            last: [None, None],
            frames: [Vec::new(), Vec::new()],
            reloads: 0,
            order: Vec::new(),
            wire: BTreeMap::new(),
            sent: 0,
        }
    }

    /// Two desks that are registered; what led there is forgotten.
    pub fn ready() -> Self {
        let mut world = Self::new();
        world.register();
        world
    }

    /// Both register; what led there is forgotten.
    pub fn register(&mut self) {
        self.command(0, Command::Start);
        self.command(1, Command::Start);
        self.run(500);
        self.clear();
    }

    /// Two desks in a call.
    pub fn in_call() -> Self {
        Self::ready().calling()
    }

    /// Two desks in a call whose caller offers a session timer.
    pub fn with_timer(seconds: u32) -> Self {
        let mut world = Self::new();
        world.desks[0] = Desk::with(Profile { session_expires: Some(seconds), ..profile("ada") }, "ada", 1);
        world.register();
        world.calling()
    }

    pub fn calling(self) -> Self {
        let mut world = self;
        world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
        world.run(200);
        world.command(1, Command::Answer { call: IN, video: false });
        world.run(200);
        assert_eq!(world.desks[0].calls(), ["Dialling", "Progress 180", "Answered"]);
        assert_eq!(world.desks[1].calls(), ["Incoming ada", "Answered"]);
        world.clear();
        world
    }

    pub fn clear(&mut self) {
        self.trace.clear();
        for desk in &mut self.desks {
            desk.events.clear();
            desk.media.clear();
        }
    }

    /// The last message that a desk sent.
    pub fn last_frame(&self, desk: usize) -> Option<Message> {
        Message::parse(self.last[desk].as_deref()?).ok()
    }

    fn messages(&self, desk: usize) -> impl Iterator<Item = Message> {
        self.frames[desk].iter().filter_map(|bytes| Message::parse(bytes).ok())
    }

    /// All INVITEs that a desk sent.
    pub fn invites(&self, desk: usize) -> Vec<Message> {
        self.messages(desk).filter(|m| m.method() == Some(&Method::Invite)).collect()
    }

    /// All INFO requests that a desk sent.
    pub fn infos(&self, desk: usize) -> Vec<Message> {
        self.messages(desk).filter(|m| m.method() == Some(&Method::Info)).collect()
    }

    /// All SUBSCRIBE requests that a desk sent.
    pub fn subscribes(&self, desk: usize) -> Vec<Message> {
        self.messages(desk).filter(|m| m.method() == Some(&Method::Subscribe)).collect()
    }

    /// The last request of this method that a desk sent.
    pub fn last_request(&self, desk: usize, method: &str) -> Option<Message> {
        self.messages(desk).filter(|m| m.method().is_some_and(|of| of.as_str() == method)).last()
    }

    /// The last message of a desk that carries a description.
    pub fn last_description(&self, desk: usize) -> Message {
        self.messages(desk).filter(|m| m.has_content_type("application/sdp")).last().expect("one was sent")
    }

    /// The last Contact that a desk sent in a call.
    pub fn last_contact(&self, desk: usize) -> String {
        let in_call = self.messages(desk).filter(|m| m.method() != Some(&Method::Register));
        in_call.filter_map(|m| m.header_str(HeaderName::Contact).map(str::to_owned)).last().expect("one was sent")
    }

    pub fn t(&self) -> u64 {
        self.now.since(START)
    }

    pub fn command(&mut self, desk: usize, command: Command) {
        self.input(desk, Input::Command(command));
    }

    pub fn input(&mut self, desk: usize, input: Input) {
        let now = self.now;
        self.desks[desk].agent.input(now, input);
        self.drain(desk);
    }

    /// Something that is no input happens to an agent.
    pub fn with_agent(&mut self, desk: usize, f: impl FnOnce(&mut sip_ws::Agent, Millis)) {
        f(&mut self.desks[desk].agent, self.now);
        self.drain(desk);
    }

    /// A frame of the server for a desk.
    pub fn inject(&mut self, desk: usize, bytes: &[u8]) {
        if let Some(flow) = self.desks[desk].flow {
            self.input(desk, Input::Socket(flow, SocketInput::Received(bytes.to_vec())));
        }
    }

    fn drain(&mut self, index: usize) {
        loop {
            let desk = &mut self.desks[index];
            match desk.agent.poll() {
                Output::Connect { flow, .. } => {
                    desk.flow = Some(flow);
                    desk.open = false;
                    let what = if self.up { What::Opened } else { What::Refused };
                    self.trace.push(format!("{} {} connect", self.now.since(START), desk.name));
                    self.send(index, flow, what);
                }
                Output::Disconnect { flow } => {
                    if desk.flow == Some(flow) {
                        desk.flow = None;
                        desk.open = false;
                    }
                    self.trace.push(format!("{} {} disconnect", self.now.since(START), desk.name));
                }
                Output::Send { flow, bytes } => {
                    assert!(desk.open && desk.flow == Some(flow), "sent on a flow that is not open");
                    self.on_server(index, flow, bytes);
                }
                output @ (Output::Media(_) | Output::Event(_) | Output::Keep { .. }) => {
                    if matches!(output, Output::Keep { .. }) {
                        self.order.push(format!("{} keep", desk.name));
                    }
                    desk.take(self.now, output);
                }
                Output::Wait(at) => {
                    desk.deadline = at;
                    return;
                }
            }
        }
    }

    /// A desk's page goes without a word and comes back with what it kept.
    pub fn reload(&mut self, desk: usize) {
        self.command(desk, Command::Leave);
        self.desks[desk].flow = None;
        self.desks[desk].open = false;
        self.park(desk);
        self.reloads += 1;
        self.desks[desk].reload(50 + self.reloads);
        let kept = self.desks[desk].kept.values().cloned().collect();
        let now = self.now;
        self.desks[desk].agent.restore(now, kept);
        self.command(desk, Command::Start);
    }

    /// From now on messages between the desks overtake each other and come twice.
    #[cfg(not(target_arch = "wasm32"))] // the random walks run natively only
    pub fn jitter(&mut self, seed: u64, duplicates: bool) {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        self.jitter = Some((sip_ws::Ids::new(bytes), duplicates));
    }

    /// Hands a message to a desk, now or when it has a socket again.
    fn relay(&mut self, to: usize, bytes: Vec<u8>) {
        let Some(flow) = self.desks[to].flow.filter(|_| self.desks[to].open) else {
            if self.keep {
                self.kept[to].push(bytes);
            }
            return;
        };
        let (delay, twice) = match &mut self.jitter {
            Some((ids, duplicates)) => (ids.up_to(60), *duplicates && ids.up_to(9) == 0),
            None => (0, false),
        };
        self.sent += 1;
        if twice {
            self.wire.insert((self.now.plus(self.delay + delay / 2), self.sent), (to, flow, What::Frame(bytes.clone())));
            self.sent += 1;
        }
        self.wire.insert((self.now.plus(self.delay + delay), self.sent), (to, flow, What::Frame(bytes)));
    }

    fn send(&mut self, to: usize, flow: FlowId, what: What) {
        self.sent += 1;
        self.wire.insert((self.now.plus(self.delay), self.sent), (to, flow, what));
    }

    fn on_server(&mut self, from: usize, flow: FlowId, bytes: Vec<u8>) {
        let line = transcript::line(&bytes);
        let lost = self.dead || (self.lose)(from, &line);
        let name = self.desks[from].name;
        self.last[from] = Some(bytes.clone());
        self.frames[from].push(bytes.clone());
        self.order.push(format!("{name} {line}"));
        self.trace.push(format!("{} {name}{} {line}", self.now.since(START), if lost { " x" } else { "" }));
        if lost {
            return;
        }
        if line == "ping" {
            if self.pongs {
                self.send(from, flow, What::Frame(b"\r\n".to_vec()));
            }
            return;
        }
        if let Ok(message) = Message::parse(&bytes) {
            let answer = match message.method() {
                Some(Method::Register) => {
                    let answer = (self.registrar)(&message);
                    if let Some(answer) = answer {
                        self.send(from, flow, What::Frame(answer.to_bytes()));
                        for bytes in std::mem::take(&mut self.kept[from]) {
                            self.relay(from, bytes);
                        }
                    }
                    return;
                }
                Some(Method::Options) => Some(message.reply(200, "OK")),
                _ if self.proxy => {
                    let there = self.desks[1 - from].flow.filter(|_| self.desks[1 - from].open);
                    match super::proxy::pass(message, flow, there) {
                        Pass::On(message) => return self.relay(1 - from, message.to_bytes()),
                        Pass::Back(answer) => Some(answer),
                        Pass::Nowhere => return,
                    }
                }
                _ => {
                    self.relay(1 - from, bytes);
                    return;
                }
            };
            if let Some(answer) = answer {
                self.send(from, flow, What::Frame(answer.to_bytes()));
            }
        }
    }

    /// Lets everything happen up to `ms` from now.
    pub fn run(&mut self, ms: u64) {
        let end = self.now.plus(ms);
        loop {
            let next = [self.wire.first_key_value().map(|((at, _), _)| *at), self.desks[0].deadline, self.desks[1].deadline]
                .into_iter()
                .flatten()
                .min();
            let Some(next) = next.filter(|n| *n <= end) else { break };
            self.now = self.now.max(next);
            let due = self.wire.first_key_value().is_some_and(|((at, _), _)| *at <= self.now);
            if let Some((_, (to, flow, what))) = due.then(|| self.wire.pop_first()).flatten() {
                let current = self.desks[to].flow == Some(flow);
                let input = match what {
                    What::Frame(bytes) if current && self.desks[to].open => SocketInput::Received(bytes),
                    What::Opened if current => {
                        self.desks[to].open = true;
                        SocketInput::Opened
                    }
                    What::Refused if current => SocketInput::Closed { retry_after: None },
                    What::Frame(_) | What::Opened | What::Refused => continue,
                };
                self.input(to, Input::Socket(flow, input));
                continue;
            }
            for desk in 0..2 {
                if self.desks[desk].deadline.is_some_and(|at| at <= self.now) {
                    self.input(desk, Input::Timer);
                }
            }
        }
        self.now = end;
    }

    /// The socket of a desk closes; what is under way on it is lost.
    pub fn close(&mut self, desk: usize) {
        if let Some(flow) = self.desks[desk].flow.take() {
            self.desks[desk].open = false;
            self.park(desk);
            self.input(desk, Input::Socket(flow, SocketInput::Closed { retry_after: None }));
        }
    }

    /// What is under way to a desk waits for its next socket, where the server keeps it.
    fn park(&mut self, desk: usize) {
        if self.keep {
            let under_way = self.wire.extract_if(.., |_, (to, _, _)| *to == desk);
            let frames = under_way.filter_map(|(_, (_, _, what))| match what {
                What::Frame(bytes) if bytes.len() > 4 => Some(bytes),
                What::Frame(_) | What::Opened | What::Refused => None,
            });
            self.kept[desk].extend(frames);
        }
    }

    /// The traffic without times, and cleared; keep-alives are left out.
    pub fn transcript(&mut self) -> Vec<String> {
        self.trace
            .drain(..)
            .map(|line| line.split_once(' ').map_or(line.clone(), |(_, rest)| rest.to_owned()))
            .filter(|l| !l.ends_with(" ping"))
            .collect()
    }

    /// No transaction, session or call is left on either desk.
    pub fn assert_at_rest(&self) {
        for desk in &self.desks {
            assert_eq!(desk.agent.load(), (0, 0, 0, 0), "{} leaks (transactions, sessions, timers, calls)", desk.name);
        }
    }
}
