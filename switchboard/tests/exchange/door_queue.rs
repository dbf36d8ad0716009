//! Stations that ring a queue, on simulated time: they wait as any caller, and a door that is opened ends the wait.

use crate::support::{World, party};
use sip_ws::endpoint::{EndpointEvent, SessionId};
use switchboard::exchange::io::Input;
use switchboard::queue::io::Name;
use switchboard::queue::{QueueView, State};
use wire::Steer;

/// Status lines that the station has heard so far, in order.
fn heard(w: &World, station: usize, call: SessionId) -> Vec<u16> {
    let of = |event: &EndpointEvent| match event {
        EndpointEvent::Provisional { session, message } if *session == call => message.status(),
        _ => None,
    };
    w.phones[station].events.iter().filter_map(of).collect()
}

fn line<'a>(w: &'a World, queue: &str) -> &'a QueueView {
    &w.queues[&Name::new("t1", queue)]
}

fn open(w: &mut World, station: &str, by: &str) {
    w.input(Input::Opened { station: party(station), by: party(by) });
}

fn rested(w: &mut World) {
    w.advance(60_000);
    assert_eq!(w.machine.gauges().map(|(_, n)| n)[2..], [0, 0, 0], "calls, legs and waiting callers at rest");
    assert!(w.places.is_empty(), "no place is kept for ever");
}

#[test]
fn a_station_rings_back_whether_it_waits_or_is_offered_at_once() {
    let mut w = World::new();
    let barrier = w.registered("barrier");
    let caller = w.call(barrier, "x");
    assert_eq!(heard(&w, barrier, caller), [180, 182], "a station that knows no queues rings back all the same");
    w.hang_up(barrier, caller);
    w.advance(40_000);
    let b = w.ready("bob");
    let caller = w.call(barrier, "x");
    assert_eq!(heard(&w, barrier, caller), [180]);
    assert!(w.incoming(b).is_some());
    w.hang_up(barrier, caller);
    // Whom people call hears what they always heard.
    let a = w.registered("ann");
    let caller = w.call(a, "sales");
    assert_eq!(heard(&w, a, caller), [182]);
    w.hang_up(a, caller);
    w.advance(60_000);
    rested(&mut w);
}

#[test]
fn a_door_comes_first_where_its_entrance_says_so() {
    let mut w = World::new();
    let (a, barrier) = (w.registered("ann"), w.registered("barrier"));
    let first = w.call(a, "support");
    w.advance(200_000);
    let door = w.call(barrier, "x");
    assert_eq!(w.told(barrier, door), [1], "a step of priority is five minutes of waiting");
    let b = w.ready("bob");
    let (_, invite) = w.incoming(b).expect("rings");
    assert_eq!(invite.from().unwrap().uri().user_decoded().unwrap().as_ref(), "barrier");
    let shown = &line(&w, "support").first;
    assert_eq!(shown.iter().map(|caller| (&*caller.caller.name, caller.priority)).collect::<Vec<_>>(), [("barrier", 1), ("ann", 0)]);
    w.hang_up(a, first);
    w.hang_up(barrier, door);
    w.advance(60_000);
    rested(&mut w);
}

#[test]
fn a_door_that_is_opened_while_it_waits_is_served_and_leaves_nothing() {
    let mut w = World::new();
    let barrier = w.registered("barrier");
    let caller = w.call(barrier, "x");
    let contact = w.contact_of(barrier, caller);
    w.advance(7_000);
    open(&mut w, "barrier", "cid");
    let refused = w.rejected(barrier, caller).expect("the ring is over");
    assert_eq!(
        (refused.status(), refused.reason_header().unwrap().to_string().as_str()),
        (Some(480), "SIP;cause=200;text=\"Door opened\"")
    );
    assert_eq!(w.story(&contact), ["queued support -", "opened cid -"]);
    let event = w.contacts.last().unwrap();
    assert_eq!((event.by.as_ref().unwrap().user.as_str(), event.to_display.as_str()), ("cid", "CID Example"));
    assert_eq!(event.at - event.queue.as_ref().unwrap().since, 7_000, "how long they waited");
    assert!(w.places.is_empty(), "whoever rings next is somebody else");
    // The next ring is a new one, and nobody's place.
    w.advance(1_000);
    let caller = w.call(barrier, "x");
    let since = w.contacts.last().unwrap().queue.as_ref().unwrap().since;
    assert_eq!(since, w.clock().unix_ms);
    w.hang_up(barrier, caller);
    w.advance(40_000);
    // Nothing rings there: opening it once more is no news.
    let events = w.contacts.len();
    open(&mut w, "barrier", "cid");
    open(&mut w, "nowhere", "cid");
    assert_eq!(w.contacts.len(), events);
    rested(&mut w);
}

