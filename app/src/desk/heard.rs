//! How the sound of a call is: figures of the last seconds out of counters, and when to say them.

use std::collections::VecDeque;

use wire::{CallQuality, Grade, MEASURED_LIMIT_MS, Measured, SoundFault};

use super::Millis;
use super::event::Sample;

/// Figures are those of so many samples, one a second.
const WINDOW: usize = 6;
/// Fewer say nothing yet.
const ENOUGH: usize = 4;
/// So many samples in a row must be worse, or better, before another grade is said: what comes and goes is none.
const WORSE: u32 = 3;
const BETTER: u32 = 6;
/// What holds is said again after this time: whoever it was said to forgets it with the connection.
const AGAIN_MS: Millis = 15_000;
/// What follows sooner upon something else is not taken by the switchboard (`PACE_MS` of its feed, and the way there).
const PACE_MS: Millis = 2_500;
/// Without a packet that leaves, nobody hears us.
const UNSENT_MS: Millis = 4_000;
/// The other side reports every few seconds what it gets. Where it did and does no more, it gets nothing.
const UNREPORTED_MS: Millis = 16_000;

/// What is known of the sound of one call.
#[derive(Debug, Default)]
pub(super) struct Heard {
    points: VecDeque<Point>,
    sent: Counter,
    reports: Counter,
    grade: Option<Grade>,
    /// Samples in a row that were of this other grade.
    other: Option<(Grade, u32)>,
    said: Option<(CallQuality, Millis)>,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    received: u64,
    lost: u64,
}

/// A number that grows while all is well.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    value: u64,
    grew_at: Option<Millis>,
}

impl Counter {
    fn note(&mut self, value: u64, now: Millis) {
        if value != self.value {
            (self.value, self.grew_at) = (value, Some(now));
        }
    }

    /// It grew before and has not for so long.
    fn stands(self, now: Millis, for_ms: Millis) -> bool {
        self.grew_at.is_some_and(|at| now.saturating_sub(at) >= for_ms)
    }
}

/// What the desk knows of the path besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Path {
    /// It is broken, or being made anew.
    pub(super) reconnecting: bool,
    /// Nothing has arrived for longer than there are pauses.
    pub(super) silent: bool,
}

impl Heard {
    /// Nothing is expected: held, or over.
    pub(super) fn rest(&mut self) {
        let said = self.said.take();
        *self = Heard { said, grade: self.grade, ..Heard::default() };
    }

    /// Whoever it was said to has forgotten it.
    pub(super) fn forgotten(&mut self) {
        self.said = None;
    }

    /// Takes a sample; gives what is to be said.
    pub(super) fn sample(&mut self, now: Millis, sample: &Sample, path: Path) -> Option<Measured> {
        let point = Point { received: sample.received, lost: sample.lost };
        // A fresh connection counts from zero. The number of lost ones falls where one comes late or twice (RFC 3550 A.3).
        if self.points.back().is_some_and(|last| last.received > point.received) {
            self.points.clear();
            (self.sent, self.reports) = (Counter::default(), Counter::default());
        }
        if self.points.len() == WINDOW {
            self.points.pop_front();
        }
        self.points.push_back(point);
        self.sent.note(sample.sent, now);
        self.reports.note(sample.reports, now);
        let measured = self.measured(sample, self.fault(now, path));
        let quality = match (measured.fault, self.points.len() >= ENOUGH) {
            (Some(_), _) => measured.quality(),
            (None, false) => return None,
            (None, true) => CallQuality { grade: self.graded(measured.quality().grade), fault: None },
        };
        // Figures of a grade that has not held long enough would be read as that grade.
        if measured.quality() != quality {
            return None;
        }
        let pace = if self.said.is_some_and(|(said, _)| said == quality) { AGAIN_MS } else { PACE_MS };
        match self.said {
            Some((_, at)) if now.saturating_sub(at) < pace => None,
            _ => {
                self.said = Some((quality, now));
                Some(measured)
            }
        }
    }

