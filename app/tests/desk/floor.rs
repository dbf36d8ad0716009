//! The floor: what whoever is in charge sees and orders, and what whom it concerns is told.

use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::Event;
use app::desk::view::desk::{Notice, ToldKind, ToldView};
use app::desk::view::floor::{Alarm, BARS, Bar, KnownView, SteerWish};
use app::desk::view::work::{Doing, Moment};
use sip_ws::io::{Command, Entry};
use wire::{
    AgentState, AgentStatus, CallItem, CallQuality, CallState, Change, Choice, ClientFrame, Direction, Floor, FloorAgent, FloorQueue,
    Grade, Interval, KnownAlarm, Membership, Order, OrderResult, Peer, Presence, Queue, QueueFigures, ServerFrame, Snapshot, Steer, Told,
    ToldWhat, Unready, WaitingCaller, WaitingDoor,
};

use crate::support::{Bench, UNIX, person, snapshot};

const QUARTER: i64 = 15 * 60_000;

fn status(state: AgentState) -> AgentStatus {
    let wants_calls = state == AgentState::Ready;
    AgentStatus { state, since: UNIX - 60_000, wants_calls, pause_reason: None, set_by: None, unready: None, wrap_up: None }
}

fn agent(user: &str, status: AgentStatus) -> FloorAgent {
    let queues = vec![Membership { queue: "support".into(), on: false }];
    FloorAgent { user: user.into(), status, queues, one_queue: true, call: None, quality: None }
}

fn queue(waiting: &[(&str, i64, u8)], working: u32) -> FloorQueue {
    let caller = |(name, ago, priority): &(&str, i64, u8)| WaitingCaller {
        contact: format!("c-{name}"),
        display_name: (*name).into(),
        since: UNIX - ago * 1000,
        priority: *priority,
        offered_to: None,
        rung: Vec::new(),
        needs: (*priority == 0).then(|| "german 5".into()),
        needs_until: Some(UNIX + 20_000),
        door: None,
    };
    let queue = Queue {
        name: "support".into(),
        label: "Support".into(),
        waiting: u32::try_from(waiting.len()).expect("a few"),
        first: waiting.iter().map(caller).collect(),
        longest: None,
        free: 0,
        working,
        open: true,
        dispositions: Vec::new(),
    };
    FloorQueue { queue, site: "north".into(), target_s: 20, target_percent: 80, alarm_s: 120, known: Vec::new() }
}

fn figures(intervals: Vec<Interval>) -> QueueFigures {
    QueueFigures { queue: "support".into(), since: UNIX - 12 * 3_600_000, intervals }
}

fn interval(back: i64, in_time: u32, late: u32, lost: u32) -> Interval {
    let at = UNIX - UNIX.rem_euclid(QUARTER) - back * QUARTER;
    // Of those who were sent away the figures tell, and no level does.
    Interval {
        at,
        turned_away: in_time,
        overflowed: late,
        answered: in_time + late,
        in_time,
        lost,
        waited_ms: i64::from(in_time + late) * 10_000,
        opened: 0,
    }
}

fn with(floor: Floor) -> Snapshot {
    let reasons = vec![Choice { name: "lunch".into(), label: "Lunch".into() }];
    Snapshot { pause_reasons: reasons, floor: Some(floor), ..snapshot(9) }
}

fn shown(floor: Floor) -> Bench {
    let mut bench = Bench::signed_in();
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(with(floor)))));
    bench.effects.clear();
    bench
}

pub fn supervisor() -> Bench {
    let agents = vec![agent("agent2", status(AgentState::Ready)), agent("concierge", status(AgentState::Paused))];
    shown(Floor { agents, queues: vec![queue(&[("ada", 30, 0)], 1)], figures: vec![figures(Vec::new())], steers: true, staff: None })
}

fn delta(bench: &mut Bench, seq: u64, change: Change) {
    delta_after(bench, 0, seq, change);
}

/// A change when so many seconds have passed since the snapshot.
fn delta_after(bench: &mut Bench, seconds: i64, seq: u64, change: Change) {
    bench.event(Event::Feed(Box::new(ServerFrame::Delta { seq, now: UNIX + seconds * 1000, changes: vec![change] })));
}

