//! A chooser on the browser's own `<select>`.

use leptos::prelude::*;

use super::boxed::say;

/// One line of a chooser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is handed to `choose`.
    pub value: String,
    /// Words shown.
    pub label: String,
}

/// A labelled chooser.
#[component]
pub fn Select(
    /// Words above it, also its accessible name.
    #[prop(into)]
    label: TextProp,
    /// Id, unique on the page.
    id: &'static str,
    /// What can be chosen.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// What is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Cannot be changed now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// Label for assistive technology only.
    #[prop(optional)]
    label_hidden: bool,
    /// Something was chosen.
    #[prop(into)]
    choose: Callback<String>,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id class:sr-only=label_hidden>{say(move || label.get())}</label>
            <div class="select-box">
                <select
                    id=id
                    class="input"
                    disabled=move || disabled.get()
                    on:change=move |event| choose.run(event_target_value(&event))
                >
                    {move || {
                        let chosen = value.get();
                        choices
                            .get()
                            .into_iter()
                            .map(|choice| {
                                let selected = choice.value == chosen;
                                view! { <option value=choice.value prop:selected=selected>{choice.label}</option> }
                            })
                            .collect_view()
                    }}
                </select>
            </div>
        </div>
    }
}
