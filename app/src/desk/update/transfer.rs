//! Transfers: one side is connected with somebody else, at once or after a word with them.

use sip_ws::io::{CallId, Command, Peer, TransferState};

use crate::desk::call::{Call, Transfer, identify, rejected};
use crate::desk::effect::Effect;
use crate::desk::view::call::{Asked, AskedBy, EndCause};
use crate::desk::view::desk::Notice;
use crate::desk::{CallKey, Desk};

impl Desk {
    pub(super) fn transfer(&mut self, key: CallKey, target: &str) {
        let Some(target) = self.resolve(target) else {
            self.state.notice(Notice::BadTarget);
            return;
        };
        self.state.clear_notice(|notice| *notice == Notice::BadTarget);
        let to_queue = self.state.work.names.iter().any(|queue| queue.name.eq_ignore_ascii_case(&target));
        if self.ask(key) {
            if let Some(call) = self.find(key) {
                call.to_queue = to_queue;
            }
            self.effect(Effect::Agent(Command::Transfer { call: CallId(key.0), target }));
        }
    }

    pub(super) fn connect(&mut self, key: CallKey, with: CallKey) {
        let answered = self.find(with).is_some_and(|call| call.answered() && !call.waits() && call.transfer != Transfer::Asked);
        if key == with || !answered {
            return;
        }
        // The one that has waited for longer is transferred to the other: its queue, door and history go along.
        let older = self.state.calls.iter().map(|call| call.key).find(|known| *known == key || *known == with);
        let (call, to) = if older == Some(with) { (with, key) } else { (key, with) };
        if self.ask(call) {
            self.effect(Effect::Agent(Command::TransferTo { call: CallId(call.0), to: CallId(to.0) }));
        }
    }

    /// Notes that a transfer is asked for; the other side waits meanwhile.
    fn ask(&mut self, key: CallKey) -> bool {
        let Some(call) = self.find(key).filter(|call| call.answered() && !call.waits() && call.transfer != Transfer::Asked) else {
            return false;
        };
        (call.transfer, call.to_queue) = (Transfer::Asked, false);
        self.hold(key, true);
        true
    }

    /// How it goes. The end of the call comes as its own event.
    pub(super) fn transfer_news(&mut self, key: CallKey, state: &TransferState) {
        self.state.log(format!("call {key}: transfer {state:?}"));
        let Some(call) = self.find(key) else { return };
        call.transfer = match state {
            TransferState::Failed { status } => Transfer::Failed(match (call.to_queue, status) {
                (true, 480) => EndCause::QueueClosed,
                (true, 486) => EndCause::QueueFull,
                _ => rejected(*status),
            }),
            // Nobody will tell how it went: the call is still here, and the user sees what becomes of it.
            TransferState::Accepted { reported: false } => Transfer::None,
            TransferState::Accepted { .. } | TransferState::Progress { .. } | TransferState::Done => call.transfer,
        };
    }

    /// Somebody wants us to call an address: never without the user, since it may cost money.
    pub(super) fn asked(&mut self, key: CallKey, to: &Peer, why: AskedBy) {
        let (who, _) = identify(to, self.domain(), &self.state.feed.people);
        let to = who.number.map_or(who.name.clone(), |number| format!("{} ({number})", who.name));
        if let Some(call) = self.find(key).filter(|call| call.live()) {
            call.asked = Some(Asked { to, why });
        }
    }

    pub(super) fn follow(&mut self, key: CallKey, accept: bool) {
        let Some(asked) = self.find(key).and_then(|call| call.asked.take()) else { return };
        let call = CallId(key.0);
        self.effect(Effect::Agent(match asked.why {
            AskedBy::Redirection => Command::FollowRedirect { call, accept },
            AskedBy::Transfer => Command::FollowTransfer { call, accept },
        }));
    }

    /// The agent makes the call that a transfer asks for.
    pub(super) fn following(&mut self, key: CallKey, to: &Peer) {
        self.hold_others(None);
        let (who, address) = identify(to, self.domain(), &self.state.feed.people);
        self.state.calls.push(Call::new(key, true, who, address, self.state.now, self.state.unix));
    }

    /// Another person is at the other end.
    pub(super) fn peer_changed(&mut self, key: CallKey, peer: &Peer) {
        let (who, address) = identify(peer, self.domain(), &self.state.feed.people);
        if let Some(call) = self.find(key).filter(|call| call.live()) {
            (call.who, call.address, call.peer) = (who, address, None);
            // Out of the queue, where we were in one.
            (call.place, call.queued_at) = (None, None);
        }
        self.restart_watch(key);
    }
}
