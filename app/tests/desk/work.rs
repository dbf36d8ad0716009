//! Work for the queues: what the switchboard says is shown, what the user asks for is ordered, and nothing is shown before it is so.

use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::{Event, Failure};
use app::desk::view::desk::Notice;
use app::desk::view::work::{Doing, FiguresView, Moment, PhoneFault};
use wire::{
    AgentState, AgentStatus, CallItem, CallQueue, CallState, Change, Choice, ClientFrame, Direction, Figures, Order, OrderResult, Peer,
    Queue, ServerFrame, Snapshot, Unready, WaitingCaller, WrapUp,
};

use crate::support::{Bench, UNIX, snapshot};

fn status(state: AgentState, wants_calls: bool) -> AgentStatus {
    AgentStatus { state, since: UNIX - 60_000, wants_calls, pause_reason: None, set_by: None, unready: None, wrap_up: None }
}

fn queue() -> Queue {
    let caller = |contact: &str, name: &str, since| WaitingCaller {
        contact: contact.into(),
        display_name: name.into(),
        since,
        priority: 0,
        offered_to: None,
        rung: if contact == "abcd1" { vec!["agent2".into(), "agent3".into()] } else { Vec::new() },
        needs: None,
        needs_until: None,
        door: None,
    };
    Queue {
        name: "support".into(),
        label: "Support".into(),
        waiting: 2,
        longest: None,
        first: vec![caller("abcd1", "", UNIX - 90_000), caller("abcd2", "Ada\u{202e}", UNIX)],
        free: 0,
        working: 1,
        open: true,
        dispositions: vec![Choice { name: "solved".into(), label: "Solved".into() }],
    }
}

/// A desk of an agent of one queue.
fn agent() -> Bench {
    let mut bench = Bench::ready();
    let reasons = vec![Choice { name: "lunch".into(), label: "Lunch".into() }];
    let work = Snapshot { agent: Some(status(AgentState::Paused, false)), queues: vec![queue()], pause_reasons: reasons, ..snapshot(9) };
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(work))));
    bench
}

fn delta(bench: &mut Bench, seq: u64, change: Change) {
    bench.event(Event::Feed(Box::new(ServerFrame::Delta { seq, now: UNIX, changes: vec![change] })));
}

fn doing(bench: &Bench) -> Doing {
    bench.desk.work_view().me.expect("a state").doing
}

fn ordered(bench: &Bench) -> Vec<Order> {
    let orders = bench.effects.iter().filter_map(|effect| match effect {
        Effect::SendFeed(ClientFrame::Order { order, .. }) => Some(order.clone()),
        _ => None,
    });
    orders.collect()
}

#[test]
fn whoever_is_in_no_queue_sees_nothing_of_queues() {
    let bench = Bench::ready();
    assert_eq!(bench.desk.work_view(), Default::default());
    assert!(!bench.effects.contains(&Effect::LoadFigures));
}

#[test]
fn ready_is_ordered_and_shown_once_the_switchboard_says_so() {
    let mut bench = agent();
    let me = bench.desk.work_view().me.expect("there is one");
    assert_eq!((me.doing, me.ready, me.pause), (Doing::NotReady, true, None));
    bench.effects.clear();
    bench.act(Action::Ready);
    assert_eq!(ordered(&bench), [Order::Ready]);
    assert!(bench.effects.contains(&Effect::UnlockSound), "the gesture unlocks the ring sound too");
    let me = bench.desk.work_view().me.expect("there is one");
    assert_eq!((me.doing, me.busy), (Doing::NotReady, true));
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id: 1, result: OrderResult::Done })));
    delta(&mut bench, 10, Change::Agent { status: status(AgentState::Ready, true) });
    let me = bench.desk.work_view().me.expect("there is one");
    assert_eq!((me.doing, me.busy, me.ready), (Doing::Ready, false, false));
    assert_eq!(me.pause.map(|reasons| reasons.len()), Some(1));
}

