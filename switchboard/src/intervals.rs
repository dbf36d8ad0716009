//! What became of the callers of each queue since midnight, by quarters of an hour in the time zone of its site. Counted from the events of
//! the history as they are written, and from the stored ones at the start: a restart changes no figure.
//!
//! What an event counts as says [`reports::count`], here as in the reports.

use crate::directory::Directory;
use crate::feed::Hub;
use crate::ids::TenantId;
use crate::reports::{self, Counting, quarter_of};
use crate::store::{ContactEvent, ContactKind, Store, StoreError};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wire::{Interval, QueueFigures, UnixMs};

/// A clonable handle to the figures of all queues.
#[derive(Debug, Clone)]
pub struct Intervals(Arc<Mutex<BTreeMap<(TenantId, String), Day>>>, Hub);

#[derive(Debug)]
struct Day {
    zone: TimeZone,
    target_ms: i64,
    short_ms: i64,
    since: UnixMs,
    /// By the moment at which they began.
    intervals: BTreeMap<UnixMs, Interval>,
}

impl Intervals {
    /// Figures of nothing yet.
    #[must_use]
    pub fn new(directory: &Directory, hub: Hub) -> Self {
        let intervals = Self(Arc::default(), hub);
        intervals.configure(directory);
        intervals
    }

    /// Queues changed. What was counted stays; a new target holds for the calls from now on, and after a restart for the whole day.
    pub fn replace(&self, directory: &Directory, now: UnixMs) {
        self.configure(directory);
        self.roll(now);
        self.show_all();
    }

    fn configure(&self, directory: &Directory) {
        let mut days = self.days();
        let mut before = std::mem::take(&mut *days);
        for tenant in directory.tenants() {
            for queue in &tenant.queues {
                let key = (tenant.id.clone(), queue.name.clone());
                let known = before.remove(&key).map_or((i64::MIN, BTreeMap::new()), |day| (day.since, day.intervals));
                let zone = TimeZone::get(&queue.zone).unwrap_or(TimeZone::UTC);
                let (target_ms, short_ms) = (i64::from(queue.target_seconds) * 1000, i64::from(queue.short_seconds) * 1000);
                days.insert(key, Day { zone, target_ms, short_ms, since: known.0, intervals: known.1 });
            }
        }
    }

