//! A phone with two flows (RFC 5626) is one phone: rung once, on the other flow when one is dead, and its calls go on over the other one when
//! theirs is lost.

use crate::support::{ANSWER, DOMAIN, World};
use crate::transfer::{ack, answer_late, answer_offer, at_rest, refer, told};
use sip_ws::codec::{HeaderName, Method};
use sip_ws::endpoint::{EndpointEvent, SessionId};
use sip_ws::io::{FlowId, Millis};
use switchboard::exchange::limits::{EARLY_LEG_LOST_MS, SILENT_FLOW_MS};

/// On which socket a phone has a session.
fn at(w: &World, phone: usize, session: SessionId) -> Option<FlowId> {
    w.phones[phone].ep.flow_of(session)
}

/// A request of the other side arrives in a call.
fn reaches(w: &mut World, from: usize, session: SessionId, to: usize) -> bool {
    let id = w.phones[from].ep.in_dialog(Millis(w.now), session, Method::Message, &[], None).unwrap();
    w.run();
    let Some(EndpointEvent::InDialog { txn, message, .. }) = w.take(to, |e| matches!(e, EndpointEvent::InDialog { .. })) else {
        return false;
    };
    w.respond(to, txn, message.reply(200, "OK"));
    w.response(from, id).and_then(|m| m.status()) == Some(200)
}

#[test]
fn a_phone_with_two_flows_is_rung_once_on_the_one_registered_last() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let second = w.second_flow(b);
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).expect("rings");
    assert_eq!(at(&w, b, callee), Some(second));
    assert!(w.incoming(b).is_none(), "once");
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
    w.hang_up(a, caller);
    // The first one is refreshed: it is the one that is known to live.
    assert_eq!(w.register(b), 200);
    w.call(a, "bob");
    let (callee, _) = w.incoming(b).expect("rings");
    assert_eq!(at(&w, b, callee), w.phones[b].flow);
}

#[test]
fn the_dead_flow_is_not_rung_and_the_other_one_is() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.second_flow(b);
    w.drop_second(b);
    w.call(a, "bob");
    let (callee, _) = w.incoming(b).expect("rings");
    assert_eq!(at(&w, b, callee), w.phones[b].flow);
}

#[test]
fn a_flow_that_failed_on_the_way_is_followed_by_the_other_one() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let second = w.second_flow(b);
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).expect("rings");
    assert_eq!(at(&w, b, callee), Some(second));
    w.reject(b, callee, 430);
    assert!(w.rejected(a, caller).is_none(), "the caller hears nothing of it");
    let (callee, _) = w.incoming(b).expect("rings on the other flow");
    assert_eq!(at(&w, b, callee), w.phones[b].flow);
    w.reject(b, callee, 430);
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(480), "both have failed");
    // Until it registers again.
    w.call(a, "bob");
    assert!(w.incoming(b).is_none());
    assert_eq!(w.register(b), 200);
    w.call(a, "bob");
    assert!(w.incoming(b).is_some());
}

#[test]
fn calls_stay_on_their_flow_until_it_dies_and_then_go_on_over_the_other() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    let first = w.phones[b].flow.expect("a socket");
    let second = w.second_flow(b);
    assert_ne!(first, second);
    // The newer one does not take it over, and goes without anybody in the call noticing.
    w.drop_second(b);
    assert!(reaches(&mut w, a, caller, b));
    assert!(w.away.is_empty());
    // The one that has the call dies, while the other lives.
    let second = w.second_flow(b);
    w.disconnect(b);
    assert!(w.away.is_empty(), "nobody is away");
    w.phones[b].ep.set_flow(Millis(w.now), callee, second);
    assert!(reaches(&mut w, a, caller, b) && reaches(&mut w, b, callee, a));
    // The first one is back. The call stays where it is.
    let back = w.connect(b);
    assert_ne!(back, first);
    assert_eq!(w.register(b), 200);
    assert!(reaches(&mut w, a, caller, b));
    assert_eq!(at(&w, b, callee), Some(second));
    // And when both are gone it waits, as any call does.
    w.drop_second(b);
    assert!(w.away.is_empty(), "it went on over the first one");
    w.phones[b].ep.set_flow(Millis(w.now), callee, back);
    w.disconnect(b);
    assert_eq!(w.away, [("ann".to_owned(), true)]);
    w.reconnect(b, &[callee]);
    assert_eq!(w.away.last(), Some(&("ann".to_owned(), false)));
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
}

