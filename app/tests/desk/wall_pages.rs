//! A board with many queues: pages that turn by themselves and rest where somebody uses the keyboard, the worst queues on the first.

use app::desk::view::floor::{Alarm, AlarmView, KnownView};
use app::desk::view::pages::{ON_PAGE, Pages, REST_MS, TURN_MS};

const TICK_MS: u64 = 1_000;

struct Bench {
    pages: Pages,
    now: u64,
    queues: usize,
}

impl Bench {
    fn of(queues: usize) -> Bench {
        let mut bench = Bench { pages: Pages::default(), now: 500, queues };
        bench.pages.pass(bench.now, queues);
        bench
    }

    /// Time passes, second by second; the pages that were seen on the way.
    fn pass(&mut self, ms: u64) -> Vec<String> {
        let mut seen = vec![self.pages.number()];
        for _ in 0..ms / TICK_MS {
            self.now += TICK_MS;
            if self.pages.pass(self.now, self.queues) {
                seen.push(self.pages.number());
            }
        }
        seen
    }

    fn shown(&self, alarms: &[AlarmView]) -> Vec<String> {
        self.pages.shown((0..self.queues).map(name).collect(), alarms)
    }
}

fn name(number: usize) -> String {
    format!("q{number}")
}

fn alarm(queue: usize, kind: Alarm) -> AlarmView {
    AlarmView { queue: name(queue), label: String::new(), kind, known: None }
}

#[test]
fn what_fits_is_one_page_in_its_own_order() {
    let mut bench = Bench::of(ON_PAGE);
    assert!(!bench.pages.several());
    assert_eq!(bench.pass(10 * TURN_MS), ["1/1"]);
    let own: Vec<String> = (0..ON_PAGE).map(name).collect();
    assert_eq!(bench.shown(&[alarm(7, Alarm::Nobody)]), own, "people know by heart where a queue stands");
    assert!(!Bench::of(0).pages.several());
}

#[test]
fn pages_turn_by_themselves_and_begin_again() {
    let mut bench = Bench::of(40);
    assert!(bench.pages.several());
    assert_eq!(bench.pass(TURN_MS - TICK_MS), ["1/4"]);
    assert_eq!(bench.pass(TICK_MS), ["1/4", "2/4"]);
    assert_eq!(bench.pass(4 * TURN_MS), ["2/4", "3/4", "4/4", "1/4", "2/4"]);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.extend(bench.shown(&[]));
        bench.pass(TURN_MS);
    }
    let all: Vec<String> = (ON_PAGE..40).chain(0..ON_PAGE).map(name).collect();
    assert_eq!(seen, all, "each queue once");
}

#[test]
fn a_page_rests_where_somebody_uses_the_keyboard_or_turned_it() {
    let mut bench = Bench::of(40);
    bench.pass(TURN_MS - TICK_MS);
    bench.pages.rest(bench.now);
    assert_eq!(bench.pass(REST_MS - TICK_MS), ["1/4"]);
    assert_eq!(bench.pass(TICK_MS), ["1/4", "2/4"], "nobody is there any more");
    bench.pages.turn(bench.now);
    assert_eq!(bench.pass(REST_MS - TICK_MS), ["3/4"]);
    assert_eq!(bench.pass(TICK_MS), ["3/4", "4/4"]);
    bench.pages.turn(bench.now);
    assert_eq!(bench.pages.number(), "1/4", "the first follows the last");
}

#[test]
fn pages_that_are_stopped_stand_until_they_go_on() {
    let mut bench = Bench::of(40);
    bench.pages.toggle(bench.now);
    assert!(bench.pages.stopped());
    assert_eq!(bench.pass(10 * TURN_MS), ["1/4"]);
    bench.pages.turn(bench.now);
    assert_eq!(bench.pass(10 * TURN_MS), ["2/4"], "somebody may still look through them");
    bench.pages.toggle(bench.now);
    assert_eq!(bench.pass(TURN_MS), ["2/4", "3/4"]);
}

#[test]
fn queues_that_go_take_their_pages_along() {
    let mut bench = Bench::of(40);
    bench.pass(3 * TURN_MS);
    assert_eq!(bench.pages.number(), "4/4");
    bench.queues = ON_PAGE + 1;
    assert_eq!(bench.pass(TICK_MS), ["4/4", "1/2"]);
    bench.queues = 3;
    bench.pass(TURN_MS);
    assert_eq!((bench.pages.number().as_str(), bench.pages.several()), ("1/1", false));
}

#[test]
fn the_worst_queues_stand_on_the_first_page() {
    let bench = Bench::of(40);
    let seen = |mut alarm: AlarmView| {
        alarm.known = Some(KnownView { by: String::new(), at: 0, long_ago: false });
        alarm
    };
    let alarms = [
        alarm(20, Alarm::ServiceLevel),
        seen(alarm(39, Alarm::Nobody)),
        alarm(30, Alarm::LongWait),
        alarm(25, Alarm::Nobody),
        alarm(30, Alarm::ServiceLevel),
    ];
    let shown = bench.shown(&alarms);
    assert_eq!(shown[..5], [25, 30, 20, 39, 0].map(name), "what somebody has seen comes after what nobody has");
    assert_eq!(shown.len(), ON_PAGE);
}
