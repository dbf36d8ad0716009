//! Book-keeping of calls and legs, and what the history and the feed hear of them.

use super::call::{Call, Leg, Stage};
use super::io::{CallKey, ContactEvent, ContactKind, Directory, Output, Party, PersonState};
use super::machine::Machine;
use sip_ws::endpoint::SessionId;

impl Machine {
    pub(super) fn add_call(&mut self, key: &CallKey, call: Call) {
        let parties = [call.from.clone(), call.to.clone()];
        self.calls.insert(key.clone(), call);
        for party in parties {
            self.calls_of.entry(party.clone()).or_default().insert(key.clone());
            self.report_person(&party);
        }
    }

    /// Removes a call; its legs stay until each has ended.
    pub(super) fn end_call(&mut self, key: &CallKey) {
        let Some(call) = self.calls.remove(key) else { return };
        self.relay_of.retain(|_, of| of != key);
        for party in [call.from, call.to] {
            if let Some(calls) = self.calls_of.get_mut(&party) {
                calls.remove(key);
                if calls.is_empty() {
                    self.calls_of.remove(&party);
                }
            }
            self.report_person(&party);
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

    /// One line of history.
    pub(super) fn report_contact(
        &mut self,
        key: &CallKey,
        kind: ContactKind,
        by: Option<Party>,
        status: Option<u16>,
        cause: Option<&'static str>,
    ) {
        let Some(call) = self.calls.get(key) else { return };
        self.out.push_back(Output::Contact(ContactEvent {
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
        }));
    }

    /// What a call makes its two people do changed.
    pub(super) fn report_call(&mut self, key: &CallKey) {
        let Some(call) = self.calls.get(key) else { return };
        for party in [call.from.clone(), call.to.clone()] {
            self.report_person(&party);
        }
    }

    /// What one person's phones do.
    pub(super) fn report_person(&mut self, party: &Party) {
        let (mut ringing, mut busy) = (0, 0);
        for call in self.calls_of.get(party).into_iter().flatten().filter_map(|key| self.calls.get(key)) {
            match &call.stage {
                Stage::Ringing(_) | Stage::Answering { .. } if call.from != *party => ringing += 1,
                Stage::Ringing(_) | Stage::Answering { .. } | Stage::Talking { .. } => busy += 1,
            }
        }
        let registered = self.registrar.is_registered(party);
        self.out.push_back(Output::Person(PersonState { party: party.clone(), registered, ringing, busy }));
    }

    /// People or domains changed: whoever is gone loses sockets and bindings; running calls go on.
    pub(super) fn replace_directory(&mut self, directory: Directory) {
        self.directory = directory;
        let known = |party: &Party, directory: &Directory| {
            directory.tenants.iter().any(|t| t.id == party.tenant && t.people.contains_key(&party.user))
        };
        let gone: Vec<Party> = self.party_flows.keys().filter(|party| !known(party, &self.directory)).cloned().collect();
        for party in gone {
            for flow in self.party_flows.get(&party).cloned().unwrap_or_default() {
                self.close(flow, "no longer a member");
            }
            self.registrar.remove(&party);
            self.report_person(&party);
        }
    }
}
