//! Entrances: every door of one's sites with its live picture and its buttons.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::doors::DoorTile;
use crate::components::kit::{Button, Each, EmptyState, Glyph, Icon, Note, Spinner, Tone, When, memo, say};
use crate::components::shell::{Frame, Title};
use crate::desk::action::Action;
use crate::desk::view::doors::DoorView;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The page.
#[component]
pub fn Doors() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let failed = stores.entrances.memo(|entrances| entrances.failed);
    let loaded = stores.entrances.memo(|entrances| entrances.loaded);
    let sites = memo(move || {
        let mut sites: Vec<String> = stores.doors.all().into_iter().map(|door| door.site_id).collect();
        sites.dedup();
        sites
    });
    let none = memo(move || sites.with(Vec::is_empty));
    view! {
        <Title page=Key::NavDoors/>
        <Frame title=Key::NavDoors>
            <div class="sheet sheet-wide">
                <When when=move || failed.get()>
                    <Note tone=Tone::Warn role="alert">
                        <p>{t.of(Key::DoorsError)}</p>
                        <Button
                            label=t.of(Key::TryAgain)
                            class="btn-sm"
                            press=Callback::new(move |()| dispatch.send(Action::LoadDoors))
                        />
                    </Note>
                </When>
                <div>
                    <A href="/access" attr:class="btn">
                        <Icon glyph=Glyph::History/>
                        <span>{t.of(Key::AccessTitle)}</span>
                    </A>
                </div>
                <div class="sites">
                    <Each each=move || sites.get() key=|site| site.clone() let:site>
                        <Site site/>
                    </Each>
                </div>
                <When when=move || none.get() && !loaded.get() && !failed.get()><Spinner label=t.of(Key::Loading)/></When>
                <When when=move || none.get() && loaded.get()>
                    <EmptyState glyph=Glyph::Entrance title=t.of(Key::DoorsNoneTitle) text=t.of(Key::DoorsNoneText)/>
                </When>
            </div>
        </Frame>
    }
}

/// The doors of one site.
#[component]
fn Site(site: String) -> impl IntoView {
    let stores = Stores::use_context();
    let doors = memo(move || stores.doors.all().into_iter().filter(|door| door.site_id == site).collect::<Vec<_>>());
    let first = move |read: fn(&DoorView) -> String| say(move || doors.with(|doors| doors.first().map(read).unwrap_or_default()));
    let ids = memo(move || doors.with(|doors| doors.iter().map(|door| door.id.clone()).collect::<Vec<_>>()));
    view! {
        <section class="entrances">
            <header class="entrances-head">
                <h2><bdi>{first(|door| door.site.clone())}</bdi></h2>
                <p class="soft"><bdi>{first(|door| door.instructions.clone())}</bdi></p>
            </header>
            <ul class="door-tiles">
                <Each each=move || ids.get() key=|id| id.clone() let:id>
                    {stores.doors.row(&id).map(|view| view! { <DoorTile view/> })}
                </Each>
            </ul>
        </section>
    }
}
