//! Calls through the exchange on simulated time: set-up, outcomes, forking, requests in a call, its end.

use crate::support::{ANSWER, Disk, HOLD, OFFER, World};
use sip_ws::codec::{HeaderName, Method};
use sip_ws::endpoint::{Body, EndpointEvent, Refusal};
use sip_ws::io::Millis;

fn text(value: Option<&str>) -> &str {
    value.unwrap_or_default()
}

#[test]
fn a_call_is_answered_and_ended_by_the_callee() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let caller = w.call(a, "bob");
    let (callee, invite) = w.incoming(b).expect("rings");
    assert_eq!(invite.body(), OFFER.as_bytes(), "the body crosses byte for byte");
    let from = invite.from().unwrap();
    assert_eq!(
        (from.uri().as_str(), from.display_name().as_deref()),
        ("sip:ann@portico.test", Some("ANN Example")),
        "identity is ours, not the phone's"
    );
    assert_eq!(text(invite.header_str(HeaderName::PAssertedIdentity)), "\"ANN Example\" <sip:ann@portico.test>");
    w.ring(b, callee);
    assert!(w.take(a, |e| matches!(e, EndpointEvent::Provisional { message, .. } if message.status() == Some(180))).is_some());
    w.answer(b, callee);
    let ok = w.accepted(a, caller).expect("answered");
    assert_eq!(ok.body(), ANSWER.as_bytes());
    let asked = w.phones[a].ep.session_id(caller).unwrap().0.to_owned();
    let got = invite.session_id().unwrap();
    assert_eq!(*got.local, *asked, "the caller's half of the Session-ID names the contact on both legs");
    assert_eq!(w.disk.len(), 1);

    w.advance(5_000);
    w.hang_up(b, callee);
    assert!(w.ended(a, caller).is_some(), "{:?}", w.phones[a].events);
    assert_eq!(w.kinds(), ["offered", "ringing", "answered", "ended"]);
    assert_eq!(w.contacts[3].by.as_ref().map(|p| p.user.as_str()), Some("bob"));
    assert!(w.contacts.iter().all(|e| e.contact == asked));
    w.advance(60_000);
    assert!(w.disk.is_empty());
    assert_eq!(w.machine.gauges().map(|(_, n)| n)[2..], [0, 0, 0], "no call and no leg is left");
    assert_eq!(w.people.last().map(|p| (p.busy, p.ringing)), Some((0, 0)));
}

#[test]
fn the_caller_hears_of_the_answer_only_when_the_row_is_on_disk() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.writes = Disk::Stuck;
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).expect("rings");
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_none());
    assert!(w.disk.is_empty());
    w.writes = Disk::Quick;
    w.run();
    assert_eq!(w.disk.len(), 1);
    assert!(w.accepted(a, caller).is_some());
}

#[test]
fn refusals_reach_the_caller_under_their_own_name() {
    for (code, seen, kind, cause) in [
        (486, 486, "refused", "busy"),
        (603, 603, "refused", "declined"),
        (488, 488, "failed", "not-acceptable"),
        (404, 480, "failed", "failed"),
        (481, 480, "failed", "failed"),
        (503, 500, "failed", "failed"),
    ] {
        let mut w = World::new();
        let (a, b) = (w.registered("ann"), w.registered("bob"));
        let caller = w.call(a, "bob");
        let (callee, _) = w.incoming(b).expect("rings");
        w.reject(b, callee, code);
        assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(seen), "{code}");
        let last = w.contacts.last().unwrap();
        assert_eq!((last.kind.as_str(), last.cause), (kind, Some(cause)), "{code}");
        assert_eq!(w.machine.gauges()[2].1, 0);
    }
}

#[test]
fn unknown_and_unreachable_people_are_told_apart() {
    let mut w = World::new();
    let a = w.registered("ann");
    let caller = w.call(a, "nobody");
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(404));
    assert!(w.contacts.is_empty());
    let caller = w.call(a, "bob");
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(480));
    assert_eq!(w.kinds(), ["offered", "failed"]);
    let mut m = w.invite_message(a, "bob", Some(OFFER));
    m.set_uri("sip:bob@other.test");
    let caller = w.invite(a, m);
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(404), "another tenant's people do not exist");
}

