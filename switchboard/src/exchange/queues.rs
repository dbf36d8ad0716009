//! Calls to queues: the seam between the exchange and the queue engine, which knows no SIP.
//!
//! A caller's leg waits on 182 (RFC 3261 21.1.4) while the engine decides; an offer rings one agent's phones like any call, and a ring
//! that nobody answers leads back to waiting instead of to a refusal.

use super::call::{Call, Member, QueueCall, Ring, Stage};
use super::headers::{borrowed, session_id};
use super::io::{CallKey, ContactKind, Output, Party, Work};
use super::machine::Machine;
use crate::queue::io::{Arrival, Input, ItemId, Name, OfferEnd, Output as Decision, Refusal, Withdrawn};
use crate::queue::{Mode, Place};
use sip_ws::codec::{HeaderName, Message, QueuePlace};
use sip_ws::endpoint::SessionId;
use sip_ws::io::FlowId;
use std::collections::BTreeSet;
use wire::{NOTE_LIMIT, Order, OrderResult};

/// Sent to phones that stop ringing because the caller is offered to somebody else (RFC 3326).
const NEXT: (&str, &str) = ("Reason", "SIP;cause=480;text=\"Offered to the next agent\"");
/// Letters of a guest's own name that are shown.
const GUEST_NAME_LIMIT: usize = 60;

/// First letter of a guest's user name, which no person's has.
pub const GUEST: char = '~';

/// The queue that a guest may call: `~<queue>~<random>`.
pub fn guest_queue(user: &str) -> Option<&str> {
    let (queue, number) = user.strip_prefix(GUEST)?.rsplit_once(GUEST)?;
    (!queue.is_empty() && number.len() >= 16 && number.bytes().all(|b| b.is_ascii_hexdigit())).then_some(queue)
}

impl From<&Party> for Name {
    fn from(party: &Party) -> Self {
        Name::new(&party.tenant, &party.user)
    }
}

impl From<&Name> for Party {
    fn from(name: &Name) -> Self {
        Party { tenant: name.tenant.to_string(), user: name.name.to_string() }
    }
}

impl Machine {
    /// Gives the engine something to think about and does what it wants. What happens meanwhile waits its turn.
    pub(super) fn queue_input(&mut self, input: Input) {
        self.queue_inputs.push_back(input);
        if std::mem::replace(&mut self.queue_busy, true) {
            return;
        }
        while let Some(input) = self.queue_inputs.pop_front() {
            self.queues.input(self.clock, input);
            while let Some(decision) = self.queues.poll() {
                self.decided(decision);
            }
        }
        self.queue_busy = false;
    }

    /// A caller's INVITE is for a queue: the engine decides what happens first.
    pub(super) fn enter_queue(&mut self, key: &CallKey) {
        let Some(call) = self.calls.get(key) else { return };
        let Some(queue) = &call.queue else { return };
        let arrival = Arrival {
            item: queue.item,
            queue: queue.name.clone(),
            caller: Name::from(&call.from),
            display: call.from_display.clone(),
            contact: call.contact.clone(),
            priority: queue.priority,
            since: None,
        };
        self.items.insert(queue.item, key.clone());
        self.queue_input(Input::Arrived(arrival));
    }

    /// A call of a queue, before the engine has seen it.
    pub(super) fn queue_call(&mut self, caller: &Party, name: Name, label: String) -> QueueCall {
        self.next_item += 1;
        let (since, priority) = (self.clock.unix_ms, self.priority_of(caller));
        QueueCall { item: ItemId(self.next_item), name, label, since, entered: since, placed: false, priority, told: None }
    }

    /// The name that a guest gave themselves, as text of a stranger.
    pub(super) fn guest_name(invite: &Message) -> String {
        let given = invite.from().ok().and_then(|from| from.display_name().map(|name| name.to_string())).unwrap_or_default();
        given.chars().filter(|c| !c.is_control()).take(GUEST_NAME_LIMIT).collect::<String>().trim().to_owned()
    }

