//! Legs that lose their socket, phones that come back, and calls that outlive a restart.

use super::call::{Call, Leg, QueueCall, Side, Stage};
use super::io::{CallKey, Clock, ContactKind, Output, Party, StoredCall, StoredLeg};
use super::limits::{EARLY_LEG_LOST_MS, LEG_LEFT_MS, LEG_LOST_MS, PROBE_MS};
use super::machine::{Machine, Timer};
use super::noted::Absences;
use super::supervise::Supervises;
use crate::queue::io::{Input as QueueInput, ItemId, Name};
use crate::queue::{Place, SavedAgent};
use sip_ws::codec::{Method, Supervision};
use sip_ws::endpoint::SessionId;
use sip_ws::io::FlowId;
use std::collections::BTreeSet;

/// What a phone says of itself when it registers.
pub(super) struct Phone {
    pub instance: Option<String>,
    pub reg_id: u32,
    pub contact: String,
}

impl Machine {
    /// A socket is gone; its calls go on without it for a while.
    pub(super) fn legs_lost(&mut self, flow: FlowId, reg_id: u32, party: &Party, leaving: bool) {
        let now = self.clock.now;
        let lost: Vec<SessionId> =
            self.sessions_of(party).into_iter().filter(|s| self.legs.get(s).is_some_and(|leg| leg.flow == Some(flow))).collect();
        for session in lost {
            if let Some(other) = self.other_flow(session, party) {
                // The phone is still there.
                self.bind(session, other);
                continue;
            }
            if let Some(leg) = self.legs.get_mut(&session) {
                leg.flow = None;
                leg.lost_at = Some(now);
                (leg.left, leg.reg_id) = (leaving, reg_id);
            }
            self.postpone_relays(session);
            self.tell_away(session, true);
            let grace = self.grace(session);
            self.after(grace, Timer::LegLost(session));
        }
    }

    /// Where the phone of a leg that was answered is reached besides (RFC 5626). One that rings is at the flow on which it does: there
    /// the phone answers.
    fn other_flow(&self, session: SessionId, party: &Party) -> Option<FlowId> {
        let leg = self.legs.get(&session).filter(|leg| leg.instance.is_some() && self.set_up_as(session).is_none())?;
        self.registrar.reachable(party).into_iter().find(|phone| phone.instance == leg.instance).map(|phone| phone.flow)
    }

    /// Whether a leg is at another flow of the phone than the one that registered: one that lives, or, while it rings, the one lost.
    fn is_elsewhere(&self, session: SessionId, leg: &Leg, phone: &Phone) -> bool {
        match leg.flow {
            _ if phone.instance.is_none() => false,
            Some(flow) => {
                let other = self.flows.get(&flow).is_some_and(|at| at.instance == phone.instance && at.reg_id != phone.reg_id);
                // One that is registered no longer is dead, although nobody has said so.
                other && self.registrar.bindings(&leg.party).iter().any(|phone| phone.flow == flow)
            }
            None => leg.reg_id != 0 && leg.reg_id != phone.reg_id && self.set_up_as(session).is_some(),
        }
    }

    /// A phone registered: its legs move to the new socket.
    pub(super) fn phone_is_back(&mut self, flow: FlowId, party: &Party, phone: Phone) {
        let back: Vec<SessionId> = self
            .sessions_of(party)
            .into_iter()
            .filter(|session| {
                self.legs.get(session).is_some_and(|leg| {
                    leg.flow != Some(flow)
                        && match (&leg.instance, &phone.instance) {
                            (Some(a), Some(b)) => a == b,
                            _ => leg.contact.as_deref() == Some(phone.contact.as_str()),
                        }
                        && !self.is_elsewhere(*session, leg, &phone)
                })
            })
            .collect();
        let Phone { instance, reg_id, contact } = phone;
        if let Some(state) = self.flows.get_mut(&flow) {
            (state.instance, state.reg_id) = (instance, reg_id);
            state.contact = Some(contact.clone());
        }
        for session in back {
            // Under another address it is another page: it goes on with what was answered and knows of nothing else.
            let other_page = self.legs.get(&session).is_some_and(|leg| leg.contact.as_deref() != Some(contact.as_str()));
            match self.set_up_as(session) {
                Some(Side::Callee) if other_page => self.ring_again(session, flow, &contact),
                Some(Side::Callee) if !self.ep.is_heard(session) && self.ring_elsewhere(session) => {}
                Some(Side::Caller) if other_page => self.caller_left(session),
                Some(_) | None => {
                    self.bind(session, flow);
                    if other_page {
                        self.after(PROBE_MS, Timer::Probe(session));
                    }
                }
            }
        }
    }

