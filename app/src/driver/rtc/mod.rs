//! Peer connections: one per call, a spare one gathering ahead of the next call, a second one where a fingerprint
//! changed. JSEP is done here; the agent only asks for descriptions.

mod attach;
mod call;
mod gather;
mod local;
mod mix;
mod peer;
mod stats;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use sip_ws::io::{CallId, MediaInput, MediaRequest};
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlMediaElement, MediaStream, MediaStreamTrack};

use super::Sink;
use super::audio::Audio;
use super::clock::Clock;
use attach::Attachments;
pub use attach::Source;
use call::CallMedia;
use gather::Kinds;
use local::LocalTracks;
pub use mix::{Heard, Supervision};
use mix::{Part, parts};
use peer::Peer;
pub use stats::Sample;

/// One STUN or TURN server.
#[derive(Clone, PartialEq, Eq)]
pub struct IceServer {
    /// Its addresses.
    pub urls: Vec<String>,
    /// User name, on TURN.
    pub username: Option<String>,
    /// Password, on TURN.
    pub credential: Option<String>,
}

/// How media may travel.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Ice {
    /// Servers.
    pub servers: Vec<IceServer>,
    /// Relays only.
    pub relay_only: bool,
}

/// What happens with media.
#[derive(Clone, Debug)]
pub enum Event {
    /// For the agent.
    Media(MediaInput),
    /// Figures of all calls, once for each [`Rtc::sample`].
    Samples(Vec<Sample>),
    /// The browser plays no sound before a gesture.
    PlayRefused,
    /// ICE state of a call changed, in the browser's words.
    Ice {
        /// Which call.
        call: CallId,
        /// `checking`, `connected`, `disconnected`, `failed`, ...
        state: String,
    },
    /// What became of [`Rtc::play`].
    TonesPlayed {
        /// As given.
        number: u64,
        /// All tones have left. Otherwise none has: the other side or the browser cannot.
        sent: bool,
    },
    /// For the log.
    Odd(String),
}

/// Keys to be played one after the other. They are never shown.
pub struct Tones {
    /// Of `0-9 * # A-D`.
    pub keys: String,
    /// Milliseconds of a tone.
    pub tone_ms: u32,
    /// Milliseconds of silence between two tones.
    pub gap_ms: u32,
    /// Milliseconds of silence before the first one.
    pub lead_ms: u32,
}

/// Owner of all peer connections.
pub struct Rtc(Rc<Shared>);

/// What all calls share.
struct Shared {
    sink: Sink<Event>,
    clock: Clock,
    ice: RefCell<Ice>,
    local: LocalTracks,
    calls: RefCell<HashMap<CallId, Rc<CallMedia>>>,
    /// Who takes part in which of them.
    supervisions: RefCell<Vec<Supervision>>,
    spare: RefCell<Option<Rc<Peer>>>,
    /// A spare connection is of use: a shift is going on.
    warming: Cell<bool>,
    attachments: Attachments,
}

impl Rtc {
    /// No connection yet.
    #[must_use]
    pub fn new(clock: Clock, audio: Audio, sink: Sink<Event>) -> Rtc {
        let refused = sink.clone();
        Rtc(Rc::new(Shared {
            sink,
            clock,
            ice: RefCell::default(),
            local: LocalTracks::new(audio),
            calls: RefCell::default(),
            supervisions: RefCell::default(),
            spare: RefCell::default(),
            warming: Cell::new(false),
            attachments: Attachments::new(Rc::new(move || refused(Event::PlayRefused))),
        }))
    }

    /// Servers and policy from now on, in running calls too.
    pub fn set_ice(&self, ice: Ice) {
        if *self.0.ice.borrow() == ice {
            return;
        }
        for call in self.all() {
            call.each_peer(|peer| peer.reconfigure(&ice));
        }
        *self.0.ice.borrow_mut() = ice;
        if self.0.spare.borrow().is_some() {
            self.cool();
            self.warm();
        }
    }

    /// Gathers ahead of the next call.
    pub fn warm(&self) {
        self.0.warming.set(true);
        let shared = self.0.clone();
        spawn_local(async move { shared.warm().await });
    }

