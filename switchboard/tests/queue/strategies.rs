//! Which of several free agents is rung: by idleness, in turn, or by the number of calls, over restarts too.

use crate::support::{Floor, name, queue};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use switchboard::queue::io::{Input, QueueSettings, Strategy as Order};

const AGENTS: [&str; 4] = ["ann", "bob", "cid", "dot"];

fn by(strategy: Order, agents: &[&str]) -> QueueSettings {
    QueueSettings { strategy, ..queue("support", agents) }
}

/// One call from ring to end. Returns who had it.
fn call(f: &mut Floor, caller: &str, ms: u64) -> String {
    let item = f.arrive("support", caller);
    let agent = f.answer(item);
    f.advance(ms);
    f.end(&agent, item);
    agent
}

/// The engine as it comes back after a kill, and agents who are there again.
fn restart(f: &mut Floor, agents: &[&str]) {
    f.restart();
    for agent in agents {
        f.phones(agent, true, 0);
        f.input(Input::Answers { agent: name(agent), answers: true });
    }
}

#[test]
fn in_turn_nobody_comes_twice_before_the_others_came_once() {
    let settings = by(Order::RoundRobin, &AGENTS);
    let mut f = Floor::new(vec![settings]);
    for agent in AGENTS {
        f.ready(agent);
    }
    // However long a call takes, and however long others have been idle.
    let first: Vec<String> = [5_000, 90_000, 1, 30_000].map(|ms| call(&mut f, "v", ms)).into();
    assert_eq!(first, AGENTS);
    assert_eq!(call(&mut f, "v", 10), "ann");
    assert_eq!(call(&mut f, "v", 0), "bob");
    restart(&mut f, &AGENTS);
    assert_eq!(call(&mut f, "v", 0), "cid", "a restart changes no turn");
    assert_eq!(call(&mut f, "v", 0), "dot");
}

#[test]
fn a_turn_that_is_missed_or_declined_is_taken() {
    let mut f = Floor::new(vec![by(Order::RoundRobin, &["ann", "bob"])]);
    f.ready("ann");
    f.ready("bob");
    let item = f.arrive("support", "v1");
    assert_eq!(f.offered_to(item).as_deref(), Some("ann"));
    f.declined(item);
    assert_eq!(f.answer(item), "bob");
    f.end("bob", item);
    f.advance(10_000);
    assert_eq!(call(&mut f, "v2", 0), "ann", "bob was rung after her");
}

/// Who is rung first of two of whom the first was ready an hour before the other, after something happened to the first one.
fn first_of_two(happens: impl FnOnce(&mut Floor)) -> String {
    let mut f = Floor::new(vec![by(Order::LongestIdle, &["ann", "bob"])]);
    f.ready("ann");
    f.advance(3_600_000);
    f.ready("bob");
    f.advance(60_000);
    happens(&mut f);
    f.advance(1);
    let item = f.arrive("support", "v");
    f.offered_to(item).unwrap()
}

#[test]
fn whoever_had_something_to_do_or_was_away_has_not_been_idle() {
    assert_eq!(first_of_two(|_| {}), "ann");
    let call = |f: &mut Floor| {
        f.phones("ann", true, 1);
        f.advance(600_000);
        f.phones("ann", true, 0);
    };
    assert_eq!(first_of_two(call), "bob", "a call that came through no queue");
    let absence = |f: &mut Floor| {
        f.phones("ann", false, 0);
        f.advance(600_000);
        f.phones("ann", true, 0);
    };
    assert_eq!(first_of_two(absence), "bob");
    let silence = |f: &mut Floor| {
        f.input(Input::Answers { agent: name("ann"), answers: false });
        f.advance(600_000);
        f.input(Input::Answers { agent: name("ann"), answers: true });
    };
    assert_eq!(first_of_two(silence), "bob");
    let dumb = |f: &mut Floor| {
        f.fitness("ann", Some(wire::PhoneFault::NoMicrophone));
        f.advance(600_000);
        f.fitness("ann", None);
    };
    assert_eq!(first_of_two(dumb), "bob");
    // A ring of a call by hand that nobody answers is nothing that was done.
    let ring = |f: &mut Floor| {
        f.input(Input::Phones { agent: name("ann"), registered: true, ringing: 1, busy: 0 });
        f.phones("ann", true, 0);
    };
    assert_eq!(first_of_two(ring), "ann");
}

#[test]
fn a_restart_is_no_absence_for_whoever_is_back_soon() {
    let back = |f: &mut Floor, after: u64| {
        f.restart();
        f.phones("bob", true, 0);
        f.input(Input::Answers { agent: name("bob"), answers: true });
        f.advance(after);
        f.phones("ann", true, 0);
        f.input(Input::Answers { agent: name("ann"), answers: true });
    };
    assert_eq!(first_of_two(|f| back(f, 59_999)), "ann");
    assert_eq!(first_of_two(|f| back(f, 60_000)), "bob");
    let away_before = |f: &mut Floor| {
        f.phones("ann", false, 0);
        back(f, 1_000);
    };
    assert_eq!(first_of_two(away_before), "bob", "whoever was away before it as well");
    let twice = |f: &mut Floor| {
        f.restart();
        f.advance(30_000);
        back(f, 30_000);
    };
    assert_eq!(first_of_two(twice), "ann", "and two of them are none either");
}

