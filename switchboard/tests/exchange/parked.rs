//! Answered calls that are transferred to a queue: the caller waits in their dialog, and is offered like anybody else.

use crate::support::{ANSWER, HOLD, UNIX, World, party};
use crate::transfer::{OTHER, ack, answer_late, answer_offer, at_rest, refer, told};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{Body, EndpointEvent, Refusal, SessionId};
use sip_ws::io::Millis;
use switchboard::exchange::io::Input;
use switchboard::queue::State;
use switchboard::queue::io::Name;
use wire::{Order, OrderResult, Steer};

const SALES: &str = "<sip:sales@portico.test>";
const EVERYBODY: &str = "<sip:everybody@portico.test>";

/// Places that a caller was told in their dialog, oldest first.
fn places(w: &mut World, phone: usize) -> Vec<(u32, String)> {
    let mut all = Vec::new();
    while let Some(EndpointEvent::InDialog { txn, message, .. }) =
        w.take(phone, |e| matches!(e, EndpointEvent::InDialog { message, .. } if message.method() == Some(&Method::Info)))
    {
        let place = message.queue_place().unwrap().expect("a place").position;
        all.push((place, message.header_str(HeaderName::PAssertedIdentity).unwrap().to_owned()));
        w.respond(phone, txn, message.reply(200, "OK"));
    }
    all
}

fn bye_of(w: &mut World, phone: usize, session: SessionId) -> Message {
    w.ended(phone, session).expect("over").expect("a BYE")
}

/// Ann called support, bob answered and sends her to sales, where nobody is free.
struct Parked {
    w: World,
    ann: usize,
    caller: SessionId,
    contact: String,
}

fn parked() -> Parked {
    let mut w = World::new();
    let (ann, bob) = (w.registered("ann"), w.ready("bob"));
    let caller = w.call(ann, "support");
    let (callee, _) = w.incoming(bob).expect("rings");
    w.answer(bob, callee);
    assert!(w.accepted(ann, caller).is_some());
    let contact = w.contact_of(ann, caller);
    w.advance(30_000);
    assert_eq!(refer(&mut w, bob, callee, SALES), 202);
    assert_eq!(told(&mut w, bob), [100, 200], "the queue has them");
    let bye = bye_of(&mut w, bob, callee);
    assert!(bye.header_str(HeaderName::Reason).unwrap().contains("Transferred"));
    assert!(w.ended(ann, caller).is_none(), "and their call goes on");
    w.phones[ann].events.retain(|e| !matches!(e, EndpointEvent::Confirmed { .. }));
    Parked { w, ann, caller, contact }
}

/// The agent who is rung answers, and caller and agent are connected.
fn taken(w: &mut World, agent: usize, ann: usize, caller: SessionId) -> SessionId {
    let (callee, invite) = w.incoming(agent).expect("rings");
    assert!(invite.body().is_empty(), "the agent's phone is to offer");
    w.ring(agent, callee);
    answer_late(w, agent, callee);
    let offer = answer_offer(w, ann, caller);
    assert_eq!(offer.body(), OTHER.as_bytes());
    assert_eq!(ack(w, agent), ANSWER.as_bytes());
    callee
}