    /// Gives the spare connection up: the shift is over, or the network is another one.
    pub fn cool(&self) {
        self.0.warming.set(false);
        let spare = self.0.spare.borrow_mut().take();
        if let Some(spare) = spare {
            spare.close();
        }
    }

    /// The microphone to send, in running calls too; `None` sends silence.
    pub fn set_microphone(&self, track: Option<MediaStreamTrack>) {
        self.0.local.set_microphone(track);
        for call in self.all() {
            call.microphone_changed();
        }
        self.0.remix();
    }

    /// The camera to send; `None` sends no picture.
    pub fn set_camera(&self, stream: Option<MediaStream>) {
        self.0.local.set_camera(stream);
        for call in self.all() {
            call.camera_changed();
        }
        self.refresh();
    }

    /// The device that plays calls; `None` is the system's default.
    pub fn set_speaker(&self, id: Option<String>) {
        self.0.attachments.set_speaker(id.unwrap_or_default());
    }

    /// Question or order of the agent. Orders of one call are carried out one after the other.
    pub fn request(&self, request: MediaRequest) {
        let id = match &request {
            MediaRequest::Offer { call, .. }
            | MediaRequest::Answer { call, .. }
            | MediaRequest::ApplyAnswer { call, .. }
            | MediaRequest::AddCandidates { call, .. }
            | MediaRequest::Rollback { call }
            | MediaRequest::Close { call } => *call,
        };
        if let MediaRequest::Close { .. } = request {
            let call = self.0.calls.borrow_mut().remove(&id);
            if let Some(call) = call {
                call.close();
            }
            self.0.supervisions.borrow_mut().retain(|supervision| supervision.leg != id && supervision.of != id);
            self.refresh();
            return;
        }
        let call = self.0.call(id);
        call.enqueue(request);
    }

    /// Silences our microphone in one call, or not.
    pub fn mute(&self, call: CallId, on: bool) {
        self.0.call(call).mute(on);
    }

    /// Puts one call on hold, or not: nobody there hears who takes part in it, nor do they hear what still comes from there.
    pub fn hold(&self, call: CallId, on: bool) {
        self.0.call(call).hold(on);
        self.0.remix();
    }

    /// Somebody takes part in a call of ours, or in another way than before. It ends with either call.
    pub fn supervise(&self, supervision: Supervision) {
        let mut supervisions = self.0.supervisions.borrow_mut();
        supervisions.retain(|known| known.leg != supervision.leg);
        supervisions.push(supervision);
        drop(supervisions);
        self.0.call(supervision.leg);
        self.refresh();
    }

    /// Sends our camera in one call from the next description on, or not.
    pub fn send_camera(&self, call: CallId, on: bool) {
        self.0.call(call).send_camera(on);
        self.refresh();
    }

    /// Sends one key as RFC 4733 tone. `false` where the other side or the browser cannot.
    #[must_use]
    pub fn dtmf(&self, call: CallId, digit: char, duration_ms: u16) -> bool {
        let call = self.0.calls.borrow().get(&call).cloned();
        call.is_some_and(|call| call.dtmf(digit, duration_ms))
    }

    /// Plays these keys as RFC 4733 tones; [`Event::TonesPlayed`] with this number follows unless the call ends before.
    pub fn play(&self, call: CallId, number: u64, tones: Tones) {
        let shared = self.0.clone();
        spawn_local(async move {
            let call = shared.calls.borrow().get(&call).cloned();
            let sent = match call {
                Some(call) => call.play(tones).await,
                None => Some(false),
            };
            if let Some(sent) = sent {
                (shared.sink)(Event::TonesPlayed { number, sent });
            }
        });
    }

    /// Reports figures of all calls once.
    pub fn sample(&self) {
        let shared = self.0.clone();
        spawn_local(async move {
            let calls: Vec<_> = shared.calls.borrow().values().cloned().collect();
            let mut samples = Vec::with_capacity(calls.len());
            for call in calls {
                if let Some(sample) = call.sample().await {
                    samples.push(sample);
                }
            }
            if !samples.is_empty() {
                (shared.sink)(Event::Samples(samples));
            }
        });
    }