    /// A page that goes on with a call says so soon. One that has not is asked: where it knows nothing of the call, its answer ends it.
    pub(super) fn on_probe(&mut self, session: SessionId) {
        let Some(leg) = self.legs.get(&session) else { return };
        let registered = leg.flow.and_then(|flow| self.flows.get(&flow)).and_then(|flow| flow.contact.as_deref());
        let told = self.ep.dialog(session).is_some_and(|dialog| Some(dialog.remote_target.as_str()) == registered);
        if registered.is_some() && !told {
            // The answer is the endpoint's business.
            let _ = self.ep.in_dialog(self.clock.now, session, Method::Options, &[], None);
        }
    }

    /// Which end of a call that nobody has answered this leg is.
    pub(super) fn set_up_as(&self, session: SessionId) -> Option<Side> {
        let leg = self.legs.get(&session)?;
        if self.transferred_to(session).is_some() {
            return Some(Side::Callee);
        }
        match &self.calls.get(&leg.call)?.stage {
            _ if self.calls.get(&leg.call).is_some_and(|call| call.parked && call.caller == session) => None,
            Stage::Waiting | Stage::Ringing(_) if leg.side == Side::Caller => Some(Side::Caller),
            Stage::Ringing(ring) => ring.branches.contains(&session).then_some(Side::Callee),
            Stage::Waiting | Stage::Answering { .. } | Stage::Talking { .. } => None,
        }
    }

    /// The page that was dialling is gone.
    fn caller_left(&mut self, session: SessionId) {
        self.ep.forget(session);
        if let Some(leg) = self.remove_leg(session) {
            self.abandon(&leg.call, Some("lost"));
        }
    }

    /// Tells the other side of a call that goes on.
    fn tell_away(&mut self, session: SessionId, away: bool) {
        let Some(call) = self.legs.get(&session).and_then(|leg| self.calls.get(&leg.call)) else { return };
        // A phone that rings for a transfer is none of the two.
        let (Stage::Talking { callee, .. }, Some(_)) = (&call.stage, call.other(session)) else { return };
        let callee = *callee;
        let party = if session == callee { call.from.clone() } else { call.to.clone() };
        self.out.push_back(Output::Away { party, contact: call.contact.clone(), away });
        self.note_away(session, away);
    }

    /// Moves a leg to a socket of the same person.
    pub(super) fn bind(&mut self, session: SessionId, flow: FlowId) {
        let Some(leg) = self.legs.get_mut(&session) else { return };
        leg.flow = Some(flow);
        let was_lost = leg.lost_at.take().is_some();
        leg.left = false;
        self.ep.set_flow(self.clock.now, session, flow);
        if was_lost {
            self.tell_away(session, false);
        }
        self.send_waiting(session);
        self.supervision_back(session);
        self.parked_back(session);
    }

    /// A leg has been without a socket for too long.
    pub(super) fn on_leg_lost(&mut self, session: SessionId) {
        let grace = self.grace(session);
        let now = self.clock.now;
        let Some(leg) = self.legs.get(&session) else { return };
        let Some(lost_at) = leg.lost_at else { return };
        if now.since(lost_at) < grace {
            // The call was answered meanwhile, or the leg came back and was lost again.
            let rest = grace - now.since(lost_at);
            return self.after(rest, Timer::LegLost(session));
        }
        self.give_up(session);
    }

