//! A list of records with its search, and the form of the one that is open in its place.

use leptos::html;
use leptos::prelude::*;

use super::open::Open;
use crate::components::kit::{Button, Each, EmptyState, Glyph, Look, Note, Spinner, TextField, Tone, When, memo, react, say};
use crate::desk::office::admin::{Ask, Load};
use crate::i18n::{I18n, Key, Word};
use crate::store::OfficeStores;

/// Lines that are drawn at first, and as many more with each press: thousands of people are found by searching, and drawing them all would
/// hold up the page.
const PART: usize = 100;

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// Name of the record.
    pub name: String,
    /// Name to show.
    pub label: String,
    /// What else is to be known of it.
    pub about: String,
    /// A state that is worth noticing.
    pub state: Option<String>,
}

/// How far a list is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It is asked for.
    Unknown,
    /// It is here.
    Known,
    /// It could not be read.
    Failed,
}

impl Reading {
    /// Of a list.
    pub fn of<T>(list: &Load<T>) -> Reading {
        match list {
            Load::Unknown => Reading::Unknown,
            Load::Known(_) => Reading::Known,
            Load::Failed => Reading::Failed,
        }
    }
}

/// The list; while a form is open, the form.
#[component]
pub fn RecordList(
    /// The form of its topic.
    open: Open,
    /// How far it is known.
    reading: fn(&OfficeStores) -> Reading,
    /// Its lines.
    #[prop(into)]
    lines: Signal<Vec<Line>>,
    /// Something can be added.
    #[prop(into)]
    adds: Signal<bool>,
    /// Words of the button that adds.
    add: Word,
    /// What is the case where nothing is there.
    none: Word,
    /// A word about the whole.
    #[prop(into)]
    note: Signal<Option<Word>>,
    /// The form.
    children: ChildrenFn,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = OfficeStores::use_context();
    let topic = open.topic;
    open.ask(Ask::Look(topic));
    let find = RwSignal::new(String::new());
    let reading = memo(move || {
        stores.admin.with(|_| ());
        reading(&stores)
    });
    let shown = memo(move || {
        let wanted = find.get().trim().to_lowercase();
        let found = |line: &Line| [&line.name, &line.label, &line.about].iter().any(|text| text.to_lowercase().contains(&wanted));
        lines.get().into_iter().filter(found).collect::<Vec<Line>>()
    });
    let nothing = memo(move || lines.with(Vec::is_empty));
    let drawn = RwSignal::new(PART);
    react(move || {
        find.track();
        drawn.set(PART);
    });
    let more = memo(move || shown.with(Vec::len) > drawn.get());
    // Whoever closes a form by keyboard goes on from the list.
    let place = NodeRef::<html::Section>::new();
    react(move || {
        if let Some(place) = place.get() {
            drop(place.focus());
        }
    });
    let list = move || {
        view! {
            <section class="office-list" tabindex="-1" node_ref=place>
                <When when=move || reading.get() == Reading::Failed>
                    <Note tone=Tone::Bad role="alert">
                        <p>{t.of(Word::ListFailed)}</p>
                        <div class="office-buttons">
                            <Button label=t.of(Key::TryAgain) press=Callback::new(move |()| open.ask(Ask::Look(topic)))/>
                        </div>
                    </Note>
                </When>
                {move || note.get().map(|note| view! { <Note tone=Tone::Off><p>{t.of(note)}</p></Note> })}
                <div class="office-tools-line">
                    <TextField label=t.of(Word::Search) id="office-search" value=find kind=Signal::stored("search")/>
                    <When when=move || adds.get()>
                        <Button label=t.of(add) look=Look::Primary press=Callback::new(move |()| open.ask(Ask::Add(topic)))/>
                    </When>
                </div>
                <When when=move || reading.get() == Reading::Unknown><Spinner label=t.of(Key::Loading)/></When>
                <When when=move || reading.get() == Reading::Known && nothing.get()>
                    <EmptyState glyph=Glyph::People title=t.of(none)/>
                </When>
                <When when=move || !nothing.get() && shown.with(Vec::is_empty)>
                    <EmptyState glyph=Glyph::Search title=t.of(Word::NoMatch)/>
                </When>
                <ul class="records">
                    <Each each=move || shown.with(|shown| shown.iter().take(drawn.get()).cloned().collect::<Vec<_>>()) key=|line| line.clone() let:line>
                        <Record open line/>
                    </Each>
                </ul>
                <When when=move || more.get()>
                    <p><Button label=t.of(Word::ShowMore) press=Callback::new(move |()| drawn.update(|drawn| *drawn += PART))/></p>
                </When>
            </section>
        }
    };
    view! {
        <When when=move || open.is_open() fallback=list>
            {children()}
        </When>
    }
}

#[component]
fn Record(open: Open, line: Line) -> impl IntoView {
    let name = line.name.clone();
    let press = move |_| open.ask(Ask::Open(open.topic, name.clone()));
    view! {
        <li>
            <button type="button" class="record" on:click=press>
                <span class="record-who">
                    <bdi class="record-label">{line.label}</bdi>
                    <bdi class="record-name">{line.name}</bdi>
                </span>
                <bdi class="record-about">{line.about}</bdi>
                <span class="record-state">{line.state.map(|state| view! { <span class="chip">{say(move || state.clone())}</span> })}</span>
            </button>
        </li>
    }
}
