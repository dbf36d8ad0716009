//! Carries out what the desk asks for.

use std::rc::Rc;

use sip_ws::Agent;
use sip_ws::io::{self, Credentials, Profile};
use wire::{DeskProfile, ReleaseRequest, VisitorWish};

use super::{Runner, convert, shared};
use crate::desk::effect::{Effect, ReleaseOrder};
use crate::desk::event::Event;
use crate::driver::{devices, http, lease, notify, page, random, rtc, storage};

/// Seconds asked for in REGISTER. Short enough that a crashed tab is forgotten soon.
const REGISTER_EXPIRES: u32 = 300;
/// Seconds of the session timer that is offered to a foreign exchange (RFC 4028): a call that nobody refreshes ends.
const SESSION_EXPIRES: u32 = 1_800;
/// Length of a tone: what door stations ask for at least.
const DTMF_MS: u16 = 160;
const NO_RANDOMNESS: &str = "no secure randomness in this browser";
const DEFAULT_SESSION_HEADER: &str = "Session-ID";

impl Runner {
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::LoadSession => self.http.send(http::Request::Session),
            Effect::SignIn { user, password, new_password } => self.http.send(http::Request::SignIn { user, password, new_password }),
            Effect::SignOut => self.http.send(http::Request::SignOut),
            Effect::LoadProfile => self.http.send(http::Request::Profile),
            Effect::LoadHistory { before } => self.http.send(http::Request::History { before }),
            Effect::LoadCallers { queue, after } => self.http.send(http::Request::Callers { queue, after }),

            Effect::LoadDoors => self.http.send(http::Request::Doors),
            Effect::Release(order) => self.release(*order),
            Effect::PlayTones { ask, call, tones } => {
                self.rtc.play(convert::id(call), ask, convert::tones(&tones));
            }
            Effect::TellPlayed { ask, door, played } => self.http.send(http::Request::Played { ask, door, played }),
            Effect::LoadAccess { before, find } => self.http.send(http::Request::Access { find, before }),

            Effect::LoadVisitorQueue { path } => self.http.send(http::Request::VisitorQueue { path }),
            Effect::LoadVisitorProfile { path, place, guest } => {
                self.http.send(http::Request::VisitorProfile { path, wish: VisitorWish { place, guest } });
            }
            Effect::LoadFigures => self.http.send(http::Request::Figures),

            Effect::OpenFeed(phone) => self.feed.connect(phone),
            Effect::SendFeed(frame) => self.feed.send(&frame),
            Effect::CloseFeed => self.feed.close(),

            Effect::StartAgent(profile) => self.start_agent(&profile),
            Effect::Agent(command) => self.agent_inputs.push_back(io::Input::Command(command)),
            Effect::Credentials(credentials) => self.agent_inputs.push_back(io::Input::Credentials(credentials)),
            Effect::Network(network) => self.agent_inputs.push_back(io::Input::Network(network)),
            Effect::DropAgent => self.agent_leaving = self.agent.is_some(),
            Effect::Keep(person) => self.kept.set_person(person, None),
            Effect::KeepVisit { guest, visit } => self.kept.set_person(Some(guest), Some(visit)),

            Effect::Ice(settings) => self.rtc.set_ice(convert::ice(settings)),
            Effect::Warm => self.rtc.warm(),
            Effect::Cool => self.rtc.cool(),
            Effect::Mute { call, on } => self.rtc.mute(convert::id(call), on),
            Effect::Hold { call, on } => self.rtc.hold(convert::id(call), on),
            Effect::Supervise { call, of, mode } => {
                let heard = convert::heard(mode);
                self.rtc.supervise(rtc::Supervision { leg: convert::id(call), of: convert::id(of), heard });
            }
            Effect::SendCamera { call, on } => self.rtc.send_camera(convert::id(call), on),
            Effect::Dtmf { call, digit } => {
                let call = convert::id(call);
                if !self.rtc.dtmf(call, digit, DTMF_MS) {
                    let by_info = io::Command::Dtmf { call, digit, duration_ms: DTMF_MS };
                    self.agent_inputs.push_back(io::Input::Command(by_info));
                }
            }
            Effect::Sample => self.rtc.sample(),

            Effect::ListDevices => self.devices.list(),
            Effect::OpenDevice { kind, id } => self.devices.open(convert::device(kind), id),
            Effect::CloseDevice(kind) => {
                let kind = convert::device(kind);
                self.devices.close(kind);
                self.use_device(kind);
            }
            Effect::Meter(on) => {
                self.metering = on;
                self.measure();
            }
            Effect::Speaker(id) => self.rtc.set_speaker(id),