#[test]
fn all_phones_ring_the_first_answer_wins_and_the_others_hear_why() {
    let mut w = World::new();
    let a = w.registered("ann");
    let phones = [w.registered("bob"), w.registered("bob"), w.registered("bob")];
    let caller = w.call(a, "bob");
    let rings: Vec<_> = phones.iter().map(|p| w.incoming(*p).expect("rings").0).collect();
    for (phone, session) in phones.iter().zip(&rings) {
        w.ring(*phone, *session);
    }
    let heard: Vec<_> = w.phones[a]
        .events
        .iter()
        .filter_map(|e| match e {
            EndpointEvent::Provisional { message, .. } => Some(message.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(heard.len(), 1, "the caller hears one ring");
    assert!(heard[0].contact().unwrap().is_some(), "and can reach who sent it");
    w.answer(phones[1], rings[1]);
    assert!(w.accepted(a, caller).is_some());
    for n in [0, 2] {
        let cancel = w.ended(phones[n], rings[n]).expect("stops ringing").expect("by a CANCEL");
        assert_eq!(cancel.method(), Some(&Method::Cancel));
        let reason = cancel.reason_header().unwrap();
        assert_eq!((reason.protocol.as_str(), reason.cause, reason.text.as_deref()), ("SIP", Some(200), Some("Call completed elsewhere")));
    }
    w.advance(40_000);
    assert_eq!(w.machine.gauges()[3].1, 2);
}

#[test]
fn two_phones_that_answer_at_once_leave_one_call() {
    let mut w = World::new();
    let a = w.registered("ann");
    let (b, c) = (w.registered("bob"), w.registered("bob"));
    let caller = w.call(a, "bob");
    let (sb, sc) = (w.incoming(b).unwrap().0, w.incoming(c).unwrap().0);
    let now = Millis(w.now);
    for (phone, session) in [(b, sb), (c, sc)] {
        let contact = format!("<{}>", w.phones[phone].contact);
        w.phones[phone].ep.accept(now, session, &contact, &[], Some(Body::sdp(ANSWER))).unwrap();
    }
    w.run();
    w.advance(1_000);
    assert!(w.accepted(a, caller).is_some());
    let over = [w.ended(b, sb).is_some(), w.ended(c, sc).is_some()];
    assert_eq!(over, [false, true], "the second one gets ACK and BYE");
}

#[test]
fn one_phone_that_declines_stops_all_but_a_busy_one_does_not() {
    let mut w = World::new();
    let a = w.registered("ann");
    let (b, c) = (w.registered("bob"), w.registered("bob"));
    let caller = w.call(a, "bob");
    let (sb, sc) = (w.incoming(b).unwrap().0, w.incoming(c).unwrap().0);
    w.reject(b, sb, 486);
    assert!(w.rejected(a, caller).is_none());
    w.reject(c, sc, 480);
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(486), "the better reason is told");

    let caller = w.call(a, "bob");
    let (sb, sc) = (w.incoming(b).unwrap().0, w.incoming(c).unwrap().0);
    w.ring(c, sc);
    w.reject(b, sb, 603);
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(603));
    assert!(w.ended(c, sc).is_some());
}

#[test]
fn the_caller_gives_up() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    w.ring(b, callee);
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
    assert!(w.ended(a, caller).is_some());
    assert_eq!(w.kinds(), ["offered", "ringing", "cancelled"]);
    w.advance(40_000);
    assert_eq!(w.machine.gauges()[2..].iter().map(|g| g.1).collect::<Vec<_>>(), [0, 0, 0]);
}

#[test]
fn nobody_answers() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    w.ring(b, callee);
    w.advance(59_000);
    assert!(w.rejected(a, caller).is_none());
    w.advance(2_000);
    let refusal = w.rejected(a, caller).expect("told");
    assert_eq!((refusal.status(), refusal.reason_header().unwrap().cause), (Some(480), Some(19)));
    assert!(w.ended(b, callee).is_some());
    assert_eq!(w.kinds().last(), Some(&"missed"));
}

#[test]
fn an_early_description_reaches_the_caller_from_an_only_phone() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    let now = Millis(w.now);
    w.phones[b].ep.progress(now, callee, 183, "Session Progress", &[], Some(Body::sdp(ANSWER))).unwrap();
    w.run();
    let early = w.take(
        a,
        |e| matches!(e, EndpointEvent::Provisional { message, .. } if message.status() == Some(183) && message.body() == ANSWER.as_bytes()),
    );
    assert!(early.is_some(), "{:?}", w.phones[a].events);
}

