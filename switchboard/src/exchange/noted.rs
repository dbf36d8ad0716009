//! What the history of a contact notes although nothing of the call depends on it: how it sounds, who in charge takes part and how, whom it
//! waits for, and how it was preferred.

use super::call::{Call, Stage};
use super::io::{CallKey, ContactEvent, ContactKind, Detail, Output, Party};
use super::limits::MAX_AWAY;
use super::machine::Machine;
use crate::queue::io::ItemId;
use sip_ws::codec::SupervisionMode;
use sip_ws::endpoint::SessionId;
use wire::{Measured, SuperviseMode};

/// What the history of a contact knows of one leg's absences.
#[derive(Debug, Default)]
pub(super) struct Absences {
    /// The last that was noted is that it went.
    pub(super) away: bool,
    /// How often it went.
    times: u32,
}

impl Absences {
    /// What a server knows that was started while somebody was away.
    pub(super) const fn kept() -> Self {
        Self { away: true, times: 1 }
    }
}

impl Machine {
    /// The page of a person says how the sound of a call is that they are in.
    pub(super) fn on_quality(&mut self, party: &Party, contact: &str, measured: Measured) {
        let talks = |call: &&Call| matches!(call.stage, Stage::Talking { .. }) && (call.from == *party || call.to == *party);
        let mut keys = self.calls_of.get(party).into_iter().flatten();
        let key = keys.find(|key| self.calls.get(*key).filter(talks).is_some_and(|call| call.contact == contact)).cloned();
        if let Some(key) = key {
            self.note(&key, ContactKind::Quality, party.clone(), Some(Detail::Measured(measured)));
        }
    }

    /// Somebody in charge has given a waiting caller another priority.
    pub(super) fn note_priority(&mut self, item: ItemId, by: &Party, priority: u8) {
        if let Some(key) = self.items.get(&item).cloned() {
            self.note(&key, ContactKind::Prioritised, by.clone(), Some(Detail::Priority(priority)));
        }
    }

    /// Somebody in charge takes part in a call, or in another way than before, or no longer: it is the history of that call which knows.
    pub(super) fn note_supervision(&mut self, key: &CallKey, over: bool) {
        let Some(call) = self.calls.get(key) else { return };
        let Some(supervises) = &call.supervises else { return };
        let (of, by) = (supervises.of.clone(), call.from.clone());
        let mode = match supervises.how.mode {
            SupervisionMode::Listen => SuperviseMode::Listen,
            SupervisionMode::Whisper => SuperviseMode::Whisper,
            SupervisionMode::Barge => SuperviseMode::Barge,
        };
        let kind = if over { ContactKind::SupervisionEnded } else { ContactKind::Supervised };
        self.note(&of, kind, by, (!over).then_some(Detail::Mode(mode)));
    }

    /// The phone of one side of a call that goes on has lost its socket, or has one again.
    pub(super) fn note_away(&mut self, session: SessionId, away: bool) {
        let Some(leg) = self.legs.get(&session) else { return };
        let noted = self.noted_away.entry(session).or_default();
        // After a restart every phone comes back, and of most the history does not say that they were away.
        if noted.away == away || (away && noted.times == MAX_AWAY) {
            return;
        }
        noted.away = away;
        noted.times += u32::from(away);
        let (key, by) = (leg.call.clone(), leg.party.clone());
        self.note(&key, if away { ContactKind::Away } else { ContactKind::Back }, by, None);
        self.save(&key, false);
    }

    fn note(&mut self, key: &CallKey, kind: ContactKind, by: Party, detail: Option<Detail>) {
        let event = self.contact(key, kind, Some(by), None, None);
        self.out.extend(event.map(|event| Output::Contact(Box::new(ContactEvent { detail, ..event }))));
    }
}
