//! Agents with a driver that makes descriptions by itself, a relay that registers everybody, and a virtual clock.
//!
//! The relay answers REGISTER, OPTIONS and keep-alives, and hands every other frame to the other desk.

use std::collections::{BTreeMap, VecDeque};

use sip_ws::Agent;
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{
    CallId, Command, Credentials, Event, FlowId, Input, MediaFailure, MediaInput, MediaRequest, Millis, Output, Profile, SocketInput,
    StoredCall,
};
use sip_ws::sdp::{Direction, SdpView};

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

/// One agent and its driver.
pub struct Desk {
    pub agent: Agent,
    pub events: VecDeque<Event>,
    pub media: Vec<MediaRequest>,
    /// Descriptions are made by the driver at once; otherwise they wait in `media`.
    pub auto_media: bool,
    /// Answers media questions with this failure.
    pub broken_media: Option<MediaFailure>,
    /// The socket, once it is asked for.
    pub flow: Option<FlowId>,
    pub open: bool,
    /// Peer connections by call.
    connections: BTreeMap<CallId, u32>,
    all_connections: u32,
    version: u32,
    pub deadline: Option<Millis>,
    pub name: &'static str,
    /// What is kept of calls for after a reload.
    pub kept: BTreeMap<CallId, StoredCall>,
}

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

pub fn profile(name: &str) -> Profile {
    Profile {
        websocket_url: "wss://sip.portico.test/sip".to_owned(),
        aor: format!("sip:{name}@portico.test"),
        display_name: Some(name.to_uppercase()),
        registrar: None,
        credentials: vec![Credentials { user: name.to_owned(), password: "secret".to_owned(), realm: "portico.test".to_owned() }],
        instance: "urn:uuid:00000000-0000-1000-8000-000000000001".to_owned(),
        register_expires: 600,
        user_agent: "Portico".to_owned(),
        ..Profile::default()
    }
}

/// 200 with the binding that was asked for.
pub fn registered(request: &Message) -> Message {
    let mut response = request.reply(200, "OK");
    if let Some(contact) = request.header(HeaderName::Contact) {
        response.push(HeaderName::Contact, contact);
    }
    response
}

impl Desk {
    pub fn new(name: &'static str, seed: u8) -> Self {
        Self::with(profile(name), name, seed)
    }

    /// A desk of this profile.
    pub fn with(profile: Profile, name: &'static str, seed: u8) -> Self {
        Self {
            agent: Agent::new(profile, [seed; 32]),
            events: VecDeque::new(),
            media: Vec::new(),
            auto_media: true,
            broken_media: None,
            flow: None,
            open: false,
            connections: BTreeMap::new(),
            all_connections: 0,
            version: 0,
            deadline: None,
            name,
            kept: BTreeMap::new(),
        }
    }

    /// Takes an output that needs nobody else, and puts back what does.
    pub fn take(&mut self, now: Millis, output: Output) -> Option<Output> {
        match output {
            Output::Media(request) => {
                self.media.push(request.clone());
                if self.auto_media
                    && let Some(answer) = self.media_answer(&request)
                {
                    // Queued behind what is still to be drained: the agent must not mind.
                    self.agent.input(now, Input::Media(answer));
                }
            }
            Output::Event(event) => self.events.push_back(event),
            Output::Keep { call, stored: Some(stored) } => {
                self.kept.insert(call, *stored);
            }
            Output::Keep { call, stored: None } => {
                self.kept.remove(&call);
            }
            Output::Connect { .. } | Output::Disconnect { .. } | Output::Send { .. } | Output::Wait(_) => return Some(output),
        }
        None
    }

    /// The page is loaded again: another agent of the same person, with another seed and no peer connection.
    pub fn reload(&mut self, seed: u8) {
        let (name, version) = (self.name, self.version);
        let kept = std::mem::take(&mut self.kept);
        *self = Self { version, ..Self::new(name, seed) };
        self.all_connections = u32::from(seed);
        self.kept = kept;
    }

    /// A description as a browser makes it.
    pub fn describe(&mut self, call: CallId, audio: Direction, video: Option<Direction>, fresh: bool) -> String {
        self.all_connections += u32::from(fresh);
        let newest = self.all_connections;
        let connection = self.connections.entry(call).or_default();
        if fresh {
            *connection = newest;
        }
        let connection = *connection;
        self.version += 1;
        let mut sdp = format!("v=0\r\no=- {} {} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", connection, self.version);
        sdp.push_str(&format!("a=fingerprint:sha-256 {}:{:02X}\r\n", self.name, connection));
        sdp.push_str(&format!(
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:uf{:04}\r\na={}\r\n",
            connection,
            audio.as_str()
        ));
        if let Some(video) = video {
            sdp.push_str(&format!("m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na={}\r\n", video.as_str()));
        }
        sdp
    }

