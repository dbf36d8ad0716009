//! An address that is none of ours.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::kit::{EmptyState, Glyph};
use crate::components::shell::Title;
use crate::i18n::{I18n, Key};

/// The page.
#[component]
pub fn NotFound() -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <Title page=Key::NotFoundTitle/>
        <main class="boot">
            <h1 class="sr-only">{t.of(Key::NotFoundTitle)}</h1>
            <EmptyState glyph=Glyph::Search title=t.of(Key::NotFoundTitle) text=t.of(Key::NotFoundText)>
                <A href="/desk" attr:class="btn btn-primary">{t.of(Key::NotFoundBack)}</A>
            </EmptyState>
        </main>
    }
}
