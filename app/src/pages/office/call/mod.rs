//! One call from its first event to its last: who did what when as a drawing, and what happened as a table.

mod chart;
mod words;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use self::chart::Chart;
use crate::components::kit::{Badge, Button, Each, EmptyState, Glyph, Note, Spinner, Tone, When, clock_text, memo, react, say};
use crate::components::office::OfficeTitle;
use crate::components::words::CALLS;
use crate::desk::office::action::Action;
use crate::desk::office::timeline::EventView;
use crate::i18n::{I18n, Key, Word};
use crate::store::{Calendar, DateStyle, OfficeStores, Wish};

/// The page.
#[component]
pub fn Call() -> impl IntoView {
    let t = I18n::use_context();
    let call = OfficeStores::use_context().call;
    let ask = Wish::use_context();
    let calendar = Calendar::use_context();
    let path = use_location().pathname;
    react(move || {
        let contact = path.get().strip_prefix(CALLS).unwrap_or_default().trim_end_matches('/').to_owned();
        ask.send(Action::OpenCall { contact });
    });
    on_cleanup(move || ask.send(Action::CloseCall));
    let loading = call.memo(|view| view.loading);
    let missing = call.memo(|view| view.missing);
    let failed = call.memo(|view| view.failed);
    let running = call.memo(|view| view.running);
    let events = call.memo(|view| view.events.clone());
    let sounds = call.memo(|view| view.sounds.clone());
    let cut = call.memo(|view| view.cut);
    let times = call.memo(|view| (view.began, view.lasted_ms / 1000));
    let some = memo(move || !events.with(Vec::is_empty));
    let lead = move || {
        let (began, seconds) = times.get();
        let began = calendar.print(began, DateStyle::DateTime, t.language().tag());
        t.with(Word::TlLead, &[("when", &began), ("time", &clock_text(seconds.unsigned_abs()))])
    };
    let sound = move || sounds.with(|sounds| sounds.iter().map(|sound| words::sounded(t, sound)).collect::<Vec<_>>().join(" "));
    view! {
        <div class="report">
            <OfficeTitle page=Word::TlTitle/>
            <When when=move || failed.get()>
                <Note tone=Tone::Warn role="alert">
                    <p>{t.of(Word::NotLoaded)}</p>
                    <Button label=t.of(Key::TryAgain) class="btn-sm" press=Callback::new(move |()| ask.send(Action::CallAgain))/>
                </Note>
            </When>
            <When when=move || loading.get()><Spinner label=t.of(Key::Loading)/></When>
            <When when=move || missing.get()><EmptyState glyph=Glyph::Search title=t.of(Word::TlMissing) text=t.of(Word::TlMissingText)/></When>
            <When when=move || some.get()>
                <div class="call-lead">
                    <p class="num">{say(lead)}</p>
                    <When when=move || running.get()>
                        <Badge label=t.of(Word::TlRunning) tone=Signal::stored(Tone::Accent)/>
                    </When>
                </div>
                <When when=move || !sounds.with(Vec::is_empty)><p class="soft">{say(sound)}</p></When>
                <Chart/>
                <div class="report-table" tabindex="0" role="region" aria-label=t.of(Word::TlEvents)>
                    <table>
                        <caption class="sr-only">{t.of(Word::TlEvents)}</caption>
                        <thead>
                            <tr>
                                <th scope="col">{t.of(Word::Begin)}</th>
                                <th scope="col" class="num">{t.of(Word::TlAfter)}</th>
                                <th scope="col">{t.of(Word::AuditWhat)}</th>
                                <th scope="col">{t.of(Word::AuditFacts)}</th>
                            </tr>
                        </thead>
                        <tbody>
                            <Each each=move || events.get() key=|row| row.clone() let:row>
                                <Line row/>
                            </Each>
                        </tbody>
                    </table>
                </div>
                <When when=move || cut.get()><p class="soft">{t.of(Word::TlCut)}</p></When>
            </When>
        </div>
    }
}

#[component]
fn Line(row: EventView) -> impl IntoView {
    let t = I18n::use_context();
    let calendar = Calendar::use_context();
    let (at, after) = (row.at, row.after_ms);
    let (what, facts) = (row.clone(), row);
    view! {
        <tr>
            <td class="num report-when">{say(move || calendar.print(at, DateStyle::Time, t.language().tag()))}</td>
            <td class="num">{clock_text(after.max(0).unsigned_abs() / 1000)}</td>
            <td class="call-what">{say(move || words::what(t, &what))}</td>
            <td class="call-facts">{say(move || words::facts(t, &facts))}</td>
        </tr>
    }
}
