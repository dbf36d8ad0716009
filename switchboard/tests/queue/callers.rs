//! Callers: order, what they are told, overflow, refusals, and the place of one who calls again.

use crate::support::{Floor, UNIX, member, name, queue};
use jiff::tz::TimeZone;
use switchboard::queue::io::{Input, ItemId, Name, Output, Refusal};
use switchboard::queue::{Hours, Mode, Place};

fn placed(f: &Floor, of: ItemId) -> Option<(String, i64, Option<String>)> {
    f.out.iter().find_map(|output| match output {
        Output::Placed { item, queue, since, resumed, .. } if *item == of => Some((queue.name.to_string(), *since, resumed.clone())),
        _ => None,
    })
}

fn kept(f: &Floor) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::new();
    for output in &f.out {
        match output {
            Output::Keep(place) => {
                kept.retain(|known| known.caller() != place.caller());
                kept.push(place.clone());
            }
            Output::Forget(caller) => kept.retain(|known| known.caller() != *caller),
            _ => {}
        }
    }
    kept
}

#[test]
fn callers_hear_their_position_at_once_when_it_changes_and_every_minute() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    let items: Vec<_> = ["v1", "v2", "v3"].map(|caller| f.arrive("support", caller)).into();
    assert_eq!([f.told(items[0]), f.told(items[1]), f.told(items[2])], [[1], [2], [3]]);
    f.advance(1_000);
    f.input(Input::Left { item: items[0] });
    f.advance(5_000);
    assert_eq!([f.told(items[1]), f.told(items[2])], [[2, 1], [3, 2]]);
    f.advance(66_000);
    assert_eq!(f.told(items[2]), [3, 2, 2], "nothing changed, and said again within the minute and a walk");
    f.advance(600_000);
    let count = f.told(items[2]).len();
    assert!((12..=14).contains(&count), "once a minute: {count}");
}

#[test]
fn an_estimate_is_given_once_calls_have_been_answered_and_somebody_works() {
    let mut f = Floor::new(vec![queue("support", &["ann", "bob"])]);
    f.ready("ann");
    let first = f.arrive("support", "v1");
    f.answer(first);
    let second = f.arrive("support", "v2");
    assert_eq!(estimate(&f, second), None, "nothing is known yet");
    f.advance(120_000);
    f.end("ann", first);
    f.answer(second);
    let (third, fourth) = (f.arrive("support", "v3"), f.arrive("support", "v4"));
    assert_eq!((estimate(&f, third), estimate(&f, fourth)), (Some(120), Some(240)), "one agent, two minutes a call");
    f.ready("bob");
    f.answer(third);
    f.advance(6_000);
    assert_eq!(estimate(&f, fourth), Some(60), "two agents share the callers");
}

/// The last estimate that a caller was told.
fn estimate(f: &Floor, of: ItemId) -> Option<u32> {
    let told = f.out.iter().rev().find_map(|output| match output {
        Output::Tell { item, estimate_s, .. } if *item == of => Some(*estimate_s),
        _ => None,
    });
    told.flatten()
}

#[test]
fn an_estimate_counts_the_wrap_up_and_each_agent_once_in_all_their_queues() {
    let mut support = queue("support", &["ann", "bob"]);
    support.wrap_up_ms = 60_000;
    let mut f = Floor::new(vec![support, queue("sales", &["bob"]), queue("night", &["bob"])]);
    f.ready("ann");
    let first = f.arrive("support", "v1");
    f.answer(first);
    f.advance(120_000);
    f.end("ann", first);
    let second = f.arrive("support", "v2");
    assert_eq!(estimate(&f, second), None, "the first call is not finished");
    f.advance(30_000);
    f.input(Input::EndWrapUp { agent: name("ann"), contact: "contact-1".into() });
    f.answer(second);
    let third = f.arrive("support", "v3");
    assert_eq!(estimate(&f, third), Some(150), "two minutes of talk and half a minute of work");
    // Bob serves three queues: a third of him is here.
    f.input(Input::SetMode { agent: name("bob"), mode: Mode::Paused { reason: None }, by: None });
    f.phones("bob", true, 1);
    f.input(Input::Answers { agent: name("bob"), answers: true });
    f.input(Input::SetMode { agent: name("bob"), mode: Mode::Ready, by: None });
    f.advance(60_000);
    assert_eq!(estimate(&f, third), Some(113), "one agent and a third: 150 s × 3/4");
    f.input(Input::SetMember { agent: name("bob"), queue: name("night"), on: false });
    f.advance(60_000);
    assert_eq!(estimate(&f, third), Some(100), "one agent and a half");
}

