//! One agent, the edges of its domain, and behind them somebody who answers whatever is asked of him.

use std::collections::BTreeMap;

use sip_ws::Agent;
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{Command, FlowId, Input, MediaRequest, Millis, Output, Profile, SocketInput, StoredCall};

use sip_ws::record::Redactor;

use super::desk::Registrar;
use super::driver::{Desk, profile, registered};
use super::transcript;

/// What the callee says of media.
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 AA\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
    c=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=sendrecv\r\n";

/// One edge.
pub struct Edge {
    pub host: &'static str,
    /// It accepts sockets.
    pub up: bool,
    /// It answers nothing.
    pub dead: bool,
    /// It answers this to REGISTER.
    pub registrar: Registrar,
    /// The flow that is open.
    pub flow: Option<FlowId>,
}

/// All of it, and the clock.
pub struct Edges {
    pub now: Millis,
    profile: Profile,
    pub desk: Desk,
    pub edges: Vec<Edge>,
    /// `a REGISTER`, with the time.
    pub trace: Vec<(u64, String)>,
    /// What the agent sent, by edge.
    pub sent: Vec<(usize, Message)>,
    /// The callee answers INVITE; otherwise it only rings.
    pub answers: bool,
    /// The INFO packages that the callee takes, and how it answers INFO.
    pub packages: Option<&'static str>,
    pub info_status: u16,
    /// What happens is written down.
    recorder: Option<Redactor>,
    pub recording: String,
    questions: Vec<MediaRequest>,
    wire: BTreeMap<(Millis, u64), (usize, FlowId, SocketInput)>,
    number: u64,
}

