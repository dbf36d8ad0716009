//! Answered callers in a queue: somebody transferred them there and has left. Their dialog stays, and nobody is at its other end.
//!
//! ```text
//!  REFER to a queue  ┌────────┐ placed  ┌─────────────────┐ 2xx with the agent's offer ┌──────────┐ the caller's answer,
//! ──────────────────►│Queueing├────────►│ Waiting, Ringing├───────────────────────────►│Answering ├─────────────────────► Talking
//!                    └───┬────┘         └───────▲─────────┘                            └────┬─────┘ as the agent's ACK
//!                        │ refused              └─────────── the agent is gone ─────────────┘
//!                        └────► the call goes on as it was
//! ```
//! The transferor keeps the call until the queue has taken the caller in. From then on the contact goes on as one of this queue: agents
//! are rung without an offer, and the offer of the one who answers goes to the caller. Until that is answered the row of the call says
//! that the caller waits, so that a restart loses nobody.

use super::call::{Call, Progress, QueueCall, Side, Stage};
use super::headers::{address, session_id};
use super::io::{CallKey, ContactKind, Over, Party};
use super::machine::{Machine, Timer};
use super::transfer::Step;
use super::transferred::TRANSFERRED;
use crate::queue::io::{Arrival, Input, ItemId, Name};
use sip_ws::codec::{HeaderName, Message, Method, QueuePlace, Reason};
use sip_ws::endpoint::{Body, Refusal, SessionId};

/// Between two tries to bring an agent's offer to a caller who is busy with another one.
const JOIN_AGAIN_MS: u64 = 700;

impl Machine {
    /// The one who is transferred asks the engine for a place.
    pub(super) fn begin_queueing(&mut self, key: &CallKey, queue: Name, item: ItemId) {
        let Some(call) = self.calls.get(key) else { return };
        let Some(transfer) = &call.transfer else { return };
        let (who, display) = match transfer.by == call.caller {
            true => (&call.to, call.to_display.clone()),
            false => (&call.from, call.from_display.clone()),
        };
        // Whoever was preferred before they were answered is so in the next queue, whoever they have spoken with since.
        let priority = call.preferred.get(who).copied().unwrap_or_else(|| self.priority_of(who));
        let since = Some(self.clock.unix_ms);
        let arrival = Arrival { item, queue, caller: Name::from(who), display, contact: call.contact.clone(), priority, since };
        self.items.insert(item, key.clone());
        self.queue_input(Input::Arrived(arrival));
    }

    /// The queue turns the caller away: the transferor hears why and keeps the call. `false`: they do not come by a transfer.
    pub(super) fn not_queued(&mut self, key: &CallKey, status: u16, reason: &str, cause: &'static str) -> bool {
        if !self.is_queueing(key) {
            return false;
        }
        self.tell(key, status, reason);
        self.report_transfer(key, ContactKind::OfferFailed, Some(status), Some(cause));
        self.stop_transfer(key, status);
        true
    }

    pub(super) fn is_queueing(&self, key: &CallKey) -> bool {
        let transfer = self.calls.get(key).and_then(|call| call.transfer.as_ref());
        transfer.is_some_and(|transfer| matches!(transfer.step, Step::Queueing { .. }))
    }

