//! A visitor at the page of one queue: no account, one call. The identity is a guest's, fetched when the call begins.

use sip_ws::io::{CallId, Command, Credentials};
use wire::{ErrorCode, VisitorProfile, VisitorQueue, VisitorState};

use crate::desk::call::{Stage, presentable};
use crate::desk::effect::Effect;
use crate::desk::event::Failure;
use crate::desk::kept::KeptVisit;
use crate::desk::state::{Link, Session, Visit, Visitor};
use crate::desk::view::call::EndCause;
use crate::desk::view::device_check::DeviceState;
use crate::desk::view::visitor::Unable;
use crate::desk::{CallKey, Desk};

/// The queue is asked again while it is closed or full.
const ASK_AGAIN_MS: u64 = 30_000;
/// After a reload the switchboard is asked for the guest of before, where it is out of reach so often and so long: then the place is lost.
const RETURN_AGAIN_MS: u64 = 2_000;
const RETURN_MS: u64 = 30_000;

impl Desk {
    /// The page of a queue was opened, or loaded again in a call.
    pub(super) fn visit(&mut self, path: String) {
        let resume = self.state.resume.take();
        let before = resume.and_then(|resume| Some((resume.person, resume.visit.filter(|visit| visit.path == path)?, resume.calls)));
        let mut visitor = Visitor { path: path.clone(), ..Visitor::default() };
        match before {
            Some((guest, visit, calls)) => {
                self.state.returning = calls;
                (visitor.name, visitor.guest) = (visit.name, Some(guest.clone()));
                (visitor.visit, visitor.loading, visitor.give_up_at) = (Visit::Preparing, true, self.state.now + RETURN_MS);
                self.effect(Effect::LoadVisitorProfile { path, place: None, guest: Some(guest) });
            }
            None => self.effect(Effect::LoadVisitorQueue { path }),
        }
        self.state.session = Session::Visitor(Box::new(visitor));
    }

    pub(super) fn visitor_queue(&mut self, result: Result<VisitorQueue, Failure>) {
        let now = self.state.now;
        let Some(visitor) = self.visitor() else { return };
        // Nothing is taken away under a call.
        if !matches!(visitor.visit, Visit::Asking | Visit::Open | Visit::Unable(_)) {
            return;
        }
        visitor.ask_at = None;
        visitor.visit = match result {
            Ok(queue) => {
                visitor.label = presentable(&queue.label);
                match queue.state {
                    VisitorState::Open | VisitorState::Unknown => Visit::Open,
                    VisitorState::Closed => Visit::Unable(Unable::Closed),
                    VisitorState::Full => Visit::Unable(Unable::Full),
                }
            }
            Err(failure) => Visit::Unable(unable(&failure)),
        };
        if matches!(visitor.visit, Visit::Unable(Unable::Closed | Unable::Full | Unable::Unreachable)) {
            visitor.ask_at = Some(now + ASK_AGAIN_MS);
        }
    }

    /// "Call": the gesture that asks for the microphone and lets sound begin.
    pub(super) fn visitor_call(&mut self, name: &str) {
        let Some(visitor) = self.visitor() else { return };
        if !matches!(visitor.visit, Visit::Open | Visit::Over(_)) {
            return;
        }
        visitor.name = presentable(name);
        visitor.visit = Visit::Preparing;
        visitor.loading = true;
        let (path, place) = (visitor.path.clone(), visitor.place.take());
        self.state.calls.clear();
        self.effect(Effect::UnlockSound);
        self.effect(Effect::LoadVisitorProfile { path, place, guest: None });
    }

    pub(super) fn visitor_profile(&mut self, result: Result<Box<VisitorProfile>, Failure>) {
        let now = self.state.now;
        let Some(visitor) = self.visitor() else { return };
        if !std::mem::take(&mut visitor.loading) {
            return;
        }
        let profile = match result {
            Ok(profile) => profile,
            Err(failure) => {
                // Too many at once, or too slow: that says nothing of the place.
                let unreached = !matches!(failure.status, Some(400..500)) || matches!(failure.status, Some(408 | 429));
                match visitor.visit {
                    Visit::Preparing if visitor.guest.is_some() && unreached && now < visitor.give_up_at => {
                        visitor.renew_at = Some(now + failure.retry_after.map_or(RETURN_AGAIN_MS, |seconds| u64::from(seconds) * 1000));
                    }
                    // The place of before is nobody's any more: the visit begins anew.
                    Visit::Preparing if visitor.guest.is_some() => {
                        let path = visitor.path.clone();
                        **visitor = Visitor { path: path.clone(), ..Visitor::default() };
                        self.state.returning.clear();
                        self.effect(Effect::Keep(None));
                        self.effect(Effect::LoadVisitorQueue { path });
                    }
                    // Fresh credentials for a running call: it goes on, and they are asked for again.
                    Visit::Calling(_) => visitor.renew_at = Some(now + 5_000),
                    Visit::Asking | Visit::Open | Visit::Unable(_) | Visit::Preparing | Visit::Over(_) => {
                        visitor.visit = Visit::Unable(unable(&failure))
                    }
                }
                return;
            }
        };
        let VisitorProfile { mut desk, queue, label, place } = *profile;
        desk.sip.display_name.clone_from(&visitor.name);
        (visitor.queue, visitor.label, visitor.place) = (queue, presentable(&label), Some(place));
        visitor.guest = None;
        let visit = KeptVisit { path: visitor.path.clone(), name: visitor.name.clone() };
        let life = desk.sip.expires_at.map_or(0, |at| u64::try_from(at - desk.now).unwrap_or(0));
        visitor.renew_at = Some(now + life.saturating_sub(60_000).max(5_000));
        self.effect(Effect::Ice(desk.ice.clone()));
        if self.state.link.running {
            self.effect(Effect::Credentials(Credentials {
                user: desk.sip.auth_user.clone(),
                password: desk.sip.auth_password.expose().to_owned(),
                realm: desk.sip.realm.clone(),
            }));
        } else {
            let desk = Box::new(desk);
            self.state.link.running = true;
            // Before the agent, which begins with the calls that were kept of this guest.
            self.effect(Effect::KeepVisit { guest: desk.sip.user.clone(), visit });
            self.effect(Effect::StartAgent(desk.clone()));
            self.effect(Effect::Agent(Command::Start));
            self.effect(Effect::Warm);
            self.state.link.profile = Some(desk);
        }
    }

