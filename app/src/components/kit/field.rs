//! A text field with its label.

use leptos::html;
use leptos::prelude::*;

use super::boxed::say;

/// A labelled text field.
#[component]
pub fn TextField(
    /// Words above it, also its accessible name.
    #[prop(into)]
    label: TextProp,
    /// Id, unique on the page.
    id: &'static str,
    /// What is typed.
    value: RwSignal<String>,
    /// `text`, `password`, `search`, `tel`.
    #[prop(into, optional)]
    kind: Option<Signal<&'static str>>,
    /// Value of `autocomplete`.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// Example shown while the field is empty.
    #[prop(into, optional)]
    placeholder: Option<TextProp>,
    /// Marked as wrong.
    #[prop(into, optional)]
    invalid: Signal<bool>,
    /// The element, for focus.
    #[prop(optional)]
    node_ref: NodeRef<html::Input>,
    /// A button inside the field.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let wrap = if children.is_some() { "field-box has-tool" } else { "field-box" };
    view! {
        <div class="field">
            <label for=id>{say(move || label.get())}</label>
            <div class=wrap>
                <input
                    id=id
                    class="input"
                    node_ref=node_ref
                    type=move || kind.map_or("text", |kind| kind.get())
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    placeholder=move || placeholder.as_ref().map(|placeholder| placeholder.get())
                    aria-invalid=move || invalid.get().then_some("true")
                    prop:value=move || value.get()
                    on:input=move |event| value.set(event_target_value(&event))
                />
                {children.map(|children| children())}
            </div>
        </div>
    }
}