    /// The queue has taken the caller in: the transferor leaves.
    pub(super) fn queued_by_transfer(&mut self, key: &CallKey, item: ItemId, queue: &Name, since: i64) {
        self.tell(key, 200, "OK");
        let label = self.label_of(queue);
        let priority = self.queues.priority(item).unwrap_or_default();
        let Some(call) = self.calls.get(key) else { return };
        let Some(transfer) = &call.transfer else { return };
        let (by, left) = (transfer.by, transfer.left);
        let Some(peer) = call.other(by) else { return };
        let transferor = if by == call.caller { call.from.clone() } else { call.to.clone() };
        self.report_contact(key, ContactKind::Transferred, Some(transferor.clone()), None, Some("queue"));
        // Whoever had the caller of a queue has work to finish.
        self.queue_over(key);
        let Some(call) = self.calls.get_mut(key) else { return };
        call.transfer = None;
        if by == call.caller {
            call.caller = peer;
            call.from = call.to.clone();
            call.from_display = std::mem::take(&mut call.to_display);
            call.anonymous = false;
        }
        call.preferred.retain(|party, _| *party == call.from);
        (call.to, call.to_display) = (Party::from(queue), label.clone());
        call.queue = Some(QueueCall { item, name: queue.clone(), label, since, entered: since, placed: true, priority, told: None });
        (call.stage, call.parked, call.since) = (Stage::Waiting, true, self.clock.unix_ms);
        let waiting = std::mem::take(&mut call.relays);
        for relay in waiting.into_iter().filter(|relay| relay.from == peer && relay.progress != Progress::AwaitingAck) {
            self.answer(relay, 500, "Transferred", &[super::talk::LATER], None);
        }
        if let Some(leg) = self.legs.get_mut(&peer) {
            leg.side = Side::Caller;
        }
        self.no_call_of(&transferor, key);
        self.end_supervisions(key, Some(&transferor), Over::PassedOn);
        self.report_contact(key, ContactKind::Queued, None, None, None);
        self.save(key, false);
        if !left {
            self.ep.hang_up(self.clock.now, by, &[TRANSFERRED]);
        }
        self.report_call(key);
        self.report_person(&transferor);
    }

    /// Tells an answered caller where they stand, by INFO as there is no 182 any more. A page that is away hears of it when it is back.
    pub(super) fn tell_parked(&mut self, key: &CallKey) {
        let domain = self.domain_of(key);
        let Some(call) = self.calls.get(key).filter(|call| call.parked) else { return };
        let Some(QueueCall { name, label, told: Some(place), .. }) = &call.queue else { return };
        let headers = [
            (HeaderName::PAssertedIdentity.as_str(), address(label, &name.name, &domain)),
            (HeaderName::SessionId.as_str(), session_id(&self.callee_half(key), Some(&call.contact))),
            (HeaderName::QueuePlace.as_str(), place.to_string()),
        ];
        // Nothing hangs on the answer.
        let _ = self.ep.in_dialog(self.clock.now, call.caller, Method::Info, &super::headers::borrowed(&headers), None);
    }

    /// Notes a caller's place and tells them; `false`: they wait on a 182.
    pub(super) fn note_place(&mut self, key: &CallKey, place: QueuePlace) -> bool {
        let Some(call) = self.calls.get_mut(key).filter(|call| call.parked) else { return false };
        if let Some(of) = &mut call.queue {
            of.told = Some(place);
        }
        self.tell_parked(key);
        true
    }

    /// An agent answered: their offer goes to the caller. One who is away gets it when they are back.
    pub(super) fn join(&mut self, key: &CallKey) {
        let now = self.clock.now;
        let Some(identity) = self.callee_of(key) else { return };
        let Some(Call { caller, parked: true, stage: Stage::Answering { response, .. }, .. }) = self.calls.get(key) else { return };
        let caller = *caller;
        let headers = [(HeaderName::PAssertedIdentity.as_str(), identity.address.as_str())];
        let away = self.legs.get(&caller).is_none_or(|leg| leg.flow.is_none());
        if !away && self.ep.reinvite(now, caller, &headers, Body::of(response)).is_err() {
            self.after(JOIN_AGAIN_MS, Timer::Join(key.clone()));
        }
    }

    /// The caller has answered an agent's offer. `false`: it was none.
    pub(super) fn caller_joined(&mut self, session: SessionId, response: &Message) -> bool {
        let Some((key, callee)) = self.joining(session) else { return false };
        if self.ep.ack(self.clock.now, callee, Body::of(response)).is_err() {
            // The agent's phone is gone; its event follows or has been.
            return true;
        }
        let unix_ms = self.clock.unix_ms;
        let by = self.legs.get(&callee).map(|leg| leg.party.clone());
        if let Some(call) = self.calls.get_mut(&key) {
            call.stage = Stage::Talking { callee, answered_at: unix_ms, holds: [false; 2] };
            (call.parked, call.since) = (false, unix_ms);
        }
        self.counters.answered += 1;
        self.report_contact(&key, ContactKind::Answered, by, Some(200), None);
        self.save(&key, false);
        self.report_call(&key);
        self.pass_candidates(&key);
        true
    }

