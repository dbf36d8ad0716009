//! The life of an agent as a program of octets: each step is an operation and its arguments.

use super::watched::{STATES, WATCHED};
use std::collections::{BTreeMap, VecDeque};

use sip_ws::codec::fragment::{CONTENT_TYPE, PACKAGE};
use sip_ws::codec::{DialogRef, HeaderName, Message, Method};
use sip_ws::io::{
    CallId, Command, Credentials, Entry, Event, FlowId, Input, MediaFailure, MediaInput, MediaRequest, MediaRequestId, Millis, Network,
    Output, Profile, RejectAs, SocketInput, StoredCall,
};
use sip_ws::watch::{Package, Watch, WatchId};
use sip_ws::{Agent, MAX_CALLS};

/// Steps of one life; what is behind them in the octets is ignored.
const MAX_STEPS: usize = 400;
/// Outputs that one input may cause. More is a loop.
const MAX_OUTPUTS: usize = 20_000;
/// Deadlines that are kept in one leap of time.
const MAX_WAKES: usize = 2_000;

const STATUSES: [u16; 24] =
    [100, 180, 183, 200, 202, 300, 302, 380, 400, 401, 404, 407, 408, 420, 422, 423, 480, 481, 486, 487, 491, 500, 503, 603];

/// Header lines that make something happen.
const LINES: [&str; 30] = [
    "Subject: nothing",
    "Require: 100rel\r\nRSeq: 1",
    "Require: 100rel\r\nRSeq: 2",
    "Require: 100rel",
    "Session-Expires: 90;refresher=uac\r\nSupported: timer",
    "Session-Expires: 90;refresher=uas\r\nRequire: timer",
    "Session-Expires: 1\r\nSupported: timer",
    "Min-SE: 3600",
    "Contact: <sip:eve@portico.test>, <sip:x@foreign.test>;q=0.1",
    "Retry-After: 4294967295",
    "WWW-Authenticate: Digest realm=\"portico.test\", nonce=\"n\", qop=\"auth,auth-int\", algorithm=SHA-256-sess",
    "Proxy-Authenticate: Digest realm=\"portico.test\", nonce=\"m\"",
    "Record-Route: <sip:edge.test;lr>, <sip:old.test>",
    "Service-Route: <sip:edge.test;lr>",
    "Allow: INVITE, ACK, BYE",
    "Allow: INVITE, ACK, BYE, UPDATE",
    "Refer-To: <sip:eve@portico.test>",
    "Refer-To: <sip:eve@portico.test?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\r\nRefer-Sub: false",
    "Event: refer\r\nSubscription-State: active;expires=60",
    "Event: refer\r\nSubscription-State: terminated;reason=noresource",
    "Event: talk\r\nSubscription-State: active",
    "Event: hold\r\nSubscription-State: active",
    "P-Asserted-Identity: <sip:boss@portico.test>\r\nAnswer-Mode: Auto;require",
    "P-Asserted-Identity: <sip:boss@portico.test>\r\nCall-Info: ;answer-after=1",
    "Alert-Info: info=alert-autoanswer;delay=2",
    "Reason: SIP;cause=200;text=\"elsewhere\"",
    "Flow-Timer: 1",
    "Expires: 1",
    "Min-Expires: 4294967295",
    "RAck: 1 1 INVITE",
];

const METHODS: [&str; 12] =
    ["INVITE", "UPDATE", "BYE", "INFO", "REFER", "NOTIFY", "PRACK", "OPTIONS", "MESSAGE", "SUBSCRIBE", "ACK", "CANCEL"];

const SDP: &str = "v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 EE\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
    a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";

/// What is found later, and the beginning of what tells it.
const FOUND: &str = "a=mid:0\r\na=candidate:7 1 udp 41885439 192.0.2.77 50002 typ relay\r\n";
const FRAGMENT: &str = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=end-of-candidates\r\nm=audio 9 RTP/AVP 0\r\n";

