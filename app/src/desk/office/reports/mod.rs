//! Reports: what was asked for, what came, and the calls behind a figure.

mod ask;
mod calls;
mod chart;
pub mod civil;
mod figure;

use std::sync::Arc;

use wire::{ErrorCode, Report, ReportCalls};

pub use self::ask::{Ask, Query, Range, name, open_to};
pub use self::calls::{CallRow, CallsView, Which};
pub use self::chart::Bar;
pub use self::figure::{Figure, Value};
use super::{Effect, Office, Presence};
use crate::desk::call::presentable;
use crate::desk::event::Failure;

/// What the page of the reports asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The report as it was asked for last.
    Again,
    /// Another one.
    Show(Ask),
    /// The calls behind a figure.
    OpenCalls(Which),
    /// Older ones.
    Older,
    /// The ones before.
    Newer,
    /// These once more.
    CallsAgain,
    /// No more.
    CloseCalls,
}

/// A report that came.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    /// What was asked for.
    pub ask: Ask,
    /// What came, its names fit to be shown.
    pub report: Report,
    /// What is drawn above it.
    pub bars: Vec<Bar>,
}

/// What a row is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowOf {
    /// Clock time at which it begins, in milliseconds since 1970; of a day its midnight.
    pub at: Option<i64>,
    /// It begins with a day, not within one.
    pub day: bool,
    /// Name to show.
    pub label: String,
}

impl Shown {
    /// What a row is about.
    #[must_use]
    pub fn row_of(&self, row: usize) -> Option<RowOf> {
        let row = self.report.rows.get(row)?;
        let day = row.day.as_deref().and_then(civil::day_of).map(|day| day * civil::DAY_MS);
        let at = row.at.map(|at| civil::clock(&self.report.offsets, at));
        Some(RowOf { at: at.or(day), day: day.is_some(), label: row.label.clone() })
    }
}

/// Why there is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The days are none, or the last before the first.
    Days,
    /// More rows than one report has.
    TooMuch,
    /// Not for this person.
    NotAllowed,
    /// It could not be loaded.
    Failed,
}

/// What the page of the reports knows.
#[derive(Debug, Default)]
pub(super) struct Reports {
    ask: Option<Ask>,
    shown: Option<Arc<Shown>>,
    /// Names that a report of this kind and place had before it was narrowed to one of them.
    names: Vec<(String, String)>,
    loading: bool,
    trouble: Option<Trouble>,
    calls: calls::Calls,
}

/// The page of the reports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportsView {
    /// The reports that somebody has.
    pub kinds: &'static [wire::ReportKind],
    /// What is asked for.
    pub ask: Ask,
    /// The sites to choose from, by id and name.
    pub sites: Vec<(String, String)>,
    /// Whom it can be narrowed to, by name and name to show.
    pub names: Vec<(String, String)>,
    /// What came last.
    pub shown: Option<Arc<Shown>>,
    /// An answer is awaited.
    pub loading: bool,
    /// Why there is none.
    pub trouble: Option<Trouble>,
    /// The calls behind a figure.
    pub calls: CallsView,
}

impl Office {
    pub(super) fn reports_wish(&mut self, wish: Wish) {
        let asked = match wish {
            Wish::Again => return self.show(self.reports.ask.clone().unwrap_or_else(|| self.first_ask())),
            Wish::Show(ask) => return self.show(ask.fitting()),
            Wish::OpenCalls(which) => self.reports.shown.clone().and_then(|shown| self.reports.calls.open(&shown, &which)),
            Wish::Older => self.reports.calls.turn(true),
            Wish::Newer => self.reports.calls.turn(false),
            Wish::CallsAgain => self.reports.calls.again(),
            Wish::CloseCalls => {
                self.reports.calls = calls::Calls::default();
                None
            }
        };
        self.effects.extend(asked.map(|query| Effect::LoadCalls { query }));
    }

    fn show(&mut self, ask: Ask) {
        let reports = &mut self.reports;
        if reports.ask.as_ref().is_none_or(|before| (before.kind, &before.site) != (ask.kind, &ask.site)) {
            reports.names.clear();
        }
        let fits = ask.range.days(0).is_some();
        reports.ask = Some(ask.clone());
        reports.loading = fits;
        reports.trouble = (!fits).then_some(Trouble::Days);
        if fits {
            self.effects.push_back(Effect::LoadReport { ask, zone: self.zone() });
        }
    }

    /// The days of a report are those of the site, not those of this browser.
    fn zone(&self) -> String {
        let Presence::In(me) = &self.presence else { return String::new() };
        let wanted = self.reports.ask.as_ref().map_or("", |ask| &ask.site);
        let site = me.sites.iter().find(|site| site.id == wanted).or(me.sites.first());
        site.map_or_else(|| "UTC".to_owned(), |site| site.zone.clone())
    }

    fn first_ask(&self) -> Ask {
        let Presence::In(me) = &self.presence else { return Ask::default() };
        let kinds = open_to(&me.roles);
        let ask = Ask::default();
        if kinds.contains(&ask.kind) { ask } else { Ask { kind: kinds[0], ..ask } }
    }

    pub(super) fn report_came(&mut self, ask: Ask, result: Result<Box<Report>, Failure>) {
        // Another one is wanted meanwhile.
        if self.reports.ask.as_ref() != Some(&ask) {
            return;
        }
        self.reports.loading = false;
        match result {
            Ok(report) => self.reports.keep(ask, *report),
            Err(failure) => {
                self.reports.trouble = Some(match failure.code {
                    Some(ErrorCode::BadRequest) => Trouble::TooMuch,
                    Some(ErrorCode::Forbidden) => Trouble::NotAllowed,
                    _ => Trouble::Failed,
                });
                self.ended_by(&failure);
            }
        }
    }

    pub(super) fn calls_came(&mut self, query: &Query, result: &Result<ReportCalls, Failure>) {
        self.reports.calls.came(query, result);
        if let Err(failure) = result {
            self.ended_by(failure);
        }
    }

    /// The page of the reports.
    #[must_use]
    pub fn reports_view(&self) -> ReportsView {
        let Presence::In(me) = &self.presence else { return ReportsView::default() };
        let reports = &self.reports;
        ReportsView {
            kinds: open_to(&me.roles),
            ask: reports.ask.clone().unwrap_or_else(|| self.first_ask()),
            sites: me.sites.iter().map(|site| (site.id.clone(), presentable(&site.name))).collect(),
            names: reports.names.clone(),
            shown: reports.shown.clone(),
            loading: reports.loading,
            trouble: reports.trouble,
            calls: reports.calls.view(),
        }
    }
}

impl Reports {
    fn keep(&mut self, ask: Ask, mut report: Report) {
        for row in &mut report.rows {
            row.label = presentable(&row.label);
        }
        if ask.only.is_none() {
            self.names = report.rows.iter().map(|row| (row.name.clone(), row.label.clone())).collect();
            self.names.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
            self.names.dedup_by(|one, other| one.0 == other.0);
        }
        self.trouble = None;
        let bars = chart::bars(&report);
        self.shown = Some(Arc::new(Shown { ask, report, bars }));
    }
}
