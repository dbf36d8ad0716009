//! Own calls of the past: who, when, how it went, and the way to call back.

use leptos::prelude::*;

use crate::components::kit::{Button, Each, EmptyState, Glyph, Note, Spinner, TextField, Tone, When, memo, react};
use crate::components::past::PastCall;
use crate::components::shell::{Frame, Title};
use crate::desk::action::Action;
use crate::desk::view::history::HistoryRow;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// Whether a row holds what is searched.
fn matches(row: &HistoryRow, search: &str) -> bool {
    let search = search.trim().to_lowercase();
    row.who.name.to_lowercase().contains(&search) || row.who.number.as_ref().is_some_and(|number| number.to_lowercase().contains(&search))
}

/// The page.
#[component]
pub fn History() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    react(move || dispatch.send(Action::OpenHistory));
    let search = RwSignal::new(String::new());
    let failed = stores.history.memo(|history| history.failed);
    let loading = stores.history.memo(|history| history.loading);
    let more = stores.history.memo(|history| history.more);
    let none = stores.history.memo(|history| history.rows.is_empty());
    let shown = memo(move || {
        let search = search.get();
        stores.history.with(|history| history.rows.iter().filter(|row| matches(row, &search)).cloned().collect::<Vec<_>>())
    });
    view! {
        <Title page=Key::HistoryTitle/>
        <Frame title=Key::HistoryTitle>
            <div class="sheet">
                <When when=move || failed.get()>
                    <Note tone=Tone::Warn role="alert">
                        <p>{t.of(Key::HistoryError)}</p>
                        <Button
                            label=t.of(Key::TryAgain)
                            class="btn-sm"
                            press=Callback::new(move |()| dispatch.send(Action::OpenHistory))
                        />
                    </Note>
                </When>
                <When when=move || !none.get()>
                    <div class="sheet-tools">
                        <TextField label=t.of(Key::HistorySearch) id="history-search" value=search kind=Signal::stored("search")/>
                    </div>
                </When>
                <ul class="past" aria-label=t.of(Key::HistoryCalls)>
                    <Each each=move || shown.get() key=|row| (row.id.clone(), row.outcome as u8, row.talked_s) let:row>
                        <PastCall row/>
                    </Each>
                </ul>
                <When when=move || loading.get()><Spinner label=t.of(Key::Loading)/></When>
                <When when=move || !loading.get() && shown.with(Vec::is_empty)>
                    <When
                        when=move || none.get()
                        fallback=move || view! { <EmptyState glyph=Glyph::Search title=t.of(Key::HistoryNoMatch)/> }
                    >
                        <EmptyState
                            glyph=Glyph::History
                            title=t.of(Key::HistoryNoneTitle)
                            text=t.of(Key::HistoryNoneText)
                        />
                    </When>
                </When>
                <When when=move || more.get() && !loading.get()>
                    <div class="sheet-more">
                        <Button
                            label=t.of(Key::HistoryMore)
                            press=Callback::new(move |()| dispatch.send(Action::MoreHistory))
                        />
                    </div>
                </When>
            </div>
        </Frame>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::view::call::Who;
    use crate::desk::view::history::{Direction, Outcome};

    #[test]
    fn search_finds_names_and_numbers() {
        let row = HistoryRow {
            id: "1".into(),
            direction: Direction::In,
            outcome: Outcome::Missed,
            who: Who { name: "Agent One".into(), number: Some("+49 30".into()) },
            started_at: 0,
            talked_s: None,
            queue: None,
            call_back: None,
        };
        for search in ["", " AGENT ", "one", "+49"] {
            assert!(matches(&row, search), "{search}");
        }
        assert!(!matches(&row, "two"));
    }
}
