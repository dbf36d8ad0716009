//! A chooser with the button that does it.

use leptos::prelude::*;

use crate::components::kit::{Button, Choice, Select, When, memo};
use crate::i18n::{I18n, Key};

/// The chooser.
#[component]
pub(super) fn Chosen(
    /// What is chosen.
    label: Key,
    /// Its id in the page.
    id: &'static str,
    /// Words on the button.
    verb: Key,
    /// What there is.
    choices: Memo<Vec<Choice>>,
    /// An order is on its way.
    #[prop(into)]
    busy: Signal<bool>,
    /// Said where there is nothing to choose; without it nothing is shown then.
    #[prop(optional)]
    none: Option<Key>,
    /// Does it with what is chosen.
    press: Callback<String>,
) -> impl IntoView {
    let t = I18n::use_context();
    let chosen = RwSignal::new(String::new());
    // What was chosen may be gone: then it is the first one, as the browser shows it.
    let value = memo(move || {
        let chosen = chosen.get();
        choices.with(|choices| {
            let there = choices.iter().any(|choice| choice.value == chosen);
            if there { chosen } else { choices.first().map(|choice| choice.value.clone()).unwrap_or_default() }
        })
    });
    let some = memo(move || !choices.with(Vec::is_empty));
    view! {
        <When
            when=move || some.get()
            fallback=move || none.map(|none| view! { <p class="faint">{t.of(none)}</p> }).into_any()
        >
            <div class="chosen">
                <Select label=t.of(label) id=id choices=choices value=value choose=move |value: String| chosen.set(value)/>
                <Button label=t.of(verb) busy=busy press=Callback::new(move |()| press.run(value.get_untracked()))/>
            </div>
        </When>
    }
}