    fn fault(&self, now: Millis, path: Path) -> Option<SoundFault> {
        let not_heard = self.sent.stands(now, UNSENT_MS) || self.reports.stands(now, UNREPORTED_MS);
        match (path.reconnecting, path.silent, not_heard) {
            (true, _, _) => Some(SoundFault::Reconnecting),
            (false, true, true) => Some(SoundFault::NoSound),
            (false, true, false) => Some(SoundFault::NothingHeard),
            (false, false, true) => Some(SoundFault::NotHeard),
            (false, false, false) => None,
        }
    }

    fn measured(&self, sample: &Sample, fault: Option<SoundFault>) -> Measured {
        let (first, last) = (self.points.front(), self.points.back());
        let passed = |read: fn(&Point) -> u64| first.zip(last).map_or(0, |(first, last)| read(last).saturating_sub(read(first)));
        let (received, lost) = (passed(|point| point.received), passed(|point| point.lost));
        let lost = (lost * 1000).checked_div(received + lost).unwrap_or_default();
        let whole = |value: f64, most: u16| value.round().clamp(0.0, f64::from(most)) as u16;
        Measured {
            lost: u16::try_from(lost).unwrap_or(1000).min(1000),
            lost_there: sample.lost_there.map(|share| whole(share * 1000.0, 1000)),
            jitter_ms: whole(sample.jitter_ms.unwrap_or_default(), MEASURED_LIMIT_MS),
            round_trip_ms: sample.round_trip_ms.map(|ms| whole(ms, MEASURED_LIMIT_MS)),
            fault,
        }
    }

