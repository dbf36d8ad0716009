//! Opening hours of a queue: weekly spans in the time zone of its site. Pure.

use super::engine::{Due, Engine};
use super::io::Name;
use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

/// Hours begin and end with a minute of the wall clock.
const MINUTE_MS: i64 = 60_000;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// When a queue is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    zone: TimeZone,
    spans: Vec<Span>,
}

/// Some days of the week, from one minute of the day to another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    days: Vec<Weekday>,
    /// Minute of the day, inclusive.
    from: u16,
    /// Minute of the day, exclusive; 1440 is midnight.
    to: u16,
}

/// A text that names no hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no hours")]
pub struct HoursError(pub String);

impl Hours {
    /// Reads lines such as `mon-fri 08:00-18:00`, `sat 09:00-12:30`, `sun-mon 00:00-24:00`.
    ///
    /// # Errors
    /// The first line that is none.
    pub fn parse(zone: TimeZone, lines: &[impl AsRef<str>]) -> Result<Self, HoursError> {
        let spans = lines.iter().map(|line| span(line.as_ref()).ok_or_else(|| HoursError(line.as_ref().to_owned())));
        Ok(Hours { zone, spans: spans.collect::<Result<_, _>>()? })
    }

    /// The lines that say the same.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let name = |day: Option<&Weekday>| DAYS.iter().find(|(_, known)| Some(known) == day).map_or("", |(name, _)| name);
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let line = |span: &Span| {
            let days = match span.days.as_slice() {
                [one] => name(Some(one)).to_owned(),
                days => format!("{}-{}", name(days.first()), name(days.last())),
            };
            format!("{days} {}-{}", time(span.from), time(span.to))
        };
        self.spans.iter().map(line).collect()
    }

    /// Whether it is open at this instant (UTC ms). Read as the clock on the wall shows it: where clocks change, a span is as much
    /// longer or shorter as the night is.
    pub fn open_at(&self, unix_ms: i64) -> bool {
        let Ok(instant) = Timestamp::from_millisecond(unix_ms) else { return false };
        let local = instant.to_zoned(self.zone.clone()).datetime();
        let minute = minute_of(local.time());
        let today = local.date().weekday();
        self.spans.iter().any(|span| span.days.contains(&today) && (span.from..span.to).contains(&minute))
    }
}

impl Engine {
    /// A queue opens and closes by itself: who sees it is told, whatever else happens there.
    pub(super) fn look_at_hours(&mut self) {
        let unix = self.clock.unix_ms;
        let mut changed: Vec<Name> = Vec::new();
        for (queue, line) in self.lines.iter_mut().filter(|(_, line)| line.settings.hours.is_some()) {
            let open = line.open(unix);
            if std::mem::replace(&mut line.was_open, open) != open {
                changed.push(queue.clone());
            }
        }
        for queue in changed {
            self.touch(&queue);
        }
        self.next_minute();
    }

    /// Looks at the hours again with the next minute, where there are any. By the minute and not from change to change: the wall clock may
    /// be set.
    pub(super) fn next_minute(&mut self) {
        self.minutes = self.lines.values().any(|line| line.settings.hours.is_some());
        if self.minutes {
            let left = MINUTE_MS - self.clock.unix_ms.rem_euclid(MINUTE_MS);
            self.after(left.unsigned_abs(), Due::Hours);
        }
    }
}

fn minute_of(time: Time) -> u16 {
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

fn span(line: &str) -> Option<Span> {
    let (days, times) = line.trim().split_once(' ')?;
    let (from, to) = times.trim().split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from < to).then_some(Span { days: weekdays(days)?, from, to })
}

fn weekdays(text: &str) -> Option<Vec<Weekday>> {
    let day = |name: &str| DAYS.iter().position(|(known, _)| known.eq_ignore_ascii_case(name));
    let Some((first, last)) = text.split_once('-') else { return Some(vec![DAYS[day(text)?].1]) };
    let (first, last) = (day(first)?, day(last)?);
    // `fri-mon` goes around the end of the week.
    let count = (last + 7 - first) % 7 + 1;
    Some((0..count).map(|step| DAYS[(first + step) % 7].1).collect())
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 1440).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &str, lines: &[&str]) -> Hours {
        Hours::parse(TimeZone::get(zone).expect("valid test data"), lines).expect("valid test data")
    }

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("valid test data").as_millisecond()
    }

    #[test]
    fn spans_are_read_in_the_zone_of_the_site() {
        let rome = hours("Europe/Rome", &["mon-fri 08:00-18:00", "sat 09:00-12:30"]);
        // Friday 27 November 2026, Rome is one hour ahead of UTC.
        assert!(!rome.open_at(at("2026-11-27T06:59:59Z")));
        assert!(rome.open_at(at("2026-11-27T07:00:00Z")));
        assert!(rome.open_at(at("2026-11-27T16:59:59Z")));
        assert!(!rome.open_at(at("2026-11-27T17:00:00Z")));
        assert!(rome.open_at(at("2026-11-28T11:29:00Z")) && !rome.open_at(at("2026-11-28T11:30:00Z")));
        assert!(!rome.open_at(at("2026-11-29T10:00:00Z")), "Sunday");
    }

    #[test]
    fn both_clock_changes_follow_the_clock_on_the_wall() {
        let nights = hours("Europe/Rome", &["sun 01:00-04:00"]);
        let open = |from: &str| (0..8 * 60).filter(|minute| nights.open_at(at(from) + minute * 60_000)).count();
        assert_eq!(open("2026-03-28T22:00:00Z"), 120, "the night that lacks an hour");
        assert_eq!(open("2026-10-24T22:00:00Z"), 240, "the night that has one twice");
        assert_eq!(open("2026-06-06T22:00:00Z"), 180);
    }

    #[test]
    fn a_week_may_go_around_its_end_and_a_day_may_end_at_midnight() {
        let weekend = hours("UTC", &["fri-mon 00:00-24:00"]);
        assert!(weekend.open_at(at("2026-11-27T00:00:00Z")) && weekend.open_at(at("2026-11-30T23:59:00Z")));
        assert!(!weekend.open_at(at("2026-12-01T00:00:00Z")) && !weekend.open_at(at("2026-11-26T23:59:00Z")));
    }

    #[test]
    fn hours_are_written_as_they_are_read() {
        let lines = ["mon-fri 08:00-18:00", "sat 09:05-12:30", "fri-mon 00:00-24:00"];
        assert_eq!(hours("UTC", &lines).lines(), lines);
        assert_eq!(hours("UTC", &["MON-mon 08:00-09:00"]).lines(), ["mon 08:00-09:00"]);
    }

    #[test]
    fn a_line_that_names_no_hours_is_named() {
        for line in ["", "mon", "mon 08:00", "mon 8:00-18:00", "mon 18:00-08:00", "xyz 08:00-18:00", "mon 08:00-24:01", "mon 08:60-09:00"] {
            assert_eq!(Hours::parse(TimeZone::UTC, &[line]), Err(HoursError(line.to_owned())));
        }
    }
}
