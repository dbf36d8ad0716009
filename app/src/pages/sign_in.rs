//! Sign-in: the form beside a picture.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use crate::components::kit::{Button, Choice, Glyph, IconButton, Logo, Look, Note, Select, TextField, Tone, When, react};
use crate::components::shell::{QuietTitle, ThemeButton};
use crate::desk::action::Action;
use crate::desk::settings::Language;
use crate::desk::view::session::{SessionView, SignInError};
use crate::i18n::{I18n, Key, own_name};
use crate::store::{Dispatch, Front};

/// The page for whoever is not signed in.
#[component]
pub fn SignIn() -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <QuietTitle page=Key::SignInTitle/>
        <div class="gate">
            <div class="gate-art" aria-hidden="true"><Colonnade/></div>
            <div class="gate-side">
                <header class="gate-tools">
                    <LanguageChooser id="sign-in-language" label_hidden=true/>
                    <ThemeButton/>
                </header>
                <main class="gate-main">
                    <div class="gate-brand"><Logo/><span>{t.of(Key::AppName)}</span></div>
                    <h1>{t.of(Key::SignInTitle)}</h1>
                    <p class="soft">{t.of(Key::SignInLead)}</p>
                    <SignInForm/>
                </main>
            </div>
        </div>
    }
}

/// User name and password.
#[component]
fn SignInForm() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Front::use_context();
    let dispatch = Dispatch::use_context();
    let user = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let another = RwSignal::new(String::new());
    let shown = RwSignal::new(false);
    let incomplete = RwSignal::new(false);
    let first = NodeRef::<html::Input>::new();
    let second = NodeRef::<html::Input>::new();
    let third = NodeRef::<html::Input>::new();
    // Once it is asked for it stays, whatever else goes wrong.
    let renews = RwSignal::new(false);
    let busy = stores.session.memo(|session| matches!(session, SessionView::SignedOut(form) if form.busy));
    let error = stores.session.memo(|session| match session {
        SessionView::SignedOut(form) if !form.busy => form.error.clone(),
        SessionView::SignedOut(_) | SessionView::Starting | SessionView::SignedIn(_) => None,
    });
    react(move || {
        if let Some(field) = first.get() {
            // The field is on the screen: it takes the focus.
            drop(field.focus());
        }
    });
    react(move || {
        if error.get() == Some(SignInError::NewPassword) {
            renews.set(true);
        }
    });
    react(move || {
        if let Some(field) = third.get() {
            drop(field.focus());
        }
    });
    react(move || {
        if error.get() == Some(SignInError::WrongPassword) {
            renews.set(false);
            password.set(String::new());
            if let Some(field) = second.get_untracked() {
                drop(field.focus());
            }
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (user, password) = (user.get_untracked().trim().to_owned(), password.get_untracked());
        incomplete.set(user.is_empty() || password.is_empty());
        if !busy.get_untracked() && !incomplete.get_untracked() {
            let new_password = renews.get_untracked().then(|| another.get_untracked());
            dispatch.send(Action::SignIn { user, password, new_password });
        }
    };
    let message = move || {
        if incomplete.get() {
            return Some(t.get(Key::ErrFillBoth).to_owned());
        }
        error.get().map(|error| match error {
            SignInError::WrongPassword => t.get(Key::ErrWrongPassword).to_owned(),
            SignInError::NewPassword => t.get(Key::ErrNewPassword).to_owned(),
            SignInError::TooManyAttempts { until } => {
                let seconds = until.map_or(60, |until| until.saturating_sub(stores.now.get()).div_ceil(1000));
                t.with(Key::ErrTooManyTries, &[("seconds", &seconds.to_string())])
            }
            SignInError::Unreachable => t.get(Key::ErrNoServer).to_owned(),
            SignInError::Revoked => t.get(Key::ErrSessionRevoked).to_owned(),
            SignInError::Expired => t.get(Key::ErrSessionEnded).to_owned(),
            SignInError::NotLoaded => t.get(Key::ErrNotLoaded).to_owned(),
            SignInError::Refused { .. } => t.get(Key::ErrServer).to_owned(),
        })
    };
    let again = move || {
        (error.get() == Some(SignInError::NotLoaded)).then(|| {
            view! { <Button label=t.of(Key::TryAgain) press=Callback::new(move |()| dispatch.send(Action::ReconnectNow))/> }
        })
    };
    let wrong = Signal::derive(move || incomplete.get() || error.get() == Some(SignInError::WrongPassword));
    view! {
        <form class="stack" novalidate on:submit=submit>
            <TextField
                label=t.of(Key::UserName)
                id="sign-in-user"
                value=user
                autocomplete="username"
                invalid=wrong
                node_ref=first
            />
            <TextField
                label=t.of(Key::Password)
                id="sign-in-password"
                value=password
                kind=Signal::derive(move || if shown.get() { "text" } else { "password" })
                autocomplete="current-password"
                invalid=wrong
                node_ref=second
            >
                <IconButton
                    label=move || t.get(if shown.get() { Key::HidePassword } else { Key::ShowPassword })
                    glyph=Signal::derive(move || if shown.get() { Glyph::EyeOff } else { Glyph::Eye })
                    press=move |()| shown.update(|shown| *shown = !*shown)
                />
            </TextField>
            <When when=move || renews.get()>
                <TextField
                    label=t.of(Key::NewPassword)
                    id="sign-in-new"
                    value=another
                    kind=Signal::derive(move || if shown.get() { "text" } else { "password" })
                    autocomplete="new-password"
                    node_ref=third
                />
            </When>
            {move || message().map(|message| view! { <Note tone=Tone::Bad role="alert"><p>{message}</p>{again}</Note> })}
            <Button
                label=move || t.get(if busy.get() { Key::SigningIn } else { Key::SignIn })
                look=Look::Primary
                class="btn-wide"
                submit=true
                busy=busy
            />
        </form>
    }
}

/// Four languages, each in its own words.
#[component]
pub(super) fn LanguageChooser(id: &'static str, #[prop(optional)] label_hidden: bool) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let choices = Language::ALL.map(|language| Choice { value: language.tag().to_owned(), label: own_name(language).to_owned() }).to_vec();
    view! {
        <Select
            label=t.of(Key::Language)
            id=id
            choices=Signal::stored(choices)
            value=Signal::derive(move || t.language().tag().to_owned())
            label_hidden=label_hidden
            choose=move |tag: String| {
                if let Some(language) = Language::from_tag(&tag) {
                    dispatch.send(Action::SetLanguage(language));
                }
            }
        />
    }
}

/// A colonnade in the evening. Colours come from the style sheet.
#[component]
fn Colonnade() -> impl IntoView {
    let arches = (0..4)
        .map(|index| {
            let x = 60 + index * 240;
            let arch = format!("M{x} 1000V470a100 100 0 0 1 200 0v530z");
            // The thickness of the wall, seen from the right.
            let jamb = format!("M{x} 1000V470a100 100 0 0 1 114-99a88 88 0 0 0-92 99v530z");
            view! {
                <path class="art-opening" d=arch></path>
                <path class="art-jamb" d=jamb></path>
            }
        })
        .collect_view();
    view! {
        <svg class="art" viewBox="0 0 960 1000" preserveAspectRatio="xMidYMax slice" focusable="false">
            <defs>
                <linearGradient id="art-sky" x1="0" y1="0" x2="0" y2="1">
                    <stop class="art-sky-1" offset="0"></stop>
                    <stop class="art-sky-2" offset="0.42"></stop>
                    <stop class="art-sky-3" offset="0.74"></stop>
                </linearGradient>
                <linearGradient id="art-stone" x1="0" y1="0" x2="0" y2="1">
                    <stop class="art-stone-1" offset="0"></stop>
                    <stop class="art-stone-2" offset="1"></stop>
                </linearGradient>
            </defs>
            <rect width="960" height="1000" fill="url(#art-sky)"></rect>
            <circle class="art-sun" cx="640" cy="668" r="64"></circle>
            <path class="art-hill" d="M0 760c140-70 260-60 380-20s260 40 360-20 160-40 220-20v300H0z"></path>
            <path
                class="art-wall"
                fill="url(#art-stone)"
                fill-rule="evenodd"
                d="M0 250h960v750H0zM60 1000V470a100 100 0 0 1 200 0v530zM300 1000V470a100 100 0 0 1 200 0v530zM540 1000V470a100 100 0 0 1 200 0v530zM780 1000V470a100 100 0 0 1 200 0v530z"
            ></path>
            {arches}
            <path class="art-ledge" d="M0 228h960v30H0zM0 212h960v10H0z"></path>
            <path class="art-cap" d="M22 458h38v16H22zM260 458h40v16h-40zM500 458h40v16h-40zM740 458h40v16h-40z"></path>
            <path class="art-floor" d="M0 958h960v42H0z"></path>
        </svg>
    }
}
