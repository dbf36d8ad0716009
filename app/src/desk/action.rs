//! Everything a user can do. A page sends one of these and never changes state itself.

use super::CallKey;
use super::settings::{DeviceKind, Language, Theme};
use super::view::floor::SteerWish;

/// One thing the user asks for. An action that makes no sense at that moment is ignored by the desk; the view models
/// say which ones do.
#[derive(Clone, PartialEq, Eq)]
pub enum Action {
    /// Sign in with the form's values.
    SignIn {
        /// User name.
        user: String,
        /// Password. Goes to the switchboard once and is kept nowhere.
        password: String,
        /// The password from now on, where the present one is good for one sign-in only.
        new_password: Option<String>,
    },
    /// Unregister, end the session and forget everything.
    SignOut,

    /// Change the language of the page.
    SetLanguage(Language),
    /// Change the colours of the page.
    SetTheme(Theme),

    /// (Re)open the chosen microphone and camera; asks for permission where needed.
    CheckDevices,
    /// Use this device from now on, in running calls too. `None` is the system's default.
    SelectDevice {
        /// Microphone, camera or speaker.
        kind: DeviceKind,
        /// Id as listed in the device check's view model.
        id: Option<String>,
    },
    /// A page outside of the device check shows the choosers, the meter or the preview (`true`), or does not any more.
    WatchDevices(bool),
    /// Loudness of the ring sound, 0 to 100.
    SetRingVolume(u8),
    /// Whether trusted callers may have their calls answered, held and resumed without the user.
    SetAutoAnswer(bool),
    /// Play the ring sound for a moment.
    TestRing,
    /// Begin the shift: register, unlock sounds, take calls.
    StartShift,
    /// End the shift: unregister, stay signed in.
    EndShift,

    /// Call a number, a user name or a SIP address.
    Dial {
        /// As typed.
        target: String,
        /// Offer our camera too.
        video: bool,
    },
    /// Answer a ringing call; an active one is put on hold first.
    Answer {
        /// Which call.
        call: CallKey,
        /// Send our camera.
        video: bool,
    },
    /// Refuse a ringing call.
    Reject {
        /// Which call.
        call: CallKey,
    },
    /// End a call, or give up dialling.
    HangUp {
        /// Which call.
        call: CallKey,
    },
    /// Stop or resume sending our microphone.
    Mute {
        /// Which call.
        call: CallKey,
        /// `true` silences us.
        on: bool,
    },
    /// Hold or resume a call.
    Hold {
        /// Which call.
        call: CallKey,
        /// `true` holds.
        on: bool,
    },
    /// Connect the other side of an answered call with somebody else.
    Transfer {
        /// Which call.
        call: CallKey,
        /// Whom with: as in `Dial`.
        target: String,
    },
    /// Connect the other sides of two answered calls with each other.
    Connect {
        /// The one call.
        call: CallKey,
        /// The other.
        with: CallKey,
    },
    /// Call whom others want us to call, or do not.
    Follow {
        /// The call in which it was asked.
        call: CallKey,
        /// Call them.
        accept: bool,
    },
    /// Turn our camera on or off.
    Camera {
        /// Which call.
        call: CallKey,
        /// `true` sends our picture.
        on: bool,
    },
    /// Send one tone: `0`-`9`, `*`, `#`, `A`-`D`.
    Dtmf {
        /// Which call.
        call: CallKey,
        /// The key.
        digit: char,
    },
    /// Remove an ended call from the screen.
    DismissCall {
        /// Which call.
        call: CallKey,
    },
    /// Remove a notice from the screen.
    DismissNotice(super::view::desk::Notice),
    /// Do not wait for the next automatic attempt to reconnect.
    ReconnectNow,

    /// A visitor calls the queue of the page.
    VisitorCall {
        /// Name that the visitor gives; may be empty.
        name: String,
    },
    /// Take calls of the queues.
    Ready,
    /// Take none, from the end of the present call on.
    Pause {
        /// Name of the reason.
        reason: Option<String>,
    },
    /// The call that was wrapped up is finished.
    FinishWrapUp {
        /// Which call.
        contact: String,
        /// What it was about.
        disposition: Option<String>,
        /// Words about it.
        note: String,
    },
    /// It takes longer to finish it.
    ExtendWrapUp {
        /// Which call.
        contact: String,
    },

    /// Something about others, for whoever is in charge.
    Steer(SteerWish),
    /// Everybody who waits in this queue is looked at, or nobody any more.
    ListCallers(Option<String>),
    /// Those behind the ones that are listed (`true`), or before them.
    TurnCallers(bool),
    /// What one was told is read.
    Seen {
        /// Its id.
        told: u64,
    },

