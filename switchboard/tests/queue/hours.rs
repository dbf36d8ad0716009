//! Queues that open and close by the clock alone: whoever looks at the floor learns it in that minute.

use crate::support::{Floor, UNIX, name, queue};
use jiff::tz::TimeZone;
use switchboard::queue::Hours;
use switchboard::queue::io::{Input, Output, QueueSettings};
use wire::Alarm;

const MINUTE: u64 = 60_000;

fn with_hours(hours: &[&str]) -> QueueSettings {
    QueueSettings { hours: Some(Hours::parse(TimeZone::UTC, hours).unwrap()), ..queue("support", &["ann"]) }
}

/// What is wrong at the queue as it was shown last, and the minutes at which it was shown.
fn shown(f: &mut Floor) -> (Vec<Alarm>, Vec<u64>) {
    let at = f.out.iter().zip(&f.at).filter(|(output, _)| **output == Output::Queue(name("support"))).map(|(_, at)| at / MINUTE);
    let (at, view) = (at.collect(), f.engine.view(&name("support")).unwrap());
    f.out.clear();
    f.at.clear();
    let queue = wire::Queue {
        name: "support".into(),
        label: view.label,
        waiting: 0,
        first: Vec::new(),
        longest: view.longest,
        free: 0,
        working: u32::try_from(view.working).unwrap(),
        open: view.open,
        dispositions: Vec::new(),
    };
    let row = wire::FloorQueue { queue, site: String::new(), target_s: 20, target_percent: 80, alarm_s: 60, known: Vec::new() };
    (wire::alarms(&row, None, f.unix()), at)
}

#[test]
fn a_queue_that_opens_or_closes_is_shown_so_though_nothing_else_happens() {
    // The clock of these tests begins on Friday, 15 January 2027, at 08:00 UTC.
    let mut f = Floor::new(vec![with_hours(&["fri 08:30-12:00", "sat 09:00-12:00"])]);
    assert_eq!(shown(&mut f), (vec![], vec![]), "closed: nobody has to be there");
    f.advance(30 * MINUTE - 1);
    assert_eq!(shown(&mut f), (vec![], vec![]));
    f.advance(1);
    assert_eq!(shown(&mut f), (vec![Alarm::Nobody], vec![30]), "open, and nobody works");
    f.advance(210 * MINUTE - 1);
    assert_eq!(shown(&mut f), (vec![Alarm::Nobody], vec![]), "said once");
    f.advance(1);
    assert_eq!(shown(&mut f), (vec![], vec![240]));
    f.advance(24 * 60 * MINUTE);
    assert_eq!(shown(&mut f).1, [25 * 60, 28 * 60], "the day after too");
}

#[test]
fn the_minute_is_the_one_of_the_clock_on_the_wall() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    assert_eq!(f.engine.deadline(), None, "without hours nothing is looked at");
    f.now = 10 * MINUTE + 12_345;
    f.configure(vec![with_hours(&["fri 08:30-12:00"])]);
    shown(&mut f);
    f.advance(19 * MINUTE);
    assert_eq!(shown(&mut f).1, Vec::<u64>::new());
    f.advance(MINUTE);
    assert_eq!((shown(&mut f).1, f.engine.deadline().map(|at| at.0)), (vec![30], Some(31 * MINUTE)));
    // One look for all queues, however often they change; and none once there are no hours.
    f.configure(vec![with_hours(&["fri 08:30-13:00"])]);
    assert_eq!(f.engine.load(), (0, 1));
    f.configure(vec![queue("support", &["ann"])]);
    f.advance(MINUTE);
    assert_eq!(f.engine.load(), (0, 0));
    f.configure(vec![with_hours(&["fri 08:30-13:00"])]);
    assert_eq!(f.engine.load(), (0, 1));
}

#[test]
fn a_clock_that_is_set_is_noticed_with_the_next_minute() {
    let mut f = Floor::new(vec![with_hours(&["fri 07:00-09:00"])]);
    shown(&mut f);
    // The engine's clock says 09:00 after one minute already.
    let clock = switchboard::clock::Clock { now: sip_ws::io::Millis(MINUTE), unix_ms: UNIX + 3_600_000 };
    f.engine.input(clock, Input::Timer);
    assert!(std::iter::from_fn(|| f.engine.poll()).any(|output| output == Output::Queue(name("support"))));
}
