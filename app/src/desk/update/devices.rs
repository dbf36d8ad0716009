//! Microphone, camera and speaker. Nothing here ever prevents a call.

use crate::desk::Desk;
use crate::desk::effect::Effect;
use crate::desk::event::Device;
use crate::desk::settings::DeviceKind;
use crate::desk::view::desk::Notice;
use crate::desk::view::device_check::{DeviceFault, DeviceState};

/// Long enough to hear one repetition and its beginning again.
const TEST_RING_MS: u64 = 4_000;

impl Desk {
    /// Opens or closes a device for good reasons of the whole desk.
    pub(super) fn switch_device(&mut self, kind: DeviceKind, on: bool) {
        if on {
            self.open_device(kind);
        } else {
            // Why it failed stays known: it decides what may be offered in the next call.
            if !matches!(self.device_state(kind), DeviceState::Failed(_)) {
                self.set_device_state(kind, DeviceState::Unknown);
            }
            self.effect(Effect::CloseDevice(kind));
        }
    }

    pub(super) fn check_devices(&mut self) {
        for kind in [DeviceKind::Microphone, DeviceKind::Camera] {
            if self.device_wanted(kind) && self.device_state(kind) != DeviceState::Ready {
                self.open_device(kind);
            }
        }
        self.effect(Effect::ListDevices);
    }

    pub(super) fn select_device(&mut self, kind: DeviceKind, id: Option<String>) {
        if self.state.settings.device(kind) == id.as_deref() {
            return;
        }
        self.change_settings(|settings| settings.set_device(kind, id.clone()));
        match kind {
            DeviceKind::Speaker => self.effect(Effect::Speaker(id)),
            DeviceKind::Microphone | DeviceKind::Camera if self.device_wanted(kind) => self.open_device(kind),
            DeviceKind::Microphone | DeviceKind::Camera => {}
        }
    }

    pub(super) fn test_ring(&mut self) {
        self.effect(Effect::UnlockSound);
        self.state.sound.test_until = Some(self.state.now + TEST_RING_MS);
    }

    pub(super) fn devices_listed(&mut self, list: Vec<Device>) {
        let before = std::mem::replace(&mut self.state.devices.list, list);
        if before == self.state.devices.list {
            return;
        }
        let is_here = |list: &[Device], id: &str| list.iter().any(|device| device.kind == DeviceKind::Microphone && device.id == id);
        let devices = &mut self.state.devices;
        if devices.microphone == DeviceState::Ready {
            // One that comes changes nothing for one that works, unless it is the chosen one.
            let back = devices.stand_in && self.state.settings.microphone.as_deref().is_some_and(|id| is_here(&devices.list, id));
            let mut known = before.iter().filter(|device| device.kind == DeviceKind::Microphone);
            devices.check_due |= back || known.any(|device| !is_here(&devices.list, &device.id));
        }
        for kind in [DeviceKind::Microphone, DeviceKind::Camera] {
            let DeviceState::Failed(fault) = self.device_state(kind) else { continue };
            // Another device may have come. A refusal does not change by that.
            let curable = matches!(
                fault,
                DeviceFault::Missing | DeviceFault::Lost | DeviceFault::InUse | DeviceFault::ChosenGone | DeviceFault::Other
            );
            if !curable || !self.state.devices.list.iter().any(|device| device.kind == kind) {
                continue;
            }
            match self.device_wanted(kind) {
                true => self.open_device(kind),
                false => self.set_device_state(kind, DeviceState::Unknown),
            }
        }
    }

    pub(super) fn device_opened(&mut self, kind: DeviceKind) {
        self.set_device_state(kind, DeviceState::Ready);
        self.clear_device_notice(kind);
        if kind == DeviceKind::Microphone {
            self.sound_may_begin();
        }
    }

    pub(super) fn device_failed(&mut self, kind: DeviceKind, fault: DeviceFault) {
        if fault == DeviceFault::ChosenGone && self.state.settings.device(kind).is_some() {
            // The system's default is better than none. The choice is kept for the day the device is back.
            self.state.log(format!("{kind:?}: the chosen one is gone, the default one is opened"));
            self.open_as(kind, None);
            return;
        }
        self.set_device_state(kind, DeviceState::Failed(fault));
        self.clear_device_notice(kind);
        match kind {
            DeviceKind::Microphone => self.state.notice(Notice::Microphone(fault)),
            DeviceKind::Camera => self.camera_gone(),
            DeviceKind::Speaker => {}
        }
    }

    pub(super) fn device_lost(&mut self, kind: DeviceKind) {
        self.device_failed(kind, DeviceFault::Lost);
        // Perhaps another one is there: the system's default has moved.
        if self.device_wanted(kind) {
            self.open_device(kind);
        }
    }

    /// The user, or an administrator, has another mind about a device.
    pub(super) fn device_allowed(&mut self, kind: DeviceKind, allowed: bool) {
        let refused =
            matches!(self.device_state(kind), DeviceState::Failed(DeviceFault::Denied | DeviceFault::Dismissed | DeviceFault::Policy));
        // What is forbidden is tried all the same: its fault says why. A question that nobody asked for is never put.
        let news = if allowed { refused } else { self.device_state(kind) == DeviceState::Ready };
        if news && self.device_wanted(kind) {
            self.open_device(kind);
        }
    }

    pub(super) fn device_state(&self, kind: DeviceKind) -> DeviceState {
        match kind {
            DeviceKind::Microphone => self.state.devices.microphone,
            DeviceKind::Camera => self.state.devices.camera,
            DeviceKind::Speaker => DeviceState::Unknown,
        }
    }

    /// A camera may be offered: it works, or nothing is known against it.
    pub(in crate::desk) fn camera_usable(&self) -> bool {
        match self.state.devices.camera {
            // Held by another program a moment ago: it may be free again.
            DeviceState::Failed(fault) => fault == DeviceFault::InUse,
            DeviceState::Unknown | DeviceState::Opening | DeviceState::Ready => true,
        }
    }

    pub(super) fn open_device(&mut self, kind: DeviceKind) {
        self.set_device_state(kind, DeviceState::Opening);
        self.open_as(kind, self.state.settings.device(kind).map(str::to_owned));
    }

    fn open_as(&mut self, kind: DeviceKind, id: Option<String>) {
        if kind == DeviceKind::Microphone {
            self.state.devices.stand_in = id.is_none() && self.state.settings.microphone.is_some();
        }
        self.effect(Effect::OpenDevice { kind, id });
    }

    fn device_wanted(&self, kind: DeviceKind) -> bool {
        match kind {
            DeviceKind::Microphone => self.settled.microphone,
            DeviceKind::Camera => self.settled.camera,
            DeviceKind::Speaker => false,
        }
    }

    fn set_device_state(&mut self, kind: DeviceKind, state: DeviceState) {
        match kind {
            DeviceKind::Microphone => self.state.devices.microphone = state,
            DeviceKind::Camera => self.state.devices.camera = state,
            DeviceKind::Speaker => {}
        }
    }

    fn clear_device_notice(&mut self, kind: DeviceKind) {
        self.state.clear_notice(|notice| match notice {
            Notice::Microphone(_) => kind == DeviceKind::Microphone,
            Notice::Camera(_) => kind == DeviceKind::Camera,
            _ => false,
        });
    }
}