    /// The grade that holds, after another sample of this one.
    fn graded(&mut self, grade: Grade) -> Grade {
        let Some(holds) = self.grade else {
            self.grade = Some(grade);
            return grade;
        };
        if grade == holds {
            self.other = None;
            return holds;
        }
        let times = match self.other {
            // From fair to poor and back it is worse than good all the while.
            Some((before, times)) if (before > holds) == (grade > holds) => times + 1,
            _ => 1,
        };
        self.other = Some((grade, times));
        if times < if grade > holds { WORSE } else { BETTER } {
            return holds;
        }
        self.other = None;
        self.grade = Some(grade);
        grade
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::CallKey;

    /// A call of fifty packets a second of which some are lost.
    #[derive(Default)]
    struct Line {
        heard: Heard,
        now: Millis,
        received: u64,
        lost: u64,
        sent: u64,
        reports: u64,
    }

    impl Line {
        fn second(&mut self, lost: u64, path: Path) -> Option<Measured> {
            self.now += 1000;
            (self.received, self.lost) = (self.received + 50 - lost, self.lost + lost);
            self.sent += 50;
            self.reports += 1;
            self.say(path)
        }

        fn say(&mut self, path: Path) -> Option<Measured> {
            let sample = Sample {
                call: CallKey(1),
                received: self.received,
                sent: self.sent,
                lost: self.lost,
                lost_there: Some(0.0),
                reports: self.reports,
                jitter_ms: Some(3.4),
                round_trip_ms: Some(20.2),
                path: None,
                ice: "connected".into(),
                codecs: Vec::new(),
            };
            self.heard.sample(self.now, &sample, path)
        }

        /// Grades that are said in so many seconds.
        fn seconds(&mut self, count: u32, lost: u64) -> Vec<Grade> {
            (0..count).filter_map(|_| self.second(lost, Path::default())).map(|measured| measured.quality().grade).collect()
        }
    }

    #[test]
    fn a_good_call_is_said_once_and_again_from_time_to_time() {
        let mut line = Line::default();
        assert_eq!(line.seconds(3, 0), []);
        let said = line.second(0, Path::default()).expect("enough is known");
        assert_eq!(said, Measured { lost: 0, lost_there: Some(0), jitter_ms: 3, round_trip_ms: Some(20), fault: None });
        assert_eq!(line.seconds(14, 0), []);
        assert_eq!(line.seconds(1, 0), [Grade::Good]);
    }

    #[test]
    fn loss_that_lasts_makes_another_grade_and_a_short_one_does_not() {
        let mut line = Line::default();
        assert_eq!(line.seconds(6, 0), [Grade::Good]);
        let _ = line.second(4, Path::default());
        assert_eq!(line.seconds(3, 0), []);
        let mut line = Line::default();
        assert_eq!(line.seconds(6, 0), [Grade::Good]);
        let said = line.seconds(12, 10);
        assert_eq!(said.last(), Some(&Grade::Poor), "{said:?}");
        let said = line.seconds(14, 0);
        assert_eq!(said.last(), Some(&Grade::Good), "{said:?}");
    }

    #[test]
    fn a_fault_is_said_at_once_and_what_follows_as_soon_as_it_is_taken() {
        let mut line = Line::default();
        assert_eq!(line.seconds(6, 0), [Grade::Good]);
        let silent = Path { silent: true, ..Path::default() };
        assert_eq!(line.second(0, silent).and_then(|said| said.fault), Some(SoundFault::NothingHeard));
        assert_eq!(line.second(0, silent), None);
        let broken = Path { reconnecting: true, silent: true };
        assert_eq!(line.second(0, broken), None, "the switchboard would not take it yet");
        assert_eq!(line.second(0, broken).and_then(|said| said.fault), Some(SoundFault::Reconnecting));
        assert_eq!(line.seconds(3, 0), [Grade::Good]);
    }

    #[test]
    fn packets_that_come_twice_or_late_are_no_fresh_connection() {
        let mut line = Line { lost: 1_000, ..Line::default() };
        let mut said = Vec::new();
        for _ in 0..8 {
            line.lost -= 3;
            said.extend(line.seconds(1, 0));
        }
        assert_eq!(said, [Grade::Good]);
    }

    #[test]
    fn nobody_hears_what_does_not_leave_or_is_not_reported_any_more() {
        let mut line = Line::default();
        assert_eq!(line.seconds(6, 0), [Grade::Good]);
        let mut fault = None;
        for _ in 0..5 {
            (line.now, line.received) = (line.now + 1000, line.received + 50);
            fault = line.say(Path::default()).and_then(|said| said.fault).or(fault);
        }
        assert_eq!(fault, Some(SoundFault::NotHeard));

        let mut line = Line::default();
        assert_eq!(line.seconds(6, 0), [Grade::Good]);
        let mut fault = None;
        for second in 0..16 {
            (line.now, line.received, line.sent) = (line.now + 1000, line.received + 50, line.sent + 50);
            let said = line.say(Path { silent: second > 14, ..Path::default() });
            fault = said.and_then(|said| said.fault).or(fault);
        }
        assert_eq!(fault, Some(SoundFault::NoSound));
    }

    #[test]
    fn a_side_that_never_reports_is_not_said_to_hear_nothing() {
        let mut line = Line::default();
        for _ in 0..40 {
            (line.now, line.received, line.sent) = (line.now + 1000, line.received + 50, line.sent + 50);
            assert!(line.say(Path::default()).is_none_or(|said| said.fault.is_none()));
        }
    }

    #[test]
    fn a_fresh_connection_begins_anew() {
        let mut line = Line::default();
        assert_eq!(line.seconds(6, 0), [Grade::Good]);
        (line.received, line.lost, line.sent, line.reports) = (0, 0, 0, 0);
        assert_eq!(line.seconds(3, 20), []);
    }

    #[test]
    fn what_a_switchboard_has_forgotten_is_said_again() {
        let mut line = Line::default();
        assert_eq!(line.seconds(6, 0), [Grade::Good]);
        line.heard.forgotten();
        assert_eq!(line.seconds(1, 0), [Grade::Good]);
    }
}