fn sent(bench: &Bench) -> Vec<(u64, Order)> {
    let orders = bench.effects.iter().filter_map(|effect| match effect {
        Effect::SendFeed(ClientFrame::Order { id, order }) => Some((*id, order.clone())),
        _ => None,
    });
    orders.collect()
}

#[test]
fn who_may_not_see_the_floor_has_none_and_orders_nothing() {
    let mut bench = Bench::ready();
    assert_eq!(bench.desk.floor_view(), Default::default());
    assert!(bench.desk.agent_rows().is_empty() && bench.desk.floor_queue_rows().is_empty());
    bench.act(Action::Steer(SteerWish::Ready("agent2".into())));
    assert!(sent(&bench).is_empty());
    let mut viewer = shown(Floor { steers: false, ..Floor::default() });
    assert!(viewer.desk.floor_view().there && !viewer.desk.floor_view().steers);
    viewer.act(Action::Steer(SteerWish::Tell(None, "hello".into())));
    assert!(sent(&viewer).is_empty(), "who only looks gives no orders");
}

#[test]
fn people_are_shown_with_what_they_do_since_when_and_who_set_it() {
    let mut bench = supervisor();
    let rows = bench.desk.agent_rows();
    let now = i64::try_from(bench.now).expect("small");
    assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Agent Two", "Concierge"]);
    assert_eq!((&rows[0].doing, rows[0].since, rows[0].free), (&Doing::Ready, Moment(now - 60_000), true));
    assert_eq!((rows[0].queues[0].label.as_str(), rows[0].queues[0].on), ("Support", false));
    let paused = AgentStatus { pause_reason: Some("lunch".into()), set_by: Some("Sue\u{202e}".into()), ..status(AgentState::Paused) };
    delta(&mut bench, 10, Change::FloorAgent { agent: agent("agent2", paused) });
    let row = &bench.desk.agent_rows()[0];
    assert_eq!((&row.doing, row.set_by.as_deref(), row.free), (&Doing::Paused("Lunch".into()), Some("Sue"), false));
    let silent = AgentStatus { unready: Some(Unready::Silent), ..status(AgentState::Ready) };
    delta(&mut bench, 11, Change::FloorAgent { agent: agent("agent2", silent) });
    assert_eq!((&bench.desk.agent_rows()[0].doing, bench.desk.agent_rows()[0].free), (&Doing::Silent, false));
    let call = CallItem {
        contact: "c".into(),
        direction: Direction::Incoming,
        peer: Peer { address: "~support~1".into(), display_name: Some("Ada".into()) },
        state: CallState::Connected,
        started_at: UNIX,
        answered_at: Some(UNIX),
        queue: None,
        away: false,
    };
    delta(&mut bench, 12, Change::FloorAgent { agent: FloorAgent { call: Some(call), ..agent("agent2", status(AgentState::OnCall)) } });
    let shown = bench.desk.agent_rows()[0].call.clone().expect("a call");
    assert_eq!((shown.with.as_str(), shown.quality), ("Ada", None));
    delta(&mut bench, 13, Change::FloorAgent { agent: agent("newcomer", status(AgentState::Offline)) });
    assert_eq!(bench.desk.agent_rows().len(), 3);
}

#[test]
fn the_sound_of_a_call_stands_in_its_row() {
    let mut bench = supervisor();
    let call = CallItem {
        contact: "c".into(),
        direction: Direction::Incoming,
        peer: Peer::default(),
        state: CallState::Connected,
        started_at: UNIX,
        answered_at: Some(UNIX),
        queue: None,
        away: true,
    };
    let poor = Some(CallQuality { grade: Grade::Poor, fault: None });
    let row = FloorAgent { call: Some(call), quality: poor, ..agent("agent2", status(AgentState::OnCall)) };
    delta(&mut bench, 10, Change::FloorAgent { agent: row });
    let shown = bench.desk.agent_rows()[0].call.clone().expect("a call");
    assert_eq!((shown.quality, shown.away), (poor, true));
}

