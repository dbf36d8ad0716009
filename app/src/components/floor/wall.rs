//! The wallboard: the queues as large as the screen allows, in two layouts.

use leptos::prelude::*;

use super::alarms::tone;
use super::chart::Chart;
use super::queues::level;
use crate::components::kit::{Each, EmptyState, Glyph, Icon, Tone, When, clock_text, memo, say};
use crate::desk::view::floor::{Bar, FloorQueueRow, FloorView};
use crate::desk::view::pages::Pages;
use crate::i18n::{I18n, Key};
use crate::store::Board;

/// The board.
#[component]
pub fn Wall(
    /// One card per queue; otherwise the figures of all together.
    #[prop(into)]
    by_queue: Signal<bool>,
    /// Which of them are shown where there are many.
    pages: RwSignal<Pages>,
) -> impl IntoView {
    let t = I18n::use_context();
    let board = Board::use_context();
    let none = memo(move || board.queues.is_empty());
    let shown = memo(move || board.floor.with(|floor| pages.with(|pages| pages.shown(board.queues.keys(), &floor.alarms))));
    let several = memo(move || pages.with(Pages::several));
    let class = move || match board.queues.keys().len() {
        _ if several.get() => "wall-cards wall-many wall-paged",
        0..=4 => "wall-cards",
        5..=6 => "wall-cards wall-many wall-six",
        _ => "wall-cards wall-many",
    };
    view! {
        <When when=move || !none.get() fallback=move || view! { <EmptyState glyph=Glyph::People title=t.of(Key::FloorNoQueues)/> }>
            <When when=move || by_queue.get() fallback=|| view! { <All/> }>
                <div class=say(class)>
                    <Each each=move || shown.get() key=|name| name.clone() let:name>
                        {board.queues.row(&name).map(|row| view! { <Card rows=memo(move || vec![row.get()])/> })}
                    </Each>
                </div>
            </When>
        </When>
    }
}

/// Everything together, and who does what.
#[component]
fn All() -> impl IntoView {
    let t = I18n::use_context();
    let board = Board::use_context();
    let states = [
        (Key::FloorReady, Tone::Good, board.floor.memo(|floor| floor.staff.ready)),
        (Key::FloorBusy, Tone::Accent, board.floor.memo(|floor| floor.staff.busy)),
        (Key::FloorWrapUp, Tone::Warn, board.floor.memo(|floor| floor.staff.wrap_up)),
        (Key::FloorPaused, Tone::Off, board.floor.memo(|floor| floor.staff.paused)),
    ];
    let states = states.map(|(key, tone, count)| {
        view! {
            <div class=format!("wall-state {}", tone.class())>
                <dd class="num">{say(move || count.get().to_string())}</dd>
                <dt>{t.of(key)}</dt>
            </div>
        }
    });
    view! {
        <div class="wall-all">
            <Card rows=memo(move || board.queues.all())/>
            <dl class="wall-states" aria-label=t.of(Key::FloorAgents)>{states.collect_view()}</dl>
        </div>
    }
}

/// One queue, or several as one.
#[component]
fn Card(#[prop(into)] rows: Signal<Vec<FloorQueueRow>>) -> impl IntoView {
    let t = I18n::use_context();
    let board = Board::use_context();
    let sum = move |read: fn(&FloorQueueRow) -> u32| memo(move || rows.with(|rows| rows.iter().map(read).sum::<u32>()));
    let (waiting, free) = (sum(|row| row.queue.waiting), sum(|row| row.queue.free));
    let doors = sum(|row| row.doors);
    let (answered, lost) = (sum(|row| row.answered), sum(|row| row.lost));
    let name = memo(move || {
        rows.with(|rows| match rows.as_slice() {
            [only] => only.queue.label.clone(),
            _ => t.get(Key::QueuesTitle).to_owned(),
        })
    });
    // The worst of all: a board hides nothing behind an average.
    let now = memo(move || {
        let worst = rows.with(|rows| rows.iter().filter_map(|row| Some((row.now_percent?, row.target_percent))).min());
        level(worst.map(|(percent, _)| percent), worst.map_or(0, |(_, target)| target))
    });
    let longest = memo(move || {
        let now = board.now.get();
        let waits = rows.with(|rows| rows.iter().filter_map(|row| Some((row.queue.longest?.passed(now), row.alarm_s))).max());
        let tone = waits.map_or(Tone::Off, |(seconds, alarm)| if seconds >= u64::from(alarm) { Tone::Bad } else { Tone::Warn });
        (waits.map_or_else(|| "\u{2013}".to_owned(), |(seconds, _)| clock_text(seconds)), tone)
    });
    let bars = memo(move || {
        rows.with(|rows| {
            let mut bars: Vec<Bar> = Vec::new();
            for row in rows {
                bars.resize(row.bars.len().max(bars.len()), Bar::default());
                for (sum, bar) in bars.iter_mut().zip(&row.bars) {
                    (sum.in_time, sum.late, sum.lost) = (sum.in_time + bar.in_time, sum.late + bar.late, sum.lost + bar.lost);
                }
            }
            bars
        })
    });
    // All of them, where they want the same.
    let target = memo(move || {
        rows.with(|rows| {
            let mut targets = rows.iter().map(|row| row.target_percent);
            targets.next().filter(|first| targets.all(|other| other == *first))
        })
    });
    // A card of one queue is marked as its worst alarm is.
    let mark = memo(move || {
        let of = rows.with(|rows| match rows.as_slice() {
            [only] => only.queue.name.clone(),
            _ => String::new(),
        });
        let tones = |floor: &FloorView| {
            let own = floor.alarms.iter().filter(|alarm| alarm.queue == of).map(|alarm| tone(alarm.kind, alarm.known.is_none()));
            own.fold(Tone::Off, |worst, tone| if worst == Tone::Bad || tone == Tone::Off { worst } else { tone })
        };
        board.floor.with(tones)
    });
    let figure = move |key: Key, value: Memo<(String, Tone)>, class: &'static str| {
        view! {
            <div class=say(move || format!("wall-figure {class} {}", value.get().1.class()))>
                <dd class="num">{say(move || value.get().0)}</dd>
                <dt>{t.of(key)}</dt>
            </div>
        }
    };
    let plain = move |count: Memo<u32>, tone: fn(u32) -> Tone| memo(move || (count.get().to_string(), tone(count.get())));
    let calm = |_| Tone::Off;
    view! {
        <article class=say(move || format!("wall-card {}", mark.get().class())) aria-label=say(move || name.get())>
            <header class="wall-name">
                <h2 class="clip"><bdi>{say(move || name.get())}</bdi></h2>
                <When when=move || { doors.get() > 0 }>
                    <p class="wall-doors">
                        <Icon glyph=Glyph::Entrance/>
                        <span>{say(move || t.with(Key::WallDoors, &[("n", &doors.get().to_string())]))}</span>
                    </p>
                </When>
            </header>
            <dl class="wall-figures">
                {figure(Key::WallWaiting, plain(waiting, |n| if n > 0 { Tone::Warn } else { Tone::Good }), "wall-main")}
                {figure(Key::WallLongest, longest, "wall-main")}
                {figure(Key::FloorService, now, "wall-level")}
                {figure(Key::WallFree, plain(free, |n| if n > 0 { Tone::Good } else { Tone::Bad }), "")}
                {figure(Key::FigAnswered, plain(answered, calm), "wall-day")}
                {figure(Key::FloorLost, plain(lost, calm), "wall-day")}
            </dl>
            <Chart bars=bars target/>
        </article>
    }
}
