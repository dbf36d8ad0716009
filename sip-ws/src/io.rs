//! The whole vocabulary of the crate: everything that can enter or leave an [`Agent`](crate::Agent). Pure data.

mod command;
mod event;
mod person;
mod profile;
mod stored;

pub use command::{Command, Entry, RejectAs};
pub use event::{EndCause, Event, Hints, LinkLoss, LinkState, RegistrationFailure, RegistrationState, RemoteWish, TransferState};
pub use person::{AnswerIntent, Peer};
pub use profile::{Credentials, Profile};
pub use stored::{STORED_CALL_VERSION, StoredCall, StoredLine};

/// Milliseconds on a monotonic clock of the caller's choice. Only differences matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// This instant plus `ms`, saturating.
    #[must_use]
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant, 0 if it lies in the future.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// One connection (a WebSocket). A reconnect is a new flow; numbers are never used twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// Handle of one call of an [`Agent`](crate::Agent).
///
/// The application chooses the handles of calls it makes, below [`CallId::FIRST_INCOMING`]; the agent numbers incoming calls, and
/// those it makes to follow a transfer, from there. It is not the SIP Call-ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CallId(pub u64);

impl CallId {
    /// The first handle that the agent gives.
    pub const FIRST_INCOMING: Self = Self(1 << 32);

    /// Whether the agent gave this handle.
    #[must_use]
    pub const fn is_incoming(self) -> bool {
        self.0 >= Self::FIRST_INCOMING.0
    }
}

/// One question of the agent to the media driver. Answers to a question that is no longer open are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaRequestId(pub u64);

pub use crate::codec::fragment::Candidate;
pub use crate::codec::sdp::Direction;
pub use crate::codec::{DialogRef, Reason};

/// Everything that happens to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// News of the socket that [`Output::Connect`] asked for. Those of an older flow are ignored.
    Socket(FlowId, SocketInput),
    /// A deadline named by [`Output::Wait`] has passed (calling early or late is harmless).
    Timer,
    /// An answer of the media driver.
    Media(MediaInput),
    /// A wish of the user.
    Command(Command),
    /// The platform says that the network came, went or changed.
    Network(Network),
    /// Fresh credentials; the ones before have expired or are about to.
    Credentials(Credentials),
}

/// What happens to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketInput {
    /// The WebSocket handshake succeeded with subprotocol `sip`.
    Opened,
    /// One frame, text or binary.
    Received(Vec<u8>),
    /// The socket closed, failed or could not be opened.
    Closed {
        /// Seconds the server asked to wait before the next try (503), where the driver could learn them.
        retry_after: Option<u32>,
    },
}

/// What the platform knows about the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// A network is there, or another one than before.
    Online,
    /// No network.
    Offline,
}

/// Answers of the media driver to a [`MediaRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaInput {
    /// The local description that [`MediaRequest::Offer`] or [`MediaRequest::Answer`] asked for.
    LocalDescription {
        /// The call it belongs to.
        call: CallId,
        /// The question it answers.
        request: MediaRequestId,
        /// SDP to send.
        sdp: String,
    },
    /// [`MediaRequest::ApplyAnswer`] is done.
    Applied {
        /// The call it belongs to.
        call: CallId,
        /// The question it answers.
        request: MediaRequestId,
    },
    /// The question cannot be answered.
    Failed {
        /// The call it belongs to.
        call: CallId,
        /// The question it answers.
        request: MediaRequestId,
        /// Why.
        failure: MediaFailure,
    },
    /// More candidates were found after the last description had left, or all of them.
    Gathered {
        /// The call it belongs to.
        call: CallId,
        /// That description as it is now, with all candidates so far.
        sdp: String,
        /// Nothing more will be found.
        complete: bool,
    },
}

/// Why the media driver could not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaFailure {
    /// The peer's description was refused by the browser (answered with 488).
    Incompatible(String),
    /// Something of ours is missing (answered with 500).
    Local(String),
}

/// Everything an agent asks for or tells. Drain until [`Output::Wait`] comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "an output is handed over and gone: few of them wait at a time")]
pub enum Output {
    /// Open a WebSocket with subprotocol `sip`. Any older socket has been disconnected, but for those to other edges of the profile.
    Connect {
        /// Name of the new flow: every [`Input::Socket`] of it carries this.
        flow: FlowId,
        /// Where to.
        url: String,
    },
    /// Drop the socket of this flow at once, without waiting for a close handshake.
    Disconnect {
        /// The flow to drop.
        flow: FlowId,
    },
    /// Send one frame. UTF-8 goes as text, anything else as binary.
    Send {
        /// The flow to send on.
        flow: FlowId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// A question or order to the media driver.
    Media(MediaRequest),
    /// Something the user should see.
    Event(Event),
    /// Keep this value of a call where it survives a reload, or erase it. Comes before the message that uses it is sent.
    Keep {
        /// The call.
        call: CallId,
        /// All that [`Agent::restore`](crate::Agent::restore) needs; `None` when the call is over.
        stored: Option<Box<StoredCall>>,
    },
    /// Nothing more to say until this instant ([`Input::Timer`]), or until something else happens.
    Wait(Option<Millis>),
}

/// Questions and orders to the media driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaRequest {
    /// Make an offer; answer with [`MediaInput::LocalDescription`] or [`MediaInput::Failed`].
    Offer {
        /// The call.
        call: CallId,
        /// Name of this question.
        request: MediaRequestId,
        /// What we want to do with each medium.
        direction: Direction,
        /// What we want to do with video besides: show ours, where there is a camera, and see the peer's; only see it; or none of it.
        video: Direction,
        /// Use a new peer connection with the same local tracks.
        fresh: bool,
    },
    /// Answer the peer's offer; answer with [`MediaInput::LocalDescription`] or [`MediaInput::Failed`].
    Answer {
        /// The call.
        call: CallId,
        /// Name of this question.
        request: MediaRequestId,
        /// The peer's SDP.
        offer: String,
        /// What we want to do with each medium; the offer may allow less.
        direction: Direction,
        /// Whether video is wanted.
        video: bool,
        /// The fingerprint changed, so a new peer connection is needed; the old one closes when the new one carries packets.
        fresh: bool,
    },
    /// Apply the peer's answer to our last offer; answer with [`MediaInput::Applied`] or [`MediaInput::Failed`].
    ApplyAnswer {
        /// The call.
        call: CallId,
        /// Name of this question.
        request: MediaRequestId,
        /// The peer's SDP.
        sdp: String,
        /// The answer came in a provisional response: media before the call is answered.
        early: bool,
    },
    /// Candidates of the peer that came after its description (RFC 8838): to be added to it.
    AddCandidates {
        /// The call.
        call: CallId,
        /// In order, none twice.
        candidates: Vec<Candidate>,
    },
    /// Forget our last offer (refused, or the peer's comes first); things stay as they were before it.
    Rollback {
        /// The call.
        call: CallId,
    },
    /// The call is over: close its peer connections.
    Close {
        /// The call.
        call: CallId,
    },
}
