//! What each event changes. One file per subject; what follows from the state as a whole is settled here.

mod access;
mod callers;
mod calls;
mod devices;
mod doors;
mod feed;
mod fitness;
mod floor;
mod history;
mod link;
mod media;
mod reload;
mod session;
mod sip;
mod supervise;
mod transfer;
mod unasked;
mod visitor;
mod work;

pub(super) use self::floor::put;

use super::Desk;
use super::action::Action;
use super::call::{Stage, Unasked};
use super::effect::{Effect, Sound, SoundKind};
use super::event::{Event, Start};
use super::settings::{DeviceKind, Settings, Theme};
use super::state::{Session, Visit};
use super::view::desk::Notice;
use super::view::device_check::DeviceState;
use super::view::session::Shift;

/// What was last asked for, so that only changes are asked for again.
#[derive(Debug, Default)]
pub(super) struct Settled {
    microphone: bool,
    camera: bool,
    meter: bool,
    sound: Option<Sound>,
    warn_on_leave: bool,
}

impl Desk {
    pub(super) fn update(&mut self, event: Event) {
        match event {
            Event::Started(start) => self.started(start),
            Event::Action(action) => self.act(action),
            Event::Tick => self.tick(),
            Event::Session(result) => self.session_known(result),
            Event::SignedIn(result) => self.signed_in(result),
            Event::SignedOut(result) => self.signed_out(&result),
            Event::Profile(result) => self.profile_loaded(result),
            Event::History { before, page } => self.history_loaded(before.as_deref(), page),
            Event::Callers { queue, after, part } => self.callers_loaded(&queue, after.as_ref(), part),
            Event::Doors(result) => self.doors_loaded(result),
            Event::ReleaseSent { ask, id } => self.release_sent(ask, id),
            Event::ReleaseAnswered { ask, result } => self.release_answered(ask, result),
            Event::TonesPlayed { ask, sent } => self.tones_played(ask, sent),
            Event::Access { find, before, page } => self.access_loaded(&find, before.as_deref(), page),
            Event::VisitorQueue(result) => self.visitor_queue(result),
            Event::VisitorProfile(result) => self.visitor_profile(result),
            Event::Figures(result) => self.figures_loaded(result),
            Event::Feed(frame) => self.feed_frame(*frame),
            Event::FeedClosed { signed_out } => self.feed_closed(signed_out),
            Event::Sip(event) => self.sip(event),
            Event::DevicesListed(list) => self.devices_listed(list),
            Event::DeviceOpened(kind) => self.device_opened(kind),
            Event::DeviceFailed(kind, fault) => self.device_failed(kind, fault),
            Event::DeviceLost(kind) => self.device_lost(kind),
            Event::DeviceAllowed(kind, allowed) => self.device_allowed(kind, allowed),
            Event::SoundLocked(locked) => self.sound_said(locked, self.state.sound.refused && locked),
            Event::SoundBegun => self.sound_said(false, self.state.sound.refused),
            Event::Beeped { call, heard } => self.beeped(call, heard),
            Event::PlayRefused => self.sound_changed(self.state.sound.locked, true),
            Event::Samples(samples) => self.sampled(samples),
            Event::Ice { call, state } => self.ice_changed(call, state),
            Event::Online => self.network(true),
            Event::Offline => self.network(false),
            Event::Gesture => {
                if self.state.sound.silent() {
                    self.effect(Effect::UnlockSound);
                }
            }
            Event::Leaving => self.leaving(),
            Event::Log(text) => self.state.log(text),
            Event::Fault(why) => {
                self.state.log(why);
                self.state.notice(Notice::Internal);
            }
        }
    }

