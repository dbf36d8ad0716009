//! The shift: profile, agent, registration, network.

use sip_ws::io::{Command, Credentials, LinkState, Network, RegistrationFailure, RegistrationState};
use wire::DeskProfile;

use crate::desk::effect::Effect;
use crate::desk::event::Failure;
use crate::desk::state::{Link, Session};
use crate::desk::view::desk::Notice;
use crate::desk::view::session::Shift;
use crate::desk::{Desk, Millis};

/// Fresh credentials are fetched this long before the old ones end.
const REFRESH_AHEAD_MS: i64 = 60_000;
/// At least this long between two fetches.
const REFRESH_GAP_MS: Millis = 5_000;

impl Desk {
    pub(super) fn start_shift(&mut self) {
        if self.state.shift() != Some(Shift::Off) {
            return;
        }
        self.effect(Effect::UnlockSound);
        self.effect(Effect::AskNotify);
        self.open_shift();
    }

    /// Begins the shift, by the button or by itself after a reload.
    pub(super) fn open_shift(&mut self) {
        let Session::In(signed_in) = &mut self.state.session else { return };
        signed_in.shift = Shift::Starting;
        self.state.sound.test_until = None;
        self.state.clear_notice(|notice| *notice == Notice::NotConnected);
        self.load_profile();
    }

    pub(super) fn end_shift(&mut self) {
        let Session::In(signed_in) = &mut self.state.session else { return };
        signed_in.shift = Shift::Off;
        self.leave_work();
        self.stop_agent();
        self.effect(Effect::Keep(None));
        self.state.calls.clear();
        self.state.supervisors.clear();
        self.state.link = Link::default();
        self.state.samples.clear();
        self.effect(Effect::Cool);
    }

    /// Unregisters; the agent hangs up what is running and goes when its socket is closed.
    pub(super) fn stop_agent(&mut self) {
        if self.state.link.running {
            self.effect(Effect::Agent(Command::Stop));
            self.effect(Effect::DropAgent);
        }
    }

    pub(super) fn profile_loaded(&mut self, result: Result<Box<DeskProfile>, Failure>) {
        if !std::mem::take(&mut self.state.link.loading) {
            return;
        }
        let shift = self.state.shift();
        match result {
            Ok(profile) => match shift {
                Some(Shift::Starting) => self.begin(profile),
                Some(Shift::On) => self.renew(profile),
                Some(Shift::Off) | None => {}
            },
            Err(failure) => {
                self.state.log(format!("profile refused: {:?}", failure.status));
                if failure.signed_out() {
                    self.expire();
                } else if shift == Some(Shift::Starting) {
                    self.state.notice(Notice::NotConnected);
                } else {
                    self.state.link.refresh_at = Some(self.state.now + REFRESH_GAP_MS);
                }
                if let Session::In(signed_in) = &mut self.state.session
                    && signed_in.shift == Shift::Starting
                {
                    signed_in.shift = Shift::Off;
                    signed_in.resuming = false;
                }
            }
        }
    }

    pub(super) fn link_changed(&mut self, state: LinkState) {
        if !self.state.link.running {
            // Of an agent that has only to say goodbye.
            return;
        }
        self.state.log(format!("socket: {state:?}"));
        let was_up = self.state.link.socket == LinkState::Up;
        self.state.link.socket = state;
        if was_up && state != LinkState::Up {
            self.state.link.lost_at = Some(self.state.now);
        }
        match state {
            LinkState::Down { .. } | LinkState::Off => {
                self.state.link.registered = false;
                self.visitor_link_lost();
            }
            LinkState::Connecting { .. } | LinkState::Up => {}
        }
    }

