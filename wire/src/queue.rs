//! Queues and agents: what the feed shows of them, what an agent may order, the figures of one's day, and the visitor's page.

use crate::{DeskProfile, Secret, Steer, UnixMs};
use serde::{Deserialize, Serialize};

/// A name for the program with words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is sent back.
    pub name: String,
    /// What is shown.
    pub label: String,
}

/// What an agent does, as the switchboard decides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentStatus {
    /// What they do.
    pub state: AgentState,
    /// Since when; where somebody is ready and not rung, since that is so.
    pub since: UnixMs,
    /// They want calls of the queues: at once, or when the present call is finished.
    pub wants_calls: bool,
    /// Why they want none: a name among [`Snapshot::pause_reasons`](crate::Snapshot::pause_reasons), or `missed` after unanswered rings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_reason: Option<String>,
    /// Who set that for them: name to show. Absent where they did it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_by: Option<String>,
    /// Why they are not rung although they want calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unready: Option<Unready>,
    /// The call to be finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrap_up: Option<WrapUp>,
}

/// What an agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// No phone is registered.
    Offline,
    /// Waits for a call.
    Ready,
    /// A phone rings.
    Ringing,
    /// In a call.
    OnCall,
    /// Finishes a call of a queue.
    WrapUp,
    /// Wants no calls.
    Paused,
    /// A state of a later version.
    #[serde(other)]
    Unknown,
}

/// Why an agent who wants calls is not rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unready {
    /// The page does not answer heartbeats.
    Silent,
    /// A ring was not answered a moment ago.
    Resting,
    /// The page does not know yet whether its phone works.
    PhoneStarting,
    /// The page may not open its microphone.
    MicrophoneNotAllowed,
    /// The page finds no microphone.
    NoMicrophone,
    /// The microphone that was chosen is not there.
    MicrophoneGone,
    /// The microphone does not start, or it stopped.
    MicrophoneFailed,
    /// The browser plays no ring sound before somebody touches the page.
    SoundLocked,
    /// A reason of a later version.
    #[serde(other)]
    Unknown,
}

/// The work after a call of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUp {
    /// Session identifier of the call.
    pub contact: String,
    /// Name of its queue.
    pub queue: String,
    /// Since when.
    pub since: UnixMs,
    /// When it ends by itself.
    pub until: UnixMs,
    /// How often the agent has made it longer.
    #[serde(default)]
    pub extended: u32,
    /// They may do so once more ([`Order::ExtendWrapUp`]).
    #[serde(default)]
    pub more: bool,
}

/// A queue whose calls one gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Name, which is what one dials.
    pub name: String,
    /// Name to show.
    pub label: String,
    /// Callers who wait or are being offered.
    pub waiting: u32,
    /// The first of them, in order.
    pub first: Vec<WaitingCaller>,
    /// Since when the one waits who has waited longest, wherever they stand: priority may have put others before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<UnixMs>,
    /// Agents who are free.
    pub free: u32,
    /// Agents who share the callers: free, or in a call of which they will be free.
    pub working: u32,
    /// Whether it takes callers at this time.
    pub open: bool,
    /// What a call can have been about.
    #[serde(default)]
    pub dispositions: Vec<Choice>,
}

impl Queue {
    /// Since when the one waits who has waited longest; of an older switchboard the one of those that it lists.
    #[must_use]
    pub fn oldest(&self) -> Option<UnixMs> {
        self.longest.or_else(|| self.first.iter().map(|caller| caller.since).min())
    }
}

/// Somebody who waits. The name may come from a foreign device: it is text, never markup.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WaitingCaller {
    /// Session identifier of the call.
    pub contact: String,
    /// Name to show; may be empty.
    pub display_name: String,
    /// Since when.
    pub since: UnixMs,
    /// Priority: 0 is the usual one.
    #[serde(default)]
    pub priority: u8,
    /// User name of the first agent who is being rung: what readers of 1.4 know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_to: Option<String>,
    /// User names of all agents who are being rung.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rung: Vec<String>,
    /// Skills with levels that are asked for and that nobody has who works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    /// When less is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_until: Option<UnixMs>,
    /// It is a door that rings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<WaitingDoor>,
}