#[test]
fn an_estimate_outlives_a_restart() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    let first = f.arrive("support", "v1");
    f.answer(first);
    f.advance(90_000);
    f.end("ann", first);
    f.restart();
    f.phones("ann", true, 1);
    f.input(Input::Answers { agent: name("ann"), answers: true });
    let next = f.arrive("support", "v2");
    assert_eq!(estimate(&f, next), Some(90));
}

#[test]
fn a_caller_who_waits_too_long_overflows_once_around_and_is_then_refused() {
    let with = |label: &str, overflow: &str, members: &[&str]| {
        let mut queue = queue(label, members);
        queue.max_wait_ms = Some(60_000);
        queue.overflow = Some(name(overflow));
        queue
    };
    let mut f = Floor::new(vec![with("support", "sales", &["ann"]), with("sales", "support", &["bob"])]);
    let item = f.arrive("support", "v1");
    f.advance(30_000);
    let young = f.arrive("sales", "v2");
    f.advance(30_000);
    assert!(f.out.contains(&Output::Moved { item, from: name("support"), to: name("sales"), why: Some(Refusal::TimedOut) }));
    f.ready("bob");
    assert_eq!(f.offered_to(item).as_deref(), Some("bob"), "who came from elsewhere has waited longer than {young:?}");
    f.advance(19_000);
    f.declined(item);
    f.pause("bob", "lunch");
    f.advance(41_000);
    assert_eq!(f.refused(item), Some(Refusal::TimedOut), "a full minute in the second queue, and not back to the first");
    assert_eq!(f.refused(young), None, "that one went on to the other queue");
    assert!(f.out.contains(&Output::Moved { item: young, from: name("sales"), to: name("support"), why: Some(Refusal::TimedOut) }));
}

#[test]
fn the_end_of_the_wait_during_a_ring_lets_the_ring_end_first() {
    let mut f = Floor::new(vec![{
        let mut support = queue("support", &["ann"]);
        support.max_wait_ms = Some(30_000);
        support
    }]);
    let item = f.arrive("support", "v1");
    f.advance(25_000);
    f.ready("ann");
    f.advance(10_000);
    assert_eq!(f.refused(item), None);
    f.declined(item);
    assert_eq!(f.refused(item), Some(Refusal::TimedOut));
}

#[test]
fn a_full_or_closed_queue_overflows_or_refuses() {
    let mut small = queue("support", &["ann"]);
    small.max_waiting = 1;
    small.overflow = Some(name("sales"));
    let mut sales = queue("sales", &["bob"]);
    sales.max_waiting = 1;
    let mut closed = queue("night", &["ann"]);
    closed.hours = Some(Hours::parse(TimeZone::UTC, &["mon 00:00-00:01"]).unwrap());
    let mut f = Floor::new(vec![small, sales, closed]);
    f.arrive("support", "v1");
    let second = f.arrive("support", "v2");
    assert_eq!(placed(&f, second).map(|(queue, _, _)| queue).as_deref(), Some("sales"));
    let past: Vec<_> = f.out.iter().filter_map(|o| if let Output::Placed { past, .. } = o { Some(past.clone()) } else { None }).collect();
    assert_eq!(past.last(), Some(&Some((name("support"), Refusal::Full))), "it is said which queue could not take them");
    let third = f.arrive("support", "v3");
    assert_eq!(f.refused(third), Some(Refusal::Full));
    // 15 January 2027 is a Friday.
    let fourth = f.arrive("night", "v4");
    assert_eq!(f.refused(fourth), Some(Refusal::Closed));
    let fifth = f.arrive("nowhere", "v5");
    assert_eq!(f.refused(fifth), Some(Refusal::Unknown));
    assert_eq!(f.engine.load().0, 2, "nobody who was refused stays");
}

