//! Who waits: one card per queue with its callers in order, live.

use leptos::prelude::*;

use super::head::QueueHead;
use crate::components::kit::{Avatar, AvatarSize, Each, Glyph, Icon, Timer, Tone, When, memo, say};
use crate::desk::view::work::WaitingView;
use crate::i18n::{I18n, Key};
use crate::store::Stores;

/// Callers that a card lists; all of them are counted.
const LISTED: usize = 6;

/// All of one's queues.
#[component]
pub fn QueueBoard() -> impl IntoView {
    let t = I18n::use_context();
    let work = Stores::use_context().work;
    let names = work.memo(|work| work.queues.iter().map(|queue| queue.name.clone()).collect::<Vec<_>>());
    view! {
        <When when=move || !names.with(Vec::is_empty)>
            <section class="queues" aria-label=t.of(Key::QueuesTitle)>
                <Each each=move || names.get() key=|name| name.clone() let:name>
                    <Card name/>
                </Each>
            </section>
        </When>
    }
}

/// One queue.
#[component]
fn Card(name: String) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let queue = memo(move || stores.work.with(|work| work.queues.iter().find(|queue| queue.name == name).cloned()));
    let waiting = memo(move || queue.with(|queue| queue.as_ref().map_or(0, |queue| queue.waiting)));
    let longest = memo(move || queue.with(|queue| queue.as_ref().and_then(|queue| queue.longest)));
    let open = memo(move || queue.with(|queue| queue.as_ref().is_none_or(|queue| queue.open)));
    let first = memo(move || queue.with(|queue| queue.as_ref().map(|queue| queue.first.clone()).unwrap_or_default()));
    let contacts = memo(move || first.with(|first| first.iter().take(LISTED).map(|caller| caller.contact.clone()).collect::<Vec<_>>()));
    let more = memo(move || usize::try_from(waiting.get()).unwrap_or(0).saturating_sub(LISTED));
    let agents = memo(move || queue.with(|queue| queue.as_ref().map_or((0, 0), |queue| (queue.free, queue.working))));
    let label = Signal::derive(move || queue.with(|queue| queue.as_ref().map(|queue| queue.label.clone()).unwrap_or_default()));
    let badge = memo(move || {
        let (open, waiting) = (open.get(), waiting.get());
        let words = match (open, waiting) {
            (false, 0) => t.get(Key::QueueClosed).to_owned(),
            (_, waiting) => t.with(Key::QueueWaiting, &[("n", &waiting.to_string())]),
        };
        let tone = match (open, waiting) {
            (false, _) => Tone::Off,
            (true, 0) => Tone::Good,
            (true, _) => Tone::Warn,
        };
        (words, tone)
    });
    view! {
        <article class="queue" aria-label=say(move || label.get())>
            <QueueHead label badge agents longest/>
            <ol class="queue-list" aria-label=t.of(Key::QueueCallers)>
                <Each each=move || contacts.get() key=|contact| contact.clone() let:contact>
                    <Caller contact first/>
                </Each>
            </ol>
            <When when=move || { more.get() > 0 }>
                <p class="faint">{say(move || t.with(Key::QueueMore, &[("n", &more.get().to_string())]))}</p>
            </When>
        </article>
    }
}

/// That somebody who waits is a door, and where; tracks the language.
pub fn door_words(t: I18n, caller: &WaitingView) -> Option<String> {
    let site = caller.door.as_ref()?;
    let ring = t.get(Key::DoorRing);
    Some(if site.is_empty() { ring.to_owned() } else { format!("{ring} \u{b7} {site}") })
}

/// One waiting caller.
#[component]
fn Caller(contact: String, first: Memo<Vec<WaitingView>>) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let caller = memo(move || first.with(|first| first.iter().find(|caller| caller.contact == contact).cloned()));
    let name = Signal::derive(move || caller.with(|caller| caller.as_ref().map_or_else(String::new, |caller| caller.name.clone())));
    let since = memo(move || caller.with(|caller| caller.as_ref().map(|caller| caller.since).unwrap_or_default()));
    let door = memo(move || caller.with(|caller| caller.as_ref().and_then(|caller| door_words(t, caller))));
    let ringing = memo(move || caller.with(|caller| caller.as_ref().and_then(|caller| caller.ringing.clone())));
    view! {
        <li class="queue-caller">
            {match door.get_untracked() {
                None => view! { <Avatar name size=AvatarSize::Small/> }.into_any(),
                Some(_) => view! { <span class="caller-door"><Icon glyph=Glyph::Entrance/></span> }.into_any(),
            }}
            <div class="grow">
                <p class="clip"><bdi>{say(move || name.get())}</bdi></p>
                {move || door.get().map(|words| view! { <p class="faint">{words}</p> })}
                {move || ringing.get().map(|agent| view! {
                    <p class="faint clip">{t.with(Key::QueueRinging, &[("name", &agent)])}</p>
                })}
            </div>
            <Timer seconds=Signal::derive(move || since.get().passed(stores.now.get()))/>
        </li>
    }
}
