//! Another password for oneself.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::components::kit::{Button, Dialog, Look, Note, TextField, Tone, memo, react};
use crate::desk::office::action::Action;
use crate::desk::office::view::{PasswordDone, Secret};
use crate::i18n::{I18n, Key, Word};
use crate::store::{OfficeStores, Wish};

/// A button, what it opens, and what came of it.
#[component]
pub fn OwnPassword() -> impl IntoView {
    let t = I18n::use_context();
    let ask = Wish::use_context();
    let done = OfficeStores::use_context().sessions.memo(|view| view.password);
    let open = RwSignal::new(false);
    let (present, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // What was typed does not lie about.
    react(move || {
        if !open.get() {
            present.set(String::new());
            new.set(String::new());
        }
    });
    react(move || {
        if matches!(done.get(), Some(PasswordDone::Set(_))) {
            open.set(false);
        }
    });
    let busy = memo(move || done.get() == Some(PasswordDone::Asked));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let [present, new] = [present, new].map(|text| Secret::new(text.get_untracked()));
        ask.send(Action::ChangePassword { present, new });
    };
    let trouble = move || {
        Some(match done.get()? {
            PasswordDone::Asked | PasswordDone::Set(_) => return None,
            PasswordDone::Wrong => t.get(Word::PasswordWrong).to_owned(),
            PasswordDone::Unfit => t.get(Word::PasswordUnfit).to_owned(),
            PasswordDone::Wait(seconds) => t.with(Key::ErrTooManyTries, &[("seconds", &seconds.to_string())]),
            PasswordDone::Failed => t.get(Word::DoneFailed).to_owned(),
        })
    };
    let set = move || match done.get() {
        Some(PasswordDone::Set(ended)) => Some(t.with(Word::PasswordSet, &[("count", &ended.to_string())])),
        _ => None,
    };
    let field = move |label: TextProp, id, value, autocomplete, fault: PasswordDone| {
        let invalid = Signal::derive(move || done.get() == Some(fault));
        view! { <TextField label id value kind=Signal::stored("password") autocomplete invalid/> }
    };
    view! {
        {move || set().map(|sentence| view! { <Note tone=Tone::Good role="status"><p>{sentence}</p></Note> })}
        <Button
            label=t.of(Word::ChangePassword)
            press=Callback::new(move |()| {
                ask.send(Action::ForgetPassword);
                open.set(true);
            })
        />
        <Dialog title=t.of(Word::ChangePassword) open>
            <form class="stack" novalidate on:submit=submit>
                <p class="soft">{t.of(Word::PasswordRule)}</p>
                {field(t.of(Word::PresentPassword).into(), "password-present", present, "current-password", PasswordDone::Wrong)}
                {field(t.of(Key::NewPassword).into(), "password-new", new, "new-password", PasswordDone::Unfit)}
                {move || trouble().map(|sentence| view! { <Note tone=Tone::Bad role="alert"><p>{sentence}</p></Note> })}
                <div class="office-actions">
                    <Button label=t.of(Word::Cancel) press=Callback::new(move |()| open.set(false))/>
                    <Button label=t.of(Word::ChangePassword) look=Look::Primary submit=true busy/>
                </div>
            </form>
        </Dialog>
    }
}
