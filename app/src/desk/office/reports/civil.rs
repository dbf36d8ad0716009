//! Days as the switchboard writes them, `2026-11-28`, and the clocks of a report.

use wire::{UnixMs, ZoneOffset};

/// Length of a day whose clocks do not change.
pub const DAY_MS: i64 = 86_400_000;

/// Days since 1970 of a date; nothing for what is none.
#[must_use]
pub fn day_of(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let fits = parts.next().is_none() && (1970..=9000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    // The year begins in March: then the odd day of a leap year is its last one.
    let from_march = (month + 9) % 12;
    let year = if month <= 2 { year - 1 } else { year };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (from_march * 153 + 2) / 5 + day - 1;
    let days = days - 719_468;
    (fits && date_of(days) == text).then_some(days)
}

/// The date of a day since 1970.
#[must_use]
pub fn date_of(day: i64) -> String {
    let (year, month, day) = parts(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The first day of its month.
#[must_use]
pub fn first_of_month(day: i64) -> i64 {
    day - parts(day).2 + 1
}

fn parts(day: i64) -> (i64, i64, i64) {
    let days = day + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// What a clock shows at an instant, as milliseconds since 1970 began there.
#[must_use]
pub fn clock(offsets: &[ZoneOffset], at: UnixMs) -> i64 {
    at + offsets.iter().rev().find(|offset| offset.from <= at).or(offsets.first()).map_or(0, |offset| offset.ms)
}

/// When a clock first shows that.
#[must_use]
pub fn instant(offsets: &[ZoneOffset], shown: i64) -> UnixMs {
    let fits = offsets.iter().find(|offset| clock(offsets, shown - offset.ms) == shown);
    shown - fits.or(offsets.first()).map_or(0, |offset| offset.ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_leap_years_and_what_is_no_day_is_none() {
        for (date, day) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-28", 20_785), ("2100-03-01", 47_541)] {
            assert_eq!(day_of(date), Some(day), "{date}");
            assert_eq!(date_of(day), date);
        }
        for wrong in ["", "2026", "2026-02-29", "2026-13-01", "2026-11-28-1", "x-11-28"] {
            assert_eq!(day_of(wrong), None, "{wrong}");
        }
        assert_eq!(date_of(first_of_month(20_785)), "2026-11-01");
    }

    #[test]
    fn clocks_follow_their_changes() {
        let hour = 3_600_000;
        let change = 100 * DAY_MS + hour;
        let offsets = [ZoneOffset { from: 99 * DAY_MS - hour, ms: hour }, ZoneOffset { from: change, ms: 2 * hour }];
        assert_eq!(clock(&offsets, change - 1), change - 1 + hour);
        assert_eq!(clock(&offsets, change), change + 2 * hour);
        assert_eq!(instant(&offsets, 100 * DAY_MS), 100 * DAY_MS - hour);
        assert_eq!(instant(&offsets, 101 * DAY_MS), 101 * DAY_MS - 2 * hour);
        assert_eq!(clock(&[], 5), 5);
    }
}
