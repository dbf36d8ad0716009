//! The telephone of a simulated station: a SIP user agent over WebSocket on `sip_ws::Agent`. It rings the one address that it is
//! configured with, and answers nobody.

use super::Shared;
use super::media::{Listening, Media};
use super::relay;
use crate::clock::now_ms;
use crate::keys::random;
use crate::stop::Stop;
use futures_util::{SinkExt as _, StreamExt as _};
use sip_ws::Agent;
use sip_ws::io::{
    CallId, Command, Credentials, Event, FlowId, Input, MediaFailure, MediaInput, MediaRequest, Millis, Output, Profile, RegistrationState,
    RejectAs, SocketInput,
};
use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// How often tones that came as media are looked for, and the page's level is fresh.
const LISTEN_EVERY: Duration = Duration::from_millis(50);

/// The account of a station and whom it rings.
#[derive(Debug, Clone)]
pub struct Line {
    /// `ws://host:port/sip`
    pub url: String,
    /// SIP domain and digest realm.
    pub domain: String,
    /// User part of its address, and digest user.
    pub user: String,
    /// Digest password.
    pub password: String,
    /// Whom it rings: a name of its domain or a SIP address.
    pub rings: String,
    /// Addresses of this machine that carry its media.
    pub media: Vec<IpAddr>,
}

/// What the page wants.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wish {
    Ring,
    HangUp,
}

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Status {
    pub registered: bool,
    /// `idle`, `ringing`, `talking`, or why the last call ended.
    pub call: String,
}

/// Runs the telephone while there is power. Without, it is simply gone, and nobody is told.
pub(super) async fn run(line: Line, shared: Shared, heard: Listening, mut wishes: mpsc::Receiver<Wish>, stop: Stop) {
    let mut power = shared.power.subscribe();
    loop {
        tokio::select! {
            () = stop.wait() => return,
            there = switched(&mut power, true) => if !there { return },
        }
        let Some(mut phone) = Phone::new(&line, &shared, &heard) else {
            return tracing::error!("the system gives no random numbers");
        };
        let stopped = tokio::select! {
            () = stop.wait() => true,
            () = phone.run(&mut wishes) => true,
            there = switched(&mut power, false) => !there,
        };
        if stopped {
            return phone.input(Input::Command(Command::Stop)).await;
        }
        drop(phone);
        let mut state = shared.lock();
        state.keypad.clear();
        state.phone = Status::default();
    }
}

/// Waits until the power is as said. `false`: the station is gone.
async fn switched(power: &mut watch::Receiver<bool>, wanted: bool) -> bool {
    power.wait_for(|on| *on == wanted).await.is_ok()
}

struct Phone {
    agent: Agent,
    started: Instant,
    line: Line,
    shared: Shared,
    heard: Listening,
    events: mpsc::Sender<(FlowId, SocketInput)>,
    inbox: mpsc::Receiver<(FlowId, SocketInput)>,
    socket: Option<Socket>,
    media: Option<Media>,
    call: Option<CallId>,
    calls: u64,
}

