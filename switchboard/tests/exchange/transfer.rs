//! Transfers: REFER ends at the exchange, which connects the two others.

use crate::support::{ANSWER, DOMAIN, OFFER, World, party};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{Body, EndpointEvent, SessionId};
use sip_ws::io::Millis;
use switchboard::exchange::io::{Input, Over};
use switchboard::exchange::limits::{GRANT_MS, TRANSFER_RING_MS};
use switchboard::queue::State;
use wire::{Order, OrderResult, Steer};

/// The target's own description.
pub const OTHER: &str = "v=0\r\no=- 9 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4100 RTP/AVP 0\r\n";

/// Asks for a transfer in a dialog and returns the status.
pub fn refer(w: &mut World, phone: usize, session: SessionId, refer_to: &str) -> u16 {
    let now = Millis(w.now);
    let id = w.phones[phone].ep.in_dialog(now, session, Method::Refer, &[("Refer-To", refer_to)], None).unwrap();
    w.run();
    w.response(phone, id).and_then(|response| response.status()).unwrap_or(0)
}

/// What the transferor was told, oldest first; each report is answered.
pub fn told(w: &mut World, phone: usize) -> Vec<u16> {
    let mut all = Vec::new();
    while let Some(EndpointEvent::InDialog { txn, message, .. }) =
        w.take(phone, |e| matches!(e, EndpointEvent::InDialog { message, .. } if message.method() == Some(&Method::Notify)))
    {
        let text = String::from_utf8_lossy(message.body()).into_owned();
        all.push(text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0));
        w.respond(phone, txn, message.reply(200, "OK"));
    }
    all
}

/// Takes the re-INVITE that brings the target's offer and answers it.
pub fn answer_offer(w: &mut World, phone: usize, session: SessionId) -> Message {
    let Some(EndpointEvent::Reoffer { message, .. }) = w.take(phone, |e| matches!(e, EndpointEvent::Reoffer { .. })) else {
        panic!("no re-INVITE reached the peer: {:?}", w.phones[phone].events)
    };
    let now = Millis(w.now);
    w.phones[phone].ep.answer_reinvite(now, session, 200, "OK", &[], Some(Body::sdp(ANSWER))).unwrap();
    w.run();
    message
}

/// The target answers an INVITE without an offer by one of its own.
pub fn answer_late(w: &mut World, phone: usize, session: SessionId) {
    let now = Millis(w.now);
    let contact = format!("<{}>", w.phones[phone].contact);
    w.phones[phone].ep.accept(now, session, &contact, &[], Some(Body::sdp(OTHER))).unwrap();
    w.run();
}

/// The body of the ACK that the target got.
pub fn ack(w: &mut World, phone: usize) -> Vec<u8> {
    match w.take(phone, |e| matches!(e, EndpointEvent::Confirmed { .. })) {
        Some(EndpointEvent::Confirmed { ack, .. }) => ack.body().to_vec(),
        other => panic!("not acknowledged: {other:?}"),
    }
}

pub fn at_rest(w: &mut World) {
    w.advance(140_000);
    assert_eq!(w.machine.load().1, 0, "no session is left");
    assert!(w.disk.is_empty(), "no row is left");
    assert_eq!(w.machine.gauges()[2..].iter().map(|g| g.1).collect::<Vec<_>>(), [0, 0, 0]);
    for user in ["ann", "bob", "cid"] {
        assert_eq!(w.does(user), (0, 0), "{user}");
    }
}

