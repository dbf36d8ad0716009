//! What the agent tells its user: events, states and causes. Pure data.

use super::{AnswerIntent, CallId, MediaFailure, Millis, Peer, Reason};
use crate::codec::{QueuePlace, Supervision};
use crate::sdp::Direction;

/// What the user should see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// State of the socket, on each change.
    Link(LinkState),
    /// State of the registration, on each change.
    Registration(RegistrationState),
    /// Somebody calls. [`Command::Answer`](super::Command::Answer), [`Command::Reject`](super::Command::Reject) or [`Command::HangUp`](super::Command::HangUp) is expected.
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
        /// Whom the call was for before it was sent on to us (RFC 7044): somebody of our own domain, as our own server says.
        first_for: Option<Box<Peer>>,
        /// What else the caller said.
        hints: Hints,
    },
    /// A call of before a reload is there again; it is answered, and media is being agreed anew. Not held, unless the next event says so.
    Restored {
        /// The call, with its handle of before.
        call: CallId,
        /// Who is there.
        peer: Peer,
        /// We made the call.
        outgoing: bool,
        /// Session-ID of the contact.
        session_id: String,
        /// It was with video.
        video: bool,
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
        /// Where we stand in a queue (182 of an exchange that says it in a Queue-Place header).
        place: Option<QueuePlace>,
    },
    /// We were sent on to another address of our domain, which is being called.
    Redirected {
        /// The call.
        call: CallId,
        /// Where to.
        to: Peer,
    },
    /// We were sent on to an address outside of our domain. [`Command::FollowRedirect`](super::Command::FollowRedirect) is expected.
    RedirectAsked {
        /// The call.
        call: CallId,
        /// Where to.
        to: Peer,
    },
    /// An answered call is in a queue: whoever we spoke with has transferred us there, and nobody is at the other end until [`Event::Peer`]
    /// names somebody else. Only where the profile lets the exchange answer for it.
    Queued {
        /// The call.
        call: CallId,
        /// Where we stand.
        place: QueuePlace,
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
    /// Candidates were found after our description had left, and the peer takes none by INFO: a
    /// [`Command::Renegotiate`](super::Command::Renegotiate) tells them.
    LateCandidates {
        /// The call.
        call: CallId,
    },
    /// Somebody else is there now, as our own server asserts in a new offer (RFC 3325): the peer was transferred, or we were.
    Peer {
        /// The call.
        call: CallId,
        /// Who.
        peer: Peer,
    },
    /// How our transfer of this call goes.
    Transfer {
        /// The call whose peer is transferred.
        call: CallId,
        /// What happened.
        state: TransferState,
    },
    /// The peer wants us to call somebody. [`Command::FollowTransfer`](super::Command::FollowTransfer) is expected.
    TransferAsked {
        /// The call in which it was asked.
        call: CallId,
        /// Whom to call.
        to: Peer,
        /// Who is said to want it.
        by: Option<Peer>,
        /// Our call is to take the place of one that they have.
        attended: bool,
    },
    /// We follow a transfer: a new call is being made, whose own events come under `new`.
    Following {
        /// The call in which it was asked.
        call: CallId,
        /// The new call, made by us.
        new: CallId,
        /// Whom it is for.
        to: Peer,
    },
    /// A trusted peer or exchange presses our keys (NOTIFY talk, hold).
    Remote {
        /// The call.
        call: CallId,
        /// Which key.
        wish: RemoteWish,
    },
    /// Whoever joined a call of ours takes part in another way now, as our own exchange says.
    Supervision {
        /// The call that joined.
        call: CallId,
        /// How.
        supervision: Supervision,
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

/// What an INVITE says beyond who calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// A trusted caller wants to be answered without the user.
    pub answer: Option<AnswerIntent>,
    /// It takes the place of this call of ours, is being answered by itself, and the other one will end.
    pub replaces: Option<CallId>,
    /// It wants to come into the conversation of this call of ours.
    pub joins: Option<CallId>,
    /// How it wants to take part there, as our own exchange says (see [`Profile::supervised`](super::Profile::supervised)).
    pub supervision: Option<Supervision>,
}

/// How a transfer of ours goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// The peer tries.
    Accepted {
        /// It will tell how it goes.
        reported: bool,
    },
    /// The peer's call makes progress.
    Progress {
        /// 100 to 199.
        status: u16,
        /// Reason phrase as sent.
        phrase: String,
    },
    /// The peer is connected; this call ends.
    Done,
    /// It did not happen; this call goes on.
    Failed {
        /// What the target answered or why the peer refused; 0 without any reply.
        status: u16,
    },
}

/// A key pressed from afar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteWish {
    /// Answer a ringing call, resume a held one.
    Talk,
    /// Hold.
    Hold,
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
        /// When it is tried again by itself; `None`: only after new credentials or [`Command::RetryNow`](super::Command::RetryNow).
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
    /// Another device or person answered before us, though we may have answered too.
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
        /// Seconds after which it may be tried again, at most an hour: for a countdown.
        retry_after: Option<u32>,
    },
    /// Our transfer of it succeeded: the peers talk to each other.
    Transferred,
    /// Another call has taken its place (RFC 3891).
    Replaced {
        /// That one.
        by: CallId,
    },
    /// No answer from the server within the time of the protocol.
    NoReply,
    /// The call could not be sent: no link.
    NoLink,
    /// Media could not be agreed.
    Media(MediaFailure),
    /// The peer does not know the call any more (481), or nobody refreshed the session (408, RFC 4028).
    Gone {
        /// The status that told us.
        status: u16,
    },
    /// The peer's messages made no sense, or a limit was reached.
    Protocol(&'static str),
}
