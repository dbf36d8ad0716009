//! The calls behind a figure.

use leptos::prelude::*;

use super::words;
use crate::components::kit::{Button, Dialog, Each, EmptyState, Glyph, Icon, Note, Spinner, Tone, When, react, say};
use crate::components::words::CALLS;
use crate::desk::office::action::Action;
use crate::desk::office::reports::{CallRow, Value, Wish as Reports};
use crate::i18n::{I18n, Key, Word};
use crate::store::{Calendar, DateStyle, OfficeStores, Platform, Wish};

/// The list, in a dialog of its own.
#[component]
pub(super) fn Calls() -> impl IntoView {
    let t = I18n::use_context();
    let reports = OfficeStores::use_context().reports;
    let wish = Wish::use_context();
    let platform = Platform::use_context();
    let calendar = Calendar::use_context();
    let send = move |wish_for: Reports| Callback::new(move |()| wish.send(Action::Reports(wish_for.clone())));
    let is_open = reports.memo(|view| view.calls.open);
    let about = reports.memo(|view| view.calls.about.clone());
    let rows = reports.memo(|view| view.calls.rows.clone());
    let loading = reports.memo(|view| view.calls.loading);
    let failed = reports.memo(|view| view.calls.failed);
    let page = reports.memo(|view| view.calls.page);
    let more = reports.memo(|view| view.calls.more);
    let query = reports.memo(|view| view.calls.query.clone());
    let open = RwSignal::new(false);
    react(move || open.set(is_open.get()));
    react(move || {
        if !open.get() && is_open.get_untracked() {
            wish.send(Action::Reports(Reports::CloseCalls));
        }
    });
    let title = move || {
        let Some((figure, row)) = about.get() else { return String::new() };
        let figure = t.get(words::figure(figure).0);
        let parts = [Some(row.label.clone()), words::begin(&row, t, calendar)];
        let of = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        if of.is_empty() { figure.to_owned() } else { format!("{figure}: {of}") }
    };
    let file = move || query.with(|query| super::address("calls", query, platform, "csv"));
    let none = move || !loading.get() && !failed.get() && rows.with(Vec::is_empty);
    view! {
        <Dialog title=title open>
            <div class="report-calls" aria-busy=move || loading.get().then_some("true")>
                <When when=move || failed.get()>
                    <Note tone=Tone::Warn role="alert">
                        <p>{t.of(Word::NotLoaded)}</p>
                        <Button label=t.of(Key::TryAgain) class="btn-sm" press=send(Reports::CallsAgain)/>
                    </Note>
                </When>
                <When when=move || loading.get() && rows.with(Vec::is_empty)><Spinner label=t.of(Key::Loading)/></When>
                <When when=none><EmptyState glyph=Glyph::Search title=t.of(Word::NoCalls)/></When>
                <When when=move || !rows.with(Vec::is_empty)>
                    <div class="report-table" tabindex="0" role="region" aria-label=t.of(Word::Calls)>
                        <table>
                            <thead>
                                <tr>
                                    {[Word::Begin, Word::CountedAs, Word::Caller, Word::Queue, Word::Agent]
                                        .map(|word| view! { <th scope="col">{t.of(word)}</th> })
                                        .collect_view()}
                                    {[Word::Wait, Word::FigTalk, Word::FigWork]
                                        .map(|word| view! { <th scope="col" class="num">{t.of(word)}</th> })
                                        .collect_view()}
                                    <th scope="col">{t.of(Word::Disposition)}</th>
                                </tr>
                            </thead>
                            <tbody>
                                <Each each=move || rows.get() key=|row| row.clone() let:row>
                                    <Line row/>
                                </Each>
                            </tbody>
                        </table>
                    </div>
                </When>
            </div>
            <div class="report-pages">
                <p class="soft num" role="status">{say(move || t.with(Word::PageNumber, &[("page", &page.get().to_string())]))}</p>
                <a class="btn" href=file download="calls.csv" rel="external"><Icon glyph=Glyph::Download/><span>"CSV"</span></a>
                <Button
                    label=t.of(Word::Newer)
                    disabled=Signal::derive(move || page.get() < 2 || loading.get())
                    press=send(Reports::Newer)
                />
                <Button
                    label=t.of(Word::Older)
                    disabled=Signal::derive(move || !more.get() || loading.get())
                    press=send(Reports::Older)
                />
            </div>
        </Dialog>
    }
}

#[component]
fn Line(row: CallRow) -> impl IntoView {
    let t = I18n::use_context();
    let calendar = Calendar::use_context();
    let time = move |ms: Option<i64>| ms.map_or(String::new(), |ms| words::value(Value::Time(ms), t.language()));
    let counted = move || row.counted.map_or("", |figure| t.get(words::figure(figure).0));
    let at = row.at;
    let reads = OfficeStores::use_context().office.memo(|office| office.reads_calls);
    let when = say(move || calendar.print(at, DateStyle::DateTime, t.language().tag()));
    let address = CALLS.to_owned() + &row.contact;
    view! {
        <tr>
            <td class="num report-when">
                <When when=move || reads.get() fallback={
                    let when = when.clone();
                    move || view! { <span>{when.clone()}</span> }
                }>
                    <a href=address.clone() title=t.of(Word::ShowCall)>{when.clone()}</a>
                </When>
            </td>
            <td>{say(counted)}</td>
            <td><bdi>{row.caller}</bdi></td>
            <td><bdi>{row.queue}</bdi></td>
            <td><bdi>{row.agent}</bdi></td>
            <td class="num">{time(Some(row.waited_ms))}</td>
            <td class="num">{time(row.talk_ms)}</td>
            <td class="num">{time(row.work_ms)}</td>
            <td><bdi>{row.disposition}</bdi></td>
        </tr>
    }
}
