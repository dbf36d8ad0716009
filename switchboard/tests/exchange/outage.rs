//! Lost sockets, phones that come back, kill and restart, on simulated time.

use crate::support::{ANSWER, HOLD, OFFER, World};
use sip_ws::codec::Method;
use sip_ws::endpoint::{Body, EndpointEvent, Refusal};
use sip_ws::io::Millis;
use switchboard::exchange::io::Input;
use switchboard::exchange::limits::{EARLY_LEG_LOST_MS, LEG_LEFT_MS, LEG_LOST_MS, PROBE_MS, WAIT_FOR_LEG_MS};

#[test]
fn a_call_survives_a_lost_socket_and_a_bye_is_told_after_the_return() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    w.disconnect(b);
    w.advance(3_000);
    w.hang_up(a, caller);
    assert!(w.ended(a, caller).is_some(), "one's own BYE is answered at once");
    assert_eq!(w.kinds().last(), Some(&"ended"));
    assert_eq!(w.disk.values().next().and_then(|row| row.over), Some(1), "the row says who has still to be told");
    w.advance(5_000);
    w.reconnect(b, &[callee]);
    assert!(w.ended(b, callee).is_some());
    w.advance(40_000);
    assert!(w.disk.is_empty());
}

#[test]
fn requests_in_dialog_work_on_the_new_socket() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    w.disconnect(a);
    w.advance(1_000);
    w.reconnect(a, &[caller]);
    let now = Millis(w.now);
    w.phones[a].ep.reinvite(now, caller, &[], Some(Body::sdp(HOLD))).unwrap();
    w.run();
    assert!(w.take(b, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some());
    w.phones[b].ep.answer_reinvite(now, callee, 200, "OK", &[], Some(Body::sdp(ANSWER))).unwrap();
    w.run();
    assert!(w.take(a, |e| matches!(e, EndpointEvent::ReofferAnswered { .. })).is_some());
    w.hang_up(b, callee);
    assert!(w.ended(a, caller).is_some());
}

#[test]
fn a_request_for_a_leg_that_is_away_waits_and_is_then_passed() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    w.disconnect(b);
    let now = Millis(w.now);
    w.phones[a].ep.reinvite(now, caller, &[], Some(Body::sdp(HOLD))).unwrap();
    w.run();
    w.advance(4_000);
    assert!(w.phones[a].events.is_empty(), "{:?}", w.phones[a].events);
    w.reconnect(b, &[callee]);
    assert!(w.take(b, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some());
    let now = Millis(w.now);
    w.phones[b].ep.answer_reinvite(now, callee, 200, "OK", &[], Some(Body::sdp(ANSWER))).unwrap();
    w.run();
    assert!(w.take(a, |e| matches!(e, EndpointEvent::ReofferAnswered { .. })).is_some());
}

#[test]
fn a_request_for_a_leg_that_stays_away_gets_491_or_500_and_the_call_goes_on() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    w.disconnect(b);
    let now = Millis(w.now);
    let info = w.phones[a]
        .ep
        .in_dialog(now, caller, Method::Info, &[], Some(Body { content_type: "text/plain".into(), bytes: b"x".to_vec() }))
        .unwrap();
    w.phones[a].ep.reinvite(now, caller, &[], Some(Body::sdp(HOLD))).unwrap();
    w.run();
    w.advance(WAIT_FOR_LEG_MS + 100);
    let info = w.response(a, info).expect("answered");
    assert_eq!((info.status(), info.retry_after().unwrap()), (Some(500), Some(5)));
    match w.take(a, |e| matches!(e, EndpointEvent::ReofferRejected { .. })) {
        Some(EndpointEvent::ReofferRejected { cause: Refusal::Status(m), .. }) => assert_eq!(m.status(), Some(491)),
        other => panic!("{other:?}"),
    }
    w.reconnect(b, &[callee]);
    assert!(w.take(b, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_none(), "what was refused is not done later");
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
}

#[test]
fn a_leg_that_never_comes_back_is_given_up_and_the_other_side_hung_up() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, _) = w.connected(a, b);
    w.disconnect(b);
    w.advance(LEG_LOST_MS - 1_000);
    assert!(w.ended(a, caller).is_none());
    w.advance(2_000);
    assert!(w.ended(a, caller).is_some());
    let last = w.contacts.last().unwrap();
    assert_eq!((last.kind.as_str(), last.cause), ("ended", Some("lost")));
    w.advance(40_000);
    assert!(w.disk.is_empty());
    assert_eq!(w.machine.gauges()[3].1, 0);
}