    fn decided(&mut self, decision: Decision) {
        match decision {
            Decision::Offer { item, agent, queue } => self.offer(item, &agent, &queue),
            Decision::Withdraw { item, agent, why } => self.withdraw(item, &agent, why),
            Decision::Refuse { item, why } => self.refuse_item(item, why),
            Decision::Tell { item, position, estimate_s } => self.tell_place(item, QueuePlace { position, estimate_s }),
            Decision::Placed { item, queue, since, resumed, returned, past } => {
                self.placed(item, &queue, since, (resumed, returned));
                if let Some((called, why)) = past {
                    self.overflowed(item, &called, why);
                }
            }
            Decision::Moved { item, from, to, why } => self.moved(item, &from, &to, why),
            Decision::Agent(agent) => {
                let party = Party::from(&agent);
                let queues = self.queues.memberships(&agent).into_iter().map(|(queue, on)| (queue.name.to_string(), on));
                self.out.push_back(match self.queues.status(&agent).cloned() {
                    Some(status) => Output::Agent { party, status, queues: queues.collect() },
                    None => Output::AgentGone(party),
                });
            }
            Decision::SaveAgent(agent) => {
                if let Some(saved) = self.queues.saved(&agent) {
                    self.out.push_back(Output::SaveAgent { party: Party::from(&agent), saved, promised: true });
                }
            }
            Decision::SaveState(agent) => {
                if let Some(saved) = self.queues.saved(&agent) {
                    self.out.push_back(Output::SaveAgent { party: Party::from(&agent), saved, promised: false });
                }
            }
            Decision::Queue(queue) => {
                if let Some(view) = self.queues.view(&queue) {
                    self.out.push_back(Output::Queue(view));
                }
            }
            Decision::Keep(place) => self.out.push_back(Output::KeepPlace(place)),
            Decision::Forget(caller) => self.out.push_back(Output::ForgetPlace(Party::from(&caller))),
            Decision::Lost(place) => self.lost(&place),
            Decision::WrappedUp { agent, contact, queue, ms } => self.wrapped_up(&agent, contact, &queue, ms),
        }
    }

    fn placed(&mut self, item: ItemId, queue: &Name, since: i64, (resumed, returned): (Option<String>, Option<String>)) {
        let Some(key) = self.items.get(&item).cloned() else { return };
        if self.is_queueing(&key) {
            return self.queued_by_transfer(&key, item, queue, since);
        }
        let label = self.label_of(queue);
        self.ring_back(&key);
        let Some(call) = self.calls.get_mut(&key) else { return };
        let (from, from_display) = (call.from.clone(), call.from_display.clone());
        let waits_on = call.queue.as_ref().is_some_and(|of| of.placed && of.name == *queue && of.since == since);
        if let Some(of) = &mut call.queue {
            (of.name, of.label, of.since, of.placed) = (queue.clone(), label.clone(), since, true);
        }
        (call.to, call.to_display) = (Party::from(queue), label);
        if waits_on || (call.parked && resumed.as_ref() == Some(&call.contact)) {
            // They have waited all the time, an answer that came to nothing or a restart in between.
            return self.report_call(&key);
        }
        if let Some(before) = resumed.filter(|before| *before != call.contact) {
            // The contact of before ends here; this one goes on at its place.
            self.report_place(before, (from, from_display), queue, since, (ContactKind::Failed, Some("resumed")));
        } else if let Some(before) = returned.filter(|before| *before != call.contact) {
            self.report_place(before, (from, from_display), queue, since, (ContactKind::Returned, None));
        }
        self.report_contact(&key, ContactKind::Queued, None, Some(182), None);
        self.report_call(&key);
    }

    fn moved(&mut self, item: ItemId, from: &Name, to: &Name, why: Option<Refusal>) {
        let Some(key) = self.items.get(&item).cloned() else { return };
        let label = self.label_of(to);
        let Some(call) = self.calls.get_mut(&key) else { return };
        if let Some(of) = &mut call.queue {
            (of.name, of.label) = (to.clone(), label.clone());
        }
        (call.to, call.to_display) = (Party::from(to), label);
        if self.calls.get(&key).is_some_and(|call| call.parked) {
            self.save(&key, false);
        }
        match why {
            Some(why) => self.overflowed(item, from, why),
            None => self.report_contact(&key, ContactKind::Overflowed, None, None, None),
        }
    }

