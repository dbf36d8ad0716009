//! Whether a ring is heard here, and whoever answers it. The switchboard rings nobody for a queue whose page says otherwise. Nothing of
//! this prevents a call by hand.

use wire::{ClientFrame, Phone, PhoneFault};

use crate::desk::Desk;
use crate::desk::effect::Effect;
use crate::desk::settings::DeviceKind;
use crate::desk::view::desk::Notice;
use crate::desk::view::device_check::{DeviceFault, DeviceState};
use crate::desk::view::session::Shift;

impl Desk {
    /// Our phone as it is; none outside of a shift.
    pub(super) fn phone(&self) -> Option<Phone> {
        let sound = match &self.state.sound {
            sound if sound.silent() => Some(PhoneFault::SoundLocked),
            sound => (!sound.known).then_some(PhoneFault::Starting),
        };
        let on_shift = matches!(self.state.shift(), Some(Shift::Starting | Shift::On));
        on_shift.then(|| Phone { fault: self.state.devices.fault.or(sound) })
    }

    /// Says what the phone is like, where that is another thing than the switchboard was told by this feed.
    pub(super) fn settle_phone(&mut self) {
        let devices = &mut self.state.devices;
        devices.fault = match devices.microphone {
            DeviceState::Unknown => Some(PhoneFault::Starting),
            // Until there is an answer, what was known before counts.
            DeviceState::Opening => devices.fault,
            DeviceState::Ready => devices.stand_in.then_some(PhoneFault::MicrophoneGone),
            DeviceState::Failed(fault) => Some(of(fault)),
        };
        let phone = self.phone();
        if self.state.feed.up && self.state.feed.said != phone {
            self.state.feed.said = phone;
            self.effect(Effect::SendFeed(ClientFrame::Phone { phone }));
        }
    }

    /// A microphone has left, or the chosen one is back: ours is opened anew, to know that it lives. Not under a call, which goes on with
    /// what it has.
    pub(super) fn check_microphone(&mut self) {
        let due = self.state.devices.check_due && self.state.devices.microphone == DeviceState::Ready;
        if due && !self.state.calls.iter().any(|call| call.live()) {
            self.state.devices.check_due = false;
            self.open_device(DeviceKind::Microphone);
        }
    }

    /// The browser has said whether the ring sound may begin.
    pub(super) fn sound_said(&mut self, locked: bool, refused: bool) {
        self.state.sound.known = true;
        self.sound_changed(locked, refused);
    }

    /// What is not heard has changed: the ring sound, or a call.
    pub(super) fn sound_changed(&mut self, locked: bool, refused: bool) {
        let sound = &mut self.state.sound;
        (sound.locked, sound.refused) = (locked, refused);
        match sound.silent() {
            true => self.state.notice(Notice::SoundLocked),
            false => self.state.clear_notice(|notice| *notice == Notice::SoundLocked),
        }
    }

    /// A page that has the microphone may play sounds, in most browsers.
    pub(super) fn sound_may_begin(&mut self) {
        if self.phone().is_some() && (self.state.sound.silent() || !self.state.sound.known) {
            self.effect(Effect::TrySound);
        }
    }
}

fn of(fault: DeviceFault) -> PhoneFault {
    match fault {
        DeviceFault::Denied | DeviceFault::Dismissed | DeviceFault::Policy | DeviceFault::Insecure => PhoneFault::MicrophoneNotAllowed,
        DeviceFault::Missing => PhoneFault::NoMicrophone,
        DeviceFault::ChosenGone => PhoneFault::MicrophoneGone,
        DeviceFault::InUse | DeviceFault::Lost | DeviceFault::Other => PhoneFault::MicrophoneFailed,
    }
}
