//! Transfers: one side is connected with somebody else, at once or after a word with them.

use sip_ws::io::{CallId, Command, Peer, TransferState};

use crate::desk::call::{Transfer, identify, rejected};
use crate::desk::effect::Effect;
use crate::desk::view::desk::Notice;
use crate::desk::{CallKey, Desk};

impl Desk {
    pub(super) fn transfer(&mut self, key: CallKey, target: &str) {
        let Some(target) = self.resolve(target) else {
            self.state.notice(Notice::BadTarget);
            return;
        };
        self.state.clear_notice(|notice| *notice == Notice::BadTarget);
        if self.ask(key) {
            self.effect(Effect::Agent(Command::Transfer { call: CallId(key.0), target }));
        }
    }

    pub(super) fn connect(&mut self, key: CallKey, with: CallKey) {
        let answered = self.find(with).is_some_and(|call| call.answered() && call.transfer != Transfer::Asked);
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
        let Some(call) = self.find(key).filter(|call| call.answered() && call.transfer != Transfer::Asked) else { return false };
        call.transfer = Transfer::Asked;
        self.hold(key, true);
        true
    }

    /// How it goes. The end of the call comes as its own event.
    pub(super) fn transfer_news(&mut self, key: CallKey, state: &TransferState) {
        self.state.log(format!("call {key}: transfer {state:?}"));
        let Some(call) = self.find(key) else { return };
        call.transfer = match state {
            TransferState::Failed { status } => Transfer::Failed(rejected(*status)),
            // Nobody will tell how it went: the call is still here, and the user sees what becomes of it.
            TransferState::Accepted { reported: false } => Transfer::None,
            TransferState::Accepted { .. } | TransferState::Progress { .. } | TransferState::Done => call.transfer,
        };
    }

    /// Another person is at the other end.
    pub(super) fn peer_changed(&mut self, key: CallKey, peer: &Peer) {
        let (who, address) = identify(peer, self.domain(), &self.state.feed.people);
        if let Some(call) = self.find(key).filter(|call| call.live()) {
            (call.who, call.address, call.peer) = (who, address, None);
        }
    }
}
