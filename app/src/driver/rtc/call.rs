//! The media of one call: orders are carried out one after the other on the current connection, or on a fresh one
//! that takes over when it carries packets.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use sip_ws::io::{CallId, Candidate, Direction, MediaFailure, MediaInput, MediaRequest, MediaRequestId};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MediaStream, MediaStreamTrack, RtcSdpType};

use super::mix::Mix;
use super::peer::{News, Peer};
use super::stats::{self, Sample};
use super::{Event, Shared, Tones};
use crate::driver::bindings::DtmfExt;

/// How often a fresh connection is asked whether it carries packets, and for how long before the old one closes anyway.
const TAKEOVER_POLL_MS: u64 = 50;
const TAKEOVER_LIMIT_MS: u64 = 8_000;
/// How often tones are looked after.
const TONES_POLL_MS: u64 = 30;
/// Gap between two tones.
const DTMF_GAP_MS: u32 = 70;

pub(super) struct CallMedia {
    id: CallId,
    shared: Weak<Shared>,
    orders: RefCell<VecDeque<MediaRequest>>,
    busy: Cell<bool>,
    closed: Cell<bool>,
    /// Carries the call.
    current: RefCell<Option<Rc<Peer>>>,
    /// Negotiated anew, carries nothing yet.
    fresh: RefCell<Option<Rc<Peer>>>,
    /// Our own clone of the microphone or of silence.
    audio: RefCell<Option<MediaStreamTrack>>,
    /// What is sent instead of it, where somebody takes part.
    mix: RefCell<Option<Mix>>,
    muted: Cell<bool>,
    held: Cell<bool>,
    camera: Cell<bool>,
}

impl CallMedia {
    pub(super) fn new(id: CallId, shared: &Rc<Shared>) -> Rc<CallMedia> {
        let audio = shared.local.audio_for_call();
        Rc::new(CallMedia {
            id,
            shared: Rc::downgrade(shared),
            orders: RefCell::default(),
            busy: Cell::new(false),
            closed: Cell::new(false),
            current: RefCell::default(),
            fresh: RefCell::default(),
            audio: RefCell::new(audio),
            mix: RefCell::default(),
            muted: Cell::new(false),
            held: Cell::new(false),
            camera: Cell::new(false),
        })
    }

    pub(super) fn enqueue(self: &Rc<Self>, order: MediaRequest) {
        self.orders.borrow_mut().push_back(order);
        if self.busy.replace(true) {
            return;
        }
        let this = self.clone();
        spawn_local(async move {
            loop {
                let order = this.orders.borrow_mut().pop_front();
                match order {
                    Some(order) if !this.closed.get() => this.perform(order).await,
                    _ => break,
                }
            }
            this.busy.set(false);
        });
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        self.orders.borrow_mut().clear();
        for peer in [self.current.borrow_mut().take(), self.fresh.borrow_mut().take()].into_iter().flatten() {
            peer.close();
        }
        if let Some(track) = self.audio.borrow_mut().take() {
            track.stop();
        }
        drop(self.mix.borrow_mut().take());
    }

    /// What we say, muted or not.
    pub(super) fn own_audio(&self) -> Option<MediaStreamTrack> {
        self.audio.borrow().as_ref().map(Clone::clone)
    }

    /// Sends these tracks together, or our own sound again. Where the browser cannot mix it is our own sound alone.
    pub(super) fn mix(&self, tracks: Option<Vec<MediaStreamTrack>>) {
        let Some(shared) = self.shared.upgrade().filter(|_| !self.closed.get()) else { return };
        let mixes = self.mix.borrow().is_some();
        match tracks {
            Some(tracks) => {
                if !mixes {
                    *self.mix.borrow_mut() = Mix::new(shared.local.audio());
                }
                if let Some(mix) = self.mix.borrow().as_ref() {
                    mix.set(&tracks);
                }
                if !mixes {
                    self.send_sound();
                }
            }
            None if mixes => {
                let mix = self.mix.borrow_mut().take();
                self.send_sound();
                drop(mix);
            }
            None => {}
        }
    }

    fn outgoing(&self) -> Option<MediaStreamTrack> {
        match self.mix.borrow().as_ref() {
            Some(mix) => Some(Clone::clone(mix.track())),
            None => self.own_audio(),
        }
    }

    fn send_sound(&self) {
        let track = self.outgoing();
        self.each_peer(|peer| peer.send_audio_if_offered(track.as_ref()));
    }

