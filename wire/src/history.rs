//! One's own calls of the past: `GET /api/history?before=<cursor>&limit=<n>`.

use crate::{CallQueue, Direction, Peer, UnixMs};
use serde::{Deserialize, Serialize};

/// A page of history, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    /// The rows.
    pub rows: Vec<HistoryRow>,
    /// Pass as `before` to get the page after this one; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One call as its owner saw it, derived from the events of the contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// Session identifier (RFC 7989) that all legs and events of this contact share.
    pub contact: String,
    /// Who called whom.
    pub direction: Direction,
    /// The other side.
    pub peer: Peer,
    /// When it started to ring or was dialled.
    pub started_at: UnixMs,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<UnixMs>,
    /// When it ended; absent while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UnixMs>,
    /// Talking time in milliseconds: from the answer to the end, or until the answer of this request while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_ms: Option<i64>,
    /// How it went.
    pub outcome: Outcome,
    /// The queue that it came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<CallQueue>,
}

/// How a call went for the owner of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has not ended.
    Ongoing,
    /// There was a conversation.
    Answered,
    /// The caller gave up or nobody answered in time.
    Missed,
    /// The called side declined.
    Declined,
    /// The called side was busy.
    Busy,
    /// The called side has no reachable device, or does not exist.
    Unreachable,
    /// Another desk of the same person, or another person of the group, answered.
    AnsweredElsewhere,
    /// Nobody answered: the door at which the caller rang was opened.
    Opened,
    /// It failed for a technical reason.
    Failed,
    /// An outcome of a later version.
    #[serde(other)]
    Unknown,
}
