//! Doors of sites that somebody does not see: their calls are told to whom they concern, but not which door it is.

use super::model::Premises;
use crate::directory::Person;
use crate::rights::{Act, may_at};
use crate::store::{ContactEvent, ContactKind};

/// Stands for the user name of such a door. Nobody is called so.
pub const VEILED: &str = "\0";

impl Premises {
    /// Whether this is the station of a door that somebody may not know of.
    #[must_use]
    pub fn veils(&self, person: &Person, user: &str) -> bool {
        let door = self.by_sip_user(&person.tenant, user);
        door.is_some_and(|(site, _)| !may_at(person, Act::DoorList, std::iter::once(site.id.as_str())))
    }

    /// Takes the names of such doors out of what happened, and who opened them.
    pub fn veil(&self, person: &Person, events: &mut [ContactEvent]) {
        for event in events {
            let data = &mut event.data;
            if self.veils(person, &event.from_user) {
                (event.from_user, data.from_display) = (VEILED.to_owned(), String::new());
                if event.kind == ContactKind::Opened {
                    (event.to_user, data.to_display, data.by) = (String::new(), String::new(), None);
                }
            }
            if self.veils(person, &event.to_user) {
                (event.to_user, data.to_display) = (VEILED.to_owned(), String::new());
            }
            if data.by.as_ref().is_some_and(|by| self.veils(person, by)) {
                data.by = Some(VEILED.to_owned());
            }
        }
    }
}
