//! Who is locked out after too many wrong passwords.

use leptos::prelude::*;

use crate::components::kit::{Button, Each, EmptyState, Glyph, Note, Spinner, Tone, When, react};
use crate::components::office::{Done, LockoutLine, OfficeTitle};
use crate::desk::office::action::Action;
use crate::i18n::{I18n, Key, Word};
use crate::store::{OfficeStores, Wish};

/// The page.
#[component]
pub fn Lockouts() -> impl IntoView {
    let t = I18n::use_context();
    let lockouts = OfficeStores::use_context().lockouts;
    let ask = Wish::use_context();
    let load = move || ask.send(Action::LoadLockouts);
    react(load);
    let rows = lockouts.memo(|view| view.rows.clone());
    let failed = lockouts.memo(|view| view.failed);
    let loading = lockouts.memo(|view| view.loading && view.rows.is_empty());
    let none = lockouts.memo(|view| view.rows.is_empty() && !view.loading && !view.failed);
    view! {
        <OfficeTitle page=Word::Lockouts/>
        <p class="soft">{t.of(Word::LockoutsLead)}</p>
        <Done done=lockouts.memo(|view| view.done)/>
        <When when=move || failed.get()>
            <Note tone=Tone::Warn role="alert">
                <p>{t.of(Word::NotLoaded)}</p>
                <Button label=t.of(Key::TryAgain) class="btn-sm" press=Callback::new(move |()| load())/>
            </Note>
        </When>
        <ul class="office-lines" aria-label=t.of(Word::Lockouts)>
            <Each each=move || rows.get() key=|row| row.clone() let:row>
                <LockoutLine row/>
            </Each>
        </ul>
        <When when=move || loading.get()><Spinner label=t.of(Key::Loading)/></When>
        <When when=move || none.get()><EmptyState glyph=Glyph::Check title=t.of(Word::NobodyLockedOut)/></When>
        <div class="office-bar"><Button label=t.of(Word::LookAgain) glyph=Glyph::Refresh press=Callback::new(move |()| load())/></div>
    }
}