#[test]
fn a_frame_that_came_later_or_sooner_changes_no_row_and_a_clock_that_was_set_changes_all() {
    let mut bench = supervisor();
    let (agents, queues) = (bench.desk.agent_rows(), bench.desk.floor_queue_rows());
    let mut moved = |seq, by: i64| {
        bench.event(Event::Feed(Box::new(ServerFrame::Delta { seq, now: UNIX + by, changes: Vec::new() })));
        (bench.desk.agent_rows(), bench.desk.floor_queue_rows())
    };
    assert_eq!(moved(10, -90), (agents.clone(), queues.clone()));
    assert_eq!(moved(11, 120), (agents.clone(), queues));
    let Moment(before) = agents[0].since;
    assert_eq!(moved(12, 60_000).0[0].since, Moment(before - 60_000));
}

#[test]
fn only_rows_that_changed_are_made_anew_and_whatever_names_them_follows() {
    let mut bench = supervisor();
    // `Bench` compares what is shown with the whole after each of these.
    let renamed = |name: &str| person("p2", "agent2", name, Presence::Available);
    delta(&mut bench, 10, Change::Person { person: person("p2", "agent2", "Agent Two", Presence::OnCall) });
    delta(&mut bench, 11, Change::Person { person: renamed("Zoe") });
    assert_eq!(bench.desk.agent_rows()[1].name, "Zoe", "the order follows the name");
    delta(&mut bench, 12, Change::FloorAgent { agent: agent("agent1", status(AgentState::Ready)) });
    delta(&mut bench, 13, Change::FloorQueue { queue: queue(&[("bob", 10, 0), ("ada", 30, 0)], 1) });
    let mut other = queue(&[], 1);
    other.queue.label = "Help".into();
    delta(&mut bench, 14, Change::FloorQueue { queue: other });
    assert!(bench.desk.agent_rows().iter().all(|row| row.queues[0].label == "Help"), "its agents say so too");
    delta(&mut bench, 15, Change::FloorFigures { figures: figures(vec![interval(0, 3, 1, 1)]) });
    // The bars of the chart move with the quarter of an hour.
    bench.pass(900);
    assert_eq!(bench.desk.floor_queue_rows()[0].bars[22], Bar { in_time: 3, late: 1, lost: 1 });
    delta_after(&mut bench, 900, 16, Change::PersonGone { id: "p2".into() });
    assert_eq!(bench.desk.agent_rows().iter().filter(|row| row.name == "agent2").count(), 1);
}

#[test]
fn service_levels_are_those_of_now_and_of_today() {
    let mut bench = supervisor();
    let row = bench.desk.floor_queue_rows().remove(0);
    assert_eq!((row.now_percent, row.today_percent, row.wait_s), (None, None, None), "nothing is not nought");
    let intervals = vec![interval(20, 10, 0, 0), interval(1, 2, 1, 0), interval(0, 1, 0, 1)];
    delta(&mut bench, 10, Change::FloorFigures { figures: figures(intervals) });
    let row = bench.desk.floor_queue_rows().remove(0);
    assert_eq!((row.now_percent, row.today_percent), (Some(60), Some(86)));
    assert_eq!((row.answered, row.lost, row.wait_s), (14, 1, Some(10)));
    assert_eq!(row.turned_away + row.overflowed, 14, "beside the level");
    let count = usize::try_from(BARS).expect("a few");
    assert_eq!(row.bars.len(), count);
    assert_eq!(row.bars[count - 1], Bar { in_time: 1, late: 0, lost: 1 });
    assert_eq!((row.bars[count - 2], row.bars[count - 21].in_time), (Bar { in_time: 2, late: 1, lost: 0 }, 10));
}

