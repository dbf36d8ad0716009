//! Queues of the floor: who waits in which order, how quickly calls are answered, and what became of them today.

use leptos::prelude::*;

use super::About;
use super::chart::Chart;
use crate::components::kit::{Each, EmptyState, Glyph, IconButton, Timer, Tone, When, clock_text, memo, say};
use crate::components::queue::QueueHead;
use crate::desk::view::floor::FloorQueueRow;
use crate::desk::view::work::WaitingView;
use crate::i18n::{I18n, Key};
use crate::store::Stores;

/// All queues.
#[component]
pub fn FloorQueues(
    /// The dialog about a caller.
    caller: About,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let none = memo(move || stores.floor_queues.is_empty());
    view! {
        <section class="floor-queues" aria-label=t.of(Key::QueuesTitle)>
            <Each each=move || stores.floor_queues.keys() key=|name| name.clone() let:name>
                {stores.floor_queues.row(&name).map(|row| view! { <Card row caller/> })}
            </Each>
            <When when=move || none.get()>
                <EmptyState glyph=Glyph::People title=t.of(Key::FloorNoQueues)/>
            </When>
        </section>
    }
}

/// A share in words, and whether it is as it should be.
pub(super) fn level(percent: Option<u32>, target: u32) -> (String, Tone) {
    match percent {
        None => ("\u{2013}".to_owned(), Tone::Off),
        Some(percent) => (format!("{percent}\u{202f}%"), if percent < target { Tone::Bad } else { Tone::Good }),
    }
}

/// One queue.
#[component]
fn Card(row: Signal<FloorQueueRow>, caller: About) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let label = Signal::derive(move || row.with(|row| row.queue.label.clone()));
    let longest = memo(move || row.with(|row| row.queue.longest));
    let first = memo(move || row.with(|row| row.queue.first.clone()));
    let contacts = memo(move || first.with(|first| first.iter().map(|caller| caller.contact.clone()).collect::<Vec<_>>()));
    let more = memo(move || row.with(|row| usize::try_from(row.queue.waiting).unwrap_or(0).saturating_sub(row.queue.first.len())));
    let late = move || {
        let now = stores.now.get();
        longest.get().is_some_and(|since| since.passed(now) >= row.with(|row| u64::from(row.alarm_s)))
    };
    let badge = memo(move || {
        let (open, waiting) = row.with(|row| (row.queue.open, row.queue.waiting));
        match (open, waiting) {
            (false, 0) => (t.get(Key::QueueClosed).to_owned(), Tone::Off),
            (_, 0) => (t.get(Key::FloorNobodyWaits).to_owned(), Tone::Good),
            (_, waiting) => (t.with(Key::QueueWaiting, &[("n", &waiting.to_string())]), if late() { Tone::Bad } else { Tone::Warn }),
        }
    });
    let agents = memo(move || row.with(|row| (row.queue.free, row.queue.working)));
    let goal = move || {
        let (percent, seconds) = row.with(|row| (row.target_percent.to_string(), row.target_s.to_string()));
        t.with(Key::FloorGoal, &[("percent", &percent), ("seconds", &seconds)])
    };
    let figure = move |term: Key, value: fn(&FloorQueueRow) -> (String, Tone)| {
        let value = memo(move || row.with(value));
        view! {
            <div class=say(move || format!("level {}", value.get().1.class()))>
                <dt>{t.of(term)}</dt>
                <dd class="num">{say(move || value.get().0)}</dd>
            </div>
        }
    };
    view! {
        <article class="queue floor-queue" aria-label=say(move || label.get())>
            <QueueHead label badge agents longest/>
            <dl class="levels" aria-label=t.of(Key::FloorService)>
                {figure(Key::FloorNow, |row| level(row.now_percent, row.target_percent))}
                {figure(Key::FloorToday, |row| level(row.today_percent, row.target_percent))}
                {figure(Key::FigAnswered, |row| (row.answered.to_string(), Tone::Off))}
                {figure(Key::FloorLost, |row| (row.lost.to_string(), Tone::Off))}
                {figure(Key::FloorWait, |row| (row.wait_s.map_or_else(|| "\u{2013}".to_owned(), clock_text), Tone::Off))}
            </dl>
            <When when=move || row.with(|row| row.answered + row.lost > 0)>
                <Chart bars=Signal::derive(move || row.with(|row| row.bars.clone()))/>
            </When>
            <p class="faint">{say(goal)}</p>
            <ol class="queue-list" aria-label=t.of(Key::QueueCallers)>
                <Each each=move || contacts.get() key=|contact| contact.clone() let:contact>
                    <Caller contact first about=caller/>
                </Each>
            </ol>
            <When when=move || { more.get() > 0 }>
                <p class="faint">{say(move || t.with(Key::QueueMore, &[("n", &more.get().to_string())]))}</p>
            </When>
        </article>
    }
}

/// One waiting caller with their position.
#[component]
fn Caller(contact: String, first: Memo<Vec<WaitingView>>, about: About) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let id = StoredValue::new(contact);
    let place = memo(move || first.with(|first| first.iter().position(|caller| caller.contact == *id.read_value()).map_or(0, |at| at + 1)));
    let caller = memo(move || first.with(|first| first.iter().find(|caller| caller.contact == *id.read_value()).cloned()));
    let name = move || caller.with(|caller| caller.as_ref().map_or_else(String::new, |caller| caller.name.clone()));
    let since = memo(move || caller.with(|caller| caller.as_ref().map(|caller| caller.since).unwrap_or_default()));
    let detail = move || {
        caller.with(|caller| {
            let caller = caller.as_ref()?;
            let priority = (caller.priority > 0).then(|| t.with(Key::FloorPriorityN, &[("n", &caller.priority.to_string())]));
            let ringing = caller.ringing.as_ref().map(|agent| t.with(Key::QueueRinging, &[("name", agent)]));
            let both: Vec<String> = priority.into_iter().chain(ringing).collect();
            (!both.is_empty()).then(|| view! { <p class="faint clip">{both.join(" \u{b7} ")}</p> })
        })
    };
    let steers = stores.floor.memo(|floor| floor.steers);
    view! {
        <li class="queue-caller">
            <span class="caller-place num faint">{say(move || place.get().to_string())}</span>
            <div class="grow">
                <p class="clip"><bdi>{say(name)}</bdi></p>
                {detail}
            </div>
            <Timer seconds=Signal::derive(move || since.get().passed(stores.now.get()))/>
            <When when=move || steers.get()>
                <IconButton
                    label=move || t.with(Key::FloorManage, &[("name", &name())])
                    glyph=Glyph::Settings
                    press=move |()| about.show(&id.read_value())
                />
            </When>
        </li>
    }
}
