//! Past calls: a row of the history, and the last few on a quiet desk.

use leptos::prelude::*;

use crate::components::kit::{Badge, Each, Glyph, Icon, IconButton, When, clock_text, memo, react};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::view::history::{Direction, HistoryRow, Outcome};
use crate::i18n::{I18n, Key};
use crate::store::{DateStyle, Dispatch, Platform, Stores};

/// How many calls a quiet desk shows.
const RECENT: usize = 5;

/// The last calls, fetched when the desk falls quiet. Nothing before the first call.
#[component]
pub fn RecentCalls() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    react(move || dispatch.send(Action::OpenHistory));
    let rows = stores.history.memo(|history| history.rows.iter().take(RECENT).cloned().collect::<Vec<_>>());
    let none = memo(move || rows.with(Vec::is_empty));
    view! {
        <When when=move || !none.get()>
            <div class="recent">
                <h2 class="recent-title" id="recent-title">{t.of(Key::RecentCalls)}</h2>
                <ul class="past" aria-labelledby="recent-title">
                    <Each each=move || rows.get() key=|row| (row.id.clone(), row.outcome as u8, row.talked_s) let:row>
                        <PastCall row/>
                    </Each>
                </ul>
            </div>
        </When>
    }
}

/// One past call as an item of a list.
#[component]
pub fn PastCall(
    /// What is known of it.
    row: HistoryRow,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let platform = Platform::use_context();
    let (outcome, tone) = words::outcome(row.outcome);
    let (glyph, direction) = match row.direction {
        Direction::In => (Glyph::ArrowIn, Key::DirIn),
        Direction::Out => (Glyph::ArrowOut, Key::DirOut),
    };
    let at = row.started_at;
    let when = move || platform.date_time(at, DateStyle::DateTime, t.language().tag());
    let may_dial = stores.desk.memo(|desk| desk.may_dial);
    let name = row.who.name.clone();
    let back = row.call_back.clone().map(|target| {
        let name = name.clone();
        let target = StoredValue::new(target);
        let label = Signal::derive(move || t.with(Key::CallBackName, &[("name", &name)]));
        view! {
            <When when=move || may_dial.get()>
                <IconButton
                    label=move || label.get()
                    glyph=Glyph::Phone
                    class="icon-btn-good"
                    press=move |()| dispatch.send(Action::Dial { target: target.get_value(), video: false })
                />
            </When>
        }
    });
    view! {
        <li class="past-row">
            <span class="past-way" class:is-missed=row.outcome == Outcome::Missed>
                <Icon glyph/>
                <span class="sr-only">{t.of(direction)}</span>
            </span>
            <div class="past-who">
                <p class="past-name clip"><bdi>{row.who.name}</bdi></p>
                {row.queue.map(|queue| view! { <p class="faint clip"><bdi>{queue}</bdi></p> })}
                {row.who.number.map(|number| view! { <p class="faint num clip"><bdi>{number}</bdi></p> })}
            </div>
            <span class="past-outcome"><Badge label=t.of(outcome) tone=tone/></span>
            <span class="past-time soft num">{when}</span>
            <span class="past-length soft num">
                {row.talked_s.map(|seconds| view! {
                    <span class="sr-only">{t.of(Key::Duration)}</span>
                    {clock_text(u64::from(seconds))}
                })}
            </span>
            <span class="past-back">{back}</span>
        </li>
    }
}
