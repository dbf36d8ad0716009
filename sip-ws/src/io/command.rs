//! What the user wants of an agent. Pure data.

use super::{CallId, DialogRef};

/// Wishes of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Connect and register.
    Start,
    /// Unregister and disconnect. Calls are hung up first.
    Stop,
    /// Disconnect without a word to anybody: the page goes and will come back with [`Agent::restore`](crate::Agent::restore).
    /// No event of a call follows.
    Leave,
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
    /// Place a call that takes the place of another one or joins it: picking up a colleague's call, coming into a conversation.
    CallInto {
        /// Handle for the new call, as for `Call`.
        call: CallId,
        /// Whose dialog it is.
        target: String,
        /// Offer video too.
        video: bool,
        /// The dialog as its owner knows it, with `early_only` where only a ringing call is meant.
        dialog: DialogRef,
        /// What is to happen with it.
        how: Entry,
    },
    /// A target outside of our domain that a redirection named ([`Event::RedirectAsked`](super::Event::RedirectAsked)): call it or not.
    FollowRedirect {
        /// The call.
        call: CallId,
        /// Call it.
        accept: bool,
    },
    /// Transfer the peer to somebody without asking there first (RFC 5589 section 6). Hold the call before.
    Transfer {
        /// An answered call.
        call: CallId,
        /// As in `Call`.
        target: String,
    },
    /// Connect the peers of two answered calls with each other (RFC 5589 section 7).
    TransferTo {
        /// The call whose peer is to call.
        call: CallId,
        /// The call whose peer is to be called.
        to: CallId,
    },
    /// The peer wants us to call somebody ([`Event::TransferAsked`](super::Event::TransferAsked)): do it or not.
    FollowTransfer {
        /// The call in which it was asked.
        call: CallId,
        /// Do it.
        accept: bool,
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

/// How a call enters another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It takes its place (RFC 3891).
    Replace,
    /// It joins the conversation (RFC 3911).
    Join,
}
