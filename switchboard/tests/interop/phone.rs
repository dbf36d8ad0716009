//! The agent on a real WebSocket and the real clock, with descriptions in place of media.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::select_all;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use sip_ws::Agent;
use sip_ws::codec::Message;
use sip_ws::io::{
    CallId, Command, Credentials, Direction, Event, FlowId, Input, MediaInput, MediaRequest, Millis, Output, Profile, RegistrationState,
    SocketInput,
};
use sip_ws::watch::{Watch, WatchId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::sipp::Ended;
use crate::watching;

/// TCP, or TLS on it.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The one call that a test makes.
pub const CALL: CallId = CallId(1);

/// What the agent says in every description, but for the direction.
fn description(direction: &str) -> String {
    format!(
        "v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n\
         a=rtpmap:111 opus/48000/2\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:actpass\r\n\
         a=fingerprint:sha-256 AA:BB\r\na={direction}\r\n"
    )
}

/// An agent and its sockets.
pub struct Phone {
    agent: Agent,
    started: Instant,
    sockets: Vec<(FlowId, WebSocketStream<Box<dyn Stream>>)>,
    /// Where each socket went.
    ways: Vec<(FlowId, String)>,
    /// Whose certificates are good.
    trust: Option<Arc<rustls::ClientConfig>>,
    wake: Option<Millis>,
    /// Short forms of what it told and nobody looked at yet.
    events: VecDeque<String>,
    /// The call that rings or rang.
    incoming: Option<CallId>,
    /// Lines of messages of ours that are lost, each once.
    pub lose: Vec<&'static str>,
    /// The same of messages for us.
    pub miss: Vec<&'static str>,
    /// URLs to which no socket opens, as long as they stand here.
    pub barred: Vec<String>,
    /// What went out, in order.
    pub said: Vec<String>,
    /// What came in.
    pub heard: Vec<String>,
}

/// The account of somebody with these edges, on the device with this number.
pub fn profile(user: &str, password: &str, edges: &[String], device: u8) -> Profile {
    Profile {
        websocket_url: edges[0].clone(),
        further_urls: edges[1..].to_vec(),
        aor: format!("sip:{user}@portico.test"),
        credentials: ["portico.test", "second.test"]
            .map(|realm| Credentials { user: user.to_owned(), password: password.to_owned(), realm: realm.to_owned() })
            .to_vec(),
        instance: format!("urn:uuid:00000000-0000-1000-8000-0000000000{device:02x}"),
        register_expires: 600,
        user_agent: "Portico interop".to_owned(),
        gruu: true,
        ..Profile::default()
    }
}

impl Phone {
    pub fn new(user: &str, password: &str, socket: u16, seed: u8) -> Self {
        Self::at(user, password, &[format!("ws://127.0.0.1:{socket}/")], seed)
    }

    /// With these edges.
    pub fn at(user: &str, password: &str, edges: &[String], seed: u8) -> Self {
        Self::of(profile(user, password, edges, seed), seed)
    }

    /// With this account.
    pub fn of(profile: Profile, seed: u8) -> Self {
        Self {
            agent: Agent::new(profile, [seed; 32]),
            started: Instant::now(),
            sockets: Vec::new(),
            ways: Vec::new(),
            trust: None,
            wake: None,
            events: VecDeque::new(),
            incoming: None,
            lose: Vec::new(),
            miss: Vec::new(),
            barred: Vec::new(),
            said: Vec::new(),
            heard: Vec::new(),
        }
    }

    /// The call that the test is about.
    pub fn call(&self) -> CallId {
        self.incoming.unwrap_or(CALL)
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    pub async fn command(&mut self, command: Command) {
        self.input(Input::Command(command)).await;
    }

    pub async fn watch(&mut self, id: WatchId, watch: Watch) {
        let now = self.now();
        self.agent.subscribe(now, id, watch);
        self.drain().await;
    }

    pub async fn unwatch(&mut self, id: WatchId) {
        let now = self.now();
        self.agent.unsubscribe(now, id);
        self.drain().await;
    }

    async fn input(&mut self, input: Input) {
        let now = self.now();
        self.agent.input(now, input);
        self.drain().await;
    }

    /// Goes on until an event begins like this; those before it are passed over.
    pub async fn see(&mut self, wanted: &str) -> Result<(), String> {
        let limit = Instant::now() + Duration::from_secs(12);
        let mut passed = Vec::new();
        loop {
            while let Some(event) = self.events.pop_front() {
                if event.starts_with(wanted) {
                    return Ok(());
                }
                passed.push(event);
            }
            if Instant::now() >= limit {
                return Err(format!("no `{wanted}`; seen: {passed:?}"));
            }
            self.step(limit).await;
        }
    }

    /// Goes on for a while.
    pub async fn pass(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.step(end).await;
        }
    }

    /// Goes on until the others have ended.
    pub async fn stay(&mut self, ended: &Ended) {
        while !ended.is() {
            self.pass(Duration::from_millis(50)).await;
        }
    }

    /// Until something happens, or the time.
    async fn step(&mut self, limit: Instant) {
        let wake = self.wake.map_or(limit, |at| (self.started + Duration::from_millis(at.0)).min(limit));
        if self.sockets.is_empty() {
            tokio::time::sleep_until(wake.into()).await;
            return self.input(Input::Timer).await;
        }
        let next = self.sockets.iter_mut().map(|(flow, socket)| {
            let flow = *flow;
            socket.next().map(move |frame| (flow, frame))
        });
        let frame = tokio::time::timeout_at(wake.into(), select_all(next)).await;
        match frame.map(|(frame, ..)| frame) {
            Err(_) => self.input(Input::Timer).await,
            Ok((flow, Some(Ok(Frame::Text(text))))) => self.receive(flow, text.as_bytes().to_vec()).await,
            Ok((flow, Some(Ok(Frame::Binary(bytes))))) => self.receive(flow, bytes.to_vec()).await,
            Ok((_, Some(Ok(_)))) => {}
            Ok((flow, Some(Err(_)) | None)) => self.closed(flow).await,
        }
    }

    async fn closed(&mut self, flow: FlowId) {
        self.sockets.retain(|(known, _)| *known != flow);
        self.input(Input::Socket(flow, SocketInput::Closed { retry_after: None })).await;
    }

    /// All sockets break.
    pub async fn cut(&mut self) {
        let flows: Vec<FlowId> = self.sockets.iter().map(|(flow, _)| *flow).collect();
        for flow in flows {
            self.closed(flow).await;
        }
    }

    /// The socket that has been open for longest breaks.
    pub async fn cut_oldest(&mut self) {
        if let Some((flow, _)) = self.sockets.first() {
            let flow = *flow;
            self.closed(flow).await;
        }
    }

    /// The socket to this URL breaks, and no other one opens. Comes back when the other end has had time to notice.
    pub async fn bar(&mut self, url: &str) {
        self.barred.push(url.to_owned());
        self.cut_off(url).await;
        self.pass(Duration::from_millis(400)).await;
    }

    /// The socket to this URL breaks.
    pub async fn cut_off(&mut self, url: &str) {
        let flows: Vec<FlowId> = self.ways.iter().filter(|(_, to)| to == url).map(|(flow, _)| *flow).collect();
        for flow in flows {
            if self.sockets.iter().any(|(open, _)| *open == flow) {
                self.closed(flow).await;
            }
        }
    }

    /// Sockets that are open.
    pub fn flows(&self) -> usize {
        self.sockets.len()
    }

    /// An event that begins like this has come, and nobody looked at it yet.
    pub fn saw(&self, event: &str) -> bool {
        self.events.iter().any(|known| known.starts_with(event))
    }

    /// Certificates of others are good.
    pub fn trusting(mut self, trust: Arc<rustls::ClientConfig>) -> Self {
        self.trust = Some(trust);
        self
    }

    async fn receive(&mut self, flow: FlowId, bytes: Vec<u8>) {
        if is_lost(&mut self.miss, &bytes) {
            return;
        }
        self.heard.push(String::from_utf8_lossy(&bytes).into_owned());
        self.input(Input::Socket(flow, SocketInput::Received(bytes))).await;
    }

    async fn drain(&mut self) {
        loop {
            match self.agent.poll() {
                Output::Wait(at) => {
                    self.wake = at;
                    while let Some(notice) = self.agent.next_notice() {
                        self.events.push_back(watching::brief(&notice));
                    }
                    return;
                }
                Output::Connect { flow, url } => {
                    let opened = self.connect(flow, &url).await;
                    let now = self.now();
                    let input = if opened { SocketInput::Opened } else { SocketInput::Closed { retry_after: None } };
                    self.agent.input(now, Input::Socket(flow, input));
                }
                Output::Disconnect { flow } => self.sockets.retain(|(known, _)| *known != flow),
                Output::Send { flow, bytes } => self.send(flow, bytes).await,
                Output::Media(request) => {
                    let now = self.now();
                    if let Some(answer) = media(&request) {
                        self.agent.input(now, Input::Media(answer));
                    }
                }
                Output::Event(event) => self.note(&event),
                Output::Keep { .. } => {}
            }
        }
    }

    async fn connect(&mut self, flow: FlowId, url: &str) -> bool {
        if self.barred.iter().any(|barred| barred == url) {
            return false;
        }
        let Ok(mut request) = url.into_client_request() else { return false };
        request.headers_mut().insert("Sec-WebSocket-Protocol", "sip".parse().expect("a value"));
        let authority = request.uri().authority().expect("a host").clone();
        let Ok(tcp) = TcpStream::connect(authority.as_str()).await else { return false };
        let stream: Box<dyn Stream> = match &self.trust {
            Some(trust) => {
                let name = authority.host().to_owned().try_into().expect("a name");
                let Ok(tls) = TlsConnector::from(trust.clone()).connect(name, tcp).await else { return false };
                Box::new(tls)
            }
            None => Box::new(tcp),
        };
        let Ok((socket, _)) = client_async(request, stream).await else { return false };
        self.sockets.push((flow, socket));
        self.ways.push((flow, url.to_owned()));
        true
    }

    async fn send(&mut self, flow: FlowId, bytes: Vec<u8>) {
        if is_lost(&mut self.lose, &bytes) {
            return;
        }
        self.said.push(String::from_utf8_lossy(&bytes).into_owned());
        if let Some((_, socket)) = self.sockets.iter_mut().find(|(known, _)| *known == flow) {
            let frame = match String::from_utf8(bytes) {
                Ok(text) => Frame::text(text),
                Err(error) => Frame::binary(error.into_bytes()),
            };
            // A socket that is gone tells so when it is read.
            let _ = socket.send(frame).await;
        }
    }

    fn note(&mut self, event: &Event) {
        let text = match event {
            Event::Registration(RegistrationState::Registered { .. }) => "Registered".to_owned(),
            Event::Registration(RegistrationState::Failed { cause, .. }) => format!("Unregistered {cause:?}"),
            Event::Incoming { call, from, .. } => {
                self.incoming = Some(*call);
                format!("Incoming {}", from.user)
            }
            Event::Progress { status, early_media, .. } => format!("Progress {status}{}", if *early_media { " media" } else { "" }),
            Event::Answered { .. } => "Answered".to_owned(),
            Event::Hold { local, remote, .. } => format!("Hold {local} {remote}"),
            Event::DtmfReceived { digit, .. } => format!("Dtmf {digit}"),
            Event::DtmfFailed { status, .. } => format!("DtmfFailed {status}"),
            Event::ChangeFailed { status, .. } => format!("ChangeFailed {status}"),
            Event::Transfer { state, .. } => format!("Transfer {state:?}"),
            Event::Redirected { to, .. } => format!("Redirected {}", to.user),
            Event::Reach { reachable, .. } => format!("Reach {reachable}"),
            Event::Ended { cause, .. } => format!("Ended {cause:?}"),
            other => format!("{other:?}"),
        };
        self.events.push_back(text);
    }
}

fn media(request: &MediaRequest) -> Option<MediaInput> {
    match request {
        MediaRequest::Offer { call, request, direction, .. } => {
            Some(MediaInput::LocalDescription { call: *call, request: *request, sdp: description(direction.as_str()) })
        }
        MediaRequest::Answer { call, request, offer, direction, .. } => {
            let theirs = [Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
            let theirs = theirs.into_iter().find(|theirs| offer.contains(&format!("a={}", theirs.as_str()))).unwrap_or_default();
            let sends = direction.sends() && theirs.receives();
            let direction = match (sends, direction.receives() && theirs.sends()) {
                (true, true) => Direction::SendRecv,
                (true, false) => Direction::SendOnly,
                (false, true) => Direction::RecvOnly,
                (false, false) => Direction::Inactive,
            };
            let sdp = description(direction.as_str()).replace("actpass", "active");
            Some(MediaInput::LocalDescription { call: *call, request: *request, sdp })
        }
        MediaRequest::ApplyAnswer { call, request, .. } => Some(MediaInput::Applied { call: *call, request: *request }),
        MediaRequest::AddCandidates { .. } | MediaRequest::Rollback { .. } | MediaRequest::Close { .. } => None,
    }
}

/// Whether this message is one that is to be lost.
fn is_lost(lines: &mut Vec<&'static str>, bytes: &[u8]) -> bool {
    let line = line(bytes);
    let at = lines.iter().position(|lost| *lost == line);
    at.map(|at| lines.remove(at)).is_some()
}

/// `INVITE`, `200 INVITE`.
fn line(bytes: &[u8]) -> String {
    let Ok(message) = Message::parse(bytes) else { return String::new() };
    match (message.method(), message.status()) {
        (Some(method), _) => method.to_string(),
        (None, status) => format!("{} {}", status.unwrap_or_default(), message.cseq().map(|c| c.method.to_string()).unwrap_or_default()),
    }
}
