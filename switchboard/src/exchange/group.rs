//! People who are rung at once, by a door or by a queue: every phone of each, until the first one answers.
//!
//! Each of them has a contact event of their own when it begins and when it ends, so that history and feed show each what happened there:
//! answered, answered by somebody else, declined, missed.

use super::call::{Member, Stage};
use super::headers::rank;
use super::io::{CallKey, ContactEvent, ContactKind, Output, Party};
use super::limits::RING_MS;
use super::machine::{Machine, Timer};
use sip_ws::endpoint::SessionId;

impl Machine {
    /// Rings everybody of the group who can be reached. Where that is nobody, all of them learn of it.
    pub(super) fn ring_group(&mut self, key: &CallKey) {
        let Some(members) = self.calls.get(key).map(|call| call.group.clone()) else { return };
        let phones: Vec<_> = members.iter().map(|member| self.registrar.reachable(&member.party)).collect();
        let nobody = phones.iter().all(Vec::is_empty);
        for (member, phones) in members.into_iter().zip(phones) {
            if phones.is_empty() && !nobody {
                self.leave_group(key, &member.party);
                continue;
            }
            self.report_member(key, &member, ContactKind::Offered, None, None);
            self.ring(key, &member.party, &phones);
        }
        if nobody {
            return self.refuse_call(key, 480, "Not registered", "not-registered", None);
        }
        self.after(RING_MS, Timer::Ring(key.clone()));
    }

    /// Somebody answered: the call is theirs.
    pub(super) fn group_answered(&mut self, key: &CallKey, session: SessionId) {
        let Some(winner) = self.legs.get(&session).map(|leg| leg.party.clone()) else { return };
        let Some(call) = self.calls.get_mut(key) else { return };
        let Some(at) = call.group.iter().position(|member| member.party == winner) else { return };
        let winner = call.group.remove(at);
        call.to_display = winner.display;
        self.group_over(key, "answered-elsewhere");
        self.retarget(key, winner.party);
    }

    /// A phone of a member refused or is gone. With the last one the member is rung no longer: says whether they declined.
    pub(super) fn member_over(&mut self, key: &CallKey, party: &Party, status: u16) -> Option<bool> {
        let call = self.calls.get_mut(key)?;
        let Stage::Ringing(ring) = &call.stage else { return None };
        let still = ring.branches.iter().any(|branch| self.legs.get(branch).is_some_and(|leg| leg.party == *party));
        let member = call.group.iter_mut().find(|member| member.party == *party)?;
        let status = member.refusal.filter(|best| rank(*best) <= rank(status)).unwrap_or(status);
        member.refusal = Some(status);
        if still {
            return None;
        }
        let member = member.clone();
        let declined = matches!(status, 486 | 600 | 603);
        match declined {
            true => self.report_member(key, &member, ContactKind::OfferDeclined, Some(status), Some("declined")),
            false => self.report_member(key, &member, ContactKind::OfferFailed, Some(status), Some("unreachable")),
        }
        self.leave_group(key, party);
        Some(declined)
    }

    /// A phone of a member rings.
    pub(super) fn member_rings(&mut self, key: &CallKey, session: SessionId) {
        let Some(party) = self.legs.get(&session).map(|leg| leg.party.clone()) else { return };
        let Some(call) = self.calls.get_mut(key) else { return };
        let Some(member) = call.group.iter_mut().find(|member| member.party == party) else { return };
        if std::mem::replace(&mut member.rang, true) {
            return;
        }
        let member = member.clone();
        self.report_member(key, &member, ContactKind::Ringing, None, None);
        self.report_person(&party);
    }

    /// A member is rung no longer, for a reason of ours.
    pub(super) fn member_withdrawn(&mut self, key: &CallKey, party: &Party, kind: ContactKind, cause: &'static str) {
        let member = self.calls.get(key).and_then(|call| call.group.iter().find(|member| member.party == *party)).cloned();
        if let Some(member) = member {
            self.report_member(key, &member, kind, None, Some(cause));
            self.leave_group(key, party);
        }
    }

    /// Nobody of the group is rung any longer.
    pub(super) fn group_over(&mut self, key: &CallKey, cause: &'static str) {
        let lines = self.end_group(key, cause);
        self.out.extend(lines.into_iter().map(|line| Output::Contact(Box::new(line))));
    }

    /// The same, without a word of it in the history: gives what is to be said of each.
    pub(super) fn end_group(&mut self, key: &CallKey, cause: &'static str) -> Vec<ContactEvent> {
        let members = self.calls.get(key).map(|call| call.group.clone()).unwrap_or_default();
        let mut lines = Vec::new();
        for member in members {
            lines.extend(self.of_member(key, &member, ContactKind::OfferMissed, None, Some(cause)));
            self.leave_group(key, &member.party);
        }
        lines
    }

    fn leave_group(&mut self, key: &CallKey, party: &Party) {
        let Some(call) = self.calls.get_mut(key) else { return };
        call.group.retain(|member| member.party != *party);
        self.no_call_of(party, key);
        self.report_person(party);
    }

    /// One line of history of one member.
    pub(super) fn report_member(
        &mut self,
        key: &CallKey,
        member: &Member,
        kind: ContactKind,
        status: Option<u16>,
        cause: Option<&'static str>,
    ) {
        let line = self.of_member(key, member, kind, status, cause);
        self.out.extend(line.map(|line| Output::Contact(Box::new(line))));
    }

    fn of_member(
        &self,
        key: &CallKey,
        member: &Member,
        kind: ContactKind,
        status: Option<u16>,
        cause: Option<&'static str>,
    ) -> Option<ContactEvent> {
        let by = (kind == ContactKind::OfferDeclined).then(|| member.party.clone());
        let line = self.contact(key, kind, by, status, cause)?;
        Some(ContactEvent { to: member.party.clone(), to_display: member.display.clone(), ..line })
    }
}