#[test]
fn a_closed_tab_frees_the_other_side_sooner() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, _) = w.connected(a, b);
    let flow = w.phones[b].flow.take().unwrap();
    w.phones[b].ep.flow_lost(Millis(w.now), flow);
    w.input(Input::FlowClosed { flow, leaving: true });
    w.advance(LEG_LEFT_MS - 1_000);
    assert!(w.ended(a, caller).is_none());
    w.advance(1_100);
    assert!(w.ended(a, caller).is_some());
}

#[test]
fn a_ringing_phone_that_comes_back_can_still_answer() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    w.ring(b, callee);
    w.disconnect(b);
    w.advance(2_000);
    w.reconnect(b, &[callee]);
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
}

#[test]
fn a_page_that_rings_and_is_loaded_again_rings_anew() {
    let mut w = World::new();
    let (a, b, other) = (w.registered("ann"), w.registered("bob"), w.registered("bob"));
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    let (second, _) = w.incoming(other).unwrap();
    w.ring(b, callee);
    w.ring(other, second);
    for _ in 0..3 {
        w.advance(500);
        w.reload(b);
        let (again, invite) = w.incoming(b).expect("the page of now rings");
        assert!(w.incoming(b).is_none(), "once");
        assert_eq!(invite.body(), OFFER.as_bytes(), "with the caller's offer");
        w.ring(b, again);
    }
    assert!(w.rejected(a, caller).is_none(), "the caller hears nothing of it");
    w.advance(500);
    w.reload(b);
    let (again, _) = w.incoming(b).unwrap();
    w.answer(b, again);
    assert!(w.accepted(a, caller).is_some());
    assert!(w.rejected(other, second).is_some() || w.ended(other, second).is_some(), "the other phone stops");
    w.hang_up(a, caller);
    assert!(w.ended(b, again).is_some());
    w.advance(40_000);
    assert_eq!(w.machine.load().1, 0, "no session is left");
    assert!(w.disk.is_empty());
}

#[test]
fn a_page_that_was_dialling_and_is_loaded_again_dials_no_more() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    w.ring(b, callee);
    w.reload(a);
    assert!(w.ended(b, callee).is_some(), "nobody waits for an answer");
    w.advance(40_000);
    assert_eq!(w.machine.load().1, 0);
}

#[test]
fn a_page_that_has_forgotten_its_call_ends_it() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, _) = w.connected(a, b);
    w.reload(b);
    w.advance(PROBE_MS - 1_000);
    assert!(w.ended(a, caller).is_none(), "it may still go on");
    w.advance(2_000);
    assert!(w.ended(a, caller).is_some(), "nobody talks to a page that knows of nothing");
    w.advance(40_000);
    assert_eq!(w.machine.load().1, 0);
    assert!(w.disk.is_empty());
}

#[test]
fn a_page_that_goes_on_with_its_call_is_not_asked() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    let mut stored = w.phones[b].ep.snapshot(callee).unwrap();
    w.reload(b);
    let (now, flow) = (Millis(w.now), w.phones[b].flow);
    stored.dialog.contact = format!("<{}>", w.phones[b].contact);
    let callee = w.phones[b].ep.restore(now, flow, stored).unwrap();
    w.phones[b].ep.reinvite(now, callee, &[], Some(Body::sdp(OFFER))).unwrap();
    w.run();
    assert!(w.take(a, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some());
    w.phones[a].ep.answer_reinvite(now, caller, 200, "OK", &[], Some(Body::sdp(ANSWER))).unwrap();
    w.run();
    w.phones[b].frames.clear();
    w.advance(PROBE_MS + 1_000);
    let asked = w.phones[b].frames.iter().any(|frame| frame.starts_with(b"OPTIONS"));
    assert!(!asked, "its new address said it");
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
}

#[test]
fn the_other_side_is_told_of_a_page_that_is_away_and_of_its_return() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    w.disconnect(b);
    w.reconnect(b, &[callee]);
    assert!(w.away.is_empty(), "before the answer nobody waits for anybody");
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
    w.disconnect(b);
    assert_eq!(w.away, [("ann".to_owned(), true)]);
    w.reconnect(b, &[callee]);
    assert_eq!(w.away[1..], [("ann".to_owned(), false)]);
    w.disconnect(a);
    assert_eq!(w.away[2..], [("bob".to_owned(), true)]);
}