    pub(super) fn mute(&self, on: bool) {
        self.muted.set(on);
        if let Some(track) = self.audio.borrow().as_ref() {
            track.set_enabled(!on);
        }
    }

    pub(super) fn hold(&self, on: bool) {
        self.held.set(on);
    }

    pub(super) fn held(&self) -> bool {
        self.held.get()
    }

    pub(super) fn send_camera(&self, on: bool) {
        self.camera.set(on);
        self.camera_changed();
    }

    pub(super) fn sends_camera(&self) -> bool {
        self.camera.get()
    }

    /// The microphone is another one, or gone: the same connections go on with a new track.
    pub(super) fn microphone_changed(&self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let track = shared.local.audio_for_call();
        if let Some(track) = &track {
            track.set_enabled(!self.muted.get());
        }
        let before = std::mem::replace(&mut *self.audio.borrow_mut(), track);
        if self.mix.borrow().is_none() {
            self.send_sound();
        }
        if let Some(before) = before {
            before.stop();
        }
    }

    pub(super) fn camera_changed(&self) {
        let track = self.camera_track();
        self.each_peer(|peer| peer.send_video(track.as_ref()));
    }

    pub(super) fn each_peer(&self, mut act: impl FnMut(&Peer)) {
        for peer in [self.current.borrow().clone(), self.fresh.borrow().clone()].into_iter().flatten() {
            act(&peer);
        }
    }

    pub(super) fn dtmf(&self, digit: char, duration_ms: u16) -> bool {
        let Some(peer) = self.current.borrow().clone().filter(|peer| peer.takes_tones()) else { return false };
        let Some(dtmf) = peer.audio_sender().and_then(|sender| sender.dtmf()) else { return false };
        let dtmf: &DtmfExt = dtmf.unchecked_ref();
        // A new insertion replaces what is not sent yet: keys pressed fast queue up.
        let tones = format!("{}{digit}", dtmf.tone_buffer());
        dtmf.insert_dtmf(&tones, duration_ms.into(), DTMF_GAP_MS).is_ok()
    }

    /// Plays a row of keys. Whether they have left; `None` where the call ended before.
    pub(super) async fn play(&self, tones: Tones) -> Option<bool> {
        let clock = self.shared.upgrade()?.clock.clone();
        let dtmf = || self.current.borrow().clone().filter(|peer| peer.takes_tones())?.audio_sender()?.dtmf();
        if dtmf().is_none() {
            return Some(false);
        }
        clock.sleep(tones.lead_ms.into()).await;
        // The connection may be another one by now.
        let dtmf = dtmf().filter(|_| !self.closed.get())?;
        let dtmf: &DtmfExt = dtmf.unchecked_ref();
        let waiting = format!("{}{}", dtmf.tone_buffer(), tones.keys);
        if dtmf.insert_dtmf(&waiting, tones.tone_ms, tones.gap_ms).is_err() {
            return Some(false);
        }
        // A tone leaves the buffer when it begins.
        while !dtmf.tone_buffer().is_empty() {
            clock.sleep(TONES_POLL_MS).await;
            if self.closed.get() {
                return None;
            }
        }
        clock.sleep(u64::from(tones.tone_ms) + TONES_POLL_MS).await;
        (!self.closed.get()).then_some(true)
    }

    pub(super) fn remote_audio(&self) -> Option<MediaStream> {
        self.current.borrow().as_ref().and_then(|peer| peer.remote_audio())
    }

    pub(super) fn remote_audio_track(&self) -> Option<MediaStreamTrack> {
        self.remote_audio().and_then(|stream| stream.get_audio_tracks().get(0).dyn_into().ok())
    }

    pub(super) fn remote_video(&self) -> Option<MediaStream> {
        self.current.borrow().as_ref().and_then(|peer| peer.remote_video())
    }

    pub(super) async fn sample(&self) -> Option<Sample> {
        let peer = self.current.borrow().clone()?;
        stats::sample(self.id, &peer.pc).await
    }

    async fn perform(self: &Rc<Self>, order: MediaRequest) {
        match order {
            MediaRequest::Offer { request, direction, video, fresh, .. } => {
                let sdp = self.offer(direction, video, fresh).await;
                self.described(request, sdp.map_err(MediaFailure::Local));
            }
            MediaRequest::Answer { request, offer, direction, video, fresh, .. } => {
                let sdp = self.answer(&offer, direction, video, fresh).await;
                self.described(request, sdp);
            }
            MediaRequest::ApplyAnswer { request, sdp, .. } => match self.apply_answer(&sdp).await {
                Ok(()) => self.report(MediaInput::Applied { call: self.id, request }),
                Err(why) => self.fail(request, MediaFailure::Incompatible(why)),
            },
            MediaRequest::AddCandidates { candidates, .. } => self.add(&candidates).await,
            MediaRequest::Rollback { .. } => self.rollback().await,
            // Done at once by the owner.
            MediaRequest::Close { .. } => {}
        }
    }

