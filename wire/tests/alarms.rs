//! The rule of what is an alarm, line by line.

use wire::{Alarm, FloorQueue, Interval, Queue, QueueFigures, WaitingCaller, alarms};

const QUARTER: i64 = 15 * 60_000;
/// Five minutes into a quarter of an hour.
const NOW: i64 = 1_000 * QUARTER + 300_000;

/// Seconds that callers have waited, agents at work, open or not; calls in time, late, lost and how many quarters of an hour ago.
type Case = (&'static [i64], u32, bool, &'static [(u32, u32, u32, i64)], &'static [Alarm], &'static str);

fn queue(waited: &[i64], working: u32, open: bool) -> FloorQueue {
    let caller = |waited: &i64| WaitingCaller {
        contact: "c".into(),
        display_name: "c".into(),
        since: NOW - waited * 1000,
        priority: 0,
        offered_to: None,
        rung: Vec::new(),
        needs: None,
        needs_until: None,
        door: None,
    };
    let queue = Queue {
        name: "support".into(),
        label: "Support".into(),
        waiting: u32::try_from(waited.len()).expect("a few"),
        first: waited.iter().map(caller).collect(),
        longest: None,
        free: 0,
        working,
        open,
        dispositions: Vec::new(),
    };
    FloorQueue { queue, site: String::new(), target_s: 20, target_percent: 80, alarm_s: 120, known: Vec::new() }
}

fn figures(ended: &[(u32, u32, u32, i64)]) -> QueueFigures {
    let interval = |(in_time, late, lost, ago): &(u32, u32, u32, i64)| Interval {
        at: NOW - NOW.rem_euclid(QUARTER) - ago * QUARTER,
        answered: in_time + late,
        in_time: *in_time,
        lost: *lost,
        ..Interval::default()
    };
    QueueFigures { queue: "support".into(), since: 0, intervals: ended.iter().map(interval).collect() }
}

#[test]
fn an_alarm_is_what_the_table_says() {
    use Alarm::{LongWait, Nobody, ServiceLevel};
    let cases: [Case; 14] = [
        (&[], 1, true, &[], &[], "nothing is wrong where nothing happens"),
        (&[119], 1, true, &[], &[], "a second to go"),
        (&[120], 1, true, &[], &[LongWait], "as long as the limit"),
        (&[5, 300], 1, true, &[], &[LongWait], "whoever comes first"),
        (&[], 0, true, &[], &[Nobody], "open, and nobody there"),
        (&[], 0, false, &[], &[], "nobody has to be there at night"),
        (&[], 1, true, &[(1, 0, 3, 0)], &[], "four calls are chance"),
        (&[], 1, true, &[(1, 0, 4, 0)], &[ServiceLevel], "five are not"),
        (&[], 1, true, &[(4, 0, 1, 0)], &[], "eighty in a hundred are asked for"),
        (&[], 1, true, &[(79, 21, 0, 0)], &[ServiceLevel], "one in a hundred is missing"),
        (&[], 1, true, &[(0, 3, 0, 0), (0, 2, 0, 1)], &[ServiceLevel], "the quarter before counts"),
        (&[], 1, true, &[(0, 9, 9, 2)], &[], "what is longer ago does not"),
        (&[], 1, true, &[(0, 0, 5, 2), (5, 0, 0, 0)], &[], "all is well again"),
        (&[200], 0, true, &[(0, 0, 5, 0)], &[LongWait, ServiceLevel, Nobody], "everything at once"),
    ];
    for (waited, working, open, ended, expected, why) in cases {
        assert_eq!(alarms(&queue(waited, working, open), Some(&figures(ended)), NOW), expected, "{why}");
    }
    // A door that was opened without an answer is as good as a call that was answered.
    let mut figures = figures(&[(0, 0, 1, 0)]);
    (figures.intervals[0].opened, figures.intervals[0].in_time) = (4, 4);
    assert_eq!(figures.intervals[0].percent(), Some(80));
    assert_eq!(alarms(&queue(&[], 1, true), Some(&figures), NOW), [], "four of five were in time");
    figures.intervals[0].in_time = 3;
    assert_eq!(alarms(&queue(&[], 1, true), Some(&figures), NOW), [ServiceLevel], "five of whom one can say it are enough");
    let mut far = queue(&[5], 1, true);
    far.queue.longest = Some(NOW - 120_000);
    assert_eq!(alarms(&far, None, NOW), [LongWait], "whoever stands too far behind to be listed");
    assert_eq!(alarms(&queue(&[], 1, true), None, NOW), [], "without figures there is no level");
}
