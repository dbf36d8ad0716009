//! Past calls.

use super::call::Who;

/// The history page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryView {
    /// Newest first.
    pub rows: Vec<HistoryRow>,
    /// A fetch runs.
    pub loading: bool,
    /// Older rows can be fetched.
    pub more: bool,
    /// The switchboard could not be asked; what is shown may be incomplete.
    pub failed: bool,
}

/// One past call.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryRow {
    /// Stable key.
    pub id: String,
    /// Who called whom.
    pub direction: Direction,
    /// How it went.
    pub outcome: Outcome,
    /// The other side.
    pub who: Who,
    /// When it began, Unix time in milliseconds (format with `Intl`).
    pub started_at: i64,
    /// Time in conversation.
    pub talked_s: Option<u32>,
    /// What to dial to call back.
    pub call_back: Option<String>,
}

/// Direction of a past call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// They called us.
    In,
    /// We called.
    Out,
}

/// How a past call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Still going on.
    Running,
    /// Conversation took place.
    Answered,
    /// Rang here, nobody answered.
    Missed,
    /// Rang there, nobody answered.
    NoAnswer,
    /// Refused or busy.
    Refused,
    /// The caller gave up.
    Cancelled,
    /// It could not be connected.
    Failed,
}