#[test]
fn who_calls_again_soon_has_the_same_place() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    let first = f.arrive("support", "v1");
    f.advance(100);
    f.arrive("support", "v2");
    f.advance(10_000);
    f.input(Input::Left { item: first });
    f.advance(29_999);
    let again = f.arrive("support", "v1");
    assert_eq!(placed(&f, again), Some(("support".into(), UNIX, None)));
    assert_eq!(f.told(again), [1]);
    f.input(Input::Left { item: again });
    f.advance(30_000);
    assert_eq!(kept(&f).len(), 1, "only the other caller's place is stored");
    let late = f.arrive("support", "v1");
    assert_eq!(f.told(late), [2], "half a minute is over");
    assert!(!f.out.iter().any(|o| matches!(o, Output::Lost(_))), "who hung up is not lost");
}

#[test]
fn who_calls_another_queue_soon_is_in_that_one() {
    let mut sales = queue("sales", &["bob"]);
    sales.max_waiting = 1;
    let mut f = Floor::new(vec![queue("support", &["ann"]), sales]);
    let first = f.arrive("support", "v1");
    f.advance(10_000);
    f.input(Input::Left { item: first });
    let other = f.arrive("sales", "v1");
    assert_eq!(placed(&f, other), Some(("sales".into(), UNIX + 10_000, None)));
    f.input(Input::Left { item: other });
    let back = f.arrive("support", "v1");
    assert_eq!(placed(&f, back), Some(("support".into(), UNIX + 10_000, None)), "one place at a time");
    // A second call to another queue goes there as well, and has nothing of the first one.
    f.advance(10_000);
    let parallel = f.arrive("sales", "v1");
    assert_eq!((f.refused(back), placed(&f, parallel)), (Some(Refusal::Replaced), Some(("sales".into(), UNIX + 20_000, None))));
    assert_eq!(f.engine.load().0, 1);
    // Where the other queue takes nobody, nothing of before changes.
    let waits = f.arrive("support", "v2");
    f.advance(5_000);
    let refused = f.arrive("sales", "v2");
    assert_eq!((f.refused(refused), f.refused(waits)), (Some(Refusal::Full), None));
    f.input(Input::Left { item: waits });
    let refused = f.arrive("sales", "v2");
    assert_eq!(f.refused(refused), Some(Refusal::Full));
    let again = f.arrive("support", "v2");
    assert_eq!(placed(&f, again), Some(("support".into(), UNIX + 20_000, None)));
}

#[test]
fn who_was_moved_has_their_place_by_either_queue() {
    let mut f = Floor::new(vec![queue("support", &["ann"]), queue("sales", &["bob"]), queue("night", &["bob"])]);
    for (dials, is_in, waits_ms) in [("support", "sales", 5_000), ("sales", "sales", 5_000), ("night", "night", 0)] {
        let caller = format!("to-{dials}");
        let item = f.arrive("support", &caller);
        f.advance(5_000);
        f.input(Input::Move { item, to: name("sales") });
        f.input(Input::Left { item });
        let back = f.arrive(dials, &caller);
        assert_eq!(placed(&f, back), Some((is_in.into(), f.unix() - waits_ms, None)), "{dials}");
    }
}

#[test]
fn a_place_of_before_a_restart_is_lost_to_who_calls_another_queue() {
    let mut f = Floor::new(vec![queue("support", &["ann"]), queue("sales", &["bob"])]);
    f.arrive("support", "v1");
    f.advance(5_000);
    f.restart();
    let other = f.arrive("sales", "v1");
    assert_eq!(placed(&f, other), Some(("sales".into(), UNIX + 5_000, None)));
    let lost: Vec<_> = f.out.iter().filter_map(|o| if let Output::Lost(place) = o { Some(place.contact.as_str()) } else { None }).collect();
    assert_eq!(lost, ["contact-1"], "its contact ends, and at once");
    f.advance(60_000);
    assert_eq!((f.places.len(), f.engine.load().0), (1, 1));
}

