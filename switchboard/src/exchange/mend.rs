//! A phone that answered an offer for which nobody waits any more: a take-over or a transfer was given up meanwhile, or whoever asked took
//! the re-INVITE back. It is pointed at somebody who is not in the call. The other leg is asked for an offer, which leads it back.

use super::call::Stage;
use super::io::CallKey;
use super::machine::Machine;
use sip_ws::codec::{HeaderName, Message};
use sip_ws::endpoint::{Body, SessionId};

/// How far that is. There is one at a time; meanwhile other offers are answered 491.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mend {
    /// The phone that is to be led back.
    astray: SessionId,
    /// The leg that offers.
    other: SessionId,
    /// The offer is at the phone that is to be led back.
    offered: bool,
}

impl Machine {
    /// Asks the other leg for an offer. Where it cannot be asked the call waits for the next offer of either side.
    pub(super) fn lead_back(&mut self, astray: SessionId) {
        let Some(key) = self.legs.get(&astray).map(|leg| leg.call.clone()) else { return };
        let Some(call) = self.calls.get(&key).filter(|call| call.transfer.is_none() && call.mend.is_none()) else { return };
        let Some(other) = call.other(astray).filter(|_| matches!(call.stage, Stage::Talking { .. })) else { return };
        if self.ep.reinvite(self.clock.now, other, &[], None).is_ok()
            && let Some(call) = self.calls.get_mut(&key)
        {
            call.mend = Some(Mend { astray, other, offered: false });
        }
    }

    /// A re-INVITE was accepted. `false`: it leads nobody back.
    pub(super) fn led_back(&mut self, session: SessionId, response: &Message) -> bool {
        let Some((key, mend)) = self.mend_of(session) else { return false };
        let now = self.clock.now;
        if mend.offered && session == mend.astray {
            self.set_mend(&key, None);
            let _ = self.ep.ack(now, mend.other, Body::of(response));
            return true;
        }
        if mend.offered || session != mend.other {
            return false;
        }
        let caller = self.calls.get(&key).map(|call| call.caller);
        // Who is there is said anew: the phone was told of somebody else.
        let there = if caller == Some(mend.astray) { self.callee_of(&key) } else { self.caller_of(&key) };
        let there = there.filter(|identity| identity.named);
        let headers: Vec<_> = there.iter().map(|identity| (HeaderName::PAssertedIdentity.as_str(), identity.address.as_str())).collect();
        let sent = Body::of(response).is_some_and(|offer| self.ep.reinvite(now, mend.astray, &headers, Some(offer)).is_ok());
        if !sent {
            let _ = self.ep.ack(now, mend.other, None);
        }
        self.set_mend(&key, sent.then_some(Mend { offered: true, ..mend }));
        true
    }

    /// A re-INVITE was refused. `false`: it leads nobody back.
    pub(super) fn not_led_back(&mut self, session: SessionId) -> bool {
        let Some((key, mend)) = self.mend_of(session) else { return false };
        let awaited = if mend.offered { mend.astray } else { mend.other };
        if session != awaited {
            return false;
        }
        if mend.offered {
            let _ = self.ep.ack(self.clock.now, mend.other, None);
        }
        self.set_mend(&key, None);
        true
    }

    fn mend_of(&self, session: SessionId) -> Option<(CallKey, Mend)> {
        let key = &self.legs.get(&session)?.call;
        Some((key.clone(), self.calls.get(key)?.mend?))
    }

    fn set_mend(&mut self, key: &CallKey, mend: Option<Mend>) {
        if let Some(call) = self.calls.get_mut(key) {
            call.mend = mend;
        }
    }
}
