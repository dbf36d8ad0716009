//! What is asked of the engine, and everything that is checked before a release begins.

use super::guard::Source;
use super::release::{Attempt, RelayReport, Release, Report};
use super::{Action, Engine, MAX_RELEASES, ReleaseId};
use crate::doors::id::VALID_MS;
use crate::doors::model::{Code, Entrance, Site};
use crate::doors::outcome::{Cause, Outcome, Verdict};
use crate::ids::{PersonId, TenantId};
use crate::rights::{Act, Reach, reach};
use wire::{Role, Secret, UnixMs};

/// Longest reason that is kept, in characters.
pub const MAX_REASON: usize = 200;
/// Longest id, door or call of a request that is kept, in characters: a refused request is written down too.
const MAX_WORD: usize = 64;
/// Relays of one request at most.
pub const MAX_RELAYS: usize = 8;

/// What a release is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody wants in.
    Open,
    /// An administrator tries one relay.
    Test,
}

impl Kind {
    /// The fixed word in rows.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Test => "test",
        }
    }
}

/// Who asks, as the session and the directory know them at this moment.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Their tenant.
    pub tenant: TenantId,
    /// Who it is.
    pub person: PersonId,
    /// Their name, for others who find the door being opened.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Sites that they may do it at.
    pub sites: Vec<String>,
    /// When their session ends.
    pub session_ends: UnixMs,
}

impl Principal {
    /// Whether they may do this at a site, at this moment.
    pub(super) fn may(&self, now: UnixMs, site: &Site, kind: Kind) -> Result<(), Cause> {
        if now >= self.session_ends {
            return Err(Cause::SessionEnded);
        }
        let act = match kind {
            Kind::Open => Act::DoorOpen,
            Kind::Test => Act::DoorTest,
        };
        let role = reach(&self.roles, act) >= Reach::Sites;
        let here = self.tenant == site.tenant && self.sites.contains(&site.id);
        if role && here { Ok(()) } else { Err(Cause::NoRight) }
    }
}

/// A wish to open a door.
#[derive(Debug, Clone)]
pub struct Request {
    /// The id that the desk made: see [`ReleaseId`].
    pub id: String,
    /// Which door.
    pub entrance: String,
    /// Which relays, at most one of each.
    pub relays: Vec<u8>,
    /// The code that was typed, where a relay wants one.
    pub code: Option<Secret>,
    /// The call that it belongs to.
    pub call: Option<String>,
    /// What the person writes down.
    pub reason: String,
    /// What for.
    pub kind: Kind,
}

/// What a request led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It begins; reports follow by [`Action::Tell`].
    Begun(ReleaseId),
    /// The id was used before, by the same person: this is what became of it, or how far it is.
    Known(Report),
    /// Nothing is sent.
    Refused(Report),
}

impl Engine {
    /// Somebody wants a door opened.
    pub fn request(&mut self, now: UnixMs, who: &Principal, request: Request) -> Answer {
        self.handle_timeout(now);
        let mut report = Report {
            id: plain(&request.id, MAX_WORD),
            tenant: who.tenant.clone(),
            site: String::new(),
            entrance: plain(&request.entrance, MAX_WORD),
            person: who.person.clone(),
            name: who.name.clone(),
            kind: request.kind,
            call: request.call.as_deref().map(|call| plain(call, MAX_WORD)),
            reason: plain(&request.reason, MAX_REASON),
            asked_at: now,
            done_at: None,
            relays: request.relays.iter().take(MAX_RELAYS).map(|relay| RelayReport { relay: *relay, verdict: None }).collect(),
        };
        let id = match ReleaseId::parse(&request.id) {
            Some(id) => id,
            None => return self.refused(now, report, &Cause::MalformedId),
        };
        report.id = id.to_string();
        if let Some(known) = self.releases.get(&id) {
            let same = known.report.tenant == who.tenant && known.report.person == who.person;
            return if same { Answer::Known(known.report.clone()) } else { self.refused(now, report, &Cause::NotYours) };
        }
        match self.admit(now, who, &request, id, &mut report) {
            Ok(attempts) => self.begin(now, id, report, attempts),
            Err(cause) => self.refused(now, report, &cause),
        }
    }

