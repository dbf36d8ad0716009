//! One `RTCPeerConnection` with its two transceivers, what it receives and what it gathered.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise};
use sip_ws::io::{Candidate, Direction};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, MediaStreamTrack, RtcBundlePolicy, RtcConfiguration, RtcIceGatheringState, RtcIceServer, RtcIceTransportPolicy,
    RtcPeerConnection, RtcPeerConnectionIceEvent, RtcRtpTransceiver, RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType,
    RtcSessionDescriptionInit, RtcSignalingState, RtcTrackEvent,
};

use super::Ice;
use super::gather::{Found, Kinds, Next};
use crate::driver::bindings::{PeerConnectionExt, SenderExt, TransceiverExt, describe, set};
use crate::driver::clock::{Clock, Timer};
use crate::driver::listen::Listener;

/// What a connection reports to its call.
pub(super) enum News {
    /// Another track arrived.
    Track,
    /// The ICE state changed.
    Ice(String),
    /// A candidate was found after the description had left, or all of them.
    Late {
        /// There are no more.
        complete: bool,
    },
}

/// Who hears the news.
type Listening = Rc<dyn Fn(News)>;

/// One connection.
pub(super) struct Peer {
    pub(super) pc: RtcPeerConnection,
    /// Given when it was made, and the same ever after.
    bundle: RtcBundlePolicy,
    clock: Clock,
    kinds: Kinds,
    begun: Cell<u64>,
    found: Found,
    /// A description has left; candidates from now on are late.
    sent: Cell<bool>,
    waker: RefCell<Option<Function>>,
    news: RefCell<Option<Listening>>,
    audio: RefCell<Option<RtcRtpTransceiver>>,
    video: RefCell<Option<RtcRtpTransceiver>>,
    remote_audio: RefCell<Option<MediaStream>>,
    remote_video: RefCell<Option<MediaStream>>,
    /// Groups what we send, so that the other side plays sound and picture in step.
    stream: Option<MediaStream>,
    listeners: RefCell<Vec<Listener>>,
}

impl Peer {
    /// `bundled`: sound and picture share one way. The other side must know that: some browsers refuse a description that does not.
    pub(super) fn new(ice: &Ice, kinds: Kinds, clock: &Clock, bundled: bool) -> Result<Rc<Peer>, JsValue> {
        let bundle = if bundled { RtcBundlePolicy::MaxBundle } else { RtcBundlePolicy::Balanced };
        let pc = RtcPeerConnection::new_with_configuration(&configuration(ice, bundle))?;
        let peer = Rc::new(Peer {
            pc,
            bundle,
            clock: clock.clone(),
            kinds,
            begun: Cell::new(clock.now()),
            found: Found::default(),
            sent: Cell::new(false),
            waker: RefCell::default(),
            news: RefCell::default(),
            audio: RefCell::default(),
            video: RefCell::default(),
            remote_audio: RefCell::default(),
            remote_video: RefCell::default(),
            stream: MediaStream::new().ok(),
            listeners: RefCell::default(),
        });
        let on = |name, handle: fn(&Rc<Peer>, web_sys::Event)| {
            let weak = Rc::downgrade(&peer);
            Listener::new(&peer.pc, name, move |event| {
                if let Some(peer) = weak.upgrade() {
                    handle(&peer, event);
                }
            })
        };
        *peer.listeners.borrow_mut() = vec![
            on("icecandidate", Peer::candidate),
            on("icegatheringstatechange", |peer, _| {
                if peer.pc.ice_gathering_state() == RtcIceGatheringState::Complete {
                    peer.found.finish();
                    peer.wake();
                    if peer.sent.get() {
                        peer.report(News::Late { complete: true });
                    }
                }
            }),
            on("iceconnectionstatechange", |peer, _| {
                let state = crate::driver::bindings::get(&peer.pc, "iceConnectionState").as_string();
                peer.report(News::Ice(state.unwrap_or_default()));
            }),
            on("track", Peer::track),
        ];
        Ok(peer)
    }

    /// Who hears about this connection.
    pub(super) fn listen(&self, news: Listening) {
        *self.news.borrow_mut() = Some(news);
    }

    pub(super) fn reconfigure(&self, ice: &Ice) {
        let _ = self.pc.unchecked_ref::<PeerConnectionExt>().set_configuration(&configuration(ice, self.bundle));
    }

    /// Offers audio with this track, or changes the track.
    pub(super) fn send_audio(&self, track: Option<&MediaStreamTrack>) {
        if self.audio.borrow().is_none() {
            *self.audio.borrow_mut() = self.add("audio");
        }
        replace(self.audio.borrow().as_ref(), track);
    }

    /// Changes the track of the sound, where there is sound: an answer adds nothing.
    pub(super) fn send_audio_if_offered(&self, track: Option<&MediaStreamTrack>) {
        replace(self.audio.borrow().as_ref(), track);
    }

    /// Changes the track of the picture, where there is a picture.
    pub(super) fn send_video(&self, track: Option<&MediaStreamTrack>) {
        replace(self.video.borrow().as_ref(), track);
    }