            Effect::Sound(Some(sound)) => {
                self.audio.play(convert::tone(sound.kind), f32::from(sound.volume) / 100.0);
            }
            Effect::Sound(None) => self.audio.stop(),
            Effect::UnlockSound => self.audio.unlock(),
            Effect::TrySound => self.audio.try_sound(),
            Effect::Beep(call) => self.audio.beep(convert::id(call)),
            Effect::AskNotify => notify::ask(),

            Effect::SaveSettings(settings) => {
                shared::save(&settings);
            }
            Effect::ApplySettings(settings) => shared::apply(&settings),
            Effect::WarnOnLeave(on) => self.page.warn_on_leave(on),
            Effect::Download => {
                let _ = page::download("portico-recording.txt", &self.recorder.export());
            }
            Effect::Reload => page::reload(),
        }
    }

    /// Tells media about the device that is open now, or that none is.
    pub(super) fn use_device(&mut self, kind: devices::Kind) {
        match kind {
            devices::Kind::Microphone | devices::Kind::Speaker => {
                self.rtc.set_microphone(self.devices.track(devices::Kind::Microphone));
                self.measure();
            }
            devices::Kind::Camera => self.rtc.set_camera(self.devices.stream(kind)),
        }
    }

    /// The desk learns the id before anything leaves: no answer is needed to recognise what the feed says of it.
    fn release(&mut self, order: ReleaseOrder) {
        let ReleaseOrder { ask, id, door, relay, code, call, test, server_now } = order;
        let id = match id {
            Some(id) => id,
            None => match random::uuid_at(server_now) {
                Some(id) => {
                    self.desk_events.push_back(Event::ReleaseSent { ask, id: id.clone() });
                    id
                }
                None => return self.desk_events.push_back(Event::Fault(NO_RANDOMNESS)),
            },
        };
        let body = ReleaseRequest { id, relays: vec![relay], code, call, reason: String::new(), test };
        self.http.send(http::Request::Release { ask, door, body: Box::new(body) });
    }

    fn measure(&self) {
        let stream = self.devices.stream(devices::Kind::Microphone).filter(|_| self.metering);
        self.audio.measure(stream.as_ref());
    }

    fn start_agent(&mut self, profile: &DeskProfile) {
        let (Some(seed), Some(pace)) = (random::seed(), random::seed()) else {
            self.desk_events.push_back(Event::Fault(NO_RANDOMNESS));
            return;
        };
        let sip = &profile.sip;
        let other_header = Some(&sip.session_id_header).filter(|name| !name.eq_ignore_ascii_case(DEFAULT_SESSION_HEADER));
        let profile = Profile {
            websocket_url: sip.websocket_url.clone(),
            further_urls: sip.further_urls.clone(),
            aor: format!("sip:{}@{}", sip.user, sip.domain),
            display_name: Some(sip.display_name.clone()).filter(|name| !name.is_empty()),
            anonymous: false,
            registrar: None,
            credentials: vec![Credentials {
                user: sip.auth_user.clone(),
                password: sip.auth_password.expose().to_owned(),
                realm: sip.realm.clone(),
            }],
            instance: self.instance_id(),
            register_expires: REGISTER_EXPIRES,
            user_agent: concat!("Portico/", env!("CARGO_PKG_VERSION")).to_owned(),
            session_id_header: other_header.cloned(),
            session_expires: Some(SESSION_EXPIRES),
            gruu: false,
            trusted: sip.trusted.clone(),
            supervised: sip.exchange,
        };
        // Orders for an agent before this one are pointless now.
        self.agent_inputs.clear();
        self.socket.drop_all();
        let kept = self.kept.stored();
        self.recorder.agent(self.clock.now(), &profile, pace, !kept.is_empty());
        let mut agent = Agent::with_pace(profile, seed, pace);
        if !kept.is_empty() {
            agent.restore(io::Millis(self.clock.now()), kept);
        }
        self.agent = Some(agent);
        self.agent_leaving = false;
        self.agent_timer = None;
        self.drain_agent();
    }

    /// Id of this tab as a SIP device.
    fn instance_id(&mut self) -> String {
        let made = || {
            let id = format!("urn:uuid:{}", random::uuid().unwrap_or_default());
            // Nobody else can have it; held, so that a copy of this tab does not take it.
            lease::claim(&id, Rc::new(|_| {}));
            storage::save_instance(&id);
            id
        };
        self.instance.get_or_insert_with(made).clone()
    }
}
