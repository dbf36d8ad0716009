//! What a report is asked for with.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::words;
use crate::components::kit::{Button, Choice, Glyph, Look, Select, TextField, When, memo, react};
use crate::desk::office::action::Action;
use crate::desk::office::reports::{Ask, Range, Wish as Reports};
use crate::i18n::{I18n, Word};
use crate::store::{OfficeStores, Wish};

/// A line of a chooser by its place among what can be chosen.
fn choice(place: usize, label: impl Into<String>) -> Choice {
    Choice { value: place.to_string(), label: label.into() }
}

fn place<T: PartialEq>(all: &[T], one: &T) -> String {
    all.iter().position(|each| each == one).unwrap_or_default().to_string()
}

fn at<T: Clone>(all: &[T], place: &str) -> Option<T> {
    all.get(place.parse::<usize>().ok()?).cloned()
}

/// The choosers above a report. Each choice asks at once; days of one's own are asked for by a button.
#[component]
pub(super) fn Choose() -> impl IntoView {
    let t = I18n::use_context();
    let reports = OfficeStores::use_context().reports;
    let wish = Wish::use_context();
    let ask = reports.memo(|view| view.ask.clone());
    let kinds = reports.memo(|view| view.kinds);
    let sites = reports.memo(|view| view.sites.clone());
    let names = reports.memo(|view| view.names.clone());
    let show = move |change: &dyn Fn(&mut Ask)| {
        let mut wanted = ask.get_untracked();
        change(&mut wanted);
        wish.send(Action::Reports(Reports::Show(wanted)));
    };
    // Days are typed here until they are asked for.
    let own = RwSignal::new(false);
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    react(move || {
        if let Range::Own { from: first, to: last } = ask.get().range {
            own.set(true);
            from.set(first);
            to.set(last);
        }
    });
    let ranges = || [Range::Today, Range::Yesterday, Range::Week, Range::Month];
    let range_choices = move || {
        let own = std::iter::once(Word::OwnDays);
        ranges().iter().map(words::range).chain(own).enumerate().map(|(place, word)| choice(place, t.get(word))).collect()
    };
    let range_value = move || if own.get() { ranges().len().to_string() } else { place(&ranges(), &ask.get().range) };
    let choose_range = move |chosen: String| match at(&ranges(), &chosen) {
        Some(range) => {
            own.set(false);
            show(&|ask| ask.range = range.clone());
        }
        None => {
            if from.get_untracked().is_empty()
                && let Some(shown) = reports.get_untracked().shown
            {
                from.set(shown.report.from.clone());
                to.set(shown.report.to.clone());
            }
            own.set(true);
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let range = Range::Own { from: from.get_untracked(), to: to.get_untracked() };
        show(&|ask| ask.range = range.clone());
    };
    let kind_choices = move || kinds.get().iter().enumerate().map(|(place, kind)| choice(place, t.get(words::kind(*kind)))).collect();
    let choose_kind = move |chosen: String| {
        if let Some(kind) = at(kinds.get_untracked(), &chosen) {
            show(&|ask| (ask.kind, ask.only) = (kind, None));
        }
    };
    let span_choices = move || {
        let spans = ask.get().spans();
        spans.iter().enumerate().map(|(place, span)| choice(place, t.get(words::span(*span)))).collect()
    };
    let choose_span = move |chosen: String| {
        if let Some(span) = at(ask.get_untracked().spans(), &chosen) {
            show(&|ask| ask.granularity = span);
        }
    };
    // The first line of these is everything.
    let all = move || choice(0, t.get(Word::Everything));
    let listed = move |list: Vec<(String, String)>| {
        let named = list.iter().enumerate().map(|(place, (_, label))| choice(place + 1, words::named(label, t)));
        std::iter::once(all()).chain(named).collect::<Vec<_>>()
    };
    let among = |list: &[(String, String)], name: Option<&str>| {
        name.and_then(|name| list.iter().position(|(each, _)| each == name)).map_or(0, |place| place + 1).to_string()
    };
    let picked = |list: &[(String, String)], chosen: &str| {
        chosen.parse::<usize>().ok()?.checked_sub(1).and_then(|place| list.get(place)).map(|(name, _)| name.clone())
    };
    let several = memo(move || sites.with(|sites| sites.len() > 1));
    let choose_site = move |chosen: String| {
        let site = sites.with_untracked(|sites| picked(sites, &chosen)).unwrap_or_default();
        show(&|ask| (ask.site, ask.only) = (site.clone(), None));
    };
    let choose_name = move |chosen: String| {
        let only = names.with_untracked(|names| picked(names, &chosen));
        show(&|ask| ask.only = only.clone());
    };
    let site_value = move || ask.with(|ask| sites.with(|sites| among(sites, Some(&ask.site))));
    let name_value = move || ask.with(|ask| names.with(|names| among(names, ask.only.as_deref())));
    let subject = move || t.get(words::subject(ask.get().kind));
    view! {
        <div class="report-choose">
            <Select
                label=t.of(Word::Report)
                id="report-kind"
                choices=Signal::derive(kind_choices)
                value=Signal::derive(move || place(kinds.get(), &ask.get().kind))
                choose=choose_kind
            />
            <Select
                label=t.of(Word::Period)
                id="report-range"
                choices=Signal::derive(range_choices)
                value=Signal::derive(range_value)
                choose=choose_range
            />
            <Select
                label=t.of(Word::Interval)
                id="report-span"
                choices=Signal::derive(span_choices)
                value=Signal::derive(move || place(ask.get().spans(), &ask.get().granularity))
                choose=choose_span
            />
            <When when=move || several.get()>
                <Select
                    label=t.of(Word::Site)
                    id="report-site"
                    choices=Signal::derive(move || listed(sites.get()))
                    value=Signal::derive(site_value)
                    choose=choose_site
                />
            </When>
            <When when=move || { ask.get().kind != crate::desk::office::view::ReportKind::Sites }>
                <Select
                    label=subject
                    id="report-only"
                    choices=Signal::derive(move || listed(names.get()))
                    value=Signal::derive(name_value)
                    choose=choose_name
                />
            </When>
            <Button
                label=t.of(Word::LookAgain)
                glyph=Glyph::Refresh
                press=Callback::new(move |()| wish.send(Action::Reports(Reports::Again)))
            />
        </div>
        <When when=move || own.get()>
            <form class="report-days" on:submit=submit>
                <TextField label=t.of(Word::FromDay) id="report-from" value=from kind=Signal::stored("date")/>
                <TextField label=t.of(Word::ToDay) id="report-to" value=to kind=Signal::stored("date")/>
                <Button label=t.of(Word::ShowDays) look=Look::Primary submit=true/>
            </form>
        </When>
    }
}
