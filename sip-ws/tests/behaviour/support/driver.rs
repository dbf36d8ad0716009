//! An agent with a driver that makes descriptions by itself, as a browser would, and keeps what it is told to keep.

use std::collections::{BTreeMap, VecDeque};

use sip_ws::Agent;
use sip_ws::codec::{HeaderName, Message};
use sip_ws::io::{CallId, Credentials, Event, FlowId, Input, MediaFailure, MediaInput, MediaRequest, Millis, Output, Profile, StoredCall};
use sip_ws::sdp::{Direction, SdpView};

/// One agent and its driver.
pub struct Desk {
    pub agent: Agent,
    pub events: VecDeque<Event>,
    pub media: Vec<MediaRequest>,
    /// Descriptions are made by the driver at once; otherwise they wait in `media`.
    pub auto_media: bool,
    /// Answers media questions with this failure.
    pub broken_media: Option<MediaFailure>,
    /// The number that a new connection of this desk gives to an RTP header extension, and what it takes for its name.
    pub extension: Option<(u8, &'static str)>,
    /// The socket, once it is asked for.
    pub flow: Option<FlowId>,
    pub open: bool,
    /// Peer connections by call.
    connections: BTreeMap<CallId, u32>,
    all_connections: u32,
    version: u32,
    pub deadline: Option<Millis>,
    pub name: &'static str,
    profile: Profile,
    /// What is kept of calls for after a reload.
    pub kept: BTreeMap<CallId, StoredCall>,
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
            agent: Agent::new(profile.clone(), [seed; 32]),
            events: VecDeque::new(),
            media: Vec::new(),
            auto_media: true,
            broken_media: None,
            extension: None,
            flow: None,
            open: false,
            connections: BTreeMap::new(),
            all_connections: 0,
            version: 0,
            deadline: None,
            name,
            profile,
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
        let (name, version, extension) = (self.name, self.version, self.extension);
        let kept = std::mem::take(&mut self.kept);
        *self = Self { version, extension, ..Self::with(self.profile.clone(), name, seed) };
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
        // As the other side says it.
        let turned = |d: Direction| match d {
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            Direction::SendRecv | Direction::Inactive => d,
        };
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
            MediaRequest::AddCandidates { .. } | MediaRequest::Rollback { .. } | MediaRequest::Close { .. } => return None,
        };
        if let Some(failure) = self.broken_media.clone() {
            return Some(MediaInput::Failed { call, request: id, failure });
        }
        Some(match request {
            MediaRequest::Offer { direction, video, fresh, .. } => {
                let mut sdp =
                    self.describe(call, *direction, (*video != Direction::Inactive).then(|| both(*direction, turned(*video))), *fresh);
                if let Some((number, name)) = self.extension {
                    sdp.push_str(&format!("a=extmap:{number} {name}\r\n"));
                }
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
            MediaRequest::AddCandidates { .. } | MediaRequest::Rollback { .. } | MediaRequest::Close { .. } => return None,
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
            if let Some(supervision) = hints.supervision {
                text.push_str(&format!(" {supervision}"));
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
        Event::Queued { place, .. } => format!("Queued {place}"),
        Event::Supervision { supervision, .. } => format!("Supervision {supervision}"),
        Event::Remote { wish, .. } => format!("Remote {wish:?}"),
        Event::Peer { peer, .. } => format!("Peer {}", peer.uri),
        Event::Dialling { .. } => "Dialling".to_owned(),
        Event::Progress { status, early_media, .. } => format!("Progress {status}{}", if *early_media { " media" } else { "" }),
        Event::Answered { .. } => "Answered".to_owned(),
        Event::Hold { local, remote, .. } => format!("Hold local={local} remote={remote}"),
        Event::Video { direction, .. } => format!("Video {}", direction.as_str()),
        Event::DtmfReceived { digit, duration_ms, .. } => format!("Dtmf {digit} {duration_ms}"),
        Event::DtmfFailed { digit, status, .. } => format!("DtmfFailed {digit} {status}"),
        Event::ChangeFailed { status, .. } => format!("ChangeFailed {status}"),
        Event::LateCandidates { .. } => "LateCandidates".to_owned(),
        Event::Reach { reachable, .. } => format!("Reach {reachable}"),
        Event::Ended { cause, .. } => format!("Ended {cause:?}"),
        Event::Ignored { command, .. } => format!("Ignored {command}"),
        Event::Warning(text) => format!("Warning {text}"),
    })
}