#[test]
fn a_caller_is_transferred_from_one_queue_to_another_and_is_one_contact() {
    let Parked { mut w, ann, caller, contact } = parked();
    let shown = places(&mut w, ann);
    assert_eq!(shown.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1]);
    assert!(shown[0].1.contains("SALES queue") && shown[0].1.contains("sip:sales@"), "{shown:?}");
    assert_eq!((w.does("ann"), w.does("bob")), ((0, 1), (0, 0)));
    assert_eq!(w.state("bob"), State::WrapUp, "whoever had the caller has work to finish");
    assert_eq!(w.queues.values().map(|view| view.waiting).sum::<usize>(), 1);
    // Nothing of the caller's that needs another side is answered by anybody, and nothing of it ends the call.
    let now = Millis(w.now);
    w.phones[ann].ep.reinvite(now, caller, &[], Some(Body::sdp(HOLD))).unwrap();
    w.run();
    let refused = w.take(ann, |e| matches!(e, EndpointEvent::ReofferRejected { .. }));
    let Some(EndpointEvent::ReofferRejected { cause: Refusal::Status(answer), .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((answer.status(), answer.retry_after().unwrap()), (Some(491), Some(5)), "a page that was loaded again goes on asking");
    w.advance(60_000);
    assert_eq!(places(&mut w, ann).len(), 1, "told at least once a minute");

    let cid = w.ready("cid");
    assert_eq!(w.state("cid"), State::Ringing);
    let callee = taken(&mut w, cid, ann, caller);
    assert_eq!(w.state("cid"), State::OnCall);
    assert_eq!((w.does("ann"), w.does("cid")), ((0, 1), (0, 1)));
    // It is a call like any other: held, transferred across a restart, ended.
    w.kill_and_restart();
    w.reconnect(ann, &[caller]);
    w.reconnect(cid, &[callee]);
    w.input(Input::Answers { party: party("cid"), answers: true });
    assert_eq!(w.state("cid"), State::OnCall);
    w.hang_up(ann, caller);
    assert!(w.ended(cid, callee).is_some());
    assert_eq!(w.state("cid"), State::WrapUp);
    let finish = Order::FinishWrapUp { contact: contact.clone(), disposition: None, note: String::new() };
    assert_eq!(w.order("cid", finish), OrderResult::Done);
    assert_eq!(
        w.story(&contact),
        [
            "queued support -",
            "offered bob -",
            "answered bob -",
            "transferred bob queue",
            "queued sales -",
            "wrapped-up bob -",
            "offered cid -",
            "ringing cid -",
            "answered cid -",
            "ended cid hung-up",
            "wrapped-up cid -",
        ]
    );
    let of = |kind: &str, user: &str| {
        w.contacts.iter().find(|e| e.kind.as_str() == kind && e.to.user == user).and_then(|e| e.queue.clone()).unwrap()
    };
    assert_eq!((of("answered", "cid").name.as_str(), of("answered", "cid").since), ("sales", UNIX + 30_000), "a wait of its own");
    assert_eq!(of("wrapped-up", "bob").name, "support");
    at_rest(&mut w);
}

#[test]
fn whoever_called_sends_the_other_side_to_a_queue_too() {
    let mut w = World::new();
    let (bob, ann, cid) = (w.registered("bob"), w.registered("ann"), w.ready("cid"));
    let (own, peer) = w.connected(bob, ann);
    assert_eq!(refer(&mut w, bob, own, SALES), 202);
    assert_eq!(told(&mut w, bob), [100, 200]);
    let callee = taken(&mut w, cid, ann, peer);
    assert_eq!((w.does("ann"), w.does("bob"), w.does("cid")), ((0, 1), (0, 0), (0, 1)));
    w.hang_up(cid, callee);
    assert!(w.ended(ann, peer).is_some());
    at_rest(&mut w);
}

#[test]
fn a_queue_that_takes_nobody_leaves_the_call_where_it_is() {
    let mut w = World::new();
    let (bob, ann) = (w.registered("bob"), w.registered("ann"));
    let (own, peer) = w.connected(bob, ann);
    let contact = w.contact_of(bob, own);
    for n in 0..3 {
        let phone = w.guest(&format!("~sales~{n:032x}"), UNIX / 1000 + 600);
        w.call(phone, "sales");
    }
    assert_eq!(refer(&mut w, bob, own, SALES), 202);
    assert_eq!(told(&mut w, bob), [100, 486], "full");
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("offer-failed sales full"));
    assert_eq!((w.does("ann"), w.does("bob")), ((0, 1), (0, 1)));
    assert_eq!(refer(&mut w, bob, own, "<sip:nowhere@portico.test>"), 404);
    // Where one can be had the next try takes it; whoever waits somewhere has one place only.
    assert_eq!(refer(&mut w, bob, own, EVERYBODY), 202);
    assert_eq!(told(&mut w, bob), [100, 200]);
    assert!(w.ended(bob, own).is_some());
    let (caller, callee) = w.connected(bob, ann);
    assert_eq!(refer(&mut w, bob, caller, SALES), 403);
    w.hang_up(ann, callee);
    w.hang_up(ann, peer);
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("abandoned everybody -"));
}

#[test]
fn a_transferred_caller_who_hangs_up_or_waits_for_too_long_is_lost_to_the_queue() {
    let Parked { mut w, ann, caller, contact, .. } = parked();
    w.hang_up(ann, caller);
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("abandoned sales -"));
    at_rest(&mut w);

    // Sales has no longest wait, support has one, and overflows to sales, which is full.
    let mut w = World::new();
    let (sup, ann) = (w.registered("sup0"), w.registered("ann"));
    let (own, peer) = w.connected(sup, ann);
    let contact = w.contact_of(sup, own);
    for n in 0..3 {
        let phone = w.guest(&format!("~sales~{n:032x}"), UNIX / 1000 + 6_000);
        w.call(phone, "sales");
    }
    assert_eq!(refer(&mut w, sup, own, "<sip:support@portico.test>"), 202);
    assert_eq!(told(&mut w, sup), [100, 200]);
    let bob = w.ready("bob");
    let (ring, _) = w.incoming(bob).expect("rings");
    w.reject(bob, ring, 603);
    assert!(w.ended(ann, peer).is_none(), "they wait on");
    w.disconnect(bob);
    w.advance(1_800_000);
    let bye = bye_of(&mut w, ann, peer);
    assert!(bye.header_str(HeaderName::Reason).unwrap().contains("Nobody was free"));
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("missed support timed-out"));
}

