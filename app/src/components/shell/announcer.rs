//! Says aloud, for screen readers, what happens to calls.

use std::collections::HashMap;

use leptos::prelude::*;

use super::shortcuts::{ANSWER, OPEN_DOOR};
use crate::components::kit::say;
use crate::components::words;
use crate::desk::CallKey;
use crate::desk::view::call::{CallPhase, CallView};
use crate::desk::view::doors::RelayState;
use crate::i18n::{I18n, Key};
use crate::store::{Platform, Stores};

/// What is remembered of a call, to tell what changed.
#[derive(Clone, Copy, PartialEq)]
struct Heard {
    answered: bool,
    held: bool,
    muted: bool,
    ended: bool,
}

impl Heard {
    fn of(call: &CallView) -> Heard {
        Heard {
            answered: call.answered_at.is_some(),
            held: matches!(call.phase, CallPhase::Held | CallPhase::HeldByBoth),
            muted: call.mute == Some(true),
            ended: matches!(call.phase, CallPhase::Ended(_)),
        }
    }

    /// The most important difference in words.
    fn change(self, before: Heard) -> Option<Key> {
        if self.ended != before.ended {
            Some(Key::AnnEnded)
        } else if self.answered != before.answered {
            Some(Key::AnnConnected)
        } else if self.held != before.held {
            Some(if self.held { Key::AnnHeld } else { Key::AnnResumed })
        } else if self.muted != before.muted && !self.ended {
            Some(if self.muted { Key::AnnMuted } else { Key::AnnUnmuted })
        } else {
            None
        }
    }
}

/// An invisible live region.
#[component]
pub(super) fn Announcer() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let platform = Platform::use_context();
    let said = RwSignal::new(String::new());
    Effect::new(move |before: Option<HashMap<CallKey, Heard>>| {
        let calls = stores.calls.all();
        for call in &calls {
            let heard = Heard::of(call);
            let silent = Heard { answered: false, held: false, muted: false, ended: false };
            let old = before.as_ref().and_then(|before| before.get(&call.call)).copied().unwrap_or(silent);
            if before.is_some()
                && let Some(key) = heard.change(old)
            {
                said.set(untrack(|| t.with(key, &[("name", &call.who.name)])));
            }
        }
        calls.iter().map(|call| (call.call, Heard::of(call))).collect()
    });
    Effect::new(move |before: Option<Vec<CallKey>>| {
        let ringing = stores.incoming.keys();
        if let Some(new) = ringing.iter().find(|call| before.as_ref().is_none_or(|before| !before.contains(call)))
            && let Some(view) = stores.incoming.row(new)
        {
            let (name, door) = view.with_untracked(|view| (view.who.name.clone(), view.door.is_some()));
            let (title, words, keys) = match door {
                true => (Key::DoorRing, Key::AnnDoor, OPEN_DOOR.text),
                false => (Key::IncomingCall, Key::AnnIncoming, ANSWER.text),
            };
            platform.notify(untrack(|| t.get(title)), name.clone(), format!("ring-{new}"));
            said.set(untrack(|| t.with(words, &[("name", &name), ("keys", keys)])));
        }
        ringing
    });
    // What becomes of a release is said once, wherever on the page it was asked for.
    Effect::new(move |before: Option<HashMap<(String, u8), RelayState>>| {
        let mut states = HashMap::new();
        for door in stores.doors.all() {
            for relay in door.relays {
                let key = (door.id.clone(), relay.relay);
                let old = before.as_ref().and_then(|before| before.get(&key));
                if old.is_some_and(|old| *old != relay.state)
                    && let Some((words, _)) = untrack(|| words::relay(t, &relay.state, stores.now.get()))
                {
                    said.set(format!("{}, {}: {words}", door.name, relay.name));
                }
                states.insert(key, relay.state);
            }
        }
        states
    });
    view! { <div class="sr-only" aria-live="assertive" data-role="announcer">{say(move || said.get())}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_important_change_is_said() {
        let quiet = Heard { answered: false, held: false, muted: false, ended: false };
        let talking = Heard { answered: true, ..quiet };
        assert_eq!(talking.change(quiet), Some(Key::AnnConnected));
        assert_eq!(talking.change(talking), None);
        assert_eq!(Heard { held: true, ..talking }.change(talking), Some(Key::AnnHeld));
        assert_eq!(talking.change(Heard { muted: true, ..talking }), Some(Key::AnnUnmuted));
        assert_eq!(Heard { ended: true, muted: true, ..talking }.change(talking), Some(Key::AnnEnded));
    }
}
