//! Quarters of an hour, and the days of a site.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use wire::{UnixMs, ZoneOffset};

/// Length of a quarter of an hour. The clocks of all time zones differ by whole ones: no quarter lies on two days.
pub const QUARTER_MS: i64 = 15 * 60_000;

/// Length of an hour.
pub const HOUR_MS: i64 = 60 * 60_000;

/// 1 January 1970.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// When the quarter of an instant began.
#[must_use]
pub fn quarter_of(at: UnixMs) -> UnixMs {
    at - at.rem_euclid(QUARTER_MS)
}

/// When the hour of an instant began, as clocks show it that are whole hours apart from UTC.
#[must_use]
pub fn hour_of(at: UnixMs) -> UnixMs {
    at - at.rem_euclid(HOUR_MS)
}

/// The day of an instant in a zone, in days since 1970.
#[must_use]
pub fn day_of(zone: &TimeZone, at: UnixMs) -> i64 {
    (at + offset_ms(zone, at)).div_euclid(86_400_000)
}

/// How far the clocks of a zone are ahead of UTC at an instant, in milliseconds.
#[must_use]
pub fn offset_ms(zone: &TimeZone, at: UnixMs) -> i64 {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    i64::from(zone.to_offset(at).seconds()) * 1000
}

/// The date of a day since 1970.
#[must_use]
pub fn date_of(day: i64) -> Date {
    EPOCH.saturating_add(day.days())
}

/// When a date begins in a zone. A day whose midnight the clock change skips begins when it does.
#[must_use]
pub fn first_of_day(zone: &TimeZone, date: Date) -> UnixMs {
    let start = date.to_zoned(zone.clone()).and_then(|midnight| midnight.start_of_day());
    start.map_or(UnixMs::MAX, |start| start.timestamp().as_millisecond())
}

/// How far the clocks of a zone are ahead of UTC at an instant, and after each change before another one.
#[must_use]
pub fn offsets(zone: &TimeZone, from: UnixMs, until: UnixMs) -> Vec<ZoneOffset> {
    let begin = Timestamp::from_millisecond(from).unwrap_or(Timestamp::UNIX_EPOCH);
    let changes = zone.following(begin).map(|change| change.timestamp().as_millisecond()).take_while(|at| *at < until);
    std::iter::once(from).chain(changes).map(|from| ZoneOffset { from, ms: offset_ms(zone, from) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_site_when_its_clocks_change() {
        let rome = TimeZone::get("Europe/Rome").expect("valid test data");
        for (date, hours) in [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 11, 28), 24)] {
            let date = jiff::civil::date(date.0, date.1, date.2);
            let begins = first_of_day(&rome, date);
            let ends = first_of_day(&rome, date.tomorrow().expect("valid test data"));
            assert_eq!(ends - begins, hours * 3_600_000, "{date}");
            let day = day_of(&rome, begins);
            assert_eq!(date_of(day), date);
            assert_eq!((day_of(&rome, begins - 1), day_of(&rome, ends - 1), day_of(&rome, ends)), (day - 1, day, day + 1));
        }
        // Here the clocks go forward at midnight: the day begins at one o'clock.
        let cairo = TimeZone::get("Africa/Cairo").expect("valid test data");
        let date = jiff::civil::date(2026, 4, 24);
        assert_eq!(day_of(&cairo, first_of_day(&cairo, date) - 1) + 1, day_of(&cairo, first_of_day(&cairo, date)));
    }

    #[test]
    fn offsets_name_each_change_of_the_clocks_within_the_days_asked_for() {
        let rome = TimeZone::get("Europe/Rome").expect("valid test data");
        let day = |month, day| first_of_day(&rome, jiff::civil::date(2026, month, day));
        let summer = jiff::civil::date(2026, 3, 29).at(3, 0, 0, 0).to_zoned(rome.clone()).expect("valid test data");
        let of = |from: i64, until: i64| offsets(&rome, from, until).iter().map(|one| (one.from, one.ms / 3_600_000)).collect::<Vec<_>>();
        assert_eq!(of(day(3, 28), day(3, 30)), [(day(3, 28), 1), (summer.timestamp().as_millisecond(), 2)]);
        assert_eq!(of(day(4, 1), day(4, 30)), [(day(4, 1), 2)]);
    }
}
