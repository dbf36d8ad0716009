//! The device check before a shift; its choosers are shown in the settings too.

use super::session::Shift;
use crate::desk::Desk;
use crate::desk::settings::DeviceKind;

/// Microphone, camera, speaker, and whether the shift may start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceCheckView {
    /// Microphone.
    pub microphone: DeviceView,
    /// Camera.
    pub camera: DeviceView,
    /// Speaker. No options where the browser cannot choose one.
    pub speaker: DeviceView,
    /// The microphone is open, so a level is to be had from the `microphone_level` signal.
    pub metering: bool,
    /// Browser refused sound until a gesture; a click on "Test ring sound" or "Start shift" is one.
    pub sound_locked: bool,
    /// The ring sound is being played.
    pub ringing: bool,
    /// "Check again" makes sense: a device failed or permission is missing.
    pub check_again: bool,
    /// "Start shift" is possible. No microphone or camera never prevents it.
    pub start_shift: bool,
    /// The shift starts.
    pub starting: bool,
}

impl DeviceCheckView {
    /// The chooser of one kind.
    pub fn device(&self, kind: DeviceKind) -> &DeviceView {
        match kind {
            DeviceKind::Microphone => &self.microphone,
            DeviceKind::Camera => &self.camera,
            DeviceKind::Speaker => &self.speaker,
        }
    }
}

/// One chooser.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceView {
    /// What can be chosen besides "system default".
    pub options: Vec<DeviceOption>,
    /// Chosen id; `None` is the system's default.
    pub selected: Option<String>,
    /// Where it stands.
    pub state: DeviceState,
}

/// One line of a chooser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceOption {
    /// Id for `Action::SelectDevice`.
    pub id: String,
    /// Name given by the browser; absent before permission (number them).
    pub label: Option<String>,
}

/// Where a device stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceState {
    /// Not asked for.
    #[default]
    Unknown,
    /// Being opened; the browser may be showing its permission question.
    Opening,
    /// Opened and working.
    Ready,
    /// Not to be had, and why.
    Failed(DeviceFault),
}

/// Why a microphone or camera cannot be used. Each has its own message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceFault {
    /// The user or a stored decision refused.
    Denied,
    /// The question was closed without an answer.
    Dismissed,
    /// There is none.
    Missing,
    /// Another program holds it, or the hardware failed.
    InUse,
    /// The chosen one is not there any more.
    ChosenGone,
    /// The surrounding page, or an administrator's policy, forbids it.
    Policy,
    /// The page was not loaded over HTTPS.
    Insecure,
    /// It was unplugged or stopped while in use.
    Lost,
    /// Anything else.
    Other,
}

impl Desk {
    /// The device check.
    #[must_use]
    pub fn device_view(&self) -> DeviceCheckView {
        let devices = &self.state.devices;
        let failed = |state| matches!(state, DeviceState::Failed(_));
        let shift = self.state.shift();
        DeviceCheckView {
            microphone: self.chooser(DeviceKind::Microphone, devices.microphone),
            camera: self.chooser(DeviceKind::Camera, devices.camera),
            speaker: self.chooser(DeviceKind::Speaker, DeviceState::Unknown),
            metering: devices.microphone == DeviceState::Ready,
            sound_locked: self.state.sound.silent(),
            ringing: self.state.sound.test_until.is_some(),
            check_again: failed(devices.microphone) || failed(devices.camera),
            start_shift: shift == Some(Shift::Off),
            starting: shift == Some(Shift::Starting),
        }
    }

    fn chooser(&self, kind: DeviceKind, state: DeviceState) -> DeviceView {
        let of_kind = self.state.devices.list.iter().filter(|device| device.kind == kind);
        let options: Vec<DeviceOption> = of_kind
            .map(|device| DeviceOption { id: device.id.clone(), label: Some(device.label.clone()).filter(|label| !label.is_empty()) })
            .collect();
        // A remembered device that is not there now: the default one is in use.
        let selected = self.state.settings.device(kind);
        let selected = selected.filter(|id| options.iter().any(|option| option.id == *id)).map(str::to_owned);
        DeviceView { options, selected, state }
    }
}