#[test]
fn a_second_call_of_a_waiting_caller_takes_the_place_of_the_first() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    let first = f.arrive("support", "v1");
    f.arrive("support", "v2");
    f.ready("ann");
    assert_eq!(f.offered_to(first).as_deref(), Some("ann"));
    let again = f.arrive("support", "v1");
    assert_eq!(f.refused(first), Some(Refusal::Replaced));
    assert!(placed(&f, again).is_some_and(|(_, since, _)| since == UNIX));
}

#[test]
fn places_survive_a_restart_and_who_does_not_come_back_is_counted_lost() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    for caller in ["v1", "v2", "v3"] {
        f.arrive("support", caller);
        f.advance(1_000);
    }
    let stored = kept(&f);
    assert_eq!(stored.len(), 3);

    let mut g = Floor::new(vec![queue("support", &["ann"])]);
    g.now = f.now + 4_000;
    let clock = g.clock();
    g.engine.restore(clock, Vec::new(), stored);
    g.advance(1_000);
    let second = g.arrive("support", "v2");
    g.advance(500);
    let first = g.arrive("support", "v1");
    assert_eq!(placed(&g, first), Some(("support".into(), UNIX, Some("contact-1".into()))));
    g.ready("ann");
    assert_eq!(g.offered_to(first).as_deref(), Some("ann"), "the first is the first again, though back later than {second:?}");
    g.advance(30_000);
    let lost: Vec<String> =
        g.out.iter().filter_map(|o| if let Output::Lost(place) = o { Some(place.caller.to_string()) } else { None }).collect();
    assert_eq!(lost, ["v3"]);
}

/// More places than are kept of callers who left.
const MANY: u32 = 10_003;

fn place(n: u32, left: bool) -> Place {
    let since = UNIX - i64::from(MANY - n);
    let (caller, contact) = (format!("v{n}"), format!("before-{n}"));
    let queue = "support".to_owned();
    let (display, dialled) = (String::new(), String::new());
    Place { tenant: "t1".into(), caller, display, queue, dialled, since, contact, entered: since, priority: 0, left }
}

#[test]
fn however_many_wait_nobody_loses_their_place_by_a_restart() {
    let mut support = queue("support", &[]);
    support.max_waiting = 100_000;
    let mut f = Floor::new(vec![support]);
    let clock = f.clock();
    f.engine.restore(clock, Vec::new(), (0..MANY).map(|n| place(n, false)).collect());
    let item = f.arrive("support", "v0");
    assert_eq!(placed(&f, item), Some(("support".into(), UNIX - i64::from(MANY), Some("before-0".into()))));
    assert!(!f.out.iter().any(|output| matches!(output, Output::Forget(_))));
    f.advance(30_000);
    let lost = f.out.iter().filter(|output| matches!(output, Output::Lost(_))).count();
    assert_eq!(lost, 10_002, "and of each who does not come back it is told");
}

#[test]
fn of_very_many_who_hung_up_the_first_ones_lose_their_places() {
    let mut f = Floor::new(vec![queue("support", &[])]);
    let clock = f.clock();
    f.engine.restore(clock, Vec::new(), std::iter::once(place(MANY, false)).chain((0..MANY).map(|n| place(n, true))).collect());
    f.input(Input::Timer);
    let gone: Vec<Name> = f.out.iter().filter_map(|o| if let Output::Forget(caller) = o { Some(caller.clone()) } else { None }).collect();
    assert_eq!(gone, [name("v0"), name("v1"), name("v10")], "the oldest; of the same moment in the order of their names");
    let cut_off = f.arrive("support", &format!("v{MANY}"));
    assert_eq!(placed(&f, cut_off).and_then(|(_, _, resumed)| resumed), Some(format!("before-{MANY}")));
}

