//! The buttons of a running call. One that makes no sense at the moment is not there.

use leptos::html;
use leptos::prelude::*;

use crate::components::kit::{Glyph, RoundButton, RoundLook, When, memo};
use crate::desk::CallKey;
use crate::desk::action::Action;
use crate::desk::view::call::CallView;
use crate::i18n::{I18n, Key};
use crate::store::Dispatch;

/// One button that is on or off, or absent.
#[component]
fn Toggle(
    state: Memo<Option<bool>>,
    /// Words and icon while it is off.
    off: (Key, Glyph),
    /// Words and icon while it is on.
    on: (Key, Glyph),
    #[prop(optional)] keys: &'static str,
    /// Gets what it should become.
    press: Callback<bool>,
) -> impl IntoView {
    let t = I18n::use_context();
    let is_on = Signal::derive(move || state.get() == Some(true));
    let face = move || if is_on.get() { on } else { off };
    let there = memo(move || state.get().is_some());
    view! {
        <When when=move || there.get()>
            <RoundButton
                label=move || t.get(face().0)
                glyph=Signal::derive(move || face().1)
                on=is_on
                keys=keys
                press=move |()| press.run(!is_on.get_untracked())
            />
        </When>
    }
}

/// The row of buttons.
#[component]
pub(super) fn Controls(
    call: CallKey,
    view: Signal<CallView>,
    /// Whether the keypad is shown.
    keypad: RwSignal<bool>,
    /// The button that opens it.
    keypad_button: NodeRef<html::Button>,
    /// Whether the choice of whom to transfer to is shown.
    transfer: RwSignal<bool>,
) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let part = move |read: fn(&CallView) -> Option<bool>| memo(move || view.with(read));
    view! {
        <div class="controls">
            <Toggle
                state=part(|view| view.mute)
                off=(Key::Mute, Glyph::Mic)
                on=(Key::Unmute, Glyph::MicOff)
                keys="Alt+Shift+M"
                press=Callback::new(move |on| dispatch.send(Action::Mute { call, on }))
            />
            <Toggle
                state=part(|view| view.hold)
                off=(Key::Hold, Glyph::Pause)
                on=(Key::Resume, Glyph::Play)
                keys="Alt+Shift+H"
                press=Callback::new(move |on| dispatch.send(Action::Hold { call, on }))
            />
            <When when=move || view.with(|view| view.keypad)>
                <RoundButton
                    label=t.of(Key::Keypad)
                    glyph=Glyph::Keypad
                    expanded=keypad
                    node_ref=keypad_button
                    press=move |()| keypad.update(|open| *open = !*open)
                />
            </When>
            <When when=move || view.with(|view| view.transfer)>
                <RoundButton
                    label=t.of(Key::Transfer)
                    glyph=Glyph::Transfer
                    expanded=transfer
                    press=move |()| transfer.update(|open| *open = !*open)
                />
            </When>
            <Toggle
                state=part(|view| view.camera)
                off=(Key::CameraOn, Glyph::VideoOff)
                on=(Key::CameraOff, Glyph::Video)
                press=Callback::new(move |on| dispatch.send(Action::Camera { call, on }))
            />
            <When when=move || view.with(|view| view.hang_up)>
                <RoundButton
                    label=t.of(Key::HangUp)
                    glyph=Glyph::HangUp
                    look=RoundLook::Bad
                    keys="Alt+Shift+E"
                    press=move |()| dispatch.send(Action::HangUp { call })
                />
            </When>
        </div>
    }
}
