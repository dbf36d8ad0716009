//! A queue that asks for a skill, through the exchange: whose phone rings when, over a kill of the switchboard too.

use crate::support::{World, party};
use switchboard::exchange::io::Input;
use switchboard::queue::State;

#[test]
fn whoever_knows_enough_is_rung_and_others_only_when_the_time_has_come() {
    let mut w = World::new();
    // Whoever has been idle longest knows nothing.
    let none = w.ready("sup0");
    w.advance(10);
    let some = w.ready("sup1");
    w.advance(10);
    let good = w.ready("sup2");
    let a = w.registered("ann");
    let caller = w.call(a, "german");
    let contact = w.contact_of(a, caller);
    let (first, _) = w.incoming(good).expect("rings at German 8");
    assert_eq!(["sup0", "sup1", "sup2"].map(|user| w.state(user)), [State::Ready, State::Ready, State::Ringing]);
    w.reject(good, first, 603);
    w.advance(4_000);
    w.input(Input::Answers { party: party("sup2"), answers: false });
    assert_eq!(w.told(a, caller), [1], "and the caller waits where nobody else knows enough");
    w.advance(15_900);
    assert_eq!(w.incoming(some).map(|(session, _)| session), None, "a moment too early");
    w.advance(200);
    let (second, _) = w.incoming(some).expect("rings at German 4");
    w.reject(some, second, 603);
    w.input(Input::Answers { party: party("sup1"), answers: false });
    w.advance(19_700);
    assert_eq!(w.incoming(none).map(|(session, _)| session), None);
    w.advance(300);
    let (third, _) = w.incoming(none).expect("rings at whoever is there");
    w.answer(none, third);
    assert!(w.accepted(a, caller).is_some());
    w.hang_up(a, caller);
    let offers: Vec<_> = w.story(&contact).into_iter().filter(|line| line.starts_with("offered")).collect();
    assert_eq!(offers, ["offered sup2 -", "offered sup1 -", "offered sup0 -"]);
    w.advance(60_000);
    assert_eq!(w.machine.gauges().map(|(_, n)| n)[2..], [0, 0, 0]);
}

#[test]
fn a_kill_relaxes_nothing_and_the_wait_goes_on() {
    let mut w = World::new();
    let some = w.ready("sup1");
    let a = w.registered("ann");
    let caller = w.call(a, "german");
    w.advance(10_000);
    assert!(w.accepted(a, caller).is_none());
    w.kill_and_restart();
    w.reload(some);
    w.input(Input::Answers { party: party("sup1"), answers: true });
    w.reload(a);
    let back = w.call(a, "german");
    w.advance(9_000);
    assert_eq!(w.incoming(some).map(|(session, _)| session), None, "19 seconds of waiting in all");
    w.advance(1_100);
    let (session, _) = w.incoming(some).expect("rings");
    w.answer(some, session);
    assert!(w.accepted(a, back).is_some());
}
