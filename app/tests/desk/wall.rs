//! The wallboard of a screen at which nobody signs in: it shows figures, forgets its token, and tries again for ever.

use app::desk::event::Failure;
use app::desk::settings::{Language, Settings};
use app::desk::view::floor::{Alarm, KnownView, Staff};
use app::desk::view::work::Moment;
use app::desk::wall::{Effect, Event, Stage, Start, Wall};
use wire::{
    Change, ClientFrame, FeedEnd, Floor, FloorQueue, Interval, KnownAlarm, Queue, QueueFigures, Secret, ServerFrame, Snapshot,
    WaitingCaller, WallPass,
};

use crate::support::{UNIX, snapshot};

const REVOKED: Failure = Failure { status: Some(401), code: None, retry_after: None };
const UNREACHED: Failure = Failure { status: None, code: None, retry_after: None };

struct Bench {
    wall: Wall,
    now: u64,
}

impl Bench {
    fn started(token: Option<&str>) -> Bench {
        let mut bench = Bench { wall: Wall::default(), now: 0 };
        let start = Start {
            settings: Settings::default(),
            languages: vec!["xx".into(), "fr-CH".into()],
            token: token.map(Secret::new),
            by_queue: true,
            seed: 7,
        };
        let effects = bench.event(Event::Started(start));
        assert_eq!(bench.wall.settings().language, Some(Language::Fr));
        assert_eq!(effects, [Effect::ApplySettings(bench.wall.settings().clone()), Effect::Ask(token.map(Secret::new))]);
        bench
    }

    /// With a board on the screen.
    fn shown() -> Bench {
        let mut bench = Bench::started(Some("t0ken"));
        assert_eq!(bench.event(Event::Passed(Ok(pass()))), [Effect::ForgetToken, Effect::OpenFeed]);
        bench.frame(hello("1"));
        bench.frame(ServerFrame::Snapshot(board(4)));
        assert_eq!(bench.wall.wall_view().stage, Stage::Board);
        bench
    }

    fn event(&mut self, event: Event) -> Vec<Effect> {
        self.wall.handle(self.now, event);
        std::iter::from_fn(|| self.wall.poll()).collect()
    }

    fn frame(&mut self, frame: ServerFrame) -> Vec<Effect> {
        self.event(Event::Frame(Box::new(frame)))
    }

    fn after(&mut self, ms: u64) -> Vec<Effect> {
        self.now += ms;
        self.event(Event::Tick)
    }

    fn stage(&self) -> Stage {
        self.wall.wall_view().stage
    }
}

fn pass() -> WallPass {
    WallPass { name: "Lobby".into(), expires_at: UNIX + 1, now: UNIX, wire: wire::VERSION }
}

fn hello(build: &str) -> ServerFrame {
    ServerFrame::Hello { wire: wire::VERSION, build: build.into(), heartbeat_ms: 10_000 }
}

fn queue(waits: &[i64]) -> FloorQueue {
    let caller = |ago: &i64| WaitingCaller { since: UNIX - ago * 1000, ..WaitingCaller::default() };
    let queue = Queue {
        name: "support".into(),
        label: "Support".into(),
        waiting: u32::try_from(waits.len()).expect("a few"),
        longest: None,
        first: waits.iter().map(caller).collect(),
        free: 1,
        working: 0,
        open: true,
        dispositions: Vec::new(),
    };
    let known = vec![KnownAlarm { alarm: Alarm::Nobody, by: String::new(), at: UNIX }];
    FloorQueue { queue, site: "north".into(), target_s: 20, target_percent: 80, alarm_s: 120, known }
}

fn board(seq: u64) -> Snapshot {
    let staff = Some(Staff { ready: 2, ..Staff::default() });
    Snapshot { floor: Some(Floor { queues: vec![queue(&[30])], staff, ..Floor::default() }), ..snapshot(seq) }
}

fn delta(seq: u64, change: Change) -> ServerFrame {
    ServerFrame::Delta { seq, now: UNIX, changes: vec![change] }
}