    /// Counts what the history says of this day, and shows it.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn load(&self, store: &Store, now: UnixMs) -> Result<(), StoreError> {
        self.roll(now);
        let days: Vec<_> = self.days().iter().map(|((tenant, queue), day)| (tenant.clone(), queue.clone(), day.since)).collect();
        for (tenant, queue, since) in days {
            let events = store.queue_events(&tenant, &queue, since).await?;
            for (n, event) in events.iter().enumerate() {
                match event.kind {
                    ContactKind::Returned => self.take_back(&events[..n], event, false),
                    _ => self.count(event, false),
                }
            }
        }
        self.show_all();
        Ok(())
    }

    /// Counts an event that was written.
    pub fn record(&self, event: &ContactEvent) {
        self.count(event, true);
    }

    /// A caller who gave up is back: what that counted, as the story of their contact has it, is taken back.
    pub fn returned(&self, story: &[ContactEvent], event: &ContactEvent) {
        self.take_back(story, event, true);
    }

    fn take_back(&self, before: &[ContactEvent], event: &ContactEvent, show: bool) {
        let given_up = before.iter().rev().find(|other| other.contact == event.contact && other.kind == ContactKind::Abandoned);
        if let Some(given_up) = given_up {
            self.add(given_up, show, true);
        }
    }

    /// Begins a new day where it is midnight.
    pub fn roll(&self, now: UnixMs) {
        let mut begun = Vec::new();
        for (key, day) in self.days().iter_mut() {
            let since = midnight(&day.zone, now);
            if since != day.since {
                day.since = since;
                day.intervals.retain(|at, _| *at >= since);
                begun.push((key.0.clone(), day.figures(&key.1)));
            }
        }
        self.show(begun);
    }

    fn count(&self, event: &ContactEvent, show: bool) {
        self.add(event, show, false);
    }

    /// Adds what an event counts as, or takes it back.
    fn add(&self, event: &ContactEvent, show: bool, back: bool) {
        let Some(of) = &event.data.queue else { return };
        let mut days = self.days();
        let Some(day) = days.get_mut(&(event.tenant.clone(), of.name.clone())).filter(|day| event.at >= day.since) else { return };
        // What was changed since then counts from then on.
        let (target_ms, short_ms) = event.data.mark.as_ref().map_or((day.target_ms, day.short_ms), |mark| (mark.target_ms, mark.short_ms));
        let one = Interval::default();
        let more = match reports::count(event, target_ms, short_ms) {
            Some(Counting::Answered { waited_ms, in_time }) => Interval { answered: 1, in_time: u32::from(in_time), waited_ms, ..one },
            Some(Counting::Opened { in_time, .. }) => Interval { opened: 1, in_time: u32::from(in_time), ..one },
            Some(Counting::Lost { .. }) => Interval { lost: 1, ..one },
            Some(Counting::FoundClosed | Counting::FoundFull) => Interval { turned_away: 1, ..one },
            Some(Counting::Overflowed { .. }) => Interval { overflowed: 1, ..one },
            Some(Counting::HandedOn | Counting::Short { .. } | Counting::Missed | Counting::TakenBack) | None => return,
        };
        let at = quarter_of(event.at);
        let interval = day.intervals.entry(at).or_insert(Interval { at, ..Interval::default() });
        if back {
            interval.lost = interval.lost.saturating_sub(more.lost);
        } else {
            interval.answered += more.answered;
            interval.in_time += more.in_time;
            interval.opened += more.opened;
            interval.lost += more.lost;
            interval.waited_ms += more.waited_ms;
            interval.turned_away += more.turned_away;
            interval.overflowed += more.overflowed;
        }
        let figures = day.figures(&of.name);
        drop(days);
        if show {
            self.1.figures(&event.tenant, figures);
        }
    }

    fn show_all(&self) {
        let all: Vec<_> = self.days().iter().map(|((tenant, queue), day)| (tenant.clone(), day.figures(queue))).collect();
        self.show(all);
    }

    fn show(&self, figures: Vec<(TenantId, QueueFigures)>) {
        for (tenant, figures) in figures {
            self.1.figures(&tenant, figures);
        }
    }

    fn days(&self) -> MutexGuard<'_, BTreeMap<(TenantId, String), Day>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Day {
    fn figures(&self, queue: &str) -> QueueFigures {
        QueueFigures { queue: queue.to_owned(), since: self.since, intervals: self.intervals.values().copied().collect() }
    }
}

/// The beginning of the day of an instant. A day whose midnight the clock change skips begins when it does.
#[must_use]
pub fn midnight(zone: &TimeZone, now: UnixMs) -> UnixMs {
    let now = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
    let start = now.to_zoned(zone.clone()).start_of_day();
    // The range of dates that can be counted is not reached by any clock.
    start.map_or_else(|_| now.checked_sub(24.hours()).unwrap_or(now), |start| start.timestamp()).as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_where_the_site_is() {
        let begins = |zone: &str, at: &str| {
            let at: Timestamp = at.parse().expect("valid test data");
            Timestamp::from_millisecond(midnight(&TimeZone::get(zone).expect("valid test data"), at.as_millisecond()))
                .expect("valid test data")
                .to_string()
        };
        assert_eq!(begins("Europe/Rome", "2026-11-27T10:00:00Z"), "2026-11-26T23:00:00Z");
        assert_eq!(begins("Europe/Rome", "2026-11-27T23:30:00Z"), "2026-11-27T23:00:00Z");
        assert_eq!(begins("Europe/Rome", "2026-03-29T10:00:00Z"), "2026-03-28T23:00:00Z", "the day that lacks an hour");
        assert_eq!(begins("Europe/Rome", "2026-10-25T22:30:00Z"), "2026-10-24T22:00:00Z", "the day that has one twice");
        assert_eq!(begins("America/Sao_Paulo", "2018-11-04T12:00:00Z"), "2018-11-04T03:00:00Z", "a day without a midnight");
    }
}
