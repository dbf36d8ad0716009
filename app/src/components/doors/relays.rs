//! The buttons of a door: each with what becomes of its own relay.

use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;

use crate::components::kit::{Button, Each, Glyph, Look, When, memo, react, say};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::view::doors::{DoorView, Press, RelayState, RelayView};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// Letters of a door code at most.
const CODE_LIMIT: usize = 32;

/// All relays of a door.
#[component]
pub fn Relays(
    /// The door.
    view: Signal<DoorView>,
) -> impl IntoView {
    let t = I18n::use_context();
    let numbers = memo(move || view.with(|door| door.relays.iter().map(|relay| relay.relay).collect::<Vec<_>>()));
    view! {
        <div class="relays" role="group" aria-label=t.of(Key::DoorRelays)>
            <Each each=move || numbers.get() key=|number| *number let:number>
                <OneRelay view number/>
            </Each>
        </div>
    }
}

#[component]
fn OneRelay(view: Signal<DoorView>, number: u8) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let relay = memo(move || view.with(|door| door.relays.iter().find(|relay| relay.relay == number).cloned()));
    let part = move |read: fn(&RelayView) -> bool| memo(move || relay.with(|relay| relay.as_ref().is_some_and(read)));
    let (pressable, typed_code) = (part(|relay| relay.press.is_some()), part(|relay| relay.typed_code));
    let pending = part(|relay| matches!(relay.state, RelayState::Pending(_)));
    let ours = part(|relay| relay.state == RelayState::Pending(None));
    let typing = RwSignal::new(false);
    let open = move |code: Option<String>| {
        let (door, call) = view.with_untracked(|door| (door.id.clone(), door.call));
        dispatch.send(Action::OpenDoor { door, relay: number, code, call });
    };
    let press = move |()| match typed_code.get_untracked() {
        true => typing.update(|typing| *typing = !*typing),
        false => open(None),
    };
    let label = say(move || {
        let (name, test) =
            relay.with(|relay| relay.as_ref().map(|relay| (relay.name.clone(), relay.press == Some(Press::Test))).unwrap_or_default());
        t.with(if test { Key::TestRelay } else { Key::OpenRelay }, &[("relay", &name)])
    });
    let state = move || {
        let relay = relay.get()?;
        let (words, tone) = words::relay(t, &relay.state, stores.now.get())?;
        Some(view! { <p class=format!("relay-state {}", tone.class())><bdi>{words}</bdi></p> })
    };
    // The second click of a double click is no second press, however quickly the first was answered.
    let once = |event: MouseEvent| {
        if event.detail() > 1 {
            event.stop_propagation();
        }
    };
    view! {
        <div class="relay" data-relay=number.to_string() on:click:capture=once>
            <When when=move || pressable.get()>
                <Button
                    label=label.clone()
                    glyph=Glyph::Entrance
                    look=Look::Primary
                    class="relay-button"
                    busy=pending
                    press=Callback::new(press)
                />
            </When>
            <When when=move || typing.get() && !ours.get()>
                <CodeForm view number open=Callback::new(move |code| {
                    typing.set(false);
                    open(Some(code));
                })/>
            </When>
            {state}
        </div>
    }
}

/// The code of one relay. What is typed is shown to nobody and kept nowhere.
#[component]
fn CodeForm(view: Signal<DoorView>, number: u8, open: Callback<String>) -> impl IntoView {
    let t = I18n::use_context();
    let node = NodeRef::<html::Input>::new();
    react(move || {
        if let Some(field) = node.get() {
            // A field that has left the page cannot take the focus.
            drop(field.focus());
        }
    });
    let name = move || view.with(|door| door.relays.iter().find(|relay| relay.relay == number).map(|relay| relay.name.clone()));
    let label = say(move || t.with(Key::CodeFor, &[("relay", &name().unwrap_or_default())]));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let code = node.get_untracked().map(|field| field.value().trim().to_owned()).unwrap_or_default();
        if !code.is_empty() {
            open.run(code);
        }
    };
    view! {
        <form class="relay-code" on:submit=submit>
            <input
                class="input"
                type="password"
                inputmode="numeric"
                autocomplete="off"
                maxlength=CODE_LIMIT.to_string()
                aria-label=label
                node_ref=node
            />
            <Button label=t.of(Key::DoorRelays) submit=true/>
        </form>
    }
}