#[test]
fn a_waiting_door_is_shown_as_the_door_that_it_is_to_whoever_may_know_it() {
    let mut bench = supervisor();
    let mut doors = queue(&[("gate", 7, 1), ("veiled", 5, 1), ("Ada", 3, 1)], 1);
    let named = WaitingDoor { entrance: "South\u{202e} gate".into(), site: "South".into() };
    (doors.queue.first[0].door, doors.queue.first[1].door) = (Some(named), Some(WaitingDoor::default()));
    doors.queue.first[1].display_name.clear();
    delta(&mut bench, 10, Change::FloorQueue { queue: doors });
    let row = bench.desk.floor_queue_rows().remove(0);
    let seen: Vec<_> = row.queue.first.iter().map(|caller| (caller.name.as_str(), caller.door.as_deref())).collect();
    assert_eq!(seen, [("South gate", Some("South")), ("#C-VE", Some("")), ("Ada", None)]);
    assert_eq!(row.doors, 2);
    // What was opened is beside what was answered, and in the level and the bars with it.
    let opened = Interval { opened: 3, in_time: 3, ..interval(0, 1, 0, 0) };
    delta(&mut bench, 11, Change::FloorFigures { figures: figures(vec![opened]) });
    let row = bench.desk.floor_queue_rows().remove(0);
    assert_eq!((row.opened, row.answered, row.lost, row.now_percent), (3, 1, 0, Some(75)));
    assert_eq!(row.bars[row.bars.len() - 1], Bar { in_time: 3, late: 1, lost: 0 });
}

#[test]
fn the_longest_wait_is_the_longest_whoever_comes_first() {
    let mut bench = supervisor();
    delta(&mut bench, 10, Change::FloorQueue { queue: queue(&[("urgent", 5, 2), ("patient", 90, 0)], 1) });
    let row = bench.desk.floor_queue_rows().remove(0);
    let longest = row.queue.longest.expect("somebody waits");
    assert_eq!((longest.passed(bench.now), row.queue.first[0].priority), (90, 2));
    let needs: Vec<_> =
        row.queue.first.iter().map(|caller| (caller.needs.as_deref(), caller.needs_until.map(|at| at.left(bench.now)))).collect();
    assert_eq!(needs[0], (None, Some(20_000)));
    assert!(needs[1..].iter().all(|caller| *caller == (Some("german 5"), Some(20_000))), "{needs:?}");
    // The switchboard knows of one who stands too far behind to be listed.
    let mut far = queue(&[("urgent", 5, 2), ("patient", 90, 0)], 1);
    (far.queue.waiting, far.queue.longest) = (30, Some(UNIX - 200_000));
    delta(&mut bench, 11, Change::FloorQueue { queue: far });
    let longest = bench.desk.floor_queue_rows().remove(0).queue.longest.expect("somebody waits");
    assert_eq!(longest.passed(bench.now), 200);
}

#[test]
fn alarms_come_with_their_cause_and_are_known_when_the_switchboard_says_who_has_seen_them() {
    let mut bench = supervisor();
    let alarms = |bench: &Bench| bench.desk.floor_view().alarms.iter().map(|alarm| (alarm.kind, alarm.known.clone())).collect::<Vec<_>>();
    assert_eq!(alarms(&bench), []);
    bench.pass(90);
    assert_eq!(alarms(&bench), [(Alarm::LongWait, None)], "time alone is a cause");
    delta_after(&mut bench, 90, 10, Change::FloorFigures { figures: figures(vec![interval(0, 3, 0, 2)]) });
    assert_eq!(alarms(&bench), [(Alarm::LongWait, None), (Alarm::ServiceLevel, None)]);
    bench.act(Action::Steer(SteerWish::Acknowledge("support".into(), Alarm::LongWait)));
    let orders: Vec<_> = sent(&bench).into_iter().map(|(_, order)| order).collect();
    assert_eq!(orders, [Order::Steer { steer: Steer::Acknowledge { queue: "support".into(), alarm: Alarm::LongWait } }]);
    assert_eq!(alarms(&bench).iter().filter(|(_, known)| known.is_some()).count(), 0, "the switchboard decides who was first");
    let seen = |alarm, at| KnownAlarm { alarm, by: "Sue\u{202e}".into(), at };
    let row = FloorQueue { known: vec![seen(Alarm::LongWait, UNIX + 91_000)], ..queue(&[("ada", 30, 0)], 1) };
    delta_after(&mut bench, 91, 11, Change::FloorQueue { queue: row });
    let by = |at, long_ago| Some(KnownView { by: "Sue".into(), at, long_ago });
    assert_eq!(alarms(&bench), [(Alarm::ServiceLevel, None), (Alarm::LongWait, by(UNIX + 91_000, false))], "the new ones first");
    // Its cause is gone by the page's clock, and the row that says so is not here yet.
    let calm = FloorQueue { known: vec![seen(Alarm::LongWait, UNIX)], ..queue(&[], 0) };
    delta_after(&mut bench, 92, 12, Change::FloorQueue { queue: calm });
    assert_eq!(alarms(&bench), [(Alarm::ServiceLevel, None), (Alarm::Nobody, None)], "what is not wrong is not shown");
    let old = FloorQueue { known: vec![seen(Alarm::Nobody, UNIX - 12 * 3_600_000)], ..queue(&[], 0) };
    delta_after(&mut bench, 92, 13, Change::FloorQueue { queue: old });
    assert_eq!(alarms(&bench)[1], (Alarm::Nobody, by(UNIX - 12 * 3_600_000, true)), "the time alone would not tell the day");
}

