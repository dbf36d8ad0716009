//! Rows of the access log about doors.

use super::engine::{Kind, Report};
use super::outcome::{Cause, Outcome, Verdict};
use crate::store::{LogEntry, LogRow};
use wire::{RelayRelease, Release};

/// Action of the rows of a release.
pub(super) const RELEASE: &str = "door_release";
/// Outcome of the row before the commands.
pub(super) const BEGUN: &str = "begun";

/// Whether this is the row before the commands.
pub(super) fn is_begun(row: &LogRow) -> bool {
    row.outcome == BEGUN
}

/// One word for the row as a whole: the outcome where all relays have the same one.
pub(super) fn outcome_word(report: &Report) -> &'static str {
    let mut outcomes = report.relays.iter().filter_map(|relay| relay.verdict.as_ref().map(|verdict| verdict.outcome));
    match outcomes.next() {
        Some(first) if outcomes.all(|other| other == first) => first.code(),
        Some(_) => "mixed",
        None => Outcome::RefusedByUs.code(),
    }
}

/// A row about a release. Who asked and what they wrote can be erased; codes never get here.
pub(super) fn row(action: &'static str, outcome: &'static str, report: &Report) -> LogEntry {
    let relays: Vec<String> = report
        .relays
        .iter()
        .map(|relay| match &relay.verdict {
            None => relay.relay.to_string(),
            Some(verdict) if verdict.cause == Cause::None => format!("{}={}", relay.relay, verdict.outcome.code()),
            Some(Verdict { outcome, cause: Cause::Status(status) }) => format!("{}={}:status_{status}", relay.relay, outcome.code()),
            Some(verdict) => format!("{}={}:{}", relay.relay, verdict.outcome.code(), verdict.cause.code()),
        })
        .collect();
    let mut entry = LogEntry::new(Some(report.tenant.clone()), action, outcome)
        .detail("release", &report.id)
        .detail("site", &report.site)
        .detail("door", &report.entrance)
        .detail("kind", report.kind.code())
        .detail("relays", relays.join(" "))
        .detail("asked", report.asked_at.to_string())
        .personal("person", report.person.to_string())
        .personal("name", &report.name);
    if let Some(call) = &report.call {
        entry = entry.detail("call", call);
    }
    if !report.reason.is_empty() {
        entry = entry.personal("reason", &report.reason);
    }
    entry
}

/// A release as its row tells it. Who opened a busy relay, and until when somebody is locked out, is in no row.
pub(super) fn read(row: &LogRow) -> Release {
    let relay = |text: &str| {
        let (number, verdict) = text.split_once('=').map_or((text, None), |(number, verdict)| (number, Some(verdict)));
        let (outcome, cause) = verdict.map(|verdict| verdict.split_once(':').unwrap_or((verdict, ""))).unzip();
        let outcome = outcome.and_then(|word| Outcome::ALL.into_iter().find(|outcome| outcome.code() == word));
        let cause = cause.map(|cause| if cause.starts_with("status_") { "status" } else { cause });
        Some(RelayRelease {
            relay: number.parse().ok()?,
            outcome: outcome.map(Into::into),
            cause: cause.filter(|cause| !cause.is_empty()).map(str::to_owned),
            opened_by: None,
            until: None,
        })
    };
    Release {
        id: row.detail("release").to_owned(),
        site: row.detail("site").to_owned(),
        entrance: row.detail("door").to_owned(),
        by: row.personal("name").to_owned(),
        test: row.detail("kind") == Kind::Test.code(),
        asked_at: row.detail("asked").parse().unwrap_or(row.at),
        done_at: (!is_begun(row)).then_some(row.at),
        relays: row.detail("relays").split_whitespace().filter_map(relay).collect(),
    }
}
