//! One call in the office: drawn along its time, and followed while it goes on.

use app::desk::event::Failure;
use app::desk::office::action::Action as Wish;
use app::desk::office::timeline::{BarView, Kind, Told, WIDTH};
use app::desk::office::{Effect, Event, Office};
use app::desk::settings::Settings;
use wire::{CallTimeline, Me, Role, TimelineDetail, TimelineEvent, TimelineKind, TimelineLane, TimelinePart, TimelineSpan, TimelineState};

use crate::support::me;

fn effects(office: &mut Office) -> Vec<Effect> {
    std::iter::from_fn(|| office.poll()).collect()
}

fn inside() -> Office {
    let mut office = Office::default();
    let me = Box::new(Me { roles: vec![Role::Supervisor], ..me() });
    office.handle(0, Event::Started(Settings::default(), Vec::new(), Some(me)));
    effects(&mut office);
    office
}

fn event(at: i64, what: TimelineKind, detail: Option<TimelineDetail>) -> TimelineEvent {
    TimelineEvent { at, what, who: "Ada\u{202e}".into(), by: String::new(), cause: String::new(), detail }
}

fn told(over: bool, events: usize) -> CallTimeline {
    let span = |what, from, until| TimelineSpan { what, from, until };
    let all = [
        event(1_000, TimelineKind::Queued, None),
        event(3_000, TimelineKind::Answered, None),
        event(11_000, TimelineKind::Ended, Some(TimelineDetail::Unknown)),
    ];
    CallTimeline {
        contact: "c".into(),
        now: 9_000,
        clock_ms: 3_600_000,
        over,
        lanes: vec![TimelineLane {
            name: "Ada".into(),
            part: TimelinePart::Caller,
            spans: vec![span(TimelineState::Waits, 1_000, Some(3_000)), span(TimelineState::Talks, 3_000, over.then_some(11_000))],
        }],
        events: all.into_iter().take(events).collect(),
        cut: false,
        sounds: Vec::new(),
    }
}

fn asks(known: Option<usize>) -> Vec<Effect> {
    vec![Effect::LoadCall { contact: "c".into(), known }]
}

fn came(office: &mut Office, now: u64, told: CallTimeline) {
    office.handle(now, Event::Call("c".into(), Ok(Box::new(told))));
}

fn failed(office: &mut Office, now: u64, status: Option<u16>) {
    office.handle(now, Event::Call("c".into(), Err(Failure { status, code: None, retry_after: None })));
}

#[test]
fn a_running_call_grows_and_its_next_event_is_waited_for() {
    let mut office = inside();
    office.handle(10, Event::Wish(Wish::OpenCall { contact: "c".into() }));
    assert_eq!(effects(&mut office), asks(None));
    assert!(office.call_view().loading);
    came(&mut office, 100, told(false, 2));
    let view = office.call_view();
    assert!(view.running && !view.loading);
    assert_eq!((view.began, view.lasted_ms, view.events.len()), (3_601_000, 8_000, 2));
    assert_eq!((view.events[1].at, view.events[1].after_ms, view.events[1].what), (3_603_000, 2_000, Kind::Answered));
    assert_eq!(view.events[0].who, "Ada", "texts of strangers stay in their place");
    let bar = |what, left, width, ms| BarView { what, left, width, ms };
    assert_eq!(view.lanes[0].bars, [bar(TimelineState::Waits, 0, 250, 2_000), bar(TimelineState::Talks, 250, 750, 6_000)]);
    // Nobody asks while an answer is awaited, and only for what is new.
    office.handle(400, Event::Tick);
    assert_eq!(effects(&mut office), []);
    office.handle(1_100, Event::Tick);
    assert_eq!(effects(&mut office), asks(Some(2)));
    office.handle(4_100, Event::Tick);
    assert_eq!(effects(&mut office), []);
    let view = office.call_view();
    assert_eq!((view.lasted_ms, view.lanes[0].bars[0].width), (12_000, 166), "the clock runs on");
    came(&mut office, 4_200, told(true, 3));
    let view = office.call_view();
    assert_eq!((view.running, view.lasted_ms, view.lanes[0].bars[1].width), (false, 10_000, 800));
    assert_eq!(view.events[2].detail, None::<Told>);
}

#[test]
fn a_call_that_ended_long_ago_is_asked_for_once() {
    let mut office = inside();
    office.handle(0, Event::Wish(Wish::OpenCall { contact: "c".into() }));
    came(&mut office, 10, CallTimeline { now: 11_000 + 3_600_000, ..told(true, 3) });
    effects(&mut office);
    office.handle(20_000, Event::Tick);
    assert_eq!(effects(&mut office), []);
}

#[test]
fn what_is_not_there_is_said_and_what_does_not_answer_is_asked_again() {
    let mut office = inside();
    office.handle(0, Event::Wish(Wish::OpenCall { contact: "c".into() }));
    failed(&mut office, 10, Some(404));
    effects(&mut office);
    assert!(office.call_view().missing);
    office.handle(20_000, Event::Tick);
    assert_eq!(effects(&mut office), []);

    office.handle(20_010, Event::Wish(Wish::OpenCall { contact: "c".into() }));
    came(&mut office, 20_020, told(false, 2));
    effects(&mut office);
    office.handle(21_000, Event::Tick);
    effects(&mut office);
    failed(&mut office, 21_010, None);
    let view = office.call_view();
    assert!(view.failed && view.events.len() == 2, "what is known stays");
    office.handle(27_000, Event::Tick);
    assert_eq!(effects(&mut office), asks(Some(2)));
    // An answer about another call is none.
    office.handle(27_010, Event::Wish(Wish::CloseCall));
    came(&mut office, 27_020, told(false, 2));
    assert!(office.call_view().events.is_empty());
}

#[test]
fn the_shortest_is_seen_and_nothing_leaves_the_drawing() {
    let mut office = inside();
    office.handle(0, Event::Wish(Wish::OpenCall { contact: "c".into() }));
    let mut told = told(true, 3);
    told.lanes[0].spans = vec![
        TimelineSpan { what: TimelineState::Rings, from: 11_000, until: Some(11_000) },
        TimelineSpan { what: TimelineState::Rings, from: 0, until: Some(90_000) },
    ];
    came(&mut office, 10, told);
    for bar in &office.call_view().lanes[0].bars {
        assert!(bar.width > 0 && bar.left >= 0 && bar.left + bar.width <= WIDTH, "{bar:?}");
    }
}