    /// Nobody comes back to a leg: it ends, and the other side hears of it.
    pub(super) fn give_up(&mut self, session: SessionId) {
        let Some(leg) = self.legs.get(&session) else { return };
        let key = leg.call.clone();
        let is_caller = leg.side == Side::Caller;
        if self.ring_elsewhere(session) {
            return;
        }
        self.counters.reaped += 1;
        if self.transferred_to(session).is_some() {
            self.ep.forget(session);
            return self.on_branch_over(session, 480, None);
        }
        let answered = matches!(self.calls.get(&key), Some(Call { stage: Stage::Answering { callee, .. }, .. }) if *callee == session);
        match self.calls.get(&key).map(|call| &call.stage) {
            Some(Stage::Talking { .. }) => {
                self.ep.forget(session);
                self.finish(&key, session, None, "lost", None);
                self.remove_leg(session);
            }
            Some(Stage::Waiting | Stage::Ringing(_) | Stage::Answering { .. }) if is_caller => {
                self.ep.forget(session);
                self.remove_leg(session);
                self.abandon(&key, Some("lost"));
            }
            Some(Stage::Waiting | Stage::Ringing(_)) => {
                self.ep.forget(session);
                self.on_branch_over(session, 480, None);
            }
            Some(Stage::Answering { .. }) if answered => {
                self.ep.forget(session);
                self.remove_leg(session);
                if !self.wait_on(&key, "lost") {
                    self.refuse_call(&key, 480, "Temporarily unavailable", "lost", None);
                }
            }
            // Over, or another phone answered.
            Some(Stage::Answering { .. }) | None => {
                self.ep.forget(session);
                self.remove_leg(session);
            }
        }
    }

    /// How long a leg may be without a socket.
    fn grace(&self, session: SessionId) -> u64 {
        let Some(leg) = self.legs.get(&session) else { return EARLY_LEG_LOST_MS };
        let call = self.calls.get(&leg.call);
        if call.is_some_and(|call| call.parked && call.caller == session) {
            // As long as the place of whoever waits on a 182 is kept: agents are to find somebody there.
            return LEG_LEFT_MS;
        }
        if self.transferred_to(session).is_some() {
            return EARLY_LEG_LOST_MS;
        }
        match call.map(|call| &call.stage) {
            Some(Stage::Talking { .. }) if leg.left => LEG_LEFT_MS,
            Some(Stage::Talking { .. }) => LEG_LOST_MS,
            Some(Stage::Waiting | Stage::Ringing(_) | Stage::Answering { .. }) => EARLY_LEG_LOST_MS,
            // Over: a BYE that a connected phone must still hear, or a phone that stopped ringing.
            None if self.rows.contains_key(&leg.call) => LEG_LOST_MS,
            None => EARLY_LEG_LOST_MS,
        }
    }

    /// Takes what agents wanted and who waited before a restart. Call once, before [`Machine::restore`].
    pub fn restore_queues(&mut self, clock: Clock, agents: Vec<(Party, SavedAgent)>, places: Vec<Place>) {
        let agents = agents.into_iter().map(|(party, saved)| (Name::from(&party), saved)).collect();
        self.queues.restore(clock, agents, places);
        self.input(clock, super::io::Input::Timer);
    }

    /// Takes the calls of before a restart. Call once, before any input.
    pub fn restore(&mut self, clock: Clock, rows: Vec<StoredCall>) {
        self.clock = clock;
        for row in rows {
            self.counters.restored += 1;
            if row.waiting && row.over.is_none() {
                self.restore_waiting(row);
                continue;
            }
            let key = row.key.clone();
            let [caller, callee] = row.legs.clone();
            if let Some(over) = row.over {
                let (side, leg) = if over == 0 { (Side::Caller, caller) } else { (Side::Callee, callee) };
                let Ok(left) = self.ep.restore(clock.now, None, leg.dialog.clone()) else {
                    self.out.push_back(Output::Delete(key));
                    continue;
                };
                self.restore_leg(left, &key, side, leg);
                self.rows.insert(key, BTreeSet::from([left]));
                self.ep.hang_up(clock.now, left, &[]);
                continue;
            }
            let ids = (self.ep.restore(clock.now, None, caller.dialog.clone()), self.ep.restore(clock.now, None, callee.dialog.clone()));
            let (Ok(a), Ok(b)) = ids else {
                ids.0.into_iter().chain(ids.1).for_each(|session| self.ep.forget(session));
                self.not_restored(row);
                continue;
            };
            let parties = (caller.party.clone(), callee.party.clone());
            let displays = (caller.display.clone(), callee.display.clone());
            let of = row.queue.as_ref().map(|of| (Name::new(&parties.1.tenant, &of.name), of.label.clone(), of.since));
            let preferred = row.preferred();
            if let Some((queue, _, _)) = &of {
                let (agent, contact) = (Name::from(&parties.1), row.contact.clone());
                self.queue_input(QueueInput::Talking { agent, contact, queue: queue.clone(), since: row.answered_at });
            }
            self.restore_leg(a, &key, Side::Caller, caller);
            self.restore_leg(b, &key, Side::Callee, callee);
            self.rows.insert(key.clone(), BTreeSet::from([a, b]));
            let call = Call {
                contact: row.contact,
                from: parties.0,
                from_display: displays.0,
                anonymous: row.anonymous,
                to: parties.1,
                to_display: displays.1,
                since: row.answered_at,
                caller: a,
                stage: Stage::Talking { callee: b, answered_at: row.answered_at, holds: row.holds },
                relays: Vec::new(),
                candidates: Vec::new(),
                invite: None,
                unwritten: 0,
                supervises: row.supervises.and_then(|kept| {
                    let how = Supervision::parse(kept.how.as_bytes()).ok()?;
                    Some(Supervises { of: kept.of, contact: kept.contact, how, stale: true, over: None })
                }),
                preferred,
                parked: false,
                transfer: None,
                mend: None,
                queue: of.map(|(name, label, since)| {
                    self.next_item += 1;
                    QueueCall {
                        item: ItemId(self.next_item),
                        name,
                        label,
                        since,
                        entered: since,
                        placed: true,
                        priority: row.priority,
                        told: None,
                    }
                }),
                group: Vec::new(),
            };
            self.add_call(&key, call);
            self.report_call(&key);
        }
        self.drop_lost_supervisions();
        self.input(clock, super::io::Input::Timer);
    }