#[test]
fn who_was_not_the_first_to_acknowledge_reads_who_was() {
    let mut bench = supervisor();
    bench.act(Action::Steer(SteerWish::Acknowledge("support".into(), Alarm::Nobody)));
    let id = sent(&bench)[0].0;
    let result = OrderResult::KnownAlready { by: "Bob".into(), at: UNIX };
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id, result })));
    assert!(bench.desk.desk_view().notices.is_empty() && !bench.desk.floor_view().busy, "the line of the alarm names them");
}

#[test]
fn an_order_whose_answer_was_lost_is_sent_again_under_its_id_and_not_for_ever() {
    let mut bench = supervisor();
    bench.act(Action::Steer(SteerWish::Pause("agent2".into(), Some("lunch".into()))));
    let first = sent(&bench);
    let steer = Steer::Pause { user: "agent2".into(), reason: Some("lunch".into()) };
    assert_eq!(first.iter().map(|(_, order)| order).collect::<Vec<_>>(), [&Order::Steer { steer }]);
    assert!(bench.desk.floor_view().busy);
    bench.event(Event::FeedClosed { signed_out: false });
    bench.effects.clear();
    bench.pass(5);
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(with(Floor { steers: true, ..Floor::default() })))));
    assert_eq!(sent(&bench), first, "the same id: it is done once");
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id: first[0].0, result: OrderResult::Done })));
    assert!(!bench.desk.floor_view().busy);
    bench.effects.clear();
    bench.act(Action::Steer(SteerWish::Ready("agent2".into())));
    assert_eq!(sent(&bench)[0].0, first[0].0 + 1, "never an id twice");
    bench.event(Event::FeedClosed { signed_out: false });
    bench.effects.clear();
    bench.pass(40);
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(with(Floor { steers: true, ..Floor::default() })))));
    assert!(sent(&bench).is_empty() && !bench.desk.floor_view().busy, "nobody wants it any more");
}

#[test]
fn two_pages_of_one_session_never_use_the_same_id() {
    let id = |seed: u64| {
        let mut bench = Bench::new();
        bench.event(Event::Started(app::desk::event::Start { seed, online: true, ..Default::default() }));
        bench.event(Event::Session(Ok(Some(Box::new(crate::support::me())))));
        bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(with(Floor { steers: true, ..Floor::default() })))));
        bench.act(Action::Steer(SteerWish::Ready("agent2".into())));
        sent(&bench)[0].0
    };
    assert_ne!(id(0x1234_5678_9abc_def0), id(0xfedc_ba98_7654_3210));
    assert!(id(u64::MAX) < 1 << 53, "a number that every JSON reader keeps");
}

#[test]
fn an_order_about_others_that_came_too_late_is_said() {
    let mut bench = supervisor();
    bench.act(Action::Steer(SteerWish::Assign("c-ada".into(), "agent2".into())));
    let id = sent(&bench)[0].0;
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id, result: OrderResult::TooLate })));
    assert_eq!(bench.desk.desk_view().notices, [Notice::OrderTooLate]);
    bench.act(Action::Steer(SteerWish::Move("c-ada".into(), "sales".into())));
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id: id + 1, result: OrderResult::Done })));
    assert!(bench.desk.desk_view().notices.is_empty());
}