#[test]
fn a_call_whose_flow_is_no_longer_registered_goes_on_over_the_one_that_is() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let second = w.second_flow(b);
    let (caller, callee) = w.connected(a, b);
    assert_eq!(at(&w, b, callee), Some(second));
    // Nothing comes through any more, and nobody notices. The other one is refreshed until the dead one has expired.
    w.phones[b].dead = Some(second);
    w.advance(500_000);
    assert_eq!((w.register(a), w.register(b)), (200, 200));
    w.advance(101_000);
    assert_eq!(w.register(b), 200);
    let first = w.phones[b].flow.expect("a socket");
    w.phones[b].ep.set_flow(Millis(w.now), callee, first);
    assert!(reaches(&mut w, a, caller, b));
    assert!(w.away.is_empty());
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
}

#[test]
fn a_phone_that_rings_answers_on_the_flow_on_which_it_rings() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let second = w.second_flow(b);
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).expect("rings");
    w.drop_second(b);
    // A refresh of the other flow moves nothing.
    assert_eq!(w.register(b), 200);
    assert!(w.incoming(b).is_none(), "it rings already");
    let again = w.second_flow(b);
    assert_ne!(again, second);
    w.phones[b].ep.set_flow(Millis(w.now), callee, again);
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some(), "{:?}", w.phones[a].events);
}

#[test]
fn whoever_calls_themselves_is_not_rung_on_their_other_flow() {
    let mut w = World::new();
    let a = w.registered("ann");
    w.second_flow(a);
    let caller = w.call(a, "ann");
    assert!(w.incoming(a).is_none());
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(480));
    let mut query = w.register_message(a, 600);
    query.remove(HeaderName::Contact);
    let known = w.request(a, query).expect("answered");
    assert_eq!(known.header_values(HeaderName::Contact).count(), 2, "{DOMAIN} knows both");
}

/// The phone of cid has two flows, and ann transfers bob there.
fn transferred() -> (World, [usize; 3], SessionId) {
    asked(true)
}

/// Ann has transferred bob to cid, who has two flows; where it is dead, nobody hears what is said on the second.
fn asked(dead: bool) -> (World, [usize; 3], SessionId) {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let second = w.second_flow(c);
    let (own, peer) = w.connected(a, b);
    w.phones[c].dead = dead.then_some(second);
    assert_eq!(refer(&mut w, a, own, &format!("<sip:cid@{DOMAIN}>")), 202);
    (w, [a, b, c], peer)
}

/// The target answers on its first flow, and is connected with bob.
fn arrives(w: &mut World, [a, b, c]: [usize; 3], peer: SessionId) {
    let (target, invite) = w.incoming(c).expect("rings on the other flow");
    assert!(invite.body().is_empty() && invite.header_str(HeaderName::ReferredBy).is_some(), "it is the ring of a transfer");
    assert_eq!(at(w, c, target), w.phones[c].flow);
    answer_late(w, c, target);
    answer_offer(w, b, peer);
    assert_eq!(ack(w, c), ANSWER.as_bytes());
    assert_eq!(told(w, a).last(), Some(&200));
    assert_eq!((w.does("ann"), w.does("bob"), w.does("cid")), ((0, 0), (0, 1), (0, 1)));
    assert!(w.away.is_empty(), "none of the two was away");
    w.hang_up(c, target);
    assert!(w.ended(b, peer).is_some());
    at_rest(w);
}

#[test]
fn a_flow_that_swallows_the_ring_is_followed_by_the_other_one_soon() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let second = w.second_flow(b);
    w.phones[b].dead = Some(second);
    let caller = w.call(a, "bob");
    w.advance(SILENT_FLOW_MS - 1);
    assert!(w.incoming(b).is_none());
    w.advance(1);
    let (callee, _) = w.incoming(b).expect("rings on the other flow");
    assert_eq!(at(&w, b, callee), w.phones[b].flow);
    w.ring(b, callee);
    w.advance(40_000);
    assert!(w.incoming(b).is_none() && w.rejected(a, caller).is_none(), "the end of the first try is no news to anybody");
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
    // It is dead, but nobody has said so: the next call tries it first, and both when the other one is dead too.
    w.phones[b].deaf = true;
    let caller = w.call(a, "bob");
    w.advance(SILENT_FLOW_MS + 33_000);
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(480));
    at_rest(&mut w);
}

