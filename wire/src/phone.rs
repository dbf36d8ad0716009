//! What a page says of its own phone: whether a ring is heard there, and whoever answers it.

use crate::Unready;
use serde::{Deserialize, Serialize};

/// The phone of a page that is in a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Phone {
    /// Why nobody would hear or be heard there. Without one the microphone is open and the ring sound may begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<PhoneFault>,
}

/// Why a phone takes no calls of queues. By hand it takes and places them all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneFault {
    /// It is not known yet: the microphone is being opened, or the browser asks for it.
    Starting,
    /// The browser may not open the microphone.
    MicrophoneNotAllowed,
    /// There is none.
    NoMicrophone,
    /// The chosen one is not there. Another one is open instead of it, for calls by hand.
    MicrophoneGone,
    /// It does not start, or it stopped.
    MicrophoneFailed,
    /// The browser plays no sound before somebody touches the page.
    SoundLocked,
    /// A fault of a later version: one all the same.
    #[serde(other)]
    Unknown,
}

impl From<PhoneFault> for Unready {
    fn from(fault: PhoneFault) -> Self {
        match fault {
            PhoneFault::Starting => Self::PhoneStarting,
            PhoneFault::MicrophoneNotAllowed => Self::MicrophoneNotAllowed,
            PhoneFault::NoMicrophone => Self::NoMicrophone,
            PhoneFault::MicrophoneGone => Self::MicrophoneGone,
            PhoneFault::MicrophoneFailed => Self::MicrophoneFailed,
            PhoneFault::SoundLocked => Self::SoundLocked,
            PhoneFault::Unknown => Self::Unknown,
        }
    }
}

impl Unready {
    /// What is wrong with the phone of an agent's page, where that is the reason.
    #[must_use]
    pub fn phone(self) -> Option<PhoneFault> {
        Some(match self {
            Self::PhoneStarting => PhoneFault::Starting,
            Self::MicrophoneNotAllowed => PhoneFault::MicrophoneNotAllowed,
            Self::NoMicrophone => PhoneFault::NoMicrophone,
            Self::MicrophoneGone => PhoneFault::MicrophoneGone,
            Self::MicrophoneFailed => PhoneFault::MicrophoneFailed,
            Self::SoundLocked => PhoneFault::SoundLocked,
            Self::Silent | Self::Resting | Self::Unknown => return None,
        })
    }
}