#[test]
fn what_one_is_told_stays_until_it_is_read() {
    let mut bench = Bench::ready();
    let told = |id, what| Told { id, at: UNIX, by: "Sue".into(), what };
    let first = told(4, ToldWhat::Paused { reason: Some("training".into()) });
    let snapshot = Snapshot { told: vec![first.clone()], ..snapshot(20) };
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot))));
    delta(&mut bench, 21, Change::Told { told: first });
    delta(&mut bench, 22, Change::Told { told: told(5, ToldWhat::Message { text: "Two\nlines\u{7}".into() }) });
    delta(&mut bench, 23, Change::Told { told: told(6, ToldWhat::Unknown) });
    let view = |id, what| ToldView { id, by: "Sue".into(), what };
    let expected = [view(4, ToldKind::Paused(Some("training".into()))), view(5, ToldKind::Message("Two lines".into()))];
    assert_eq!(bench.desk.desk_view().told, expected);
    bench.effects.clear();
    bench.act(Action::Seen { told: 4 });
    assert_eq!(sent(&bench).into_iter().map(|(_, order)| order).collect::<Vec<_>>(), [Order::Seen { told: 4 }]);
    assert_eq!(bench.desk.desk_view().told, expected[1..]);
}

#[test]
fn signing_out_leaves_nothing_of_the_floor() {
    let mut bench = supervisor();
    bench.act(Action::SignOut);
    assert!(!bench.desk.floor_view().there && bench.desk.agent_rows().is_empty());
}

#[test]
fn a_call_that_may_be_taken_over_is_fetched_by_the_phone_and_by_nothing_else() {
    let mut bench = Bench::ready();
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(with(Floor { steers: true, ..Floor::default() })))));
    bench.effects.clear();
    bench.act(Action::Steer(SteerWish::TakeOver("agent2".into(), "c1".into())));
    let orders = sent(&bench);
    let steer = Steer::TakeOver { user: "agent2".into(), contact: "c1".into() };
    assert_eq!(orders.iter().map(|(_, order)| order).collect::<Vec<_>>(), [&Order::Steer { steer }]);
    bench.effects.clear();
    let dialog = "a1@x;to-tag=t1;from-tag=f1";
    let result = OrderResult::Admitted { dialog: dialog.into() };
    // Nobody asked for this one.
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id: orders[0].0 + 7, result: result.clone() })));
    assert!(entered(&bench).is_empty());
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id: orders[0].0, result })));
    assert_eq!(entered(&bench), [("agent2".to_owned(), dialog.to_owned(), Entry::Replace)]);
    assert!(!bench.desk.floor_view().busy);
}

/// Dialogs that the phone was told to enter.
fn entered(bench: &Bench) -> Vec<(String, String, Entry)> {
    let into = bench.effects.iter().filter_map(|effect| match effect {
        Effect::Agent(Command::CallInto { target, dialog, how, .. }) => Some((target.clone(), dialog.to_string(), *how)),
        _ => None,
    });
    into.collect()
}

#[test]
fn a_queue_is_added_and_taken_away_where_it_is_not_the_only_one() {
    let mut bench = supervisor();
    assert!(!bench.desk.agent_rows()[0].sheds, "the only one stays");
    bench.act(Action::Steer(SteerWish::Belong("agent2".into(), "reception".into(), true)));
    bench.act(Action::Steer(SteerWish::Belong("agent2".into(), "support".into(), false)));
    let steers: Vec<Order> = sent(&bench).into_iter().map(|(_, order)| order).collect();
    let belong = |queue: &str, on| Order::Steer { steer: Steer::Belong { user: "agent2".into(), queue: queue.into(), on } };
    assert_eq!(steers, [belong("reception", true), belong("support", false)]);
    // The other one is at another site: it is not shown, and yet this one can go.
    let both = FloorAgent { one_queue: false, ..agent("agent2", status(AgentState::Ready)) };
    delta(&mut bench, 10, Change::FloorAgent { agent: both });
    let row = &bench.desk.agent_rows()[0];
    assert_eq!((row.queues.len(), row.sheds), (1, true));
}
