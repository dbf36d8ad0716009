//! The whole vocabulary of the crate: everything that can enter or leave an [`Agent`](crate::Agent). Pure data.

mod event;

pub use event::{EndCause, Event, LinkLoss, LinkState, Peer, RegistrationFailure, RegistrationState};

use std::fmt;

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
/// The application chooses the handles of calls it makes, below [`CallId::FIRST_INCOMING`];
/// the agent numbers incoming calls from there. It is not the SIP Call-ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl CallId {
    /// The first handle that the agent gives to an incoming call.
    pub const FIRST_INCOMING: Self = Self(1 << 32);

    /// Whether the agent gave this handle to an incoming call.
    #[must_use]
    pub const fn is_incoming(self) -> bool {
        self.0 >= Self::FIRST_INCOMING.0
    }
}

/// One question of the agent to the media driver. Answers to a question that is no longer open are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaRequestId(pub u64);

pub use crate::codec::Reason;
pub use crate::codec::sdp::Direction;

/// Who we are and where we register.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// `ws:` or `wss:` URL of the SIP edge.
    pub websocket_url: String,
    /// Address of record, e.g. `sip:agent1@portico.test`. Its host is also where plain names are dialled.
    pub aor: String,
    /// Shown to the people we call.
    pub display_name: Option<String>,
    /// Request-URI of REGISTER; `sip:` + host of the address of record when absent.
    pub registrar: Option<String>,
    /// Answers to digest challenges.
    pub credentials: Option<Credentials>,
    /// `urn:uuid:…` of this installation (RFC 5626 `+sip.instance`): the same after a reload.
    pub instance: String,
    /// Seconds asked for in REGISTER.
    pub register_expires: u32,
    /// Value of `User-Agent`.
    pub user_agent: String,
    /// Further header in which the peer's exchange names the contact (a foreign PBX); `Session-ID` is always used.
    pub session_id_header: Option<String>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("websocket_url", &self.websocket_url)
            .field("register_expires", &self.register_expires)
            .finish_non_exhaustive()
    }
}

/// Digest credentials, for one realm. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Digest user name, which may differ from the user of the address of record.
    pub user: String,
    /// The shared secret.
    pub password: String,
    /// Only challenges of this realm are answered.
    pub realm: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

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
}

/// Why the media driver could not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaFailure {
    /// The peer's description was refused by the browser (answered with 488).
    Incompatible(String),
    /// Something of ours is missing (answered with 500).
    Local(String),
}

/// Wishes of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Connect and register.
    Start,
    /// Unregister and disconnect. Calls are hung up first.
    Stop,
    /// Try again at once: reconnect or register, whichever is waiting.
    RetryNow,
    /// Place a call.
    Call {
        /// Handle for the new call, below [`CallId::FIRST_INCOMING`] and not in use.
        call: CallId,
        /// A SIP or tel URI, or a bare name or number of our domain.
        target: String,
        /// Offer video too.
        video: bool,
    },
    /// Answer an incoming call.
    Answer {
        /// The incoming call.
        call: CallId,
        /// Answer with video where video is offered.
        video: bool,
    },
    /// Refuse an incoming call.
    Reject {
        /// The incoming call.
        call: CallId,
        /// What to tell the caller.
        how: RejectAs,
    },
    /// End a call in whatever state it is: CANCEL, BYE or a refusal. Never fails; sent when the link is back.
    HangUp {
        /// The call.
        call: CallId,
    },
    /// Put the peer on hold.
    Hold {
        /// The call.
        call: CallId,
    },
    /// Take the peer off hold.
    Resume {
        /// The call.
        call: CallId,
    },
    /// Send one digit by INFO (RFC 4733 tones are the media driver's).
    Dtmf {
        /// The call.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// Length of the tone.
        duration_ms: u16,
    },
    /// Add video to the call or take it away.
    SetVideo {
        /// The call.
        call: CallId,
        /// Whether video is wanted.
        on: bool,
    },
    /// Ask for a new offer/answer round as things are: after an ICE failure or a change of network.
    Renegotiate {
        /// The call.
        call: CallId,
        /// From a new peer connection.
        fresh: bool,
    },
}

/// How an incoming call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectAs {
    /// 486: busy here, other devices may go on ringing.
    Busy,
    /// 603: declined for all devices.
    Decline,
}

/// Everything an agent asks for or tells. Drain until [`Output::Wait`] comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Open a WebSocket with subprotocol `sip`. Any older socket has been disconnected.
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
        /// Whether video is wanted.
        video: bool,
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
