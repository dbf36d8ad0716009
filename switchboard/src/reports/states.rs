//! How long agents were what: a state is counted when it ends, and split where it lasted over several quarters.

use super::{At, QUARTER_MS, Subject, Sums, day_of, quarter_of};
use crate::ids::TenantId;
use crate::queue::{Mode, State, Status};
use jiff::tz::TimeZone;
use wire::{ReportFigures, UnixMs};

/// What an agent does from some instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentState {
    /// Whose tenant.
    pub tenant: TenantId,
    /// User name.
    pub user: String,
    /// From when on.
    pub at: UnixMs,
    /// The state's word.
    pub state: String,
    /// Why: the reason of a pause.
    pub reason: String,
}

impl AgentState {
    /// The state of an agent of the queues.
    #[must_use]
    pub fn of(tenant: &str, user: &str, at: UnixMs, status: &Status) -> Self {
        let state = match status.state {
            State::Offline => "offline",
            State::Ready if status.unready.is_some() => "unready",
            State::Ready => "ready",
            State::Ringing => "ringing",
            State::OnCall => "on-call",
            State::WrapUp => "wrap-up",
            State::Paused => "paused",
        };
        let reason = match (&status.state, &status.mode) {
            (State::Paused, Mode::Paused { reason }) => reason.clone().unwrap_or_default(),
            (_, _) => String::new(),
        };
        Self { tenant: TenantId::new(tenant), user: user.to_owned(), at, state: state.to_owned(), reason }
    }

    /// That somebody is not there.
    #[must_use]
    pub fn offline(tenant: TenantId, user: String, at: UnixMs) -> Self {
        Self { tenant, user, at, state: "offline".to_owned(), reason: String::new() }
    }
}

/// A state that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lasting {
    /// What.
    pub state: AgentState,
    /// Id of the person's site at that time.
    pub site: String,
    /// Its time zone.
    pub zone: String,
}

impl Lasting {
    /// Counts that it began.
    pub fn begin(&self, sums: &mut Sums) {
        if self.state.state == "paused" {
            self.add(self.state.at, &ReportFigures { pauses: 1, ..ReportFigures::default() }, sums);
        }
    }

    fn add(&self, at: UnixMs, figures: &ReportFigures, sums: &mut Sums) {
        let state = &self.state;
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let place = At { tenant: &state.tenant, at, day: day_of(&zone, at), site: &self.site };
        place.add(sums, Subject::Agent, ["", &state.user, ""], figures);
        if state.state == "paused" {
            place.add(sums, Subject::Reason, ["", &state.user, &state.reason], figures);
        }
    }
}

/// Counts how long a state lasted until an instant, quarter by quarter. Nobody is asked how long they were not there.
pub fn last(lasting: &Lasting, until: UnixMs, sums: &mut Sums) {
    let mut at = lasting.state.at;
    while at < until && lasting.state.state != "offline" {
        let end = (quarter_of(at) + QUARTER_MS).min(until);
        let ms = end - at;
        let mut figures = ReportFigures::default();
        match lasting.state.state.as_str() {
            "ready" => figures.ready_ms = ms,
            "unready" => figures.unready_ms = ms,
            "ringing" => figures.ringing_ms = ms,
            "on-call" => figures.on_call_ms = ms,
            "wrap-up" => figures.wrap_up_ms = ms,
            "paused" => figures.paused_ms = ms,
            _ => {}
        }
        lasting.add(at, &figures, sums);
        at = end;
    }
}
