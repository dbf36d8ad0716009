//! Candidates that come by INFO (RFC 8840) pass from side to side, once there are two.

use crate::support::{ANSWER, Disk, OFFER, World};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{Body, EndpointEvent, RequestId, SessionId};
use sip_ws::io::Millis;

/// What a side found, in an INFO of the package.
fn candidates(w: &mut World, phone: usize, session: SessionId, found: &str) -> RequestId {
    let headers = [("Info-Package", "trickle-ice"), ("Content-Disposition", "Info-Package")];
    let body = Body { content_type: "application/trickle-ice-sdpfrag".into(), bytes: found.into() };
    let id = w.phones[phone].ep.in_dialog(Millis(w.now), session, Method::Info, &headers, Some(body)).unwrap();
    w.run();
    id
}

/// The INFO that a phone got last, answered; whose body it has.
fn got(w: &mut World, phone: usize) -> Option<String> {
    let Some(EndpointEvent::InDialog { txn, message, .. }) = w.take(phone, |e| matches!(e, EndpointEvent::InDialog { .. })) else {
        return None;
    };
    assert!(message.has_token(HeaderName::InfoPackage, "trickle-ice"), "{message:?}");
    assert_eq!(message.header_str(HeaderName::ContentDisposition), Some("Info-Package"));
    w.respond(phone, txn, message.reply(200, "OK"));
    Some(String::from_utf8_lossy(message.body()).into_owned())
}

/// An INVITE of somebody who takes candidates by INFO.
fn trickling(w: &World, phone: usize) -> Message {
    let mut invite = w.invite_message(phone, "bob", Some(OFFER));
    invite.push(HeaderName::RecvInfo, "trickle-ice");
    invite.push(HeaderName::Supported, "trickle-ice");
    invite
}

#[test]
fn whether_a_side_takes_candidates_is_its_own_to_say() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    for takes in [true, false] {
        let invite = trickling(&w, a);
        let caller = w.invite(a, invite);
        let (callee, invite) = w.incoming(b).expect("rings");
        for name in [HeaderName::RecvInfo, HeaderName::Supported] {
            assert!(invite.has_token(name, "trickle-ice"), "{invite:?}");
        }
        assert!(invite.has_token(HeaderName::Supported, "replaces"), "and what the exchange can");
        let headers: &[(&str, &str)] = if takes { &[("Recv-Info", "trickle-ice"), ("Supported", "trickle-ice")] } else { &[] };
        let contact = w.phones[b].contact.clone();
        w.phones[b].ep.accept(Millis(w.now), callee, &format!("<{contact}>"), headers, Some(Body::sdp(ANSWER))).unwrap();
        w.run();
        let answer = w.accepted(a, caller).expect("answered");
        for name in [HeaderName::RecvInfo, HeaderName::Supported] {
            assert_eq!(answer.has_token(name, "trickle-ice"), takes, "{answer:?}");
        }
        w.hang_up(a, caller);
        w.phones[b].events.clear();
    }
}

#[test]
fn candidates_pass_both_ways_and_a_refusal_comes_back() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    for (from, session, to) in [(a, caller, b), (b, callee, a)] {
        let id = candidates(&mut w, from, session, "one");
        assert_eq!(got(&mut w, to).as_deref(), Some("one"));
        assert_eq!(w.response(from, id).and_then(|m| m.status()), Some(200));
    }
    let id = candidates(&mut w, a, caller, "two");
    let Some(EndpointEvent::InDialog { txn, message, .. }) = w.take(b, |e| matches!(e, EndpointEvent::InDialog { .. })) else {
        panic!("{:?}", w.phones[b].events)
    };
    let mut refusal = message.reply(469, "Bad Info Package");
    refusal.push(HeaderName::RecvInfo, "weather");
    w.respond(b, txn, refusal);
    let refused = w.response(a, id).expect("answered");
    assert_eq!((refused.status(), refused.header_str(HeaderName::RecvInfo)), (Some(469), Some("weather")));
}

#[test]
fn candidates_wait_until_both_are_connected_and_the_newest_says_all() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("bob"));
    w.writes = Disk::Stuck;
    let invite = trickling(&w, a);
    let caller = w.invite(a, invite);
    let (callee, _) = w.incoming(b).expect("rings");
    let (other, _) = w.incoming(c).expect("rings");
    w.ring(b, callee);
    w.ring(c, other);
    for found in ["one", "one two"] {
        let id = candidates(&mut w, a, caller, found);
        assert_eq!(w.response(a, id).and_then(|m| m.status()), Some(200));
    }
    w.answer(b, callee);
    // The row is not on disk yet, and the caller has not heard of the answer.
    let id = candidates(&mut w, b, callee, "three");
    assert_eq!(w.response(b, id).and_then(|m| m.status()), Some(200));
    assert_eq!((got(&mut w, a), got(&mut w, b)), (None, None));
    w.writes = Disk::Quick;
    w.run();
    assert!(w.accepted(a, caller).is_some());
    assert_eq!((got(&mut w, a).as_deref(), got(&mut w, b).as_deref(), got(&mut w, c)), (Some("three"), Some("one two"), None));
    assert_eq!((got(&mut w, a), got(&mut w, b)), (None, None), "once");
    w.hang_up(a, caller);
    assert_eq!(w.machine.gauges().map(|(_, n)| n)[2..], [0, 0, 0], "no call and no leg is left");
}

#[test]
fn candidates_wait_for_a_side_without_a_socket() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    w.disconnect(b);
    let id = candidates(&mut w, a, caller, "one");
    assert_eq!(w.response(a, id), None, "it waits");
    w.reconnect(b, &[callee]);
    assert_eq!(got(&mut w, b).as_deref(), Some("one"));
    assert_eq!(w.response(a, id).and_then(|m| m.status()), Some(200));
}
