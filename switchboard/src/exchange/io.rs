//! Everything that can enter or leave the exchange core. Plain data: no socket, clock or SQL. One file, since it is the whole of what the
//! core and those around it say to each other.

pub use crate::clock::Clock;
pub use crate::doors::recipe::dtmf::Info;
use crate::queue::io::QueueSettings;
use crate::queue::{Place, QueueView, SavedAgent, Status};
pub use crate::store::{ContactKind, Detail};
use serde::{Deserialize, Serialize};
use sip_ws::codec::SupervisionMode;
use sip_ws::io::{FlowId, Millis};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// What happens to the exchange. Every input is followed by draining all [`Output`]s up to [`Output::Wait`].
#[derive(Debug)]
pub enum Input {
    /// A WebSocket was accepted.
    FlowOpened {
        /// Its number, never used twice.
        flow: FlowId,
        /// The client's address, used for limits only.
        address: IpAddr,
    },
    /// One WebSocket message arrived.
    Received {
        /// Where.
        flow: FlowId,
        /// What; keep-alives are answered by the socket task and never come here.
        bytes: Vec<u8>,
    },
    /// A WebSocket is gone.
    FlowClosed {
        /// Which.
        flow: FlowId,
        /// The client said that it goes away (a tab closed or reloaded), so it will not come back by itself.
        leaving: bool,
    },
    /// A deadline named by [`Output::Wait`] has passed.
    Timer,
    /// The row of a call is on disk (or could not be written: the call goes on, see `docs/operations.md`).
    Saved {
        /// Its id.
        call: CallKey,
    },
    /// People, devices, domains or queues changed.
    Directory(Directory),
    /// Whether a page of this person answers heartbeats.
    Answers {
        /// Whose.
        party: Party,
        /// It does.
        answers: bool,
    },
    /// What is wrong with the phones of this person, as their pages say.
    Fitness {
        /// Whose.
        party: Party,
        /// Why nobody would hear a ring or be heard.
        fault: Option<wire::PhoneFault>,
    },
    /// The page of a person says how the sound of their call is: it is of another class than before.
    Quality {
        /// Who.
        party: Party,
        /// Which call.
        contact: String,
        /// What the page measures.
        measured: wire::Measured,
    },
    /// A person orders something for their work in the queues; answered by [`Output::Ordered`].
    Order {
        /// Who, as the session proves.
        party: Party,
        /// What.
        order: wire::Order,
        /// Number for the answer.
        ticket: u64,
    },
    /// Somebody in charge orders something about agents or callers; answered by [`Output::Ordered`].
    Steer {
        /// Who, as the session proves. Agents and callers are those of their tenant.
        party: Party,
        /// Who: name to show.
        by: String,
        /// What. The right to it is checked.
        steer: wire::Steer,
        /// The queues whose callers may be steered.
        queues: Vec<String>,
        /// Number for the answer.
        ticket: u64,
    },
    /// A door code for a station, by INFO in its own dialog; answered by [`Output::Toned`].
    Tones {
        /// The station.
        station: Party,
        /// The digits.
        infos: Vec<Info>,
        /// Number for the answer; grows with each order.
        ticket: u64,
    },
    /// Somebody may not come into the call any more for which they were given leave, or which they are taking over.
    EntryLost {
        /// Who.
        by: Party,
    },
    /// Somebody who takes part in a call by this one may not any more.
    RightLost {
        /// Theirs.
        call: CallKey,
    },
    /// A session was ended before its time.
    SessionEnded {
        /// As the credentials of its phones name it.
        session: String,
        /// Unix milliseconds at which it would have ended by itself.
        until: i64,
    },
    /// Answer a station that rings, with this description; answered by [`Output::Lifted`].
    Lift {
        /// Its call.
        call: CallKey,
        /// SDP.
        answer: Vec<u8>,
        /// Who opens its door.
        by: Party,
        /// Number for the answer.
        ticket: u64,
    },
    /// The door of this station has opened: whoever waits there in a queue has what they came for.
    Opened {
        /// The station.
        station: Party,
        /// Who opened it.
        by: Party,
    },
    /// Hang up a station that was answered so.
    Lower {
        /// As in [`Input::Lift`].
        ticket: u64,
        /// The whole code has left.
        sent: bool,
    },
}

