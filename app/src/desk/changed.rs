//! What an event can have changed of what is shown. A floor of hundreds changes row by row, some times a second: only those rows are
//! made anew.

use std::collections::BTreeSet;

use super::Desk;
use super::event::Event;

/// Parts of the views that may differ from what was shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Every list of rows, and the rest.
    pub all: bool,
    /// Everything but lists of people, agents and queues.
    pub rest: bool,
    /// People, by user name.
    pub people: BTreeSet<String>,
    /// Agents of the floor, by user name.
    pub agents: BTreeSet<String>,
    /// Queues of the floor, by name.
    pub queues: BTreeSet<String>,
}

impl Desk {
    /// What may have changed since this was last asked.
    pub fn take_changed(&mut self) -> Changed {
        std::mem::take(&mut self.changed)
    }

    /// Notes what an event can change; frames of the feed are looked at one by one.
    pub(super) fn note_event(&mut self, event: &Event) {
        match event {
            Event::Feed(_) | Event::Callers { .. } => {}
            Event::Samples(_) | Event::Ice { .. } | Event::Gesture | Event::Log(_) => self.changed.rest = true,
            Event::Tick => {
                self.changed.rest = true;
                let quarter = self.floor_quarter();
                self.changed.all |= self.quarter != quarter;
                self.quarter = quarter;
            }
            _ => self.changed.all = true,
        }
    }
}
