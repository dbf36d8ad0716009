//! Rows of the access log about doors.

use super::engine::Report;
use super::outcome::{Cause, Outcome, Verdict};
use crate::store::LogEntry;

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