    /// The agent has the call of before the reload.
    pub(super) fn visitor_returned(&mut self, key: CallKey) {
        if let Some(visitor) = self.visitor() {
            visitor.visit = Visit::Calling(key);
        }
    }

    /// The page goes. `true`: in a call, which a later page goes on with.
    pub(super) fn visitor_leaves(&mut self) -> bool {
        let Some(visitor) = self.visitor() else { return false };
        visitor.leaving = true;
        matches!(visitor.visit, Visit::Calling(_))
    }

    /// Dials as soon as the link is there and the question for the microphone is answered, and again where a link was lost while
    /// waiting: the exchange keeps the place.
    pub(super) fn settle_visitor(&mut self) {
        let ready = self.state.ready();
        let asked = matches!(self.state.devices.microphone, DeviceState::Ready | DeviceState::Failed(_));
        let Session::Visitor(visitor) = &self.state.session else { return };
        let again = match visitor.visit {
            Visit::Preparing => ready && asked,
            Visit::Calling(key) => ready && visitor.lost && self.waits(key),
            Visit::Asking | Visit::Open | Visit::Unable(_) | Visit::Over(_) => false,
        };
        if again {
            self.visitor_dial();
        }
    }

    /// The socket is gone: a call that only waited is made again on the next one.
    pub(super) fn visitor_link_lost(&mut self) {
        if let Some(visitor) = self.visitor()
            && matches!(visitor.visit, Visit::Calling(_))
        {
            visitor.lost = true;
        }
    }

    pub(super) fn visitor_ended(&mut self, key: CallKey, cause: EndCause, phrase: &str) {
        let unable = match phrase {
            "Queue closed" => Some(Unable::Closed),
            "Queue full" => Some(Unable::Full),
            "Nobody was free" => Some(Unable::NobodyFree),
            _ => None,
        };
        let Some(visitor) = self.visitor() else { return };
        // The call of before one that was made again.
        if !matches!(visitor.visit, Visit::Calling(current) if current == key) || visitor.leaving {
            return;
        }
        visitor.visit = unable.map_or(Visit::Over(cause), Visit::Unable);
        visitor.renew_at = None;
        if cause != EndCause::LinkLost {
            // Whoever hung up or was answered begins anew.
            visitor.place = None;
        }
        self.stop_agent();
        self.effect(Effect::Keep(None));
        self.state.link = Link::default();
        self.effect(Effect::Cool);
    }

    pub(super) fn tick_visitor(&mut self) {
        let now = self.state.now;
        let Some(visitor) = self.visitor() else { return };
        if visitor.ask_at.is_some_and(|at| at <= now) {
            visitor.ask_at = None;
            let path = visitor.path.clone();
            self.effect(Effect::LoadVisitorQueue { path });
        } else if visitor.renew_at.is_some_and(|at| at <= now) && !visitor.loading {
            visitor.renew_at = None;
            visitor.loading = true;
            let (path, place, guest) = (visitor.path.clone(), visitor.place.clone(), visitor.guest.clone());
            self.effect(Effect::LoadVisitorProfile { path, place, guest });
        }
    }

    fn visitor_dial(&mut self) {
        let Some(visitor) = self.visitor() else { return };
        let queue = visitor.queue.clone();
        visitor.lost = false;
        let before = match visitor.visit {
            Visit::Calling(key) => Some(key),
            Visit::Asking | Visit::Open | Visit::Unable(_) | Visit::Preparing | Visit::Over(_) => None,
        };
        let call = self.outgoing(&queue);
        let key = call.key;
        if let Some(visitor) = self.visitor() {
            visitor.visit = Visit::Calling(key);
        }
        self.state.calls.push(call);
        self.effect(Effect::Agent(Command::Call { call: CallId(key.0), target: queue, video: false }));
        if let Some(before) = before {
            // After the new one: its place is taken over, not given up.
            self.effect(Effect::Agent(Command::HangUp { call: CallId(before.0) }));
            self.state.calls.retain(|call| call.key != before);
        }
    }

    fn waits(&self, key: CallKey) -> bool {
        let call = self.state.calls.iter().find(|call| call.key == key);
        call.is_some_and(|call| matches!(call.stage, Stage::Dialing | Stage::Ringing | Stage::EarlyMedia))
    }

    fn visitor(&mut self) -> Option<&mut Box<Visitor>> {
        match &mut self.state.session {
            Session::Visitor(visitor) => Some(visitor),
            Session::Starting | Session::Out { .. } | Session::In(_) => None,
        }
    }
}

fn unable(failure: &Failure) -> Unable {
    match (failure.code, failure.status) {
        (Some(ErrorCode::NotFound), _) | (None, Some(404)) => Unable::NoSuchQueue,
        (_, _) => Unable::Unreachable,
    }
}
