//! What stands where a list has nothing to show.

use leptos::prelude::*;

use super::boxed::say;
use super::icon::{Glyph, Icon};

/// An icon, a title and a hint.
#[component]
pub fn EmptyState(
    /// Drawing above the words.
    glyph: Glyph,
    /// What is the case.
    #[prop(into)]
    title: TextProp,
    /// What to do.
    #[prop(into, optional)]
    text: Option<TextProp>,
    /// A button or more words.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-face"><Icon glyph/></span>
            <p class="empty-title">{say(move || title.get())}</p>
            {text.map(|text| view! { <p class="empty-text">{say(move || text.get())}</p> })}
            {children.map(|children| children())}
        </div>
    }
}