#[test]
fn who_has_taken_the_fewest_calls_is_rung_and_the_count_begins_anew_at_midnight() {
    let settings = by(Order::FewestCalls, &["ann", "bob"]);
    let mut f = Floor::new(vec![settings]);
    f.ready("ann");
    for _ in 0..3 {
        assert_eq!(call(&mut f, "v", 1_000), "ann");
    }
    f.ready("bob");
    f.advance(600_000);
    // Ann has been idle for longer, and has had three.
    let next: Vec<String> = (0..3).map(|_| call(&mut f, "v", 0)).collect();
    assert_eq!(next, ["bob", "bob", "bob"]);
    restart(&mut f, &["ann", "bob"]);
    f.advance(1_000);
    assert_eq!(call(&mut f, "v", 1), "ann", "three each, and she has been idle for longer");
    assert_eq!(call(&mut f, "v", 1), "bob");
    assert_eq!(call(&mut f, "v", 1), "ann");
    f.advance(24 * 3_600_000);
    // Yesterday counts for nothing: idleness decides.
    let morning: Vec<String> = (0..2).map(|_| call(&mut f, "v", 1)).collect();
    assert_eq!(morning, ["bob", "ann"]);
}

#[test]
fn a_day_begins_at_midnight_of_the_queue() {
    let zone = jiff::tz::TimeZone::get("Europe/Rome").unwrap();
    let mut f = Floor::new(vec![QueueSettings { zone, ..by(Order::FewestCalls, &["ann", "bob"]) }]);
    f.ready("ann");
    // The clock of these tests begins at 08:00 UTC on 15 January 2027, which is 09:00 in Rome.
    assert_eq!(call(&mut f, "v", 0), "ann");
    f.ready("bob");
    f.advance(14 * 3_600_000 + 59 * 60_000);
    assert_eq!(call(&mut f, "v", 0), "bob", "still the same day in Rome: she has had one");
    f.advance(60_000);
    assert_eq!(call(&mut f, "v", 0), "ann", "it is midnight in Rome and 23:00 in UTC");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Where everybody is free whenever a caller comes, nobody gets two calls more than anybody else, whatever calls take.
    #[test]
    fn both_share_evenly(fewest in any::<bool>(), agents in 2..5_usize, calls in prop::collection::vec((0..120_000_u64, any::<bool>()), 1..40)) {
        let settings = by(if fewest { Order::FewestCalls } else { Order::RoundRobin }, &AGENTS[..agents]);
        let mut f = Floor::new(vec![settings]);
        for agent in &AGENTS[..agents] {
            f.ready(agent);
        }
        let mut taken: BTreeMap<String, u32> = AGENTS[..agents].iter().map(|agent| ((*agent).to_owned(), 0)).collect();
        for (ms, killed) in calls {
            *taken.entry(call(&mut f, "v", ms)).or_default() += 1;
            let (least, most) = (taken.values().min(), taken.values().max());
            prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{:?}", taken);
            if killed {
                restart(&mut f, &AGENTS[..agents]);
            }
        }
    }

    /// Of those who are free, whoever has been idle longest is rung, over restarts too: nobody is passed over.
    #[test]
    fn nobody_is_passed_over_by_somebody_who_was_idle_for_less(
        agents in 2..5_usize,
        calls in prop::collection::vec((0..120_000_u64, 1..60_000_u64, any::<bool>()), 1..40),
    ) {
        let settings = by(Order::LongestIdle, &AGENTS[..agents]);
        let mut f = Floor::new(vec![settings]);
        let mut idle = BTreeMap::new();
        for agent in &AGENTS[..agents] {
            f.advance(1);
            f.ready(agent);
            idle.insert((*agent).to_owned(), f.unix());
        }
        for (ms, pause, killed) in calls {
            let longest = idle.iter().min_by_key(|(_, since)| **since).map(|(agent, _)| agent.clone());
            let rung = call(&mut f, "v", ms);
            prop_assert_eq!(Some(&rung), longest.as_ref());
            idle.insert(rung, f.unix());
            f.advance(pause);
            if killed {
                restart(&mut f, &AGENTS[..agents]);
            }
        }
    }

    /// Where all are rung, everybody who is free is, as many as may be; whoever did not answer stays as idle as they were, and whoever was
    /// in a call of their own is idle since its end.
    #[test]
    fn everybody_who_is_free_is_asked(at_once in 2..5_usize, calls in prop::collection::vec((any::<[bool; 4]>(), any::<usize>(), any::<bool>()), 1..20)) {
        let settings = QueueSettings { ring_at_once: at_once, ..by(Order::RingAll, &AGENTS) };
        let mut f = Floor::new(vec![settings]);
        let (mut idle, mut busy) = (BTreeMap::new(), BTreeSet::new());
        for agent in AGENTS {
            f.ready(agent);
            idle.insert(agent.to_owned(), f.unix());
            f.advance(1);
        }
        for (free, quickest, killed) in calls {
            for (agent, free) in AGENTS.iter().zip(free) {
                f.phones(agent, true, u32::from(!free));
                if free && busy.remove(*agent) {
                    idle.insert((*agent).to_owned(), f.unix());
                } else if !free {
                    busy.insert(*agent);
                }
            }
            let item = f.arrive("support", "v");
            let mut longest: Vec<_> = AGENTS.iter().zip(free).filter(|(_, free)| *free).map(|(agent, _)| (idle[*agent], (*agent).to_owned())).collect();
            longest.sort();
            let expected: Vec<String> = longest.into_iter().take(at_once).map(|(_, agent)| agent).collect();
            prop_assert_eq!(f.rung(item), expected.clone());
            if expected.is_empty() {
                f.input(Input::Left { item });
                continue;
            }
            let agent = &expected[quickest % expected.len()];
            f.answer_as(agent, item);
            f.advance(10_000);
            f.end(agent, item);
            idle.insert(agent.clone(), f.unix());
            f.advance(1);
            if killed {
                // Calls by hand are over with it, which nobody tells: the phones are there again, without them.
                restart(&mut f, &AGENTS);
                busy.clear();
            }
        }
    }
}
