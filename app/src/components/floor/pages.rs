//! The pages of a board with many queues: which one stands, and what stops it from turning.

use leptos::ev;
use leptos::prelude::*;

use crate::components::kit::{Glyph, IconButton, When, memo, react, say};
use crate::desk::view::pages::Pages;
use crate::i18n::{I18n, Key};
use crate::store::Board;

/// Pages that turn while the calling component is there. A press of any key lets the page stand for a while.
pub fn turning() -> RwSignal<Pages> {
    let board = Board::use_context();
    let pages = RwSignal::new(Pages::default());
    react(move || {
        let (now, queues) = (board.now.get(), board.queues.keys().len());
        pages.maybe_update(|pages| pages.pass(now, queues));
    });
    let handle = window_event_listener(ev::keydown, move |_| pages.update_untracked(|pages| pages.rest(board.now.get_untracked())));
    on_cleanup(move || handle.remove());
    pages
}

/// The number of the page, which is also the way to the next one, and whether they turn. Nothing where there is one page.
#[component]
pub fn WallPages(
    /// As [`turning`] gives them.
    pages: RwSignal<Pages>,
    /// One card per queue is shown: everything together is one page.
    #[prop(into)]
    by_queue: Signal<bool>,
) -> impl IntoView {
    let t = I18n::use_context();
    let now = Board::use_context().now;
    let several = memo(move || by_queue.get() && pages.with(Pages::several));
    let stopped = memo(move || pages.with(Pages::stopped));
    let number = memo(move || pages.with(Pages::number));
    view! {
        <When when=move || several.get()>
            <div class="wall-pages">
                <IconButton
                    label=move || t.get(if stopped.get() { Key::WallGo } else { Key::WallStop })
                    glyph=Signal::derive(move || if stopped.get() { Glyph::Play } else { Glyph::Pause })
                    press=Callback::new(move |()| pages.update(|pages| pages.toggle(now.get_untracked())))
                />
                <button
                    type="button"
                    class="btn btn-quiet num"
                    aria-label=say(move || t.with(Key::WallNext, &[("page", &number.get())]))
                    on:click=move |_| pages.update(|pages| pages.turn(now.get_untracked()))
                >
                    {say(move || number.get())}
                </button>
            </div>
        </When>
    }
}
