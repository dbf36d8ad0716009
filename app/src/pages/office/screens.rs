//! Links to the wallboard for screens at which nobody signs in: they are made, listed and revoked.

use leptos::prelude::*;

use crate::components::kit::{Button, Dialog, Each, EmptyState, Glyph, Look, Note, Spinner, Tone, When, memo, react, say};
use crate::components::office::{NewWall, OfficeTitle, WallDone, WallLine};
use crate::desk::office::action::Action;
use crate::desk::office::view::WallRow;
use crate::i18n::{I18n, Key, Word};
use crate::store::{OfficeStores, Wish};

/// The page.
#[component]
pub fn Screens() -> impl IntoView {
    let t = I18n::use_context();
    let walls = OfficeStores::use_context().walls;
    let ask = Wish::use_context();
    react(move || ask.send(Action::LoadWalls));
    // An address that is shown once does not wait for whoever comes back to the page.
    on_cleanup(move || ask.send(Action::PutWallAway));
    let rows = walls.memo(|view| view.rows.clone());
    let failed = walls.memo(|view| view.failed);
    let loading = walls.memo(|view| view.loading && view.rows.is_empty());
    let none = walls.memo(|view| view.rows.is_empty() && !view.loading && !view.failed);
    let about = RwSignal::new(None::<WallRow>);
    let open = RwSignal::new(false);
    let confirm = Callback::new(move |row: WallRow| {
        about.set(Some(row));
        open.set(true);
    });
    view! {
        <OfficeTitle page=Word::Screens/>
        <p class="soft">{t.of(Word::ScreensLead)}</p>
        <When when=move || failed.get()>
            <Note tone=Tone::Warn role="alert">
                <p>{t.of(Word::NotLoaded)}</p>
                <Button label=t.of(Key::TryAgain) class="btn-sm" press=Callback::new(move |()| ask.send(Action::LoadWalls))/>
            </Note>
        </When>
        <NewWall/>
        <WallDone/>
        <ul class="office-lines" aria-label=t.of(Word::Screens)>
            <Each each=move || rows.get() key=|row| row.clone() let:row>
                <WallLine row=row.clone() revoke=Callback::new(move |()| confirm.run(row.clone()))/>
            </Each>
        </ul>
        <When when=move || loading.get()><Spinner label=t.of(Key::Loading)/></When>
        <When when=move || none.get()><EmptyState glyph=Glyph::Chart title=t.of(Word::NoLinks)/></When>
        <div class="office-bar">
            <Button label=t.of(Word::LookAgain) glyph=Glyph::Refresh press=Callback::new(move |()| ask.send(Action::LoadWalls))/>
        </div>
        <Confirm about open/>
    }
}

/// Asks once more: the screens end at once.
#[component]
fn Confirm(about: RwSignal<Option<WallRow>>, open: RwSignal<bool>) -> impl IntoView {
    let t = I18n::use_context();
    let ask = Wish::use_context();
    let name = memo(move || about.with(|about| about.as_ref().map(|row| row.name.clone()).unwrap_or_default()));
    let revoke = move || {
        if let Some(row) = about.get_untracked() {
            open.set(false);
            ask.send(Action::RevokeWall { id: row.id });
        }
    };
    view! {
        <Dialog title=t.of(Word::Revoke) open>
            <p><bdi>{say(move || t.with(Word::ConfirmRevoke, &[("name", &name.get())]))}</bdi></p>
            <div class="office-actions">
                <Button label=t.of(Word::Cancel) press=Callback::new(move |()| open.set(false))/>
                <Button label=t.of(Word::Revoke) look=Look::Bad press=Callback::new(move |()| revoke())/>
            </div>
        </Dialog>
    }
}
