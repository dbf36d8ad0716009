//! Book-keeping of calls and legs, and what the history and the feed hear of them.

use super::call::{Call, Leg, QueueCall, Stage};
use super::io::{CallKey, ContactEvent, ContactKind, Directory, OfQueue, Output, Over, Party, PersonState, Work};
use super::machine::Machine;
use crate::queue::io::{Input as QueueInput, Name};
use sip_ws::endpoint::SessionId;

impl Machine {
    pub(super) fn add_call(&mut self, key: &CallKey, call: Call) {
        let people = call.people();
        self.calls.insert(key.clone(), call);
        self.supervision_begins(key);
        for party in people {
            self.calls_of.entry(party.clone()).or_default().insert(key.clone());
            self.report_person(&party);
        }
    }

    /// Removes a call; its legs stay until each has ended.
    pub(super) fn end_call(&mut self, key: &CallKey) {
        let Some(call) = self.calls.remove(key) else { return };
        self.end_supervisions(key, None, Over::CallOver);
        self.supervision_ends(key, &call);
        self.relay_of.retain(|_, of| of != key);
        for party in call.people() {
            self.no_call_of(&party, key);
            self.report_person(&party);
        }
    }

    /// A call concerns this person no longer.
    pub(super) fn no_call_of(&mut self, party: &Party, key: &CallKey) {
        if let Some(calls) = self.calls_of.get_mut(party) {
            calls.remove(key);
            if calls.is_empty() {
                self.calls_of.remove(party);
            }
        }
    }

    pub(super) fn add_leg(&mut self, session: SessionId, leg: Leg) {
        self.by_call_id.insert(leg.call_id.clone(), session);
        self.legs_of.entry(leg.party.clone()).or_default().insert(session);
        self.legs.insert(session, leg);
    }

    /// Forgets a leg; the row of its call goes with the last one.
    pub(super) fn remove_leg(&mut self, session: SessionId) -> Option<Leg> {
        let leg = self.legs.remove(&session)?;
        self.by_call_id.remove(&leg.call_id);
        self.noted_away.remove(&session);
        if let Some(sessions) = self.legs_of.get_mut(&leg.party) {
            sessions.remove(&session);
            if sessions.is_empty() {
                self.legs_of.remove(&leg.party);
            }
        }
        if let Some(open) = self.rows.get_mut(&leg.call) {
            open.remove(&session);
            if open.is_empty() {
                self.rows.remove(&leg.call);
                self.out.push_back(Output::Delete(leg.call.clone()));
            }
        }
        Some(leg)
    }

    /// One line of history. A part in a call of others is no contact of its own.
    pub(super) fn report_contact(
        &mut self,
        key: &CallKey,
        kind: ContactKind,
        by: Option<Party>,
        status: Option<u16>,
        cause: Option<&'static str>,
    ) {
        if self.calls.get(key).is_some_and(|call| call.supervises.is_some()) {
            match kind {
                ContactKind::Answered => self.note_supervision(key, false),
                ContactKind::Ended => self.note_supervision(key, true),
                _ => {}
            }
            self.over_by(key, kind, by.as_ref(), cause);
            return;
        }
        let event = self.contact(key, kind, by, status, cause);
        self.out.extend(event.map(|event| Output::Contact(Box::new(event))));
    }

    /// The line that says this of a call as it is.
    pub(super) fn contact(
        &self,
        key: &CallKey,
        kind: ContactKind,
        by: Option<Party>,
        status: Option<u16>,
        cause: Option<&'static str>,
    ) -> Option<ContactEvent> {
        let call = self.calls.get(key).filter(|call| call.supervises.is_none())?;
        Some(ContactEvent {
            contact: call.contact.clone(),
            at: self.clock.unix_ms,
            kind,
            from: call.from.clone(),
            from_display: call.from_display.clone(),
            to: call.to.clone(),
            to_display: call.to_display.clone(),
            by,
            status,
            cause,
            queue: call.queue.as_ref().map(OfQueue::from),
            work: None,
            detail: None,
        })
    }

    /// The last line of a contact whose call is gone, but whose place in a queue was kept.
    pub(super) fn report_place(
        &mut self,
        contact: String,
        (from, from_display): (Party, String),
        queue: &Name,
        since: i64,
        (kind, cause): (ContactKind, Option<&'static str>),
    ) {
        let label = self.label_of(queue);
        self.out.push_back(Output::Contact(Box::new(ContactEvent {
            contact,
            at: self.clock.unix_ms,
            kind,
            from,
            from_display,
            to: Party::from(queue),
            to_display: label.clone(),
            by: None,
            status: None,
            cause,
            queue: Some(OfQueue { name: queue.name.to_string(), label, since }),
            work: None,
            detail: None,
        })));
    }

    /// The work after a call is done.
    pub(super) fn report_work(&mut self, contact: String, agent: &Name, queue: &Name, work: Work) {
        let (party, label) = (Party::from(agent), self.label_of(queue));
        self.out.push_back(Output::Contact(Box::new(ContactEvent {
            contact,
            at: self.clock.unix_ms,
            kind: ContactKind::WrappedUp,
            from: Party { tenant: party.tenant.clone(), user: String::new() },
            from_display: String::new(),
            to: party.clone(),
            to_display: String::new(),
            by: Some(party),
            status: None,
            cause: None,
            queue: Some(OfQueue { name: queue.name.to_string(), label, since: self.clock.unix_ms - work.ms }),
            work: Some(work),
            detail: None,
        })));
    }

    /// What a call makes its two people do changed.
    pub(super) fn report_call(&mut self, key: &CallKey) {
        let Some(call) = self.calls.get(key) else { return };
        for party in call.people() {
            self.report_person(&party);
        }
    }

    /// What one person's phones do.
    pub(super) fn report_person(&mut self, party: &Party) {
        let (mut ringing, mut busy) = (0, 0);
        for call in self.calls_of.get(party).into_iter().flatten().filter_map(|key| self.calls.get(key)) {
            match &call.stage {
                // Nobody's phone does anything but the caller's.
                Stage::Waiting if call.from != *party => {}
                Stage::Waiting => busy += 1,
                Stage::Ringing(_) | Stage::Answering { .. } if call.from != *party => ringing += 1,
                Stage::Talking { .. } if call.rings_for_transfer(party) => ringing += 1,
                Stage::Ringing(_) | Stage::Answering { .. } | Stage::Talking { .. } => busy += 1,
            }
        }
        let registered = self.registrar.is_registered(party);
        self.out.push_back(Output::Person(PersonState { party: party.clone(), registered, ringing, busy }));
        self.queue_input(QueueInput::Phones { agent: Name::from(party), registered, ringing, busy });
    }

    /// People or domains changed: whoever is gone loses sockets and bindings; running calls go on.
    pub(super) fn replace_directory(&mut self, directory: Directory) {
        self.directory = directory;
        let known = |party: &&Party| self.tenant(&party.tenant).is_some_and(|tenant| tenant.has(&party.user));
        let gone: Vec<Party> = self.party_flows.keys().filter(|party| !known(party)).cloned().collect();
        for party in gone {
            for flow in self.party_flows.get(&party).cloned().unwrap_or_default() {
                self.close(flow, "no longer a member");
            }
            self.registrar.remove(&party);
            self.report_person(&party);
        }
        self.configure_queues();
    }
}

impl From<&QueueCall> for OfQueue {
    fn from(of: &QueueCall) -> Self {
        OfQueue { name: of.name.name.to_string(), label: of.label.clone(), since: of.since }
    }
}
