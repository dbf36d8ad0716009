//! Own calls of the past: who, when, how it went, and the way to call back.

use leptos::prelude::*;

use crate::components::kit::{Badge, Button, EmptyState, Glyph, Icon, IconButton, Note, Spinner, TextField, Tone, clock_text};
use crate::components::shell::{Frame, Title};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::view::history::{Direction, HistoryRow, Outcome};
use crate::i18n::{I18n, Key};
use crate::store::{DateStyle, Dispatch, Platform, Stores};

/// Whether a row holds what is searched.
fn matches(row: &HistoryRow, search: &str) -> bool {
    let search = search.trim().to_lowercase();
    row.who.name.to_lowercase().contains(&search)
        || row.who.number.as_ref().is_some_and(|number| number.to_lowercase().contains(&search))
}

/// The page.
#[component]
pub fn History() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    dispatch.send(Action::OpenHistory);
    let search = RwSignal::new(String::new());
    let failed = stores.history.memo(|history| history.failed);
    let loading = stores.history.memo(|history| history.loading);
    let more = stores.history.memo(|history| history.more);
    let none = stores.history.memo(|history| history.rows.is_empty());
    let shown = Memo::new(move |_| {
        let search = search.get();
        stores.history.with(|history| history.rows.iter().filter(|row| matches(row, &search)).cloned().collect::<Vec<_>>())
    });
    view! {
        <Title page=Key::HistoryTitle/>
        <Frame title=Key::HistoryTitle>
            <div class="sheet">
                <Show when=move || failed.get()>
                    <Note tone=Tone::Warn role="alert">
                        <p>{t.of(Key::HistoryError)}</p>
                        <Button
                            label=t.of(Key::TryAgain)
                            class="btn-sm"
                            press=Callback::new(move |()| dispatch.send(Action::OpenHistory))
                        />
                    </Note>
                </Show>
                <Show when=move || !none.get()>
                    <div class="sheet-tools">
                        <TextField label=t.of(Key::HistorySearch) id="history-search" value=search kind=Signal::stored("search")/>
                    </div>
                </Show>
                <ul class="past" aria-label=t.of(Key::HistoryCalls)>
                    <For each=move || shown.get() key=|row| (row.id.clone(), row.outcome as u8, row.talked_s) let:row>
                        <PastCall row/>
                    </For>
                </ul>
                <Show when=move || loading.get()><Spinner label=t.of(Key::Loading)/></Show>
                <Show when=move || !loading.get() && shown.with(Vec::is_empty)>
                    <Show
                        when=move || none.get()
                        fallback=move || view! { <EmptyState glyph=Glyph::Search title=t.of(Key::HistoryNoMatch)/> }
                    >
                        <EmptyState
                            glyph=Glyph::History
                            title=t.of(Key::HistoryNoneTitle)
                            text=t.of(Key::HistoryNoneText)
                        />
                    </Show>
                </Show>
                <Show when=move || more.get() && !loading.get()>
                    <div class="sheet-more">
                        <Button
                            label=t.of(Key::HistoryMore)
                            press=Callback::new(move |()| dispatch.send(Action::MoreHistory))
                        />
                    </div>
                </Show>
            </div>
        </Frame>
    }
}

/// One past call.
#[component]
fn PastCall(row: HistoryRow) -> impl IntoView {
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
    let may_dial = stores.desk.memo(|desk| desk.dial.is_some());
    let name = row.who.name.clone();
    let back = row.call_back.clone().map(|target| {
        let name = name.clone();
        let target = StoredValue::new(target);
        let label = Signal::derive(move || t.with(Key::CallBackName, &[("name", &name)]));
        view! {
            <Show when=move || may_dial.get()>
                <IconButton
                    label=move || label.get()
                    glyph=Glyph::Phone
                    class="icon-btn-good"
                    press=move |()| dispatch.send(Action::Dial { target: target.get_value(), video: false })
                />
            </Show>
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::view::call::Who;

    #[test]
    fn search_finds_names_and_numbers() {
        let row = HistoryRow {
            id: "1".into(),
            direction: Direction::In,
            outcome: Outcome::Missed,
            who: Who { name: "Ada Marlow".into(), number: Some("+49 30".into()) },
            started_at: 0,
            talked_s: None,
            call_back: None,
        };
        for search in ["", " ADA ", "low", "+49"] {
            assert!(matches(&row, search), "{search}");
        }
        assert!(!matches(&row, "grace"));
    }
}