/// Whoever called transfers the one who answered, or the other way round.
fn blind(by_caller: bool) {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (caller, callee) = if by_caller { w.connected(a, b) } else { w.connected(b, a) };
    let (own, peer) = if by_caller { (caller, callee) } else { (callee, caller) };
    let contact = w.contact_of(if by_caller { a } else { b }, caller);
    assert_eq!(refer(&mut w, a, own, &format!("<sip:cid@{DOMAIN}>")), 202);
    let (target, invite) = w.incoming(c).expect("the target rings");
    assert!(invite.body().is_empty(), "nobody's offer waits for a person");
    assert!(invite.header_str(HeaderName::From).unwrap().contains("sip:bob@"), "it is bob who calls");
    assert!(invite.header_str(HeaderName::ReferredBy).unwrap().contains("sip:ann@"));
    assert_eq!(w.does("cid"), (1, 0));
    w.ring(c, target);
    answer_late(&mut w, c, target);
    let offer = answer_offer(&mut w, b, peer);
    assert_eq!(offer.body(), OTHER.as_bytes());
    assert!(offer.header_str(HeaderName::PAssertedIdentity).unwrap().contains("sip:cid@"));
    assert_eq!(ack(&mut w, c), ANSWER.as_bytes());
    assert_eq!(told(&mut w, a), [100, 180, 200]);
    assert!(w.ended(a, own).is_some(), "the transferor has left");
    assert_eq!((w.does("ann"), w.does("bob"), w.does("cid")), ((0, 0), (0, 1), (0, 1)));
    // It goes on across a restart, and each side can end it.
    w.kill_and_restart();
    w.reconnect(b, &[peer]);
    w.reconnect(c, &[target]);
    w.hang_up(c, target);
    assert!(w.ended(b, peer).is_some());
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("ended cid hung-up"));
    for step in ["transferred", "answered cid transferred"] {
        assert!(w.story(&contact).iter().any(|known| known.starts_with(step)), "{step}: {:?}", w.story(&contact));
    }
    at_rest(&mut w);
}

#[test]
fn whoever_called_transfers_the_other_side_to_a_third() {
    blind(true);
}

#[test]
fn whoever_was_called_transfers_the_caller_to_a_third() {
    blind(false);
}

#[test]
fn the_call_goes_on_where_the_target_declines_is_away_or_does_not_answer() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (own, peer) = w.connected(a, b);
    let to = format!("<sip:cid@{DOMAIN}>");
    assert_eq!(refer(&mut w, a, own, &to), 202);
    let (target, _) = w.incoming(c).unwrap();
    w.reject(c, target, 603);
    assert_eq!(told(&mut w, a), [100, 603]);
    assert_eq!(w.does("cid"), (0, 0));

    assert_eq!(refer(&mut w, a, own, &to), 202);
    let (target, _) = w.incoming(c).unwrap();
    w.ring(c, target);
    w.advance(TRANSFER_RING_MS + 100);
    assert_eq!(told(&mut w, a), [100, 180, 408]);
    assert!(w.ended(c, target).is_some() || w.rejected(c, target).is_some());

    w.disconnect(c);
    w.advance(1_000);
    assert_eq!(refer(&mut w, a, own, &to), 202);
    assert_eq!(told(&mut w, a), [100, 480]);
    // None of it touched the call.
    w.hang_up(b, peer);
    assert!(w.ended(a, own).is_some());
    at_rest(&mut w);
}

#[test]
fn who_may_not_be_reached_is_refused_at_once() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (own, _) = w.connected(a, b);
    for (refer_to, status) in [
        (format!("<sip:nobody@{DOMAIN}>"), 404),
        ("<sip:cid@elsewhere.test>".into(), 404),
        ("<tel:+41900123456>".into(), 404),
        (format!("<sip:bob@{DOMAIN}>"), 486),
        (format!("<sip:ann@{DOMAIN}>"), 486),
        (format!("<sip:cid@{DOMAIN}?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>"), 404),
        ("<>".into(), 400),
    ] {
        assert_eq!(refer(&mut w, a, own, &refer_to), status, "{refer_to}");
    }
    assert_eq!(told(&mut w, a), [0; 0]);
}

#[test]
fn a_transferor_who_hangs_up_changes_nothing_unless_nobody_answers() {
    for answered in [true, false] {
        let mut w = World::new();
        let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
        let (own, peer) = w.connected(a, b);
        assert_eq!(refer(&mut w, a, own, &format!("<sip:cid@{DOMAIN}>")), 202);
        let (target, _) = w.incoming(c).unwrap();
        w.hang_up(a, own);
        assert!(w.ended(b, peer).is_none(), "bob still waits");
        if answered {
            answer_late(&mut w, c, target);
            answer_offer(&mut w, b, peer);
            assert_eq!(ack(&mut w, c), ANSWER.as_bytes());
            w.hang_up(b, peer);
            assert!(w.ended(c, target).is_some());
        } else {
            w.reject(c, target, 486);
            assert!(w.ended(b, peer).is_some());
        }
        at_rest(&mut w);
    }
}

