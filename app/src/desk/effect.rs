//! Everything the desk can ask for, as plain values. The runner carries it out.

use sip_ws::io::{Command, Credentials, Network};
use wire::{ClientFrame, DeskProfile, IceSettings, Phone, Secret, SuperviseMode, ToneOrder, TonesPlayed, UnixMs};

use super::CallKey;
use super::kept::KeptVisit;
use super::settings::{DeviceKind, Settings};

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask who is signed in.
    LoadSession,
    /// Sign in.
    SignIn {
        /// User name.
        user: String,
        /// Password.
        password: Secret,
        /// The password from now on, where the present one is good for one sign-in only.
        new_password: Option<Secret>,
    },
    /// End the session.
    SignOut,
    /// Ask for a desk's profile.
    LoadProfile,
    /// Ask for past calls.
    LoadHistory {
        /// Cursor.
        before: Option<String>,
    },
    /// Ask for a part of those who wait in a queue.
    LoadCallers {
        /// Name of the queue.
        queue: String,
        /// Cursor.
        after: Option<String>,
    },

    /// Ask for the doors of one's sites.
    LoadDoors,
    /// Ask for a release, or ask again what became of one.
    Release(Box<ReleaseOrder>),
    /// Play a door's code as tones in a call; `Event::TonesPlayed` tells when they have left.
    PlayTones {
        /// Number of the release.
        ask: u64,
        /// In which call.
        call: CallKey,
        /// What.
        tones: ToneOrder,
    },
    /// Tell the switchboard what became of that.
    TellPlayed {
        /// Number of the release.
        ask: u64,
        /// Id of the entrance.
        door: String,
        /// What became of it.
        played: TonesPlayed,
    },
    /// Ask for rows of the access log.
    LoadAccess {
        /// Cursor.
        before: Option<String>,
        /// What is searched for.
        find: String,
    },

    /// Ask about the queue that a visitor's page is for.
    LoadVisitorQueue {
        /// As the page's address names it.
        path: String,
    },
    /// Ask for a guest's profile.
    LoadVisitorProfile {
        /// As the page's address names the queue.
        path: String,
        /// Token of the place that one had.
        place: Option<Secret>,
        /// The guest whom a page before this one had.
        guest: Option<String>,
    },
    /// Ask for the figures of one's day.
    LoadFigures,

    /// Connect the feed, and say with the first frame what our phone is like.
    OpenFeed(Option<Phone>),
    /// Send a frame on it.
    SendFeed(ClientFrame),
    /// Drop it.
    CloseFeed,

    /// Make a SIP agent for this profile and start it.
    StartAgent(Box<DeskProfile>),
    /// Order the agent.
    Agent(Command),
    /// Fresh credentials for the agent.
    Credentials(Credentials),
    /// News of the network for the agent.
    Network(Network),
    /// The agent is not needed any more.
    DropAgent,
    /// Remember that this person is in a shift, so that this page goes on with it and its calls after a reload. `None`:
    /// forget all that was remembered.
    Keep(Option<String>),
    /// The same of a guest's call.
    KeepVisit {
        /// The guest.
        guest: String,
        /// Whom they call.
        visit: KeptVisit,
    },

    /// Servers for media.
    Ice(IceSettings),
    /// Gather ahead of the next call.
    Warm,
    /// Give that up.
    Cool,
    /// Silence our microphone in a call.
    Mute {
        /// Which call.
        call: CallKey,
        /// Silent or not.
        on: bool,
    },
    /// Whether a call is on hold with us: what anybody says here, a supervisor too, reaches nobody there, and what still comes from there
    /// goes no further than here.
    Hold {
        /// Which call.
        call: CallKey,
        /// Held or not.
        on: bool,
    },
    /// Somebody in charge takes part in a call of ours by this one.
    Supervise {
        /// Theirs.
        call: CallKey,
        /// Ours.
        of: CallKey,
        /// Who hears them. They hear both sides.
        mode: SuperviseMode,
    },
    /// Send our camera in a call.
    SendCamera {
        /// Which call.
        call: CallKey,
        /// Send or not.
        on: bool,
    },
    /// Send a key, as tone where possible, else by INFO.
    Dtmf {
        /// Which call.
        call: CallKey,
        /// The key.
        digit: char,
    },
    /// Take figures of all calls.
    Sample,

    /// List devices.
    ListDevices,
    /// Open a device.
    OpenDevice {
        /// Microphone or camera.
        kind: DeviceKind,
        /// `None` is the system's default.
        id: Option<String>,
    },
    /// Close a device.
    CloseDevice(DeviceKind),
    /// Measure the open microphone.
    Meter(bool),
    /// Play calls on this device.
    Speaker(Option<String>),

    /// Play this, or nothing.
    Sound(Option<Sound>),
    /// Say by a sound that a call is about to hear us; `Event::Beeped` tells when it is over.
    Beep(CallKey),
    /// A gesture has happened: sound may begin.
    UnlockSound,
    /// Without a gesture: see whether sound may begin.
    TrySound,
    /// Ask whether notifications may be shown.
    AskNotify,

    /// Remember preferences.
    SaveSettings(Settings),
    /// Put language and colours on the document.
    ApplySettings(Settings),
    /// Let the browser ask before the page is left.
    WarnOnLeave(bool),
    /// Offer the recording as a file.
    Download,
    /// Load the page again.
    Reload,
}

/// A release that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseOrder {
    /// Number for the answer.
    pub ask: u64,
    /// The id under which it was asked for before; a new one is made without it.
    pub id: Option<String>,
    /// Id of the entrance.
    pub door: String,
    /// Number of the relay.
    pub relay: u8,
    /// The typed code.
    pub code: Option<Secret>,
    /// Session identifier of the call that it belongs to.
    pub call: Option<String>,
    /// An administrator tries the relay.
    pub test: bool,
    /// The server's clock: a new id carries it.
    pub server_now: UnixMs,
}

/// A repeating sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Which one.
    pub kind: SoundKind,
    /// Loudness, 0 to 100.
    pub volume: u8,
}

/// Which sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundKind {
    /// A call for us.
    Ring,
    /// A further call while we talk.
    Waiting,
    /// The other side is being rung.
    Ringback,
    /// We wait in a queue.
    Queue,
}
