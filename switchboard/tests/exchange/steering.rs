//! Orders of somebody in charge, through the exchange: phones ring and fall silent, callers keep their calls, the history says why.

use crate::support::{World, party};
use switchboard::exchange::io::Input;
use switchboard::queue::State;
use wire::{OrderResult, Steer};

#[test]
fn a_waiting_caller_is_given_to_an_agent_whose_phone_rings() {
    let mut w = World::new();
    let a = w.registered("ann");
    let caller = w.call(a, "sales");
    let contact = w.contact_of(a, caller);
    let assign = |user: &str| Steer::Assign { contact: contact.clone(), user: user.into() };
    assert_eq!(w.steer(assign("bob"), &["sales"]), OrderResult::TooLate, "nobody is at that desk");
    let b = w.ready("bob");
    assert!(w.incoming(b).is_none(), "the queue is not one of theirs");
    assert_eq!(w.steer(assign("bob"), &["support"]), OrderResult::TooLate, "a caller of another site is as good as gone");
    assert_eq!(w.steer(assign("bob"), &["sales"]), OrderResult::Done);
    let (callee, _) = w.incoming(b).expect("rings");
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
    assert_eq!(w.story(&contact), ["queued sales -", "offered bob -", "answered bob -"]);
    assert_eq!(w.steer(assign("bob"), &["sales"]), OrderResult::TooLate, "answered meanwhile");
}

#[test]
fn a_caller_who_rings_somewhere_is_moved_and_the_phone_falls_silent() {
    let mut w = World::new();
    let b = w.ready("bob");
    let a = w.registered("ann");
    let caller = w.call(a, "support");
    let contact = w.contact_of(a, caller);
    let (first, _) = w.incoming(b).expect("rings");
    w.ring(b, first);
    let to = |queue: &str| Steer::Move { contact: contact.clone(), queue: queue.into() };
    assert_eq!(w.steer(to("nowhere"), &["support", "sales"]), OrderResult::Invalid);
    assert_eq!(w.steer(to("sales"), &["sales"]), OrderResult::TooLate);
    assert_eq!(w.steer(to("sales"), &["support", "sales"]), OrderResult::Done);
    assert!(w.ended(b, first).is_some());
    assert!(w.rejected(a, caller).is_none(), "the caller waits on");
    assert_eq!(w.state("bob"), State::Ready, "and the agent has missed nothing");
    let c = w.ready("cid");
    let (second, _) = w.incoming(c).expect("rings there");
    w.answer(c, second);
    assert!(w.accepted(a, caller).is_some());
    let causes: Vec<_> = w.story(&contact).into_iter().filter(|line| line.contains("bob") || line.starts_with("over")).collect();
    assert_eq!(causes, ["offered bob -", "ringing bob -", "offer-failed bob withdrawn", "overflowed sales -"]);
}

#[test]
fn priorities_have_a_limit_and_change_who_is_next() {
    let mut w = World::new();
    let (a, d) = (w.registered("ann"), w.registered("bob"));
    w.call(a, "sales");
    w.advance(1_000);
    let second = w.call(d, "sales");
    let contact = w.contact_of(d, second);
    let level = |priority| Steer::Prioritise { contact: contact.clone(), priority };
    assert_eq!(w.steer(level(wire::MAX_PRIORITY + 1), &["sales"]), OrderResult::Invalid);
    assert_eq!(w.steer(level(2), &["sales"]), OrderResult::Done);
    let c = w.ready("cid");
    let (callee, _) = w.incoming(c).expect("rings");
    w.answer(c, callee);
    assert!(w.accepted(d, second).is_some(), "the second caller came first");
}

#[test]
fn an_agent_is_paused_made_ready_and_taken_out_of_a_queue() {
    let mut w = World::new();
    let b = w.ready("bob");
    let pause = |reason: Option<&str>| Steer::Pause { user: "bob".into(), reason: reason.map(str::to_owned) };
    assert_eq!(w.steer(pause(Some("guessed")), &[]), OrderResult::Invalid);
    assert_eq!(w.steer(pause(Some("lunch")), &[]), OrderResult::Done);
    assert_eq!(w.state("bob"), State::Paused);
    assert_eq!(w.agents[&party("bob")].set_by.as_deref(), Some("Sue"));
    assert_eq!(w.steer(Steer::Ready { user: "bob".into() }, &[]), OrderResult::Done);
    assert_eq!(w.state("bob"), State::Ready);
    let of = |queue: &str, on| Steer::Member { user: "bob".into(), queue: queue.into(), on };
    assert_eq!(w.steer(of("sales", false), &["sales"]), OrderResult::Invalid, "was never in it");
    assert_eq!(w.steer(of("support", false), &["support"]), OrderResult::Done);
    w.kill_and_restart();
    w.reconnect(b, &[]);
    w.input(Input::Answers { party: party("bob"), answers: true });
    let a = w.registered("ann");
    let caller = w.call(a, "support");
    assert_eq!(w.told(a, caller), [1]);
    assert_eq!((w.state("bob"), w.incoming(b).is_none()), (State::Ready, true), "a restart changes nothing");
    assert_eq!(w.steer(of("support", true), &["support"]), OrderResult::Done);
    assert!(w.incoming(b).is_some(), "back in the queue, and rung at once");
    assert_eq!(w.steer(Steer::Ready { user: "eve".into() }, &[]), OrderResult::Invalid, "in no queue");
    assert_eq!(w.steer(Steer::EndWrapUp { user: "bob".into(), contact: "none".into() }, &[]), OrderResult::TooLate);
}
