//! One release: its phase and what is known about each of its relays.

use super::KEEP_MS;
use super::guard::Source;
use super::request::Kind;
use crate::doors::outcome::{Cause, Outcome, Verdict};
use crate::ids::{PersonId, TenantId};
use wire::{Secret, UnixMs};

/// What is known about a release: for rows, feeds and whoever asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The id as it was given, which may be none.
    pub id: String,
    /// Whose door.
    pub tenant: TenantId,
    /// Which site; empty where the door is unknown.
    pub site: String,
    /// Which door, as it was asked for.
    pub entrance: String,
    /// Who asked.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// What for.
    pub kind: Kind,
    /// The call that it belongs to: the caller's half of its session identifier.
    pub call: Option<String>,
    /// What the person wrote down.
    pub reason: String,
    /// When it was asked for, by the server's clock.
    pub asked_at: UnixMs,
    /// When the last relay had its outcome.
    pub done_at: Option<UnixMs>,
    /// The relays in the order they were asked for.
    pub relays: Vec<RelayReport>,
}

/// One relay of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayReport {
    /// Its number.
    pub relay: u8,
    /// What became of it; `None` while that is open.
    pub verdict: Option<Verdict>,
}

/// Where a release stands.
#[derive(Debug)]
pub(super) enum Phase {
    /// Its row is being written.
    Logging {
        /// When that has taken too long.
        until: UnixMs,
    },
    /// The commands are out.
    Sent {
        /// When missing answers are "no reply".
        until: UnixMs,
    },
    /// Every relay has its outcome.
    Done {
        /// When it is forgotten.
        forget: UnixMs,
    },
}

/// A relay that waits for its outcome.
#[derive(Debug)]
pub(super) struct Attempt {
    pub relay: u8,
    pub code: Option<Secret>,
    /// Where the code came from; `None` without one.
    pub source: Option<Source>,
}

#[derive(Debug)]
pub(super) struct Release {
    pub report: Report,
    pub phase: Phase,
    attempts: Vec<Attempt>,
}

impl Release {
    pub fn new(report: Report, attempts: Vec<Attempt>, until: UnixMs) -> Self {
        Self { report, phase: Phase::Logging { until }, attempts }
    }

    pub fn deadline(&self) -> Option<UnixMs> {
        match self.phase {
            Phase::Logging { until } | Phase::Sent { until } => Some(until),
            Phase::Done { forget } => Some(forget),
        }
    }

    /// Relays without an outcome.
    pub fn pending(&self) -> Vec<u8> {
        self.attempts.iter().map(|attempt| attempt.relay).collect()
    }

    pub fn is_pending(&self, relay: u8) -> bool {
        self.attempts.iter().any(|attempt| attempt.relay == relay)
    }

    pub fn timed_out(&self, relay: u8) -> bool {
        let timed_out = Verdict::because(Outcome::NoReply, Cause::TimedOut);
        self.report.relays.iter().any(|r| r.relay == relay && r.verdict.as_ref() == Some(&timed_out))
    }

    /// The commands go out. Each code leaves the engine once.
    pub fn send(&mut self, until: UnixMs) -> Vec<(u8, Option<Secret>)> {
        self.phase = Phase::Sent { until };
        self.attempts.iter_mut().map(|attempt| (attempt.relay, attempt.code.take())).collect()
    }

    /// Notes an outcome and says whether a code was tried with it.
    pub fn settle(&mut self, relay: u8, verdict: Verdict) -> Option<Source> {
        let at = self.attempts.iter().position(|attempt| attempt.relay == relay)?;
        let attempt = self.attempts.remove(at);
        if let Some(report) = self.report.relays.iter_mut().find(|report| report.relay == relay) {
            report.verdict = Some(verdict);
        }
        attempt.source
    }

    pub fn finish(&mut self, now: UnixMs) -> Report {
        self.phase = Phase::Done { forget: now + KEEP_MS };
        self.report.done_at = Some(now);
        self.report.clone()
    }
}
