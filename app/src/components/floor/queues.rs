//! Queues of the floor: who waits in which order, how quickly calls are answered, and what became of them today.

use leptos::prelude::*;

use super::About;
use super::chart::Chart;
use super::row::{Manage, now_where, seen};
use crate::components::kit::{Button, Each, EmptyState, Glyph, Icon, Timer, Tone, When, clock_text, memo, react, say};
use crate::components::queue::{QueueHead, door_words};
use crate::components::words;
use crate::desk::Millis;
use crate::desk::view::floor::FloorQueueRow;
use crate::desk::view::work::WaitingView;
use crate::i18n::{I18n, Key};
use crate::store::{Rows, Stores};

/// All queues.
#[component]
pub fn FloorQueues(
    /// The dialog about a caller.
    caller: About,
    /// The one about everybody who waits in a queue.
    all: About,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let none = memo(move || stores.floor_queues.is_empty());
    view! {
        <section class="floor-queues" aria-label=t.of(Key::QueuesTitle)>
            <Each each=move || stores.floor_queues.keys() key=|name| name.clone() let:name>
                {stores.floor_queues.row(&name).map(|row| view! { <Card row caller all/> })}
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
fn Card(row: Signal<FloorQueueRow>, caller: About, all: About) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let label = Signal::derive(move || row.with(|row| row.queue.label.clone()));
    let longest = memo(move || row.with(|row| row.queue.longest));
    let callers = Rows::new();
    let first = memo(move || row.with(|row| row.queue.first.clone()));
    react(move || callers.put(places(first.get(), 0)));
    let (seen, note) = seen();
    let now = now_where(seen);
    let steers = stores.floor.memo(|floor| floor.steers);
    let waiting = memo(move || row.with(|row| row.queue.waiting));
    let more = memo(move || row.with(|row| usize::try_from(row.queue.waiting).unwrap_or(0) > row.queue.first.len()));
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
        <article class="queue floor-queue" aria-label=say(move || label.get()) on:contentvisibilityautostatechange=note>
            <QueueHead label badge agents longest/>
            <dl class="levels" aria-label=t.of(Key::FloorService)>
                {figure(Key::FloorNow, |row| level(row.now_percent, row.target_percent))}
                {figure(Key::FloorToday, |row| level(row.today_percent, row.target_percent))}
                {figure(Key::FigAnswered, |row| (row.answered.to_string(), Tone::Off))}
                <When when=move || row.with(|row| row.opened > 0)>
                    {figure(Key::FloorOpened, |row| (row.opened.to_string(), Tone::Off))}
                </When>
                {figure(Key::FloorLost, |row| (row.lost.to_string(), Tone::Off))}
                <When when=move || row.with(|row| row.turned_away > 0)>
                    {figure(Key::FloorTurnedAway, |row| (row.turned_away.to_string(), Tone::Off))}
                </When>
                <When when=move || row.with(|row| row.overflowed > 0)>
                    {figure(Key::FloorOverflowed, |row| (row.overflowed.to_string(), Tone::Off))}
                </When>
                {figure(Key::FloorWait, |row| (row.wait_s.map_or_else(|| "\u{2013}".to_owned(), clock_text), Tone::Off))}
            </dl>
            <When when=move || row.with(|row| row.answered + row.opened + row.lost > 0)>
                <Chart
                    bars=memo(move || row.with(|row| row.bars.clone()))
                    target=memo(move || row.with(|row| Some(row.target_percent)))
                />
            </When>
            <p class="faint">{say(goal)}</p>
            <ol class="queue-list" aria-label=t.of(Key::QueueCallers)>
                <Each each=move || callers.keys() key=Clone::clone let:contact>
                    {callers.row(&contact).map(|row| view! { <Caller contact row now steers about=caller/> })}
                </Each>
            </ol>
            <When when=move || more.get()>
                <Button
                    label=say(move || t.with(Key::FloorAllWaiting, &[("n", &waiting.get().to_string())]))
                    class="btn-sm"
                    press=Callback::new(move |()| all.show(&row.with_untracked(|row| row.queue.name.clone())))
                />
            </When>
        </article>
    }
}

/// A waiting caller and their position.
#[derive(Clone, PartialEq)]
pub(super) struct Place {
    caller: WaitingView,
    place: usize,
}

/// Callers with their positions, by what their rows are known by; so many stand before them.
pub(super) fn places(callers: Vec<WaitingView>, before: usize) -> impl Iterator<Item = (String, Place)> {
    callers.into_iter().zip(before + 1..).map(|(caller, place)| (caller.contact.clone(), Place { caller, place }))
}

/// One waiting caller with their position.
#[component]
pub(super) fn Caller<F>(
    /// Session identifier.
    contact: String,
    /// Who, and where they stand.
    row: Signal<Place>,
    /// The clock.
    now: F,
    /// Something can be done about them.
    steers: Memo<bool>,
    /// The dialog for that.
    about: About,
) -> impl IntoView
where
    F: Fn() -> Millis + Copy + Send + Sync + 'static,
{
    let t = I18n::use_context();
    let name = row.with_untracked(|row| row.caller.name.clone());
    let words = name.clone();
    let detail = memo(move || row.with(|row| detail(t, &row.caller, &now)));
    let since = memo(move || row.with(|row| row.caller.since));
    let door = row.with_untracked(|row| row.caller.door.is_some());
    view! {
        <li class="queue-caller">
            <span class="caller-place num faint">{say(move || row.with(|row| row.place.to_string()))}</span>
            {door.then(|| view! { <span class="caller-door"><Icon glyph=Glyph::Entrance/></span> })}
            <div class="grow">
                <p class="clip"><a class="call-link" href=words::CALLS.to_owned() + &contact target="_blank"><bdi>{name}</bdi></a></p>
                {move || detail.get().map(|detail| view! { <p class="faint">{detail}</p> })}
            </div>
            <Timer seconds=Signal::derive(move || since.get().passed(now()))/>
            <When when=steers>
                <Manage name=words.clone() what=contact.clone() about/>
            </When>
        </li>
    }
}

/// What else is to be said of somebody who waits; tracks the language.
fn detail(t: I18n, caller: &WaitingView, now: &dyn Fn() -> Millis) -> Option<String> {
    let door = door_words(t, caller);
    let priority = (caller.priority > 0).then(|| t.with(Key::FloorPriorityN, &[("n", &caller.priority.to_string())]));
    let ringing = caller.ringing.as_ref().map(|agent| t.with(Key::QueueRinging, &[("name", agent)]));
    let needs = caller.needs.as_ref().map(|skills| match caller.needs_until {
        None => t.with(Key::FloorNeeds, &[("skills", skills)]),
        Some(until) => {
            let time = clock_text(until.left(now()).div_ceil(1000));
            t.with(Key::FloorNeedsUntil, &[("skills", skills), ("time", &time)])
        }
    });
    let all: Vec<String> = door.into_iter().chain(priority).chain(ringing).chain(needs).collect();
    (!all.is_empty()).then(|| all.join(" \u{b7} "))
}
