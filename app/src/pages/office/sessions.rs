//! Who is signed in where: one's own sessions, and for administrators those of the people at their sites.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::components::kit::{Button, Dialog, Each, EmptyState, Glyph, Look, Note, Spinner, TextField, Tone, When, memo, react, say};
use crate::components::office::{Done, OfficeTitle, OwnPassword, SessionLine};
use crate::desk::office::action::Action;
use crate::desk::office::view::SessionRow;
use crate::i18n::{I18n, Key, Word};
use crate::store::{OfficeStores, Wish};

/// The page.
#[component]
pub fn Sessions() -> impl IntoView {
    let t = I18n::use_context();
    let sessions = OfficeStores::use_context().sessions;
    let ask = Wish::use_context();
    react(move || ask.send(Action::FindSessions { find: String::new() }));
    let rows = sessions.memo(|view| view.rows.clone());
    let failed = sessions.memo(|view| view.failed);
    let loading = sessions.memo(|view| view.loading && view.rows.is_empty());
    let none = sessions.memo(|view| view.rows.is_empty() && !view.loading && !view.failed);
    let others = sessions.memo(|view| view.of_others);
    let more_own = sessions.memo(|view| view.more_own);
    let more = sessions.memo(|view| view.more);
    let search = RwSignal::new(String::new());
    let find = move || ask.send(Action::FindSessions { find: search.get_untracked().trim().to_owned() });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        find();
    };
    // What is asked about before it is done: one session, or all of a person.
    let about = RwSignal::new(None::<About>);
    let open = RwSignal::new(false);
    let confirm = Callback::new(move |what: About| {
        about.set(Some(what));
        open.set(true);
    });
    view! {
        <OfficeTitle page=Word::Sessions/>
        <p class="soft">{move || t.get(if others.get() { Word::SessionsLeadAll } else { Word::SessionsLead })}</p>
        <Done done=sessions.memo(|view| view.done)/>
        <When when=move || failed.get()>
            <Note tone=Tone::Warn role="alert">
                <p>{t.of(Word::NotLoaded)}</p>
                <Button label=t.of(Key::TryAgain) class="btn-sm" press=Callback::new(move |()| find())/>
            </Note>
        </When>
        <div class="office-bar">
            <When when=move || others.get()>
                <form class="office-find" role="search" on:submit=submit>
                    <TextField label=t.of(Word::FindPerson) id="session-search" value=search kind=Signal::stored("search")/>
                    <Button label=t.of(Word::Find) glyph=Glyph::Search submit=true/>
                </form>
            </When>
            <OwnPassword/>
            <When when=move || more_own.get()>
                <Button label=t.of(Word::EndOthers) press=Callback::new(move |()| confirm.run(About::Own))/>
            </When>
        </div>
        <ul class="office-lines" aria-label=t.of(Word::Sessions)>
            <Each each=move || rows.get() key=|row| row.clone() let:row>
                <SessionLine
                    row=row.clone()
                    end=Callback::new({ let row = row.clone(); move |()| confirm.run(About::One(row.clone())) })
                    end_all=Callback::new(move |()| confirm.run(About::Person(row.clone())))
                />
            </Each>
        </ul>
        <When when=move || loading.get()><Spinner label=t.of(Key::Loading)/></When>
        <When when=move || none.get()><EmptyState glyph=Glyph::Search title=t.of(Word::NobodyFound)/></When>
        <When when=move || more.get()>
            <p><Button label=t.of(Word::ShowMore) press=Callback::new(move |()| ask.send(Action::MoreSessions))/></p>
        </When>
        <Confirm about open/>
    }
}

/// What is about to be ended.
#[derive(Clone, PartialEq)]
enum About {
    One(SessionRow),
    Person(SessionRow),
    Own,
}

/// Asks once more: a call in that browser ends too.
#[component]
fn Confirm(about: RwSignal<Option<About>>, open: RwSignal<bool>) -> impl IntoView {
    let t = I18n::use_context();
    let ask = Wish::use_context();
    let sentence = memo(move || {
        about.with(|about| match about {
            Some(About::One(row)) if row.own => t.get(Word::ConfirmOwn).to_owned(),
            Some(About::One(row)) => t.with(Word::ConfirmOne, &[("name", &row.name)]),
            Some(About::Person(row)) => t.with(Word::ConfirmPerson, &[("name", &row.name)]),
            Some(About::Own) | None => t.get(Word::ConfirmOthers).to_owned(),
        })
    });
    let end = move || {
        let action = match about.get_untracked() {
            Some(About::One(row)) => Action::EndSession { id: row.id },
            Some(About::Person(row)) => Action::EndSessions { person: Some(row.person) },
            Some(About::Own) | None => Action::EndSessions { person: None },
        };
        open.set(false);
        ask.send(action);
    };
    view! {
        <Dialog title=t.of(Word::EndTitle) open>
            <p><bdi>{say(move || sentence.get())}</bdi></p>
            <div class="office-actions">
                <Button label=t.of(Word::Cancel) press=Callback::new(move |()| open.set(false))/>
                <Button label=t.of(Word::End) look=Look::Bad press=Callback::new(move |()| end())/>
            </div>
        </Dialog>
    }
}
