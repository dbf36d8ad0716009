//! Past calls.

use super::call::Who;
use crate::desk::Desk;
use crate::desk::call::{guest_name, presentable};

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
    /// The queue that it came through.
    pub queue: Option<String>,
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
    /// Rang here, another desk or person answered.
    AnsweredElsewhere,
    /// A door that rang here was opened, and nobody answered.
    Opened,
    /// It could not be connected.
    Failed,
}

/// Two reports of one call begin within this time of each other.
const SAME_CALL_MS: i64 = 5_000;

impl Desk {
    /// Past calls: the switchboard's, and those that only this page saw.
    #[must_use]
    pub fn history_view(&self) -> HistoryView {
        let history = &self.state.history;
        let known = |own: &wire::HistoryRow| history.rows.iter().any(|row| same_call(row, own));
        let oldest = history.rows.last().filter(|_| history.next.is_some()).map_or(i64::MIN, |row| row.started_at);
        // Own calls before the last row shown come when older rows are fetched.
        let own = history.own.iter().filter(|row| row.started_at >= oldest && !known(row));
        let mut rows: Vec<&wire::HistoryRow> = history.rows.iter().chain(own).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.started_at));
        let names = &self.state.feed.people;
        HistoryView {
            rows: rows.into_iter().map(|row| history_row(row, names, self.door_of(&row.peer.address).is_some())).collect(),
            loading: history.loading,
            more: history.next.is_some(),
            failed: history.failed,
        }
    }
}

fn same_call(a: &wire::HistoryRow, b: &wire::HistoryRow) -> bool {
    let by_id = !a.contact.is_empty() && a.contact == b.contact;
    let by_time = a.peer.address == b.peer.address && (a.started_at - b.started_at).abs() < SAME_CALL_MS;
    a.direction == b.direction && (by_id || by_time)
}

/// Nobody calls a door, and its address says nothing to people.
fn history_row(row: &wire::HistoryRow, people: &[wire::Person], is_door: bool) -> HistoryRow {
    let direction = match row.direction {
        wire::Direction::Outgoing => Direction::Out,
        wire::Direction::Incoming | wire::Direction::Unknown => Direction::In,
    };
    let guest = guest_name(&row.peer.address);
    let address = guest.clone().unwrap_or_else(|| presentable(&row.peer.address));
    let known = people.iter().find(|person| person.user == row.peer.address);
    let name = known.map(|person| &person.display_name).or(row.peer.display_name.as_ref());
    let name = name.map(|name| presentable(name)).filter(|name| !name.is_empty()).unwrap_or_else(|| address.clone());
    HistoryRow {
        id: format!("{}/{direction:?}/{}", row.contact, row.started_at),
        direction,
        outcome: outcome(row.outcome, direction),
        who: Who { number: Some(address).filter(|address| *address != name && guest.is_none() && !is_door), name },
        started_at: row.started_at,
        talked_s: row.talk_ms.filter(|_| row.answered_at.is_some()).map(|ms| (ms.max(0) / 1000) as u32),
        call_back: Some(row.peer.address.clone()).filter(|address| !address.is_empty() && guest.is_none() && !is_door),
        queue: row.queue.as_ref().map(|queue| presentable(&queue.label)),
    }
}

fn outcome(outcome: wire::Outcome, direction: Direction) -> Outcome {
    match (outcome, direction) {
        (wire::Outcome::Ongoing, _) => Outcome::Running,
        (wire::Outcome::Answered, _) => Outcome::Answered,
        (wire::Outcome::Missed, Direction::In) => Outcome::Missed,
        (wire::Outcome::Missed, Direction::Out) => Outcome::NoAnswer,
        (wire::Outcome::Declined | wire::Outcome::Busy, _) => Outcome::Refused,
        (wire::Outcome::AnsweredElsewhere, _) => Outcome::AnsweredElsewhere,
        (wire::Outcome::Opened, _) => Outcome::Opened,
        (wire::Outcome::Unreachable | wire::Outcome::Failed | wire::Outcome::Unknown, _) => Outcome::Failed,
    }
}