/// What the exchange wants done, in order.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Send one WebSocket message.
    Send {
        /// Where.
        flow: FlowId,
        /// A complete SIP message.
        bytes: Vec<u8>,
    },
    /// Close a WebSocket; [`Input::FlowClosed`] may follow.
    Close {
        /// Which.
        flow: FlowId,
        /// For the close frame and the log.
        reason: &'static str,
    },
    /// Write or replace the row of a confirmed call; answered by [`Input::Saved`] when `confirm` is set.
    Save {
        /// The row.
        row: Box<StoredCall>,
        /// Whether the core waits for the write.
        confirm: bool,
    },
    /// The call is over: its row can go.
    Delete(CallKey),
    /// One line of the history of a contact.
    Contact(Box<ContactEvent>),
    /// What one person's phone does changed.
    Person(PersonState),
    /// In a call that goes on, the other side has no socket any more, or has one again.
    Away {
        /// Whom to tell.
        party: Party,
        /// The contact.
        contact: String,
        /// It has none.
        away: bool,
    },
    /// What a person does for the queues changed.
    Agent {
        /// Who.
        party: Party,
        /// As it is after the change.
        status: Status,
        /// The queues that they belong to, and whether they take the calls of each.
        queues: Vec<(String, bool)>,
    },
    /// Somebody belongs to no queue any more, and has nothing to finish of one.
    AgentGone(Party),
    /// Store what an agent wants and does.
    SaveAgent {
        /// Who.
        party: Party,
        /// What to store.
        saved: SavedAgent,
        /// What they want is among it: it is shown once it is stored.
        promised: bool,
    },
    /// Who waits in a queue changed.
    Queue(QueueView),
    /// Store a caller's place.
    KeepPlace(Place),
    /// This caller's stored place can go.
    ForgetPlace(Party),
    /// What came of an order.
    Ordered {
        /// Number of the order.
        ticket: u64,
        /// What.
        result: wire::OrderResult,
    },
    /// What the station answered to the digits that were sent, `None` for no answer. Empty: there is no call, nothing was sent.
    Toned {
        /// Number of the order.
        ticket: u64,
        /// Status of each digit.
        answers: Vec<Option<u16>>,
    },
    /// Whether a station was answered by [`Input::Lift`].
    Lifted {
        /// As asked.
        ticket: u64,
        /// It was; it is hung up by [`Input::Lower`].
        lifted: bool,
    },
    /// Something for the audit log.
    Audit(Audit),
    /// Nothing more until this time.
    Wait(Option<Millis>),
}

/// Key of a call: a UUIDv7-like text made by the exchange, also the row id.
pub type CallKey = String;

/// Who has an address here. Loaded by the caller, replaced as a whole.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// All tenants.
    pub tenants: Vec<Arc<Tenant>>,
}

/// One tenant: its SIP domain is also the digest realm.
#[derive(Debug, Clone, Default)]
pub struct Tenant {
    /// Row id.
    pub id: String,
    /// Host part of every address and the digest realm, lower case.
    pub sip_domain: String,
    /// Who may register and be called: user part of the address in lower case, and the name shown to others, which is always
    /// sent instead of what the phone claims.
    pub people: BTreeMap<String, String>,
    /// Device passwords by digest user name.
    pub devices: BTreeMap<String, Vec<Device>>,
    /// Queues, which are called by name like people.
    pub queues: Vec<QueueSettings>,
    /// Names of what a call of a queue can have been about, by queue.
    pub dispositions: BTreeMap<String, Vec<String>>,
    /// Names of the reasons for a pause.
    pub pause_reasons: Vec<String>,
    /// Agents are not shown who listens.
    pub silent_supervision: bool,
    /// Door stations with an account, by user part of the address. They ring, and nobody calls them.
    pub stations: BTreeMap<String, Station>,
}