#[test]
fn every_state_has_its_words() {
    let mut bench = agent();
    let mut seq = 9;
    let mut shown = |status: AgentStatus| {
        seq += 1;
        delta(&mut bench, seq, Change::Agent { status });
        let me = bench.desk.work_view().me.expect("there is one");
        (me.doing, me.pause_next)
    };
    let paused = |reason: &str| AgentStatus { pause_reason: Some(reason.into()), ..status(AgentState::Paused, false) };
    let unready = |unready| AgentStatus { unready: Some(unready), ..status(AgentState::Ready, true) };
    assert_eq!(shown(paused("lunch")), (Doing::Paused("Lunch".into()), false));
    assert_eq!(shown(paused("renamed")), (Doing::Paused("renamed".into()), false));
    assert_eq!(shown(paused("missed")), (Doing::PausedByMisses, false));
    assert_eq!(shown(unready(Unready::Silent)), (Doing::Silent, false));
    assert_eq!(shown(unready(Unready::Resting)), (Doing::Resting, false));
    assert_eq!(shown(unready(Unready::SoundLocked)), (Doing::Unfit(PhoneFault::SoundLocked), false));
    assert_eq!(shown(unready(Unready::Unknown)), (Doing::Unfit(PhoneFault::Unknown), false), "a reason of a later version is one");
    assert_eq!(shown(status(AgentState::OnCall, true)), (Doing::OnCall, false));
    assert_eq!(shown(status(AgentState::OnCall, false)), (Doing::OnCall, true), "the pause follows the call");
    assert_eq!(shown(status(AgentState::Ringing, true)), (Doing::Ringing, false));
    assert_eq!(shown(status(AgentState::Offline, true)), (Doing::Offline, false));
}

#[test]
fn waiting_callers_have_names_and_waits_that_began_before_this_page() {
    let bench = agent();
    let queue = &bench.desk.work_view().queues[0];
    let now = i64::try_from(bench.now).expect("there is one");
    assert_eq!((queue.label.as_str(), queue.waiting, queue.longest), ("Support", 2, Some(Moment(now - 90_000))));
    assert_eq!(queue.first[0].since.passed(bench.now), 90, "though the page is a second old");
    assert_eq!((queue.first[0].name.as_str(), queue.first[1].name.as_str()), ("#ABCD", "Ada"));
    assert_eq!(queue.first[0].ringing.as_deref(), Some("Agent Two, agent3"));
    assert_eq!(queue.first[1].ringing, None);
}

#[test]
fn a_call_of_a_queue_is_named_in_whichever_order_ring_and_feed_arrive() {
    for feed_first in [false, true] {
        let mut bench = agent();
        // The handle of the next incoming call is made from the clock.
        let contact = format!("{:032x}", sip_ws::io::CallId::FIRST_INCOMING.0 + bench.now);
        let call = CallItem {
            contact,
            direction: Direction::Incoming,
            peer: Peer::default(),
            state: CallState::Ringing,
            started_at: UNIX,
            answered_at: None,
            queue: Some(CallQueue { name: "support".into(), label: "Support".into(), since: UNIX - 30_000 }),
            away: false,
        };
        if feed_first {
            delta(&mut bench, 10, Change::Call { call: call.clone() });
        }
        let key = bench.rings("agent2", false);
        if !feed_first {
            assert_eq!(bench.desk.incoming_views()[0].queue, None, "it rings before it is named");
            delta(&mut bench, 10, Change::Call { call });
        }
        let ring = &bench.desk.incoming_views()[0];
        let (label, since) = ring.queue.clone().expect("there is one");
        assert_eq!((label.as_str(), since.passed(bench.now)), ("Support", 30));
        bench.act(Action::Answer { call: key, video: false });
        bench.answered(key);
        assert_eq!(bench.desk.call_views()[0].queue.as_deref(), Some("Support"));
    }
}

