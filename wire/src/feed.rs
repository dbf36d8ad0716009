//! The live feed, WebSocket `/feed`: JSON text frames.
//!
//! 1. The page gets a [`Ticket`] by `POST /api/ticket`, opens the socket and sends [`ClientFrame::Hello`] as first frame.
//! 2. The server answers [`ServerFrame::Hello`], then [`ServerFrame::Snapshot`].
//! 3. Every [`ServerFrame::Delta`] has the number of the frame before plus one (the snapshot's number counts). On a gap the page
//!    sends [`ClientFrame::Resync`] and gets a new snapshot; deltas until then are ignored.
//! 4. [`ServerFrame::Heartbeat`] is answered at once, from the page's *main thread*, by [`ClientFrame::Heartbeat`] with the same
//!    number. A page that stops answering is shown as silent to the others.
//! 5. After a snapshot or delta that no other one followed, [`ServerFrame::Mark`] says its number twice within half a second, and each
//!    heartbeat says it again: so a page whose last delta was lost knows of it where nothing further changes. Another number than the page's
//!    is a gap.

use crate::{
    AgentStatus, CallQueue, Choice, Floor, FloorAgent, FloorQueue, HistoryRow, Measured, Order, OrderResult, Phone, Queue, QueueFigures,
    Release, Secret, Staff, Told, UnixMs, WireVersion,
};
use serde::{Deserialize, Serialize};

/// Body of `POST /api/ticket`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRequest {
    /// What the ticket opens.
    pub purpose: TicketPurpose,
}

/// What a ticket opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketPurpose {
    /// The live feed.
    Feed,
    /// The pictures of doors.
    Pictures,
    /// A purpose of a later version: refused.
    #[serde(other)]
    Unknown,
}

/// Answer of `POST /api/ticket`: good for one use within 30 seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The token for [`ClientFrame::Hello`].
    pub ticket: Secret,
    /// When it ends.
    pub expires_at: UnixMs,
}

/// What a page sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// First frame. Nothing is sent to the page before it.
    Hello {
        /// From `POST /api/ticket`.
        ticket: Secret,
        /// What the page speaks.
        wire: WireVersion,
        /// Its phone as it is at this moment, so that nobody is rung between this frame and a [`ClientFrame::Phone`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<Phone>,
    },
    /// Answer to a heartbeat.
    Heartbeat {
        /// The number of the heartbeat that is answered.
        beat: u64,
    },
    /// A number was missing: send a new snapshot.
    Resync,
    /// Do this; answered by [`ServerFrame::Ordered`] with the same id.
    Order {
        /// Chosen by the page, never twice in a session: sent again, it is answered again and not done again.
        id: u64,
        /// What to do.
        order: Order,
    },
    /// How the sound of one's call is. Said when its class changes, and again from time to time: a switchboard forgets it with the page.
    Quality {
        /// [`CallItem::contact`].
        contact: String,
        /// The figures. One that cannot be ends the feed.
        measured: Measured,
    },
    /// The page's phone is another one than it said last. What a page has said holds as long as its feed.
    Phone {
        /// How it is now. None after a shift: the page has no phone then, and counts as one that never said anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<Phone>,
    },
    /// A frame of a later version: ignored.
    #[serde(other)]
    Unknown,
}

/// What the switchboard sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a frame is written or read, applied and gone: there is never more than one of them")]
pub enum ServerFrame {
    /// The ticket was good.
    Hello {
        /// What the switchboard speaks.
        wire: WireVersion,
        /// Its build.
        build: String,
        /// A heartbeat comes this often, in milliseconds.
        heartbeat_ms: u32,
    },
    /// The whole state that this person may see. Replaces everything known.
    Snapshot(Snapshot),
    /// What changed since the frame before.
    Delta {
        /// Number of the frame before, plus one.
        seq: u64,
        /// The server's clock.
        now: UnixMs,
        /// The changes, to be applied in order.
        changes: Vec<Change>,
    },
    /// Answer me from the main thread.
    Heartbeat {
        /// Number to answer with.
        beat: u64,
        /// Number of the last snapshot or delta before it; absent before the first, and from a switchboard that does not say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
    },
    /// Nothing changed for a while.
    Mark {
        /// Number of the last snapshot or delta.
        seq: u64,
    },
    /// What came of an order.
    Ordered {
        /// Of which.
        id: u64,
        /// What.
        result: OrderResult,
    },
    /// Last frame before the server closes.
    End {
        /// Why.
        reason: FeedEnd,
    },
    /// A frame of a later version: ignored.
    #[serde(other)]
    Unknown,
}