    /// The caller has refused an agent's offer, or did not answer it. `false`: it was none.
    pub(super) fn caller_refused(&mut self, session: SessionId, cause: &Refusal) -> bool {
        let Some((key, callee)) = self.joining(session) else { return false };
        match cause {
            Refusal::Status(response) if response.status() != Some(491) => {
                self.refuse_call(&key, 488, "Not acceptable here", "not-acceptable", None);
                self.ep.hang_up(self.clock.now, callee, &[]);
            }
            // Both offered at once, or the socket broke: again.
            Refusal::Status(_) | Refusal::Failure(_) => self.after(JOIN_AGAIN_MS, Timer::Join(key)),
        }
        true
    }

    /// The call whose caller has an agent's offer, and the agent's leg.
    fn joining(&self, session: SessionId) -> Option<(CallKey, SessionId)> {
        let key = &self.legs.get(&session)?.call;
        match self.calls.get(key)? {
            Call { caller, parked: true, stage: Stage::Answering { callee, .. }, .. } if *caller == session => Some((key.clone(), *callee)),
            _ => None,
        }
    }

    /// An agent who answered is gone before the caller heard of it: the caller waits again at the same place. `false`: they came through
    /// no queue.
    pub(super) fn wait_on(&mut self, key: &CallKey, cause: &'static str) -> bool {
        let answering = |call: &&Call| call.queue.is_some() && matches!(call.stage, Stage::Answering { .. });
        let Some(parked) = self.calls.get(key).filter(answering).map(|call| call.parked) else { return false };
        self.report_contact(key, ContactKind::OfferFailed, None, None, Some(cause));
        self.queue_over(key);
        if !parked {
            self.forget_row(key);
        }
        self.next_item += 1;
        let item = ItemId(self.next_item);
        let Some(call) = self.calls.get_mut(key) else { return true };
        call.stage = Stage::Waiting;
        let Some(of) = &mut call.queue else { return true };
        (of.item, of.told) = (item, None);
        call.to_display.clone_from(&of.label);
        let (queue, since, entered, priority) = (of.name.clone(), of.since, of.entered, of.priority);
        let (caller, display, contact) = (Name::from(&call.from), call.from_display.clone(), call.contact.clone());
        self.retarget(key, Party::from(&queue));
        self.items.insert(item, key.clone());
        let arrival = Arrival { item, queue, caller, display, contact, priority, since: Some(since) };
        self.queue_input(Input::WaitsOn { arrival, entered });
        true
    }

    /// An answered caller has a socket again.
    pub(super) fn parked_back(&mut self, session: SessionId) {
        let Some(key) = self.legs.get(&session).map(|leg| leg.call.clone()) else { return };
        match self.calls.get(&key) {
            Some(call) if call.parked && call.caller == session => {}
            Some(_) | None => return,
        }
        let placed = self.calls.get(&key).and_then(|call| call.queue.as_ref()).is_some_and(|of| self.items.contains_key(&of.item));
        let waits = self.calls.get(&key).is_some_and(|call| matches!(call.stage, Stage::Waiting));
        match waits && !placed {
            // Since a restart.
            true => self.enter_queue(&key),
            false => self.tell_parked(&key),
        }
        self.join(&key);
    }

    /// Whose place a restart has cut off did not come back, and is told so if they ever do.
    pub(super) fn parked_lost(&mut self, contact: &str) {
        let found = self.calls.iter().find(|(_, call)| call.parked && call.contact == contact).map(|(key, _)| key.clone());
        if let Some(key) = found {
            self.dismiss(&key, 480, "The place is lost");
            self.end_call(&key);
        }
    }

    /// Ends the call of an answered caller whom no queue takes any longer.
    pub(super) fn dismiss(&mut self, key: &CallKey, status: u16, reason: &str) {
        let Some(caller) = self.calls.get(key).map(|call| call.caller) else { return };
        self.save_over(key, caller);
        let why = Reason::sip(status, reason).to_string();
        self.ep.hang_up(self.clock.now, caller, &[("Reason", &why)]);
    }
}
