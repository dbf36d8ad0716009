//! Says that something is being fetched.

use leptos::prelude::*;

use super::boxed::say;

/// A turning ring with words.
#[component]
pub fn Spinner(
    /// What is awaited.
    #[prop(into)]
    label: TextProp,
) -> impl IntoView {
    view! {
        <div class="spinner" role="status">
            <span class="spinner-ring" aria-hidden="true"></span>
            <span>{say(move || label.get())}</span>
        </div>
    }
}
