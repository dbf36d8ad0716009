//! What the exchange knows of one call and its legs. Plain data.
//!
//! ```text
//!             INVITE routed           2xx of a phone         row on disk             BYE, lost leg
//!  (nothing) ────────────► Ringing ────────────────► Answering ───────────► Talking ─────────────► (over)
//!      │                   ▲  │ │ CANCEL, all refused,    │ CANCEL, the phone is gone                 ▲
//!      │ to a queue  Offer │  │ │ ring time-out           └───────────────────────────────────────────┤
//!      └───────────► Waiting ◄┘ └─────────────────────────────────────────────────────────────────────┤
//!                      │     offer over                                                               │
//!                      └──────────────────────────────────────────────────────────────────────────────┘
//! ```
//! Who answers a queue's caller and is gone before the caller hears of it leaves them waiting. A caller who was answered before may be in
//! a queue all the same: `parked.rs`.
//! A call that is over leaves only legs, until each phone has been told.

use super::io::{CallKey, Party};
use super::mend::Mend;
use super::supervise::Supervises;
use super::transfer::Transfer;
use crate::queue::io::{ItemId, Name};
use sip_ws::codec::{Message, QueuePlace};
use sip_ws::endpoint::{RequestId, ServerTxnId, SessionId};
use sip_ws::io::{FlowId, Millis};
use std::collections::BTreeMap;

/// Which end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Caller,
    Callee,
}

/// One session of the endpoint, until its terminal event.
#[derive(Debug)]
pub(super) struct Leg {
    pub call: CallKey,
    pub side: Side,
    pub party: Party,
    /// `+sip.instance` of the phone.
    pub instance: Option<String>,
    /// URI of its Contact.
    pub contact: Option<String>,
    pub flow: Option<FlowId>,
    /// Since when there is no socket.
    pub lost_at: Option<Millis>,
    /// The phone said that it goes away.
    pub left: bool,
    /// Which flow of its phone was lost (RFC 5626), where it has several.
    pub reg_id: u32,
    /// The phone has said that it rings.
    pub rang: bool,
    /// The flows on which the phone has been rung for this call.
    pub tried: Vec<FlowId>,
    pub call_id: String,
}

/// A call that is not over.
#[derive(Debug)]
pub(super) struct Call {
    /// The caller's half of the Session-ID: names the contact everywhere.
    pub contact: String,
    pub from: Party,
    pub from_display: String,
    /// The caller asked not to be named (RFC 3323).
    pub anonymous: bool,
    pub to: Party,
    pub to_display: String,
    /// UTC ms of the last change of stage.
    pub since: i64,
    pub caller: SessionId,
    pub stage: Stage,
    pub relays: Vec<Relay>,
    /// Candidates of one side that came before the other side could be told: the newest of each leg.
    pub candidates: Vec<(SessionId, Message)>,
    /// What the phones that are rung get, until the caller hears of an answer.
    pub invite: Option<Box<Invite>>,
    /// Rows that are being written, of which the last one says what the caller is to hear.
    pub unwritten: u32,
    /// The queue that it came through.
    pub queue: Option<QueueCall>,
    /// Those of its two who waited in a queue before, with the priority that they had then: it is theirs wherever they are sent on to.
    pub preferred: BTreeMap<Party, u8>,
    /// The caller was answered before and is in a queue again: their dialog stays while nobody is at its other end.
    pub parked: bool,
    /// It is somebody's part in another call.
    pub supervises: Option<Supervises>,
    /// One side is about to be connected with somebody else.
    pub transfer: Option<Box<Transfer>>,
    /// A phone of it is being led back to the other side.
    pub mend: Option<Mend>,
    /// Everybody whom a door or a queue rings, until one of them answers. Empty for every other call.
    pub group: Vec<Member>,
}

/// Somebody of a group that is rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub party: Party,
    /// Name to show.
    pub display: String,
    /// Best refusal of their phones so far.
    pub refusal: Option<u16>,
    /// A phone of theirs rings.
    pub rang: bool,
}