/// A door that waits in a queue. Without names for whoever may not see doors of its site.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WaitingDoor {
    /// Name of the entrance.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entrance: String,
    /// Name of its site.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub site: String,
}

/// The queue that a call came through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallQueue {
    /// Name of the queue.
    pub name: String,
    /// Name to show.
    pub label: String,
    /// When the wait began.
    pub since: UnixMs,
}

/// What a page orders on the feed. Each right is checked by the switchboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Order {
    /// Give me calls.
    Ready,
    /// Give me none, from the end of the present call on.
    Pause {
        /// A name among [`Snapshot::pause_reasons`](crate::Snapshot::pause_reasons).
        reason: Option<String>,
    },
    /// The call is finished.
    FinishWrapUp {
        /// Which call.
        contact: String,
        /// A name among the queue's [`Queue::dispositions`].
        disposition: Option<String>,
        /// Words of the agent, at most [`NOTE_LIMIT`] letters.
        note: String,
    },
    /// The call takes longer to finish: by as much as its queue allows, while [`WrapUp::more`].
    ExtendWrapUp {
        /// Which call.
        contact: String,
    },
    /// What one was told is read.
    Seen {
        /// [`Told::id`](crate::Told::id).
        told: u64,
    },
    /// Something about others.
    Steer {
        /// What.
        steer: Steer,
    },
    /// An order of a later version: refused.
    #[serde(other)]
    Unknown,
}

/// Letters of a note.
pub const NOTE_LIMIT: usize = 500;

/// What came of an [`Order`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderResult {
    /// Done.
    Done,
    /// This person may not do that.
    Forbidden,
    /// It makes no sense at this moment: the state has changed meanwhile.
    TooLate,
    /// A value in it is not one that there is.
    Invalid,
    /// It could not be written into the log, so it was not done.
    NotLogged,
    /// One's phone may enter a call now; it has a few seconds for its INVITE.
    Admitted {
        /// The dialog to enter, as the value of a Replaces header (RFC 3891).
        dialog: String,
    },
    /// Somebody else has acknowledged this alarm before.
    KnownAlready {
        /// Who: name to show.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// A result of a later version.
    #[serde(other)]
    Unknown,
}

/// One's own day so far: `GET /api/figures`. Derived from the history, from midnight on in the time zone of one's first site.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Midnight.
    pub since: UnixMs,
    /// Calls that one answered.
    pub answered: u32,
    /// Of these, calls of queues.
    pub from_queues: u32,
    /// Calls that rang here and were not answered here.
    pub missed: u32,
    /// Conversations that have ended, in milliseconds.
    pub talk_ms: i64,
    /// Wrap-ups that have ended, in milliseconds.
    pub wrap_up_ms: i64,
}

/// A queue as a visitor's page sees it: `GET /api/call/<queue>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorQueue {
    /// Name to show.
    pub label: String,
    /// Whether a call makes sense at this time.
    pub state: VisitorState,
}

/// Whether a visitor can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitorState {
    /// Yes.
    Open,
    /// Outside of its hours, and no queue that it overflows to takes callers.
    Closed,
    /// Too many wait, and no queue that it overflows to takes callers.
    Full,
    /// A state of a later version.
    #[serde(other)]
    Unknown,
}

/// Body of `POST /api/call/<queue>`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VisitorWish {
    /// The token of a place that one had: fresh credentials for the same guest, whose place is kept for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Secret>,
    /// The guest whom a page before this one had: the same, but the token is in a cookie that no page can read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<String>,
}

/// A guest's identity for one call to one queue: answer of `POST /api/call/<queue>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorProfile {
    /// Credentials that end after ten minutes; a call goes on longer.
    pub desk: DeskProfile,
    /// What to dial.
    pub queue: String,
    /// Name to show.
    pub label: String,
    /// For [`VisitorWish::place`]. Kept in the page's memory only; for the next load of the page it is in a cookie.
    pub place: Secret,
}