#[test]
fn a_peer_who_hangs_up_stops_the_ringing() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (own, peer) = w.connected(a, b);
    assert_eq!(refer(&mut w, a, own, &format!("<sip:cid@{DOMAIN}>")), 202);
    let (target, _) = w.incoming(c).unwrap();
    w.ring(c, target);
    w.hang_up(b, peer);
    assert!(w.ended(a, own).is_some());
    assert!(w.ended(c, target).is_some() || w.rejected(c, target).is_some());
    assert_eq!(told(&mut w, a), [100, 180, 487]);
    at_rest(&mut w);
}

#[test]
fn a_peer_that_cannot_take_the_offer_stays_with_the_transferor() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (own, peer) = w.connected(a, b);
    assert_eq!(refer(&mut w, a, own, &format!("<sip:cid@{DOMAIN}>")), 202);
    let (target, _) = w.incoming(c).unwrap();
    answer_late(&mut w, c, target);
    assert!(w.take(b, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some());
    let now = Millis(w.now);
    w.phones[b].ep.answer_reinvite(now, peer, 488, "Not acceptable here", &[], None).unwrap();
    w.run();
    assert_eq!(told(&mut w, a), [100, 488]);
    assert!(w.ended(c, target).is_some());
    w.hang_up(a, own);
    assert!(w.ended(b, peer).is_some());
    at_rest(&mut w);
}

/// Ann speaks with bob and with cid, and connects them. Each of the two calls may have been made by either side.
fn attended(calls_bob: bool, calls_cid: bool) {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (own, peer) = if calls_bob {
        w.connected(a, b)
    } else {
        let (caller, callee) = w.connected(b, a);
        (callee, caller)
    };
    // A later call has an identifier of its own.
    w.advance(10);
    let (second, target) = if calls_cid {
        w.connected(a, c)
    } else {
        let (caller, callee) = w.connected(c, a);
        (callee, caller)
    };
    let contact = if calls_bob { w.contact_of(a, own) } else { w.contact_of(b, peer) };
    let consulted = if calls_cid { w.contact_of(a, second) } else { w.contact_of(c, target) };
    let dialog = w.phones[a].ep.dialog(second).unwrap().clone();
    let replaces = format!("{}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", dialog.call_id, dialog.remote_tag, dialog.local_tag);
    assert_eq!(refer(&mut w, a, own, &format!("<sip:cid@{DOMAIN}?Replaces={replaces}>")), 202);
    // The target offers anew, for somebody else.
    let asked = w.take(c, |e| matches!(e, EndpointEvent::Reoffer { message, .. } if message.body().is_empty()));
    assert!(asked.is_some(), "{:?}", w.phones[c].events);
    let now = Millis(w.now);
    w.phones[c].ep.answer_reinvite(now, target, 200, "OK", &[], Some(Body::sdp(OTHER))).unwrap();
    w.run();
    assert_eq!(answer_offer(&mut w, b, peer).body(), OTHER.as_bytes());
    assert_eq!(ack(&mut w, c), ANSWER.as_bytes());
    assert_eq!(told(&mut w, a), [100, 200]);
    assert!(w.ended(a, own).is_some() && w.ended(a, second).is_some(), "both calls of the transferor are over");
    assert_eq!((w.does("ann"), w.does("bob"), w.does("cid")), ((0, 0), (0, 1), (0, 1)));
    assert_eq!(w.disk.len(), 1, "one call is left");
    // The one contact goes on, and from here on is in the history of whoever has the call; the question before it is over.
    let story = w.story(&contact);
    assert_eq!(story[story.len() - 3], "offered cid -", "{story:?}");
    assert_eq!(story[story.len() - 1], "answered cid transferred");
    assert!(w.story(&consulted).last().unwrap().starts_with("ended ") && w.story(&consulted).last().unwrap().ends_with(" transferred"));
    w.kill_and_restart();
    w.reconnect(b, &[peer]);
    w.reconnect(c, &[target]);
    let now = Millis(w.now);
    w.phones[b].ep.reinvite(now, peer, &[], Some(Body::sdp(OFFER))).unwrap();
    w.run();
    assert!(w.take(c, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some(), "bob and cid reach each other");
    w.hang_up(b, peer);
    assert!(w.ended(c, target).is_some());
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("ended cid hung-up"));
    at_rest(&mut w);
}

#[test]
fn two_calls_are_connected_in_every_pair_of_directions() {
    for (calls_bob, calls_cid) in [(true, true), (true, false), (false, true), (false, false)] {
        attended(calls_bob, calls_cid);
    }
}

