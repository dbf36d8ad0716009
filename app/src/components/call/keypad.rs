//! Tones of a call: pressed, or typed while the keypad has the focus.

use leptos::ev;
use leptos::prelude::*;

use crate::components::dialpad::Keys;
use crate::components::kit::say;
use crate::desk::CallKey;
use crate::desk::action::Action;
use crate::desk::view::call::CallView;
use crate::i18n::{I18n, Key};
use crate::store::Dispatch;

/// The keypad of one call with the digits sent so far. Escape closes it.
#[component]
pub(super) fn Keypad(call: CallKey, view: Signal<CallView>, #[prop(into)] close: Callback<()>) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let send = Callback::new(move |digit| dispatch.send(Action::Dtmf { call, digit }));
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close.run(());
        }
    };
    view! {
        <div class="keypad" on:keydown=on_key>
            <output class="keypad-sent num" aria-label=t.of(Key::DigitsSent)>
                {say(move || view.with(|view| view.digits.clone()))}
            </output>
            <Keys label=Key::Keypad press=send typed=true focus=true/>
        </div>
    }
}