#[test]
fn an_answered_caller_has_no_place_any_more() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    let item = f.arrive("support", "v1");
    f.answer(item);
    assert!(kept(&f).is_empty());
    f.end("ann", item);
    f.advance(10);
    let again = f.arrive("support", "v1");
    assert_eq!(placed(&f, again).map(|(_, since, resumed)| (since, resumed)), Some((UNIX + 10, None)));
}

#[test]
fn a_queue_that_is_taken_away_refuses_its_callers_and_frees_its_agents() {
    let mut f = Floor::new(vec![queue("support", &["ann"]), queue("sales", &["ann"])]);
    f.ready("ann");
    let (offered, waiting) = (f.arrive("support", "v1"), f.arrive("support", "v2"));
    f.input(Input::Configure(vec![queue("sales", &["ann"])]));
    assert_eq!((f.refused(offered), f.refused(waiting)), (Some(Refusal::Unknown), Some(Refusal::Unknown)));
    let item = f.arrive("sales", "v3");
    assert_eq!(f.offered_to(item).as_deref(), Some("ann"));
}

#[test]
fn the_callers_of_a_queue_that_is_taken_away_go_on_to_its_overflow() {
    let (mut support, sales) = (queue("support", &["ann"]), queue("sales", &["bob"]));
    support.overflow = Some(name("sales"));
    let mut f = Floor::new(vec![support, sales.clone()]);
    f.ready("ann");
    let (offered, waiting) = (f.arrive("support", "v1"), f.arrive("support", "v2"));
    assert_eq!(f.offered_to(offered).as_deref(), Some("ann"));
    f.advance(60_000);
    let late = f.arrive("sales", "v3");
    f.input(Input::Configure(vec![sales]));
    assert_eq!((f.refused(offered), f.refused(waiting)), (None, None));
    assert_eq!(f.engine.view(&name("sales")).unwrap().waiting, 3);
    // As old as they were: before whoever has been there already.
    f.ready("bob");
    assert_eq!(f.offered_to(offered).as_deref(), Some("bob"));
    f.input(Input::Left { item: offered });
    assert_eq!((f.offered_to(waiting).as_deref(), f.offered_to(late)), (Some("bob"), None));
}

#[test]
fn where_a_queue_is_taken_away_its_overflow_takes_its_callers_at_every_hour_and_however_many_wait() {
    let (mut support, mut sales, mut night) = (queue("support", &["ann"]), queue("sales", &["bob"]), queue("night", &["bob"]));
    support.overflow = Some(name("sales"));
    sales.max_waiting = 1;
    sales.overflow = Some(name("night"));
    // 15 January 2027 is a Friday.
    night.hours = Some(Hours::parse(TimeZone::UTC, &["mon 00:00-00:01"]).unwrap());
    let mut f = Floor::new(vec![support, sales.clone(), night.clone()]);
    f.ready("ann");
    let (offered, waiting) = (f.arrive("support", "v1"), f.door("support", "gate", 2));
    assert_eq!(f.offered_to(offered).as_deref(), Some("ann"));
    f.advance(60_000);
    let late = f.arrive("sales", "v2");
    f.configure(vec![sales, night.clone()]);
    assert_eq!((f.refused(offered), f.refused(waiting)), (None, None), "full is said to whoever comes");
    let moved = Output::Moved { item: waiting, from: name("support"), to: name("sales"), why: None };
    assert!(f.out.contains(&moved));
    f.configure(vec![night]);
    assert_eq!([offered, waiting, late].map(|item| f.refused(item)), [None; 3], "so is closed");
    let view = f.engine.view(&name("night")).unwrap();
    let order: Vec<_> = view.first.iter().map(|caller| (caller.display.as_str(), caller.since, caller.priority)).collect();
    assert_eq!(order, [("GATE", UNIX, 2), ("V1", UNIX, 0), ("V2", UNIX + 60_000, 0)], "as old and as urgent as they were");
    f.ready("bob");
    assert_eq!(f.offered_to(waiting).as_deref(), Some("bob"));
}