    /// A queue could not take or keep a caller, who is in another one by now. It is the one that was left which counts that.
    fn overflowed(&mut self, item: ItemId, left: &Name, why: Refusal) {
        let Some(key) = self.items.get(&item).cloned() else { return };
        let label = self.label_of(left);
        let event = self.contact(&key, ContactKind::Overflowed, None, None, Some(word(why).2));
        self.out.extend(event.map(|mut event| {
            event.queue.iter_mut().for_each(|of| (of.name, of.label) = (left.name.to_string(), label.clone()));
            Output::Contact(Box::new(event))
        }));
    }

    /// Rings every phone of an agent for a waiting caller, beside those of others where the queue rings all.
    fn offer(&mut self, item: ItemId, agent: &Name, queue: &Name) {
        let Some(key) = self.items.get(&item).cloned() else { return };
        let to = Party::from(agent);
        let display = self.name_of(&to).unwrap_or_default();
        let phones = self.registrar.reachable(&to);
        let label = self.label_of(queue);
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(of) = &mut call.queue else { return };
        (of.name, of.label) = (queue.clone(), label);
        if matches!(call.stage, Stage::Waiting) {
            call.stage = Stage::Ringing(Ring::default());
        }
        let member = Member::new(to.clone(), display);
        call.group.push(member.clone());
        self.calls_of.entry(to.clone()).or_default().insert(key.clone());
        self.report_person(&to);
        self.report_member(&key, &member, ContactKind::Offered, None, None);
        if self.ring(&key, &to, &phones).is_empty()
            && let Some(declined) = self.member_over(&key, &to, 480)
        {
            self.offer_over(&key, &to, declined);
        }
    }

    /// An agent's phones are rung no longer.
    fn withdraw(&mut self, item: ItemId, agent: &Name, why: Withdrawn) {
        let Some(key) = self.items.get(&item).cloned() else { return };
        let (now, party) = (self.clock.now, Party::from(agent));
        let Some(Call { stage: Stage::Ringing(ring), .. }) = self.calls.get_mut(&key) else { return };
        let legs = &self.legs;
        let theirs = |branch: &SessionId| legs.get(branch).is_some_and(|leg| leg.party == party);
        let (theirs, others) = std::mem::take(&mut ring.branches).into_iter().partition::<Vec<_>, _>(theirs);
        ring.branches = others;
        for branch in theirs {
            self.ep.hang_up(now, branch, &[NEXT]);
        }
        let (kind, cause) = match why {
            Withdrawn::NoAnswer => (ContactKind::OfferMissed, "no-answer"),
            Withdrawn::Silent => (ContactKind::OfferMissed, "silent"),
            // No fault of the agent's: these count as no missed call.
            Withdrawn::Unfit => (ContactKind::OfferFailed, "unfit"),
            Withdrawn::Steered => (ContactKind::OfferFailed, "withdrawn"),
        };
        self.member_withdrawn(&key, &party, kind, cause);
        self.wait_again(&key);
    }

    /// Every phone of an offered agent refused or could not be reached.
    pub(super) fn offer_over(&mut self, key: &CallKey, agent: &Party, declined: bool) {
        let Some(item) = self.calls.get(key).and_then(|call| call.queue.as_ref()).map(|of| of.item) else { return };
        self.wait_again(key);
        let cause = if declined { OfferEnd::Declined } else { OfferEnd::Unreachable };
        self.queue_input(Input::OfferOver { item, agent: Name::from(agent), cause });
    }

    /// Nobody is rung for a caller any more: they wait as before.
    fn wait_again(&mut self, key: &CallKey) {
        let Some(call) = self.calls.get_mut(key).filter(|call| call.group.is_empty()) else { return };
        let Some(of) = &call.queue else { return };
        call.stage = Stage::Waiting;
        call.to_display.clone_from(&of.label);
        let queue = Party::from(&of.name);
        self.retarget(key, queue);
    }

    /// An offered agent answered: whose call it is from now on.
    pub(super) fn queue_answered(&mut self, key: &CallKey) {
        let Some(call) = self.calls.get(key) else { return };
        if let Some(item) = call.queue.as_ref().map(|of| of.item) {
            let agent = Name::from(&call.to);
            let (priority, entered) = (self.queues.priority(item), self.queues.entered(item));
            if let Some(Call { from, queue: Some(of), preferred, .. }) = self.calls.get_mut(key) {
                (of.priority, of.entered) = (priority.unwrap_or(of.priority), entered.unwrap_or(of.entered));
                preferred.insert(from.clone(), of.priority);
            }
            self.items.remove(&item);
            self.queue_input(Input::Answered { item, agent });
        }
    }

