//! The figures of a report: which belong to which, what they say, and which calls stand behind them.

use wire::{ReportFigures, ReportKind};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "`docs/reports.md` defines them")]
pub enum Figure {
    Answered,
    InTime,
    Opened,
    Lost,
    Short,
    FoundClosed,
    FoundFull,
    Overflowed,
    Level,
    AverageWait,
    HandedOn,
    Missed,
    Talk,
    Work,
    AverageHandling,
    Ready,
    Unready,
    Ringing,
    OnCall,
    WrapUp,
    Pauses,
    Paused,
}

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// So many.
    Count(i64),
    /// So many of a thousand.
    Part(i64),
    /// So long, in milliseconds.
    Time(i64),
    /// Nothing can be said of nothing.
    Nothing,
}

impl Value {
    /// In order of size; nothing before everything.
    #[must_use]
    pub fn rank(self) -> i64 {
        match self {
            Value::Count(value) | Value::Part(value) | Value::Time(value) => value,
            Value::Nothing => -1,
        }
    }
}

impl Figure {
    /// The columns of a report.
    #[must_use]
    pub fn of(kind: ReportKind) -> &'static [Figure] {
        use Figure::{
            Answered, AverageHandling, AverageWait, FoundClosed, FoundFull, HandedOn, InTime, Level, Lost, Missed, OnCall, Opened,
            Overflowed, Paused, Pauses, Ready, Ringing, Short, Talk, Unready, Work, WrapUp,
        };
        match kind {
            ReportKind::Queues | ReportKind::Sites | ReportKind::Unknown => &[
                Answered,
                InTime,
                Opened,
                Lost,
                Short,
                FoundClosed,
                FoundFull,
                Overflowed,
                Level,
                AverageWait,
                Talk,
                Work,
                AverageHandling,
            ],
            ReportKind::Agents => {
                &[Answered, Opened, HandedOn, Missed, Talk, Work, AverageHandling, Ready, Unready, Ringing, OnCall, WrapUp, Pauses, Paused]
            }
            ReportKind::Reasons => &[Pauses, Paused],
            ReportKind::Dispositions => &[Answered, Talk, Work, AverageHandling],
        }
    }

    /// What it says.
    #[must_use]
    pub fn value(self, sums: &ReportFigures) -> Value {
        let part = |of: i64, whole: i64| if whole > 0 { Value::Part(of * 1000 / whole) } else { Value::Nothing };
        let average = |of: i64, whole: i64| if whole > 0 { Value::Time(of / whole) } else { Value::Nothing };
        match self {
            Figure::Answered => Value::Count(sums.answered),
            Figure::InTime => Value::Count(sums.in_time),
            Figure::Opened => Value::Count(sums.opened),
            Figure::Lost => Value::Count(sums.lost),
            Figure::Short => Value::Count(sums.short),
            Figure::FoundClosed => Value::Count(sums.found_closed),
            Figure::FoundFull => Value::Count(sums.found_full),
            Figure::Overflowed => Value::Count(sums.overflowed),
            Figure::Level => part(sums.in_time, sums.ended()),
            Figure::AverageWait => average(sums.waited_ms, sums.answered),
            Figure::HandedOn => Value::Count(sums.handed_on),
            Figure::Missed => Value::Count(sums.missed),
            Figure::Talk => Value::Time(sums.talk_ms),
            Figure::Work => Value::Time(sums.work_ms),
            Figure::AverageHandling => average(sums.talk_ms + sums.work_ms, sums.answered),
            Figure::Ready => Value::Time(sums.ready_ms),
            Figure::Unready => Value::Time(sums.unready_ms),
            Figure::Ringing => Value::Time(sums.ringing_ms),
            Figure::OnCall => Value::Time(sums.on_call_ms),
            Figure::WrapUp => Value::Time(sums.wrap_up_ms),
            Figure::Pauses => Value::Count(sums.pauses),
            Figure::Paused => Value::Time(sums.paused_ms),
        }
    }

    /// What the calls behind it were counted as; nothing where none stand behind it.
    #[must_use]
    pub fn counted(self) -> Option<&'static str> {
        match self {
            Figure::Answered => Some("answered"),
            Figure::InTime => Some("in-time"),
            Figure::Opened => Some("opened"),
            Figure::Lost => Some("lost"),
            Figure::Short => Some("short"),
            Figure::FoundClosed => Some("found-closed"),
            Figure::FoundFull => Some("found-full"),
            Figure::Overflowed => Some("overflowed"),
            Figure::HandedOn => Some("handed-on"),
            Figure::Missed => Some("missed"),
            Figure::Level
            | Figure::AverageWait
            | Figure::Talk
            | Figure::Work
            | Figure::AverageHandling
            | Figure::Ready
            | Figure::Unready
            | Figure::Ringing
            | Figure::OnCall
            | Figure::WrapUp
            | Figure::Pauses
            | Figure::Paused => None,
        }
    }
}