    /// An answered caller who was in a queue: the place is kept, and asked for again once their phone is back.
    fn restore_waiting(&mut self, row: StoredCall) {
        let (key, [caller, _]) = (row.key.clone(), row.legs.clone());
        let (Some(of), Ok(session)) = (row.queue.clone(), self.ep.restore(self.clock.now, None, caller.dialog.clone())) else {
            return self.not_restored(row);
        };
        let (from, from_display) = (caller.party.clone(), caller.display.clone());
        let (name, preferred) = (Name::new(&from.tenant, &of.name), row.preferred());
        self.restore_leg(session, &key, Side::Caller, caller);
        self.rows.insert(key.clone(), BTreeSet::from([session]));
        self.next_item += 1;
        let (item, label, since) = (ItemId(self.next_item), of.label, of.since);
        let call = Call {
            contact: row.contact,
            from,
            from_display,
            anonymous: row.anonymous,
            to: Party::from(&name),
            to_display: label.clone(),
            since: row.answered_at,
            caller: session,
            stage: Stage::Waiting,
            relays: Vec::new(),
            candidates: Vec::new(),
            invite: None,
            unwritten: 0,
            queue: Some(QueueCall { item, name, label, since, entered: since, placed: true, priority: row.priority, told: None }),
            preferred,
            parked: true,
            supervises: None,
            transfer: None,
            mend: None,
            group: Vec::new(),
        };
        self.add_call(&key, call);
        self.report_call(&key);
    }

    /// A call of before that cannot go on here: its contact ends.
    fn not_restored(&mut self, row: StoredCall) {
        if row.supervises.is_none() {
            self.out.push_back(Output::Contact(Box::new(row.line(self.clock.unix_ms, ContactKind::Ended, Some("restart")))));
        }
        self.out.push_back(Output::Delete(row.key));
    }

    fn restore_leg(&mut self, session: SessionId, key: &CallKey, side: Side, stored: StoredLeg) {
        if stored.away {
            self.noted_away.insert(session, Absences::kept());
        }
        let leg = Leg {
            call: key.clone(),
            side,
            party: stored.party,
            instance: stored.instance,
            contact: stored.contact,
            flow: None,
            lost_at: Some(self.clock.now),
            left: false,
            reg_id: 0,
            rang: false,
            tried: Vec::new(),
            call_id: stored.dialog.dialog.call_id,
        };
        self.add_leg(session, leg);
        // The place of whoever is in a queue ends first, which is told as it is of others.
        self.after(LEG_LOST_MS, Timer::LegLost(session));
    }

    pub(super) fn sessions_of(&self, party: &Party) -> Vec<SessionId> {
        self.legs_of.get(party).map(|sessions| sessions.iter().copied().collect()).unwrap_or_default()
    }
}