#[test]
fn a_restart_loses_no_transferred_caller_who_comes_back_in_time() {
    let Parked { mut w, ann, caller, contact, .. } = parked();
    w.advance(10_000);
    w.kill_and_restart();
    let cid = w.ready("cid");
    assert!(w.incoming(cid).is_none(), "no agent is rung for somebody who may not come back");
    w.advance(5_000);
    w.reconnect(ann, &[caller]);
    assert_eq!(places(&mut w, ann).last().map(|(place, _)| *place), Some(1));
    taken(&mut w, cid, ann, caller);
    let since = w.contacts.iter().rev().find(|e| e.kind.as_str() == "answered").unwrap().queue.clone().unwrap().since;
    assert_eq!(since, UNIX + 30_000, "as old as before");
    assert_eq!(w.story(&contact).iter().filter(|line| line.starts_with("queued sales")).count(), 1);

    // Twice within half a minute.
    let Parked { mut w, ann, caller, .. } = parked();
    for _ in 0..2 {
        w.kill_and_restart();
        w.advance(20_000);
    }
    w.reconnect(ann, &[caller]);
    assert_eq!(places(&mut w, ann).last().map(|(place, _)| *place), Some(1));
    let cid = w.ready("cid");
    taken(&mut w, cid, ann, caller);

    let Parked { mut w, ann, caller, contact, .. } = parked();
    w.kill_and_restart();
    w.advance(40_000);
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("failed sales lost-by-restart"));
    assert_eq!(w.story(&contact).iter().filter(|line| line.contains("lost")).count(), 1, "counted once");
    w.reconnect(ann, &[caller]);
    assert!(w.ended(ann, caller).is_some(), "whoever comes back too late is told");
    at_rest(&mut w);
}

#[test]
fn a_caller_who_is_away_gets_the_agents_offer_when_they_are_back() {
    let Parked { mut w, ann, caller, .. } = parked();
    w.disconnect(ann);
    let cid = w.ready("cid");
    let (callee, _) = w.incoming(cid).expect("a break of a second is no reason to lose a turn");
    answer_late(&mut w, cid, callee);
    w.advance(2_000);
    assert!(w.ended(cid, callee).is_none());
    w.reconnect(ann, &[caller]);
    answer_offer(&mut w, ann, caller);
    assert_eq!(ack(&mut w, cid), ANSWER.as_bytes());
    w.hang_up(cid, callee);
    assert!(w.ended(ann, caller).is_some());
    at_rest(&mut w);

    // Whoever stays away is gone after half a minute; the agent is free again.
    let Parked { mut w, ann, contact, .. } = parked();
    w.disconnect(ann);
    w.advance(31_000);
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("abandoned sales lost"));
    at_rest(&mut w);
}

#[test]
fn an_agent_who_is_gone_before_the_caller_answers_leaves_the_caller_waiting() {
    let Parked { mut w, ann, caller, contact, .. } = parked();
    let cid = w.ready("cid");
    let (callee, _) = w.incoming(cid).expect("rings");
    answer_late(&mut w, cid, callee);
    let offered = w.take(ann, |e| matches!(e, EndpointEvent::Reoffer { .. }));
    assert!(offered.is_some());
    w.disconnect(cid);
    w.advance(12_000);
    let now = Millis(w.now);
    w.phones[ann].ep.answer_reinvite(now, caller, 200, "OK", &[], Some(Body::sdp(ANSWER))).unwrap();
    w.run();
    assert!(w.ended(ann, caller).is_none(), "the caller waits on");
    assert_eq!(w.queues.values().map(|view| view.waiting).sum::<usize>(), 1);
    w.reconnect(cid, &[callee]);
    w.advance(40_000);
    // After the wrap-up it is the same agent's turn.
    taken(&mut w, cid, ann, caller);
    assert_eq!(w.state("cid"), State::OnCall);
    let answered = w.story(&contact).iter().filter(|line| line.starts_with("answered cid")).count();
    assert_eq!(answered, 1);
}

#[test]
fn both_offer_at_once_and_the_agents_offer_is_made_again() {
    let Parked { mut w, ann, caller, .. } = parked();
    let cid = w.ready("cid");
    let (callee, _) = w.incoming(cid).expect("rings");
    answer_late(&mut w, cid, callee);
    assert!(w.take(ann, |e| matches!(e, EndpointEvent::Reoffer { .. })).is_some());
    let now = Millis(w.now);
    w.phones[ann].ep.answer_reinvite(now, caller, 491, "Request pending", &[], None).unwrap();
    w.run();
    w.advance(1_000);
    answer_offer(&mut w, ann, caller);
    assert_eq!(ack(&mut w, cid), ANSWER.as_bytes());
}

