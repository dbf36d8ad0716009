//! Links to the wallboard: the form for a new one, its address as long as it is shown, and the rows of the list.

use leptos::ev::{FocusEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::web_sys::HtmlInputElement;

use super::entry::Tick;
use crate::components::kit::{Badge, Button, Choice, Each, Look, Note, Select, TextField, Tone, When, memo, say};
use crate::desk::office::action::Action;
use crate::desk::office::view::{WallDone as Outcome, WallRow};
use crate::i18n::{I18n, Word};
use crate::store::{DateStyle, OfficeStores, Platform, Wish};

/// Days that can be chosen; a link lasts for 90 at most.
const DAYS: [u32; 4] = [1, 7, 30, 90];

/// The form, and what came of it.
#[component]
pub fn NewWall() -> impl IntoView {
    let t = I18n::use_context();
    let walls = OfficeStores::use_context().walls;
    let ask = Wish::use_context();
    let (name, days) = (RwSignal::new(String::new()), RwSignal::new(30_u32));
    let chosen = RwSignal::new(Vec::<String>::new());
    let queues = walls.memo(|view| view.queues.clone());
    let making = walls.memo(|view| view.making);
    let unready = memo(move || name.with(|name| name.trim().is_empty()) || chosen.with(Vec::is_empty));
    let choices = memo(move || {
        let label =
            |days: u32| if days == 1 { t.get(Word::LinkDay).to_owned() } else { t.with(Word::LinkSomeDays, &[("n", &days.to_string())]) };
        DAYS.map(|days| Choice { value: days.to_string(), label: label(days) }).to_vec()
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !unready.get_untracked() {
            ask.send(Action::MakeWall { name: name.get_untracked(), queues: chosen.get_untracked(), days: days.get_untracked() });
            name.set(String::new());
            chosen.set(Vec::new());
        }
    };
    view! {
        <form class="wall-form" on:submit=submit>
            <h2>{t.of(Word::NewLink)}</h2>
            <div class="wall-fields">
                <TextField label=t.of(Word::LinkName) id="wall-name" value=name/>
                <Select
                    label=t.of(Word::LinkDays)
                    id="wall-days"
                    choices=choices
                    value=Signal::derive(move || days.get().to_string())
                    choose=move |value: String| days.set(value.parse().unwrap_or(1))
                />
            </div>
            <fieldset class="ticks">
                <legend>{t.of(Word::Queues)}</legend>
                <Each each=move || queues.get() key=|queue| queue.name.clone() let:queue>
                    {
                        let (on, set) = (queue.name.clone(), queue.name);
                        view! {
                            <Tick
                                label=queue.label
                                on=Signal::derive(move || chosen.with(|chosen| chosen.contains(&on)))
                                disabled=making
                                set=Callback::new(move |on: bool| chosen.update(|chosen| {
                                    chosen.retain(|known| *known != set);
                                    if on {
                                        chosen.push(set.clone());
                                    }
                                }))
                            />
                        }
                    }
                </Each>
            </fieldset>
            <div class="office-buttons">
                <Button label=t.of(Word::MakeLink) look=Look::Primary submit=true busy=making disabled=unready/>
            </div>
        </form>
        <Made/>
    }
}

/// The address of the link that was just made.
#[component]
fn Made() -> impl IntoView {
    let t = I18n::use_context();
    let walls = OfficeStores::use_context().walls;
    let ask = Wish::use_context();
    let made = walls.memo(|view| view.made.clone());
    let there = memo(move || made.with(Option::is_some));
    let words = move || made.with(|made| made.as_ref().map_or_else(String::new, |made| t.with(Word::LinkOnce, &[("name", &made.name)])));
    let address = move || made.with(|made| made.as_ref().map_or_else(String::new, |made| made.address.expose().to_owned()));
    let copied = memo(move || made.with(|made| made.as_ref().and_then(|made| made.copied)));
    // Marked as a whole, for whoever copies by hand.
    let mark = move |event: FocusEvent| event_target::<HtmlInputElement>(&event).select();
    view! {
        <When when=move || there.get()>
            <Note tone=Tone::Accent role="status">
                <p><bdi>{say(words)}</bdi></p>
                <input
                    class="input num"
                    readonly=true
                    aria-label=t.of(Word::LinkAddress)
                    prop:value=say(address)
                    on:focus=mark
                />
                {move || copied.get().map(|copied| view! { <p>{t.get(if copied { Word::Copied } else { Word::NotCopied })}</p> })}
                <div class="office-buttons">
                    <Button label=t.of(Word::Copy) press=Callback::new(move |()| ask.send(Action::CopyWall))/>
                    <Button label=t.of(Word::PutAway) look=Look::Quiet press=Callback::new(move |()| ask.send(Action::PutWallAway))/>
                </div>
            </Note>
        </When>
    }
}

/// One link.
#[component]
pub fn WallLine(
    /// Which.
    row: WallRow,
    /// Revoke it.
    revoke: Callback<()>,
) -> impl IntoView {
    let t = I18n::use_context();
    let platform = Platform::use_context();
    let at = move |at: i64| platform.date_time(at, DateStyle::DateTime, t.language().tag());
    let (by, until, seen, screens, of) = (row.by, row.until, row.seen, row.screens, row.name.clone());
    view! {
        <li class="office-row">
            <div class="office-what">
                <p class="office-name"><bdi>{row.name}</bdi></p>
                <p class="soft"><bdi>{row.queues}</bdi></p>
            </div>
            <div class="office-when faint">
                <p><bdi>{say(move || t.with(Word::LinkBy, &[("name", &by), ("until", &at(until))]))}</bdi></p>
                <p>{say(move || seen.map_or_else(|| t.get(Word::LinkUnseen).to_owned(), |seen| t.with(Word::LinkSeen, &[("when", &at(seen))])))}</p>
            </div>
            <div class="office-state">
                {(screens > 0).then(|| view! {
                    <Badge label=move || t.with(Word::LinkOn, &[("n", &screens.to_string())]) tone=Tone::Good/>
                })}
            </div>
            <div class="office-do">
                <Button label=move || t.with(Word::RevokeNamed, &[("name", &of)]) class="btn-sm" press=revoke/>
            </div>
        </li>
    }
}

/// What became of the last wish.
#[component]
pub fn WallDone() -> impl IntoView {
    let t = I18n::use_context();
    let done = OfficeStores::use_context().walls.memo(|view| view.done);
    move || {
        done.get().map(|done| {
            let (tone, word) = match done {
                Outcome::Revoked => (Tone::Good, Word::DoneRevoked),
                Outcome::Gone => (Tone::Warn, Word::DoneGone),
                Outcome::TooMany => (Tone::Warn, Word::DoneTooMany),
                Outcome::Failed => (Tone::Bad, Word::DoneFailed),
            };
            view! { <Note tone=tone role="status"><p>{t.of(word)}</p></Note> }
        })
    }
}
