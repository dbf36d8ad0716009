//! The release engine. Pure: no clock, socket or SQL; time and ids are arguments, and it asks for everything it wants done.
//!
//! ```text
//! request ──► refused (a row, nothing else)
//!    │
//!    ▼ WriteRow
//! Logging ──row_failed, too late, right gone──► Done: refused by us
//!    │ row_written
//!    ▼ Send, one per relay
//! Sent ──reply──► that relay has its outcome ──last one──► Done
//!    └──no reply in time──► no reply (it may have opened) ──► Done: WriteOutcome
//! ```
//!
//! After every input, drain [`Engine::poll`]. What it never does: send before the row is written; send twice for one id; have two
//! commands under way to one relay; call a relay opened that the station did not call opened.

mod guard;
mod release;
mod request;
#[cfg(test)]
mod tests;

pub use guard::{CodeGuard, DOOR_WINDOW_MS, LockOut, PERSON_WINDOW_MS, Source, WRONG_PER_DOOR, WRONG_PER_PERSON};
pub use release::{RelayReport, Report};
pub use request::{Answer, Kind, MAX_REASON, MAX_RELAYS, Principal, Request};

use super::id::ReleaseId;
use super::model::Premises;
use super::outcome::{Cause, Outcome, Verdict};
use crate::ids::{PersonId, TenantId};
use release::{Phase, Release};
use std::collections::{BTreeMap, VecDeque};
use wire::{Secret, UnixMs};

/// How long a station has to answer. Less than the time that people wait before they press again.
pub const REPLY_MS: i64 = 4_500;
/// How long the outcome of an id is remembered for whoever asks again.
pub const KEEP_MS: i64 = 10 * 60 * 1_000;
/// Releases that are remembered at once. More are refused: no honest site comes near.
pub const MAX_RELEASES: usize = 10_000;

/// What the engine wants done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write that this release is about to be sent. Answer with [`Engine::row_written`] or [`Engine::row_failed`].
    WriteRow(Report),
    /// Command one relay. Answer with [`Engine::reply`].
    Send {
        /// For which release.
        release: ReleaseId,
        /// Whose door.
        tenant: TenantId,
        /// Which door.
        entrance: String,
        /// Which relay.
        relay: u8,
        /// The code that goes with it.
        code: Option<Secret>,
        /// After this moment an answer changes nothing.
        until: UnixMs,
    },
    /// Write what became of a release, or that it was refused.
    WriteOutcome(Report),
    /// Tell whoever watches the door: on each change of a release.
    Tell(Report),
    /// A station answered after its time. The outcome stays what was told; this is for the log.
    LateReply {
        /// The release as it was told.
        report: Report,
        /// Which relay.
        relay: u8,
        /// What the station said.
        verdict: Verdict,
    },
    /// Somebody or some door is locked out by wrong codes: the supervisor has to know.
    Alarm {
        /// Whose door.
        tenant: TenantId,
        /// Which site.
        site: String,
        /// Which door.
        entrance: String,
        /// What is locked out.
        locked: LockOut,
    },
}

/// A relay that was opened is busy until its pulse is over.
#[derive(Debug)]
struct Active {
    until: UnixMs,
    by: String,
}

type RelayKey = (TenantId, String, u8);

/// Decides about releases.
#[derive(Debug)]
pub struct Engine {
    premises: Premises,
    /// Ids from before this moment may have been used before a restart, which nobody remembers.
    started: UnixMs,
    releases: BTreeMap<ReleaseId, Release>,
    /// The release that a relay is busy with.
    under_way: BTreeMap<RelayKey, ReleaseId>,
    active: BTreeMap<RelayKey, Active>,
    guard: CodeGuard,
    actions: VecDeque<Action>,
}

impl Engine {
    /// An engine that knows of no release.
    #[must_use]
    pub fn new(premises: Premises, started: UnixMs) -> Self {
        Self {
            premises,
            started,
            releases: BTreeMap::new(),
            under_way: BTreeMap::new(),
            active: BTreeMap::new(),
            guard: CodeGuard::default(),
            actions: VecDeque::new(),
        }
    }

