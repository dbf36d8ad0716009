//! `/wall`: the wallboard of a screen that came with a link. It shows figures and nobody's name, and needs nobody who stands at it.

use leptos::prelude::*;

use crate::components::floor::{Alarms, Wall, WallLayout, WallPages, turning};
use crate::components::kit::{Button, Logo, Look, Note, Spinner, Tone, When, say};
use crate::components::shell::QuietTitle;
use crate::desk::wall::Stage;
use crate::i18n::{I18n, Key, WallWord};
use crate::store::{AskWall, WallAsk, WallStores};

/// The page.
#[component]
pub fn Screen() -> impl IntoView {
    let t = I18n::use_context();
    let wall = WallStores::use_context().wall;
    let stage = wall.memo(|wall| wall.stage);
    let unreached = wall.memo(|wall| wall.unreached);
    view! {
        <QuietTitle page=Key::WallTitle/>
        {move || match stage.get() {
            Stage::Board => view! { <Running/> }.into_any(),
            Stage::Starting => view! {
                <main class="screen" id="main">
                    <Spinner label=t.of(Key::Loading)/>
                    <When when=move || unreached.get()>
                        <p class="screen-text" role="alert">{t.of(WallWord::Unreached)}</p>
                    </When>
                </main>
            }
            .into_any(),
            Stage::Ended => view! {
                <main class="screen" id="main">
                    <span class="screen-mark"><Logo/></span>
                    <h1>{t.of(WallWord::Ended)}</h1>
                    <p class="screen-text" role="alert">{t.of(WallWord::EndedText)}</p>
                </main>
            }
            .into_any(),
        }}
    }
}

#[component]
fn Running() -> impl IntoView {
    let t = I18n::use_context();
    let wall = WallStores::use_context().wall;
    let ask = AskWall::use_context();
    let name = wall.memo(|wall| wall.name.clone());
    let unreached = wall.memo(|wall| wall.unreached);
    let by_queue = wall.memo(|wall| wall.by_queue);
    let pages = turning();
    view! {
        <main class="wall" id="main">
            <header class="wall-head">
                <h1 class="clip"><bdi>{say(move || name.get())}</bdi></h1>
                <WallPages pages by_queue/>
                <WallLayout by_queue choose=move |by_queue| ask.send(WallAsk::Layout { by_queue })/>
                <Button
                    label=t.of(WallWord::FullScreen)
                    look=Look::Quiet
                    class="wall-fill"
                    press=Callback::new(move |()| ask.send(WallAsk::FullScreen))
                />
            </header>
            <When when=move || unreached.get()>
                <Note tone=Tone::Bad role="alert"><p>{t.of(Key::WallStale)}</p></Note>
            </When>
            <Alarms room=3/>
            <Wall by_queue pages/>
        </main>
    }
}
