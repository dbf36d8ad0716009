//! Everything that can happen to the desk, as plain values.

use wire::{
    AccessPage, Callers, DeskProfile, DoorList, ErrorCode, Figures, HistoryPage, Me, ReleaseAnswer, ServerFrame, VisitorProfile,
    VisitorQueue,
};

use super::CallKey;
use super::action::Action;
use super::kept::Resume;
use super::settings::{DeviceKind, Settings};
use super::view::device_check::DeviceFault;

/// One thing that happened.
#[derive(Debug)]
pub enum Event {
    /// The page was loaded.
    Started(Start),
    /// The user asks for something.
    Action(Action),
    /// A second or so has passed.
    Tick,

    /// Who is signed in.
    Session(Result<Option<Box<Me>>, Failure>),
    /// An attempt to sign in.
    SignedIn(Result<Box<Me>, Failure>),
    /// The session was ended, or could not be.
    SignedOut(Result<(), Failure>),
    /// What a desk needs to register.
    Profile(Result<Box<DeskProfile>, Failure>),
    /// Past calls.
    History {
        /// The cursor that was asked for.
        before: Option<String>,
        /// The rows.
        page: Result<HistoryPage, Failure>,
    },
    /// A part of those who wait in a queue.
    Callers {
        /// Name of the queue.
        queue: String,
        /// The cursor that was asked for.
        after: Option<String>,
        /// The callers.
        part: Result<Callers, Failure>,
    },

    /// The doors of one's sites.
    Doors(Result<DoorList, Failure>),
    /// A release was asked for under this id.
    ReleaseSent {
        /// Number of the order.
        ask: u64,
        /// The id.
        id: String,
    },
    /// What became of a release.
    ReleaseAnswered {
        /// Number of the order.
        ask: u64,
        /// The answer.
        result: Result<ReleaseAnswer, Failure>,
    },
    /// The tones of a door's code have left, or cannot be played in this call. Nothing comes of a call that ends meanwhile.
    TonesPlayed {
        /// Number of the release.
        ask: u64,
        /// All have left.
        sent: bool,
    },
    /// A page of the access log.
    Access {
        /// What was searched for.
        find: String,
        /// The cursor that was asked for.
        before: Option<String>,
        /// The rows.
        page: Result<AccessPage, Failure>,
    },

    /// The queue that a visitor's page is for.
    VisitorQueue(Result<VisitorQueue, Failure>),
    /// A guest's profile.
    VisitorProfile(Result<Box<VisitorProfile>, Failure>),
    /// One's own day so far.
    Figures(Result<Figures, Failure>),

    /// A frame of the feed.
    Feed(Box<ServerFrame>),
    /// The feed ended or could not be opened.
    FeedClosed {
        /// Because the session did.
        signed_out: bool,
    },

    /// From the SIP agent.
    Sip(sip_ws::io::Event),

    /// Devices there are.
    DevicesListed(Vec<Device>),
    /// A device works.
    DeviceOpened(DeviceKind),
    /// A device could not be opened.
    DeviceFailed(DeviceKind, DeviceFault),
    /// A device worked and is gone.
    DeviceLost(DeviceKind),
    /// Whether the user allows a device is another matter than before.
    DeviceAllowed(DeviceKind, bool),

    /// Whether the browser refuses sound until a gesture; that it does not is said after one, and holds for calls too.
    SoundLocked(bool),
    /// The ring sound may begin without one. A call that was refused is refused still.
    SoundBegun,
    /// The beep before somebody hears us is over.
    Beeped {
        /// Which call.
        call: CallKey,
        /// It was played; else the browser makes no sound.
        heard: bool,
    },
    /// The browser plays no call until a gesture.
    PlayRefused,
    /// Figures of running calls.
    Samples(Vec<Sample>),
    /// ICE state of a call.
    Ice {
        /// Which call.
        call: CallKey,
        /// The browser's word.
        state: String,
    },

    /// There is a network, possibly another one.
    Online,
    /// There is none.
    Offline,
    /// Click or key.
    Gesture,
    /// The page goes, to be loaded again or for good.
    Leaving,
    /// For the log of the diagnostics page.
    Log(String),
    /// This page cannot do its work; why, for the log.
    Fault(&'static str),
}

/// What is known when the page begins.
#[derive(Debug, Default)]
pub struct Start {
    /// Saved preferences.
    pub settings: Settings,
    /// The browser's languages, the preferred one first.
    pub languages: Vec<String>,
    /// There is a network.
    pub online: bool,
    /// The page is a visitor's: the queue as its address names it.
    pub visitor: Option<String>,
    /// Who has just signed in on the page before; `None` where the switchboard is to be asked.
    pub session: Option<Box<Me>>,
    /// A shift that goes on: the page was loaded again.
    pub resume: Option<Resume>,
    /// Spreads reconnections of many desks over time.
    pub seed: u64,
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// Reason given by the switchboard.
    pub code: Option<ErrorCode>,
    /// Seconds to wait.
    pub retry_after: Option<u32>,
}

/// A device as the browser lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What it is.
    pub kind: DeviceKind,
    /// Its id.
    pub id: String,
    /// Its name, empty before permission.
    pub label: String,
}

/// Figures of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Which call.
    pub call: CallKey,
    /// Packets received since its connection began.
    pub received: u64,
    /// Sent.
    pub sent: u64,
    /// Lost on the way to us.
    pub lost: u64,
    /// Share lost on the way to the other side, as it reports.
    pub lost_there: Option<f64>,
    /// Another number with each of these reports; 0 before the first.
    pub reports: u64,
    /// Jitter of the sound.
    pub jitter_ms: Option<f64>,
    /// Round trip.
    pub round_trip_ms: Option<f64>,
    /// Kinds of the candidates in use.
    pub path: Option<(String, String)>,
    /// ICE state in the browser's words.
    pub ice: String,
    /// Codecs in use.
    pub codecs: Vec<String>,
}
