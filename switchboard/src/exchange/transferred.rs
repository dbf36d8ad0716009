//! How a transfer ends: the peer and the target are connected, or the call goes on as it was; and what is said of it meanwhile.

use super::call::{Call, Member, Progress, Side, Stage};
use super::headers::outward;
use super::io::{CallKey, ContactKind, Over, Party};
use super::limits::TRANSFER_RING_MS;
use super::machine::Machine;
use super::transfer::{Step, Transfer};
use crate::queue::io::{Input, Name};
use sip_ws::codec::Method;
use sip_ws::endpoint::{Body, SessionId};

/// Tells the transferor's phone why its call ends (RFC 3326).
pub(super) const TRANSFERRED: (&str, &str) = ("Reason", "SIP;cause=200;text=\"Transferred\"");
/// The same where somebody in charge has the call now.
const TAKEN_OVER: (&str, &str) = ("Reason", "SIP;cause=200;text=\"Taken over\"");
/// Tells phones that ring for nobody any more.
const OVER: (&str, &str) = ("Reason", "SIP;cause=487;text=\"The transfer is over\"");

impl Machine {
    /// Peer and target are connected: the transferor leaves.
    pub(super) fn transfer_done(&mut self, key: &CallKey, leg: SessionId, of: Option<CallKey>) {
        self.tell(key, 200, "OK");
        let now = self.clock.now;
        let Some(call) = self.calls.get(key) else { return };
        let Some(transfer) = &call.transfer else { return };
        let (by, left, to) = (transfer.by, transfer.left, transfer.to.clone());
        let taken = matches!(transfer.step, Step::Taking { .. });
        let Some(peer) = call.other(by) else { return };
        let transferor = if by == call.caller { call.from.clone() } else { call.to.clone() };
        let agents = (transferor.user.clone(), call.contact.clone());
        if taken || of.is_some() {
            // Nobody rang for it: in the history of whoever has the call from now on it begins here.
            self.report_transfer(key, ContactKind::Offered, None, None);
        }
        let (by_whom, cause) = if taken { (to.party.clone(), "taken-over") } else { (transferor.clone(), "transferred") };
        if taken {
            self.audit_taking(&to.party, Some(leg), agents, None);
        }
        self.report_contact(key, ContactKind::Transferred, Some(by_whom), None, taken.then_some(cause));
        // Whoever had the caller of a queue has work to finish.
        self.queue_over(key);
        let unix_ms = self.clock.unix_ms;
        // Whom the transferor spoke with beside it may be the caller of a queue as well.
        let preferred = of.as_ref().and_then(|of| self.calls.get(of)).map(|asked| asked.preferred.clone()).unwrap_or_default();
        let Some(call) = self.calls.get_mut(key) else { return };
        call.transfer = None;
        call.queue = None;
        call.preferred.extend(preferred);
        if by == call.caller {
            call.caller = peer;
            call.from = std::mem::replace(&mut call.to, to.party.clone());
            call.from_display = std::mem::replace(&mut call.to_display, to.display);
            call.anonymous = false;
        } else {
            (call.to, call.to_display) = (to.party.clone(), to.display);
        }
        call.preferred.retain(|party, _| *party == call.from || *party == call.to);
        if let Stage::Talking { callee, holds, .. } = &mut call.stage {
            (*callee, *holds) = (leg, [false; 2]);
        }
        call.since = unix_ms;
        let waiting = std::mem::take(&mut call.relays);
        for relay in waiting.into_iter().filter(|relay| relay.from == peer && relay.progress != Progress::AwaitingAck) {
            self.answer(relay, 500, "Transferred", &[super::talk::LATER], None);
        }
        self.calls_of.entry(to.party.clone()).or_default().insert(key.clone());
        self.no_call_of(&transferor, key);
        for (session, side) in [(peer, Side::Caller), (leg, Side::Callee)] {
            if let Some(leg) = self.legs.get_mut(&session) {
                (leg.side, leg.call) = (side, key.clone());
            }
        }
        self.report_contact(key, ContactKind::Answered, Some(to.party.clone()), None, Some(cause));
        if let Some(of) = &of {
            self.carry_queue(of, key, &to.party);
        }
        self.save(key, false);
        self.end_supervisions(key, Some(&transferor), if taken { Over::TakenOver } else { Over::PassedOn });
        if !left {
            self.ep.hang_up(now, by, &[if taken { TAKEN_OVER } else { TRANSFERRED }]);
        }
        if let Some(of) = of {
            self.end_consultation(&of, leg);
        }
        self.report_call(key);
        self.report_person(&transferor);
    }

