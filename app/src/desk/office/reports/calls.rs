//! The calls behind a figure, a page at a time.

use wire::{Counted, Granularity, ReportCall, ReportCalls, ReportKind, ZoneOffset};

use super::ask::{Query, name, subject};
use super::civil::{DAY_MS, clock, date_of, day_of};
use super::figure::Figure;
use super::{RowOf, Shown};
use crate::desk::call::presentable;
use crate::desk::event::Failure;

/// Whose calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Which {
    /// The figure that was pressed.
    pub figure: Figure,
    /// The row it stands in; nothing for the sum of all.
    pub row: Option<usize>,
}

/// Calls that are shown.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// What is asked for; nothing while the list is closed.
    query: Option<Query>,
    about: Option<(Figure, RowOf)>,
    offsets: Vec<ZoneOffset>,
    /// Where the pages before this one began.
    before: Vec<Option<String>>,
    /// Where this one begins.
    after: Option<String>,
    page: Option<ReportCalls>,
    loading: bool,
    failed: bool,
}

/// The list of calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallsView {
    /// It is open.
    pub open: bool,
    /// The figure, and the row it stands in.
    pub about: Option<(Figure, RowOf)>,
    /// The calls, newest first.
    pub rows: Vec<CallRow>,
    /// Which page it is, from 1.
    pub page: usize,
    /// There are older ones.
    pub more: bool,
    /// An answer is awaited.
    pub loading: bool,
    /// There was none.
    pub failed: bool,
    /// The words of the request, for a file.
    pub query: Query,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallRow {
    /// Session identifier of its contact.
    pub contact: String,
    /// Clock time, in milliseconds since 1970 began at the site.
    pub at: i64,
    /// What it was counted as.
    pub counted: Option<Figure>,
    /// Name and address of the caller.
    pub caller: String,
    /// Name of the queue.
    pub queue: String,
    /// Who took or missed it.
    pub agent: String,
    /// The wait.
    pub waited_ms: i64,
    /// The conversation.
    pub talk_ms: Option<i64>,
    /// The work after it.
    pub work_ms: Option<i64>,
    /// What it was about.
    pub disposition: String,
}

impl Calls {
    /// Opens the list; the words to ask with.
    pub(super) fn open(&mut self, shown: &Shown, which: &Which) -> Option<Query> {
        let query = query(shown, which)?;
        let row = which.row.and_then(|row| shown.row_of(row)).unwrap_or_default();
        let about = Some((which.figure, row));
        *self = Calls { query: Some(query.clone()), about, offsets: shown.report.offsets.clone(), loading: true, ..Calls::default() };
        Some(query)
    }

    /// An older page, or the one before; the words to ask with.
    pub(super) fn turn(&mut self, older: bool) -> Option<Query> {
        if older {
            let next = self.page.as_ref()?.next.clone()?;
            self.before.push(self.after.replace(next));
        } else {
            self.after = self.before.pop()?;
        }
        self.again()
    }

    /// The same page once more.
    pub(super) fn again(&mut self) -> Option<Query> {
        (self.loading, self.failed) = (true, false);
        self.asked()
    }

    fn asked(&self) -> Option<Query> {
        let mut query = self.query.clone()?;
        query.extend(self.after.clone().map(|after| ("after", after)));
        Some(query)
    }

    pub(super) fn came(&mut self, query: &Query, result: &Result<ReportCalls, Failure>) {
        // Another list or page is wanted meanwhile.
        if self.asked().as_ref() != Some(query) {
            return;
        }
        self.loading = false;
        self.failed = result.is_err();
        if let Ok(page) = result {
            self.page = Some(page.clone());
        }
    }

    pub(super) fn view(&self) -> CallsView {
        CallsView {
            open: self.query.is_some(),
            about: self.about.clone(),
            rows: self.page.iter().flat_map(|page| &page.rows).map(|call| self.row(call)).collect(),
            page: self.before.len() + 1,
            more: self.page.as_ref().is_some_and(|page| page.next.is_some()),
            loading: self.loading,
            failed: self.failed,
            query: self.query.clone().unwrap_or_default(),
        }
    }

    fn row(&self, call: &ReportCall) -> CallRow {
        let name = call.caller.display_name.as_deref().map(presentable).unwrap_or_default();
        let address = presentable(&call.caller.address);
        CallRow {
            contact: call.contact.clone(),
            at: clock(&self.offsets, call.at),
            counted: match call.counted {
                Counted::Answered if call.in_time => Some(Figure::InTime),
                Counted::Answered => Some(Figure::Answered),
                Counted::HandedOn => Some(Figure::HandedOn),
                Counted::Lost => Some(Figure::Lost),
                Counted::Short => Some(Figure::Short),
                Counted::FoundClosed => Some(Figure::FoundClosed),
                Counted::FoundFull => Some(Figure::FoundFull),
                Counted::Opened => Some(Figure::Opened),
                Counted::Overflowed => Some(Figure::Overflowed),
                Counted::Missed => Some(Figure::Missed),
                Counted::Unknown => None,
            },
            caller: if name.is_empty() { address } else { name },
            queue: presentable(&call.queue),
            agent: presentable(&call.agent),
            waited_ms: call.waited_ms,
            talk_ms: call.talk_ms,
            work_ms: call.work_ms,
            disposition: presentable(&call.disposition),
        }
    }
}

/// The words that ask for the calls of a cell; nothing where no calls stand behind it.
fn query(shown: &Shown, which: &Which) -> Option<Query> {
    let report = &shown.report;
    let counted = which.figure.counted()?;
    let (mut from, mut to) = (report.from.clone(), report.to.clone());
    let mut query = shown.ask.filter();
    if let Some(row) = which.row {
        let row = report.rows.get(row)?;
        let subject = subject(report.kind)?;
        query.retain(|(word, _)| *word != subject);
        query.push((subject, row.name.clone()));
        if report.kind == ReportKind::Dispositions {
            query.push(("queue", row.queue.clone()));
        }
        let size = if report.granularity == Granularity::Quarter { 900_000 } else { 3_600_000 };
        if let Some(at) = row.at {
            // No hour lies on more than two days.
            let day = |at: i64| date_of(clock(&report.offsets, at).div_euclid(DAY_MS));
            (from, to) = (day(at), day(at + size - 1));
            query.extend([("since", at.to_string()), ("until", (at + size).to_string())]);
        }
        if let Some(day) = row.day.as_deref().and_then(day_of) {
            let last = if report.granularity == Granularity::Week { day + 6 } else { day };
            from = date_of(day.max(day_of(&report.from)?));
            to = date_of(last.min(day_of(&report.to)?));
        }
    }
    query.extend([("from", from), ("to", to), ("report", name(report.kind).to_owned()), ("counted", counted.to_owned())]);
    Some(query)
}
