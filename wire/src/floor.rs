//! The floor: what whoever is in charge sees of agents and queues, and what they order.

use crate::{AgentStatus, Alarm, CallItem, CallQuality, KnownAlarm, Queue, Staff, UnixMs, WaitingCaller};
use serde::{Deserialize, Serialize};

/// Everything about the floor that one may see. Absent in the snapshot of whoever may see none of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Floor {
    /// Whoever is in a queue, by display name.
    #[serde(default)]
    pub agents: Vec<FloorAgent>,
    /// Queues of one's sites.
    #[serde(default)]
    pub queues: Vec<FloorQueue>,
    /// Their figures.
    #[serde(default)]
    pub figures: Vec<QueueFigures>,
    /// How many agents do what, for a screen that sees no people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<Staff>,
    /// One may order something about them.
    #[serde(default)]
    pub steers: bool,
}

/// An agent as whoever is in charge sees them. Name and presence are those of the [`Person`](crate::Person).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloorAgent {
    /// User name.
    pub user: String,
    /// What they do for the queues.
    pub status: AgentStatus,
    /// The queues of one's sites that they belong to.
    pub queues: Vec<Membership>,
    /// They belong to one queue at all, which stays theirs: without one nobody is on the floor.
    #[serde(default, skip_serializing_if = "is_false")]
    pub one_queue: bool,
    /// Their call, the oldest one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallItem>,
    /// How its sound is, while their page says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<CallQuality>,
}

/// That an agent belongs to a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Name of the queue.
    pub queue: String,
    /// They are offered its callers.
    pub on: bool,
}

/// A queue as whoever is in charge sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloorQueue {
    /// Who waits, who is free.
    pub queue: Queue,
    /// Name of its site; empty where the tenant has none.
    pub site: String,
    /// Seconds within which a call should be answered.
    pub target_s: u32,
    /// Share of the calls for which that should hold, in per cent. Less is an alarm.
    pub target_percent: u32,
    /// Seconds of waiting from which there is an alarm.
    pub alarm_s: u32,
    /// What is wrong with it and was acknowledged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<KnownAlarm>,
}

/// A part of those who wait in a queue: `GET /api/queues/<queue>/callers`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Callers {
    /// Callers who wait or are being offered, all of them.
    pub waiting: u32,
    /// How many of them stand before this part.
    pub before: u32,
    /// This part, in order.
    pub callers: Vec<WaitingCaller>,
    /// Cursor of those behind them; absent where there is nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The figures of a queue since midnight at its site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueFigures {
    /// Name of the queue.
    pub queue: String,
    /// Midnight.
    pub since: UnixMs,
    /// Quarters of an hour in which something ended, the oldest first.
    pub intervals: Vec<Interval>,
}

/// What ended in a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Interval {
    /// When it began.
    pub at: UnixMs,
    /// Calls that were answered.
    pub answered: u32,
    /// Calls that were answered, and doors that were opened, within [`FloorQueue::target_s`].
    pub in_time: u32,
    /// Callers who gave up, or whom nobody took. Who gave up at once, as the queue has it, is not counted at all.
    pub lost: u32,
    /// All waits of the answered, in milliseconds.
    pub waited_ms: i64,
    /// Callers who found the queue closed or full, and whom no other one took.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub turned_away: u32,
    /// Callers whom the queue passed on to another one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub overflowed: u32,
    /// Doors that rang here and were opened without an answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub opened: u32,
}

/// An order about others. Each is checked by the switchboard at that moment, written into the log, and shown to whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Steer {
    /// Let an agent take calls.
    Ready {
        /// User name.
        user: String,
    },
    /// Let an agent take none, from the end of the present call on.
    Pause {
        /// User name.
        user: String,
        /// A name among the reasons for a pause.
        reason: Option<String>,
    },
    /// End the wrap-up of an agent.
    EndWrapUp {
        /// User name.
        user: String,
        /// Which call.
        contact: String,
    },
    /// Let an agent take calls of a queue that they belong to, or not.
    Member {
        /// User name.
        user: String,
        /// Name of the queue.
        queue: String,
        /// They take its calls.
        on: bool,
    },
    /// Let an agent belong to a queue, and take its calls, or not any more.
    Belong {
        /// User name.
        user: String,
        /// Name of the queue.
        queue: String,
        /// They belong to it.
        on: bool,
    },
    /// Move a waiting caller to another queue; the wait goes on.
    Move {
        /// Which call.
        contact: String,
        /// Name of the queue.
        queue: String,
    },
    /// Change the priority of a waiting caller.
    Prioritise {
        /// Which call.
        contact: String,
        /// 0 to [`MAX_PRIORITY`].
        priority: u8,
    },
    /// Ring a free agent for a waiting caller.
    Assign {
        /// Which call.
        contact: String,
        /// User name.
        user: String,
    },
    /// Have the call of an agent instead of them. Answered by [`OrderResult::Admitted`](crate::OrderResult::Admitted).
    TakeOver {
        /// User name.
        user: String,
        /// Which call.
        contact: String,
    },
    /// Take part in the call of an agent. Answered by [`OrderResult::Admitted`](crate::OrderResult::Admitted), or by
    /// [`OrderResult::Done`](crate::OrderResult::Done) where one takes part already and only the mode changes.
    Supervise {
        /// User name.
        user: String,
        /// Which call.
        contact: String,
        /// How.
        mode: SuperviseMode,
    },
    /// Show a message to somebody, or to everybody of one's sites.
    Tell {
        /// User name; everybody without one.
        user: Option<String>,
        /// At most [`MESSAGE_LIMIT`] letters.
        text: String,
    },
    /// Say to everybody of the floor that one has seen an alarm. Whoever is not the first is answered with
    /// [`OrderResult::KnownAlready`](crate::OrderResult::KnownAlready).
    Acknowledge {
        /// Name of the queue.
        queue: String,
        /// What is wrong there.
        alarm: Alarm,
    },
    /// An order of a later version: refused.
    #[serde(other)]
    Unknown,
}

/// Who hears somebody in charge who takes part in a call. They hear both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuperviseMode {
    /// Nobody.
    Listen,
    /// The agent.
    Whisper,
    /// Both.
    Barge,
    /// A mode of a later version: refused.
    #[serde(other)]
    Unknown,
}

/// The highest priority of a caller. Each step counts as much as five minutes of waiting.
pub const MAX_PRIORITY: u8 = 3;

/// Letters of a message.
pub const MESSAGE_LIMIT: usize = 500;

/// Something that somebody in charge did about one, or wrote to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// For [`Order::Seen`](crate::Order::Seen).
    pub id: u64,
    /// When.
    pub at: UnixMs,
    /// Who: name to show.
    pub by: String,
    /// What.
    pub what: ToldWhat,
}

/// What was done or written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ToldWhat {
    /// You are ready.
    Ready,
    /// You are paused.
    Paused {
        /// A name among the reasons.
        reason: Option<String>,
    },
    /// Your wrap-up was ended.
    WrapUpEnded,
    /// You take calls of this queue, or do not any more.
    Member {
        /// Name to show.
        queue: String,
        /// You do.
        on: bool,
    },
    /// You are rung for this caller.
    Assigned,
    /// They take your call over; your phone says when they have it.
    TakenOver,
    /// A message: text, never markup.
    Message {
        /// The text.
        text: String,
    },
    /// Something of a later version: not shown.
    #[serde(other)]
    Unknown,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