    /// Whom the transferor asked by way of a queue has the call as an agent of that queue: their work to finish begins at its end. What
    /// the queue counted of their answer it does not count again.
    fn carry_queue(&mut self, from: &CallKey, to: &CallKey, agent: &Party) {
        let Some(asked) = self.calls.get_mut(from).filter(|asked| asked.to == *agent && matches!(asked.stage, Stage::Talking { .. }))
        else {
            return;
        };
        let (Some(queue), contact) = (asked.queue.take(), asked.contact.clone()) else { return };
        let Some(call) = self.calls.get_mut(to) else { return };
        call.queue = Some(queue);
        let to = call.contact.clone();
        self.queue_input(Input::Carried { agent: Name::from(agent), contact, to });
    }

    /// The call in which the transferor spoke with the target first; the target's leg has moved on.
    fn end_consultation(&mut self, key: &CallKey, moved: SessionId) {
        let Some(call) = self.calls.get(key) else { return };
        let Some(own) = call.other(moved) else { return };
        let by = if own == call.caller { call.from.clone() } else { call.to.clone() };
        self.queue_over(key);
        self.report_contact(key, ContactKind::Ended, Some(by), None, Some("transferred"));
        self.save_over(key, own);
        if let Some(open) = self.rows.get_mut(key) {
            open.remove(&moved);
        }
        self.end_call(key);
        self.ep.hang_up(self.clock.now, own, &[TRANSFERRED]);
    }

    /// It does not happen; the call goes on, or ends where its transferor is gone.
    pub(super) fn transfer_failed(&mut self, key: &CallKey, status: u16) {
        self.tell(key, status, outward(status).1);
        let Some((by, left)) = self.stop_transfer(key, status) else { return };
        if left {
            self.finish(key, by, None, "transfer-failed", None);
        }
    }

    /// Forgets a transfer: phones stop ringing, an answered target is hung up. Returns who asked for it and whether they are gone.
    pub(super) fn stop_transfer(&mut self, key: &CallKey, status: u16) -> Option<(SessionId, bool)> {
        let now = self.clock.now;
        let transfer = self.calls.get_mut(key)?.transfer.take()?;
        let Transfer { by, left, to, step, .. } = *transfer;
        match step {
            Step::Ringing { branches, .. } => {
                for branch in branches {
                    self.ep.hang_up(now, branch, &[OVER]);
                }
                let (kind, cause) = match status {
                    486 | 600 | 603 => (ContactKind::OfferDeclined, "declined"),
                    487 => (ContactKind::OfferMissed, "abandoned"),
                    408 => (ContactKind::OfferMissed, "no-answer"),
                    _ => (ContactKind::OfferFailed, "unreachable"),
                };
                self.report_as(key, &to, by, kind, Some(status), Some(cause));
            }
            Step::Offered { leg, of: None } => {
                let _ = self.ep.ack(now, leg, None);
                self.ep.hang_up(now, leg, &[OVER]);
                self.report_as(key, &to, by, ContactKind::OfferFailed, Some(status), Some("failed"));
            }
            // Acknowledged without an answer, the target's call with the transferor goes on as it was.
            Step::Offered { leg, of: Some(_) } => drop(self.ep.ack(now, leg, None)),
            Step::Asking { leg, .. } => drop(self.asked.remove(&leg)),
            // The queue said no, and knows nothing of the caller.
            Step::Queueing { .. } => {}
            Step::Taking { leg } => {
                let of = self.calls.get(key).map(|call| {
                    let agent = if by == call.caller { &call.from } else { &call.to };
                    (agent.user.clone(), call.contact.clone())
                });
                self.not_taken(leg, &to.party, of.unwrap_or_default(), status);
            }
        }
        let in_call = self.calls.get(key).is_some_and(|call| call.from == to.party || call.to == to.party);
        if !in_call {
            self.no_call_of(&to.party, key);
        }
        self.report_person(&to.party);
        Some((by, left))
    }