/// Flows that are remembered, so that news of old ones come too.
const MAX_FLOWS: usize = 8;

/// Runs the program of an agent with one edge, or with several.
pub(crate) fn live(data: &[u8], edges: &'static [&'static str]) {
    let mut life = Life::new(edges);
    let mut rest = data;
    for _ in 0..MAX_STEPS {
        if life.step(&mut rest).is_none() {
            break;
        }
    }
    life.end();
}

struct Life {
    agent: Agent,
    seed: u8,
    now: Millis,
    wait: Option<Millis>,
    /// Where the agent registers.
    edges: &'static [&'static str],
    /// Flows, the newest last, and which of them the next news is of, counted from there.
    flows: Vec<FlowId>,
    at: u8,
    /// The last messages of the agent.
    sent: VecDeque<Message>,
    /// Call-ID, From and To of the dialog that requests of ours belong to.
    dialog: Option<(String, String, String)>,
    questions: VecDeque<(CallId, MediaRequestId, bool)>,
    calls: Vec<CallId>,
    kept: BTreeMap<CallId, StoredCall>,
    number: u32,
}

fn profile(edges: &[&str]) -> Profile {
    Profile {
        websocket_url: edges[0].to_owned(),
        further_urls: edges[1..].iter().map(|url| (*url).to_owned()).collect(),
        aor: "sip:ada@portico.test".to_owned(),
        credentials: vec![credentials()],
        instance: "urn:uuid:00000000-0000-1000-8000-000000000001".to_owned(),
        register_expires: 600,
        session_expires: Some(90),
        gruu: true,
        trusted: vec!["portico.test".to_owned()],
        ..Profile::default()
    }
}

fn credentials() -> Credentials {
    Credentials { user: "ada".to_owned(), password: "secret".to_owned(), realm: "portico.test".to_owned() }
}

fn take(rest: &mut &[u8]) -> Option<u8> {
    let (first, behind) = rest.split_first()?;
    *rest = behind;
    Some(*first)
}

fn slice<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::from(take(rest)?).min(rest.len());
    let (text, behind) = rest.split_at(length);
    *rest = behind;
    Some(text)
}

