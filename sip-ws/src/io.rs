//! The whole vocabulary of the crate: everything that can enter or leave an [`Agent`](crate::Agent). Pure data.

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

/// What the user should see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// State of the socket, on each change.
    Link(LinkState),
    /// State of the registration, on each change.
    Registration(RegistrationState),
    /// Somebody calls. [`Command::Answer`], [`Command::Reject`] or [`Command::HangUp`] is expected.
    Incoming {
        /// Handle of the new call.
        call: CallId,
        /// Who calls.
        from: Peer,
        /// The address that was called (To).
        to: Peer,
        /// Whether video is offered.
        has_video: bool,
        /// Session-ID of the contact (RFC 7989), 32 hex digits, or the value of the profile's header.
        session_id: String,
    },
    /// Our own call has left.
    Dialling {
        /// The call.
        call: CallId,
        /// Session-ID of the contact, 32 hex digits.
        session_id: String,
    },
    /// Our call makes progress.
    Progress {
        /// The call.
        call: CallId,
        /// 100 to 199.
        status: u16,
        /// Reason phrase as sent, for example the queue position of a 182.
        reason: String,
        /// Media of the peer is to be heard already, so no local ringback.
        early_media: bool,
    },
    /// The call is answered, on either side.
    Answered {
        /// The call.
        call: CallId,
        /// Session-ID of the contact once both halves are known.
        session_id: String,
        /// Whom we are connected to, when the answer asserts it.
        peer: Option<Peer>,
    },
    /// Hold state, on each change.
    Hold {
        /// The call.
        call: CallId,
        /// We hold the peer.
        local: bool,
        /// The peer holds us.
        remote: bool,
    },
    /// Video agreed between both sides, on each change.
    Video {
        /// The call.
        call: CallId,
        /// What we may do with video; inactive when there is none.
        direction: Direction,
    },
    /// The peer pressed a key (INFO).
    DtmfReceived {
        /// The call.
        call: CallId,
        /// The key.
        digit: char,
        /// Length of the tone.
        duration_ms: u16,
    },
    /// A digit that we sent was not accepted.
    DtmfFailed {
        /// The call.
        call: CallId,
        /// The key.
        digit: char,
        /// Status of the refusal, or 0 when there was no reply.
        status: u16,
    },
    /// A hold, resume, video change or renegotiation did not happen; the call goes on as before.
    ChangeFailed {
        /// The call.
        call: CallId,
        /// Status of the refusal, or 0 when there was no reply.
        status: u16,
    },
    /// The call waits for the link or has its link back. It is alive in both cases.
    Reach {
        /// The call.
        call: CallId,
        /// Whether signalling can reach the peer.
        reachable: bool,
    },
    /// The call is over. Last event of a call.
    Ended {
        /// The call.
        call: CallId,
        /// Why.
        cause: EndCause,
    },
    /// A command made no sense in this state and was ignored.
    Ignored {
        /// Which command.
        command: &'static str,
        /// Why.
        why: &'static str,
    },
    /// Something odd that support wants to see; nothing personal in it.
    Warning(&'static str),
}

/// A person or device as the signalling names it. Text of a stranger: show it, never interpret it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Full URI.
    pub uri: String,
    /// User part of the URI, or the number of a tel URI.
    pub user: String,
    /// Display name.
    pub display: Option<String>,
    /// The identity was asserted by our own server (RFC 3325), not only claimed.
    pub asserted: bool,
}

/// State of the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Not wanted.
    Off,
    /// Being opened.
    Connecting {
        /// 1 for the first try since the link was last up.
        attempt: u32,
    },
    /// Open.
    Up,
    /// Not there.
    Down {
        /// What happened.
        cause: LinkLoss,
        /// When it was lost or first tried.
        since: Millis,
        /// When the next try is made.
        retry_at: Millis,
    },
}

/// Why there is no socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkLoss {
    /// It could not be opened.
    Refused,
    /// It was closed by the other end or the network.
    Closed,
    /// It stayed silent although we asked for a sign of life.
    Silent,
    /// The server asked to stay away for a while.
    Busy,
}

/// State of the registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationState {
    /// Not wanted, or taken back.
    Off,
    /// Asked for.
    Registering,
    /// Calls reach us.
    Registered {
        /// Until when, unless refreshed before (it will be).
        until: Millis,
    },
    /// Calls do not reach us.
    Failed {
        /// Why.
        cause: RegistrationFailure,
        /// When it is tried again by itself; `None`: only after new credentials or [`Command::RetryNow`].
        retry_at: Option<Millis>,
    },
}

/// Why a registration failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationFailure {
    /// The credentials were refused or we have none for that realm.
    Credentials {
        /// 401, 403 or 407.
        status: u16,
    },
    /// Refused for another reason.
    Refused {
        /// Status of the refusal.
        status: u16,
        /// Its reason phrase.
        reason: String,
    },
    /// No reply.
    NoReply,
    /// The link was lost; it is registered again when the link is back.
    LinkLost,
}

/// Why a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// We hung up.
    LocalHangUp,
    /// The peer hung up an answered call.
    RemoteHangUp {
        /// Value of a `Reason` header.
        reason: Option<Reason>,
    },
    /// The caller gave up before we answered.
    Cancelled,
    /// Another device or person answered before us.
    AnsweredElsewhere,
    /// We refused the call.
    RejectedByUs {
        /// The status that we sent.
        status: u16,
    },
    /// The peer or the network refused the call.
    Rejected {
        /// 300 to 699.
        status: u16,
        /// Reason phrase as sent.
        phrase: String,
        /// Value of a `Reason` header.
        reason: Option<Reason>,
        /// Seconds after which it may be tried again.
        retry_after: Option<u32>,
    },
    /// No answer from the server within the time of the protocol.
    NoReply,
    /// The call could not be sent: no link.
    NoLink,
    /// Media could not be agreed.
    Media(MediaFailure),
    /// The peer does not know the call any more (481) or stays silent inside it (408 of a BYE-worthy request).
    Gone {
        /// The status that told us.
        status: u16,
    },
    /// The peer's messages made no sense, or a limit was reached.
    Protocol(&'static str),
}
