//! The spans of time that the rows of a report cover, and the stored sums that they are added up from.

use super::{Failure, Wanted};
use crate::reports::{Grain, HOUR_MS, QUARTER_MS, date_of, first_of_day, offset_ms};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use wire::{ErrorCode, Granularity, ReportKind, UnixMs};

/// How the sums of a report are added up: by what, and in which spans of time.
pub(super) struct Spans {
    pub(super) grain: Grain,
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) shift: i64,
    pub(super) size: i64,
}

impl Spans {
    pub(super) fn of(wanted: &Wanted, kind: ReportKind, granularity: Granularity, zone: &TimeZone) -> Result<Self, Failure> {
        let day = |date: Date| i64::from((date - date_of(0)).get_days());
        let (first, end) = (day(wanted.from), day(wanted.to) + 1);
        let longest = match granularity {
            Granularity::Quarter => 31,
            Granularity::Hour => 93,
            Granularity::Day => 1_100,
            Granularity::Week | Granularity::Total => 7_400,
            Granularity::Unknown => return Err(Failure::new(ErrorCode::BadRequest, "`granularity` is quarter, hour, day, week or total")),
        };
        if end - first > longest {
            let words = format!("from {} to {} is more than {longest} days: ask for fewer, or for longer spans", wanted.from, wanted.to);
            return Err(Failure::new(ErrorCode::BadRequest, words));
        }
        let (from, until) = (first_of_day(zone, wanted.from), first_of_day(zone, date_of(end)));
        // Of an agent there are no hours by queue.
        let whole = [from, until].iter().all(|at| at.rem_euclid(HOUR_MS) == 0) && (kind != ReportKind::Agents || wanted.queue.is_empty());
        Ok(match granularity {
            Granularity::Quarter => Self { grain: Grain::Quarter, from, until, shift: 0, size: QUARTER_MS },
            Granularity::Hour if whole => Self { grain: Grain::Hour, from, until, shift: 0, size: HOUR_MS },
            // Where clocks are half an hour apart from those of others, hours begin when they show a full one.
            Granularity::Hour => {
                Self { grain: Grain::Quarter, from, until, shift: offset_ms(zone, from).rem_euclid(HOUR_MS), size: HOUR_MS }
            }
            Granularity::Day => Self { grain: Grain::Day, from: first, until: end, shift: 0, size: 1 },
            // 1 January 1970 was a Thursday.
            Granularity::Week => Self { grain: Grain::Day, from: first, until: end, shift: 3, size: 7 },
            Granularity::Total | Granularity::Unknown => Self { grain: Grain::Day, from: first, until: end, shift: 0, size: i64::MAX },
        })
    }

    pub(super) fn bucket(&self, grain: Grain, start: i64) -> Option<i64> {
        (grain == self.grain && (self.from..self.until).contains(&start)).then(|| (start + self.shift) / self.size)
    }

    /// When the row begins, or on which day.
    pub(super) fn begin(&self, granularity: Granularity, bucket: i64) -> (Option<UnixMs>, Option<String>) {
        let start = bucket.saturating_mul(self.size) - self.shift;
        match (self.grain, granularity) {
            (_, Granularity::Total) => (None, None),
            (Grain::Quarter | Grain::Hour, _) => (Some(start), None),
            (Grain::Day, _) => (None, Some(date_of(start).to_string())),
        }
    }
}