impl Member {
    /// Somebody whose phones have said nothing yet.
    pub fn new(party: Party, display: String) -> Self {
        Member { party, display, refusal: None, rang: false }
    }
}

/// The caller's INVITE, for each phone anew.
#[derive(Debug)]
pub(super) struct Invite {
    pub message: Message,
    /// Hops that a branch may still take.
    pub hops: u32,
    /// Branches made so far: each has a Call-ID of its own.
    pub branches: usize,
}

/// What a call of a queue has besides.
#[derive(Debug)]
pub(super) struct QueueCall {
    pub item: ItemId,
    pub name: Name,
    /// Name to show.
    pub label: String,
    /// When the wait began, UTC ms.
    pub since: i64,
    /// When they came into this queue, UTC ms; noted of whoever was answered.
    pub entered: i64,
    /// The engine has taken the caller in.
    pub placed: bool,
    /// The priority with which they came to wait, and of the time in which somebody answered them the last one.
    pub priority: u8,
    /// Where they stand, as the engine said last; noted of whoever was answered before.
    pub told: Option<QueuePlace>,
}

/// Where a call stands.
#[derive(Debug)]
pub(super) enum Stage {
    /// In a queue, and nobody is rung.
    Waiting,
    /// Phones are rung.
    Ringing(Ring),
    /// A phone answered; its row is being written.
    Answering {
        callee: SessionId,
        /// The 2xx that the caller will get.
        response: Box<Message>,
    },
    /// Both ends are connected.
    Talking {
        callee: SessionId,
        answered_at: i64,
        /// Whether the caller, the callee holds the other.
        holds: [bool; 2],
    },
}

/// Phones being rung.
#[derive(Debug, Default)]
pub(super) struct Ring {
    /// Sessions that may still answer.
    pub branches: Vec<SessionId>,
    /// Best refusal so far.
    pub refusal: Option<(u16, Option<Box<Message>>)>,
    /// The caller was told that it rings.
    pub rang: bool,
    /// The branch whose early description the caller has.
    pub early: Option<SessionId>,
}

/// A request of one leg on its way to the other.
#[derive(Debug)]
pub(super) struct Relay {
    pub from: SessionId,
    pub to: SessionId,
    pub message: Message,
    pub how: How,
    pub progress: Progress,
    /// When the asking leg gets 491 or 500.
    pub deadline: Millis,
}

/// How the asking leg is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// re-INVITE, or UPDATE with a body.
    Offer,
    /// Anything else.
    Request(ServerTxnId),
    /// The asking leg was answered before.
    Told,
}

/// How far a [`Relay`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The other leg has no socket.
    Waiting,
    /// Sent as a re-INVITE.
    Reinvite,
    /// Sent as a request.
    Sent(RequestId),
    /// A re-INVITE without a body was answered with an offer; the caller's ACK brings the answer.
    AwaitingAck,
}

impl Call {
    /// Everybody whose phones the call keeps busy, the caller first. Whose call is supervised has no further one.
    pub fn people(&self) -> Vec<Party> {
        if self.supervises.is_some() {
            return vec![self.from.clone()];
        }
        let both = [&self.from, &self.to].into_iter();
        both.chain(self.group.iter().map(|member| &member.party)).cloned().collect()
    }

    /// The session at the other end.
    pub fn other(&self, session: SessionId) -> Option<SessionId> {
        match &self.stage {
            Stage::Talking { callee, .. } | Stage::Answering { callee, .. } => {
                if session == self.caller {
                    Some(*callee)
                } else if session == *callee {
                    Some(self.caller)
                } else {
                    None
                }
            }
            Stage::Waiting => None,
            Stage::Ringing(_) if self.parked => None,
            // Before the answer only where there is no choice.
            Stage::Ringing(ring) => match ring.branches.as_slice() {
                [only] if session == self.caller => Some(*only),
                [only] if session == *only => Some(self.caller),
                _ => None,
            },
        }
    }
}
