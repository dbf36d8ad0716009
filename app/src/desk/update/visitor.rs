//! A visitor at the page of one queue: no account, one call. The identity is a guest's, fetched when the call begins.

use sip_ws::io::{CallId, Command, Credentials};
use wire::{ErrorCode, VisitorProfile, VisitorQueue, VisitorState};

use crate::desk::call::{Stage, presentable};
use crate::desk::effect::Effect;
use crate::desk::event::Failure;
use crate::desk::state::{Link, Session, Visit, Visitor};
use crate::desk::view::call::EndCause;
use crate::desk::view::device_check::DeviceState;
use crate::desk::view::visitor::Unable;
use crate::desk::{CallKey, Desk};

/// The queue is asked again while it is closed or full.
const ASK_AGAIN_MS: u64 = 30_000;

impl Desk {
    /// The page of a queue was opened.
    pub(super) fn visit(&mut self, path: String) {
        self.effect(Effect::LoadVisitorQueue { path: path.clone() });
        self.state.session = Session::Visitor(Box::new(Visitor { path, ..Visitor::default() }));
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
        self.effect(Effect::LoadVisitorProfile { path, place });
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
                match visitor.visit {
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
            self.effect(Effect::StartAgent(desk.clone()));
            self.effect(Effect::Agent(Command::Start));
            self.effect(Effect::Warm);
            self.state.link.profile = Some(desk);
        }
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
        if !matches!(visitor.visit, Visit::Calling(current) if current == key) {
            return;
        }
        visitor.visit = unable.map_or(Visit::Over(cause), Visit::Unable);
        visitor.renew_at = None;
        if cause != EndCause::LinkLost {
            // Whoever hung up or was answered begins anew.
            visitor.place = None;
        }
        self.stop_agent();
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
            let (path, place) = (visitor.path.clone(), visitor.place.clone());
            self.effect(Effect::LoadVisitorProfile { path, place });
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

    fn visitor(&mut self) -> Option<&mut Visitor> {
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
