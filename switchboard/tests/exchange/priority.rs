//! The priority of a caller is the caller's: whoever they are sent on to, in whatever way, it is theirs again in the next queue.

use crate::support::{ANSWER, DOMAIN, OFFER, World};
use crate::transfer::{OTHER, ack, answer_late, answer_offer, refer};
use sip_ws::codec::HeaderName;
use sip_ws::endpoint::{Body, EndpointEvent, SessionId};
use sip_ws::io::Millis;
use switchboard::queue::io::Name;
use wire::{OrderResult, Steer};

const SALES: &str = "<sip:sales@portico.test>";

/// Ann waits with priority 2 until bob answers.
struct Preferred {
    w: World,
    ann: usize,
    bob: usize,
    caller: SessionId,
    callee: SessionId,
    contact: String,
}

fn preferred() -> Preferred {
    let mut w = World::new();
    let ann = w.registered("ann");
    let caller = w.call(ann, "support");
    let contact = w.contact_of(ann, caller);
    assert_eq!(w.steer(Steer::Prioritise { contact: contact.clone(), priority: 2 }, &["support"]), OrderResult::Done);
    let bob = w.ready("bob");
    let (callee, _) = w.incoming(bob).expect("rings");
    w.answer(bob, callee);
    assert!(w.accepted(ann, caller).is_some());
    Preferred { w, ann, bob, caller, callee, contact }
}

fn of_sales(w: &World) -> Vec<u8> {
    w.queues[&Name::new("t1", "sales")].first.iter().map(|caller| caller.priority).collect()
}

/// Sends the other side to this person, who answers. Gives the person's leg.
fn sent_on(w: &mut World, by: (usize, SessionId), ann: (usize, SessionId), to: &str, target: usize) -> SessionId {
    assert_eq!(refer(w, by.0, by.1, &format!("<sip:{to}@{DOMAIN}>")), 202);
    let (leg, _) = w.incoming(target).expect("rings");
    answer_late(w, target, leg);
    answer_offer(w, ann.0, ann.1);
    assert_eq!(ack(w, target), ANSWER.as_bytes());
    assert!(w.ended(by.0, by.1).is_some(), "the transferor has left");
    leg
}

#[test]
fn who_was_preferred_is_so_in_a_queue_after_a_person_and_after_one_who_did_not_take_the_call() {
    let Preferred { mut w, ann, bob, caller, callee, .. } = preferred();
    let (sup, other) = (w.registered("sup0"), w.registered("sup1"));
    assert_eq!(refer(&mut w, bob, callee, &format!("<sip:sup0@{DOMAIN}>")), 202);
    let (declined, _) = w.incoming(sup).expect("rings");
    w.reject(sup, declined, 603);
    assert!(w.ended(bob, callee).is_none(), "the call goes on with bob");
    let first = sent_on(&mut w, (bob, callee), (ann, caller), "sup0", sup);
    let second = sent_on(&mut w, (sup, first), (ann, caller), "sup1", other);
    w.kill_and_restart();
    w.reconnect(ann, &[caller]);
    w.reconnect(other, &[second]);
    assert_eq!(refer(&mut w, other, second, SALES), 202);
    assert!(w.ended(other, second).is_some());
    assert_eq!(of_sales(&w), [2]);
}

#[test]
fn who_was_preferred_is_so_in_a_queue_after_somebody_in_charge_took_the_call() {
    let Preferred { mut w, ann, bob, caller, callee, contact } = preferred();
    let sup = w.registered("sup0");
    let take = Steer::TakeOver { user: "bob".into(), contact };
    let OrderResult::Admitted { dialog } = w.steer_as("sup0", take, &["support"]) else { panic!("admitted") };
    let mut invite = w.invite_message(sup, "bob", Some(OFFER));
    invite.push(HeaderName::Replaces, &dialog);
    invite.push(HeaderName::Require, "replaces");
    let taking = w.invite(sup, invite);
    answer_offer(&mut w, ann, caller);
    assert!(w.accepted(sup, taking).is_some() && w.ended(bob, callee).is_some());
    assert_eq!(refer(&mut w, sup, taking, SALES), 202);
    assert_eq!(of_sales(&w), [2]);
}

/// The agent asks somebody first and connects the two, out of either call.
#[test]
fn who_was_preferred_is_so_in_a_queue_after_somebody_who_was_asked_first() {
    for out_of_the_first in [true, false] {
        let Preferred { mut w, ann, bob, caller, callee, .. } = preferred();
        let sup = w.registered("sup0");
        w.advance(10);
        let (asking, asked) = w.connected(bob, sup);
        let (own, other, moved, peer) =
            if out_of_the_first { (callee, asking, (sup, asked), (ann, caller)) } else { (asking, callee, (ann, caller), (sup, asked)) };
        let dialog = w.phones[bob].ep.dialog(other).unwrap().clone();
        let replaces = format!("{}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", dialog.call_id, dialog.remote_tag, dialog.local_tag);
        assert_eq!(refer(&mut w, bob, own, &format!("<sip:x@{DOMAIN}?Replaces={replaces}>")), 202);
        assert!(w.take(moved.0, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some());
        let now = Millis(w.now);
        w.phones[moved.0].ep.answer_reinvite(now, moved.1, 200, "OK", &[], Some(Body::sdp(OTHER))).unwrap();
        w.run();
        answer_offer(&mut w, peer.0, peer.1);
        assert!(w.ended(bob, own).is_some() && w.ended(bob, other).is_some());
        assert_eq!(refer(&mut w, sup, asked, SALES), 202);
        assert_eq!(of_sales(&w), [2], "out of the first call: {out_of_the_first}");
    }
}

#[test]
fn nobody_has_the_priority_of_somebody_else() {
    let Preferred { mut w, ann, bob, caller, callee, .. } = preferred();
    let sup = w.registered("sup0");
    let leg = sent_on(&mut w, (bob, callee), (ann, caller), "sup0", sup);
    // It is the caller who sends the other one on.
    assert_eq!(refer(&mut w, ann, caller, SALES), 202);
    assert!(w.ended(sup, leg).is_none());
    assert_eq!(of_sales(&w), [0]);
}
