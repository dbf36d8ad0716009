//! What is asked for: which report, of which days, in which spans, of whom.

use wire::{Granularity, ReportKind, Role};

use super::civil::{date_of, day_of, first_of_month};

/// Words of a request, in order.
pub type Query = Vec<(&'static str, String)>;

/// Which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    /// This one.
    Today,
    /// The one before.
    Yesterday,
    /// Seven days, this one the last.
    Week,
    /// From the first of this month.
    Month,
    /// Days of one's own choice, both included.
    Own {
        /// The first one, as `2026-11-28`.
        from: String,
        /// The last one.
        to: String,
    },
}

impl Range {
    /// First and last day; nothing where they are none.
    #[must_use]
    pub fn days(&self, today: i64) -> Option<(i64, i64)> {
        match self {
            Range::Today => Some((today, today)),
            Range::Yesterday => Some((today - 1, today - 1)),
            Range::Week => Some((today - 6, today)),
            Range::Month => Some((first_of_month(today), today)),
            Range::Own { from, to } => Some((day_of(from)?, day_of(to)?)).filter(|(from, to)| from <= to),
        }
    }

    /// Days at most, as far as they are known before today is.
    fn longest(&self) -> i64 {
        match self {
            Range::Today | Range::Yesterday => 1,
            Range::Week => 7,
            Range::Month => 31,
            Range::Own { .. } => self.days(0).map_or(1, |(from, to)| to - from + 1),
        }
    }
}

/// A report that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What its rows are.
    pub kind: ReportKind,
    /// Of which days.
    pub range: Range,
    /// What each row covers.
    pub granularity: Granularity,
    /// Of one site; empty for all.
    pub site: String,
    /// Of one queue, agent, reason or disposition: its name, which can be empty.
    pub only: Option<String>,
}

impl Default for Ask {
    fn default() -> Self {
        Ask { kind: ReportKind::Queues, range: Range::Today, granularity: Granularity::Hour, site: String::new(), only: None }
    }
}

impl Ask {
    /// The same with what does not fit put right: spans too short for so many days become longer ones.
    #[must_use]
    pub fn fitting(mut self) -> Ask {
        if !self.spans().contains(&self.granularity) {
            self.granularity = self.spans()[0];
        }
        self
    }

    /// The spans that so many days can be shown in, the shortest first.
    #[must_use]
    pub fn spans(&self) -> &'static [Granularity] {
        const ALL: &[Granularity] = &[Granularity::Quarter, Granularity::Hour, Granularity::Day, Granularity::Week, Granularity::Total];
        match self.range.longest() {
            ..=31 => ALL,
            32..=93 => &ALL[1..],
            94..=1100 => &ALL[2..],
            _ => &ALL[3..],
        }
    }

    /// The words of the request for the days that were found.
    #[must_use]
    pub fn query(&self, (from, to): (i64, i64)) -> Query {
        let mut query = vec![("from", date_of(from)), ("to", date_of(to)), ("granularity", word(self.granularity).to_owned())];
        query.extend(self.filter());
        query
    }

    /// The words about where and whom.
    #[must_use]
    pub fn filter(&self) -> Query {
        let only = self.only.as_ref().and_then(|only| Some((subject(self.kind)?, only.clone())));
        let mut query = Query::new();
        if !self.site.is_empty() && only.as_ref().is_none_or(|(word, _)| *word != "site") {
            query.push(("site", self.site.clone()));
        }
        query.extend(only);
        query
    }
}

/// The word of a request that names one row of a report.
#[must_use]
pub fn subject(kind: ReportKind) -> Option<&'static str> {
    match kind {
        ReportKind::Queues => Some("queue"),
        ReportKind::Sites => Some("site"),
        ReportKind::Agents => Some("agent"),
        ReportKind::Reasons => Some("reason"),
        ReportKind::Dispositions => Some("disposition"),
        ReportKind::Unknown => None,
    }
}

/// A report as the switchboard names it.
#[must_use]
pub fn name(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Queues | ReportKind::Unknown => "queues",
        ReportKind::Sites => "sites",
        ReportKind::Agents => "agents",
        ReportKind::Reasons => "reasons",
        ReportKind::Dispositions => "dispositions",
    }
}

/// A span as the switchboard names it.
#[must_use]
pub fn word(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Quarter => "quarter",
        Granularity::Hour => "hour",
        Granularity::Day => "day",
        Granularity::Week => "week",
        Granularity::Total | Granularity::Unknown => "total",
    }
}

/// The reports that somebody has: whoever leads or looks all of them, the others their own calls and pauses.
#[must_use]
pub fn open_to(roles: &[Role]) -> &'static [ReportKind] {
    const ALL: &[ReportKind] = &[ReportKind::Agents, ReportKind::Reasons, ReportKind::Queues, ReportKind::Sites, ReportKind::Dispositions];
    let leads = roles.iter().any(|role| matches!(role, Role::Supervisor | Role::Viewer | Role::Administrator));
    if leads { ALL } else { &ALL[..2] }
}
