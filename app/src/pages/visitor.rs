//! The page of a queue for visitors: who is called, the wait, the conversation. Made for a phone's width first.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::sign_in::LanguageChooser;
use crate::components::kit::{
    Button, EmptyState, Glyph, Logo, Look, Note, RoundButton, RoundLook, Spinner, TextField, Timer, Tone, When, memo, react, say,
};
use crate::components::shell::ThemeButton;
use crate::components::words;
use crate::desk::CallKey;
use crate::desk::action::Action;
use crate::desk::view::call::{EndCause, Waiting};
use crate::desk::view::visitor::{Scene, Unable, VisitorView};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Platform, Stores};

/// Which scene, without what changes within it.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Loading,
    Welcome,
    Unable(Unable),
    Preparing,
    Waiting(CallKey),
    Talking(CallKey),
    Over(EndCause),
}

fn kind(view: &VisitorView) -> Kind {
    match view.scene {
        Scene::Loading => Kind::Loading,
        Scene::Welcome => Kind::Welcome,
        Scene::Unable(why) => Kind::Unable(why),
        Scene::Preparing { .. } => Kind::Preparing,
        Scene::Waiting { call, .. } => Kind::Waiting(call),
        Scene::Talking { call, .. } => Kind::Talking(call),
        Scene::Over { cause } => Kind::Over(cause),
    }
}

/// The page.
#[component]
pub fn Visitor() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let platform = Platform::use_context();
    let view = stores.visitor;
    let scene = view.memo(kind);
    let label = view.memo(|view| view.label.clone());
    let reconnecting = view.memo(|view| view.reconnecting);
    let microphone = view.memo(|view| view.microphone);
    let silent = view.memo(|view| view.silent);
    let title = memo(move || t.with(Key::VisTitle, &[("queue", &label.get())]));
    react(move || platform.set_title(format!("{} \u{b7} {}", title.get(), t.get(Key::AppName))));
    view! {
        <div class="visit">
            <header class="visit-top">
                <span class="visit-brand"><Logo/></span>
                <LanguageChooser id="visit-language" label_hidden=true/>
                <ThemeButton/>
            </header>
            <main class="visit-main" aria-live="polite">
                <h1>{say(move || if label.with(String::is_empty) { t.get(Key::AppName).to_owned() } else { title.get() })}</h1>
                <When when=move || reconnecting.get()>
                    <Note tone=Tone::Warn role="alert"><p>{t.of(Key::VisReconnecting)}</p></Note>
                </When>
                // The press itself is what the browser waits for.
                <When when=move || silent.get()>
                    <Note tone=Tone::Warn role="alert">
                        <p>{t.of(Key::BannerSound)}</p>
                        <Button label=t.of(Key::PlaySound) glyph=Glyph::Speaker look=Look::Plain/>
                    </Note>
                </When>
                <When when=move || microphone.get().is_some() && !matches!(scene.get(), Kind::Welcome | Kind::Over(_) | Kind::Unable(_))>
                    <Note tone=Tone::Warn role="alert">
                        {move || microphone.get().map(|fault| {
                            let (title, help) = words::microphone(fault);
                            view! { <p class="note-title">{t.of(title)}</p> <p>{t.of(help)}</p> }
                        })}
                    </Note>
                </When>
                {move || match scene.get() {
                    Kind::Loading => view! { <Spinner label=t.of(Key::Loading)/> }.into_any(),
                    Kind::Welcome => view! { <Welcome/> }.into_any(),
                    Kind::Unable(why) => view! { <NoCall why/> }.into_any(),
                    Kind::Preparing => view! { <Preparing/> }.into_any(),
                    Kind::Waiting(call) => view! { <Wait call/> }.into_any(),
                    Kind::Talking(call) => view! { <Talk call/> }.into_any(),
                    Kind::Over(cause) => view! { <Over cause/> }.into_any(),
                }}
            </main>
        </div>
    }
}

/// A name if one likes, what happens next, and the button.
#[component]
fn Welcome() -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let name = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        dispatch.send(Action::VisitorCall { name: name.get_untracked() });
    };
    view! {
        <p class="soft">{t.of(Key::VisLead)}</p>
        <form class="stack visit-form" on:submit=submit>
            <TextField label=t.of(Key::VisName) id="visit-name" value=name autocomplete="name"/>
            <Button label=t.of(Key::VisCall) glyph=Glyph::Phone look=Look::Good class="btn-wide" submit=true/>
            <p class="faint">{t.of(Key::VisConsent)}</p>
        </form>
    }
}