    pub(super) fn registration_changed(&mut self, state: RegistrationState) {
        if !self.state.link.running {
            return;
        }
        match &state {
            RegistrationState::Registered { .. } => {
                if !self.state.link.registered {
                    self.state.log("registered");
                }
                self.state.link.registered = true;
                self.state.link.was_ready = true;
                self.state.link.moved = false;
                if self.state.feed.retry_at.is_some() {
                    // The switchboard is back: no need to wait for the feed's own patience.
                    self.connect_feed();
                }
                self.state.clear_notice(|notice| *notice == Notice::NotConnected);
                self.mend_media();
            }
            // Also said while a registration is refreshed: calls still reach us then.
            RegistrationState::Registering => {}
            RegistrationState::Off => self.state.link.registered = false,
            RegistrationState::Failed { cause, .. } => {
                self.state.link.registered = false;
                self.state.log(match cause {
                    RegistrationFailure::Credentials { status } => format!("registration: credentials refused ({status})"),
                    RegistrationFailure::Refused { status, .. } => format!("registration: refused ({status})"),
                    RegistrationFailure::NoReply => "registration: no reply".into(),
                    RegistrationFailure::LinkLost => "registration: link lost".into(),
                });
                if matches!(cause, RegistrationFailure::Credentials { .. }) {
                    // They may have ended while this computer slept.
                    let soon = self.state.now + REFRESH_GAP_MS;
                    let due = self.state.link.refresh_at.map_or(soon, |at| at.min(soon));
                    self.state.link.refresh_at = Some(due);
                }
            }
        }
        self.state.link.registration = state;
    }

    pub(super) fn network(&mut self, online: bool) {
        self.state.log(if online { "network: online" } else { "network: offline" });
        self.state.online = online;
        if !self.state.link.running {
            return;
        }
        self.effect(Effect::Network(if online { Network::Online } else { Network::Offline }));
        if online {
            // What was gathered belongs to the network before.
            self.effect(Effect::Cool);
            self.effect(Effect::Warm);
            self.state.link.moved = true;
            self.network_moved();
        }
    }

    pub(super) fn reconnect_now(&mut self) {
        if self.state.link.running {
            self.effect(Effect::Agent(Command::RetryNow));
        }
        if self.state.feed.retry_at.is_some() {
            self.connect_feed();
        }
    }

    pub(super) fn tick_link(&mut self) {
        if self.state.link.refresh_at.is_some_and(|at| at <= self.state.now) {
            self.state.link.refresh_at = None;
            self.load_profile();
        }
    }

    fn load_profile(&mut self) {
        if !std::mem::replace(&mut self.state.link.loading, true) {
            self.effect(Effect::LoadProfile);
        }
    }

    fn begin(&mut self, profile: Box<DeskProfile>) {
        if let Session::In(signed_in) = &mut self.state.session {
            signed_in.shift = Shift::On;
            signed_in.resuming = false;
            let person = signed_in.me.id.clone();
            self.effect(Effect::Keep(Some(person)));
        }
        self.state.link.running = true;
        self.effect(Effect::Ice(profile.ice.clone()));
        self.effect(Effect::StartAgent(profile.clone()));
        self.effect(Effect::Agent(Command::Start));
        if !self.state.online {
            self.effect(Effect::Network(Network::Offline));
        }
        self.effect(Effect::Warm);
        self.adopt(profile);
    }

    fn renew(&mut self, profile: Box<DeskProfile>) {
        self.effect(Effect::Credentials(Credentials {
            user: profile.sip.auth_user.clone(),
            password: profile.sip.auth_password.expose().to_owned(),
            realm: profile.sip.realm.clone(),
        }));
        self.effect(Effect::Ice(profile.ice.clone()));
        self.adopt(profile);
    }

    fn adopt(&mut self, profile: Box<DeskProfile>) {
        // Both by the server's clock: the browser's may be wrong.
        let ends = [profile.sip.expires_at, profile.ice.expires_at].into_iter().flatten().min();
        self.state.link.refresh_at = ends.map(|at| {
            let left = (at - profile.now - REFRESH_AHEAD_MS).max(0).unsigned_abs();
            self.state.now + left.max(REFRESH_GAP_MS)
        });
        self.state.link.profile = Some(profile);
    }
}
