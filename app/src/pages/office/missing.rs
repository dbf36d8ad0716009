//! An address of the office that is none, and a page that belongs to others.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::kit::{EmptyState, Glyph};
use crate::components::office::OfficeTitle;
use crate::i18n::{I18n, Key, Sentence, Word};

/// There is no such page.
#[component]
pub fn Missing() -> impl IntoView {
    view! { <Nothing glyph=Glyph::Search title=Key::NotFoundTitle text=Key::NotFoundText/> }
}

/// The page is for other roles. The switchboard would refuse all that it shows.
#[component]
pub fn NotYours() -> impl IntoView {
    view! { <Nothing glyph=Glyph::EyeOff title=Word::NotYours text=Word::NotYoursText/> }
}

#[component]
fn Nothing<K: Sentence>(glyph: Glyph, title: K, text: K) -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <OfficeTitle page=title/>
        <EmptyState glyph title=t.of(title) text=t.of(text)>
            <A href="/office" attr:class="btn btn-primary">{t.of(Word::ToOverview)}</A>
        </EmptyState>
    }
}