    fn started(&mut self, start: Start) {
        self.state.settings = start.settings;
        self.state.settings.speak_one_of(&start.languages);
        self.state.online = start.online;
        self.state.jitter = start.seed | 1;
        self.state.resume = start.resume;
        // Another page of the same session counts from elsewhere.
        self.state.orders.last = start.seed >> 12;
        self.effect(Effect::ApplySettings(self.state.settings.clone()));
        self.effect(Effect::Speaker(self.state.settings.speaker.clone()));
        match (start.visitor, start.session) {
            (Some(path), _) => self.visit(path),
            (None, Some(me)) => self.enter(*me),
            (None, None) => self.effect(Effect::LoadSession),
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::SignIn { user, password, new_password } => self.sign_in(user, password, new_password),
            Action::SignOut => self.sign_out(),
            Action::SetLanguage(language) => self.change_settings(|settings| settings.language = Some(language)),
            Action::SetTheme(theme) => self.change_settings(|settings| settings.theme = theme),
            Action::SetRingVolume(volume) => self.change_settings(|settings| settings.ring_volume = volume.min(100)),
            Action::SetAutoAnswer(on) => self.change_settings(|settings| settings.auto_answer = on),
            Action::CheckDevices => self.check_devices(),
            Action::SelectDevice { kind, id } => self.select_device(kind, id),
            Action::WatchDevices(on) => self.state.devices.watched = on,
            Action::TestRing => self.test_ring(),
            Action::StartShift => self.start_shift(),
            Action::EndShift => self.end_shift(),
            Action::Dial { target, video } => self.dial(&target, video),
            Action::Answer { call, video } => self.answer(call, video),
            Action::Reject { call } => self.reject(call),
            Action::HangUp { call } => self.hang_up(call),
            Action::Mute { call, on } => self.mute(call, on),
            Action::Hold { call, on } => self.hold(call, on),
            Action::Transfer { call, target } => self.transfer(call, &target),
            Action::Connect { call, with } => self.connect(call, with),
            Action::Follow { call, accept } => self.follow(call, accept),
            Action::Camera { call, on } => self.camera(call, on),
            Action::Dtmf { call, digit } => self.dtmf(call, digit),
            Action::DismissCall { call } => self.state.calls.retain(|known| known.key != call || known.live()),
            Action::DismissNotice(notice) => self.state.clear_notice(|known| *known == notice),
            Action::ReconnectNow => self.reconnect_now(),
            Action::VisitorCall { name } => self.visitor_call(&name),
            Action::Ready => self.be_ready(),
            Action::Pause { reason } => self.pause(reason),
            Action::FinishWrapUp { contact, disposition, note } => self.finish_wrap_up(contact, disposition, note),
            Action::ExtendWrapUp { contact } => self.order(wire::Order::ExtendWrapUp { contact }),
            Action::Steer(wish) => self.steer(wish.into()),
            Action::ListCallers(queue) => self.list_callers(queue),
            Action::TurnCallers(on) => self.turn_callers(on),
            Action::Seen { told } => self.seen(told),
            Action::OpenDoor { door, relay, code, call } => self.open_door(door, relay, code, call),
            Action::LoadDoors => self.load_doors(),
            Action::FindAccess { find } => self.find_access(&find),
            Action::MoreAccess => self.more_access(),
            Action::OpenHistory => self.open_history(),
            Action::MoreHistory => self.more_history(),
            Action::WatchDiagnostics(on) => self.state.diagnostics = on,
            Action::DownloadRecording => self.effect(Effect::Download),
        }
    }

    fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let before = self.state.settings.clone();
        change(&mut self.state.settings);
        if self.state.settings != before {
            self.effect(Effect::SaveSettings(self.state.settings.clone()));
            self.effect(Effect::ApplySettings(self.state.settings.clone()));
        }
    }

    fn tick(&mut self) {
        self.tick_session();
        self.tick_visitor();
        self.tick_link();
        self.tick_feed();
        self.tick_calls();
        self.tick_unasked();
        self.tick_media();
        self.tick_doors();
        self.tick_callers();
        if self.state.sound.test_until.is_some_and(|until| until <= self.state.now) {
            self.state.sound.test_until = None;
        }
    }

    /// What follows from the state as a whole: devices in use, sounds, the question before leaving.
    pub(super) fn settle(&mut self) {
        if !self.state.calls.iter().any(|call| call.live()) {
            self.expire_if_due();
        }
        self.settle_visitor();
        let signed_in = matches!(self.state.session, Session::In(_));
        let visiting =
            matches!(&self.state.session, Session::Visitor(visitor) if matches!(visitor.visit, Visit::Preparing | Visit::Calling(_)));
        let microphone = signed_in || visiting;
        let checking = self.state.shift() == Some(Shift::Off) || (signed_in && self.state.devices.watched);
        let live = self.state.calls.iter().any(|call| call.live());

        if self.settled.microphone != microphone {
            self.settled.microphone = microphone;
            self.switch_device(DeviceKind::Microphone, microphone);
        }
        self.check_microphone();
        let camera = checking || self.state.calls.iter().any(|call| call.live() && call.camera);
        if self.settled.camera != camera {
            self.settled.camera = camera;
            self.switch_device(DeviceKind::Camera, camera);
        }
        let meter = checking && self.state.devices.microphone == DeviceState::Ready;
        if self.settled.meter != meter {
            self.settled.meter = meter;
            self.effect(Effect::Meter(meter));
        }
        let sound = self.wanted_sound();
        if self.settled.sound != sound {
            self.settled.sound = sound;
            self.effect(Effect::Sound(sound));
        }
        if self.settled.warn_on_leave != live {
            self.settled.warn_on_leave = live;
            self.effect(Effect::WarnOnLeave(live));
        }
        self.settle_phone();
    }

    fn wanted_sound(&self) -> Option<Sound> {
        let volume = self.state.settings.ring_volume;
        let any = |stage| self.state.calls.iter().any(|call| call.stage == stage);
        let kind = if self.state.sound.test_until.is_some() {
            SoundKind::Ring
        } else if self.state.calls.iter().any(|call| call.stage == Stage::Incoming && call.unasked != Unasked::Beep) {
            match self.state.calls.iter().any(|call| call.takes_microphone()) {
                true => SoundKind::Waiting,
                false => SoundKind::Ring,
            }
        } else if self
            .state
            .calls
            .iter()
            .any(|call| call.place.is_some() && (call.stage == Stage::Ringing || call.waits() && call.takes_microphone()))
        {
            return Some(Sound { kind: SoundKind::Queue, volume: 100 });
        } else if any(Stage::Ringing) {
            return Some(Sound { kind: SoundKind::Ringback, volume: 100 });
        } else {
            return None;
        };
        Some(Sound { kind, volume })
    }
}

impl Theme {
    /// Value of the document's `data-theme`; absent for the system's choice.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Theme::System => None,
            Theme::Light => Some("light"),
            Theme::Dark => Some("dark"),
        }
    }
}