    async fn offer(self: &Rc<Self>, direction: Direction, video: Direction, fresh: bool) -> Result<String, String> {
        let spare = self.shared.upgrade().and_then(|shared| shared.spare.borrow_mut().take());
        let first = self.current.borrow().is_none();
        let peer = match (first, spare) {
            (true, Some(spare)) if video == Direction::Inactive && direction == Direction::SendRecv => {
                // It gathered ahead: its offer leaves at once.
                self.adopt(&spare);
                spare.send_audio(self.outgoing().as_ref());
                *self.current.borrow_mut() = Some(spare.clone());
                let sdp = spare.gathered().await;
                self.warm_next();
                return sdp.ok_or_else(no_relay);
            }
            (_, spare) => {
                if let (Some(spare), Some(shared)) = (spare, self.shared.upgrade()) {
                    *shared.spare.borrow_mut() = Some(spare);
                }
                self.peer(fresh, true)?
            }
        };
        peer.send_audio(self.outgoing().as_ref());
        peer.direct(direction, video, self.camera.get());
        peer.send_video(self.camera_track().as_ref());
        peer.offer().await?;
        peer.gathered().await.ok_or_else(no_relay)
    }

    async fn answer(self: &Rc<Self>, offer: &str, direction: Direction, video: bool, fresh: bool) -> Result<String, MediaFailure> {
        // A gateway of plain phones offers sound alone and speaks of no bundle.
        let peer = self.peer(fresh, offer.contains("a=group:BUNDLE")).map_err(MediaFailure::Local)?;
        peer.apply(RtcSdpType::Offer, offer).await.map_err(MediaFailure::Incompatible)?;
        peer.direct_answer(direction, video && self.camera.get());
        peer.send_audio_if_offered(self.outgoing().as_ref());
        peer.send_video(self.camera_track().as_ref());
        peer.answer().await.map_err(MediaFailure::Local)?;
        let sdp = peer.gathered().await.ok_or_else(|| MediaFailure::Local(no_relay()))?;
        self.take_over();
        Ok(sdp)
    }

    async fn apply_answer(self: &Rc<Self>, sdp: &str) -> Result<(), String> {
        let peer = match self.fresh.borrow().clone().filter(|peer| peer.offers()) {
            Some(fresh) => fresh,
            None => self.current.borrow().clone().ok_or("no offer was made")?,
        };
        // The final answer after an early one says the same again.
        if peer.offers() {
            peer.apply(RtcSdpType::Answer, sdp).await?;
            self.take_over();
        }
        Ok(())
    }

    /// Candidates are of the latest description of the other side, which a fresh connection does not have before its offer is answered;
    /// others are refused by the browser, and are no trouble.
    async fn add(&self, candidates: &[Candidate]) {
        let described = self.fresh.borrow().clone().filter(|peer| peer.knows_other());
        let latest = described.or_else(|| self.current.borrow().clone());
        let Some(peer) = latest else { return };
        for candidate in candidates {
            if peer.add_candidate(candidate).await.is_err() {
                self.odd("media: a late candidate was refused".into());
            }
        }
    }

    async fn rollback(&self) {
        let abandoned = {
            let mut fresh = self.fresh.borrow_mut();
            if fresh.as_ref().is_some_and(|peer| peer.offers()) { fresh.take() } else { None }
        };
        if let Some(peer) = abandoned {
            peer.close();
            return;
        }
        let current = self.current.borrow().clone();
        if let Some(peer) = current
            && let Err(why) = peer.rollback().await
        {
            self.odd(format!("rollback: {why}"));
        }
    }

    /// The connection to negotiate on; `bundled` as in [`Peer::new`], for a new one.
    fn peer(self: &Rc<Self>, fresh: bool, bundled: bool) -> Result<Rc<Peer>, String> {
        let shared = self.shared.upgrade().ok_or("the page is going away")?;
        let current = self.current.borrow().clone();
        // A fresh one that was negotiated and carries nothing yet is the one that counts.
        let latest = self.fresh.borrow().clone().or_else(|| current.clone());
        match latest {
            Some(peer) if !fresh => Ok(peer),
            _ => {
                let peer = shared.new_peer(bundled).ok_or("the browser makes no connection")?;
                self.adopt(&peer);
                let replaced = if current.is_some() {
                    self.fresh.borrow_mut().replace(peer.clone())
                } else {
                    self.current.borrow_mut().replace(peer.clone())
                };
                if let Some(replaced) = replaced {
                    replaced.close();
                }
                Ok(peer)
            }
        }
    }