    /// Everything that must hold before the row is written.
    fn admit(&self, now: UnixMs, who: &Principal, request: &Request, id: ReleaseId, report: &mut Report) -> Result<Vec<Attempt>, Cause> {
        id.check(now)?;
        if id.made_at() < self.started {
            return Err(Cause::Expired);
        }
        let Some((site, entrance)) = self.premises.entrance(&who.tenant, &request.entrance) else { return Err(Cause::NoSuchDoor) };
        report.site.clone_from(&site.id);
        who.may(now, site, request.kind)?;
        if self.releases.len() >= MAX_RELEASES {
            return Err(Cause::TooManyReleases);
        }
        attempts(entrance, request)
    }

    fn begin(&mut self, now: UnixMs, id: ReleaseId, mut report: Report, attempts: Vec<Attempt>) -> Answer {
        let mut admitted = Vec::new();
        for attempt in attempts {
            let key = (report.tenant.clone(), report.entrance.clone(), attempt.relay);
            let other = self.under_way.get(&key).and_then(|other| self.releases.get(other)).map(|other| &other.report.name);
            let active = self.active.get(&key).map(|active| &active.by);
            let refusal = match (other.or(active), attempt.source) {
                (Some(by), _) => Some(Verdict::because(Outcome::Busy, Cause::BeingOpened { by: by.clone() })),
                (None, None) => None,
                (None, Some(source)) => {
                    let full = self.guard.begin(now, &report.tenant, &report.person, &report.entrance, source);
                    full.err().map(|until| Verdict::refused(Cause::TooManyWrongCodes { until }))
                }
            };
            match refusal {
                None => {
                    self.under_way.insert(key, id);
                    admitted.push(attempt);
                }
                Some(verdict) => {
                    if let Some(relay) = report.relays.iter_mut().find(|relay| relay.relay == attempt.relay) {
                        relay.verdict = Some(verdict);
                    }
                }
            }
        }
        // A release of which nothing remains to be sent is over. It is not remembered: asking again harms nobody, filling the memory would.
        if admitted.is_empty() {
            report.done_at = Some(now);
            self.actions.push_back(Action::WriteOutcome(report.clone()));
            return Answer::Refused(report);
        }
        let release = Release::new(report.clone(), admitted, now + VALID_MS);
        self.releases.insert(id, release);
        self.actions.push_back(Action::WriteRow(report.clone()));
        self.actions.push_back(Action::Tell(report));
        Answer::Begun(id)
    }

    fn refused(&mut self, now: UnixMs, mut report: Report, cause: &Cause) -> Answer {
        report.done_at = Some(now);
        for relay in &mut report.relays {
            relay.verdict = Some(Verdict::refused(cause.clone()));
        }
        if report.relays.is_empty() {
            report.relays.push(RelayReport { relay: 0, verdict: Some(Verdict::refused(cause.clone())) });
        }
        self.actions.push_back(Action::WriteOutcome(report.clone()));
        Answer::Refused(report)
    }
}

/// The beginning of a text without control characters.
fn plain(text: &str, limit: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(limit).collect()
}

/// One attempt per relay, each with its code.
fn attempts(entrance: &Entrance, request: &Request) -> Result<Vec<Attempt>, Cause> {
    let mut attempts: Vec<Attempt> = Vec::new();
    if request.relays.len() > MAX_RELAYS {
        return Err(Cause::NoSuchRelay);
    }
    for number in &request.relays {
        let relay = entrance.station.relay(*number).ok_or(Cause::NoSuchRelay)?;
        if attempts.iter().any(|attempt| attempt.relay == *number) {
            return Err(Cause::NoSuchRelay);
        }
        let (code, source) = match &relay.code {
            Code::None => (None, None),
            Code::Stored(code) => (Some(code.clone()), Some(Source::Stored)),
            Code::Typed => {
                let typed = request.code.clone().filter(|code| !code.expose().is_empty()).ok_or(Cause::NoCode)?;
                (Some(typed), Some(Source::Typed))
            }
        };
        attempts.push(Attempt { relay: *number, code, source });
    }
    match (attempts.len(), request.kind) {
        (0, _) => Err(Cause::NoSuchRelay),
        // A test tries one relay at a time, so that its outcome is beyond doubt.
        (2.., Kind::Test) => Err(Cause::NoSuchRelay),
        (_, Kind::Open | Kind::Test) => Ok(attempts),
    }
}