    /// A call is over, in whatever way: before its people are told, so that wrap-up comes before the next call.
    pub(super) fn queue_over(&mut self, key: &CallKey) {
        let Some(call) = self.calls.get(key) else { return };
        let Some(of) = &call.queue else { return };
        let (item, agent, contact) = (of.item, Name::from(&call.to), call.contact.clone());
        match call.stage {
            Stage::Waiting | Stage::Ringing(_) => {
                if self.items.remove(&item).is_some() {
                    self.queue_input(Input::Left { item });
                }
            }
            Stage::Answering { .. } | Stage::Talking { .. } => self.queue_input(Input::Ended { agent, contact }),
        }
    }

    fn refuse_item(&mut self, item: ItemId, why: Refusal) {
        let Some(key) = self.items.remove(&item) else { return };
        let (status, phrase, cause) = word(why);
        if self.not_queued(&key, status, phrase, cause) {
            return;
        }
        if matches!(self.calls.get(&key).map(|call| &call.stage), Some(Stage::Ringing(_))) {
            self.stop_ringing(&key, &[NEXT]);
            let rung: Vec<Party> = self.calls.get(&key).into_iter().flat_map(|call| call.group.iter().map(|m| m.party.clone())).collect();
            for party in rung {
                self.member_withdrawn(&key, &party, ContactKind::OfferFailed, "withdrawn");
            }
            self.wait_again(&key);
        }
        if matches!(self.calls.get(&key), Some(Call { queue: Some(QueueCall { placed: false, .. }), .. })) {
            // Every contact begins with an event that says whom it was for.
            self.report_contact(&key, ContactKind::Offered, None, None, None);
        }
        self.refuse_call(&key, status, phrase, cause, None);
    }

    /// 182 with the caller's place, in the phrase for people and in a header for their page.
    fn tell_place(&mut self, item: ItemId, place: QueuePlace) {
        let Some(key) = self.items.get(&item).cloned() else { return };
        if self.note_place(&key, place) {
            return;
        }
        let Some(call) = self.calls.get(&key) else { return };
        let (caller, contact) = (call.caller, call.contact.clone());
        let headers = [
            (HeaderName::SessionId.as_str(), session_id(&self.callee_half(&key), Some(&contact))),
            (HeaderName::QueuePlace.as_str(), place.to_string()),
        ];
        let _ = self.ep.progress(self.clock.now, caller, 182, &place.phrase(), &borrowed(&headers), None);
    }

    /// A caller of before a restart did not come back.
    fn lost(&mut self, place: &Place) {
        let caller = place.caller();
        self.parked_lost(&place.contact);
        self.report_place(
            place.contact.clone(),
            (Party::from(&caller), place.display.clone()),
            &place.queue(),
            place.since,
            (ContactKind::Failed, Some("lost-by-restart")),
        );
    }

    fn wrapped_up(&mut self, agent: &Name, contact: String, queue: &Name, ms: i64) {
        let (disposition, note) = self.dispositions.remove(&(agent.clone(), contact.clone())).unwrap_or_default();
        let work = Work { ms, disposition, note };
        self.report_work(contact, agent, queue, work);
    }

