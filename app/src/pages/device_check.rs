//! Before a shift: microphone, camera and speaker are chosen and seen to work. Nothing missing stops the shift.

use leptos::prelude::*;

use crate::components::call::picture::Picture;
use crate::components::kit::{Button, Choice, Glyph, Icon, Look, Meter, Note, Select, Tone, When, memo, say};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::settings::DeviceKind;
use crate::desk::view::device_check::{DeviceFault, DeviceState};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, MediaSource, Stores};

/// The card before a shift.
#[component]
pub(super) fn DeviceCheck() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let can_start = stores.devices.memo(|devices| devices.start_shift);
    let starting = stores.devices.memo(|devices| devices.starting);
    let again = stores.devices.memo(|devices| devices.check_again);
    let mute = memo(move || microphone_fault(stores).is_some());
    let start_label = move || {
        t.get(match (starting.get(), mute.get()) {
            (true, _) => Key::Starting,
            (false, true) => Key::StartWithoutMic,
            (false, false) => Key::StartShift,
        })
    };
    view! {
        <div class="check">
            <div class="check-head">
                <h2>{t.of(Key::CheckDevices)}</h2>
                <p class="soft">{t.of(Key::CheckLead)}</p>
            </div>
            <div class="check-grid">
                <CameraPane/>
                <div class="stack">
                    <MicrophonePane/>
                    <DeviceChooser kind=DeviceKind::Camera/>
                    <SpeakerPane/>
                </div>
            </div>
            <div class="check-foot">
                <When when=move || again.get()>
                    <Button
                        label=t.of(Key::CheckAgain)
                        glyph=Glyph::Refresh
                        press=Callback::new(move |()| dispatch.send(Action::CheckDevices))
                    />
                </When>
                <Button
                    label=start_label
                    look=Look::Primary
                    class="btn-lg"
                    disabled=Signal::derive(move || !can_start.get() && !starting.get())
                    busy=starting
                    press=Callback::new(move |()| dispatch.send(Action::StartShift))
                />
            </div>
        </div>
    }
}

fn microphone_fault(stores: Stores) -> Option<DeviceFault> {
    stores.devices.with(|devices| match devices.microphone.state {
        DeviceState::Failed(fault) => Some(fault),
        DeviceState::Unknown | DeviceState::Opening | DeviceState::Ready => None,
    })
}

/// Microphone: chooser, level, and what to do when there is none.
#[component]
pub(super) fn MicrophonePane() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let state = stores.devices.memo(|devices| devices.microphone.state);
    let metering = stores.devices.memo(|devices| devices.metering);
    let heard = Memo::new(move |before: Option<&bool>| {
        metering.get() && (before.copied().unwrap_or(false) || stores.microphone_level.get() > 0.12)
    });
    view! {
        <div class="pane">
            <DeviceChooser kind=DeviceKind::Microphone/>
            <When when=move || metering.get()>
                <Meter label=t.of(Key::MicLevel) level=stores.microphone_level.signal()/>
                <p class="hint" class:is-good=move || heard.get()>
                    {say(move || t.get(if heard.get() { Key::MicWorks } else { Key::SpeakNow }))}
                </p>
            </When>
            {move || match state.get() {
                DeviceState::Opening => Some(view! { <p class="hint">{t.of(Key::MicAsking)}</p> }.into_any()),
                DeviceState::Failed(fault) => {
                    let (title, help) = words::microphone(fault);
                    Some(view! {
                        <Note tone=Tone::Warn role="alert">
                            <p class="note-title">{t.of(title)}</p>
                            <p>{t.of(help)}</p>
                            <p>{t.of(Key::WithoutMic)}</p>
                        </Note>
                    }
                        .into_any())
                }
                DeviceState::Unknown | DeviceState::Ready => None,
            }}
        </div>
    }
}

/// The own picture, or why there is none.
#[component]
pub(super) fn CameraPane() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let state = stores.devices.memo(|devices| devices.camera.state);
    view! {
        <div class="preview">
            {move || match state.get() {
                DeviceState::Ready => {
                    view! {
                        <Picture
                            source=MediaSource::CameraPreview
                            class="own-video preview-video"
                            label=Signal::derive(move || t.get(Key::PreviewOf).to_owned())
                        />
                    }
                        .into_any()
                }
                DeviceState::Opening => {
                    view! { <p class="preview-text"><Icon glyph=Glyph::Video/>{t.of(Key::CamAsking)}</p> }.into_any()
                }
                DeviceState::Failed(fault) => {
                    view! { <p class="preview-text"><Icon glyph=Glyph::VideoOff/>{t.of(words::camera(fault))}</p> }
                        .into_any()
                }
                DeviceState::Unknown => {
                    view! { <p class="preview-text"><Icon glyph=Glyph::VideoOff/></p> }.into_any()
                }
            }}
        </div>
    }
}

/// Speaker and the test of the ring sound.
#[component]
pub(super) fn SpeakerPane() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let fixed = stores.devices.memo(|devices| devices.speaker.options.is_empty());
    let ringing = stores.devices.memo(|devices| devices.ringing);
    view! {
        <div class="pane">
            <DeviceChooser kind=DeviceKind::Speaker/>
            <When when=move || fixed.get()>
                <p class="hint">{t.of(Key::SpeakerFixed)}</p>
            </When>
            <div>
                <Button
                    label=t.of(Key::TestRing)
                    glyph=Glyph::Bell
                    class="btn-sm"
                    busy=ringing
                    press=Callback::new(move |()| dispatch.send(Action::TestRing))
                />
            </div>
        </div>
    }
}

/// Chooser of one kind of device.
#[component]
pub(super) fn DeviceChooser(kind: DeviceKind) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let (label, id) = match kind {
        DeviceKind::Microphone => (Key::Microphone, "device-microphone"),
        DeviceKind::Camera => (Key::Camera, "device-camera"),
        DeviceKind::Speaker => (Key::Speaker, "device-speaker"),
    };
    let device = memo(move || stores.devices.with(|devices| devices.device(kind).clone()));
    let choices = memo(move || {
        let mut choices = vec![Choice { value: String::new(), label: t.get(Key::SystemDefault).to_owned() }];
        for (index, option) in device.get().options.into_iter().enumerate() {
            let number = (index + 1).to_string();
            let label = option.label.unwrap_or_else(|| t.with(Key::DeviceNumber, &[("n", &number)]));
            choices.push(Choice { value: option.id, label });
        }
        choices
    });
    let empty = Signal::derive(move || device.with(|device| device.options.is_empty()));
    view! {
        <Select
            label=t.of(label)
            id=id
            choices=choices
            value=Signal::derive(move || device.with(|device| device.selected.clone().unwrap_or_default()))
            disabled=empty
            choose=move |id: String| {
                dispatch.send(Action::SelectDevice { kind, id: (!id.is_empty()).then_some(id) });
            }
        />
    }
}