#[test]
fn a_phone_that_has_said_a_word_is_waited_for() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.second_flow(b);
    let caller = w.call(a, "bob");
    let (callee, _) = w.incoming(b).expect("rings");
    // Nothing but 100 so far: its page asks for the microphone.
    w.advance(20_000);
    assert!(w.incoming(b).is_none() && w.ended(b, callee).is_none());
    // A phone that rang and gives up by itself is not rung again.
    w.ring(b, callee);
    w.reject(b, callee, 408);
    assert!(w.incoming(b).is_none());
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(480));
}

#[test]
fn a_flow_that_closes_while_it_rings_is_followed_by_the_other_one() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.second_flow(b);
    let caller = w.call(a, "bob");
    let (first, _) = w.incoming(b).expect("rings");
    w.ring(b, first);
    w.drop_second(b);
    w.advance(EARLY_LEG_LOST_MS);
    let (callee, _) = w.incoming(b).expect("rings on the other flow");
    assert_eq!(at(&w, b, callee), w.phones[b].flow);
    let told = w.ended(b, first).expect("and no longer for the first time").expect("a CANCEL");
    assert_eq!(told.reason_header().unwrap().cause, Some(200), "which is no missed call");
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some(), "{:?}", w.phones[a].events);
    w.hang_up(a, caller);
    at_rest(&mut w);
}

#[test]
fn an_agent_of_a_queue_is_rung_on_the_other_flow_and_has_missed_nothing() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.ready("bob"));
    let second = w.second_flow(b);
    w.phones[b].dead = Some(second);
    let caller = w.call(a, "support");
    let contact = w.contact_of(a, caller);
    w.advance(SILENT_FLOW_MS);
    let (callee, _) = w.incoming(b).expect("rings on the other flow");
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
    assert_eq!(w.story(&contact), ["queued support -", "offered bob -", "answered bob -"]);
}

#[test]
fn a_ring_that_went_into_a_dead_socket_is_made_up_for_when_the_phone_is_back() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.phones[b].dead = w.phones[b].flow;
    let caller = w.call(a, "bob");
    w.advance(SILENT_FLOW_MS + 1_000);
    assert!(w.incoming(b).is_none());
    w.disconnect(b);
    w.advance(1_000);
    w.reconnect(b, &[]);
    let (callee, _) = w.incoming(b).expect("rings");
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
    w.hang_up(a, caller);
    at_rest(&mut w);
}

#[test]
fn a_transfer_reaches_a_phone_one_of_whose_flows_is_dead() {
    let (mut w, phones, peer) = transferred();
    w.advance(SILENT_FLOW_MS);
    arrives(&mut w, phones, peer);

    // The flow fails with a word.
    let (mut w, phones, peer) = asked(false);
    let c = phones[2];
    let (first, _) = w.incoming(c).expect("rings");
    w.reject(c, first, 430);
    arrives(&mut w, phones, peer);

    // The socket closes while it rings.
    let (mut w, phones, peer) = asked(false);
    let c = phones[2];
    let (first, _) = w.incoming(c).expect("rings");
    w.ring(c, first);
    w.drop_second(c);
    w.advance(EARLY_LEG_LOST_MS);
    assert!(w.ended(c, first).is_some());
    arrives(&mut w, phones, peer);
}

#[test]
fn a_transfer_to_a_phone_that_is_gone_ends_soon_and_of_two_phones_the_one_that_lost_hinders_nobody() {
    let (mut w, [a, _, c], _) = transferred();
    w.phones[c].deaf = true;
    w.drop_second(c);
    w.disconnect(c);
    w.advance(EARLY_LEG_LOST_MS + SILENT_FLOW_MS);
    assert_eq!(told(&mut w, a), [100, 480]);

    let mut w = World::new();
    let (a, b, c, other) = (w.registered("ann"), w.registered("bob"), w.registered("cid"), w.registered("cid"));
    let (own, peer) = w.connected(a, b);
    assert_eq!(refer(&mut w, a, own, &format!("<sip:cid@{DOMAIN}>")), 202);
    let (target, _) = w.incoming(c).expect("rings");
    let (loser, _) = w.incoming(other).expect("rings too");
    answer_late(&mut w, c, target);
    assert!(w.ended(other, loser).is_some());
    answer_offer(&mut w, b, peer);
    assert_eq!(ack(&mut w, c), ANSWER.as_bytes());
    assert_eq!(told(&mut w, a), [100, 200]);
}
