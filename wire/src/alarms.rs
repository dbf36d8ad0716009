//! What is wrong at a queue. One rule for both sides: the switchboard keeps who has seen an alarm for as long as the rule says that there is
//! one, and pages show it for just as long.

use crate::{FloorQueue, Interval, QueueFigures, UnixMs};
use serde::{Deserialize, Serialize};

/// Intervals that count as "now": the present quarter of an hour and the one before.
const NOW_MS: i64 = 15 * 60_000;
/// Calls from which a share is more than chance.
const ENOUGH: u32 = 5;

/// Something is wrong at a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// Somebody waits too long.
    LongWait,
    /// Too few calls are answered in time.
    ServiceLevel,
    /// The queue is open and nobody takes its calls.
    Nobody,
    /// An alarm of a later version: never raised, never acknowledged.
    #[serde(other)]
    Unknown,
}

/// An alarm that somebody has seen. It stands until its cause is gone; the next one is a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAlarm {
    /// What is wrong.
    pub alarm: Alarm,
    /// Who was first to acknowledge it: name to show. Empty for a screen, which is told nobody's name.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// What is wrong at a queue at this moment.
#[must_use]
pub fn alarms(of: &FloorQueue, figures: Option<&QueueFigures>, now: UnixMs) -> Vec<Alarm> {
    let queue = &of.queue;
    let oldest = queue.oldest();
    let level = figures.map(|figures| Interval::of_now(&figures.intervals, now));
    let low = level.filter(|level| level.ended() >= ENOUGH).and_then(Interval::percent);
    let causes = [
        (Alarm::LongWait, oldest.is_some_and(|since| now - since >= i64::from(of.alarm_s) * 1000)),
        (Alarm::ServiceLevel, low.is_some_and(|percent| percent < of.target_percent)),
        (Alarm::Nobody, queue.open && queue.working == 0),
    ];
    causes.into_iter().filter_map(|(alarm, wrong)| wrong.then_some(alarm)).collect()
}

impl Interval {
    /// All of these together.
    #[must_use]
    pub fn sum<'a>(intervals: impl Iterator<Item = &'a Self>) -> Self {
        intervals.fold(Self::default(), |sum, one| Self {
            at: 0,
            answered: sum.answered + one.answered,
            in_time: sum.in_time + one.in_time,
            lost: sum.lost + one.lost,
            waited_ms: sum.waited_ms + one.waited_ms,
            turned_away: sum.turned_away + one.turned_away,
            overflowed: sum.overflowed + one.overflowed,
            opened: sum.opened + one.opened,
        })
    }

    /// The present quarter of an hour and the one before together.
    #[must_use]
    pub fn of_now(intervals: &[Self], now: UnixMs) -> Self {
        let from = now - now.rem_euclid(NOW_MS) - NOW_MS;
        Self::sum(intervals.iter().filter(|interval| interval.at >= from))
    }

    /// Callers of whom one can say whether it was in time: answered, let in or lost.
    #[must_use]
    pub fn ended(self) -> u32 {
        self.answered + self.opened + self.lost
    }

    /// Per cent that were answered or let in in time; nothing where nothing ended.
    #[must_use]
    pub fn percent(self) -> Option<u32> {
        let all = self.ended();
        (all > 0).then(|| self.in_time * 100 / all)
    }
}
