//! Keyboard chords: all with Alt and Shift, so that neither browser keeps one for itself and no typed letter acts.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::components::doors::{Armed, DoorGuard};
use crate::components::kit::Dialog;
use crate::desk::CallKey;
use crate::desk::action::Action;
use crate::desk::view::call::CallView;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The wish that the field "Name or number" takes the focus as soon as it is on the screen. In context.
#[derive(Clone, Copy)]
pub struct DialFocus(pub RwSignal<bool>);

/// One chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chord {
    /// Physical key, the same on every keyboard layout.
    pub code: &'static str,
    /// The chord as `aria-keyshortcuts` and the list write it.
    pub text: &'static str,
    /// What it does.
    pub what: Key,
}

pub(super) const ANSWER: Chord = Chord { code: "KeyA", text: "Alt+Shift+A", what: Key::ScAnswer };
pub(super) const ANSWER_VIDEO: Chord = Chord { code: "KeyV", text: "Alt+Shift+V", what: Key::ScAnswerVideo };
pub(super) const REJECT: Chord = Chord { code: "KeyR", text: "Alt+Shift+R", what: Key::ScReject };
const END: Chord = Chord { code: "KeyE", text: "Alt+Shift+E", what: Key::ScHangUp };
const MUTE: Chord = Chord { code: "KeyM", text: "Alt+Shift+M", what: Key::ScMute };
const HOLD: Chord = Chord { code: "KeyH", text: "Alt+Shift+H", what: Key::ScHold };
const DIAL: Chord = Chord { code: "KeyD", text: "Alt+Shift+D", what: Key::ScDial };
const WORK: Chord = Chord { code: "KeyP", text: "Alt+Shift+P", what: Key::ScWork };
pub(crate) const OPEN_DOOR: Chord = Chord { code: "KeyO", text: "Alt+Shift+O", what: Key::ScDoor };
const HELP: Chord = Chord { code: "KeyK", text: "Alt+Shift+K", what: Key::ScHelp };

/// Every chord, in the order of the list.
pub const CHORDS: [Chord; 10] = [ANSWER, ANSWER_VIDEO, REJECT, OPEN_DOOR, END, MUTE, HOLD, WORK, DIAL, HELP];

/// Listens on the whole window while it is mounted.
#[component]
pub(super) fn Shortcuts() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let dial_focus = expect_context::<DialFocus>();
    let guard = expect_context::<DoorGuard>();
    let navigate = use_navigate();
    let help = RwSignal::new(false);
    let handle = window_event_listener(ev::keydown, move |event| {
        if !event.alt_key() || !event.shift_key() || event.ctrl_key() || event.meta_key() || event.repeat() {
            return;
        }
        let code = event.code();
        let Some(chord) = CHORDS.into_iter().find(|chord| chord.code == code) else { return };
        event.prevent_default();
        if chord == HELP {
            help.update(|open| *open = !*open);
        } else if chord == DIAL {
            navigate("/desk", Default::default());
            dial_focus.0.set(true);
        } else if chord == OPEN_DOOR {
            open_door(stores, dispatch, guard);
        } else if let Some(action) = action_of(chord, stores) {
            dispatch.send(action);
        }
    });
    on_cleanup(move || handle.remove());
    view! {
        <Dialog title=t.of(Key::Shortcuts) open=help>
            <ShortcutList/>
        </Dialog>
    }
}

/// The first press chooses the door of the ringing call, else of the present one; the second opens it.
fn open_door(stores: Stores, dispatch: Dispatch, guard: DoorGuard) {
    let ringing = untrack(|| stores.incoming.all()).into_iter().find_map(|ring| ring.door);
    let door = ringing.or_else(|| current(&untrack(|| stores.calls.all()), stores.desk.get_untracked().active).and_then(|call| call.door));
    let door = door.and_then(|door| stores.doors.row(&door)).map(|door| door.get_untracked());
    let next = door.as_ref().and_then(|door| Armed::of(door, stores.now.get_untracked()));
    let fires = guard.0.with_untracked(|armed| armed.as_ref().zip(next.as_ref()).is_some_and(|(armed, next)| armed.fires(next)));
    match (fires, door, next) {
        (true, Some(door), Some(next)) => {
            guard.0.set(None);
            dispatch.send(Action::OpenDoor { door: door.id, relay: next.relay, code: None, call: door.call });
        }
        (_, _, next) => guard.0.set(next),
    }
}

/// What a chord means at this moment, if anything.
fn action_of(chord: Chord, stores: Stores) -> Option<Action> {
    let ringing = || untrack(|| stores.incoming.all()).into_iter().next();
    let call = || current(&untrack(|| stores.calls.all()), stores.desk.get_untracked().active);
    if chord == ANSWER {
        ringing().filter(|ring| ring.answer).map(|ring| Action::Answer { call: ring.call, video: false })
    } else if chord == ANSWER_VIDEO {
        ringing().filter(|ring| ring.answer_with_video).map(|ring| Action::Answer { call: ring.call, video: true })
    } else if chord == REJECT {
        ringing().map(|ring| Action::Reject { call: ring.call })
    } else if chord == END {
        call().filter(|call| call.hang_up).map(|call| Action::HangUp { call: call.call })
    } else if chord == MUTE {
        call().and_then(|call| call.mute.map(|on| Action::Mute { call: call.call, on: !on }))
    } else if chord == HOLD {
        call().and_then(|call| call.hold.map(|on| Action::Hold { call: call.call, on: !on }))
    } else if chord == WORK {
        let me = stores.work.get_untracked().me?;
        if me.ready { Some(Action::Ready) } else { me.pause.map(|_| Action::Pause { reason: None }) }
    } else {
        None
    }
}

/// The call that the chords are about: the one with our microphone, else the newest that is not over.
pub(crate) fn current(calls: &[CallView], active: Option<CallKey>) -> Option<CallView> {
    let live = |call: &&CallView| call.ended_at.is_none();
    active
        .and_then(|active| calls.iter().find(|call| call.call == active))
        .or_else(|| calls.iter().rev().find(live))
        .or_else(|| calls.last())
        .cloned()
}

/// The list of chords.
#[component]
pub fn ShortcutList() -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <p class="soft">{t.of(Key::ShortcutsLead)}</p>
        <ul class="chords">
            {CHORDS
                .into_iter()
                .map(|chord| {
                    let keys = chord.text.split('+').map(|key| view! { <kbd>{key}</kbd> }).collect_view();
                    view! { <li><span>{t.of(chord.what)}</span><span class="chord">{keys}</span></li> }
                })
                .collect_view()}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::CHORDS;

    #[test]
    fn no_two_chords_are_the_same() {
        for (index, chord) in CHORDS.iter().enumerate() {
            assert!(CHORDS[..index].iter().all(|other| other.code != chord.code && other.text != chord.text), "{chord:?}");
            assert!(chord.text.ends_with(chord.code.trim_start_matches("Key")), "{chord:?}");
        }
    }
}
