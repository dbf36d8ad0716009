//! The choice between the two layouts of the wallboard.

use leptos::prelude::*;

use crate::i18n::{I18n, Key};

/// Two segments.
#[component]
pub fn WallLayout(
    /// One card per queue.
    #[prop(into)]
    by_queue: Signal<bool>,
    /// A layout was chosen.
    #[prop(into)]
    choose: Callback<bool>,
) -> impl IntoView {
    let t = I18n::use_context();
    let layout = move |on: bool, key: Key| {
        view! {
            <label class="segment">
                <input
                    type="radio"
                    name="layout"
                    class="sr-only"
                    prop:checked=move || by_queue.get() == on
                    on:change=move |_| choose.run(on)
                />
                <span>{t.of(key)}</span>
            </label>
        }
    };
    view! {
        <div class="segments" role="radiogroup" aria-label=t.of(Key::WallTitle)>
            {layout(true, Key::WallQueues)}
            {layout(false, Key::WallFigures)}
        </div>
    }
}