#[test]
fn an_early_description_of_one_of_two_phones_is_not_passed() {
    let mut w = World::new();
    let a = w.registered("ann");
    let (b, _c) = (w.registered("bob"), w.registered("bob"));
    w.call(a, "bob");
    let (callee, _) = w.incoming(b).unwrap();
    let now = Millis(w.now);
    w.phones[b].ep.progress(now, callee, 183, "Session Progress", &[], Some(Body::sdp(ANSWER))).unwrap();
    w.run();
    assert!(
        w.take(
            a,
            |e| matches!(e, EndpointEvent::Provisional { message, .. } if message.status() == Some(180) && message.body().is_empty())
        )
        .is_some()
    );
}

#[test]
fn a_call_without_an_offer_takes_it_from_the_answer() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let m = w.invite_message(a, "bob", None);
    let caller = w.invite(a, m);
    let (callee, invite) = w.incoming(b).unwrap();
    assert!(invite.body().is_empty());
    w.answer(b, callee);
    assert_eq!(w.accepted(a, caller).expect("answered").body(), ANSWER.as_bytes());
    assert!(w.take(b, |e| matches!(e, EndpointEvent::Confirmed { .. })).is_none(), "no ACK before the caller's");
    let now = Millis(w.now);
    w.phones[a].ep.ack(now, caller, Some(Body::sdp(OFFER))).unwrap();
    w.run();
    match w.take(b, |e| matches!(e, EndpointEvent::Confirmed { .. })) {
        Some(EndpointEvent::Confirmed { ack, .. }) => assert_eq!(ack.body(), OFFER.as_bytes()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hold_and_resume_pass_and_are_remembered() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    for (offer, kind) in [(HOLD, "held"), (OFFER, "resumed")] {
        let now = Millis(w.now);
        w.phones[a].ep.reinvite(now, caller, &[], Some(Body::sdp(offer))).unwrap();
        w.run();
        match w.take(b, |e| matches!(e, EndpointEvent::Reoffer { .. })) {
            Some(EndpointEvent::Reoffer { message, .. }) => assert_eq!(message.body(), offer.as_bytes()),
            other => panic!("{other:?}"),
        }
        w.phones[b].ep.answer_reinvite(now, callee, 200, "OK", &[], Some(Body::sdp(ANSWER))).unwrap();
        w.run();
        match w.take(a, |e| matches!(e, EndpointEvent::ReofferAnswered { .. })) {
            Some(EndpointEvent::ReofferAnswered { message, .. }) => assert_eq!(message.body(), ANSWER.as_bytes()),
            other => panic!("{other:?}"),
        }
        assert!(w.take(b, |e| matches!(e, EndpointEvent::Confirmed { .. })).is_some());
        assert_eq!(w.kinds().last(), Some(&kind));
        w.advance(1_000);
    }
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
}

#[test]
fn a_refused_reoffer_and_491_pass_through() {
    for code in [488, 491, 481] {
        let mut w = World::new();
        let (a, b) = (w.registered("ann"), w.registered("bob"));
        let (caller, callee) = w.connected(a, b);
        let now = Millis(w.now);
        w.phones[b].ep.reinvite(now, callee, &[], Some(Body::sdp(HOLD))).unwrap();
        w.run();
        w.phones[a].ep.answer_reinvite(now, caller, code, "No", &[], None).unwrap();
        w.run();
        let seen = match w.take(b, |e| matches!(e, EndpointEvent::ReofferRejected { .. })) {
            Some(EndpointEvent::ReofferRejected { cause: Refusal::Status(m), .. }) => m.status(),
            _ => None,
        };
        if code == 481 {
            assert_ne!(seen, Some(481), "the asker's dialog is ours to end, not by 481");
            w.advance(1_000);
            assert!(w.ended(b, callee).is_some(), "but the call is over");
        } else {
            assert_eq!(seen, Some(code));
            assert_eq!(w.machine.gauges()[2].1, 1);
        }
    }
}

#[test]
fn both_hold_at_once_and_nobody_is_stuck() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    let now = Millis(w.now);
    w.phones[a].ep.reinvite(now, caller, &[], Some(Body::sdp(HOLD))).unwrap();
    w.phones[b].ep.reinvite(now, callee, &[], Some(Body::sdp(HOLD))).unwrap();
    w.run();
    w.advance(100);
    let refused = [a, b].map(|p| w.take(p, |e| matches!(e, EndpointEvent::ReofferRejected { .. })).is_some());
    assert_eq!(refused, [true, true], "each hears 491");
    for (phone, session, other, peer) in [(a, caller, b, callee), (b, callee, a, caller)] {
        let now = Millis(w.now);
        w.phones[phone].ep.reinvite(now, session, &[], Some(Body::sdp(HOLD))).unwrap();
        w.run();
        w.phones[other].ep.answer_reinvite(now, peer, 200, "OK", &[], Some(Body::sdp(ANSWER))).unwrap();
        w.run();
        assert!(w.take(phone, |e| matches!(e, EndpointEvent::ReofferAnswered { .. })).is_some());
        w.advance(10);
    }
}