/// Closed, full, unknown, out of reach.
#[component]
fn NoCall(why: Unable) -> impl IntoView {
    let t = I18n::use_context();
    let (title, text) = words::unable(why);
    let glyph = if why == Unable::Unreachable { Glyph::NoLink } else { Glyph::Info };
    view! { <EmptyState glyph title=t.of(title) text=t.of(text)/> }
}

/// The browser asks, the link is made.
#[component]
fn Preparing() -> impl IntoView {
    let t = I18n::use_context();
    let asking = Stores::use_context().visitor.memo(|view| matches!(view.scene, Scene::Preparing { asking: true }));
    view! {
        <When when=move || asking.get() fallback=move || view! { <Spinner label=t.of(Key::Connecting)/> }>
            <Spinner label=t.of(Key::MicAsking)/>
        </When>
    }
}

/// Where one stands.
#[component]
fn Wait(call: CallKey) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    fn place(view: &VisitorView) -> Option<Waiting> {
        match view.scene {
            Scene::Waiting { place, .. } => place,
            _ => None,
        }
    }
    let at = stores.visitor.memo(place);
    let since = stores.visitor.memo(|view| match view.scene {
        Scene::Waiting { since, .. } => since,
        _ => 0,
    });
    let words = move || at.get().map_or_else(|| t.get(Key::Connecting).to_owned(), |place| words::queued(t, place));
    view! {
        <div class="visit-wait" role="status">
            <p class="visit-place num" aria-hidden="true">
                {say(move || at.get().map_or_else(|| "\u{2026}".to_owned(), |place| place.position.to_string()))}
            </p>
            <p class="visit-words">{say(words)}</p>
            <p class="soft">{t.of(Key::VisStay)}</p>
        </div>
        <p class="soft">
            {t.of(Key::VisWaiting)} " "
            <Timer seconds=Signal::derive(move || stores.now.get().saturating_sub(since.get()) / 1000)/>
        </p>
        <RoundButton
            label=t.of(Key::HangUp)
            glyph=Glyph::HangUp
            look=RoundLook::Bad
            press=move |()| dispatch.send(Action::HangUp { call })
        />
    }
}

/// In conversation.
#[component]
fn Talk(call: CallKey) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let talk = stores.visitor.memo(|view| match &view.scene {
        Scene::Talking { since, muted, held, .. } => (*since, *muted, *held),
        _ => (0, false, false),
    });
    let muted = Signal::derive(move || talk.get().1);
    view! {
        <div class="visit-wait">
            <span class="visit-talk"><Logo/></span>
            <p class="visit-words" role="status">{say(move || t.get(if talk.get().2 { Key::VisHeld } else { Key::VisTalking }))}</p>
            <Timer seconds=Signal::derive(move || stores.now.get().saturating_sub(talk.get().0) / 1000)/>
        </div>
        <div class="controls">
            <RoundButton
                label=move || t.get(if muted.get() { Key::Unmute } else { Key::Mute })
                glyph=Signal::derive(move || if muted.get() { Glyph::MicOff } else { Glyph::Mic })
                on=muted
                press=move |()| dispatch.send(Action::Mute { call, on: !muted.get_untracked() })
            />
            <RoundButton
                label=t.of(Key::HangUp)
                glyph=Glyph::HangUp
                look=RoundLook::Bad
                press=move |()| dispatch.send(Action::HangUp { call })
            />
        </div>
    }
}

/// Afterwards.
#[component]
fn Over(cause: EndCause) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let fine = matches!(cause, EndCause::HungUp | EndCause::HungUpByThem | EndCause::Cancelled | EndCause::Transferred);
    let title = move || if fine { t.get(Key::VisThanks).to_owned() } else { words::end(t, cause) };
    view! {
        <EmptyState glyph=if fine { Glyph::Check } else { Glyph::Warning } title=title>
            <Button
                label=t.of(Key::CallAgain)
                glyph=Glyph::Phone
                press=Callback::new(move |()| dispatch.send(Action::VisitorCall { name: String::new() }))
            />
        </EmptyState>
    }
}