    /// A fresh connection has been negotiated: the old one plays on until packets arrive on the new one.
    fn take_over(self: &Rc<Self>) {
        let Some(fresh) = self.fresh.borrow().clone() else { return };
        let this = self.clone();
        spawn_local(async move {
            let Some(clock) = this.shared.upgrade().map(|shared| shared.clock.clone()) else { return };
            let begun = clock.now();
            // What has arrived; nothing while that is asked. It is asked aside: Firefox may leave the question without an answer, and
            // that must not keep the old connection for good.
            let arrived = Rc::new(Cell::new(Some(0)));
            while clock.now() - begun < TAKEOVER_LIMIT_MS && matches!(arrived.get(), None | Some(0)) {
                if arrived.take().is_some() {
                    let (arrived, pc) = (arrived.clone(), fresh.pc.clone());
                    spawn_local(async move { arrived.set(Some(stats::packets_received(&pc).await)) });
                }
                clock.sleep(TAKEOVER_POLL_MS).await;
                let still = this.fresh.borrow().as_ref().is_some_and(|peer| Rc::ptr_eq(peer, &fresh));
                if this.closed.get() || !still {
                    return;
                }
            }
            let moved = this.fresh.borrow_mut().take_if(|peer| Rc::ptr_eq(peer, &fresh));
            if let Some(moved) = moved {
                let old = this.current.borrow_mut().replace(moved);
                this.refresh();
                if let Some(old) = old {
                    old.close();
                }
            }
        });
    }

    fn adopt(self: &Rc<Self>, peer: &Rc<Peer>) {
        let this = Rc::downgrade(self);
        let from = Rc::downgrade(peer);
        peer.listen(Rc::new(move |news| {
            let (Some(this), Some(from)) = (this.upgrade(), from.upgrade()) else { return };
            match news {
                News::Track => this.refresh(),
                News::Ice(state) => {
                    let latest = this.fresh.borrow().clone().or_else(|| this.current.borrow().clone());
                    if latest.is_some_and(|latest| Rc::ptr_eq(&latest, &from)) {
                        this.emit(Event::Ice { call: this.id, state });
                    }
                }
                // Whether it is of the description that counts, the agent knows.
                News::Late { complete } => {
                    if let Some(sdp) = from.described() {
                        this.report(MediaInput::Gathered { call: this.id, sdp, complete });
                    }
                }
            }
        }));
    }

    fn warm_next(&self) {
        let Some(shared) = self.shared.upgrade() else { return };
        spawn_local(async move {
            // The call comes first: gathering again would compete with its own first packets.
            shared.clock.sleep(1_500).await;
            shared.warm().await;
        });
    }

    fn camera_track(&self) -> Option<MediaStreamTrack> {
        let shared = self.shared.upgrade().filter(|_| self.camera.get())?;
        shared.local.camera_track()
    }

    fn described(&self, request: MediaRequestId, sdp: Result<String, MediaFailure>) {
        match sdp {
            Ok(sdp) => self.report(MediaInput::LocalDescription { call: self.id, request, sdp }),
            Err(failure) => self.fail(request, failure),
        }
    }

    fn fail(&self, request: MediaRequestId, failure: MediaFailure) {
        // The browser quotes the peer's description in its reason, addresses included: that is not for the log.
        self.odd(match &failure {
            MediaFailure::Incompatible(_) => "media: the peer's description was refused".into(),
            MediaFailure::Local(why) => format!("media: {why}"),
        });
        self.report(MediaInput::Failed { call: self.id, request, failure });
    }

    fn report(&self, input: MediaInput) {
        if !self.closed.get() {
            self.emit(Event::Media(input));
        }
    }

    fn odd(&self, text: String) {
        self.emit(Event::Odd(text));
    }

    fn emit(&self, event: Event) {
        if let Some(shared) = self.shared.upgrade() {
            (shared.sink)(event);
        }
    }

    fn refresh(&self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.refresh();
        }
    }
}

fn no_relay() -> String {
    "no relay candidate".into()
}