#[test]
fn a_reoffer_without_a_body_takes_its_answer_from_the_ack() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    let now = Millis(w.now);
    w.phones[a].ep.reinvite(now, caller, &[], None).unwrap();
    w.run();
    w.phones[b].ep.answer_reinvite(now, callee, 200, "OK", &[], Some(Body::sdp(ANSWER))).unwrap();
    w.run();
    assert!(w.take(a, |e| matches!(e, EndpointEvent::ReofferAnswered { message, .. } if message.body() == ANSWER.as_bytes())).is_some());
    w.phones[a].ep.ack(now, caller, Some(Body::sdp(OFFER))).unwrap();
    w.run();
    assert!(
        w.take(b, |e| matches!(e, EndpointEvent::Confirmed { ack, .. } if ack.body() == OFFER.as_bytes())).is_some(),
        "{:?}",
        w.phones[b].events
    );
}

#[test]
fn info_and_message_pass_in_a_call_with_their_bodies_and_answers() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, _) = w.connected(a, b);
    let body = Body { content_type: "application/dtmf-relay".into(), bytes: b"Signal=5\r\nDuration=160\r\n".to_vec() };
    let now = Millis(w.now);
    let id = w.phones[a].ep.in_dialog(now, caller, Method::Info, &[], Some(body.clone())).unwrap();
    w.run();
    let (txn, message) = match w.take(b, |e| matches!(e, EndpointEvent::InDialog { .. })) {
        Some(EndpointEvent::InDialog { txn, message, .. }) => (txn, message),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (message.method(), message.body(), message.content_type()),
        (Some(&Method::Info), &body.bytes[..], Some("application/dtmf-relay"))
    );
    w.respond(b, txn, message.reply(415, "No tones"));
    assert_eq!(w.response(a, id).and_then(|m| m.status()), Some(415));
}

#[test]
fn options_is_answered_and_goes_no_further() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, _) = w.connected(a, b);
    let now = Millis(w.now);
    let options = w.phones[a].ep.in_dialog(now, caller, Method::Options, &[], None).unwrap();
    w.run();
    assert_eq!(w.response(a, options).and_then(|m| m.status()), Some(200));
    assert!(w.phones[b].events.is_empty(), "{:?}", w.phones[b].events);
}

#[test]
fn an_anonymous_caller_is_not_named() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let mut m = w.invite_message(a, "bob", Some(OFFER));
    m.push(HeaderName::Privacy, "id");
    w.invite(a, m);
    let (_, invite) = w.incoming(b).unwrap();
    let bytes = String::from_utf8(invite.to_bytes()).unwrap();
    assert!(!bytes.contains("ann@") && !bytes.contains("ANN"), "{bytes}");
}

#[test]
fn a_session_id_is_made_where_a_phone_sends_none_and_foreign_ones_are_not_taken_over() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (_, _) = w.connected(a, b);
    let running = w.contacts[0].contact.clone();
    let mut m = w.invite_message(c, "bob", Some(OFFER));
    m.set(HeaderName::SessionId, format!("{running};remote=00000000000000000000000000000000"));
    w.invite(c, m);
    let (_, invite) = w.incoming(b).unwrap();
    assert_ne!(*invite.session_id().unwrap().local, *running);
    assert_ne!(w.contacts.last().unwrap().contact, running);
}

#[test]
fn a_loop_of_calls_ends() {
    let mut w = World::new();
    let (a, _b) = (w.registered("ann"), w.registered("bob"));
    let mut m = w.invite_message(a, "bob", Some(OFFER));
    m.set(HeaderName::MaxForwards, "0");
    let caller = w.invite(a, m);
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(483));
}
