//! Two endpoints joined by a wire with delay and loss, under a virtual clock that jumps to the next thing to do.

use std::collections::{BTreeMap, VecDeque};

use sip_ws::codec::Message;
use sip_ws::endpoint::{Endpoint, EndpointConfig, EndpointEvent, FlowConfig, Output, SessionId};
use sip_ws::io::{FlowId, Millis};

use super::transcript;

/// One side.
pub struct End {
    pub ep: Endpoint,
    pub events: VecDeque<EndpointEvent>,
    pub flow: FlowId,
    deadline: Option<Millis>,
}

/// Who sent a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    A,
    B,
}

/// Decides about the fate of a frame by its transcript line: `true` loses it.
pub type Lose = Box<dyn FnMut(From, &str) -> bool>;

/// Both sides and the wire.
pub struct Pair {
    pub now: Millis,
    pub a: End,
    pub b: End,
    pub delay: u64,
    pub lose: Lose,
    /// `<ms> A>B INVITE` for each frame, lost ones with `x` for `>`.
    pub trace: Vec<String>,
    wire: BTreeMap<(Millis, u64), (From, Vec<u8>)>,
    sent: u64,
}

pub const START: Millis = Millis(1_000_000);

pub fn flow_config(name: &str, reliable: bool) -> FlowConfig {
    FlowConfig { transport: if reliable { "WSS" } else { "UDP" }.to_owned(), sent_by: format!("{name}.invalid"), reliable }
}

impl Pair {
    /// Joined by WebSocket.
    pub fn new() -> Self {
        Self::with(true, EndpointConfig::default(), EndpointConfig::default())
    }

    /// Joined by UDP.
    pub fn unreliable() -> Self {
        Self::with(false, EndpointConfig::default(), EndpointConfig::default())
    }

    pub fn with(reliable: bool, a: EndpointConfig, b: EndpointConfig) -> Self {
        let end = |config, seed, name| {
            let mut ep = Endpoint::new(config, [seed; 32]);
            let flow = FlowId(1);
            ep.flow_opened(START, flow, flow_config(name, reliable));
            End { ep, events: VecDeque::new(), flow, deadline: None }
        };
        Self {
            now: START,
            a: end(a, 1, "a"),
            b: end(b, 2, "b"),
            delay: 10,
            lose: Box::new(|_, _| false),
            trace: Vec::new(),
            wire: BTreeMap::new(),
            sent: 0,
        }
    }

    fn drain(&mut self, who: From) {
        let end = match who {
            From::A => &mut self.a,
            From::B => &mut self.b,
        };
        loop {
            match end.ep.poll() {
                Output::Transmit { bytes, .. } => {
                    let line = transcript::line(&bytes);
                    let lost = (self.lose)(who, &line);
                    let arrow = match (who, lost) {
                        (From::A, false) => "A>B",
                        (From::A, true) => "AxB",
                        (From::B, false) => "B>A",
                        (From::B, true) => "BxA",
                    };
                    self.trace.push(format!("{} {arrow} {line}", self.now.since(START)));
                    if !lost {
                        self.sent += 1;
                        self.wire.insert((self.now.plus(self.delay), self.sent), (who, bytes));
                    }
                }
                Output::Event(event) => end.events.push_back(event),
                Output::Wait(at) => {
                    end.deadline = at;
                    return;
                }
            }
        }
    }

    /// Lets everything happen up to `ms` from now.
    pub fn run(&mut self, ms: u64) {
        let end = self.now.plus(ms);
        loop {
            self.drain(From::A);
            self.drain(From::B);
            let next = [self.wire.first_key_value().map(|((at, _), _)| *at), self.a.deadline, self.b.deadline].into_iter().flatten().min();
            let Some(next) = next.filter(|n| *n <= end) else { break };
            self.now = self.now.max(next);
            if let Some(((_, _), (from, bytes))) =
                self.wire.first_key_value().is_some_and(|((at, _), _)| *at <= self.now).then(|| self.wire.pop_first()).flatten()
            {
                match from {
                    From::A => self.b.ep.receive(self.now, self.b.flow, &bytes),
                    From::B => self.a.ep.receive(self.now, self.a.flow, &bytes),
                }
                continue;
            }
            self.a.ep.handle_timeout(self.now);
            self.b.ep.handle_timeout(self.now);
        }
        self.now = end;
    }

    /// The flow is lost on both sides; frames under way are lost too.
    pub fn cut(&mut self) {
        self.drain(From::A);
        self.drain(From::B);
        self.wire.clear();
        let now = self.now;
        self.a.ep.flow_lost(now, self.a.flow);
        self.b.ep.flow_lost(now, self.b.flow);
        self.run(0);
    }

