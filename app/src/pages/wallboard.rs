//! The wallboard: nothing but figures, for a screen on the wall. It connects again by itself.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::floor::{Alarms, Wall};
use crate::components::kit::{EmptyState, Glyph, Icon, Note, Spinner, Tone, When, memo, say};
use crate::components::shell::Title;
use crate::i18n::{I18n, Key};
use crate::store::Stores;

/// The page.
#[component]
pub fn Wallboard() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let there = stores.floor.memo(|floor| floor.there);
    let feed = stores.desk.memo(|desk| desk.feed);
    let by_queue = RwSignal::new(true);
    let layout = move |on: bool, key: Key| {
        view! {
            <label class="segment">
                <input
                    type="radio"
                    name="layout"
                    class="sr-only"
                    prop:checked=move || by_queue.get() == on
                    on:change=move |_| by_queue.set(on)
                />
                <span>{t.of(key)}</span>
            </label>
        }
    };
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
                <div class="segments" role="radiogroup" aria-label=t.of(Key::WallTitle)>
                    {layout(true, Key::WallQueues)}
                    {layout(false, Key::WallFigures)}
                </div>
            </header>
            <When when=move || stale.get()>
                <Note tone=Tone::Bad role="alert"><p>{t.of(Key::WallStale)}</p></Note>
            </When>
            <When when=move || there.get() fallback=nothing>
                <Alarms/>
                <Wall by_queue/>
            </When>
        </main>
    }
}
