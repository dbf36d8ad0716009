//! One contact from its first event to its last: `GET /api/calls/<contact>`. With `known=<events>` the answer waits until there are more, or
//! for a while.

use crate::{CallQuality, Measured, ReleaseOutcome, SuperviseMode, UnixMs};
use serde::{Deserialize, Serialize};

/// All that is known of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTimeline {
    /// Session identifier of the contact.
    pub contact: String,
    /// The server's clock.
    pub now: UnixMs,
    /// Milliseconds that clocks at the reader's first site show more than UTC.
    pub clock_ms: i64,
    /// Nothing more is to come but the work of agents afterwards.
    pub over: bool,
    /// Who had to do with it, in the order in which they came.
    pub lanes: Vec<TimelineLane>,
    /// What happened, the oldest first.
    pub events: Vec<TimelineEvent>,
    /// There were more events than are told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// How it sounded, by whoever measured it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sounds: Vec<TimelineSound>,
}

/// One of those who had to do with a contact, and what they did when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineLane {
    /// Name to show.
    pub name: String,
    /// As what they took part.
    pub part: TimelinePart,
    /// What they did, in order of time. Times may overlap: a hold lies within a conversation.
    pub spans: Vec<TimelineSpan>,
}

/// As what somebody took part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelinePart {
    /// They called.
    Caller,
    /// A queue.
    Queue,
    /// They were called, or got the call from somebody.
    Agent,
    /// They were in charge, and listened or spoke.
    Supervisor,
    /// A part of a later version.
    #[serde(other)]
    Unknown,
}

/// What somebody did for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineSpan {
    /// What.
    pub what: TimelineState,
    /// From when on.
    pub from: UnixMs,
    /// Until when; absent while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMs>,
}

/// What somebody does in a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineState {
    /// Waits, or a queue has somebody wait.
    Waits,
    /// A phone rings.
    Rings,
    /// Talks.
    Talks,
    /// Holds the other side.
    Holds,
    /// Has lost the connection.
    Away,
    /// Takes part without being heard, or heard by one side or by both.
    TakesPart,
    /// Finishes the call.
    WrapsUp,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEvent {
    /// When.
    pub at: UnixMs,
    /// What.
    pub what: TimelineKind,
    /// Whom or what it is about: name to show of a person or of a queue.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// Who did it, where it was somebody else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// A word for the cause: `no-answer`, `hung-up`, …
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// What else there is to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<TimelineDetail>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    /// Somebody called a person, or several.
    Called,
    /// A queue took the caller in.
    Queued,
    /// The caller goes on to another queue.
    Moved,
    /// Another priority.
    Prioritised,
    /// Somebody is rung.
    Offered,
    /// Their phone rings.
    Rings,
    /// They did not answer.
    Missed,
    /// They declined.
    Declined,
    /// They could not be rung.
    NotReached,
    /// They answered.
    Answered,
    /// They hold the other side.
    Held,
    /// They do no longer.
    Resumed,
    /// They left the call to somebody else.
    Transferred,
    /// They have it instead of somebody else.
    TakenOver,
    /// Somebody in charge takes part.
    Supervised,
    /// They do no longer.
    SupervisionEnded,
    /// It sounds otherwise.
    Quality,
    /// They have lost the connection.
    Away,
    /// They are back.
    Back,
    /// A door was opened, or should have been.
    Door,
    /// The caller gave up.
    GivenUp,
    /// Nobody could be had.
    NotAnswered,
    /// It is over.
    Ended,
    /// The work afterwards is done.
    WrappedUp,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// What else there is to tell of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimelineDetail {
    /// Another priority.
    Priority {
        /// From then on.
        priority: u8,
    },
    /// Somebody takes part.
    Mode {
        /// Who hears them.
        mode: SuperviseMode,
    },
    /// How it sounded.
    Sound {
        /// The figures.
        measured: Measured,
        /// Their class.
        quality: CallQuality,
    },
    /// What became of a door.
    Door {
        /// That of its relays which went worst.
        outcome: ReleaseOutcome,
    },
    /// The work afterwards.
    Work {
        /// How long it took, in milliseconds.
        ms: i64,
        /// What the call was about.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        about: String,
        /// Words of the agent.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// How a call sounded for one of its sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineSound {
    /// Name to show.
    pub who: String,
    /// The worst class.
    pub worst: CallQuality,
    /// The last one.
    pub last: CallQuality,
}
