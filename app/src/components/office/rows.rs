//! Rows of the lists of the office.

use leptos::prelude::*;

use crate::components::kit::{Badge, Button, Note, Tone, say};
use crate::desk::office::action::Action;
use crate::desk::office::view::{Done as Outcome, LockoutKind, LockoutRow, SessionRow};
use crate::i18n::{I18n, Word};
use crate::store::{DateStyle, Platform, Wish};

/// One session.
#[component]
pub fn SessionLine(
    /// Which.
    row: SessionRow,
    /// End it.
    end: Callback<()>,
    /// End all of its person.
    end_all: Callback<()>,
) -> impl IntoView {
    let t = I18n::use_context();
    let platform = Platform::use_context();
    let at = move |at: i64| platform.date_time(at, DateStyle::DateTime, t.language().tag());
    let (since, seen, address, device) = (row.since, row.seen, row.address, row.device);
    let device = move || if device.is_empty() { t.get(Word::UnknownDevice).to_owned() } else { device.clone() };
    let used = move || t.with(Word::UsedAt, &[("when", &at(seen)), ("address", &address)]);
    let label = if row.own { None } else { Some(row.name.clone()) };
    let of_whom = row.name.clone();
    view! {
        <li class="office-row">
            <div class="office-what">
                <p class="office-name"><bdi>{row.name}</bdi></p>
                <p class="soft"><bdi>{say(device)}</bdi></p>
            </div>
            <div class="office-when faint">
                <p>{say(move || t.with(Word::SignedInAt, &[("when", &at(since))]))}</p>
                <p><bdi>{say(used)}</bdi></p>
            </div>
            <div class="office-state">
                {row.current.then(|| view! { <Badge label=t.of(Word::ThisSession) tone=Tone::Accent/> })}
                {(row.open && !row.current).then(|| view! { <Badge label=t.of(Word::OpenNow) tone=Tone::Good/> })}
            </div>
            <div class="office-do">
                {(!row.current).then(|| view! { <Button label=t.of(Word::End) class="btn-sm" press=end/> })}
                {label.map(|_| view! {
                    <Button label=move || t.with(Word::EndAllOf, &[("name", &of_whom)]) class="btn-sm" press=end_all/>
                })}
            </div>
        </li>
    }
}

/// One lock-out.
#[component]
pub fn LockoutLine(
    /// Which.
    row: LockoutRow,
) -> impl IntoView {
    let t = I18n::use_context();
    let platform = Platform::use_context();
    let ask = Wish::use_context();
    let at = move |at: i64| platform.date_time(at, DateStyle::DateTime, t.language().tag());
    let kind = match row.kind {
        LockoutKind::Account => Word::LockedAccount,
        LockoutKind::Browser => Word::LockedBrowser,
        LockoutKind::Address | LockoutKind::Unknown => Word::LockedAddress,
    };
    let (since, until, address, id) = (row.since, row.until, row.address, row.id);
    view! {
        <li class="office-row">
            <div class="office-what">
                <p class="office-name"><bdi>{row.names}</bdi></p>
                <p class="soft">{t.of(kind)}</p>
            </div>
            <div class="office-when faint">
                <p>{say(move || t.with(Word::LockedFor, &[("since", &at(since)), ("until", &at(until))]))}</p>
                <p><bdi>{say(move || t.with(Word::LastTry, &[("address", &address)]))}</bdi></p>
            </div>
            <div class="office-state"></div>
            <div class="office-do">
                <Button
                    label=t.of(Word::Lift)
                    class="btn-sm"
                    press=Callback::new(move |()| ask.send(Action::LiftLockout { id: id.clone() }))
                />
            </div>
        </li>
    }
}

/// What became of the last wish.
#[component]
pub fn Done(
    /// It, if there was one.
    done: Memo<Option<Outcome>>,
) -> impl IntoView {
    let t = I18n::use_context();
    move || {
        done.get().map(|done| {
            let (tone, sentence) = match done {
                Outcome::Ended(1) => (Tone::Good, t.get(Word::DoneOne).to_owned()),
                Outcome::Ended(count) => (Tone::Good, t.with(Word::DoneMany, &[("count", &count.to_string())])),
                Outcome::Lifted => (Tone::Good, t.get(Word::DoneLifted).to_owned()),
                Outcome::Gone => (Tone::Warn, t.get(Word::DoneGone).to_owned()),
                Outcome::Failed => (Tone::Bad, t.get(Word::DoneFailed).to_owned()),
            };
            view! { <Note tone=tone role="status"><p>{sentence}</p></Note> }
        })
    }
}
