//! Candidates of one side that come before the other side can be told (RFC 8840): kept until both are connected.
//!
//! After that they pass from leg to leg like any other INFO. Who takes them says so in Recv-Info, which crosses with each description.

use super::call::{Call, How, Stage};
use super::io::CallKey;
use super::machine::Machine;
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{ServerTxnId, SessionId};
use sip_ws::fragment::PACKAGE;

impl Machine {
    /// `true`: it is kept. Each says all that went before, so that the newest of a leg is enough.
    pub(super) fn keep_candidates(&mut self, session: SessionId, txn: ServerTxnId, message: &Message) -> bool {
        if message.method() != Some(&Method::Info) || !message.has_token(HeaderName::InfoPackage, PACKAGE) {
            return false;
        }
        let Some(call) = self.legs.get(&session).and_then(|leg| self.calls.get_mut(&leg.call)) else { return false };
        let early = match &call.stage {
            Stage::Waiting | Stage::Ringing(_) => session == call.caller,
            Stage::Answering { .. } => true,
            Stage::Talking { .. } => false,
        };
        if early {
            call.candidates.retain(|(from, _)| *from != session);
            call.candidates.push((session, message.clone()));
            self.ep.respond(self.clock.now, txn, message.reply(200, "OK"));
        }
        early
    }

    /// Both sides are connected.
    pub(super) fn pass_candidates(&mut self, key: &CallKey) {
        let kept = self.calls.get_mut(key).map(|call: &mut Call| std::mem::take(&mut call.candidates)).unwrap_or_default();
        for (from, message) in kept {
            self.relay(from, message, How::Told);
        }
    }
}