#[test]
fn a_call_of_somebody_else_is_not_replaced() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (own, _) = w.connected(a, b);
    let (foreign, _) = w.connected(c, b);
    let dialog = w.phones[c].ep.dialog(foreign).unwrap().clone();
    let replaces = format!("{}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", dialog.call_id, dialog.remote_tag, dialog.local_tag);
    assert_eq!(refer(&mut w, a, own, &format!("<sip:bob@{DOMAIN}?Replaces={replaces}>")), 404);
}

#[test]
fn a_call_is_handed_on_and_back() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (own, peer) = w.connected(a, b);
    assert_eq!(refer(&mut w, a, own, &format!("<sip:cid@{DOMAIN}>")), 202);
    let (target, _) = w.incoming(c).unwrap();
    answer_late(&mut w, c, target);
    answer_offer(&mut w, b, peer);
    ack(&mut w, c);
    assert!(w.ended(a, own).is_some());
    // Both are the first REFER of their dialog, and the two legs are not mixed up.
    assert_eq!(refer(&mut w, c, target, &format!("<sip:ann@{DOMAIN}>")), 202);
    let (back, invite) = w.incoming(a).expect("ann rings");
    assert!(invite.header_str(HeaderName::ReferredBy).unwrap().contains("sip:cid@"));
    answer_late(&mut w, a, back);
    answer_offer(&mut w, b, peer);
    assert_eq!(ack(&mut w, a), ANSWER.as_bytes());
    assert!(w.ended(c, target).is_some(), "cid has left");
    w.hang_up(b, peer);
    assert!(w.ended(a, back).is_some());
    at_rest(&mut w);
}

#[test]
fn whoever_is_not_named_stays_unnamed() {
    for by_caller in [true, false] {
        let mut w = World::new();
        let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
        let mut m = w.invite_message(a, "bob", Some(OFFER));
        m.push(HeaderName::Privacy, "id");
        let caller = w.invite(a, m);
        let (callee, _) = w.incoming(b).unwrap();
        w.answer(b, callee);
        assert!(w.accepted(a, caller).is_some());
        let (phone, session) = if by_caller { (a, caller) } else { (b, callee) };
        assert_eq!(refer(&mut w, phone, session, &format!("<sip:cid@{DOMAIN}>")), 202);
        let (_, invite) = w.incoming(c).unwrap();
        let text = String::from_utf8_lossy(&invite.to_bytes()).into_owned();
        assert!(!text.contains("ann@") && !text.contains("ANN"), "{text}");
        assert_eq!(text.contains("Privacy: id"), !by_caller, "bob has nothing to hide: {text}");
    }
}

#[test]
fn transfers_are_limited_as_calls_are() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (own, _) = w.connected(a, b);
    let to = format!("<sip:cid@{DOMAIN}>");
    let statuses: Vec<u16> = (0..120).map(|_| refer(&mut w, a, own, &to)).collect();
    assert!(statuses.iter().all(|status| matches!(status, 202 | 503)), "{statuses:?}");
    assert_eq!(statuses.last(), Some(&503));
    w.advance(10_000);
    assert_eq!(refer(&mut w, a, own, &to), 202, "and go on later");
}

/// The grant of the order, as a Replaces value.
fn granted(w: &mut World, contact: &str, queues: &[&str]) -> Option<String> {
    match w.steer(Steer::TakeOver { user: "bob".into(), contact: contact.into() }, queues) {
        OrderResult::Admitted { dialog } => Some(dialog),
        OrderResult::TooLate => None,
        other => panic!("{other:?}"),
    }
}

/// Calls with Replaces.
fn take(w: &mut World, phone: usize, dialog: &str) -> SessionId {
    let mut invite = w.invite_message(phone, "bob", Some(OFFER));
    invite.push(HeaderName::Replaces, dialog);
    invite.push(HeaderName::Require, "replaces");
    w.invite(phone, invite)
}

fn refused(w: &mut World, phone: usize, dialog: &str) -> u16 {
    let session = take(w, phone, dialog);
    w.rejected(phone, session).and_then(|response| response.status()).unwrap_or(0)
}

