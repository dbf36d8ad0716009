//! Queues that ring all: everybody who is free at once, the first answer wins, and whoever did not win has missed nothing.

use crate::support::{Floor, name, queue};
use switchboard::queue::io::{Input, OfferEnd, QueueSettings, Strategy};
use switchboard::queue::{Mode, State};

const AGENTS: [&str; 4] = ["ann", "bob", "cid", "dot"];

fn all(at_once: usize) -> QueueSettings {
    QueueSettings { strategy: Strategy::RingAll, ring_at_once: at_once, pause_after_missed: 1, ..queue("support", &AGENTS) }
}

/// A floor where the first `free` agents are free, one second after the other.
fn floor(settings: QueueSettings, free: usize) -> Floor {
    let mut f = Floor::new(vec![settings, queue("sales", &AGENTS)]);
    for agent in &AGENTS[..free] {
        f.ready(agent);
        f.advance(1_000);
    }
    f
}

#[test]
fn everybody_rings_and_the_first_answer_wins() {
    let mut f = floor(all(3), 4);
    let item = f.arrive("support", "v1");
    assert_eq!(f.rung(item), ["ann", "bob", "cid"], "as many as may be, whoever has been idle longest first");
    assert_eq!(f.state("dot"), State::Ready);
    f.advance(3_000);
    f.answer_as("bob", item);
    assert_eq!(f.engine.load().0, 0);
    assert_eq!(["ann", "bob", "cid"].map(|agent| f.state(agent)), [State::Ready, State::OnCall, State::Ready]);
    // No pause, no rest, and as idle as before: ann still comes first.
    let other = f.arrive("sales", "v2");
    assert_eq!(f.rung(other), ["ann"]);
}

#[test]
fn whoever_rings_for_one_caller_rings_for_no_other_and_the_losers_are_offered_the_next() {
    let mut f = floor(all(3), 3);
    let first = f.arrive("support", "v1");
    let second = f.arrive("support", "v2");
    let elsewhere = f.arrive("sales", "v3");
    assert_eq!((f.rung(first).len(), f.rung(second).len(), f.rung(elsewhere).len()), (3, 0, 0));
    f.answer_as("cid", first);
    assert_eq!(f.rung(second), ["ann"]);
    assert_eq!(f.rung(elsewhere), ["bob"], "who waits comes before who is being offered already");
    f.input(Input::Left { item: elsewhere });
    assert_eq!(f.rung(second), ["ann", "bob"], "and with nobody waiting he rings for her caller too");
}

#[test]
fn who_becomes_free_joins_and_who_declined_does_not() {
    let mut f = floor(all(3), 2);
    let item = f.arrive("support", "v1");
    f.over(item, "ann", OfferEnd::Declined);
    assert_eq!(f.rung(item), ["bob"]);
    assert_eq!(f.engine.status(&name("ann")).unwrap().mode, Mode::Paused { reason: Some("missed".into()) });
    f.ready("ann");
    f.advance(6_000);
    assert_eq!(f.rung(item), ["bob"], "she has said what she thinks of it");
    f.ready("cid");
    assert_eq!(f.rung(item), ["bob", "cid"]);
    f.over(item, "bob", OfferEnd::Unreachable);
    f.over(item, "cid", OfferEnd::Unreachable);
    assert_eq!(f.rung(item), ["ann"], "nobody is left: she is asked again");
}

#[test]
fn each_is_rung_for_the_full_time_and_a_free_one_takes_the_place_of_one_who_declined() {
    let mut f = floor(all(2), 3);
    let item = f.arrive("support", "v1");
    assert_eq!(f.rung(item), ["ann", "bob"]);
    f.advance(15_000);
    f.over(item, "ann", OfferEnd::Declined);
    assert_eq!(f.rung(item), ["bob", "cid"]);
    f.advance(5_000);
    assert_eq!(f.rung(item), ["cid"], "bob has been rung for twenty seconds, and cid for five");
    assert_eq!(f.state("bob"), State::Paused);
    f.advance(15_000);
    assert!(f.rung(item).is_empty());
    assert_eq!(f.engine.view(&name("support")).unwrap().waiting, 1, "and the caller still waits");
}

#[test]
fn a_silent_desk_leaves_the_ring_to_the_others() {
    let mut f = floor(all(3), 2);
    let item = f.arrive("support", "v1");
    f.input(Input::Answers { agent: name("ann"), answers: false });
    assert_eq!(f.rung(item), ["bob"]);
    f.answer_as("bob", item);
    assert_eq!(f.engine.load().0, 0);
}

#[test]
fn orders_change_a_ring_of_many() {
    let mut f = floor(all(3), 3);
    let (first, second) = (f.arrive("support", "v1"), f.arrive("support", "v2"));
    f.ready("dot");
    assert_eq!(f.rung(second), ["dot"]);
    f.over(second, "dot", OfferEnd::Unreachable);
    f.input(Input::Prioritise { item: first, priority: 3 });
    f.input(Input::Move { item: first, to: name("sales") });
    assert_eq!(f.rung(first), ["ann"], "one after the other there");
    assert_eq!(f.rung(second), ["bob", "cid"], "the others ring for who waited here");
    f.advance(5_000);
    assert_eq!(f.rung(second), ["bob", "cid", "dot"]);
    f.input(Input::Left { item: second });
    f.input(Input::Assign { item: first, agent: name("bob") });
    assert_eq!(f.rung(first), ["bob"]);
    f.input(Input::Move { item: first, to: name("support") });
    assert_eq!(f.rung(first).len(), 3);
    let missed = AGENTS.iter().filter(|agent| f.state(agent) == State::Paused).count();
    assert_eq!(missed, 0, "an order is no missed call");
}

#[test]
fn who_waited_too_long_overflows_when_the_last_phone_is_silent_and_nobody_joins() {
    let mut f = floor(QueueSettings { max_wait_ms: Some(10_000), overflow: Some(name("sales")), ..all(3) }, 2);
    let item = f.arrive("support", "v1");
    f.advance(11_000);
    f.ready("cid");
    assert_eq!(f.rung(item), ["ann", "bob"]);
    f.over(item, "ann", OfferEnd::Declined);
    f.over(item, "bob", OfferEnd::Declined);
    assert_eq!(f.rung(item), ["cid"]);
    assert_eq!(f.engine.view(&name("sales")).unwrap().waiting, 1);
}

#[test]
fn a_restart_in_the_middle_of_a_ring_keeps_the_place_and_blames_nobody() {
    let mut f = floor(all(3), 3);
    let item = f.arrive("support", "v1");
    let since = f.unix();
    assert_eq!(f.rung(item).len(), 3);
    f.advance(2_000);
    f.restart();
    for agent in &AGENTS[..3] {
        f.phones(agent, true, 0);
        f.input(Input::Answers { agent: name(agent), answers: true });
    }
    let again = f.arrive("support", "v1");
    assert_eq!(f.rung(again), ["ann", "bob", "cid"]);
    assert_eq!(f.engine.view(&name("support")).unwrap().first[0].since, since);
}