    /// What a person orders from their desk.
    pub(super) fn order(&mut self, party: &Party, order: Order) -> OrderResult {
        let agent = Name::from(party);
        let Some(status) = self.queues.status(&agent) else { return OrderResult::Forbidden };
        match order {
            Order::Ready => {
                self.queue_input(Input::SetMode { agent, mode: Mode::Ready, by: None });
                OrderResult::Done
            }
            Order::Pause { reason } => {
                let known = self.tenant(&party.tenant).is_some_and(|t| reason.as_ref().is_none_or(|r| t.pause_reasons.contains(r)));
                if !known {
                    return OrderResult::Invalid;
                }
                self.queue_input(Input::SetMode { agent, mode: Mode::Paused { reason }, by: None });
                OrderResult::Done
            }
            Order::FinishWrapUp { contact, disposition, note } => {
                let Some(wrap_up) = status.wrap_up.as_ref().filter(|wrap_up| wrap_up.contact == contact) else {
                    return OrderResult::TooLate;
                };
                let queue = Name::new(&party.tenant, &wrap_up.queue);
                let known = self.tenant(&party.tenant).and_then(|t| t.dispositions.get(&*queue.name));
                if disposition.as_ref().is_some_and(|d| known.is_none_or(|known| !known.contains(d))) || note.chars().count() > NOTE_LIMIT {
                    return OrderResult::Invalid;
                }
                self.dispositions.insert((agent.clone(), contact.clone()), (disposition, note.trim().to_owned()));
                self.queue_input(Input::EndWrapUp { agent, contact });
                OrderResult::Done
            }
            Order::ExtendWrapUp { contact } => {
                let Some(wrap_up) = status.wrap_up.as_ref().filter(|wrap_up| wrap_up.contact == contact) else {
                    return OrderResult::TooLate;
                };
                if wrap_up.extensions_left == 0 {
                    return OrderResult::Invalid;
                }
                self.queue_input(Input::ExtendWrapUp { agent, contact });
                OrderResult::Done
            }
            // These never come here: the first is the feed's, the second is `steer`.
            Order::Seen { .. } | Order::Steer { .. } | Order::Unknown => OrderResult::Invalid,
        }
    }

    /// Settings of all queues, as the engine takes them.
    pub(super) fn configure_queues(&mut self) {
        let settings: Vec<_> = self.directory.tenants.iter().flat_map(|tenant| tenant.queues.clone()).collect();
        // Of the others the engine knows what their phones do, and the calls of thousands would wait while it is told again.
        let new = |agent: &Name| self.queues.status(agent).is_none();
        let members = settings.iter().flat_map(|queue| &queue.members).map(|member| &member.agent).filter(|agent| new(agent));
        let new: BTreeSet<Party> = members.map(Party::from).collect();
        self.queue_input(Input::Configure(settings));
        for party in new {
            self.report_person(&party);
        }
    }

    /// A guest may call one queue and nobody else; whoever is a person may call every queue of the tenant.
    pub(super) fn may_enter(&self, flow: FlowId, queue: &Name) -> bool {
        let user = self.flows.get(&flow).and_then(|f| f.party.as_ref()).map(|party| party.user.as_str()).unwrap_or_default();
        !user.starts_with(GUEST) || guest_queue(user) == Some(&*queue.name)
    }

    pub(super) fn label_of(&self, queue: &Name) -> String {
        self.queues.settings(queue).map(|settings| settings.label.clone()).unwrap_or_else(|| queue.name.to_string())
    }

    /// A call is for somebody else from now on.
    pub(super) fn retarget(&mut self, key: &CallKey, to: Party) {
        let Some(call) = self.calls.get_mut(key) else { return };
        let before = std::mem::replace(&mut call.to, to.clone());
        let from = call.from.clone();
        if before != from {
            self.no_call_of(&before, key);
        }
        self.calls_of.entry(to.clone()).or_default().insert(key.clone());
        for party in [before, to] {
            self.report_person(&party);
        }
    }
}

/// Status, phrase and cause of a refusal.
fn word(why: Refusal) -> (u16, &'static str, &'static str) {
    match why {
        Refusal::Unknown => (404, "No such queue", "no-queue"),
        Refusal::Closed => (480, "Queue closed", "closed"),
        Refusal::Full => (486, "Queue full", "full"),
        Refusal::TimedOut => (480, "Nobody was free", "timed-out"),
        Refusal::Replaced => (487, "Called again", "replaced"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_belongs_to_the_queue_in_the_name() {
        assert_eq!(guest_queue("~support~0123456789abcdef"), Some("support"));
        assert_eq!(guest_queue("~after-hours.2~0123456789abcdef0123456789abcdef"), Some("after-hours.2"));
        for user in ["agent1", "~support", "~~0123456789abcdef", "~support~abc", "~support~0123456789abcdeg", "support~0123456789abcdef"] {
            assert_eq!(guest_queue(user), None, "{user}");
        }
    }
}