    /// Plays a source in an element, now and whenever it changes.
    pub fn attach(&self, element: HtmlMediaElement, source: Source) {
        self.0.attachments.add(element, source);
        self.refresh();
    }

    /// Lets an element go.
    pub fn detach(&self, element: &HtmlMediaElement) {
        self.0.attachments.remove(element);
    }

    /// Begins what the browser refused to play before a gesture.
    pub fn resume_playing(&self) {
        self.0.attachments.play_all();
    }

    fn refresh(&self) {
        self.0.refresh();
    }

    fn all(&self) -> Vec<Rc<CallMedia>> {
        self.0.calls.borrow().values().cloned().collect()
    }
}

impl Shared {
    fn call(self: &Rc<Self>, id: CallId) -> Rc<CallMedia> {
        let mut calls = self.calls.borrow_mut();
        calls.entry(id).or_insert_with(|| CallMedia::new(id, self)).clone()
    }

    /// Which kinds of candidates the configuration can give.
    fn kinds(&self) -> Kinds {
        let ice = self.ice.borrow();
        let any = |scheme: &str| ice.servers.iter().flat_map(|server| &server.urls).any(|url| url.starts_with(scheme));
        let turn = any("turn");
        Kinds { host: !ice.relay_only, reflexive: any("stun") && !ice.relay_only, relay: turn, relay_only: ice.relay_only }
    }

    async fn warm(self: &Rc<Self>) {
        if !self.warming.get() || self.spare.borrow().is_some() {
            return;
        }
        let Some(peer) = self.new_peer(true) else { return };
        // No track before the call: a clone of the microphone would keep it open.
        peer.send_audio(None);
        if peer.offer().await.is_ok() && self.warming.get() {
            let unused = self.spare.borrow_mut().replace(peer);
            if let Some(unused) = unused {
                unused.close();
            }
        } else {
            peer.close();
        }
    }

    fn new_peer(&self, bundled: bool) -> Option<Rc<Peer>> {
        let peer = Peer::new(&self.ice.borrow(), self.kinds(), &self.clock, bundled);
        match peer {
            Ok(peer) => Some(peer),
            Err(error) => {
                (self.sink)(Event::Odd(format!("no peer connection: {}", super::bindings::describe(&error))));
                None
            }
        }
    }

    /// Mixes what has to be mixed, from what there is at this moment.
    fn remix(&self) {
        let supervisions = self.supervisions.borrow().clone();
        let calls = self.calls.borrow().clone();
        for (id, call) in &calls {
            let held = |id: CallId| calls.get(&id).is_some_and(|call| call.held());
            let tracks = parts(*id, &supervisions, held).into_iter().map(|part| match part {
                Part::Ours(of) => calls.get(&of).and_then(|of| of.own_audio()),
                Part::Theirs(of) => calls.get(&of).and_then(|of| of.remote_audio_track()),
            });
            let tracks: Vec<_> = tracks.collect();
            call.mix((!tracks.is_empty()).then(|| tracks.into_iter().flatten().collect()));
        }
    }

    /// Gives every attached element the stream it should play, and every call what it should send.
    fn refresh(&self) {
        self.remix();
        self.attachments.refresh(|source| match source {
            Source::CameraPreview => self.local.camera_stream(),
            Source::LocalVideo(call) => {
                let sends = self.calls.borrow().get(&call).is_some_and(|call| call.sends_camera());
                if sends { self.local.camera_stream() } else { None }
            }
            // Who only listens is not heard, whatever their page sends.
            Source::RemoteAudio(call) if self.is_silent(call) => None,
            Source::RemoteAudio(call) => self.calls.borrow().get(&call).and_then(|call| call.remote_audio()),
            Source::RemoteVideo(call) => self.calls.borrow().get(&call).and_then(|call| call.remote_video()),
        });
    }

    fn is_silent(&self, leg: CallId) -> bool {
        self.supervisions.borrow().iter().any(|supervision| supervision.leg == leg && supervision.heard == Heard::ByNobody)
    }
}