/// The whole state that one person may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The number that the next delta follows.
    pub seq: u64,
    /// The server's clock.
    pub now: UnixMs,
    /// The people of one's tenant, by display name.
    pub people: Vec<Person>,
    /// One's own calls that have not ended.
    pub calls: Vec<CallItem>,
    /// What one does for the queues; absent for whoever is in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentStatus>,
    /// The queues whose calls one gets.
    #[serde(default)]
    pub queues: Vec<Queue>,
    /// Names of all queues of one's tenant, by what is shown: whom one may call and transfer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queue_names: Vec<Choice>,
    /// Reasons for a pause.
    #[serde(default)]
    pub pause_reasons: Vec<Choice>,
    /// The releases of the last minutes at the doors of one's sites, oldest first.
    #[serde(default)]
    pub releases: Vec<Release>,
    /// The floor, for whoever may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Floor>,
    /// What one was told and has not read, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
}

/// One change of the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A person is new or changed.
    Person {
        /// The person as they are after the change.
        person: Person,
    },
    /// A person is gone.
    PersonGone {
        /// [`Person::id`].
        id: String,
    },
    /// One of one's own calls is new or changed.
    Call {
        /// The call as it is after the change.
        call: CallItem,
    },
    /// What one does for the queues changed.
    Agent {
        /// As it is after the change.
        status: AgentStatus,
    },
    /// One of one's queues changed.
    Queue {
        /// The queue as it is after the change.
        queue: Queue,
    },
    /// A release at a door of one's sites began, or a relay of it has its outcome.
    Release {
        /// The release as it is after the change.
        release: Release,
    },
    /// One of one's own calls ended: take it off the list of calls and put the row on top of the history.
    CallEnded {
        /// The finished row.
        row: HistoryRow,
    },
    /// Somebody in charge did something about one, or wrote to one.
    Told {
        /// What.
        told: Told,
    },
    /// An agent of the floor changed.
    FloorAgent {
        /// As they are after the change.
        agent: FloorAgent,
    },
    /// A queue of the floor changed.
    FloorQueue {
        /// As it is after the change.
        queue: FloorQueue,
    },
    /// The figures of a queue of the floor changed.
    FloorFigures {
        /// As they are after the change.
        figures: QueueFigures,
    },
    /// What the agents of a screen's queues do changed.
    FloorStaff {
        /// As it is after the change.
        staff: Staff,
    },
    /// A change of a later version: ignored.
    #[serde(other)]
    Unknown,
}

/// Somebody of one's own tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Id of the person.
    pub id: String,
    /// User name, which is what one dials.
    pub user: String,
    /// Name to show.
    pub display_name: String,
    /// Whether they can be called.
    pub presence: Presence,
    /// Since when the presence is what it is, as far as the switchboard knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<UnixMs>,
    /// A page of theirs is open but does not answer heartbeats: it would ring and nobody could answer.
    #[serde(default)]
    pub silent: bool,
}

/// Whether a person can be called, as the exchange knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// No device is registered.
    #[default]
    Offline,
    /// A device is registered and idle.
    Available,
    /// A device rings.
    Ringing,
    /// In a conversation.
    OnCall,
    /// A state of a later version.
    #[serde(other)]
    Unknown,
}

/// One call of the person whom the feed belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallItem {
    /// Session identifier (RFC 7989); joins the feed's item with the SIP call in either order.
    pub contact: String,
    /// Who called whom.
    pub direction: Direction,
    /// The other side.
    pub peer: Peer,
    /// Where the call stands.
    pub state: CallState,
    /// When it started to ring or was dialled.
    pub started_at: UnixMs,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<UnixMs>,
    /// The queue that it came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<CallQueue>,
    /// The other side has lost its connection or loads its page again; the call waits for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub away: bool,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Dialled, or ringing.
    Ringing,
    /// In conversation.
    Connected,
    /// In conversation, and one side holds.
    Held,
    /// A state of a later version.
    #[serde(other)]
    Unknown,
}

/// Who called whom, seen by the owner of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The other side called.
    Incoming,
    /// The owner called.
    Outgoing,
    /// A direction of a later version.
    #[serde(other)]
    Unknown,
}

/// The other side of a call. Its texts may come from a foreign device: they are text, never markup.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Peer {
    /// User name, number or SIP address: what one dials to call back.
    pub address: String,
    /// Name to show, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// Why the server ends a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedEnd {
    /// The ticket is unknown, used or too old: get a new one.
    BadTicket,
    /// The page's version is not served: reload the page.
    BadVersion,
    /// A frame could not be read.
    BadFrame,
    /// The session ended: sign in again.
    SignedOut,
    /// Somebody ended the session before its time: the phone stops too.
    Revoked,
    /// The page did not answer heartbeats: connect again when it lives.
    Silent,
    /// The server stops: connect again.
    Stopping,
    /// Too many feeds of this person or address.
    TooMany,
    /// A reason of a later version.
    #[serde(other)]
    Unknown,
}