#[test]
fn somebody_in_charge_has_the_call_of_an_agent_instead_of_them() {
    for agent_calls in [false, true] {
        let mut w = World::new();
        let (a, b, s) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
        let (caller, callee) = if agent_calls { w.connected(b, a) } else { w.connected(a, b) };
        let (peer, own) = if agent_calls { (callee, caller) } else { (caller, callee) };
        let contact = w.contact_of(if agent_calls { b } else { a }, caller);
        let dialog = granted(&mut w, &contact, &[]).expect("admitted");
        let taking = take(&mut w, s, &dialog);
        let offer = answer_offer(&mut w, a, peer);
        assert_eq!(offer.body(), OFFER.as_bytes(), "the offer of whoever takes the call");
        assert!(offer.header_str(HeaderName::PAssertedIdentity).unwrap().contains("sip:cid@"));
        let message = w.accepted(s, taking).expect("accepted");
        assert_eq!(message.body(), ANSWER.as_bytes());
        assert!(message.header_str(HeaderName::PAssertedIdentity).unwrap().contains("sip:ann@"), "who is there now");
        let bye = w.ended(b, own).flatten().expect("the agent has left");
        assert!(bye.header_str(HeaderName::Reason).unwrap().contains("Taken over"));
        assert_eq!((w.does("ann"), w.does("bob"), w.does("cid")), ((0, 1), (0, 0), (0, 1)));
        // It is an ordinary call from now on.
        w.hang_up(a, peer);
        assert!(w.ended(s, taking).is_some());
        at_rest(&mut w);
    }
}