    /// Wanted directions for the next offer. Video is added when wanted and never taken out of the description.
    pub(super) fn direct(&self, direction: Direction, video: Direction, camera: bool) {
        set_direction(self.audio.borrow().as_ref(), direction);
        if video != Direction::Inactive && self.video.borrow().is_none() {
            *self.video.borrow_mut() = self.add("video");
        }
        let picture = if camera { Direction::SendRecv } else { Direction::RecvOnly };
        set_direction(self.video.borrow().as_ref(), both(direction, both(video, picture)));
    }

    /// Wanted directions for an answer: the first audio and the first video of the offer, the rest is not used.
    pub(super) fn direct_answer(&self, direction: Direction, camera: bool) {
        let (mut audio, mut video) = (None, None);
        for transceiver in self.transceivers() {
            let slot = if transceiver.receiver().track().kind() == "audio" { &mut audio } else { &mut video };
            if slot.is_none() {
                *slot = Some(transceiver);
            } else {
                set_direction(Some(&transceiver), Direction::Inactive);
            }
        }
        for transceiver in [&audio, &video].into_iter().flatten() {
            if let Some(stream) = &self.stream {
                let sender = transceiver.sender();
                let _ = sender.unchecked_ref::<SenderExt>().set_streams(stream);
            }
        }
        set_direction(audio.as_ref(), direction);
        let picture = if camera { Direction::SendRecv } else { Direction::RecvOnly };
        set_direction(video.as_ref(), both(direction, picture));
        *self.audio.borrow_mut() = audio;
        *self.video.borrow_mut() = video;
    }

    /// Creates and sets an offer; gathering begins.
    pub(super) async fn offer(&self) -> Result<(), String> {
        let offer = promise(self.pc.create_offer()).await?;
        self.set_local(&offer).await
    }

    /// Creates and sets an answer to the offer that was applied.
    pub(super) async fn answer(&self) -> Result<(), String> {
        let answer = promise(self.pc.create_answer()).await?;
        self.set_local(&answer).await
    }

    /// Applies a description of the other side.
    pub(super) async fn apply(&self, kind: RtcSdpType, sdp: &str) -> Result<(), String> {
        let description = RtcSessionDescriptionInit::new(kind);
        description.set_sdp(sdp);
        promise(self.pc.set_remote_description(&description)).await.map(drop)
    }

    /// Forgets our offer.
    pub(super) async fn rollback(&self) -> Result<(), String> {
        if self.pc.signaling_state() != RtcSignalingState::HaveLocalOffer {
            return Ok(());
        }
        let description = RtcSessionDescriptionInit::new(RtcSdpType::Rollback);
        promise(self.pc.set_local_description(&description)).await.map(drop)
    }

    /// The local description as soon as it may leave.
    pub(super) async fn gathered(&self) -> Option<String> {
        loop {
            match self.found.next(self.kinds, self.begun.get(), self.clock.now()) {
                Next::Send => break,
                Next::GiveUp => return None,
                Next::Wait(ms) => self.nap(ms).await,
            }
        }
        self.sent.set(true);
        self.described()
    }

    /// The local description as it is now.
    pub(super) fn described(&self) -> Option<String> {
        self.pc.local_description().map(|description| description.sdp())
    }

    /// Adds a candidate that came after the other side's description, or that there are no more.
    pub(super) async fn add_candidate(&self, candidate: &Candidate) -> Result<(), String> {
        let init = Object::new();
        set(&init, "candidate", &JsValue::from_str(&candidate.text));
        set(&init, "usernameFragment", &JsValue::from_str(&candidate.ufrag));
        if !candidate.mid.is_empty() {
            set(&init, "sdpMid", &JsValue::from_str(&candidate.mid));
        }
        let added = self.pc.unchecked_ref::<PeerConnectionExt>().add_ice_candidate(&init);
        promise(added.map_err(|error| describe(&error))?).await.map(drop)
    }

    /// The other side has described itself.
    pub(super) fn knows_other(&self) -> bool {
        self.pc.remote_description().is_some()
    }

    pub(super) fn offers(&self) -> bool {
        self.pc.signaling_state() == RtcSignalingState::HaveLocalOffer
    }

    pub(super) fn audio_sender(&self) -> Option<web_sys::RtcRtpSender> {
        self.audio.borrow().as_ref().map(RtcRtpTransceiver::sender)
    }

    /// Whether the other side takes tones inside of the sound (RFC 4733).
    pub(super) fn takes_tones(&self) -> bool {
        self.pc.remote_description().is_some_and(|description| description.sdp().contains("telephone-event/"))
    }

    pub(super) fn remote_audio(&self) -> Option<MediaStream> {
        self.remote_audio.borrow().as_ref().map(Clone::clone)
    }

    pub(super) fn remote_video(&self) -> Option<MediaStream> {
        self.remote_video.borrow().as_ref().map(Clone::clone)
    }

