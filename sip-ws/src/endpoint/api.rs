//! What an [`Endpoint`](super::Endpoint) is told and tells: handles, configuration, events, errors. Pure data.

use crate::codec::{Message, Method};
use crate::dialog::Dialog;
use crate::io::{FlowId, Millis};

/// One INVITE session of an endpoint: from the INVITE to the end of its dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// One request that we sent and whose final response is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// One received request that waits for our response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerTxnId(pub u64);

/// Headers to add to a message: name and value, in order. Values with line breaks are refused by the codec.
pub type Headers<'a> = &'a [(&'a str, &'a str)];

/// A message body with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Value of Content-Type.
    pub content_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Body {
    /// A session description.
    #[must_use]
    pub fn sdp(sdp: impl Into<Vec<u8>>) -> Self {
        Self { content_type: "application/sdp".to_owned(), bytes: sdp.into() }
    }

    /// The body of a message, if it has one.
    #[must_use]
    pub fn of(message: &Message) -> Option<Self> {
        if message.body().is_empty() {
            return None;
        }
        Some(Self { content_type: message.content_type().unwrap_or("application/octet-stream").to_owned(), bytes: message.body().to_vec() })
    }
}

/// What an endpoint is and can do. Sent as Allow, Supported, Recv-Info, Accept and User-Agent.
#[derive(Clone, Debug)]
pub struct EndpointConfig {
    /// Value of User-Agent in requests and Server in responses.
    pub user_agent: String,
    /// Methods that reach the owner as events; others are answered with 405 (known) or 501 (unknown).
    /// INVITE, ACK, CANCEL, BYE and UPDATE are always understood.
    pub allow: Vec<Method>,
    /// Option tags understood in Require; others are answered with 420.
    pub supported: Vec<String>,
    /// INFO packages that the owner takes (RFC 6086), told as Recv-Info. Who relays tells those of the other side instead.
    pub recv_info: Vec<String>,
    /// Content types understood in an INVITE; others are answered with 415. Empty: all.
    pub accept: Vec<String>,
    /// URI schemes understood in a Request-URI; others are answered with 416.
    pub schemes: Vec<String>,
    /// OPTIONS outside of a dialog are answered 200 here, instead of reaching the owner.
    pub answer_options: bool,
    /// Whether Require is checked here (420) or left to the owner, who relays it.
    pub check_require: bool,
    /// An INVITE that nobody answered yet survives the loss of its flow: the response may come by the next one.
    /// Otherwise it fails at once with [`Failure::FlowLost`].
    pub patient: bool,
    /// Session timers (RFC 4028): what is offered and accepted; `None`: not understood. With it, `supported` should hold `timer`.
    pub session_timer: Option<SessionTimer>,
    /// Most transactions at one time, clients and servers each; more are refused with [`Failure::Limit`] or 503.
    pub max_transactions: usize,
    /// Most sessions at one time; more INVITEs are refused with 503.
    pub max_sessions: usize,
}

/// Default of [`EndpointConfig::max_transactions`]: a desk, not a server.
pub const MAX_TRANSACTIONS: usize = 1_000;
/// Default of [`EndpointConfig::max_sessions`].
pub const MAX_SESSIONS: usize = 100;
/// Early dialogs of one INVITE that are told apart.
pub const MAX_EARLY_DIALOGS: usize = 16;
/// [`StoredDialog::version`] that this crate writes and reads.
pub const STORED_VERSION: u32 = 1;
/// How far the sequence number jumps at a restore: a number that was used but not stored is not used again.
pub const RESTORE_CSEQ_GAP: u32 = 64;

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            user_agent: "Portico".to_owned(),
            allow: vec![Method::Invite, Method::Ack, Method::Cancel, Method::Bye, Method::Options, Method::Info, Method::Update],
            supported: vec!["outbound".to_owned(), "path".to_owned()],
            recv_info: Vec::new(),
            accept: vec!["application/sdp".to_owned()],
            schemes: vec!["sip".to_owned(), "sips".to_owned()],
            answer_options: true,
            check_require: true,
            patient: false,
            session_timer: None,
            max_transactions: MAX_TRANSACTIONS,
            max_sessions: MAX_SESSIONS,
        }
    }
}

