//! The head of a queue's card: its name and how it stands, who works for it, how long the first caller has waited.

use leptos::prelude::*;

use crate::components::kit::{Badge, Timer, Tone, When, say};
use crate::desk::view::work::Moment;
use crate::i18n::{I18n, Key};
use crate::store::Stores;

/// What stands above the callers of a queue.
#[component]
pub(crate) fn QueueHead(
    /// Name of the queue.
    label: Signal<String>,
    /// How it stands, in words and as a colour.
    badge: Memo<(String, Tone)>,
    /// Agents who are free, and who work.
    agents: Memo<(u32, u32)>,
    /// Since when the first caller waits.
    longest: Memo<Option<Moment>>,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let agents = move || match agents.get() {
        (_, 0) => t.get(Key::QueueNobody).to_owned(),
        (free, working) => t.with(Key::QueueFree, &[("free", &free.to_string()), ("working", &working.to_string())]),
    };
    view! {
        <header class="queue-head">
            <h2 class="queue-name clip"><bdi>{say(move || label.get())}</bdi></h2>
            <Badge label=say(move || badge.get().0) tone=Signal::derive(move || badge.get().1)/>
        </header>
        <p class="faint">
            {say(agents)}
            // Made once and not with each caller who comes to the front: a text that is made anew stays with the words that it read.
            <When when=move || longest.get().is_some()>
                <span class="queue-longest">
                    " \u{b7} " {t.of(Key::QueueLongest)} " "
                    <Timer seconds=Signal::derive(move || longest.get().map_or(0, |since| since.passed(stores.now.get())))/>
                </span>
            </When>
        </p>
    }
}