    /// Answers a media question as a browser would.
    pub fn media_answer(&mut self, request: &MediaRequest) -> Option<MediaInput> {
        let both = |ours: Direction, theirs: Direction| match (ours.sends() && theirs.receives(), ours.receives() && theirs.sends()) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        };
        let (call, id) = match request {
            MediaRequest::Offer { call, request, .. }
            | MediaRequest::Answer { call, request, .. }
            | MediaRequest::ApplyAnswer { call, request, .. } => (*call, *request),
            MediaRequest::Rollback { .. } | MediaRequest::Close { .. } => return None,
        };
        if let Some(failure) = self.broken_media.clone() {
            return Some(MediaInput::Failed { call, request: id, failure });
        }
        Some(match request {
            MediaRequest::Offer { direction, video, fresh, .. } => {
                let sdp = self.describe(call, *direction, video.then_some(*direction), *fresh);
                MediaInput::LocalDescription { call, request: id, sdp }
            }
            MediaRequest::Answer { offer, direction, video, fresh, .. } => {
                let view = SdpView::parse(offer.as_bytes()).expect("the agent checks offers");
                let theirs = |kind: &str| view.media.iter().find(|m| m.kind == kind).map(|m| m.direction);
                let audio = theirs("audio").map_or(Direction::Inactive, |d| both(*direction, d));
                let ours = if *video { *direction } else { Direction::RecvOnly };
                let video = theirs("video").map(|d| both(ours, d));
                let sdp = in_order_of(&view, &self.describe(call, audio, video, *fresh));
                MediaInput::LocalDescription { call, request: id, sdp }
            }
            MediaRequest::ApplyAnswer { .. } => MediaInput::Applied { call, request: id },
            MediaRequest::Rollback { .. } | MediaRequest::Close { .. } => return None,
        })
    }

    /// Events since the last look, short, without those of link and registration.
    pub fn calls(&mut self) -> Vec<String> {
        self.events.drain(..).filter_map(|e| call_event(&e)).collect()
    }

    /// Events of link and registration since the last look.
    pub fn links(&mut self) -> Vec<Event> {
        self.events.drain(..).filter(|e| matches!(e, Event::Link(_) | Event::Registration(_))).collect()
    }
}

/// An answer has the m-lines of its offer in their order, refused ones too (RFC 3264 6).
fn in_order_of(offer: &SdpView<'_>, answer: &str) -> String {
    let starts: Vec<usize> = answer.match_indices("m=").map(|(at, _)| at).collect();
    let section = |kind: &str| {
        let at = starts.iter().position(|start| answer[*start..].starts_with(&format!("m={kind} ")))?;
        Some(&answer[starts[at]..starts.get(at + 1).copied().unwrap_or(answer.len())])
    };
    let mut out = answer[..starts[0]].to_owned();
    for media in &offer.media {
        match section(media.kind).filter(|_| media.is_active()) {
            Some(section) => out.push_str(section),
            None => out.push_str(&format!("m={} 0 {} 0\r\n", media.kind, media.proto)),
        }
    }
    out
}

/// Short form of a call event.
fn call_event(event: &Event) -> Option<String> {
    Some(match event {
        Event::Link(_) | Event::Registration(_) => return None,
        Event::Incoming { from, has_video, hints, .. } => {
            let mut text = format!("Incoming {}{}", from.user, if *has_video { " video" } else { "" });
            if hints.replaces.is_some() {
                text.push_str(" replaces");
            }
            if hints.joins.is_some() {
                text.push_str(" joins");
            }
            if let Some(answer) = hints.answer {
                text.push_str(&format!(" auto {}{}", answer.after, if answer.privileged { "!" } else { "" }));
            }
            text
        }
        Event::Restored { peer, video, .. } => format!("Restored {}{}", peer.user, if *video { " video" } else { "" }),
        Event::Redirected { to, .. } => format!("Redirected {}", to.uri),
        Event::RedirectAsked { to, .. } => format!("RedirectAsked {}", to.uri),
        Event::Transfer { state, .. } => format!("Transfer {state:?}"),
        Event::TransferAsked { to, attended, .. } => format!("TransferAsked {}{}", to.uri, if *attended { " attended" } else { "" }),
        Event::Following { to, .. } => format!("Following {}", to.uri),
        Event::Remote { wish, .. } => format!("Remote {wish:?}"),
        Event::Dialling { .. } => "Dialling".to_owned(),
        Event::Progress { status, early_media, .. } => format!("Progress {status}{}", if *early_media { " media" } else { "" }),
        Event::Answered { .. } => "Answered".to_owned(),
        Event::Hold { local, remote, .. } => format!("Hold local={local} remote={remote}"),
        Event::Video { direction, .. } => format!("Video {}", direction.as_str()),
        Event::DtmfReceived { digit, duration_ms, .. } => format!("Dtmf {digit} {duration_ms}"),
        Event::DtmfFailed { digit, status, .. } => format!("DtmfFailed {digit} {status}"),
        Event::ChangeFailed { status, .. } => format!("ChangeFailed {status}"),
        Event::Reach { reachable, .. } => format!("Reach {reachable}"),
        Event::Ended { cause, .. } => format!("Ended {cause:?}"),
        Event::Ignored { command, .. } => format!("Ignored {command}"),
        Event::Warning(text) => format!("Warning {text}"),
    })
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

    fn calling(self) -> Self {
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