#[test]
fn a_call_is_finished_with_what_it_was_about() {
    let mut bench = agent();
    let wrap_up = WrapUp { contact: "c1".into(), queue: "support".into(), since: UNIX, until: UNIX + 30_000, extended: 0, more: true };
    delta(&mut bench, 10, Change::Agent { status: AgentStatus { wrap_up: Some(wrap_up), ..status(AgentState::WrapUp, true) } });
    let view = bench.desk.work_view().wrap_up.expect("there is one");
    assert_eq!((view.queue.as_str(), view.dispositions.len(), view.until.left(bench.now), view.more), ("Support", 1, 30_000, true));
    bench.effects.clear();
    bench.act(Action::ExtendWrapUp { contact: "c1".into() });
    assert_eq!(ordered(&bench), [Order::ExtendWrapUp { contact: "c1".into() }]);
    bench.effects.clear();
    let note = "x".repeat(wire::NOTE_LIMIT + 10);
    bench.act(Action::FinishWrapUp { contact: "c1".into(), disposition: Some("solved".into()), note });
    let Some(Order::FinishWrapUp { note, .. }) = ordered(&bench).pop() else { panic!("no order") };
    assert_eq!(note.len(), wire::NOTE_LIMIT);
    delta(&mut bench, 11, Change::Agent { status: status(AgentState::Ready, true) });
    assert!(bench.desk.work_view().wrap_up.is_none());
    assert!(bench.effects.contains(&Effect::LoadFigures), "the day has changed");
}

#[test]
fn a_refused_order_is_said_and_one_that_came_too_late_is_not() {
    let mut bench = agent();
    let refused = |bench: &Bench| bench.desk.desk_view().notices.contains(&Notice::OrderRefused);
    bench.act(Action::Ready);
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id: 1, result: OrderResult::TooLate })));
    assert!(!refused(&bench));
    bench.act(Action::Ready);
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id: 2, result: OrderResult::Forbidden })));
    assert!(refused(&bench) && !bench.desk.work_view().me.expect("there is one").busy);
    bench.act(Action::Ready);
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id: 3, result: OrderResult::Done })));
    assert!(!refused(&bench));
    bench.event(Event::FeedClosed { signed_out: false });
    bench.effects.clear();
    assert!(!bench.desk.work_view().me.expect("there is one").ready, "without the feed nothing can be ordered");
    bench.act(Action::Ready);
    assert!(ordered(&bench).is_empty() && refused(&bench));
}

#[test]
fn the_end_of_the_shift_takes_no_more_calls() {
    for act in [Action::EndShift, Action::SignOut] {
        let mut bench = agent();
        delta(&mut bench, 10, Change::Agent { status: status(AgentState::Ready, true) });
        bench.effects.clear();
        bench.act(act);
        assert_eq!(ordered(&bench), [Order::Pause { reason: None }]);
    }
}

#[test]
fn figures_are_shown_as_they_come_and_stay_when_they_cannot_be_had() {
    let mut bench = agent();
    assert!(bench.effects.contains(&Effect::LoadFigures));
    bench.event(Event::Figures(Ok(Figures { since: UNIX, answered: 4, from_queues: 3, missed: 1, talk_ms: 250_000, wrap_up_ms: 0 })));
    let expected = FiguresView { answered: 4, missed: 1, talk_s: 250, average_s: Some(62) };
    assert_eq!(bench.desk.work_view().figures, Some(expected));
    bench.event(Event::Figures(Err(Failure { status: None, code: None, retry_after: None })));
    assert_eq!(bench.desk.work_view().figures, Some(expected));
}

#[test]
fn a_guest_has_a_name_and_cannot_be_called_back() {
    let mut bench = agent();
    bench.rings("~support~3f2a112233445566", false);
    let ring = &bench.desk.incoming_views()[0];
    assert_eq!((ring.who.name.as_str(), ring.who.number.as_deref()), ("#3F2A", None));
    assert_eq!(doing(&bench), Doing::NotReady);
}
