//! The chord that opens a door acts when it is pressed twice: once shows what it would do.

use leptos::prelude::*;

use crate::components::kit::{memo, say};
use crate::components::shell::OPEN_DOOR;
use crate::desk::Millis;
use crate::desk::view::doors::{DoorView, Press};
use crate::i18n::{I18n, Key};
use crate::store::Stores;

/// The second press comes within this time. The page's clock moves once a second.
const WITHIN_MS: Millis = 4_000;

/// What the next press opens. In context.
#[derive(Clone, Copy)]
pub struct DoorGuard(pub RwSignal<Option<Armed>>);

/// A door that one press has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Armed {
    /// Id of the entrance.
    pub door: String,
    /// Number of the relay.
    pub relay: u8,
    /// When.
    pub at: Millis,
}

impl Armed {
    /// What a press chooses at this door: its first relay that needs no code.
    pub fn of(door: &DoorView, at: Millis) -> Option<Armed> {
        let relay = door.relays.iter().find(|relay| !relay.typed_code && relay.press == Some(Press::Open))?;
        Some(Armed { door: door.id.clone(), relay: relay.relay, at })
    }

    /// Whether a press of `next` is the second one of this.
    pub fn fires(&self, next: &Armed) -> bool {
        self.door == next.door && self.relay == next.relay && next.at.saturating_sub(self.at) <= WITHIN_MS
    }
}

/// Says what the next press opens.
#[component]
pub(super) fn GuardNote(view: Signal<DoorView>) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let guard = expect_context::<DoorGuard>();
    let relay = memo(move || {
        let armed = guard.0.get().filter(|armed| stores.now.get().saturating_sub(armed.at) <= WITHIN_MS)?;
        view.with(|door| {
            let relay = door.relays.iter().find(|relay| door.id == armed.door && relay.relay == armed.relay)?;
            Some(relay.name.clone())
        })
    });
    move || {
        relay.get().map(|relay| {
            view! {
                <p class="ring-note" role="alert">
                    {say(move || t.with(Key::DoorAgain, &[("keys", OPEN_DOOR.text), ("relay", &relay)]))}
                </p>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_second_press_for_the_same_door_in_time_opens() {
        let armed = Armed { door: "gate".into(), relay: 1, at: 10_000 };
        assert!(armed.fires(&Armed { at: 13_000, ..armed.clone() }));
        assert!(!armed.fires(&Armed { at: 15_000, ..armed.clone() }));
        assert!(!armed.fires(&Armed { door: "barrier".into(), ..armed.clone() }));
    }
}