#[test]
fn a_door_that_is_opened_while_it_rings_falls_silent_everywhere_and_nobody_missed_it() {
    let mut w = World::new();
    let barrier = w.registered("barrier");
    // Two queues in turn: one agent at a time, and all at once. Whoever misses a ring of the second is paused.
    for (queue, rung) in [("support", &["bob"][..]), ("everybody", &["bob", "cid"])] {
        let phones: Vec<usize> = rung.iter().map(|user| w.ready(user)).collect();
        if queue == "everybody" {
            // Nobody takes calls of the first queue for the moment.
            for user in rung {
                let off = Steer::Member { user: (*user).into(), queue: "support".into(), on: false };
                w.steer(off, &["support", "everybody"]);
            }
        }
        let caller = w.call(barrier, "x");
        let contact = w.contact_of(barrier, caller);
        if queue == "everybody" {
            w.steer(Steer::Move { contact: contact.clone(), queue: queue.into() }, &["support", "everybody"]);
        }
        let ringing: Vec<_> = phones.iter().map(|phone| (*phone, w.incoming(*phone).expect("rings").0)).collect();
        for (phone, session) in &ringing {
            w.ring(*phone, *session);
        }
        w.advance(2_000);
        open(&mut w, "barrier", "bob");
        assert!(w.rejected(barrier, caller).is_some());
        for (phone, session) in ringing {
            let told = w.ended(phone, session).expect("rings no longer").expect("a CANCEL");
            assert_eq!(told.reason_header().unwrap().to_string(), "SIP;cause=200;text=\"Door opened\"");
        }
        let ends: Vec<String> = w.story(&contact).into_iter().filter(|line| line.contains("opened")).collect();
        let mut expected: Vec<String> = rung.iter().map(|user| format!("offer-missed {user} opened")).collect();
        expected.push("opened bob -".into());
        assert_eq!(ends, expected);
        for user in rung {
            assert_eq!((w.state(user), w.does(user)), (State::Ready, (0, 0)), "{user} has missed nothing and is free at once");
        }
        // The next caller is theirs without a rest.
        let next = w.call(barrier, "x");
        if queue == "support" {
            assert!(w.incoming(phones[0]).is_some());
        }
        w.hang_up(barrier, next);
        for phone in phones {
            w.disconnect(phone);
        }
        w.advance(40_000);
    }
    rested(&mut w);
}

#[test]
fn a_door_that_rings_people_rings_on_and_one_that_talks_goes_on() {
    let mut w = World::new();
    let (b, gate) = (w.registered("bob"), w.registered("gate"));
    let caller = w.call(gate, "x");
    let (callee, _) = w.incoming(b).expect("rings");
    open(&mut w, "gate", "bob");
    assert!(w.rejected(gate, caller).is_none() && w.ended(b, callee).is_none());
    w.hang_up(gate, caller);
    w.disconnect(b);
    w.advance(40_000);

    let (b, barrier) = (w.ready("bob"), w.registered("barrier"));
    let caller = w.call(barrier, "x");
    let (callee, _) = w.incoming(b).expect("rings");
    w.answer(b, callee);
    assert!(w.accepted(barrier, caller).is_some());
    open(&mut w, "barrier", "bob");
    assert!(w.ended(barrier, caller).is_none() && w.ended(b, callee).is_none());
    w.hang_up(barrier, caller);
    assert_eq!(w.state("bob"), State::WrapUp, "a call of a queue like any other");
    w.advance(60_000);
    rested(&mut w);
}

#[test]
fn a_door_that_rings_again_after_a_restart_has_its_place_and_its_priority() {
    let mut w = World::new();
    let (a, barrier) = (w.registered("ann"), w.registered("barrier"));
    let door = w.call(barrier, "x");
    let before = w.contact_of(barrier, door);
    let since = w.clock().unix_ms;
    w.call(a, "support");
    w.advance(10_000);
    w.kill_and_restart();
    w.advance(3_000);
    let (a, barrier) = (w.registered("ann"), w.registered("barrier"));
    let ann = w.call(a, "support");
    let door = w.call(barrier, "x");
    assert_eq!((w.told(a, ann), w.told(barrier, door)), (vec![1], vec![1]));
    assert_eq!(w.story(&before).last().map(String::as_str), Some("failed support resumed"));
    let first = &line(&w, "support").first[0];
    assert_eq!((&*first.caller.name, first.since, first.priority), ("barrier", since, 1));
    // Opened: the place that came over the restart is gone too.
    open(&mut w, "barrier", "bob");
    assert!(w.rejected(barrier, door).is_some());
    w.kill_and_restart();
    w.advance(1_000);
    let barrier = w.registered("barrier");
    w.call(barrier, "x");
    assert_eq!(line(&w, "support").first[0].since, w.clock().unix_ms, "somebody else");
}

#[test]
fn nobody_came_and_a_closed_queue_end_the_ring_of_a_station_as_a_callers() {
    let mut w = World::new();
    let barrier = w.registered("barrier");
    let caller = w.call(barrier, "x");
    let contact = w.contact_of(barrier, caller);
    // Half an hour, and on to the queue that it overflows to; a visitor who goes is a caller who gives up.
    w.advance(1_800_000);
    assert_eq!(w.story(&contact)[1..], ["overflowed sales timed-out"]);
    assert_eq!(line(&w, "sales").waiting, 1);
    w.hang_up(barrier, caller);
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("abandoned sales -"));
    rested(&mut w);
}