    /// Open a door, or try one of its relays.
    OpenDoor {
        /// Id of the entrance.
        door: String,
        /// Number of the relay.
        relay: u8,
        /// The code, where whoever opens types one. Goes to the switchboard once and is kept nowhere.
        code: Option<String>,
        /// The call that it belongs to.
        call: Option<CallKey>,
    },
    /// Ask for the doors again.
    LoadDoors,
    /// Show the newest rows of the access log that hold these words.
    FindAccess {
        /// Words; empty for every row.
        find: String,
    },
    /// Fetch older rows of the access log.
    MoreAccess,

    /// The history page was opened: fetch the newest rows.
    OpenHistory,
    /// Fetch older rows.
    MoreHistory,

    /// The diagnostics page was opened or closed; samples are taken while it is open.
    WatchDiagnostics(bool),
    /// Save the last events of this page, redacted, as a file.
    DownloadRecording,
}

impl std::fmt::Debug for Action {
    /// Without what the user typed: actions reach the recorder and the console.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Action::SignIn { .. } => f.write_str("SignIn"),
            Action::SignOut => f.write_str("SignOut"),
            Action::SetLanguage(language) => write!(f, "SetLanguage({language:?})"),
            Action::SetTheme(theme) => write!(f, "SetTheme({theme:?})"),
            Action::CheckDevices => f.write_str("CheckDevices"),
            Action::SelectDevice { kind, id } => write!(f, "SelectDevice({kind:?}, default: {})", id.is_none()),
            Action::WatchDevices(on) => write!(f, "WatchDevices({on})"),
            Action::SetRingVolume(volume) => write!(f, "SetRingVolume({volume})"),
            Action::SetAutoAnswer(on) => write!(f, "SetAutoAnswer({on})"),
            Action::TestRing => f.write_str("TestRing"),
            Action::StartShift => f.write_str("StartShift"),
            Action::EndShift => f.write_str("EndShift"),
            Action::Dial { video, .. } => write!(f, "Dial(video: {video})"),
            Action::Answer { call, video } => write!(f, "Answer({call}, video: {video})"),
            Action::Reject { call } => write!(f, "Reject({call})"),
            Action::HangUp { call } => write!(f, "HangUp({call})"),
            Action::Mute { call, on } => write!(f, "Mute({call}, {on})"),
            Action::Hold { call, on } => write!(f, "Hold({call}, {on})"),
            Action::Transfer { call, .. } => write!(f, "Transfer({call})"),
            Action::Connect { call, with } => write!(f, "Connect({call}, {with})"),
            Action::Follow { call, accept } => write!(f, "Follow({call}, {accept})"),
            Action::Camera { call, on } => write!(f, "Camera({call}, {on})"),
            Action::Dtmf { call, .. } => write!(f, "Dtmf({call})"),
            Action::DismissCall { call } => write!(f, "DismissCall({call})"),
            Action::DismissNotice(notice) => write!(f, "DismissNotice({notice:?})"),
            Action::ReconnectNow => f.write_str("ReconnectNow"),
            Action::VisitorCall { .. } => f.write_str("VisitorCall"),
            Action::Ready => f.write_str("Ready"),
            Action::Pause { reason } => write!(f, "Pause({reason:?})"),
            Action::FinishWrapUp { disposition, .. } => write!(f, "FinishWrapUp({disposition:?})"),
            Action::ExtendWrapUp { .. } => f.write_str("ExtendWrapUp"),
            Action::Steer(_) => f.write_str("Steer"),
            Action::ListCallers(queue) => write!(f, "ListCallers({queue:?})"),
            Action::TurnCallers(on) => write!(f, "TurnCallers({on})"),
            Action::Seen { told } => write!(f, "Seen({told})"),
            Action::OpenDoor { door, relay, .. } => write!(f, "OpenDoor({door}, {relay})"),
            Action::LoadDoors => f.write_str("LoadDoors"),
            Action::FindAccess { .. } => f.write_str("FindAccess"),
            Action::MoreAccess => f.write_str("MoreAccess"),
            Action::OpenHistory => f.write_str("OpenHistory"),
            Action::MoreHistory => f.write_str("MoreHistory"),
            Action::WatchDiagnostics(on) => write!(f, "WatchDiagnostics({on})"),
            Action::DownloadRecording => f.write_str("DownloadRecording"),
        }
    }
}
