//! The list of everybody who waits in a queue: asked for part by part while it is looked at, and shown as it was answered.

use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::Event;
use app::desk::view::callers::CallersView;
use app::desk::view::floor::SteerWish;
use wire::{Callers, OrderResult, ServerFrame, WaitingCaller};

use crate::floor::supervisor;
use crate::support::{Bench, UNIX, refused};

fn caller(n: u32) -> WaitingCaller {
    WaitingCaller { contact: format!("c-{n}"), display_name: format!("Caller {n}"), since: UNIX - 60_000, ..WaitingCaller::default() }
}

/// Callers of a queue of `waiting`, from after `before` up to `to`.
fn part(waiting: u32, before: u32, to: u32) -> Callers {
    let next = (to < waiting).then(|| format!("{to}.1"));
    Callers { waiting, before, callers: (before + 1..=to).map(caller).collect(), next }
}

fn answered(bench: &mut Bench, after: Option<&str>, part: Callers) {
    bench.event(Event::Callers { queue: "support".into(), after: after.map(str::to_owned), part: Ok(part) });
}

/// Cursors that were asked for since the last look.
fn asked(bench: &mut Bench) -> Vec<Option<String>> {
    let asked = std::mem::take(&mut bench.effects).into_iter().filter_map(|effect| match effect {
        Effect::LoadCallers { queue, after } => {
            assert_eq!(queue, "support");
            Some(after)
        }
        _ => None,
    });
    asked.collect()
}

fn open() -> Bench {
    let mut bench = supervisor();
    bench.act(Action::ListCallers(Some("support".into())));
    assert_eq!(asked(&mut bench), [None]);
    bench
}

fn names(view: &CallersView) -> Vec<&str> {
    view.rows.iter().map(|row| row.name.as_str()).collect()
}

#[test]
fn the_part_that_is_looked_at_is_asked_for_again_until_it_is_closed() {
    let mut bench = open();
    assert_eq!(bench.desk.floor_view().callers, CallersView { queue: "support".into(), ..CallersView::default() }, "nothing is known yet");
    bench.pass(5);
    assert!(asked(&mut bench).is_empty(), "one question at a time");
    answered(&mut bench, None, part(45, 0, 25));
    let view = bench.desk.floor_view().callers;
    assert_eq!((view.waiting, view.before, view.rows.len(), view.back, view.on), (Some(45), 0, 25, false, true));
    assert_eq!(names(&view)[24], "Caller 25");
    bench.pass(1);
    assert_eq!(asked(&mut bench), [None], "the answer was late already");
    answered(&mut bench, None, part(44, 0, 25));
    bench.pass(2);
    assert!(asked(&mut bench).is_empty());
    bench.pass(1);
    assert_eq!(asked(&mut bench), [None]);
    bench.act(Action::ListCallers(None));
    answered(&mut bench, None, part(44, 0, 25));
    bench.pass(10);
    assert!(asked(&mut bench).is_empty());
    assert_eq!(bench.desk.floor_view().callers, CallersView::default());
}

#[test]
fn parts_are_turned_and_an_answer_about_another_one_is_not_shown() {
    let mut bench = open();
    bench.act(Action::TurnCallers(true));
    bench.act(Action::TurnCallers(false));
    assert!(asked(&mut bench).is_empty(), "nobody knows of another part");
    answered(&mut bench, None, part(45, 0, 25));
    bench.act(Action::TurnCallers(true));
    assert_eq!(asked(&mut bench), [Some("25.1".into())]);
    answered(&mut bench, None, part(40, 0, 25));
    assert_eq!(bench.desk.floor_view().callers.waiting, Some(45), "that was the part before");
    answered(&mut bench, Some("25.1"), part(45, 25, 45));
    let view = bench.desk.floor_view().callers;
    assert_eq!((view.before, view.rows.len(), view.back, view.on), (25, 20, true, false));
    bench.pass(3);
    assert_eq!(asked(&mut bench), [Some("25.1".into())]);
    // Everybody of this part has gone: the one before is shown.
    answered(&mut bench, Some("25.1"), part(25, 25, 25));
    assert_eq!(asked(&mut bench), [None]);
    answered(&mut bench, None, part(25, 0, 25));
    let view = bench.desk.floor_view().callers;
    assert_eq!((view.before, view.rows.len(), view.back, view.on), (0, 25, false, false));
    answered(&mut bench, None, part(0, 0, 0));
    assert_eq!((bench.desk.floor_view().callers.waiting, bench.desk.floor_view().callers.rows.len()), (Some(0), 0));
}

#[test]
fn a_list_that_cannot_be_read_stays_as_it_was_and_says_so_until_it_can() {
    let mut bench = open();
    answered(&mut bench, None, part(30, 0, 25));
    bench.pass(3);
    bench.event(Event::Callers { queue: "support".into(), after: None, part: Err(refused(503)) });
    let view = bench.desk.floor_view().callers;
    assert!(view.failed && view.rows.len() == 25);
    bench.pass(3);
    answered(&mut bench, None, part(29, 0, 25));
    assert!(!bench.desk.floor_view().callers.failed);
}

#[test]
fn what_was_ordered_is_seen_before_the_next_turn_of_the_clock() {
    let mut bench = open();
    answered(&mut bench, None, part(30, 0, 25));
    bench.act(Action::Steer(SteerWish::Prioritise("c-25".into(), 3)));
    let ids: Vec<u64> = bench
        .effects
        .drain(..)
        .filter_map(|effect| match effect {
            Effect::SendFeed(wire::ClientFrame::Order { id, .. }) => Some(id),
            _ => None,
        })
        .collect();
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id: ids[0], result: OrderResult::Done })));
    assert_eq!(asked(&mut bench), [None]);
}

#[test]
fn a_list_is_for_whoever_sees_the_floor_and_ends_with_the_session() {
    let mut bench = Bench::ready();
    bench.act(Action::ListCallers(Some("support".into())));
    assert!(asked(&mut bench).is_empty());
    let mut bench = open();
    bench.event(Event::Callers { queue: "support".into(), after: None, part: Err(refused(401)) });
    bench.pass(10);
    assert!(asked(&mut bench).is_empty());
    assert_eq!(bench.desk.floor_view().callers, CallersView::default());
}
