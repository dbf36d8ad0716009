//! The wallboard: nothing but figures, for a screen on the wall. It connects again by itself.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::floor::{Alarms, Wall, WallLayout, WallPages, turning};
use crate::components::kit::{EmptyState, Glyph, Icon, Note, Spinner, Tone, When, memo, say};
use crate::components::shell::Title;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The page.
#[component]
pub fn Wallboard() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let there = stores.floor.memo(|floor| floor.there);
    let feed = stores.desk.memo(|desk| desk.feed);
    let acknowledge = Dispatch::use_context().acknowledging();
    let by_queue = RwSignal::new(true);
    let pages = turning();
    let nothing = move || {
        view! {
            <When when=move || feed.get() fallback=move || view! { <Spinner label=t.of(Key::Loading)/> }>
                <EmptyState glyph=Glyph::People title=t.of(Key::FloorNotYours)/>
            </When>
        }
    };
    let stale = memo(move || there.get() && !feed.get());
    view! {
        <Title page=Key::WallTitle/>
        <main class="wall" id="main">
            <header class="wall-head">
                <A href="/floor" attr:class="icon-btn" attr:aria-label=say(t.of(Key::WallBack))>
                    <Icon glyph=Glyph::Close/>
                </A>
                <h1>{t.of(Key::WallTitle)}</h1>
                <WallPages pages by_queue/>
                <WallLayout by_queue choose=move |on| by_queue.set(on)/>
            </header>
            <When when=move || stale.get()>
                <Note tone=Tone::Bad role="alert"><p>{t.of(Key::WallStale)}</p></Note>
            </When>
            <When when=move || there.get() fallback=nothing>
                <Alarms acknowledge=acknowledge room=3/>
                <Wall by_queue pages/>
            </When>
        </main>
    }
}
