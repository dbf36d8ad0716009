//! The bars above a report: what happened in each span, whoever it happened to.

use std::collections::BTreeMap;

use wire::{Granularity, Report, ReportKind, ReportRow};

use super::civil::{DAY_MS, clock, day_of, instant};

/// One span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// Clock time at which it begins, in milliseconds since 1970.
    pub at: i64,
    /// Answered in time; without a target, answered.
    pub good: i64,
    /// Answered later.
    pub late: i64,
    /// Lost; of agents, missed.
    pub bad: i64,
    /// Service level in thousandths, where there is one.
    pub level: Option<i64>,
}

/// The spans of a report, those without anything among them, up to now. Nothing where there is nothing to draw.
pub(super) fn bars(report: &Report) -> Vec<Bar> {
    let of_queues = matches!(report.kind, ReportKind::Queues | ReportKind::Sites);
    let (Some(first), Some(last)) = (day_of(&report.from), day_of(&report.to)) else { return Vec::new() };
    if report.rows.is_empty() || report.kind == ReportKind::Reasons {
        return Vec::new();
    }
    // Week one of 1970 began on a Thursday; a report's weeks begin on Mondays.
    let monday = |day: i64| day - (day + 3).rem_euclid(7);
    let today = clock(&report.offsets, report.now).div_euclid(DAY_MS);
    let begins = |day: i64| instant(&report.offsets, day * DAY_MS);
    let (begin, end, size) = match report.granularity {
        Granularity::Quarter => (begins(first), begins(last + 1).min(report.now + 1), 900_000),
        Granularity::Hour => (begins(first), begins(last + 1).min(report.now + 1), 3_600_000),
        Granularity::Day => (first, last.min(today) + 1, 1),
        Granularity::Week => (monday(first), last.min(today) + 1, 7),
        Granularity::Total | Granularity::Unknown => return Vec::new(),
    };
    let mut spans: BTreeMap<i64, Bar> = BTreeMap::new();
    let mut at = begin;
    while at < end {
        spans.insert(at, Bar::default());
        at += size;
    }
    for row in &report.rows {
        let Some(at) = start(row) else { continue };
        let bar = spans.entry(at).or_default();
        let figures = &row.figures;
        let served = figures.answered + figures.opened;
        let good = if of_queues { figures.in_time } else { served };
        bar.good += good;
        bar.late += served - good;
        bar.bad += if of_queues { figures.lost } else { figures.missed };
    }
    let timed = matches!(report.granularity, Granularity::Quarter | Granularity::Hour);
    let bars = spans.into_iter().map(|(at, bar)| {
        let whole = bar.good + bar.late + bar.bad;
        let level = (of_queues && whole > 0).then(|| bar.good * 1000 / whole);
        Bar { at: if timed { clock(&report.offsets, at) } else { at * DAY_MS }, level, ..bar }
    });
    bars.collect()
}

/// When a row begins: an instant, or a day since 1970.
fn start(row: &ReportRow) -> Option<i64> {
    row.at.or_else(|| day_of(row.day.as_deref()?))
}
