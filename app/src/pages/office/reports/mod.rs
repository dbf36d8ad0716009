//! Reports: what happened at one's sites, in figures, and the calls behind them.

mod calls;
mod chart;
mod choose;
mod table;
mod words;

use std::sync::Arc;

use leptos::prelude::*;

use self::calls::Calls;
use self::chart::Chart;
use self::choose::Choose;
use self::table::Table;
use crate::components::kit::{Button, EmptyState, Glyph, Icon, Note, Spinner, Tone, When, react, say};
use crate::components::office::OfficeTitle;
use crate::desk::office::action::Action;
use crate::desk::office::reports::{Figure, Query, Shown, Trouble, Wish as Reports, civil, name};
use crate::i18n::{I18n, Key, Word};
use crate::store::{Calendar, DateStyle, OfficeStores, Platform, Wish};

/// Where a report is to be had as a file. The session is a cookie: an address says nothing but what is looked at.
fn address(name: &str, query: &Query, platform: Platform, format: &str) -> String {
    let words = query.iter().map(|(word, value)| format!("{word}={}", platform.escaped(value)));
    format!("/api/reports/{name}?{}", words.chain([format!("format={format}")]).collect::<Vec<_>>().join("&"))
}

/// The page.
#[component]
pub fn Reports() -> impl IntoView {
    let t = I18n::use_context();
    let reports = OfficeStores::use_context().reports;
    let wish = Wish::use_context();
    let again = move || wish.send(Action::Reports(Reports::Again));
    react(again);
    let shown = reports.memo(|view| view.shown.clone());
    let loading = reports.memo(|view| view.loading);
    let trouble = reports.memo(|view| view.trouble);
    let sentence = move || {
        t.get(match trouble.get() {
            Some(Trouble::Days) => Word::TroubleDays,
            Some(Trouble::TooMuch) => Word::TroubleRows,
            Some(Trouble::NotAllowed) => Word::TroubleForbidden,
            Some(Trouble::Failed) | None => Word::NotLoaded,
        })
    };
    let retry = move || trouble.get() == Some(Trouble::Failed);
    view! {
        <OfficeTitle page=Word::Reports/>
        <div class="report">
            <Choose/>
            <When when=move || trouble.get().is_some()>
                <Note tone=Tone::Warn role="alert">
                    <p>{say(sentence)}</p>
                    <When when=retry><Button label=t.of(Key::TryAgain) class="btn-sm" press=Callback::new(move |()| again())/></When>
                </Note>
            </When>
            <div class="report-state" role="status">
                <When when=move || loading.get()><Spinner label=t.of(Key::Loading)/></When>
            </div>
            <When when=move || trouble.get().is_none()>
                <div class="report-body" class:is-old=move || loading.get() aria-busy=move || loading.get().then_some("true")>
                    {move || shown.get().map(|shown| view! { <Body shown/> })}
                </div>
            </When>
        </div>
        <Calls/>
    }
}

#[component]
fn Body(shown: Arc<Shown>) -> impl IntoView {
    let t = I18n::use_context();
    let platform = Platform::use_context();
    let calendar = Calendar::use_context();
    let report = &shown.report;
    let days = [&report.from, &report.to].map(|day| civil::day_of(day).unwrap_or_default());
    let query = shown.ask.query((days[0], days[1]));
    let kind = name(report.kind);
    let file = format!("{kind}-{}-{}", report.from, report.to);
    let of_days = {
        let (zone, now) = (report.zone.clone(), civil::clock(&report.offsets, report.now));
        move || {
            let print = |day: i64| calendar.print(day * civil::DAY_MS, DateStyle::Date, t.language().tag());
            let span = if days[0] == days[1] { print(days[0]) } else { format!("{} \u{2013} {}", print(days[0]), print(days[1])) };
            let now = calendar.print(now, DateStyle::DateTime, t.language().tag());
            t.with(Word::ReportOf, &[("days", &span), ("now", &now), ("zone", &zone)])
        }
    };
    let columns = Figure::of(report.kind);
    let empty = report.rows.is_empty();
    let meaning = move || {
        columns.iter().map(move |figure| {
            let (word, help) = words::figure(*figure);
            view! { <div><dt>{t.of(word)}</dt><dd>{t.of(help)}</dd></div> }
        })
    };
    view! {
        <div class="report-head">
            <p class="soft">{say(of_days)}</p>
            <div class="report-files">
                <a class="btn" href=address(kind, &query, platform, "csv") download=format!("{file}.csv") rel="external">
                    <Icon glyph=Glyph::Download/><span>"CSV"</span>
                </a>
                <a class="btn" href=address(kind, &query, platform, "json") download=format!("{file}.json") rel="external">
                    <Icon glyph=Glyph::Download/><span>"JSON"</span>
                </a>
            </div>
        </div>
        {if empty {
            view! { <EmptyState glyph=Glyph::Chart title=t.of(Word::NothingHappened) text=t.of(Word::NothingHappenedText)/> }.into_any()
        } else {
            view! {
                <Chart shown=shown.clone()/>
                <Table shown=shown.clone()/>
                <details class="report-meaning">
                    <summary>{t.of(Word::Meaning)}</summary>
                    <dl>{meaning().collect_view()}</dl>
                </details>
            }
            .into_any()
        }}
    }
}
