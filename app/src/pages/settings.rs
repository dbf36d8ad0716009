//! What the user chooses for this browser.

use leptos::prelude::*;

use super::device_check::{CameraPane, DeviceChooser, MicrophonePane, SpeakerPane};
use super::sign_in::LanguageChooser;
use crate::components::kit::{When, react, say};
use crate::components::shell::{Frame, ShortcutList, Title};
use crate::desk::action::Action;
use crate::desk::settings::{DeviceKind, Theme};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The page.
#[component]
pub fn Settings() -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let trusts = Stores::use_context().desk.memo(|desk| desk.trusts);
    react(move || dispatch.send(Action::WatchDevices(true)));
    on_cleanup(move || dispatch.send(Action::WatchDevices(false)));
    view! {
        <Title page=Key::SettingsTitle/>
        <Frame title=Key::SettingsTitle>
            <div class="sheet sheet-narrow">
                <section class="group" aria-labelledby="set-look">
                    <h2 id="set-look">{t.of(Key::Appearance)}</h2>
                    <div class="group-body">
                        <LanguageChooser id="set-language"/>
                        <ThemeChooser/>
                    </div>
                </section>
                <section class="group" aria-labelledby="set-devices">
                    <h2 id="set-devices">{t.of(Key::Devices)}</h2>
                    <p class="soft">{t.of(Key::DevicesLead)}</p>
                    <div class="group-body">
                        <MicrophonePane/>
                        <SpeakerPane/>
                        <DeviceChooser kind=DeviceKind::Camera/>
                        <CameraPane/>
                    </div>
                </section>
                <section class="group" aria-labelledby="set-ring">
                    <h2 id="set-ring">{t.of(Key::RingSection)}</h2>
                    <div class="group-body"><RingVolume/></div>
                </section>
                <When when=move || trusts.get()>
                    <section class="group" aria-labelledby="set-auto">
                        <h2 id="set-auto">{t.of(Key::AutoAnswer)}</h2>
                        <p class="soft" id="set-auto-help">{t.of(Key::AutoAnswerHelp)}</p>
                        <div class="group-body"><AutoAnswer/></div>
                    </section>
                </When>
                <section class="group" aria-labelledby="set-sessions">
                    <h2 id="set-sessions">{t.of(Key::SessionsSection)}</h2>
                    // Another program, in a tab of its own: calls go on in this one.
                    <p><a href="/office/sessions" target="_blank" rel="noopener">{t.of(Key::SessionsLink)}</a></p>
                </section>
                <section class="group" aria-labelledby="set-keys">
                    <h2 id="set-keys">{t.of(Key::Shortcuts)}</h2>
                    <div class="group-body"><ShortcutList/></div>
                </section>
            </div>
        </Frame>
    }
}

/// Light, dark or as the system.
#[component]
fn ThemeChooser() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let chosen = stores.settings.memo(|settings| settings.theme);
    let options = [(Theme::System, Key::ThemeSystem), (Theme::Light, Key::ThemeLight), (Theme::Dark, Key::ThemeDark)];
    view! {
        <fieldset class="field">
            <legend>{t.of(Key::Theme)}</legend>
            <div class="segments">
                {options
                    .into_iter()
                    .map(|(theme, label)| {
                        view! {
                            <label class="segment">
                                <input
                                    type="radio"
                                    name="theme"
                                    class="sr-only"
                                    prop:checked=move || chosen.get() == theme
                                    on:change=move |_| dispatch.send(Action::SetTheme(theme))
                                />
                                <span>{t.of(label)}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}

/// How loud a call rings.
#[component]
fn RingVolume() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let volume = stores.settings.memo(|settings| settings.ring_volume);
    view! {
        <div class="field">
            <label for="set-volume">{t.of(Key::RingVolume)}</label>
            <div class="row">
                <input
                    id="set-volume"
                    class="range grow"
                    type="range"
                    min="0"
                    max="100"
                    step="5"
                    prop:value=move || volume.get().to_string()
                    on:change=move |event| {
                        if let Ok(volume) = event_target_value(&event).parse() {
                            dispatch.send(Action::SetRingVolume(volume));
                        }
                    }
                />
                <output class="num soft" for="set-volume">{say(move || volume.get().to_string())} "\u{a0}%"</output>
            </div>
        </div>
    }
}

/// Whether trusted callers are answered without the user.
#[component]
fn AutoAnswer() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let on = stores.settings.memo(|settings| settings.auto_answer);
    view! {
        <label class="tick">
            <input
                type="checkbox"
                aria-describedby="set-auto-help"
                prop:checked=move || on.get()
                on:change=move |event| dispatch.send(Action::SetAutoAnswer(event_target_checked(&event)))
            />
            <span>{t.of(Key::AutoAnswerOn)}</span>
        </label>
    }
}