/// A door station as a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// Name of its entrance, shown to whom it rings.
    pub display: String,
    /// Whom it rings, whatever it dials.
    pub rings: Rings,
}

/// Whom a door station rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rings {
    /// These people at once: the first who answers has it.
    People(Vec<String>),
    /// A queue, as any caller.
    Queue {
        /// Its name.
        name: String,
        /// Priority with which it waits there.
        priority: u8,
    },
}

/// One device password.
#[derive(Clone)]
pub struct Device {
    /// The person it belongs to.
    pub user: String,
    /// H(user:realm:password), hexadecimal, by algorithm.
    pub ha1: Vec<(sip_ws::auth::Algorithm, String)>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Tenant {
    /// The person with this user name, in any letter case: user name and display name.
    pub fn person(&self, user: &str) -> Option<(&str, &str)> {
        self.people.get_key_value(&user.to_ascii_lowercase()).map(|(user, name)| (user.as_str(), name.as_str()))
    }

    /// Whether an address of record is one of this tenant: a person's, a station's or a guest's.
    pub fn has(&self, user: &str) -> bool {
        self.people.contains_key(user) || self.stations.contains_key(user) || user.starts_with(super::GUEST)
    }

    /// A guest's user name, where the queue that it belongs to exists.
    pub fn guest<'a>(&self, user: &'a str) -> Option<&'a str> {
        let queue = super::queues::guest_queue(user)?;
        self.queues.iter().any(|known| *known.queue.name == *queue).then_some(user)
    }
}

/// One person of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Party {
    /// Tenant row id.
    pub tenant: String,
    /// User part of the address of record.
    pub user: String,
}

/// What the store keeps of a call whose 2xx was forwarded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredCall {
    /// Row id.
    pub key: CallKey,
    /// Contact id: the caller's half of the Session-ID.
    pub contact: String,
    /// When it was answered, UTC ms.
    pub answered_at: i64,
    /// Whether the caller, the callee holds the other.
    pub holds: [bool; 2],
    /// The caller asked not to be named.
    #[serde(default)]
    pub anonymous: bool,
    /// The queue that it came through.
    #[serde(default)]
    pub queue: Option<OfQueue>,
    /// The priority with which it waited there.
    #[serde(default)]
    pub priority: u8,
    /// User names of those of the two who waited in a queue before, with the priority that they had. Rows of before that was stored have none:
    /// there it is the caller's alone.
    #[serde(default)]
    pub preferred: Option<BTreeMap<String, u8>>,
    /// It is somebody's part in another call.
    #[serde(default)]
    pub supervises: Option<StoredSupervision>,
    /// The caller is in the queue; both legs are theirs.
    #[serde(default)]
    pub waiting: bool,
    /// The call is over and only this leg (0 or 1) has still to be told.
    pub over: Option<usize>,
    /// The caller's leg and the callee's.
    pub legs: [StoredLeg; 2],
}

/// What is kept of a call that supervises another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredSupervision {
    /// Row id of the other one.
    pub of: CallKey,
    /// Value of the Supervision header.
    pub how: String,
    /// Contact id of the other one.
    #[serde(default)]
    pub contact: String,
}

/// One leg in a [`StoredCall`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredLeg {
    /// Whose phone.
    pub party: Party,
    /// Name shown for that person.
    pub display: String,
    /// `+sip.instance` of the phone, by which its next socket is recognised.
    pub instance: Option<String>,
    /// Its Contact, used where no instance is known.
    pub contact: Option<String>,
    /// The history says that the phone is away.
    #[serde(default)]
    pub away: bool,
    /// The dialog.
    pub dialog: sip_ws::endpoint::StoredDialog,
}