    /// A leg of a call with a transfer is over. `true`: the call goes on all the same.
    pub(super) fn transfer_leg_over(&mut self, key: &CallKey, session: SessionId) -> bool {
        let Some(call) = self.calls.get(key).filter(|call| call.transfer.is_some()) else { return false };
        let of_call = call.other(session).is_some();
        let Some(transfer) = self.transfer_of(key) else { return false };
        if session == transfer.by && !transfer.left {
            transfer.left = true;
            return true;
        }
        match &transfer.step {
            Step::Ringing { branches, .. } if branches.contains(&session) => self.transfer_refused(key, session, 480),
            Step::Offered { leg, of: None } | Step::Taking { leg } if *leg == session => {
                self.transfer_failed(key, 480);
                true
            }
            // A phone of the target that was rung besides.
            _ if !of_call => true,
            Step::Ringing { .. } | Step::Asking { .. } | Step::Offered { .. } | Step::Queueing { .. } | Step::Taking { .. } => {
                // The peer hung up: there is nobody to transfer.
                self.tell(key, 487, "Request terminated");
                self.stop_transfer(key, 487);
                false
            }
        }
    }

    /// Nobody answered in time.
    pub(super) fn on_transfer_timeout(&mut self, key: &CallKey) {
        let now = self.clock.now;
        if self.transfer_of(key).is_some_and(|transfer| now.since(transfer.since) >= TRANSFER_RING_MS) {
            self.transfer_failed(key, 408);
        }
    }

    /// Tells the transferor how it goes (RFC 3515 section 2.4.5).
    pub(super) fn tell(&mut self, key: &CallKey, status: u16, reason: &str) {
        let Some(transfer) = self
            .calls
            .get(key)
            .and_then(|call| call.transfer.as_ref())
            .filter(|transfer| !transfer.left && !matches!(transfer.step, Step::Taking { .. }))
        else {
            return;
        };
        let event = format!("refer;id={}", transfer.number);
        let state = if status < 200 { "active;expires=60" } else { "terminated;reason=noresource" };
        let body =
            Body { content_type: "message/sipfrag;version=2.0".to_owned(), bytes: format!("SIP/2.0 {status} {reason}\r\n").into_bytes() };
        // A report that finds no socket is lost: silence is an answer too.
        let headers = [("Event", event.as_str()), ("Subscription-State", state)];
        let _ = self.ep.in_dialog(self.clock.now, transfer.by, Method::Notify, &headers, Some(body));
    }

    pub(super) fn report_transfer(&mut self, key: &CallKey, kind: ContactKind, status: Option<u16>, cause: Option<&'static str>) {
        let Some((to, by)) = self.calls.get(key).and_then(|call| call.transfer.as_ref()).map(|t| (t.to.clone(), t.by)) else { return };
        self.report_as(key, &to, by, kind, status, cause);
    }

    /// One line of history between the peer, who calls, and the target.
    fn report_as(
        &mut self,
        key: &CallKey,
        to: &Member,
        by: SessionId,
        kind: ContactKind,
        status: Option<u16>,
        cause: Option<&'static str>,
    ) {
        let Some(call) = self.calls.get_mut(key) else { return };
        let pair = |call: &Call| (call.from.clone(), call.from_display.clone(), call.to.clone(), call.to_display.clone());
        let before = pair(call);
        if by == call.caller {
            (call.from, call.from_display) = (call.to.clone(), call.to_display.clone());
        }
        (call.to, call.to_display) = (to.party.clone(), to.display.clone());
        self.report_contact(key, kind, None, status, cause);
        if let Some(call) = self.calls.get_mut(key) {
            (call.from, call.from_display, call.to, call.to_display) = before;
        }
    }
}
