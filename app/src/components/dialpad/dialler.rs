//! "Name or number" with its buttons, the pad, and the people it could mean.

use leptos::html;
use leptos::prelude::*;

use super::keys::Keys;
use crate::components::kit::{Button, Glyph, IconButton, Look, TextField, When, memo, react};
use crate::components::people::{PeopleList, matching};
use crate::components::shell::DialFocus;
use crate::desk::action::Action;
use crate::desk::view::desk::PersonView;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// What Enter dials: a number as typed, an exact user name, else the first person that matches.
pub(crate) fn target(typed: &str, people: &[PersonView]) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let exact = people.iter().any(|person| person.user.eq_ignore_ascii_case(typed));
    let number = typed.contains('@') || typed.chars().all(|c| c.is_ascii_digit() || "+*#-() .".contains(c));
    if exact || number {
        return Some(typed.to_owned());
    }
    let first = people.iter().find(|person| !person.me && matching(person, typed));
    Some(first.map_or_else(|| typed.to_owned(), |person| person.user.clone()))
}

/// The left column of the desk.
#[component]
pub fn Dialler() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let typed = RwSignal::new(String::new());
    let field = NodeRef::<html::Input>::new();
    let wish = expect_context::<DialFocus>();
    react(move || {
        if wish.0.get()
            && let Some(field) = field.get()
        {
            // The field is on the screen: it takes the focus.
            drop(field.focus());
            wish.0.set(false);
        }
    });
    let dial = move |video: bool| {
        let people = untrack(|| stores.people.all());
        if let Some(target) = typed.with_untracked(|typed| target(typed, &people)) {
            dispatch.send(Action::Dial { target, video });
            typed.set(String::new());
        }
    };
    let may_dial = stores.desk.memo(|desk| desk.may_dial);
    let blocked = Signal::derive(move || !may_dial.get() || typed.with(|typed| typed.trim().is_empty()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if may_dial.get_untracked() {
            dial(false);
        }
    };
    // Whom Enter would call, where that is not simply what is typed.
    let meant = memo(move || {
        let people = stores.people.all();
        let typed = typed.get();
        let user = target(&typed, &people).filter(|target| !target.eq_ignore_ascii_case(typed.trim()))?;
        people.into_iter().find(|person| person.user == user).map(|person| person.name)
    });
    view! {
        <section class="dialler" aria-label=t.of(Key::Call)>
            <form class="dial-form" on:submit=submit>
                <TextField
                    label=t.of(Key::NameOrNumber)
                    id="dial-target"
                    value=typed
                    autocomplete="off"
                    placeholder=t.of(Key::DialExample)
                    node_ref=field
                >
                    <When when=move || typed.with(|typed| !typed.is_empty())>
                        <IconButton
                            label=t.of(Key::Backspace)
                            glyph=Glyph::Backspace
                            press=move |()| typed.update(|typed| { typed.pop(); })
                        />
                    </When>
                </TextField>
                <p class="hint dial-hint" aria-live="polite">
                    {move || meant.get().map(|name| t.with(Key::EnterCalls, &[("name", &name)]))}
                </p>
                <div class="dial-buttons">
                    <Button label=t.of(Key::Call) glyph=Glyph::Phone look=Look::Good submit=true disabled=blocked/>
                    <Button
                        label=t.of(Key::VideoCall)
                        glyph=Glyph::Video
                        disabled=blocked
                        press=Callback::new(move |()| dial(true))
                    />
                </div>
            </form>
            <Keys label=Key::Dialpad press=move |digit| typed.update(|typed| typed.push(digit))/>
            <PeopleList typed=typed/>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::view::desk::Presence;

    fn person(user: &str, name: &str, me: bool) -> PersonView {
        PersonView { user: user.into(), name: name.into(), presence: Presence::Available, me, call: !me, video_call: !me }
    }

    #[test]
    fn enter_dials_what_the_user_means() {
        let people = [person("agent1", "Agent One", true), person("agent2", "Second Desk", false), person("12", "Door", false)];
        let dialled = |typed| target(typed, &people);
        assert_eq!(dialled("  "), None);
        assert_eq!(dialled("second").as_deref(), Some("agent2"));
        assert_eq!(dialled("AGENT2").as_deref(), Some("AGENT2"));
        assert_eq!(dialled("+49 30 12").as_deref(), Some("+49 30 12"));
        assert_eq!(dialled("bob@example.com").as_deref(), Some("bob@example.com"));
        assert_eq!(dialled("one").as_deref(), Some("one"), "nobody calls oneself by a half name");
        assert_eq!(dialled("nobody").as_deref(), Some("nobody"));
    }
}
