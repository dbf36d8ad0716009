//! The line above the desk: what one does for the queues and since when, the way to change it, and the day so far.

use leptos::prelude::*;

use crate::components::kit::{Badge, Button, Choice, Glyph, Look, Select, Timer, When, clock_text, memo, say};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::view::work::{Doing, FiguresView, MyState};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The whole line; nothing for whoever is in no queue.
#[component]
pub fn WorkBar() -> impl IntoView {
    let t = I18n::use_context();
    let work = Stores::use_context().work;
    let there = work.memo(|work| work.me.is_some());
    view! {
        <When when=move || there.get()>
            <section class="work" aria-label=t.of(Key::WorkTitle)>
                <State/>
                <Switch/>
                <Day/>
            </section>
        </When>
    }
}

/// What one does, and for how long.
#[component]
fn State() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let doing = stores.work.memo(|work| work.me.as_ref().map(|me| me.doing.clone()));
    let since = stores.work.memo(|work| work.me.as_ref().map(|me| me.since).unwrap_or_default());
    let next = stores.work.memo(|work| work.me.as_ref().is_some_and(|me| me.pause_next));
    let set_by = stores.work.memo(|work| work.me.as_ref().and_then(|me| me.set_by.clone()));
    let help = stores.work.memo(|work| match work.me.as_ref().map(|me| (&me.doing, me.microphone)) {
        Some((Doing::Unfit(fault), microphone)) => words::phone_help(*fault, microphone),
        Some(_) | None => None,
    });
    let badge = memo(move || doing.get().map_or((String::new(), Default::default()), |doing| words::doing(t, &doing)));
    view! {
        <div class="work-state" role="status">
            <Badge label=say(move || badge.get().0) tone=Signal::derive(move || badge.get().1)/>
            {move || set_by.get().map(|name| view! { <span class="soft work-next">{t.with(Key::FloorSetBy, &[("name", &name)])}</span> })}
            <When when=move || next.get()>
                <span class="soft work-next">{t.of(Key::PauseNext)}</span>
            </When>
            {move || help.get().map(|key| view! { <span class="soft work-next">{t.of(key)}</span> })}
        </div>
        <When when=move || doing.get() != Some(Doing::Offline)>
            <Timer seconds=Signal::derive(move || since.get().passed(stores.now.get()))/>
        </When>
    }
}

/// "Ready", or "Pause" with its reason.
#[component]
fn Switch() -> impl IntoView {
    let t = I18n::use_context();
    let work = Stores::use_context().work;
    let dispatch = Dispatch::use_context();
    fn me(work: &crate::desk::view::work::WorkView) -> Option<&MyState> {
        work.me.as_ref()
    }
    let ready = work.memo(|work| me(work).is_some_and(|me| me.ready));
    let pause = work.memo(|work| me(work).is_some_and(|me| me.pause.is_some()));
    let busy = work.memo(|work| me(work).is_some_and(|me| me.busy));
    let reasons = memo(move || {
        let plain = Choice { value: String::new(), label: t.get(Key::PauseNoReason).to_owned() };
        let named = work.with(|work| me(work).and_then(|me| me.pause.clone()).unwrap_or_default());
        let named = named.into_iter().map(|reason| Choice { value: reason.name, label: reason.label });
        std::iter::once(plain).chain(named).collect::<Vec<_>>()
    });
    let chosen = RwSignal::new(String::new());
    let some_reasons = memo(move || reasons.with(|reasons| reasons.len() > 1));
    view! {
        <div class="work-switch">
            <When when=move || ready.get()>
                <Button
                    label=t.of(Key::BeReady)
                    glyph=Glyph::Check
                    look=Look::Good
                    busy=busy
                    press=Callback::new(move |()| dispatch.send(Action::Ready))
                />
            </When>
            <When when=move || pause.get()>
                <When when=move || some_reasons.get()>
                    <Select
                        label=t.of(Key::PauseReason)
                        id="pause-reason"
                        choices=reasons
                        value=chosen
                        label_hidden=true
                        choose=move |reason: String| chosen.set(reason)
                    />
                </When>
                <Button
                    label=t.of(Key::BePaused)
                    glyph=Glyph::Pause
                    busy=busy
                    press=Callback::new(move |()| {
                        let reason = chosen.get_untracked();
                        dispatch.send(Action::Pause { reason: (!reason.is_empty()).then_some(reason) });
                    })
                />
            </When>
        </div>
    }
}

/// The figures of one's day, from what happened.
#[component]
fn Day() -> impl IntoView {
    let t = I18n::use_context();
    let figures = Stores::use_context().work.memo(|work| work.figures);
    let figure = move |term: Key, read: fn(&FiguresView) -> String| {
        view! {
            <div class="work-figure">
                <dt>{t.of(term)}</dt>
                <dd class="num">{say(move || figures.get().as_ref().map_or_else(|| "\u{2013}".to_owned(), read))}</dd>
            </div>
        }
    };
    view! {
        <dl class="work-day" aria-label=t.of(Key::FigTitle)>
            {figure(Key::FigAnswered, |figures| figures.answered.to_string())}
            {figure(Key::FigMissed, |figures| figures.missed.to_string())}
            {figure(Key::FigTalk, |figures| clock_text(figures.talk_s))}
            {figure(Key::FigAverage, |figures| figures.average_s.map_or_else(|| "\u{2013}".to_owned(), clock_text))}
        </dl>
    }
}