#[test]
fn a_ringing_phone_that_stays_away_is_given_up() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let caller = w.call(a, "bob");
    w.incoming(b).unwrap();
    w.disconnect(b);
    w.advance(EARLY_LEG_LOST_MS + 100);
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(480));
    assert_eq!(w.machine.gauges()[2..].iter().map(|g| g.1).collect::<Vec<_>>(), [0, 0, 0]);
}

#[test]
fn a_caller_who_vanishes_stops_the_ringing() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    w.ring(b, callee);
    w.disconnect(a);
    w.advance(EARLY_LEG_LOST_MS + 100);
    assert!(w.ended(b, callee).is_some());
    assert_eq!(w.kinds().last(), Some(&"cancelled"));
}

#[test]
fn the_answer_reaches_a_caller_who_was_away_when_it_came() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    w.disconnect(a);
    w.answer(b, callee);
    w.advance(2_000);
    w.reconnect(a, &[caller]);
    w.advance(1_000);
    assert!(w.accepted(a, caller).is_some());
    w.hang_up(b, callee);
    assert!(w.ended(a, caller).is_some());
}

#[test]
fn after_a_kill_and_restart_hanging_up_ends_the_other_side() {
    for hangs_up_first in [0, 1] {
        let mut w = World::new();
        let (a, b) = (w.registered("ann"), w.registered("bob"));
        let (caller, callee) = w.connected(a, b);
        w.kill_and_restart();
        assert_eq!(w.machine.gauges()[2].1, 1);
        w.advance(1_500);
        w.reconnect(a, &[caller]);
        w.reconnect(b, &[callee]);
        let phones = [(a, caller), (b, callee)];
        let ((x, xs), (y, ys)) = (phones[hangs_up_first], phones[1 - hangs_up_first]);
        w.hang_up(x, xs);
        assert!(w.ended(y, ys).is_some(), "{:?}", w.phones[y].events);
        assert_eq!(w.kinds(), ["offered", "ringing", "answered", "ended"], "one call in the history");
        w.advance(40_000);
        assert!(w.disk.is_empty());
    }
}

#[test]
fn after_a_restart_hold_works_and_the_dialogs_numbers_go_on() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    for round in 0..3 {
        let now = Millis(w.now);
        w.phones[b].ep.reinvite(now, callee, &[], Some(Body::sdp(if round % 2 == 0 { HOLD } else { OFFER }))).unwrap();
        w.run();
        w.phones[a].ep.answer_reinvite(now, caller, 200, "OK", &[], Some(Body::sdp(ANSWER))).unwrap();
        w.run();
        assert!(w.take(b, |e| matches!(e, EndpointEvent::ReofferAnswered { .. })).is_some(), "round {round}: {:?}", w.phones[b].events);
        w.kill_and_restart();
        w.advance(500);
        w.reconnect(b, &[callee]);
        w.reconnect(a, &[caller]);
        w.phones[a].events.clear();
        w.phones[b].events.clear();
    }
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
}

#[test]
fn a_hang_up_while_the_other_is_away_survives_a_restart_too() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    w.disconnect(b);
    w.hang_up(a, caller);
    w.kill_and_restart();
    assert_eq!(w.machine.gauges()[2].1, 0);
    w.advance(1_000);
    w.reconnect(b, &[callee]);
    w.advance(1_000);
    assert!(w.ended(b, callee).is_some());
    w.advance(40_000);
    assert!(w.disk.is_empty());
}

#[test]
fn restored_calls_whose_phones_stay_away_are_reaped() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.connected(a, b);
    w.kill_and_restart();
    w.advance(2 * LEG_LOST_MS + 1_000);
    assert!(w.disk.is_empty());
    assert_eq!(w.contacts.last().map(|e| (e.kind.as_str(), e.cause)), Some(("ended", Some("lost"))));
}

#[test]
fn a_phone_without_an_instance_is_recognised_by_its_contact() {
    let mut w = World::new();
    let (a, b) = (w.phone("ann"), w.registered("bob"));
    w.connect(a);
    let register = |w: &mut World| {
        let mut m = w.register_message(a, 600);
        let contact = format!("<{}>", w.phones[a].contact);
        m.set(sip_ws::codec::HeaderName::Contact, contact);
        w.request(a, m).and_then(|r| r.status())
    };
    assert_eq!(register(&mut w), Some(200));
    let (caller, callee) = w.connected(a, b);
    w.kill_and_restart();
    w.reconnect(b, &[callee]);
    let flow = w.connect(a);
    assert_eq!(register(&mut w), Some(200));
    let now = Millis(w.now);
    w.phones[a].ep.set_flow(now, caller, flow);
    w.hang_up(b, callee);
    assert!(w.ended(a, caller).is_some());
}
