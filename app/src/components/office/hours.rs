//! Opening hours of a queue: a line of text per weekday, and a bar that shows what it says.

use leptos::prelude::*;

use super::entry::Tick;
use super::open::{Open, edit_queue, queue};
use crate::components::kit::{When, memo, say};
use crate::desk::office::admin::week::{DAYS, bar};
use crate::i18n::{I18n, Word};
use crate::store::OfficeStores;

const NAMES: [Word; 7] = [Word::Monday, Word::Tuesday, Word::Wednesday, Word::Thursday, Word::Friday, Word::Saturday, Word::Sunday];

/// The week of a queue.
#[component]
pub fn Hours(
    /// The form.
    open: Open,
) -> impl IntoView {
    let t = I18n::use_context();
    let admin = OfficeStores::use_context().admin;
    let closes = memo(move || open.read(|form| queue(&form.draft).closes));
    let locked = memo(move || open.locked());
    let zone = memo(move || {
        let site = open.read(|form| queue(&form.draft).form.site);
        let page = admin.with(|admin| admin.queues.known().cloned());
        page.and_then(|page| page.place.sites.iter().find(|known| known.id == site).map(|site| site.zone.clone()))
            .unwrap_or_else(|| "UTC".to_owned())
    });
    view! {
        <Tick
            label=t.of(Word::Closes)
            on=closes
            disabled=locked
            set=move |on: bool| edit_queue(open, move |queue| queue.closes = on)
        />
        <When when=move || closes.get()>
            <p class="field-about">{say(move || t.with(Word::HoursOf, &[("zone", &zone.get())]))}</p>
            <div class="week">
                <div class="week-scale" aria-hidden="true">
                    <p><span>"0"</span><span>"6"</span><span>"12"</span><span>"18"</span><span>"24"</span></p>
                </div>
                {(0..DAYS.len()).map(|day| view! { <Day open day/> }).collect_view()}
            </div>
        </When>
    }
}

#[component]
fn Day(open: Open, day: usize) -> impl IntoView {
    let t = I18n::use_context();
    let id = format!("f-day-{day}");
    let value = memo(move || open.read(|form| queue(&form.draft).week.0[day].clone()));
    let spans = memo(move || open.read(|form| queue(&form.draft).week.day(day)));
    let fault = memo(move || open.fault(t, &format!("day.{day}")));
    let wrong = memo(move || fault.with(Option::is_some) || spans.with(Option::is_none));
    let locked = memo(move || open.locked());
    view! {
        <div class="week-day">
            <label for=id.clone()>{t.of(NAMES[day])}</label>
            <input
                id=id
                class="input"
                type="text"
                autocomplete="off"
                placeholder="08:00-12:30, 14:00-18:00"
                disabled=move || locked.get()
                aria-invalid=move || wrong.get().then_some("true")
                prop:value=move || value.get()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    edit_queue(open, move |queue| queue.week.0[day] = text);
                }
            />
            // A drawing in lengths of its own: a style attribute is what the page's policy forbids.
            <svg class="week-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                {move || {
                    spans
                        .get()
                        .unwrap_or_default()
                        .into_iter()
                        .map(|span| {
                            let (from, length) = bar(span);
                            view! { <rect x=from.to_string() y="0" width=length.to_string() height="10"></rect> }
                        })
                        .collect_view()
                }}
            </svg>
            {move || fault.get().map(|words| view! { <p class="field-about is-wrong" role="alert">{words}</p> })}
        </div>
    }
}