impl Life {
    fn new(edges: &'static [&'static str]) -> Self {
        Self {
            agent: Agent::new(profile(edges), [7; 32]),
            seed: 7,
            now: Millis(1_000),
            wait: None,
            edges,
            flows: Vec::new(),
            at: 0,
            sent: VecDeque::new(),
            dialog: None,
            questions: VecDeque::new(),
            calls: Vec::new(),
            kept: BTreeMap::new(),
            number: 0,
        }
    }

    fn step(&mut self, rest: &mut &[u8]) -> Option<()> {
        // With one edge there is nothing to choose, and old programs stay what they were.
        match take(rest)? % if self.edges.len() > 1 { 15 } else { 14 } {
            14 => self.at = take(rest)?,
            0 => {
                let ms = u64::from(take(rest)?) * u64::from(take(rest)?) * 10;
                self.pass(ms);
            }
            1 => {
                let frame = slice(rest)?.to_vec();
                self.receive(frame);
            }
            2 => self.socket(SocketInput::Opened),
            3 => {
                let seconds = take(rest)?;
                self.socket(SocketInput::Closed { retry_after: (seconds > 128).then_some(u32::from(seconds)) });
            }
            4 | 5 => {
                let command = self.command(rest)?;
                self.input(Input::Command(command));
            }
            6 => self.answer_media(take(rest)?),
            7 | 8 => self.reply(rest)?,
            9 => self.ring(rest)?,
            10 | 11 => self.request(rest)?,
            12 => match take(rest)? {
                choice @ 200.. => self.watch(choice),
                choice if choice % 3 == 0 => self.input(Input::Network(Network::Online)),
                choice if choice % 3 == 1 => self.input(Input::Network(Network::Offline)),
                _ => self.input(Input::Credentials(credentials())),
            },
            _ => self.reload(),
        }
        Some(())
    }

    /// Subscribes or takes it back.
    fn watch(&mut self, choice: u8) {
        let id = WatchId(u64::from(choice % 4));
        if choice.is_multiple_of(7) {
            self.agent.unsubscribe(self.now, id);
        } else {
            let package =
                [Package::Dialog, Package::MessageSummary, Package::Presence, Package::Conference][usize::from(choice % 4)].clone();
            self.agent.subscribe(self.now, id, Watch { target: "bob".to_owned(), package, expires: u32::from(choice) * 2 });
        }
        self.drain();
    }

    fn input(&mut self, input: Input) {
        self.agent.input(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        for _ in 0..MAX_OUTPUTS {
            match self.agent.poll() {
                Output::Connect { flow, .. } => self.open(flow),
                Output::Disconnect { flow } => self.flows.retain(|open| *open != flow),
                Output::Send { bytes, .. } => self.note(&bytes),
                Output::Media(request) => match request {
                    MediaRequest::Offer { call, request, .. } | MediaRequest::Answer { call, request, .. } => {
                        self.questions.push_back((call, request, true));
                    }
                    MediaRequest::ApplyAnswer { call, request, .. } => self.questions.push_back((call, request, false)),
                    MediaRequest::AddCandidates { .. } | MediaRequest::Rollback { .. } | MediaRequest::Close { .. } => {}
                },
                Output::Event(Event::Incoming { call, .. } | Event::Following { new: call, .. }) => self.calls.push(call),
                Output::Event(Event::Ended { call, .. }) => self.calls.retain(|known| *known != call),
                Output::Event(_) => {}
                Output::Keep { call, stored: Some(stored) } => {
                    self.kept.insert(call, *stored);
                }
                Output::Keep { call, stored: None } => {
                    self.kept.remove(&call);
                }
                Output::Wait(at) => {
                    self.wait = at;
                    let (transactions, sessions, timers, calls) = self.agent.load();
                    assert!(calls <= MAX_CALLS && sessions <= 200 && transactions <= 2_000 && timers <= 2_300, "something grows");
                    self.questions.truncate(64);
                    while self.agent.next_notice().is_some() {}
                    return;
                }
            }
        }
        panic!("outputs without end");
    }

    fn note(&mut self, bytes: &[u8]) {
        let Ok(message) = Message::parse(bytes) else { return };
        // Our next requests belong to the dialog that the agent spoke in last.
        let header = |name| message.header_str(name).map(str::to_owned);
        if let (Some(id), Some(from), Some(to)) = (header(HeaderName::CallId), header(HeaderName::From), header(HeaderName::To)) {
            let dialog = if message.is_request() { (id, to, from) } else { (id, from, to) };
            self.dialog = Some(dialog);
        }
        self.sent.push_front(message);
        self.sent.truncate(6);
    }

    fn open(&mut self, flow: FlowId) {
        if self.flows.len() == MAX_FLOWS {
            self.flows.remove(0);
        }
        self.flows.push(flow);
    }

    fn socket(&mut self, what: SocketInput) {
        let behind = usize::from(self.at) % self.flows.len().max(1);
        if let Some(flow) = self.flows.iter().rev().nth(behind).copied() {
            self.input(Input::Socket(flow, what));
        }
    }

    fn receive(&mut self, frame: Vec<u8>) {
        self.socket(SocketInput::Received(frame));
    }

    /// Time passes, deadline by deadline.
    fn pass(&mut self, ms: u64) {
        let end = self.now.plus(ms);
        for _ in 0..MAX_WAKES {
            let Some(at) = self.wait.filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            self.input(Input::Timer);
        }
        self.now = end;
        self.input(Input::Timer);
    }

    fn call(&self, choice: u8) -> CallId {
        let known = self.calls.get(usize::from(choice) % self.calls.len().max(1)).copied();
        known.unwrap_or(CallId(u64::from(choice)))
    }

    fn command(&mut self, rest: &mut &[u8]) -> Option<Command> {
        let (kind, choice) = (take(rest)?, take(rest)?);
        let call = self.call(choice);
        let on = choice & 1 == 1;
        Some(match kind % 18 {
            0 => Command::Start,
            1 => Command::Stop,
            2 => Command::RetryNow,
            3 | 4 => {
                let call = CallId(u64::from(choice));
                self.calls.push(call);
                self.calls.truncate(32);
                Command::Call { call, target: "bob".to_owned(), video: on }
            }
            5 => {
                let call = CallId(u64::from(choice));
                let target = String::from_utf8_lossy(slice(rest)?).into_owned();
                Command::Call { call, target, video: on }
            }
            6 | 7 => Command::Answer { call, video: on },
            8 => Command::Reject { call, how: if on { RejectAs::Busy } else { RejectAs::Decline } },
            9 => Command::HangUp { call },
            10 => Command::Hold { call },
            11 => Command::Resume { call },
            12 => Command::Dtmf { call, digit: char::from(choice), duration_ms: u16::from(choice) },
            13 => Command::SetVideo { call, on },
            14 => Command::Renegotiate { call, fresh: on },
            15 => match choice % 3 {
                0 => Command::Transfer { call, target: "eve".to_owned() },
                1 => Command::TransferTo { call, to: self.call(choice / 3) },
                _ => Command::FollowTransfer { call, accept: choice > 100 },
            },
            16 => Command::FollowRedirect { call, accept: on },
            _ => {
                let (id, from, to) = self.dialog.clone().unwrap_or_default();
                let dialog = DialogRef { call_id: id.into(), to_tag: to.into(), from_tag: from.into(), early_only: on };
                let how = if choice > 100 { Entry::Join } else { Entry::Replace };
                Command::CallInto { call: CallId(u64::from(choice)), target: "bob".to_owned(), video: false, dialog, how }
            }
        })
    }

    fn answer_media(&mut self, choice: u8) {
        if choice >= 240 {
            let (call, complete) = (self.call(choice), choice.is_multiple_of(2));
            return self.input(Input::Media(MediaInput::Gathered { call, sdp: format!("{SDP}{FOUND}"), complete }));
        }
        let Some((call, request, describes)) = self.questions.pop_front() else { return };
        let input = match choice % 8 {
            0 => MediaInput::Failed { call, request, failure: MediaFailure::Incompatible("x".to_owned()) },
            1 => MediaInput::Failed { call, request, failure: MediaFailure::Local("x".to_owned()) },
            2 => MediaInput::LocalDescription { call, request, sdp: "no description".to_owned() },
            _ if describes => MediaInput::LocalDescription { call, request, sdp: SDP.to_owned() },
            _ => MediaInput::Applied { call, request },
        };
        self.input(Input::Media(input));
    }

    /// A header line of the table, or octets of the program.
    fn line(rest: &mut &[u8]) -> Option<Vec<u8>> {
        let choice = usize::from(take(rest)?);
        Some(match LINES.get(choice % (LINES.len() + 2)) {
            Some(line) => line.as_bytes().to_vec(),
            None => slice(rest)?.to_vec(),
        })
    }

    fn reply(&mut self, rest: &mut &[u8]) -> Option<()> {
        let (which, status, describe) = (take(rest)?, take(rest)?, take(rest)?);
        let line = Self::line(rest)?;
        let requests: Vec<&Message> = self.sent.iter().filter(|message| message.is_request()).collect();
        let request = requests.get(usize::from(which) % requests.len().max(1))?;
        let mut response = request.reply(STATUSES[usize::from(status) % STATUSES.len()], "x");
        if let Ok(to) = response.to()
            && to.tag().is_none()
        {
            response.set(HeaderName::To, to.with_param("tag", Some(["t", "u"][usize::from(describe & 1)])).as_str());
        }
        if request.method() == Some(&Method::Register) {
            for contact in request.header_values(HeaderName::Contact) {
                response.push(HeaderName::Contact, contact);
            }
        } else {
            response.push(HeaderName::Contact, "<sip:bob@b.invalid>");
        }
        if describe > 160 {
            response.push(HeaderName::RecvInfo, PACKAGE);
        }
        if describe > 64 {
            response.set_body("application/sdp", SDP);
        }
        let bytes = with_line(&response, &line);
        self.receive(bytes);
        Some(())
    }

    fn ring(&mut self, rest: &mut &[u8]) -> Option<()> {
        let describe = take(rest)?;
        let line = Self::line(rest)?;
        self.number += 1;
        let to = "<sip:ada@portico.test>".to_owned();
        let bytes = self.message("INVITE", &format!("in{}", self.number), "<sip:boss@portico.test>;tag=b", &to, describe, &line);
        self.receive(bytes);
        Some(())
    }

    fn request(&mut self, rest: &mut &[u8]) -> Option<()> {
        let (method, describe) = (take(rest)?, take(rest)?);
        let line = Self::line(rest)?;
        let (id, from, to) = self.dialog.clone()?;
        self.number += 1;
        let bytes = self.message(METHODS[usize::from(method) % METHODS.len()], &id, &from, &to, describe, &line);
        self.receive(bytes);
        Some(())
    }

    fn message(&self, method: &str, id: &str, from: &str, to: &str, describe: u8, line: &[u8]) -> Vec<u8> {
        let mut message = Message::request(Method::parse(method.as_bytes()).expect("a token"), "sip:ada@portico.test");
        for (name, value) in [
            (HeaderName::Via, format!("SIP/2.0/WSS h.invalid;branch=z9hG4bKf{}", self.number)),
            (HeaderName::From, from.to_owned()),
            (HeaderName::To, to.to_owned()),
            (HeaderName::CallId, id.to_owned()),
            (HeaderName::CSeq, format!("{} {method}", self.number)),
            (HeaderName::Contact, "<sip:boss@h.invalid>".to_owned()),
        ] {
            message.push(name, value);
        }
        if describe >= 200 {
            let (event, content_type, body) = WATCHED[usize::from(describe % 4)];
            message.push(HeaderName::Event, event);
            message.push(HeaderName::SubscriptionState, STATES[usize::from(describe / 4 % 4)]);
            message.set_body(content_type, body);
            return with_line(&message, line);
        }
        match describe % 4 {
            0 => message.set_body("application/sdp", SDP),
            1 => message.set_body("message/sipfrag", "SIP/2.0 200 OK"),
            2 => message.set_body("application/dtmf-relay", "Signal=1\r\nDuration=100"),
            _ if describe > 100 => {
                message.push(HeaderName::InfoPackage, PACKAGE);
                message.set_body(CONTENT_TYPE, format!("{FRAGMENT}{FOUND}"));
            }
            _ => {}
        }
        with_line(&message, line)
    }

    fn reload(&mut self) {
        self.input(Input::Command(Command::Leave));
        self.seed = self.seed.wrapping_add(1);
        self.agent = Agent::new(profile(self.edges), [self.seed; 32]);
        self.wait = None;
        self.flows.clear();
        self.questions.clear();
        self.calls = self.kept.keys().copied().collect();
        self.agent.restore(self.now, self.kept.values().cloned().collect());
        self.input(Input::Command(Command::Start));
    }

    /// The user hangs up everything and goes: in the end nothing is left.
    fn end(mut self) {
        self.input(Input::Command(Command::Stop));
        self.pass(2_000_000);
        assert_eq!(self.agent.load(), (0, 0, 0, 0), "transactions, sessions, timers, calls");
        assert!(self.kept.is_empty(), "something is kept of calls that are over");
    }
}

/// A message with one more line, whatever that holds.
fn with_line(message: &Message, line: &[u8]) -> Vec<u8> {
    let bytes = message.to_bytes();
    let at = bytes.windows(2).position(|pair| pair == b"\r\n").map_or(0, |at| at + 2);
    [&bytes[..at], line, b"\r\n", &bytes[at..]].concat()
}