    /// The doors that it knows.
    #[must_use]
    pub fn premises(&self) -> &Premises {
        &self.premises
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Engine::handle_timeout`] has something to do next.
    #[must_use]
    pub fn deadline(&self) -> Option<UnixMs> {
        self.releases.values().filter_map(Release::deadline).min()
    }

    /// What became of an id, for the person who used it.
    #[must_use]
    pub fn report(&self, id: ReleaseId, tenant: &TenantId, person: &PersonId) -> Option<Report> {
        let release = self.releases.get(&id)?;
        (release.report.tenant == *tenant && release.report.person == *person).then(|| release.report.clone())
    }

    /// What is remembered of an id, whoever used it.
    #[must_use]
    pub fn known(&self, id: ReleaseId) -> Option<&Report> {
        self.releases.get(&id).map(|release| &release.report)
    }

    /// The row of a release is on the disk. `who` is the person as the directory and the sessions know them at this very moment,
    /// `None` if they are gone: a right that was taken away in between counts.
    pub fn row_written(&mut self, now: UnixMs, id: ReleaseId, who: Option<&Principal>) {
        let Some(release) = self.releases.get(&id) else { return };
        if !matches!(release.phase, Phase::Logging { .. }) {
            return;
        }
        let report = &release.report;
        let again = match (self.premises.entrance(&report.tenant, &report.entrance), who) {
            (None, _) => Err(Cause::NoSuchDoor),
            (Some(_), None) => Err(Cause::SessionEnded),
            (Some((site, _)), Some(who)) if who.person == report.person && who.tenant == report.tenant => who.may(now, site, report.kind),
            (Some(_), Some(_)) => Err(Cause::NotYours),
        };
        if let Err(cause) = again.and_then(|()| id.check(now)) {
            return self.refuse_all(now, id, &cause);
        }
        let Some(release) = self.releases.get_mut(&id) else { return };
        let until = now + REPLY_MS;
        let codes = release.send(until);
        let (tenant, entrance) = (release.report.tenant.clone(), release.report.entrance.clone());
        for (relay, code) in codes {
            let (tenant, entrance) = (tenant.clone(), entrance.clone());
            self.actions.push_back(Action::Send { release: id, tenant, entrance, relay, code, until });
        }
    }

    /// The row of a release could not be written: nothing is sent.
    pub fn row_failed(&mut self, now: UnixMs, id: ReleaseId) {
        if self.releases.get(&id).is_some_and(|release| matches!(release.phase, Phase::Logging { .. })) {
            self.refuse_all(now, id, &Cause::NotLogged);
        }
    }

    /// What a station, or our way to it, said about one relay.
    pub fn reply(&mut self, now: UnixMs, id: ReleaseId, relay: u8, verdict: Verdict) {
        // The answer's own time counts, not the moment at which somebody looks at the clock.
        self.handle_timeout(now);
        let Some(release) = self.releases.get(&id) else { return };
        match (&release.phase, release.is_pending(relay)) {
            (Phase::Sent { .. }, true) => self.settle(now, id, relay, verdict),
            (Phase::Sent { .. } | Phase::Done { .. }, false) if release.timed_out(relay) => {
                let report = release.report.clone();
                self.actions.push_back(Action::LateReply { report, relay, verdict });
            }
            // Said twice, said about a relay that was not asked, or said before anything was sent.
            (Phase::Sent { .. } | Phase::Done { .. } | Phase::Logging { .. }, _) => {}
        }
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: UnixMs) {
        let due: Vec<ReleaseId> =
            self.releases.iter().filter(|(_, r)| r.deadline().is_some_and(|at| at <= now)).map(|(id, _)| *id).collect();
        for id in due {
            let Some(release) = self.releases.get(&id) else { continue };
            match release.phase {
                Phase::Logging { .. } => self.refuse_all(now, id, &Cause::NotLogged),
                Phase::Sent { .. } => {
                    for relay in release.pending() {
                        self.settle(now, id, relay, Verdict::because(Outcome::NoReply, Cause::TimedOut));
                    }
                }
                Phase::Done { .. } => {
                    self.releases.remove(&id);
                }
            }
        }
        self.active.retain(|_, active| active.until > now);
        self.guard.sweep(now);
    }

    /// Ends a release of which nothing was sent.
    fn refuse_all(&mut self, now: UnixMs, id: ReleaseId, cause: &Cause) {
        let pending = self.releases.get(&id).map(Release::pending).unwrap_or_default();
        for relay in pending {
            self.settle(now, id, relay, Verdict::refused(cause.clone()));
        }
    }

    /// Gives one relay its outcome. The last one ends the release.
    fn settle(&mut self, now: UnixMs, id: ReleaseId, relay: u8, verdict: Verdict) {
        let Some(release) = self.releases.get_mut(&id) else { return };
        let attempt = release.settle(relay, verdict.clone());
        let report = release.report.clone();
        let key = (report.tenant.clone(), report.entrance.clone(), relay);
        self.under_way.remove(&key);
        if verdict.outcome == Outcome::Opened {
            let pulse = self.premises.entrance(&report.tenant, &report.entrance).and_then(|(_, e)| e.station.relay(relay));
            let until = now + pulse.map_or(0, |relay| i64::from(relay.pulse_ms));
            self.active.insert(key, Active { until, by: report.name.clone() });
        }
        if let Some(source) = attempt {
            let wrong = is_wrong(source, verdict.outcome);
            let locked = self.guard.end(now, &report.tenant, &report.person, &report.entrance, source, wrong);
            for locked in locked {
                let (tenant, site, entrance) = (report.tenant.clone(), report.site.clone(), report.entrance.clone());
                self.actions.push_back(Action::Alarm { tenant, site, entrance, locked });
            }
        }
        if let Some(release) = self.releases.get_mut(&id)
            && release.pending().is_empty()
        {
            let report = release.finish(now);
            self.actions.push_back(Action::WriteOutcome(report.clone()));
            self.actions.push_back(Action::Tell(report));
        } else {
            self.actions.push_back(Action::Tell(report));
        }
    }
}

/// Whether an attempt was a guess that failed. A typed code that got no confirmation was tried all the same.
const fn is_wrong(source: Source, outcome: Outcome) -> bool {
    match (source, outcome) {
        (_, Outcome::BadCodeOrNotRemote) => true,
        (Source::Typed, Outcome::NoReply | Outcome::SentNotConfirmed) => true,
        (Source::Stored, Outcome::NoReply | Outcome::SentNotConfirmed)
        | (
            _,
            Outcome::Opened
            | Outcome::NotUnderstood
            | Outcome::OutsideSchedule
            | Outcome::Locked
            | Outcome::Busy
            | Outcome::StationRefusedLogin
            | Outcome::RefusedByUs,
        ) => false,
    }
}