#[test]
fn a_token_is_used_until_the_switchboard_has_answered_and_then_forgotten() {
    let mut bench = Bench::started(Some("t0ken"));
    assert_eq!(bench.event(Event::Passed(Err(UNREACHED))), [], "nothing was answered: the address keeps it");
    assert!(bench.wall.wall_view().unreached);
    let asked = bench.after(20_000);
    assert_eq!(asked, [Effect::Ask(Some(Secret::new("t0ken")))]);
    let busy = Failure { status: Some(429), code: None, retry_after: Some(60) };
    bench.event(Event::Passed(Err(busy)));
    assert_eq!(bench.after(59_000), [], "as late as the switchboard says");
    assert_eq!(bench.after(1_000), [Effect::Ask(Some(Secret::new("t0ken")))]);
    assert_eq!(bench.event(Event::Passed(Ok(pass()))), [Effect::ForgetToken, Effect::OpenFeed]);
    assert_eq!(bench.wall.wall_view().name, "Lobby");
}

#[test]
fn the_board_follows_the_feed() {
    let mut bench = Bench::shown();
    let floor = bench.wall.floor_view();
    assert_eq!((floor.staff.ready, floor.steers), (2, false));
    let known = Some(KnownView { by: String::new(), at: UNIX, long_ago: false });
    assert_eq!((floor.alarms[0].kind, floor.alarms[0].known.clone()), (Alarm::Nobody, known));
    let row = bench.wall.queue_rows().remove(0);
    assert_eq!((row.queue.waiting, row.queue.longest, row.answered), (1, Some(Moment(-30_000)), 0));

    bench.frame(delta(5, Change::FloorQueue { queue: queue(&[130, 10]) }));
    let at = UNIX - UNIX.rem_euclid(900_000);
    let interval = Interval { at, answered: 3, in_time: 2, lost: 1, waited_ms: 30_000, ..Interval::default() };
    let figures = QueueFigures { queue: "support".into(), since: at, intervals: vec![interval] };
    bench.frame(delta(6, Change::FloorFigures { figures }));
    bench.frame(delta(7, Change::FloorStaff { staff: Staff { busy: 1, ..Staff::default() } }));
    let row = bench.wall.queue_rows().remove(0);
    assert_eq!((row.queue.waiting, row.answered, row.lost, row.now_percent), (2, 3, 1, Some(50)));
    assert_eq!(bench.wall.floor_view().staff, Staff { busy: 1, ..Staff::default() });
    assert!(bench.wall.floor_view().alarms.iter().any(|alarm| alarm.kind == Alarm::LongWait));

    assert_eq!(bench.frame(delta(9, Change::FloorStaff { staff: Staff::default() })), [Effect::Send(ClientFrame::Resync)]);
    assert_eq!(bench.wall.floor_view().staff.busy, 1, "what follows a gap is not applied");
    assert_eq!(bench.frame(ServerFrame::Heartbeat { beat: 3, seq: None }), [Effect::Send(ClientFrame::Heartbeat { beat: 3 })]);
}

#[test]
fn a_mark_and_a_heartbeat_tell_the_board_of_a_change_that_was_lost() {
    let mut bench = Bench::shown();
    let beat = |seq| ServerFrame::Heartbeat { beat: 1, seq: Some(seq) };
    let answer = || Effect::Send(ClientFrame::Heartbeat { beat: 1 });
    assert_eq!(bench.frame(beat(4)), [answer()], "the snapshot's number");
    bench.frame(delta(5, Change::FloorStaff { staff: Staff { busy: 1, ..Staff::default() } }));
    assert_eq!(bench.frame(beat(5)), [answer()]);
    assert_eq!(bench.frame(beat(6)), [answer(), Effect::Send(ClientFrame::Resync)]);
    assert_eq!(bench.frame(beat(6)), [answer(), Effect::Send(ClientFrame::Resync)], "and so is the snapshot");
    bench.frame(ServerFrame::Snapshot(board(7)));
    assert_eq!(bench.frame(beat(7)), [answer()]);
    assert_eq!(bench.frame(ServerFrame::Mark { seq: 7 }), []);
    assert_eq!(bench.frame(ServerFrame::Mark { seq: 8 }), [Effect::Send(ClientFrame::Resync)]);
}

