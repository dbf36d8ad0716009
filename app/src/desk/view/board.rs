//! What a wallboard shows of queues, on a desk and on a screen at which nobody signs in.

use wire::{FloorQueue, Interval, Queue, QueueFigures, WaitingCaller};

use super::floor::{AlarmView, Bar, FloorQueueRow, KnownView};
use super::work::{Moment, QueueView, WaitingView, waiting_name};
use crate::desk::Millis;
use crate::desk::call::presentable;

/// Length of an interval.
pub(in crate::desk) const INTERVAL_MS: i64 = 15 * 60_000;
/// An instant so long ago is told with its day.
const LONG_AGO_MS: i64 = 12 * 3_600_000;
/// Quarters of an hour in a chart: six hours.
pub const BARS: i64 = 24;

/// The page's clock, and by how much the server's is ahead of it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::desk) struct Clocks {
    pub(in crate::desk) page: Millis,
    pub(in crate::desk) ahead: i64,
}

impl Clocks {
    /// The server's clock at this moment.
    pub(in crate::desk) fn server(self) -> i64 {
        i64::try_from(self.page).unwrap_or(i64::MAX).saturating_add(self.ahead)
    }

    /// A moment of the server's clock on the page's.
    pub(in crate::desk) fn page_time(self, server: i64) -> Moment {
        Moment(server - self.ahead)
    }
}

/// One queue; `name_of` finds the name of an agent.
pub(in crate::desk) fn queue_view(queue: &Queue, clocks: Clocks, name_of: &dyn Fn(&str) -> String) -> QueueView {
    QueueView {
        name: queue.name.clone(),
        label: presentable(&queue.label),
        waiting: queue.waiting,
        // Whoever has waited longest need not come first.
        longest: queue.oldest().map(|since| clocks.page_time(since)),
        free: queue.free,
        working: queue.working,
        open: queue.open,
        first: waiting_views(&queue.first, clocks, name_of),
    }
}

/// Callers who wait; `name_of` finds the name of an agent.
pub(in crate::desk) fn waiting_views(callers: &[WaitingCaller], clocks: Clocks, name_of: &dyn Fn(&str) -> String) -> Vec<WaitingView> {
    let waiting = |caller: &WaitingCaller| WaitingView {
        contact: caller.contact.clone(),
        // A station has the name of its door, whatever it calls itself.
        name: waiting_name(caller.door.as_ref().map_or(&caller.display_name, |door| &door.entrance), &caller.contact),
        since: clocks.page_time(caller.since),
        priority: caller.priority,
        door: caller.door.as_ref().map(|door| presentable(&door.site)),
        needs: caller.needs.as_deref().map(presentable),
        needs_until: caller.needs_until.map(|at| clocks.page_time(at)),
        ringing: (!caller.rung.is_empty()).then(|| caller.rung.iter().map(|user| name_of(user)).collect::<Vec<_>>().join(", ")),
    };
    callers.iter().map(waiting).collect()
}

/// The row of a queue with its figures.
pub(in crate::desk) fn queue_row(of: &FloorQueue, figures: &[QueueFigures], clocks: Clocks, queue: QueueView) -> FloorQueueRow {
    let now = clocks.server();
    let intervals = figures_of(figures, of).map_or(&[][..], |figures| &figures.intervals);
    let today = Interval::sum(intervals.iter());
    let doors = queue.first.iter().filter(|caller| caller.door.is_some()).count();
    FloorQueueRow {
        doors: u32::try_from(doors).unwrap_or(u32::MAX),
        queue,
        target_s: of.target_s,
        target_percent: of.target_percent,
        alarm_s: of.alarm_s,
        now_percent: Interval::of_now(intervals, now).percent(),
        today_percent: today.percent(),
        answered: today.answered,
        opened: today.opened,
        lost: today.lost,
        turned_away: today.turned_away,
        overflowed: today.overflowed,
        wait_s: (today.answered > 0).then(|| u64::try_from(today.waited_ms / i64::from(today.answered) / 1000).unwrap_or(0)),
        bars: bars(intervals, now),
    }
}

/// What is wrong, the new ones first.
pub(in crate::desk) fn alarms(queues: &[FloorQueue], figures: &[QueueFigures], clocks: Clocks) -> Vec<AlarmView> {
    let now = clocks.server();
    let mut alarms = Vec::new();
    for of in queues {
        let queue = &of.queue;
        for kind in wire::alarms(of, figures_of(figures, of), now) {
            let known = of.known.iter().find(|known| known.alarm == kind).map(|known| {
                let long_ago = now - known.at >= LONG_AGO_MS;
                KnownView { by: presentable(&known.by), at: known.at, long_ago }
            });
            alarms.push(AlarmView { queue: queue.name.clone(), label: presentable(&queue.label), kind, known });
        }
    }
    alarms.sort_by_key(|alarm| alarm.known.is_some());
    alarms
}

fn figures_of<'a>(figures: &'a [QueueFigures], of: &FloorQueue) -> Option<&'a QueueFigures> {
    figures.iter().find(|figures| figures.queue == of.queue.name)
}

fn bars(intervals: &[Interval], now: i64) -> Vec<Bar> {
    let last = now - now.rem_euclid(INTERVAL_MS);
    let bar = |back: i64| {
        let at = last - back * INTERVAL_MS;
        let of = intervals.iter().find(|interval| interval.at == at);
        of.map_or_else(Bar::default, |of| Bar {
            in_time: of.in_time,
            late: (of.answered + of.opened).saturating_sub(of.in_time),
            lost: of.lost,
        })
    };
    (0..BARS).rev().map(bar).collect()
}