#[test]
fn nobody_takes_a_call_over_without_a_grant() {
    let mut w = World::new();
    let (a, b, s) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (caller, callee) = w.connected(a, b);
    let contact = w.contact_of(a, caller);
    assert_eq!(granted(&mut w, "another", &[]), None);
    let dialog = granted(&mut w, &contact, &[]).expect("admitted");
    // Somebody else who knows the dialog.
    let other = w.registered("ann");
    assert_eq!(refused(&mut w, other, &dialog), 403);
    assert!(w.audits.iter().any(|audit| audit.kind == "sip.take-over-refused" && audit.subject == "ann"));
    // Too late.
    w.advance(GRANT_MS + 1);
    assert_eq!(refused(&mut w, s, &dialog), 403);
    // A grant is good once, and one that came to nothing leaves the call as it was.
    let dialog = granted(&mut w, &contact, &[]).expect("admitted");
    let first = take(&mut w, s, &dialog);
    w.hang_up(s, first);
    assert!(w.take(a, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some());
    let now = Millis(w.now);
    w.phones[a].ep.answer_reinvite(now, caller, 488, "Not now", &[], None).unwrap();
    w.run();
    assert_eq!(refused(&mut w, s, &dialog), 403, "once");
    assert_eq!((w.does("ann"), w.does("bob"), w.does("cid")), ((0, 1), (0, 1), (0, 0)));
    w.hang_up(b, callee);
    at_rest(&mut w);
}

/// What the log has of take-overs by cid of a call of bob's.
fn takings(w: &World, contact: &str) -> Vec<(&'static str, Option<Over>)> {
    let all = w.audits.iter().filter(|audit| audit.kind == "sip.take-over");
    let taking = all.map(|audit| {
        let of = audit.taking.as_deref().expect("what it was");
        assert_eq!((audit.subject.as_str(), of.agent.as_str(), of.contact.as_str()), ("cid", "bob", contact));
        (audit.outcome, of.why)
    });
    taking.collect()
}

#[test]
fn the_log_has_what_became_of_each_take_over_that_was_allowed() {
    let mut w = World::new();
    let (a, b, s) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (caller, callee) = w.connected(a, b);
    let contact = w.contact_of(a, caller);
    let answer = |w: &mut World, status, body: Option<Body>| {
        assert!(w.take(a, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some());
        let now = Millis(w.now);
        w.phones[a].ep.answer_reinvite(now, caller, status, "So", &[], body).unwrap();
        w.run();
    };
    let mut expected = Vec::new();
    // Nobody comes, until the ten seconds have passed or another order takes its place.
    granted(&mut w, &contact, &[]).expect("admitted");
    w.advance(GRANT_MS - 1);
    assert_eq!(takings(&w, &contact), expected);
    w.advance(1);
    expected.push(("failed", Some(Over::NotUsed)));
    assert_eq!(takings(&w, &contact), expected);
    granted(&mut w, &contact, &[]).expect("admitted");
    let dialog = granted(&mut w, &contact, &[]).expect("admitted");
    expected.push(("failed", Some(Over::Anew)));
    assert_eq!(takings(&w, &contact), expected);
    // The phone of the other side refuses.
    let taking = take(&mut w, s, &dialog);
    answer(&mut w, 488, None);
    assert!(w.rejected(s, taking).is_some());
    expected.push(("failed", Some(Over::Declined)));
    assert_eq!(takings(&w, &contact), expected);
    // It is given up, while the call is busy with it.
    let dialog = granted(&mut w, &contact, &[]).expect("admitted");
    let taking = take(&mut w, s, &dialog);
    w.hang_up(s, taking);
    answer(&mut w, 488, None);
    expected.push(("failed", Some(Over::Left)));
    assert_eq!(takings(&w, &contact), expected);
    // It happens.
    let dialog = granted(&mut w, &contact, &[]).expect("admitted");
    let taking = take(&mut w, s, &dialog);
    answer(&mut w, 200, Some(Body::sdp(ANSWER)));
    assert!(w.accepted(s, taking).is_some() && w.ended(b, callee).is_some());
    expected.push(("done", None));
    w.advance(2 * GRANT_MS);
    assert_eq!(takings(&w, &contact), expected, "once");
    assert!(w.audits.iter().any(|audit| audit.outcome == "done" && !audit.address.is_empty()));
}

#[test]
fn the_log_has_that_a_call_was_over_before_it_was_taken() {
    let mut w = World::new();
    let (a, b, s) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (caller, _) = w.connected(a, b);
    let contact = w.contact_of(a, caller);
    let dialog = granted(&mut w, &contact, &[]).expect("admitted");
    take(&mut w, s, &dialog);
    w.hang_up(a, caller);
    assert_eq!(takings(&w, &contact), [("failed", Some(Over::CallOver))]);
}

/// A take-over, given up while the other side's phone has its offer.
fn given_up(w: &mut World, agent_calls: bool) -> (usize, usize, SessionId, SessionId) {
    let (a, b, s) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (caller, callee) = if agent_calls { w.connected(b, a) } else { w.connected(a, b) };
    let (peer, own) = if agent_calls { (callee, caller) } else { (caller, callee) };
    let contact = w.contact_of(if agent_calls { b } else { a }, caller);
    let dialog = granted(w, &contact, &[]).expect("admitted");
    let taking = take(w, s, &dialog);
    w.hang_up(s, taking);
    (a, b, peer, own)
}

fn no_offer(w: &mut World, phone: usize) -> bool {
    w.take(phone, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_none()
}

/// Takes the re-INVITE that asks for an offer and answers it.
fn offer_late(w: &mut World, phone: usize, session: SessionId, status: u16) {
    let asked = w.take(phone, |e| matches!(e, EndpointEvent::Reoffer { .. }));
    let Some(EndpointEvent::Reoffer { message, .. }) = asked else { panic!("nobody asks for an offer") };
    assert!(message.body().is_empty(), "the phone itself is to say where it is");
    let now = Millis(w.now);
    let body = (status == 200).then(|| Body::sdp(OTHER));
    w.phones[phone].ep.answer_reinvite(now, session, status, "Done", &[], body).unwrap();
    w.run();
}

/// One side puts the other on hold, or whatever an offer is for: it passes.
fn offers_pass(w: &mut World, phone: usize, session: SessionId, other: usize, theirs: SessionId) {
    let now = Millis(w.now);
    w.phones[phone].ep.reinvite(now, session, &[], Some(Body::sdp(OFFER))).unwrap();
    w.run();
    assert_eq!(answer_offer(w, other, theirs).body(), OFFER.as_bytes());
    assert!(w.take(phone, |e| matches!(e, EndpointEvent::ReofferAnswered { .. })).is_some());
}

#[test]
fn a_phone_that_answers_a_take_over_which_was_given_up_is_led_back_to_the_agent() {
    for agent_calls in [false, true] {
        let mut w = World::new();
        let (a, b, peer, own) = given_up(&mut w, agent_calls);
        assert_eq!(answer_offer(&mut w, a, peer).body(), OFFER.as_bytes(), "the offer of somebody who is gone");
        offer_late(&mut w, b, own, 200);
        let back = answer_offer(&mut w, a, peer);
        assert_eq!(back.body(), OTHER.as_bytes(), "where the agent is");
        assert!(back.header_str(HeaderName::PAssertedIdentity).unwrap().contains("sip:bob@"), "who is there");
        let answered = w.take(b, |e| matches!(e, EndpointEvent::Confirmed { ack, .. } if !ack.body().is_empty()));
        let Some(EndpointEvent::Confirmed { ack, .. }) = answered else { panic!("the agent's phone got no answer") };
        assert_eq!(ack.body(), ANSWER.as_bytes());
        offers_pass(&mut w, b, own, a, peer);
        w.hang_up(a, peer);
        assert!(w.ended(b, own).is_some());
        at_rest(&mut w);
    }
}

#[test]
fn where_the_way_back_is_refused_offers_pass_as_before() {
    for refuses_to_offer in [false, true] {
        let mut w = World::new();
        let (a, b, peer, own) = given_up(&mut w, false);
        answer_offer(&mut w, a, peer);
        if refuses_to_offer {
            offer_late(&mut w, b, own, 488);
        } else {
            offer_late(&mut w, b, own, 200);
            assert!(!no_offer(&mut w, a), "the offer of the agent");
            let now = Millis(w.now);
            w.phones[a].ep.answer_reinvite(now, peer, 488, "Not now", &[], None).unwrap();
            w.run();
        }
        assert!(no_offer(&mut w, a) && no_offer(&mut w, b), "and nobody is asked again");
        offers_pass(&mut w, b, own, a, peer);
        w.hang_up(b, own);
        assert!(w.ended(a, peer).is_some());
        at_rest(&mut w);
    }
}

#[test]
fn a_phone_that_refuses_a_take_over_which_was_given_up_is_asked_nothing_more() {
    let mut w = World::new();
    let (a, b, peer, own) = given_up(&mut w, false);
    assert!(!no_offer(&mut w, a));
    let now = Millis(w.now);
    w.phones[a].ep.answer_reinvite(now, peer, 488, "Not now", &[], None).unwrap();
    w.run();
    assert!(no_offer(&mut w, b) && no_offer(&mut w, a));
    w.hang_up(b, own);
    at_rest(&mut w);
}

#[test]
fn an_agent_who_was_asked_by_way_of_a_queue_finishes_the_call_when_it_is_over() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.ready("cid"));
    let (caller, callee) = w.connected(b, a);
    w.advance(10);
    let second = w.call(a, "sales");
    let (target, _) = w.incoming(c).expect("rings");
    w.answer(c, target);
    assert!(w.accepted(a, second).is_some());
    w.phones[c].events.retain(|e| !matches!(e, EndpointEvent::Confirmed { .. }));
    let (contact, consulted) = (w.contact_of(b, caller), w.contact_of(a, second));
    w.advance(20_000);
    let dialog = w.phones[a].ep.dialog(second).unwrap().clone();
    let replaces = format!("{}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", dialog.call_id, dialog.remote_tag, dialog.local_tag);
    assert_eq!(refer(&mut w, a, callee, &format!("<sip:cid@{DOMAIN}?Replaces={replaces}>")), 202);
    assert!(w.take(c, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some());
    let now = Millis(w.now);
    w.phones[c].ep.answer_reinvite(now, target, 200, "OK", &[], Some(Body::sdp(OTHER))).unwrap();
    w.run();
    answer_offer(&mut w, b, caller);
    assert_eq!(ack(&mut w, c), ANSWER.as_bytes());
    assert_eq!(w.state("cid"), State::OnCall, "they talk with somebody else, and nothing of it is over");
    // Over a restart too.
    w.kill_and_restart();
    w.reconnect(b, &[caller]);
    w.reconnect(c, &[target]);
    w.input(Input::Answers { party: party("cid"), answers: true });
    assert_eq!(w.state("cid"), State::OnCall);
    w.advance(30_000);
    w.hang_up(b, caller);
    assert_eq!(w.state("cid"), State::WrapUp);
    let finish = Order::FinishWrapUp { contact: contact.clone(), disposition: None, note: String::new() };
    assert_eq!(w.order("cid", finish), OrderResult::Done);
    let of_queue = |contact: &str| {
        let events = w.contacts.iter().filter(|e| e.contact == contact && e.queue.is_some());
        events.map(|e| e.kind.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of_queue(&consulted), ["queued", "offered", "answered"], "the queue counts one answer");
    assert_eq!(of_queue(&contact), ["ended", "wrapped-up"]);
    at_rest(&mut w);
}
