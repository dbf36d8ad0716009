//! The shift or visit and its calls as they stand in the tab's own storage, for the next load of the page.
//!
//! Written before a request leaves, because a sequence number must never be used twice. Addresses and tags are in it and no
//! secret; it is erased at the end of the shift and at sign-out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sip_ws::io::{CallId, StoredCall};

use crate::desk::CallKey;
use crate::desk::kept::{CallNotes, KeptVisit, Resume};
use crate::driver::storage;

/// A shift or visit that may go on after a reload.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Id of the person, or name of the guest; empty outside of both.
    person: String,
    #[serde(default)]
    visit: Option<KeptVisit>,
    /// By the handle of the call.
    calls: BTreeMap<u64, KeptCall>,
}

#[derive(Serialize, Deserialize)]
struct KeptCall {
    stored: StoredCall,
    notes: Option<CallNotes>,
}

impl Kept {
    /// What a page before this one left, if anything.
    pub(super) fn load() -> Option<Kept> {
        serde_json::from_str(&storage::load_shift()?).ok()
    }

    /// A shift or visit begins, or is over.
    pub(super) fn set_person(&mut self, person: Option<String>, visit: Option<KeptVisit>) {
        let person = person.unwrap_or_default();
        if person.is_empty() || visit.is_some() && self.person != person {
            self.calls.clear();
        }
        if self.person != person || self.visit != visit {
            (self.person, self.visit) = (person, visit);
            self.save();
        }
    }

    /// A call changed, or is over.
    pub(super) fn put(&mut self, call: CallId, stored: Option<StoredCall>, notes: Option<CallNotes>) {
        match stored {
            Some(stored) => drop(self.calls.insert(call.0, KeptCall { stored, notes })),
            None => drop(self.calls.remove(&call.0)),
        }
        self.save();
    }

    /// The desk may know more of its calls by now.
    pub(super) fn note(&mut self, notes: impl Fn(CallKey) -> Option<CallNotes>) {
        let mut changed = false;
        for (key, call) in &mut self.calls {
            let notes = notes(CallKey(*key));
            if notes.is_some() && call.notes != notes {
                call.notes = notes;
                changed = true;
            }
        }
        if changed {
            self.save();
        }
    }

    /// What the desk has to know.
    pub(super) fn resume(&self) -> Option<Resume> {
        let calls = self.calls.iter().filter_map(|(key, call)| Some((CallKey(*key), call.notes.clone()?)));
        (!self.person.is_empty()).then(|| Resume { person: self.person.clone(), visit: self.visit.clone(), calls: calls.collect() })
    }

    /// What the agent has to know.
    pub(super) fn stored(&self) -> Vec<StoredCall> {
        self.calls.values().map(|call| call.stored.clone()).collect()
    }

    fn save(&self) {
        match self.person.is_empty() {
            true => storage::forget_shift(),
            false => storage::save_shift(&serde_json::to_string(self).unwrap_or_default()),
        }
    }
}
