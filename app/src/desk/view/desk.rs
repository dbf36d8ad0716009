//! The desk: link, people, notices, what can be dialled.

use super::device_check::DeviceFault;
use crate::desk::{CallKey, Millis};

/// The frame of the desk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeskView {
    /// Whether calls reach this desk.
    pub link: LinkView,
    /// Dialling is possible.
    pub dial: Option<DialView>,
    /// The call that has our microphone; tones of the main dialpad go to it.
    pub active: Option<CallKey>,
    /// Things the user should know, the most urgent first.
    pub notices: Vec<Notice>,
    /// The feed of the switchboard (people, presence) is up.
    pub feed: bool,
}

/// What dialling offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialView {
    /// Our camera can be offered.
    pub video: bool,
}

/// Whether calls reach this desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LinkView {
    /// No shift.
    #[default]
    Off,
    /// First connection and registration.
    Connecting,
    /// Registered.
    Ready,
    /// The connection was lost. Running calls keep their sound.
    Reconnecting {
        /// When the next attempt starts; `None` while one runs.
        retry_at: Option<Millis>,
    },
    /// The browser says that there is no network.
    Offline,
    /// The exchange refused to register us.
    Refused {
        /// Its status code.
        status: u16,
        /// When we ask again, if we do.
        retry_at: Option<Millis>,
    },
}

/// Something the user should know. The same notice is never shown twice at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Calls go on with a silent track.
    Microphone(DeviceFault),
    /// Video is only received.
    Camera(DeviceFault),
    /// The browser plays no sound before the next click or key.
    SoundLocked,
    /// The page must be loaded again to talk to a newer switchboard.
    NewVersion,
    /// The directory cannot be refreshed.
    FeedLost,
    /// A fault of our own; the call may go on, the page should be loaded again.
    Internal,
    /// The number or address could not be understood.
    BadTarget,
    /// The call could not be placed: no link to the exchange.
    NotConnected,
}

/// One person of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// User name, also what to dial.
    pub user: String,
    /// Name to show.
    pub name: String,
    /// Reachable or not.
    pub presence: Presence,
    /// It is me.
    pub me: bool,
    /// "Call" is possible.
    pub call: bool,
    /// "Video call" is possible.
    pub video_call: bool,
}

/// Reachability of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// Registered and free.
    Available,
    /// Being rung.
    Ringing,
    /// In a call.
    Busy,
    /// Registered, takes no calls.
    Away,
    /// Not registered.
    #[default]
    Offline,
}