    pub(super) fn close(&self) {
        self.listeners.borrow_mut().clear();
        *self.news.borrow_mut() = None;
        self.wake();
        self.pc.close();
    }

    fn transceivers(&self) -> Vec<RtcRtpTransceiver> {
        self.pc.get_transceivers().iter().map(JsCast::unchecked_into).collect()
    }

    fn add(&self, kind: &str) -> Option<RtcRtpTransceiver> {
        let init = RtcRtpTransceiverInit::new();
        init.set_direction(RtcRtpTransceiverDirection::Sendrecv);
        if let Some(stream) = &self.stream {
            init.set_streams(&Array::of1(stream));
        }
        self.pc.unchecked_ref::<PeerConnectionExt>().add_transceiver(kind, &init).ok()
    }

    async fn set_local(&self, description: &JsValue) -> Result<(), String> {
        if self.pc.local_description().is_none() {
            self.begun.set(self.clock.now());
        }
        promise(self.pc.set_local_description(description.unchecked_ref())).await.map(drop)
    }

    fn candidate(self: &Rc<Self>, event: web_sys::Event) {
        let Some(candidate) = event.dyn_ref::<RtcPeerConnectionIceEvent>().and_then(RtcPeerConnectionIceEvent::candidate) else {
            return;
        };
        let line = candidate.candidate();
        if line.is_empty() {
            return;
        }
        self.found.note(&line, self.kinds, self.clock.now());
        self.wake();
        if self.sent.get() {
            self.report(News::Late { complete: false });
        }
    }

    fn track(self: &Rc<Self>, event: web_sys::Event) {
        let Some(event) = event.dyn_ref::<RtcTrackEvent>() else { return };
        let track = event.track();
        let Ok(stream) = MediaStream::new() else { return };
        stream.add_track(&track);
        let slot = if track.kind() == "audio" { &self.remote_audio } else { &self.remote_video };
        *slot.borrow_mut() = Some(stream);
        self.report(News::Track);
    }

    fn report(&self, news: News) {
        let listener = self.news.borrow().clone();
        if let Some(listener) = listener {
            listener(news);
        }
    }

    /// Sleeps until a candidate comes or time is over.
    async fn nap(&self, ms: u64) {
        let timer: RefCell<Option<Timer>> = RefCell::new(None);
        let woken = Promise::new(&mut |resolve, _| {
            let wake = resolve.clone();
            *timer.borrow_mut() = Some(self.clock.after(ms, move || {
                let _ = wake.call0(&JsValue::UNDEFINED);
            }));
            *self.waker.borrow_mut() = Some(resolve);
        });
        let _ = JsFuture::from(woken).await;
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            let _ = waker.call0(&JsValue::UNDEFINED);
        }
    }
}

/// The browser's form of our ICE settings.
fn configuration(ice: &Ice, bundle: RtcBundlePolicy) -> RtcConfiguration {
    let configuration = RtcConfiguration::new();
    let servers = Array::new();
    for server in &ice.servers {
        let entry = RtcIceServer::new();
        entry.set_urls(&server.urls.iter().map(|url| JsValue::from_str(url)).collect::<Array>());
        if let Some(username) = &server.username {
            entry.set_username(username);
        }
        if let Some(credential) = &server.credential {
            entry.set_credential(credential);
        }
        servers.push(&entry);
    }
    configuration.set_ice_servers(&servers);
    configuration.set_bundle_policy(bundle);
    configuration.set_ice_transport_policy(match ice.relay_only {
        true => RtcIceTransportPolicy::Relay,
        false => RtcIceTransportPolicy::All,
    });
    configuration
}

async fn promise(promise: Promise) -> Result<JsValue, String> {
    JsFuture::from(promise).await.map_err(|error| describe(&error))
}

fn replace(transceiver: Option<&RtcRtpTransceiver>, track: Option<&MediaStreamTrack>) {
    let Some(transceiver) = transceiver else { return };
    let replaced = transceiver.sender().replace_track(track);
    // Fails only on a stopped sender, which sends nothing anyway.
    wasm_bindgen_futures::spawn_local(async move { drop(JsFuture::from(replaced).await) });
}

fn set_direction(transceiver: Option<&RtcRtpTransceiver>, direction: Direction) {
    let Some(transceiver) = transceiver else { return };
    let direction = match direction {
        Direction::SendRecv => RtcRtpTransceiverDirection::Sendrecv,
        Direction::SendOnly => RtcRtpTransceiverDirection::Sendonly,
        Direction::RecvOnly => RtcRtpTransceiverDirection::Recvonly,
        Direction::Inactive => RtcRtpTransceiverDirection::Inactive,
    };
    let _ = transceiver.unchecked_ref::<TransceiverExt>().set_direction(direction);
}

/// What both allow.
fn both(a: Direction, b: Direction) -> Direction {
    let sends = |direction| matches!(direction, Direction::SendRecv | Direction::SendOnly);
    let receives = |direction| matches!(direction, Direction::SendRecv | Direction::RecvOnly);
    match (sends(a) && sends(b), receives(a) && receives(b)) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}