#[test]
fn of_queues_that_are_taken_away_together_the_way_leads_to_one_that_stays() {
    let over = |label: &str, overflow: &str| {
        let mut queue = queue(label, &[]);
        queue.overflow = Some(name(overflow));
        queue
    };
    let stays = queue("night", &["bob"]);
    let all = vec![over("support", "sales"), over("sales", "night"), over("left", "right"), over("right", "left"), stays.clone()];
    let mut f = Floor::new(all);
    let (far, around) = (f.arrive("support", "v1"), f.arrive("left", "v2"));
    f.configure(vec![stays]);
    assert_eq!((f.refused(far), f.engine.view(&name("night")).unwrap().waiting), (None, 1));
    assert_eq!(f.refused(around), Some(Refusal::Unknown), "a circle leads nowhere");
}

#[test]
fn a_changed_queue_keeps_its_callers_and_whoever_is_rung() {
    let mut support = queue("support", &["ann"]);
    let mut f = Floor::new(vec![support.clone()]);
    f.ready("ann");
    let (offered, waiting) = (f.arrive("support", "v1"), f.arrive("support", "v2"));
    (support.members, support.label) = (vec![member("bob", 0, &[])], "Help".into());
    f.input(Input::Configure(vec![support]));
    assert_eq!((f.refused(offered), f.refused(waiting), f.offered_to(offered).as_deref()), (None, None, Some("ann")));
    f.ready("bob");
    assert_eq!(f.offered_to(waiting).as_deref(), Some("bob"));
    assert_eq!(f.engine.view(&name("support")).unwrap().label, "Help");
}

#[test]
fn a_view_lists_the_first_callers_and_counts_all() {
    let mut f = Floor::new(vec![queue("support", &["ann", "bob"])]);
    f.ready("ann");
    let items: Vec<_> = (0..30).map(|n| f.arrive("support", &format!("v{n}"))).collect();
    let view = f.engine.view(&name("support")).unwrap();
    assert_eq!((view.waiting, view.first.len(), view.free, view.working, view.open), (30, 20, 0, 1, true));
    assert_eq!(view.first[0].offered_to, [Name::new("t1", "ann")]);
    assert_eq!((view.first[1].contact.as_str(), view.first[1].display.as_str()), ("contact-2", "V1"));
    f.input(Input::Left { item: items[3] });
    assert_eq!(f.engine.view(&name("support")).unwrap().waiting, 29);
}

#[test]
fn who_has_waited_longest_is_known_however_many_were_put_before_them() {
    let mut f = Floor::new(vec![queue("support", &["ann"]), queue("sales", &[])]);
    let patient = f.arrive("support", "patient");
    let since = f.unix();
    let longest = |f: &Floor, of: &str| f.engine.view(&name(of)).unwrap().longest;
    for n in 0..25 {
        f.advance(1_000);
        let item = f.arrive("support", &format!("v{n}"));
        f.input(Input::Prioritise { item, priority: 3 });
    }
    let view = f.engine.view(&name("support")).unwrap();
    assert!(view.first.iter().all(|caller| caller.since > since), "they are not listed");
    assert_eq!(view.longest, Some(since));
    // In another queue they are as old, and whoever is being offered waits too; gone is gone.
    f.ready("ann");
    assert_eq!(longest(&f, "support"), Some(since));
    f.input(Input::Move { item: patient, to: name("sales") });
    assert_eq!((longest(&f, "support"), longest(&f, "sales")), (Some(since + 1_000), Some(since)));
    f.input(Input::Left { item: patient });
    assert_eq!(longest(&f, "sales"), None);
}

#[test]
fn a_long_queue_is_told_its_places_in_steps() {
    let mut support = queue("support", &[]);
    support.max_waiting = 10_000;
    let mut f = Floor::new(vec![support]);
    let items: Vec<_> = (0..2_500).map(|n| f.arrive("support", &format!("v{n}"))).collect();
    // Everybody has heard nothing for a minute at the same moment.
    let end = f.now + 66_000;
    while let Some(at) = f.engine.deadline().filter(|at| at.0 <= end) {
        f.now = f.now.max(at.0);
        let before = f.out.len();
        f.input(Input::Timer);
        let told = f.out[before..].iter().filter(|output| matches!(output, Output::Tell { .. })).count();
        assert!(told <= 1_000, "{told} callers in one step");
    }
    for (n, item) in items.iter().enumerate() {
        let position = u32::try_from(n + 1).unwrap();
        assert_eq!(f.told(*item), [position, position]);
    }
}

