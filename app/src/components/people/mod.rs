//! The directory: who is there, reachable or not, called with one press.

use leptos::prelude::*;

use crate::components::kit::{Avatar, Each, EmptyState, Glyph, IconButton, When, memo, say};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::view::desk::PersonView;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// Whether a person is meant by what is typed: every word begins a word of the name, or the user name.
pub(crate) fn matching(person: &PersonView, typed: &str) -> bool {
    let name = person.name.to_lowercase();
    let user = person.user.to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| user.starts_with(word) || name.split_whitespace().any(|part| part.starts_with(word)))
}

/// The people that match what is typed in the field above.
#[component]
pub fn PeopleList(
    /// What is typed in the field above.
    typed: RwSignal<String>,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let shown = memo(move || {
        let typed = typed.get();
        stores
            .people
            .all()
            .into_iter()
            .filter(|person| !person.me && matching(person, &typed))
            .map(|person| person.user)
            .collect::<Vec<String>>()
    });
    let nobody = memo(move || stores.people.all().iter().all(|person| person.me));
    view! {
        <h2 class="people-title" id="people-title">{t.of(Key::People)}</h2>
        <ul class="people" tabindex="0" aria-labelledby="people-title">
            <Each each=move || shown.get() key=|user| user.clone() let:user>
                {stores.people.row(&user).map(|person| view! { <PersonRow person/> })}
            </Each>
        </ul>
        <When when=move || shown.with(Vec::is_empty)>
            <When
                when=move || nobody.get()
                fallback=move || view! {
                    <p class="people-none faint">
                        {say(move || t.with(Key::PeopleNoMatch, &[("text", typed.get().trim())]))} " " {t.of(Key::DialAnyway)}
                    </p>
                }
            >
                <EmptyState glyph=Glyph::People title=t.of(Key::PeopleNone)/>
            </When>
        </When>
    }
}

/// One person.
#[component]
fn PersonRow(person: Signal<PersonView>) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let name = Signal::derive(move || person.with(|person| person.name.clone()));
    let presence = memo(move || words::presence(person.with(|person| person.presence)));
    let dial = move |video: bool| {
        dispatch.send(Action::Dial { target: person.with_untracked(|person| person.user.clone()), video });
    };
    view! {
        <li class="person">
            <span class=say(move || format!("person-face {}", presence.get().1.class()))>
                <Avatar name/>
                <span class="dot" aria-hidden="true"></span>
            </span>
            <div class="grow">
                <p class="person-name clip"><bdi>{say(move || name.get())}</bdi></p>
                <p class="faint clip">{say(move || t.get(presence.get().0))}</p>
            </div>
            <When when=move || person.with(|person| person.video_call)>
                <IconButton
                    label=move || t.with(Key::VideoCallName, &[("name", &name.get())])
                    glyph=Glyph::Video
                    press=move |()| dial(true)
                />
            </When>
            <When when=move || person.with(|person| person.call)>
                <IconButton
                    label=move || t.with(Key::CallName, &[("name", &name.get())])
                    glyph=Glyph::Phone
                    class="icon-btn-good"
                    press=move |()| dial(false)
                />
            </When>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::view::desk::Presence;

    #[test]
    fn words_begin_words() {
        let person = PersonView {
            user: "agent2".into(),
            name: "Second van Desk".into(),
            presence: Presence::Offline,
            me: false,
            call: true,
            video_call: true,
        };
        for typed in ["", "se", "desk se", "AGENT", "van"] {
            assert!(matching(&person, typed), "{typed}");
        }
        for typed in ["cond", "se x", "2"] {
            assert!(!matching(&person, typed), "{typed}");
        }
    }
}
