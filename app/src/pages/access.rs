//! The access log: who opened what, searched, and as a file.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::components::doors::AccessRow;
use crate::components::kit::{Button, Each, EmptyState, Glyph, Icon, Note, Spinner, TextField, Tone, When, memo, react, say};
use crate::components::shell::{Frame, Title};
use crate::desk::action::Action;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Platform, Stores};

/// The page.
#[component]
pub fn Access() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let platform = Platform::use_context();
    react(move || dispatch.send(Action::FindAccess { find: String::new() }));
    let search = RwSignal::new(String::new());
    let find = move || dispatch.send(Action::FindAccess { find: search.get_untracked() });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        find();
    };
    let failed = stores.access.memo(|access| access.failed);
    let loading = stores.access.memo(|access| access.loading);
    let more = stores.access.memo(|access| access.more);
    let none = stores.access.memo(|access| access.rows.is_empty());
    let searched = stores.access.memo(|access| !access.find.is_empty());
    let rows = stores.access.memo(|access| access.rows.clone());
    let file = memo(move || format!("/api/access.csv?find={}", stores.access.with(|access| platform.escaped(&access.find))));
    view! {
        <Title page=Key::AccessTitle/>
        <Frame title=Key::AccessTitle>
            <div class="sheet">
                <When when=move || failed.get()>
                    <Note tone=Tone::Warn role="alert">
                        <p>{t.of(Key::AccessError)}</p>
                        <Button label=t.of(Key::TryAgain) class="btn-sm" press=Callback::new(move |()| find())/>
                    </Note>
                </When>
                <form class="access-tools" role="search" on:submit=submit>
                    <TextField label=t.of(Key::AccessFind) id="access-search" value=search kind=Signal::stored("search")/>
                    <Button label=t.of(Key::AccessSearch) glyph=Glyph::Search submit=true/>
                    <a class="btn" href=say(move || file.get()) download="access-log.csv" rel="external">
                        <Icon glyph=Glyph::Download/>
                        <span>{t.of(Key::AccessCsv)}</span>
                    </a>
                </form>
                <ul class="past" aria-label=t.of(Key::AccessRows)>
                    <Each each=move || rows.get() key=|row| (row.id.clone(), row.outcome) let:row>
                        <AccessRow row/>
                    </Each>
                </ul>
                <When when=move || loading.get()><Spinner label=t.of(Key::Loading)/></When>
                <When when=move || none.get() && !loading.get() && !failed.get()>
                    <When
                        when=move || searched.get()
                        fallback=move || view! {
                            <EmptyState glyph=Glyph::Entrance title=t.of(Key::AccessNoneTitle) text=t.of(Key::AccessNoneText)/>
                        }
                    >
                        <EmptyState glyph=Glyph::Search title=t.of(Key::AccessNoMatch)/>
                    </When>
                </When>
                <When when=move || more.get() && !loading.get()>
                    <div class="sheet-more">
                        <Button label=t.of(Key::AccessMore) press=Callback::new(move |()| dispatch.send(Action::MoreAccess))/>
                    </div>
                </When>
            </div>
        </Frame>
    }
}
