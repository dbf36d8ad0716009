//! The mark: a portico, two columns under an arch.

use leptos::prelude::*;

/// Draws the mark in the colour of the text around it.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path d="M5 28V14.5a11 11 0 0 1 22 0V28h-4.25V14.75a6.75 6.75 0 0 0-13.5 0V28z"></path>
            <path d="M13.9 28V16a2.1 2.1 0 0 1 4.2 0v12z"></path>
        </svg>
    }
}