    /// A new flow joins both sides.
    pub fn join(&mut self) {
        let now = self.now;
        for (end, name) in [(&mut self.a, "a"), (&mut self.b, "b")] {
            end.flow = FlowId(end.flow.0 + 1);
            end.ep.flow_opened(now, end.flow, flow_config(name, true));
        }
    }

    /// A calls B; B rings. The sessions of both.
    pub fn ring(&mut self) -> (SessionId, SessionId) {
        let a = self.a.ep.invite(self.now, self.a.flow, invite());
        self.run(100);
        let b = self.b.incoming();
        (a, b)
    }

    /// A calls B, B answers. All events so far are taken.
    pub fn call(&mut self) -> (SessionId, SessionId) {
        let (a, b) = self.ring();
        self.b.ep.accept(self.now, b, "<sip:b@b.invalid>", &[], Some(sdp("b1"))).expect("ringing");
        self.run(100);
        self.a.events.clear();
        self.b.events.clear();
        self.trace.clear();
        (a, b)
    }

    /// The traffic without times, and cleared.
    pub fn transcript(&mut self) -> Vec<String> {
        self.trace.drain(..).map(|line| line.split_once(' ').map_or(line.clone(), |(_, rest)| rest.to_owned())).collect()
    }

    pub fn assert_at_rest(&self) {
        assert_eq!(self.a.ep.load(), (0, 0, 0), "A leaks (transactions, sessions, timers)");
        assert_eq!(self.b.ep.load(), (0, 0, 0), "B leaks (transactions, sessions, timers)");
    }
}

impl End {
    /// The session of the next event, which must be an INVITE of the peer.
    pub fn incoming(&mut self) -> SessionId {
        match self.events.pop_front() {
            Some(EndpointEvent::Incoming { session, .. }) => session,
            other => panic!("no INVITE but {other:?}"),
        }
    }

    /// Names of the events, taken.
    pub fn names(&mut self) -> Vec<String> {
        self.events.drain(..).map(|e| name(&e)).filter(|n| n != "Changed").collect()
    }
}

/// Short name of an event with what decides.
pub fn name(event: &EndpointEvent) -> String {
    match event {
        EndpointEvent::Request { message, .. } => format!("Request {}", message.method().map(ToString::to_string).unwrap_or_default()),
        EndpointEvent::Response { message, .. } => format!("Response {}", message.status().unwrap_or_default()),
        EndpointEvent::RequestFailed { cause, .. } => format!("RequestFailed {cause:?}"),
        EndpointEvent::Incoming { .. } => "Incoming".to_owned(),
        EndpointEvent::Provisional { message, .. } => format!("Provisional {}", message.status().unwrap_or_default()),
        EndpointEvent::Accepted { .. } => "Accepted".to_owned(),
        EndpointEvent::Rejected { message, .. } => format!("Rejected {}", message.status().unwrap_or_default()),
        EndpointEvent::Failed { cause, .. } => format!("Failed {cause:?}"),
        EndpointEvent::Confirmed { .. } => "Confirmed".to_owned(),
        EndpointEvent::Reoffer { .. } => "Reoffer".to_owned(),
        EndpointEvent::ReofferWithdrawn { .. } => "ReofferWithdrawn".to_owned(),
        EndpointEvent::ReofferAnswered { .. } => "ReofferAnswered".to_owned(),
        EndpointEvent::ReofferRejected { cause: sip_ws::endpoint::Refusal::Status(m), .. } => {
            format!("ReofferRejected {}", m.status().unwrap_or_default())
        }
        EndpointEvent::ReofferRejected { cause: sip_ws::endpoint::Refusal::Failure(f), .. } => format!("ReofferRejected {f:?}"),
        EndpointEvent::InDialog { message, .. } => format!("InDialog {}", message.method().map(ToString::to_string).unwrap_or_default()),
        EndpointEvent::Changed { .. } => "Changed".to_owned(),
        EndpointEvent::RefreshDue { .. } => "RefreshDue".to_owned(),
        EndpointEvent::Ended { cause, .. } => format!("Ended {cause:?}"),
    }
}

/// An INVITE of A for B.
pub fn invite() -> Message {
    use sip_ws::codec::{HeaderName, Method};
    let mut message = Message::request(Method::Invite, "sip:b@b.invalid");
    message.push(HeaderName::From, "<sip:a@a.invalid>");
    message.push(HeaderName::To, "<sip:b@b.invalid>");
    message.push(HeaderName::Contact, "<sip:a@a.invalid>");
    message.set_body("application/sdp", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=a1\r\nt=0 0\r\n");
    message
}

pub fn sdp(name: &str) -> sip_ws::endpoint::Body {
    sip_ws::endpoint::Body::sdp(format!("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns={name}\r\nt=0 0\r\n"))
}