/// Everybody who waits in a queue by where they stand on the floor, and where they were told last that they do.
fn places_of_all(f: &Floor) -> [Vec<(String, u32)>; 2] {
    let listed = f.engine.listed(&name("support"), None, usize::MAX - 1).unwrap();
    let waiting = listed.callers.iter().zip(1..).filter(|(caller, _)| caller.offered_to.is_empty());
    let on_the_floor: Vec<(String, u32)> = waiting.map(|(caller, position)| (caller.contact.clone(), position)).collect();
    let told = |contact: &String| f.told(ItemId(contact.strip_prefix("contact-").unwrap().parse().unwrap())).pop().unwrap();
    let told = on_the_floor.iter().map(|(contact, _)| (contact.clone(), told(contact))).collect();
    [on_the_floor, told]
}

#[test]
fn callers_are_told_the_place_that_the_floor_shows_while_others_are_being_offered() {
    let mut support = queue("support", &["ann", "bob"]);
    (support.max_waiting, support.ring_ms) = (1_000, 3_600_000);
    let mut f = Floor::new(vec![support, queue("sales", &["cid", "dot"])]);
    for agent in ["ann", "bob", "cid", "dot"] {
        f.ready(agent);
    }
    for n in 1..=600 {
        f.arrive("support", &format!("v{n}"));
        f.advance(1);
    }
    assert_eq!((f.told(ItemId(3)), f.told(ItemId(600))), (vec![3], vec![600]), "the first two are being offered");
    // Two who stand further behind as well: before the first stretch of a walk ends, and at its end.
    f.input(Input::Assign { item: ItemId(10), agent: name("cid") });
    f.input(Input::Assign { item: ItemId(254), agent: name("dot") });
    f.advance(130_000);
    let [on_the_floor, told] = places_of_all(&f);
    assert_eq!((on_the_floor.len(), &on_the_floor), (596, &told));
    // Whoever comes, and whoever nobody rings for any more, is told so at once.
    f.declined(ItemId(254));
    let urgent = f.arrive("support", "urgent");
    assert_eq!((f.told(ItemId(254)).pop(), f.told(urgent).pop()), (Some(254), Some(601)));
    // With the first one gone everybody has moved up.
    f.answer(ItemId(1));
    f.advance(130_000);
    let [on_the_floor, told] = places_of_all(&f);
    assert_eq!((on_the_floor.first(), &on_the_floor), (Some(&("contact-3".to_owned(), 2)), &told));
}

#[test]
fn a_caller_out_of_a_conversation_has_no_place_of_before() {
    let mut f = Floor::new(vec![queue("support", &["ann"]), queue("sales", &["ann"])]);
    let first = f.arrive("support", "v1");
    f.input(Input::Left { item: first });
    f.advance(1_000);
    // The place of before is kept, and is not the one that they are handed on to.
    let second = f.arrive_from("sales", "v1", Some(UNIX + 1_000));
    assert_eq!(placed(&f, second), Some(("sales".into(), UNIX + 1_000, None)));
    assert_eq!(kept(&f).iter().map(Place::queue).collect::<Vec<_>>(), [name("sales")]);
    assert!(f.engine.waits(&name("v1")));
    f.advance(40_000);
    assert!(f.engine.waits(&name("v1")), "the end of the place of before ends nothing");
    // Where a queue takes nobody, nothing of before changes.
    let nowhere = f.arrive_from("nowhere", "v1", Some(UNIX + 41_000));
    assert!(f.out.contains(&Output::Refuse { item: nowhere, why: Refusal::Unknown }));
    assert_eq!(f.engine.waiting("t1", &format!("contact-{}", f.items() - 1)).map(|(item, _)| item), Some(second));
}