impl Edges {
    /// An agent of which everything is written down, and whose media answers when it has said all that it has to say.
    pub fn recorded(hosts: &[&'static str], seed: u8) -> Self {
        let mut world = Self::new(hosts);
        // As names are: several words, and characters that separate elsewhere.
        world.profile.display_name = Some("Ada (Desk 2) O'Example, Dr.".to_owned());
        let (redactor, line) = Redactor::new(&world.profile, [seed ^ 9; 32]);
        world.desk.agent = Agent::with_pace(world.profile.clone(), [seed; 32], [seed ^ 9; 32]);
        world.desk.auto_media = false;
        world.recorder = Some(redactor);
        world.write(Some(line));
        world
    }

    fn write(&mut self, line: Option<String>) {
        if let Some(line) = line {
            self.recording.push_str(&format!("{}\t{line}\n", self.now.0));
        }
    }

    /// An agent with an edge for each of these names, which is not started.
    pub fn new(hosts: &[&'static str]) -> Self {
        let url = |host: &&str| format!("wss://{host}.edge.test:8443/sip");
        let profile = Profile { websocket_url: url(&hosts[0]), further_urls: hosts[1..].iter().map(url).collect(), ..profile("ada") };
        let edge = |host: &&'static str| Edge { host, up: true, dead: false, registrar: Box::new(|r| Some(registered(r))), flow: None };
        Self {
            now: Millis(1_000_000),
            desk: Desk::with(profile.clone(), "ada", 1),
            profile,
            edges: hosts.iter().map(edge).collect(),
            trace: Vec::new(),
            sent: Vec::new(),
            answers: true,
            packages: None,
            info_status: 200,
            recorder: None,
            recording: String::new(),
            questions: Vec::new(),
            wire: BTreeMap::new(),
            number: 0,
        }
    }

    /// The same, started, and what led there forgotten.
    pub fn ready(hosts: &[&'static str]) -> Self {
        let mut world = Self::new(hosts);
        world.input(Input::Command(Command::Start));
        world.run(500);
        world.clear();
        world
    }

    pub fn clear(&mut self) {
        self.trace.clear();
        self.sent.clear();
        self.desk.events.clear();
    }

    pub fn t(&self) -> u64 {
        self.now.0 - 1_000_000
    }

    pub fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    pub fn input(&mut self, input: Input) {
        let line = self.recorder.as_mut().map(|recorder| recorder.input(&input));
        self.write(line);
        self.desk.agent.input(self.now, input);
        self.drain();
    }

    /// A frame of an edge.
    pub fn inject(&mut self, edge: usize, message: &Message) {
        let flow = self.edges[edge].flow.expect("open");
        self.input(Input::Socket(flow, SocketInput::Received(message.to_bytes())));
    }

    /// The socket of an edge closes.
    pub fn close(&mut self, edge: usize) {
        let flow = self.edges[edge].flow.take().expect("open");
        self.input(Input::Socket(flow, SocketInput::Closed { retry_after: None }));
    }

    /// The edge is gone, and its socket with it.
    pub fn kill(&mut self, edge: usize) {
        self.edges[edge].up = false;
        self.close(edge);
    }

    /// The page is loaded again, with what it kept.
    pub fn restart(&mut self, kept: Vec<StoredCall>) {
        for edge in &mut self.edges {
            edge.flow = None;
        }
        self.wire.clear();
        self.clear();
        self.desk = Desk::with(self.profile.clone(), "ada", 2);
        self.desk.agent.restore(self.now, kept);
        self.command(Command::Start);
    }

    /// Lines of traffic, with the name of the edge, without keep-alives; taken.
    pub fn lines(&mut self) -> Vec<String> {
        self.trace.drain(..).map(|(_, line)| line).filter(|line| !line.ends_with("ping")).collect()
    }

    /// When this line was seen.
    pub fn times(&self, line: &str) -> Vec<u64> {
        self.trace.iter().filter(|(_, known)| known == line).map(|(at, _)| *at).collect()
    }

    /// The last message of this method that was sent, and where.
    pub fn last(&self, method: &Method) -> (usize, Message) {
        self.sent.iter().rfind(|(_, message)| message.method() == Some(method)).cloned().expect("sent")
    }

    fn note(&mut self, edge: usize, line: &str) {
        self.trace.push((self.t(), format!("{} {line}", self.edges[edge].host)));
    }

    fn send(&mut self, edge: usize, flow: FlowId, input: SocketInput) {
        self.number += 1;
        self.wire.insert((self.now.plus(10), self.number), (edge, flow, input));
    }

    fn drain(&mut self) {
        loop {
            let output = self.desk.agent.poll();
            let line = self.recorder.as_mut().and_then(|recorder| recorder.output(&output));
            self.write(line);
            match output {
                Output::Media(request) if self.recorder.is_some() => self.questions.push(request),
                Output::Connect { flow, url } => {
                    let edge = self.edges.iter().position(|edge| url.contains(&format!("//{}.", edge.host))).expect("a known edge");
                    assert_eq!(self.edges[edge].flow, None, "one flow to each");
                    self.note(edge, "connect");
                    let input = if self.edges[edge].up { SocketInput::Opened } else { SocketInput::Closed { retry_after: None } };
                    self.send(edge, flow, input);
                }
                Output::Disconnect { flow } => {
                    for edge in 0..self.edges.len() {
                        if self.edges[edge].flow == Some(flow) {
                            self.edges[edge].flow = None;
                            self.note(edge, "disconnect");
                        }
                    }
                }
                Output::Send { flow, bytes } => {
                    let edge = self.edges.iter().position(|edge| edge.flow == Some(flow)).expect("sent on a flow that is open");
                    self.on_edge(edge, flow, &bytes);
                }
                output @ (Output::Media(_) | Output::Event(_) | Output::Keep { .. }) => {
                    self.desk.take(self.now, output);
                }
                Output::Wait(at) => {
                    self.desk.deadline = at;
                    for question in std::mem::take(&mut self.questions) {
                        if let Some(answer) = self.desk.media_answer(&question) {
                            self.input(Input::Media(answer));
                        }
                    }
                    return;
                }
            }
        }
    }

    fn on_edge(&mut self, edge: usize, flow: FlowId, bytes: &[u8]) {
        let line = transcript::line(bytes);
        self.note(edge, &line);
        if self.edges[edge].dead {
            return;
        }
        if line == "ping" {
            return self.send(edge, flow, SocketInput::Received(b"\r\n".to_vec()));
        }
        let Ok(message) = Message::parse(bytes) else { return };
        self.sent.push((edge, message.clone()));
        let answer = match message.method() {
            Some(Method::Register) => (self.edges[edge].registrar)(&message),
            Some(Method::Invite) => Some(self.answer(edge, &message)),
            Some(Method::Ack) | None => None,
            Some(method) => {
                let mut answer = message.reply(if *method == Method::Info { self.info_status } else { 200 }, "OK");
                if !message.to().is_ok_and(|to| to.tag().is_some()) {
                    let to = message.header_str(HeaderName::To).expect("has one");
                    answer.set(HeaderName::To, format!("{to};tag=callee"));
                    let host = self.edges[edge].host;
                    answer.push(HeaderName::RecordRoute, format!("<sip:{host}.edge.test:8443;transport=ws;lr>"));
                }
                Some(answer)
            }
        };
        if let Some(answer) = answer {
            self.send(edge, flow, SocketInput::Received(answer.to_bytes()));
        }
    }

    fn answer(&self, edge: usize, invite: &Message) -> Message {
        let first = invite.to().is_ok_and(|to| to.tag().is_none());
        let mut answer = if self.answers { invite.reply(200, "OK") } else { invite.reply(180, "Ringing") };
        if first {
            let to = invite.header_str(HeaderName::To).expect("has one");
            answer.set(HeaderName::To, format!("{to};tag=callee"));
            // Nearest to the callee first: a core behind the edge, and the edge on its two transports.
            for route in [
                "<sip:core.test;lr>".to_owned(),
                format!("<sip:{}.edge.test:5060;r2=on;lr>", self.edges[edge].host),
                format!("<sip:{}.edge.test:8443;transport=ws;r2=on;lr>", self.edges[edge].host),
            ] {
                answer.push(HeaderName::RecordRoute, route);
            }
        }
        answer.push(HeaderName::Contact, "<sip:bob@192.0.2.7:5060>");
        if let Some(packages) = self.packages {
            answer.push(HeaderName::RecvInfo, packages);
        }
        if self.answers {
            answer.set_body("application/sdp", SDP.as_bytes());
        }
        answer
    }

    /// Lets everything happen up to `ms` from now.
    pub fn run(&mut self, ms: u64) {
        let end = self.now.plus(ms);
        loop {
            let next = [self.wire.first_key_value().map(|((at, _), _)| *at), self.desk.deadline].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            if self.wire.first_key_value().is_some_and(|((at, _), _)| *at <= self.now) {
                let Some((_, (edge, flow, input))) = self.wire.pop_first() else { continue };
                match input {
                    SocketInput::Opened => self.edges[edge].flow = Some(flow),
                    SocketInput::Received(_) if self.edges[edge].flow != Some(flow) => continue,
                    SocketInput::Received(_) | SocketInput::Closed { .. } => {}
                }
                self.input(Input::Socket(flow, input));
            } else {
                self.input(Input::Timer);
            }
        }
        self.now = end;
    }
}

/// Somebody calls by way of an edge.
pub fn invite(edge: &str, branch: &str) -> Message {
    let text = format!(
        "INVITE sip:ada@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS {edge}.edge.test;branch=z9hG4bK{branch}\r\n\
         Record-Route: <sip:{edge}.edge.test:8443;transport=ws;lr>\r\nFrom: <sip:bob@portico.test>;tag=1\r\nTo: <sip:ada@portico.test>\r\n\
         Call-ID: from-bob\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:bob@192.0.2.7:5060>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
        SDP.len()
    );
    Message::parse(text.as_bytes()).expect("valid")
}