/// What an endpoint wants of session timers (RFC 4028).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimer {
    /// Seconds offered where the peer names none; `None`: only what the peer asks for.
    pub offer: Option<u32>,
    /// Least interval in seconds that is accepted; a smaller one is refused with 422. At least 90.
    pub min: u32,
}

/// How a flow looks in a Via.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowConfig {
    /// Transport token: `WS`, `WSS`, `UDP`, `TCP` or `TLS`.
    pub transport: String,
    /// Host, or host and port, that names us: on WebSocket a random `….invalid`.
    pub sent_by: String,
    /// Whether the transport delivers or says that it cannot. Decides about retransmission.
    pub reliable: bool,
}

/// Output of an endpoint. Drain until [`Output::Wait`] comes.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send these bytes as one message on this flow.
    Transmit {
        /// Where.
        flow: FlowId,
        /// What.
        bytes: Vec<u8>,
    },
    /// Something the owner must know.
    Event(EndpointEvent),
    /// Nothing more until this instant, or until something else happens.
    Wait(Option<Millis>),
}

/// What an endpoint tells its owner.
///
/// A session ends with exactly one of `Rejected`, `Failed` or `Ended`; its handle is unknown afterwards.
#[derive(Clone, Debug, PartialEq)]
pub enum EndpointEvent {
    /// A request outside of INVITE sessions. Answer it with [`respond`](super::Endpoint::respond).
    Request {
        /// To be answered.
        txn: ServerTxnId,
        /// Where it came from.
        flow: FlowId,
        /// The request.
        message: Message,
    },
    /// The final response to a request of ours (in a session or outside).
    Response {
        /// Which request.
        id: RequestId,
        /// The response.
        message: Message,
    },
    /// A request of ours (in a session or outside) will get no response.
    RequestFailed {
        /// Which request.
        id: RequestId,
        /// Why.
        cause: Failure,
    },
    /// Somebody calls. 100 has been sent. Go on with `progress`, `accept` or `reject`.
    Incoming {
        /// The new session.
        session: SessionId,
        /// Where it came from.
        flow: FlowId,
        /// The INVITE.
        message: Message,
    },
    /// A provisional response (101 to 199) to our INVITE.
    Provisional {
        /// The session.
        session: SessionId,
        /// The response. Its To tag names the early dialog.
        message: Message,
    },
    /// Our INVITE was answered with a 2xx. ACK has been sent, unless our INVITE had no body: then [`ack`](super::Endpoint::ack) must be called.
    Accepted {
        /// The session.
        session: SessionId,
        /// The response.
        message: Message,
    },
    /// Our INVITE was refused. Terminal.
    Rejected {
        /// The session.
        session: SessionId,
        /// The response, 300 to 699.
        message: Message,
    },
    /// Our INVITE will get no response. Terminal.
    Failed {
        /// The session.
        session: SessionId,
        /// Why.
        cause: Failure,
    },
    /// The caller acknowledged our 2xx to an INVITE or re-INVITE.
    Confirmed {
        /// The session.
        session: SessionId,
        /// The ACK; it carries the answer when the offer was in our 2xx.
        ack: Message,
    },
    /// A re-INVITE, or an UPDATE with a body. Go on with [`answer_reinvite`](super::Endpoint::answer_reinvite).
    Reoffer {
        /// The session.
        session: SessionId,
        /// The request; without a body an offer is wanted from us.
        message: Message,
    },
    /// The peer took back its re-INVITE; 487 has been sent.
    ReofferWithdrawn {
        /// The session.
        session: SessionId,
    },
    /// Our re-INVITE was answered with a 2xx and acknowledged (unless it had no body: then [`ack`](super::Endpoint::ack) must be called).
    ReofferAnswered {
        /// The session.
        session: SessionId,
        /// The response.
        message: Message,
    },
    /// Our re-INVITE was refused or lost; the session is as before.
    ReofferRejected {
        /// The session.
        session: SessionId,
        /// The response (also 491), or why there is none.
        cause: Refusal,
    },
    /// Another request in the dialog (INFO, MESSAGE, REFER, OPTIONS, UPDATE without body, …). Answer it with [`respond`](super::Endpoint::respond).
    InDialog {
        /// The session.
        session: SessionId,
        /// To be answered.
        txn: ServerTxnId,
        /// The request.
        message: Message,
    },
    /// The stored form of an established session changed: take a [`snapshot`](super::Endpoint::snapshot).
    /// Comes before the message that uses the new state is transmitted.
    Changed {
        /// The session.
        session: SessionId,
    },
    /// The session must be refreshed by a re-INVITE of the owner, since the peer has no UPDATE (RFC 4028).
    RefreshDue {
        /// The session.
        session: SessionId,
    },
    /// The session is over. Terminal.
    Ended {
        /// The session.
        session: SessionId,
        /// Why.
        cause: EndedBy,
        /// The CANCEL, BYE or response that ended it.
        message: Option<Message>,
    },
}

