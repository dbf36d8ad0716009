//! Past calls: the switchboard's rows, joined with what this page saw itself.

use wire::{Direction, HistoryPage, HistoryRow, Outcome, Peer};

use crate::desk::Desk;
use crate::desk::call::Call;
use crate::desk::effect::Effect;
use crate::desk::event::Failure;
use crate::desk::view::call::EndCause;

/// Rows of our own that are kept.
const OWN_LIMIT: usize = 200;

impl Desk {
    pub(super) fn open_history(&mut self) {
        self.state.history.open = true;
        self.refresh_history();
    }

    pub(super) fn more_history(&mut self) {
        let before = self.state.history.next.clone();
        if before.is_some() {
            self.load_history(before);
        }
    }

    /// Fetches the newest rows again, if anybody has looked at them.
    pub(super) fn refresh_history(&mut self) {
        if self.state.history.open {
            self.load_history(None);
        }
    }

    pub(super) fn history_loaded(&mut self, before: Option<&str>, page: Result<HistoryPage, Failure>) {
        let history = &mut self.state.history;
        history.loading = false;
        match page {
            Ok(page) => {
                // A cursor that was in use goes on from where it was, except at the first load.
                if before.is_some() || !history.loaded {
                    history.next = page.next;
                }
                (history.loaded, history.failed) = (true, false);
                for row in page.rows {
                    self.history_row(row);
                }
            }
            Err(failure) => {
                history.failed = true;
                if failure.signed_out() {
                    self.expire();
                }
            }
        }
    }

    /// A row of the switchboard, new or known.
    pub(super) fn history_row(&mut self, row: HistoryRow) {
        let rows = &mut self.state.history.rows;
        match rows.iter_mut().find(|known| known.contact == row.contact && known.direction == row.direction) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.started_at));
    }

    /// A call of this page is over.
    pub(super) fn note_own(&mut self, call: &Call, cause: EndCause) {
        let unix = self.state.unix;
        let own = &mut self.state.history.own;
        own.insert(0, row_of(call, cause, unix));
        own.truncate(OWN_LIMIT);
    }

    fn load_history(&mut self, before: Option<String>) {
        if !std::mem::replace(&mut self.state.history.loading, true) {
            self.effect(Effect::LoadHistory { before });
        }
    }
}

fn row_of(call: &Call, cause: EndCause, ended_at: i64) -> HistoryRow {
    let outcome = match cause {
        // Answered here too, and too late.
        EndCause::AnsweredElsewhere => Outcome::AnsweredElsewhere,
        _ if call.answered_at.is_some() => Outcome::Answered,
        EndCause::Cancelled | EndCause::Missed | EndCause::NoAnswer => Outcome::Missed,
        EndCause::Refused | EndCause::Declined => Outcome::Declined,
        EndCause::Busy => Outcome::Busy,
        EndCause::Unavailable | EndCause::NotFound | EndCause::QueueClosed | EndCause::QueueFull => Outcome::Unreachable,
        EndCause::HungUp
        | EndCause::HungUpByThem
        | EndCause::Gone
        | EndCause::Transferred
        | EndCause::Forbidden
        | EndCause::Incompatible
        | EndCause::MediaFailed
        | EndCause::LinkLost
        | EndCause::ServerFailure(_)
        | EndCause::Failed(_) => Outcome::Failed,
    };
    HistoryRow {
        contact: call.session_id.clone(),
        direction: if call.outgoing { Direction::Outgoing } else { Direction::Incoming },
        peer: Peer { address: call.address.clone(), display_name: Some(call.who.name.clone()) },
        started_at: call.began_unix,
        answered_at: call.answered_unix,
        ended_at: Some(ended_at),
        talk_ms: call.answered_unix.map(|at| ended_at - at),
        outcome,
        queue: None,
    }
}
