//! Phones with several flows (RFC 5626): a ring that does not arrive on one of them follows its phone to another one. A phone is rung on one flow
//! at a time, and on each of them once.

use super::call::{Call, Side, Stage};
use super::machine::Machine;
use super::registrar::Binding;
use super::transfer::Step;
use sip_ws::endpoint::SessionId;
use sip_ws::io::FlowId;

/// Sent to a phone about a ring of before, so that it does not count as a missed call (RFC 3326).
const MOVED: (&str, &str) = ("Reason", "SIP;cause=200;text=\"Rings on another flow\"");

impl Machine {
    /// A phone has had the time to say that it was reached.
    pub(super) fn on_silence(&mut self, session: SessionId) {
        if !self.ep.is_heard(session) {
            self.ring_elsewhere(session);
        }
    }

    /// A branch is over because its flow has failed (RFC 5626 5.3), if that is what the status says. `false`: the phone has no other one.
    pub(super) fn flow_failed(&mut self, session: SessionId, status: u16) -> bool {
        if !matches!(status, 408 | 430) || self.set_up_as(session) != Some(Side::Callee) {
            return false;
        }
        let Some(leg) = self.legs.get(&session).filter(|leg| status == 430 || !leg.rang) else { return false };
        if let (430, Some(flow), Some(_)) = (status, leg.flow, &leg.instance) {
            // Whoever is on the way knows that it is no more.
            let party = leg.party.clone();
            self.registrar.forget_flow(flow, &party);
            self.phones_changed(&party);
            self.report_person(&party);
        }
        let moved = self.untried(session).is_some_and(|phone| self.ring_at(session, &phone));
        if moved {
            self.remove_leg(session);
        }
        moved
    }

    /// Rings the phone of a branch on another flow of it, and no longer here. `false`: it has no other one.
    pub(super) fn ring_elsewhere(&mut self, session: SessionId) -> bool {
        let Some(phone) = self.untried(session) else { return false };
        // By the living flow it hears of the end of what it may be ringing for, and hears that first.
        let now = self.clock.now;
        self.ep.set_flow(now, session, phone.flow);
        self.ep.hang_up(now, session, &[MOVED]);
        if let Some(leg) = self.legs.get_mut(&session) {
            (leg.flow, leg.lost_at) = (Some(phone.flow), None);
        }
        self.ring_at(session, &phone)
    }

    /// Rings a phone anew instead of the branch that its page before had.
    pub(super) fn ring_again(&mut self, session: SessionId, flow: FlowId, contact: &str) {
        let phones = self.legs.get(&session).map(|leg| self.registrar.bindings(&leg.party)).unwrap_or_default();
        if let Some(phone) = phones.into_iter().find(|phone| phone.flow == flow && phone.uri == contact) {
            self.ring_at(session, &phone);
        }
        self.ep.forget(session);
        self.remove_leg(session);
    }

    /// The newest flow of the phone of a branch on which it was not rung for this call.
    fn untried(&self, session: SessionId) -> Option<Binding> {
        let leg = self.legs.get(&session).filter(|leg| leg.instance.is_some())?;
        if self.set_up_as(session) != Some(Side::Callee) {
            return None;
        }
        let bindings = self.registrar.bindings(&leg.party).into_iter().rev();
        let mut others = bindings.filter(|phone| phone.instance == leg.instance && !leg.tried.contains(&phone.flow));
        others.next()
    }

    /// Another branch takes the place of this one, which may not answer any more.
    fn ring_at(&mut self, session: SessionId, phone: &Binding) -> bool {
        let Some(leg) = self.legs.get(&session) else { return false };
        let (key, party, tried) = (leg.call.clone(), leg.party.clone(), leg.tried.clone());
        let phones = std::slice::from_ref(phone);
        let rung = match self.transferred_to(session) {
            Some(_) => self.ring_target(&key, phones),
            None => self.ring(&key, &party, phones),
        };
        if rung.is_empty() {
            return false;
        }
        for branch in rung {
            if let Some(leg) = self.legs.get_mut(&branch) {
                leg.tried.extend(&tried);
            }
        }
        match self.calls.get_mut(&key) {
            Some(Call { stage: Stage::Ringing(ring), .. }) => {
                ring.branches.retain(|branch| *branch != session);
                ring.early = ring.early.filter(|early| *early != session);
            }
            Some(Call { transfer: Some(transfer), .. }) => {
                if let Step::Ringing { branches, .. } = &mut transfer.step {
                    branches.retain(|branch| *branch != session);
                }
            }
            Some(_) | None => {}
        }
        true
    }
}
