//! Fields of a form of the office: what is wrong stands beside them.

use leptos::prelude::*;

use super::open::Open;
use crate::components::kit::{memo, say};
use crate::desk::office::admin::Draft;
use crate::i18n::{I18n, Sentence, Word};

/// A line of text. `read` and `write` are given the name of the field.
#[component]
pub fn Entry<K: Sentence>(
    /// The form.
    open: Open,
    /// Words above it.
    label: K,
    /// Its name, as faults name it.
    #[prop(into)]
    field: String,
    /// What stands in it.
    read: fn(&Draft, &str) -> String,
    /// Writes what is typed.
    write: fn(&mut Draft, &str, String),
    /// A word more about it.
    #[prop(optional)]
    help: Option<Word>,
    /// It never changes: only something new can be given it.
    #[prop(optional)]
    fixed: bool,
    /// A number.
    #[prop(optional)]
    number: bool,
) -> impl IntoView {
    let t = I18n::use_context();
    let id = format!("f-{}", field.replace('.', "-"));
    let (of_value, of_input, of_fault) = (field.clone(), field.clone(), field);
    let value = memo(move || open.read(|form| read(&form.draft, &of_value)));
    let fault = memo(move || open.fault(t, &of_fault));
    let disabled = memo(move || open.locked() || (fixed && !open.fresh()));
    let about = format!("{id}-about");
    let described = about.clone();
    view! {
        <div class="field">
            <label for=id.clone()>{t.of(label)}</label>
            <input
                id=id
                class="input"
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                inputmode=if number { "numeric" } else { "text" }
                disabled=move || disabled.get()
                aria-invalid=move || fault.with(Option::is_some).then_some("true")
                aria-describedby=described
                prop:value=move || value.get()
                on:input=move |event| {
                    let (text, field) = (event_target_value(&event), of_input.clone());
                    open.edit(move |draft| write(draft, &field, text));
                }
            />
            <p id=about class="field-about" class:is-wrong=move || fault.with(Option::is_some)>
                {say(move || fault.get().or_else(|| help.map(|help| t.get(help).to_owned())).unwrap_or_default())}
            </p>
        </div>
    }
}

/// One thing that is so or not.
#[component]
pub fn Tick(
    /// What.
    #[prop(into)]
    label: TextProp,
    /// It is so.
    #[prop(into)]
    on: Signal<bool>,
    /// It cannot be changed now.
    #[prop(into)]
    disabled: Signal<bool>,
    /// It is to be so, or not.
    #[prop(into)]
    set: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="tick">
            <input
                type="checkbox"
                prop:checked=move || on.get()
                disabled=move || disabled.get()
                on:change=move |event| set.run(event_target_checked(&event))
            />
            <span><bdi>{say(move || label.get())}</bdi></span>
        </label>
    }
}

/// What is wrong with a group of fields.
#[component]
pub fn Wrong(
    /// The form.
    open: Open,
    /// Its name; what is in a list ends in a dot.
    field: &'static str,
) -> impl IntoView {
    let t = I18n::use_context();
    let fault = memo(move || open.fault(t, field));
    move || fault.get().map(|words| view! { <p class="field-about is-wrong" role="alert">{words}</p> })
}