#[test]
fn a_queue_that_rings_all_rings_all_for_a_transferred_caller_and_the_first_answer_wins() {
    let mut w = World::new();
    let (sup, ann) = (w.registered("sup1"), w.registered("ann"));
    let (bob, cid) = (w.ready("bob"), w.ready("cid"));
    let (own, peer) = w.connected(sup, ann);
    assert_eq!(refer(&mut w, sup, own, EVERYBODY), 202);
    let (first, _) = w.incoming(bob).expect("rings");
    let (second, _) = w.incoming(cid).expect("rings");
    w.ring(bob, first);
    w.ring(cid, second);
    answer_late(&mut w, cid, second);
    assert!(w.ended(bob, first).is_some(), "silent");
    answer_offer(&mut w, ann, peer);
    assert_eq!(ack(&mut w, cid), ANSWER.as_bytes());
    assert_eq!((w.state("bob"), w.state("cid")), (State::Ready, State::OnCall));
    w.hang_up(cid, second);
    at_rest(&mut w);
}

#[test]
fn whoever_is_in_charge_moves_and_assigns_a_transferred_caller() {
    let Parked { mut w, ann, caller, contact, .. } = parked();
    let to = Steer::Move { contact: contact.clone(), queue: "everybody".into() };
    assert_eq!(w.steer(to, &["sales", "everybody"]), OrderResult::Done);
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("overflowed everybody -"));
    // The row follows: after a restart it is the queue of the move.
    w.kill_and_restart();
    let sup = w.ready("sup0");
    w.reconnect(ann, &[caller]);
    assert!(places(&mut w, ann).last().unwrap().1.contains("sip:everybody@"));
    taken(&mut w, sup, ann, caller);
    assert!(w.incoming(sup).is_none());
}

/// The priorities of those who wait in sales.
fn priorities(w: &World) -> Vec<u8> {
    w.queues[&Name::new("t1", "sales")].first.iter().map(|caller| caller.priority).collect()
}

#[test]
fn whoever_was_preferred_is_so_in_the_next_queue_and_when_they_wait_on() {
    let mut w = World::new();
    let ann = w.registered("ann");
    let caller = w.call(ann, "support");
    let contact = w.contact_of(ann, caller);
    assert_eq!(w.steer(Steer::Prioritise { contact, priority: 2 }, &["support"]), OrderResult::Done);
    let bob = w.ready("bob");
    let (callee, _) = w.incoming(bob).expect("rings");
    w.answer(bob, callee);
    assert!(w.accepted(ann, caller).is_some());
    // Also of before a restart.
    w.kill_and_restart();
    w.reconnect(ann, &[caller]);
    w.reconnect(bob, &[callee]);
    assert_eq!(refer(&mut w, bob, callee, SALES), 202);
    assert!(w.ended(bob, callee).is_some());
    assert_eq!(priorities(&w), [2]);
    // An agent answers and is gone before the caller has heard of it.
    let cid = w.ready("cid");
    let (callee, _) = w.incoming(cid).expect("rings");
    answer_late(&mut w, cid, callee);
    assert_eq!(priorities(&w), [0; 0]);
    w.disconnect(cid);
    w.advance(12_000);
    assert_eq!(priorities(&w), [2]);
    // And a restart while they wait.
    w.queues.clear();
    w.kill_and_restart();
    w.reconnect(ann, &[caller]);
    assert_eq!(priorities(&w), [2]);
}

#[test]
fn the_priority_of_an_entrance_goes_with_its_caller_and_that_of_nobody_else() {
    let mut w = World::new();
    let (barrier, bob) = (w.registered("barrier"), w.ready("bob"));
    let door = w.call(barrier, "x");
    let (callee, _) = w.incoming(bob).expect("rings");
    w.answer(bob, callee);
    assert!(w.accepted(barrier, door).is_some());
    assert_eq!(refer(&mut w, bob, callee, SALES), 202);
    assert!(w.ended(bob, callee).is_some());
    assert_eq!(priorities(&w), [1]);
    w.hang_up(barrier, door);
    // The one who is sent on is the agent.
    let Parked { mut w, ann, caller, contact } = parked();
    assert_eq!(w.steer(Steer::Prioritise { contact, priority: 3 }, &["sales"]), OrderResult::Done);
    let cid = w.ready("cid");
    taken(&mut w, cid, ann, caller);
    assert_eq!(refer(&mut w, ann, caller, "<sip:sales@portico.test>"), 202);
    assert_eq!(priorities(&w), [0]);
}
