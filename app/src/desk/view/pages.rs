//! A board with more queues than are read from five metres at once: pages that turn by themselves, the worst queues on the first.

use super::floor::{Alarm, AlarmView};
use crate::desk::Millis;

/// Queues on a page: four by three fill a wide screen.
pub const ON_PAGE: usize = 12;
/// How long a page stands.
pub const TURN_MS: Millis = 10_000;
/// How long it stays where somebody has just used the keyboard or turned it.
pub const REST_MS: Millis = 30_000;

/// Which page is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    page: usize,
    count: usize,
    next_at: Option<Millis>,
    stopped: bool,
}

impl Pages {
    /// Time has passed, or there are so many queues now. Says whether another page is shown, or of another number.
    pub fn pass(&mut self, now: Millis, queues: usize) -> bool {
        let before = (self.page, self.count);
        self.count = queues.div_ceil(ON_PAGE);
        let next = *self.next_at.get_or_insert(now + TURN_MS);
        if self.page >= self.count {
            self.page = 0;
        } else if now >= next && !self.stopped {
            (self.page, self.next_at) = ((self.page + 1) % self.count, Some(now + TURN_MS));
        }
        before != (self.page, self.count)
    }

    /// Somebody uses the keyboard: what they look at stays for a while.
    pub fn rest(&mut self, now: Millis) {
        self.next_at = Some(now + REST_MS);
    }

    /// Somebody wants the next page.
    pub fn turn(&mut self, now: Millis) {
        self.page = (self.page + 1) % self.count.max(1);
        self.rest(now);
    }

    /// Pages turn by themselves no more, or again.
    pub fn toggle(&mut self, now: Millis) {
        self.stopped = !self.stopped;
        self.next_at = Some(now + TURN_MS);
    }

    /// Pages do not turn by themselves.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// There is more than one.
    #[must_use]
    pub fn several(&self) -> bool {
        self.count > 1
    }

    /// As it is shown: `2/4`.
    #[must_use]
    pub fn number(&self) -> String {
        format!("{}/{}", self.page + 1, self.count)
    }

    /// The queues of the page. Where all fit they stand in their own order, which people know by heart; otherwise those with an alarm come
    /// first, the worst ones before the others.
    #[must_use]
    pub fn shown(&self, mut queues: Vec<String>, alarms: &[AlarmView]) -> Vec<String> {
        if queues.len() <= ON_PAGE {
            return queues;
        }
        queues.sort_by_key(|queue| alarms.iter().filter(|alarm| alarm.queue == *queue).map(rank).min().unwrap_or(u8::MAX));
        queues.into_iter().skip(self.page * ON_PAGE).take(ON_PAGE).collect()
    }
}

/// How bad it is; what somebody has seen is less so.
fn rank(alarm: &AlarmView) -> u8 {
    match alarm.kind {
        _ if alarm.known.is_some() => 2,
        Alarm::LongWait | Alarm::Nobody | Alarm::Unknown => 0,
        Alarm::ServiceLevel => 1,
    }
}