/// A socket and its task.
struct Socket {
    frames: mpsc::Sender<Vec<u8>>,
    task: JoinHandle<()>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Phone {
    fn new(line: &Line, shared: &Shared, heard: &Listening) -> Option<Self> {
        let mut seed = [0; 32];
        random(&mut seed).ok()?;
        let profile = Profile {
            websocket_url: line.url.clone(),
            further_urls: Vec::new(),
            aor: format!("sip:{}@{}", line.user, line.domain),
            display_name: Some(shared.lock().name.clone()),
            anonymous: false,
            registrar: None,
            credentials: vec![Credentials { user: line.user.clone(), password: line.password.clone(), realm: line.domain.clone() }],
            instance: format!("urn:uuid:{}", uuid::Uuid::now_v7()),
            register_expires: 300,
            user_agent: "Portico simulated station".into(),
            session_id_header: None,
            session_expires: None,
            gruu: false,
            trusted: Vec::new(),
            supervised: false,
        };
        let (events, inbox) = mpsc::channel(64);
        Some(Self {
            agent: Agent::new(profile, seed),
            started: Instant::now(),
            line: line.clone(),
            shared: shared.clone(),
            heard: heard.clone(),
            events,
            inbox,
            socket: None,
            media: None,
            call: None,
            calls: 0,
        })
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    async fn run(&mut self, wishes: &mut mpsc::Receiver<Wish>) {
        self.input(Input::Command(Command::Start)).await;
        loop {
            let wake = self.drain().await;
            let wake = wake.map(|at| self.started + Duration::from_millis(at.0));
            let timer = async move {
                match wake {
                    Some(at) => sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = timer => self.input(Input::Timer).await,
                Some((flow, socket)) = self.inbox.recv() => self.input(Input::Socket(flow, socket)).await,
                wish = wishes.recv() => match wish {
                    Some(wish) => self.wish(wish).await,
                    None => return,
                },
                () = sleep(LISTEN_EVERY), if self.call.is_some() => self.listen(),
            }
        }
    }

    async fn input(&mut self, input: Input) {
        self.agent.input(self.now(), input);
        self.drain().await;
    }

    async fn wish(&mut self, wish: Wish) {
        match (wish, self.call) {
            (Wish::Ring, None) => {
                self.calls += 1;
                let call = CallId(self.calls);
                self.call = Some(call);
                *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Default::default();
                self.shared.lock().phone.call = "ringing".into();
                self.input(Input::Command(Command::Call { call, target: self.line.rings.clone(), video: true })).await;
            }
            (Wish::HangUp, Some(call)) => self.input(Input::Command(Command::HangUp { call })).await,
            (Wish::Ring, Some(_)) | (Wish::HangUp, None) => {}
        }
    }

    /// Tones that came as media.
    fn listen(&mut self) {
        let keys = std::mem::take(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner).keys);
        for key in keys {
            self.key(key);
        }
    }

    /// A digit of the desk that we rang. A complete code closes its relay, as at the station's own keypad.
    fn key(&mut self, digit: char) {
        let now = now_ms();
        let mut state = self.shared.lock();
        let code = state.keypad.press(now, digit).to_owned();
        for (number, index) in [("1", 0), ("2", 1)] {
            if state.relays[index].codes.contains(&code) {
                state.keypad.clear();
                // The answer of a keypad is a lamp; the page shows the relay.
                let _ = relay::command(&mut state.relays, now, &code, number);
            }
        }
    }

    /// Does everything that the agent asks for and says when it wants to be woken.
    async fn drain(&mut self) -> Option<Millis> {
        loop {
            match self.agent.poll() {
                Output::Wait(at) => return at,
                Output::Connect { flow, url } => self.connect(flow, url),
                Output::Disconnect { .. } => self.socket = None,
                Output::Send { bytes, .. } => {
                    if let Some(socket) = &self.socket {
                        // A full queue is a dead socket; the keep-alive finds it.
                        let _ = socket.frames.try_send(bytes);
                    }
                }
                Output::Media(request) => {
                    if let Some(answer) = self.on_media(request).await {
                        let now = self.now();
                        self.agent.input(now, Input::Media(answer));
                    }
                }
                Output::Event(event) => self.on_event(event),
                // A station that was switched off has lost its call.
                Output::Keep { .. } => {}
            }
        }
    }

    fn connect(&mut self, flow: FlowId, url: String) {
        let (frames, outbox) = mpsc::channel(64);
        let events = self.events.clone();
        let task = tokio::spawn(async move {
            carry(flow, &url, outbox, &events).await;
            let _ = events.send((flow, SocketInput::Closed { retry_after: None })).await;
        });
        self.socket = Some(Socket { frames, task });
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Registration(state) => {
                self.shared.lock().phone.registered = matches!(state, RegistrationState::Registered { .. });
            }
            Event::Incoming { call, .. } => {
                let now = self.now();
                self.agent.input(now, Input::Command(Command::Reject { call, how: RejectAs::Busy }));
            }
            Event::Answered { call, .. } if Some(call) == self.call => self.shared.lock().phone.call = "talking".into(),
            Event::DtmfReceived { call, digit, .. } if Some(call) == self.call => self.key(digit),
            Event::Ended { call, cause } if Some(call) == self.call => {
                self.call = None;
                self.media = None;
                let mut state = self.shared.lock();
                state.keypad.clear();
                state.phone.call = format!("ended: {cause:?}");
            }
            // A station rings whom it is told to ring and nobody else.
            Event::RedirectAsked { call, .. } => {
                let now = self.now();
                self.agent.input(now, Input::Command(Command::FollowRedirect { call, accept: false }));
            }
            Event::TransferAsked { call, .. } => {
                let now = self.now();
                self.agent.input(now, Input::Command(Command::FollowTransfer { call, accept: false }));
            }
            Event::Link(_)
            | Event::Dialling { .. }
            | Event::Progress { .. }
            | Event::Answered { .. }
            | Event::Hold { .. }
            | Event::Video { .. }
            | Event::DtmfReceived { .. }
            | Event::DtmfFailed { .. }
            | Event::LateCandidates { .. }
            | Event::ChangeFailed { .. }
            | Event::Reach { .. }
            | Event::Ended { .. }
            | Event::Restored { .. }
            | Event::Redirected { .. }
            | Event::Transfer { .. }
            | Event::Following { .. }
            | Event::Remote { .. }
            | Event::Supervision { .. }
            | Event::Queued { .. }
            | Event::Ignored { .. }
            | Event::Peer { .. }
            | Event::Warning(_) => {}
        }
    }

    async fn on_media(&mut self, request: MediaRequest) -> Option<MediaInput> {
        let local = |call, request, sdp: Result<String, String>| match sdp {
            Ok(sdp) => MediaInput::LocalDescription { call, request, sdp },
            Err(why) => MediaInput::Failed { call, request, failure: MediaFailure::Local(why) },
        };
        match request {
            MediaRequest::Offer { call, request, .. } => {
                let sdp = match self.fresh_media().await {
                    Ok(media) => media.offer().await,
                    Err(why) => Err(why),
                };
                Some(local(call, request, sdp))
            }
            MediaRequest::Answer { call, request, offer, fresh, .. } => {
                let ready = if fresh || self.media.is_none() { self.fresh_media().await.map(|_| ()) } else { Ok(()) };
                let sdp = match (ready, &self.media) {
                    (Ok(()), Some(media)) => media.answer(offer).await,
                    (Ok(()), None) => Err("there is no media connection".to_owned()),
                    (Err(why), _) => Err(why),
                };
                Some(local(call, request, sdp))
            }
            MediaRequest::ApplyAnswer { call, request, sdp, .. } => {
                let done = match &self.media {
                    Some(media) => media.apply(sdp).await,
                    None => Err("there is no media connection".to_owned()),
                };
                Some(match done {
                    Ok(()) => MediaInput::Applied { call, request },
                    Err(why) => MediaInput::Failed { call, request, failure: MediaFailure::Incompatible(why) },
                })
            }
            MediaRequest::AddCandidates { candidates, .. } => {
                if let Some(media) = &self.media {
                    media.add(candidates.into_iter().map(|candidate| candidate.text).collect()).await;
                }
                None
            }
            MediaRequest::Rollback { .. } => None,
            MediaRequest::Close { .. } => {
                self.media = None;
                None
            }
        }
    }

    async fn fresh_media(&mut self) -> Result<&Media, String> {
        let media = Media::new(&self.line.media, self.heard.clone()).await?;
        Ok(self.media.insert(media))
    }
}

/// Opens the WebSocket and carries frames until it ends.
async fn carry(flow: FlowId, url: &str, mut outbox: mpsc::Receiver<Vec<u8>>, events: &mpsc::Sender<(FlowId, SocketInput)>) {
    let Ok(mut request) = url.into_client_request() else { return };
    request.headers_mut().insert("Sec-WebSocket-Protocol", hyper::header::HeaderValue::from_static("sip"));
    let Ok((mut socket, _)) = tokio_tungstenite::connect_async(request).await else { return };
    if events.send((flow, SocketInput::Opened)).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            frame = outbox.recv() => {
                let Some(bytes) = frame else { return };
                let frame = match String::from_utf8(bytes) {
                    Ok(text) => Frame::text(text),
                    Err(e) => Frame::binary(e.into_bytes()),
                };
                if socket.send(frame).await.is_err() {
                    return;
                }
            }
            frame = socket.next() => {
                let bytes = match frame {
                    Some(Ok(Frame::Text(text))) => text.as_bytes().to_vec(),
                    Some(Ok(Frame::Binary(bytes))) => bytes.to_vec(),
                    Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => continue,
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => return,
                };
                if events.send((flow, SocketInput::Received(bytes))).await.is_err() {
                    return;
                }
            }
        }
    }
}
