//! A field for some lines of text.

use leptos::prelude::*;

use super::boxed::say;

/// A labelled text area.
#[component]
pub fn TextArea(
    /// Words above it, also its accessible name.
    #[prop(into)]
    label: TextProp,
    /// Id, unique on the page.
    id: &'static str,
    /// What is typed.
    value: RwSignal<String>,
    /// Letters that fit.
    limit: usize,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id>{say(move || label.get())}</label>
            <textarea
                id=id
                class="input area"
                rows="3"
                maxlength=limit.to_string()
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
        </div>
    }
}