#[test]
fn a_lost_feed_is_opened_again_for_ever_and_the_board_says_that_it_is_old() {
    let mut bench = Bench::shown();
    for round in 0..200 {
        assert_eq!(bench.event(Event::Closed { ended: false }), []);
        assert_eq!(bench.wall.wall_view().stage, Stage::Board, "what was known stays");
        assert!(bench.wall.wall_view().unreached);
        assert_eq!(bench.after(200), [], "not at once, round {round}");
        assert_eq!(bench.after(16_000), [Effect::OpenFeed], "round {round}");
    }
    bench.event(Event::Closed { ended: false });
    assert_eq!(bench.event(Event::Shown), [Effect::OpenFeed], "whoever looks waits for nothing");
    bench.frame(hello("1"));
    bench.frame(ServerFrame::Snapshot(board(40)));
    assert!(!bench.wall.wall_view().unreached);
}

#[test]
fn a_socket_of_which_nothing_is_heard_is_given_up() {
    let mut bench = Bench::shown();
    assert_eq!(bench.after(29_000), []);
    bench.frame(ServerFrame::Heartbeat { beat: 1, seq: None });
    assert_eq!(bench.after(29_000), []);
    assert_eq!(bench.after(1_000), [Effect::CloseFeed], "three heartbeats are missing");
    assert_eq!(bench.after(16_000), [Effect::OpenFeed]);
    assert_eq!(bench.after(30_000), [Effect::CloseFeed], "one that does not open is no better");
}

#[test]
fn a_link_that_has_ended_shows_nothing_and_tries_nothing_until_a_new_one_comes() {
    let ends: [fn(&mut Bench) -> Vec<Effect>; 4] = [
        |bench| bench.frame(ServerFrame::End { reason: FeedEnd::Revoked }),
        |bench| bench.frame(ServerFrame::End { reason: FeedEnd::SignedOut }),
        |bench| bench.event(Event::Closed { ended: true }),
        |bench| bench.event(Event::Passed(Err(REVOKED))),
    ];
    for end in ends {
        let mut bench = Bench::shown();
        assert_eq!(end(&mut bench), [Effect::CloseFeed]);
        assert_eq!((bench.stage(), bench.wall.queue_rows(), bench.wall.floor_view().alarms), (Stage::Ended, Vec::new(), Vec::new()));
        assert_eq!(bench.event(Event::Closed { ended: false }), []);
        bench.frame(ServerFrame::Snapshot(board(9)));
        assert_eq!((bench.stage(), bench.after(600_000), bench.event(Event::Shown)), (Stage::Ended, Vec::new(), Vec::new()));
        let asked = bench.event(Event::Came(Secret::new("other")));
        assert_eq!(asked, [Effect::CloseFeed, Effect::Ask(Some(Secret::new("other")))]);
        assert_eq!(bench.stage(), Stage::Starting);
        assert_eq!(bench.event(Event::Passed(Ok(pass()))), [Effect::ForgetToken, Effect::OpenFeed]);
    }
    let mut bench = Bench::started(Some("t0ken"));
    assert_eq!(bench.event(Event::Passed(Err(REVOKED))), [Effect::ForgetToken, Effect::CloseFeed]);
    assert_eq!(bench.stage(), Stage::Ended);
}

#[test]
fn a_new_build_is_loaded_at_once_and_a_version_that_does_not_fit_not_all_the_time() {
    let mut bench = Bench::shown();
    bench.event(Event::Closed { ended: false });
    assert_eq!(bench.frame(hello("1")), []);
    assert_eq!(bench.frame(hello("2")), [Effect::Reload]);
    let mut bench = Bench::shown();
    for _ in 0..3 {
        bench.frame(ServerFrame::End { reason: FeedEnd::BadVersion });
        bench.event(Event::Closed { ended: false });
        assert_eq!(bench.after(16_000), [Effect::OpenFeed]);
    }
    assert!(bench.after(12_000).contains(&Effect::Reload));
}

#[test]
fn the_layout_is_kept() {
    let mut bench = Bench::shown();
    assert!(bench.wall.wall_view().by_queue);
    assert_eq!(bench.event(Event::Layout { by_queue: false }), [Effect::KeepLayout(false)]);
    assert!(!bench.wall.wall_view().by_queue);
}
