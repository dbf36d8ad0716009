//! What stands around a form: its heading, what is wrong with it as a whole, and what can be done with it.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;

use super::open::Open;
use crate::components::kit::{Button, Glyph, IconButton, Look, Note, Tone, When, memo, react, say};
use crate::desk::office::admin::{Ask, Asking, Hold, Topic, Trouble};
use crate::i18n::{I18n, Key, Word};

/// A form with everything around it.
#[component]
pub fn FormSheet(
    /// The form.
    open: Open,
    /// Its heading.
    #[prop(into)]
    title: TextProp,
    /// Its fields.
    children: Children,
) -> impl IntoView {
    let t = I18n::use_context();
    let topic = open.topic;
    let heading = NodeRef::<html::H2>::new();
    react(move || {
        if let Some(heading) = heading.get() {
            // It has just been drawn: it can take the focus.
            drop(heading.focus());
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        open.ask(Ask::Save(topic));
    };
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            open.ask(Ask::Close(topic));
        }
    };
    let asking = memo(move || open.read(|form| form.asking));
    let busy = memo(move || open.read(|form| form.busy));
    let untouched = memo(move || open.read(|form| !form.dirty() && form.version.is_some()) || open.read(|form| form.hold == Hold::Nothing));
    let removable = memo(move || open.read(|form| form.version.is_some() && form.hold == Hold::All));
    let question = move || match topic {
        Topic::People => t.get(Word::RemovePerson),
        Topic::Queues => t.get(Word::RemoveQueue),
        Topic::Reasons => t.get(Word::RemoveReason),
    };
    view! {
        <form class="group office-form" novalidate=true on:submit=submit on:keydown=escape>
            <div class="office-form-head">
                <h2 tabindex="-1" node_ref=heading><bdi>{say(move || title.get())}</bdi></h2>
                <IconButton label=t.of(Key::Close) glyph=Glyph::Close press=move |()| open.ask(Ask::Close(topic))/>
            </div>
            {children()}
            <TroubleNote open/>
            <When when=move || asking.get() == Some(Asking::GiveUp)>
                <Note tone=Tone::Warn role="alert">
                    <p>{t.of(Word::Unsaved)}</p>
                    <div class="office-buttons">
                        <Button label=t.of(Word::Discard) press=Callback::new(move |()| open.ask(Ask::GiveUp(topic)))/>
                        <Button label=t.of(Word::GoOn) press=Callback::new(move |()| open.ask(Ask::Back(topic)))/>
                    </div>
                </Note>
            </When>
            <When when=move || asking.get() == Some(Asking::Remove)>
                <Note tone=Tone::Bad role="alert">
                    <p>{question}</p>
                    <div class="office-buttons">
                        <Button label=t.of(Word::Remove) look=Look::Bad press=Callback::new(move |()| open.ask(Ask::RemoveNow(topic)))/>
                        <Button label=t.of(Word::Keep) press=Callback::new(move |()| open.ask(Ask::Back(topic)))/>
                    </div>
                </Note>
            </When>
            <div class="office-form-foot">
                <When when=move || removable.get() && asking.get().is_none()>
                    <Button label=t.of(Word::Remove) look=Look::Quiet press=Callback::new(move |()| open.ask(Ask::Remove(topic)))/>
                </When>
                <span class="office-form-space"></span>
                <Button label=t.of(Key::Close) press=Callback::new(move |()| open.ask(Ask::Close(topic)))/>
                <Button label=t.of(Word::Save) look=Look::Primary submit=true busy=busy disabled=untouched/>
            </div>
        </form>
    }
}

/// What is wrong with a form as a whole.
#[component]
fn TroubleNote(
    /// The form.
    open: Open,
) -> impl IntoView {
    let t = I18n::use_context();
    let trouble = memo(move || open.read(|form| form.trouble.clone()));
    let text = move || {
        Some(match trouble.get()? {
            Trouble::Fields => t.get(Word::TroubleFields).to_owned(),
            Trouble::Changed => t.get(Word::TroubleChanged).to_owned(),
            Trouble::InUse(_, waiting) if waiting > 0 => t.with(Word::TroubleWaiting, &[("n", &waiting.to_string())]),
            Trouble::InUse(names, _) => t.with(Word::TroubleInUse, &[("names", &names.join(", "))]),
            Trouble::LastAdministrator => t.get(Word::TroubleLast).to_owned(),
            Trouble::Forbidden => t.get(Word::TroubleForbidden).to_owned(),
            Trouble::Gone => t.get(Word::TroubleGone).to_owned(),
            Trouble::Unavailable => t.get(Word::TroubleUnavailable).to_owned(),
            Trouble::Unreachable => t.get(Word::TroubleUnreachable).to_owned(),
        })
    };
    let theirs = memo(move || trouble.with(|trouble| *trouble == Some(Trouble::Changed)));
    move || {
        text().map(|text| {
            view! {
                <Note tone=Tone::Bad role="alert">
                    <p>{text}</p>
                    <When when=move || theirs.get()>
                        <div class="office-buttons">
                            <Button label=t.of(Word::TakeTheirs) press=Callback::new(move |()| open.ask(Ask::TakeTheirs(open.topic)))/>
                        </div>
                    </When>
                </Note>
            }
        })
    }
}