impl EndpointEvent {
    /// Of which session it is.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        match self {
            Self::Incoming { session, .. }
            | Self::Provisional { session, .. }
            | Self::Accepted { session, .. }
            | Self::Rejected { session, .. }
            | Self::Failed { session, .. }
            | Self::Confirmed { session, .. }
            | Self::Reoffer { session, .. }
            | Self::ReofferWithdrawn { session }
            | Self::ReofferAnswered { session, .. }
            | Self::ReofferRejected { session, .. }
            | Self::InDialog { session, .. }
            | Self::Changed { session }
            | Self::RefreshDue { session }
            | Self::Ended { session, .. } => Some(*session),
            Self::Request { .. } | Self::Response { .. } | Self::RequestFailed { .. } => None,
        }
    }
}

/// Why a request gets no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Timer B, C or F.
    Timeout,
    /// The flow was lost before the response came.
    FlowLost,
    /// Too many transactions or requests are under way.
    Limit,
}

/// How a re-INVITE of ours failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// A final response other than 2xx.
    Status(Message),
    /// No response.
    Failure(Failure),
}

/// What ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// We hung up or refused, and the peer knows (or never will).
    Local,
    /// BYE from the peer.
    Bye,
    /// CANCEL from the caller.
    Cancel,
    /// Our 2xx was never acknowledged (64·T1) and BYE has been sent, or a reliable provisional response was not.
    NoAck,
    /// A request of ours was answered with 481: the peer has no such dialog.
    Gone,
    /// We did not answer the INVITE in time.
    Expired,
    /// Nobody refreshed the session (RFC 4028); BYE has been sent.
    SessionExpired,
}

/// How far a dialog is that somebody names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogPhase {
    /// Early; we sent its INVITE.
    EarlyOurs,
    /// Early; the peer sent its INVITE.
    EarlyTheirs,
    /// Answered.
    Confirmed,
    /// Being ended by us.
    Over,
}

/// Why a session operation was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// No such session.
    #[error("no such session")]
    Unknown,
    /// The session is not in a state for this.
    #[error("not possible in this state of the session")]
    State,
    /// An offer is already under way in one direction: try later (491). Or a reliable provisional response waits for its PRACK.
    #[error("an offer is already under way")]
    Busy,
    /// The session has no flow: set one first.
    #[error("the session has no flow")]
    NoFlow,
    /// A named limit is reached.
    #[error("limit reached")]
    Limit,
}

/// All that is needed to go on with an established session after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StoredDialog {
    /// Layout of this value; others are refused by `restore`.
    pub version: u32,
    /// The dialog of RFC 3261 section 12.
    pub dialog: Dialog,
    /// Whether we sent the INVITE (decides about the back-off after 491).
    pub is_caller: bool,
    /// Our half of the Session-ID.
    pub session_id_local: String,
    /// The peer's half of the Session-ID.
    pub session_id_remote: String,
}
