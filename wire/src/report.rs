//! Reports over the history: `GET /api/reports/<kind>`, and the calls behind their figures: `GET /api/reports/calls`.

use crate::{Peer, UnixMs};
use serde::{Deserialize, Serialize};

/// What the rows of a report are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// One queue each.
    Queues,
    /// One site each: its queues together.
    Sites,
    /// One agent each.
    Agents,
    /// One reason of a pause each.
    Reasons,
    /// What calls of one queue were about.
    Dispositions,
    /// A kind of a later version.
    #[serde(other)]
    Unknown,
}

/// How long a time each row covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// A quarter of an hour.
    Quarter,
    /// An hour.
    Hour,
    /// A day where the site is.
    Day,
    /// A week from Monday.
    Week,
    /// All days together.
    Total,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What its rows are about.
    pub kind: ReportKind,
    /// First day, as `2026-11-28`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// What each row covers.
    pub granularity: Granularity,
    /// IANA time zone in which quarters and hours belong to the days asked for.
    pub zone: String,
    /// How far clocks there are from UTC: at the beginning, and after each change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offsets: Vec<ZoneOffset>,
    /// When it was made; states that last are counted until then.
    pub now: UnixMs,
    /// In order of time, then of name.
    pub rows: Vec<ReportRow>,
    /// All rows together.
    pub total: ReportFigures,
}

/// How far clocks are from UTC from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneOffset {
    /// From when on.
    pub from: UnixMs,
    /// Milliseconds that a clock shows more than UTC.
    pub ms: i64,
}

/// What happened to one subject in one span of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// When the quarter or the hour began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UnixMs>,
    /// The day, or the Monday of the week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Name of the queue, site, agent, reason or disposition. Empty for a pause or a call without one.
    pub name: String,
    /// Its name to show; that of before where it is gone.
    pub label: String,
    /// With dispositions, the queue.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub queue: String,
    /// The figures.
    #[serde(flatten)]
    pub figures: ReportFigures,
}

/// Sums, as `docs/reports.md` defines them. What does not belong to a kind of report is 0 there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReportFigures {
    /// Calls that were answered.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub answered: i64,
    /// Calls answered and doors opened within the queue's target.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub in_time: i64,
    /// Doors that rang in a queue and were opened without an answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub opened: i64,
    /// Callers who gave up, not at once as the queue has it, or whom nobody took.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost: i64,
    /// Callers who gave up sooner.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub short: i64,
    /// Callers who were turned away, because the queue was closed at that hour.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub found_closed: i64,
    /// Callers who were turned away, because as many waited as may.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub found_full: i64,
    /// Callers whom the queue passed on to another one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub overflowed: i64,
    /// Answered calls that somebody else had handed on.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub handed_on: i64,
    /// Rings that were not answered.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missed: i64,
    /// Waits of the answered, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waited_ms: i64,
    /// Conversations that have ended, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub talk_ms: i64,
    /// Work after calls of queues that has ended, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub work_ms: i64,
    /// Pauses that began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pauses: i64,
    /// Time paused, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub paused_ms: i64,
    /// Time in which calls could be had, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ready_ms: i64,
    /// Time in which calls were wanted and not to be had: the page silent, or a ring just missed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unready_ms: i64,
    /// Time in which a phone rang.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ringing_ms: i64,
    /// Time in calls of every kind, own ones too.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub on_call_ms: i64,
    /// Time in the state of wrap-up.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wrap_up_ms: i64,
}

impl ReportFigures {
    /// Callers of whom one can say whether it was in time: answered, let in or lost.
    #[must_use]
    pub fn ended(&self) -> i64 {
        self.answered + self.opened + self.lost
    }
}

/// How a call was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// As answered.
    Answered,
    /// As a door that was opened without an answer.
    Opened,
    /// As handed on by somebody else.
    HandedOn,
    /// As lost.
    Lost,
    /// As given up at once, as the queue has it.
    Short,
    /// As turned away by a closed queue.
    FoundClosed,
    /// As turned away by a full queue.
    FoundFull,
    /// As passed on to another queue.
    Overflowed,
    /// As a ring that an agent missed.
    Missed,
    /// In a way of a later version.
    #[serde(other)]
    Unknown,
}

/// A page of the calls behind a figure, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportCalls {
    /// The rows.
    pub rows: Vec<ReportCall>,
    /// Pass as `after` to get the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One call as it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportCall {
    /// The contact, which can have more than one row: a call handed on, a ring missed before.
    pub contact: String,
    /// When it was answered, lost or missed.
    pub at: UnixMs,
    /// As what.
    pub counted: Counted,
    /// Answered or opened within the target.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_time: bool,
    /// Name of the queue; empty for a call of none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub queue: String,
    /// User name of the agent; empty where nobody answered.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub agent: String,
    /// Id of the site.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub site: String,
    /// Who called.
    pub caller: Peer,
    /// The wait for it, in milliseconds; 0 without a queue.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waited_ms: i64,
    /// The conversation, in milliseconds; absent while it lasts and where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_ms: Option<i64>,
    /// The work afterwards; absent before it is done and where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_ms: Option<i64>,
    /// What it was about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub disposition: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}