/// The queue that a contact came through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfQueue {
    /// Name of the queue.
    pub name: String,
    /// Name to show.
    pub label: String,
    /// When the wait began, UTC ms.
    pub since: i64,
}

/// The work after a call of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Work {
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// What the call was about, where the agent said so.
    pub disposition: Option<String>,
    /// Words of the agent; may be empty.
    pub note: String,
}

/// A step in the life of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactEvent {
    /// The caller's half of the Session-ID.
    pub contact: String,
    /// UTC ms.
    pub at: i64,
    /// What happened.
    pub kind: ContactKind,
    /// Who called.
    pub from: Party,
    /// Name of the caller.
    pub from_display: String,
    /// Who was called.
    pub to: Party,
    /// Name of the callee.
    pub to_display: String,
    /// Who did it, where it was a person.
    pub by: Option<Party>,
    /// SIP status that goes with it.
    pub status: Option<u16>,
    /// A word for the cause: `busy`, `declined`, `no-answer`, `lost`, …
    pub cause: Option<&'static str>,
    /// The queue that it came through.
    pub queue: Option<OfQueue>,
    /// With [`ContactKind::WrappedUp`].
    pub work: Option<Work>,
    /// What it says besides.
    pub detail: Option<Detail>,
}

/// What one person's phones do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonState {
    /// Who.
    pub party: Party,
    /// At least one phone is registered.
    pub registered: bool,
    /// Calls that ring at this person.
    pub ringing: u32,
    /// Calls in progress, outgoing ones from the moment of dialling.
    pub busy: u32,
}

/// A security event, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Tenant row id, empty where none is known.
    pub tenant: String,
    /// UTC ms.
    pub at: i64,
    /// `sip.login-failed`, `sip.login-blocked`, `sip.forged-identity`, …
    pub kind: &'static str,
    /// What came of it.
    pub outcome: &'static str,
    /// Account concerned.
    pub subject: String,
    /// Client address.
    pub address: String,
    /// The part in somebody's call that it is about.
    pub part: Option<Box<AuditedPart>>,
    /// The take-over that it is about.
    pub taking: Option<Box<AuditedTaking>>,
}

/// What the log says of somebody's part in the call of an agent, when it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedPart {
    /// The agent.
    pub agent: String,
    /// Contact id of their call.
    pub contact: String,
    /// How the supervisor took part last.
    pub mode: SupervisionMode,
    /// The agent was not shown it.
    pub silent: bool,
    /// Why it ended.
    pub why: Over,
}

/// What the log says of a take-over that was allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedTaking {
    /// The agent.
    pub agent: String,
    /// Contact id of their call.
    pub contact: String,
    /// Why it did not happen.
    pub why: Option<Over>,
}

/// Why somebody's part in a call ended, or a take-over did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// They left.
    Left,
    /// The call is over.
    CallOver,
    /// Somebody in charge, often they themselves, took the call over.
    TakenOver,
    /// The agent passed the call on.
    PassedOn,
    /// They came in anew from another page.
    Anew,
    /// The agent's phone let them go.
    LetGo,
    /// It never let them in.
    NotLetIn,
    /// One of the two phones did not come back.
    Lost,
    /// Their session was ended.
    SessionEnded,
    /// They lost the right to it.
    RightLost,
    /// They did not come in time.
    NotUsed,
    /// The phone of the other side did not take them.
    Declined,
}

impl Over {
    /// The fixed word of the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::CallOver => "call_over",
            Self::TakenOver => "taken_over",
            Self::PassedOn => "passed_on",
            Self::Anew => "anew",
            Self::LetGo => "let_go",
            Self::NotLetIn => "not_let_in",
            Self::Lost => "lost",
            Self::SessionEnded => "session_ended",
            Self::RightLost => "right_lost",
            Self::NotUsed => "not_used",
            Self::Declined => "declined",
        }
    }
}
