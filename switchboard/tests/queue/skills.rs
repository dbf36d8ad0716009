//! What a queue asks of agents: levels, penalties, and how that relaxes as a caller waits.

use crate::support::{Floor, demand, levels, member, name, queue};
use proptest::prelude::*;
use std::collections::BTreeMap;
use switchboard::queue::io::{Input, ItemId, Output, PRIORITY_MS, QueueSettings, Refusal, Strategy as Order};
use switchboard::queue::{HIGHEST, Lack, Mode};

/// German 5; after 20 s German 4; after 40 s penalties up to 3; after 60 s anybody.
fn german() -> QueueSettings {
    let relax = [(20, 1, 0), (40, 1, 3), (60, HIGHEST, HIGHEST)];
    let members = vec![
        member("ann", 0, &[("german", 7)]),
        member("bob", 0, &[("german", 4)]),
        member("cid", 3, &[("german", 9)]),
        member("dot", 0, &[("french", 9)]),
    ];
    QueueSettings { members, demand: demand(&[("german", 5)], 0, &relax), ..queue("support", &[]) }
}

fn offered_at(f: &mut Floor, item: ItemId) -> (u64, String) {
    let began = f.now;
    loop {
        if let Some(agent) = f.offered_to(item) {
            return ((f.now - began) / 1_000, agent);
        }
        assert!(f.now - began < 600_000, "nobody is rung");
        f.advance(1_000);
    }
}

#[test]
fn each_agent_is_rung_from_their_instant_on_and_not_before() {
    for (agent, seconds) in [("ann", 0), ("bob", 20), ("cid", 40), ("dot", 60)] {
        let mut f = Floor::new(vec![german()]);
        f.ready(agent);
        let item = f.arrive("support", "v1");
        assert_eq!(offered_at(&mut f, item), (seconds, agent.to_owned()));
        assert_eq!(f.answer(item), agent);
        assert_eq!(f.engine.load().0, 0);
    }
}

#[test]
fn whoever_becomes_free_gets_the_oldest_caller_they_may_have_and_not_an_older_one() {
    let mut f = Floor::new(vec![german(), queue("sales", &["dot"])]);
    let first = f.arrive("support", "v1");
    f.advance(25_000);
    let second = f.arrive("support", "v2");
    let third = f.arrive("sales", "v3");
    f.ready("dot");
    assert_eq!((f.offered_to(first), f.offered_to(third).as_deref()), (None, Some("dot")), "a caller of the other queue is hers");
    f.ready("bob");
    assert_eq!((f.offered_to(first).as_deref(), f.offered_to(second)), (Some("bob"), None));
    f.ready("ann");
    assert_eq!(f.offered_to(second).as_deref(), Some("ann"));
}

#[test]
fn priority_moves_a_caller_up_and_relaxes_nothing() {
    let mut f = Floor::new(vec![german()]);
    let first = f.arrive("support", "v1");
    f.advance(1_000);
    let second = f.arrive("support", "v2");
    f.input(Input::Prioritise { item: second, priority: 3 });
    f.ready("bob");
    assert_eq!((f.offered_to(first), f.offered_to(second)), (None, None), "German 4 is not enough yet, whatever the priority");
    f.advance(19_000);
    assert_eq!(f.offered_to(first).as_deref(), Some("bob"), "20 s of the first, 19 s of the second");
    f.ready("ann");
    assert_eq!(f.offered_to(second).as_deref(), Some("ann"));
    let (third, fourth) = (f.arrive("support", "v3"), f.arrive("support", "v4"));
    f.input(Input::Prioritise { item: fourth, priority: 1 });
    f.answer(second);
    f.end("ann", second);
    assert_eq!((f.offered_to(third), f.offered_to(fourth).as_deref()), (None, Some("ann")));
}

#[test]
fn of_those_who_may_be_rung_the_lowest_penalty_comes_first_whatever_the_strategy() {
    for strategy in Order::NAMES.map(|(_, strategy)| strategy) {
        let members = vec![member("ann", 2, &[]), member("bob", 0, &[]), member("cid", 1, &[]), member("dot", 0, &[])];
        let mut f = Floor::new(vec![QueueSettings { members, strategy, ring_at_once: 4, ..queue("support", &[]) }]);
        for agent in ["ann", "cid", "bob", "dot"] {
            f.ready(agent);
            f.advance(1_000);
        }
        let item = f.arrive("support", "v1");
        if strategy == Order::RingAll {
            assert_eq!(f.rung(item), ["bob", "dot", "cid", "ann"]);
            continue;
        }
        let mut order = vec![f.answer(item)];
        for caller in ["v2", "v3", "v4"] {
            let item = f.arrive("support", caller);
            order.push(f.answer(item));
        }
        assert_eq!(order, ["bob", "dot", "cid", "ann"], "{strategy:?}");
    }
}

#[test]
fn ringing_all_rings_more_as_the_rules_relax() {
    let settings = QueueSettings { strategy: Order::RingAll, ring_at_once: 3, ring_ms: 300_000, ..german() };
    let mut f = Floor::new(vec![settings]);
    for agent in ["dot", "cid", "bob", "ann"] {
        f.ready(agent);
    }
    let item = f.arrive("support", "v1");
    assert_eq!(f.rung(item), ["ann"]);
    f.advance(19_999);
    assert_eq!(f.rung(item), ["ann"]);
    f.advance(1);
    assert_eq!(f.rung(item), ["ann", "bob"]);
    f.advance(20_000);
    assert_eq!(f.rung(item), ["ann", "bob", "cid"]);
    f.advance(20_000);
    assert_eq!(f.rung(item), ["ann", "bob", "cid"], "as many as may be rung at once");
    f.declined(item);
    assert_eq!(f.rung(item), ["ann", "bob", "dot"]);
    f.answer_as("dot", item);
    let next = f.arrive("support", "v2");
    assert_eq!(f.rung(next), ["ann"], "the next caller begins with what is asked at first");
}

#[test]
fn a_caller_who_is_rung_for_and_goes_back_has_gone_on_relaxing() {
    let mut f = Floor::new(vec![german()]);
    f.ready("ann");
    f.ready("bob");
    f.advance(5_000);
    let item = f.arrive("support", "v1");
    assert_eq!(f.offered_to(item).as_deref(), Some("ann"));
    f.advance(19_000);
    f.declined(item);
    assert_eq!(f.offered_to(item), None, "one second too early for bob");
    f.advance(1_000);
    assert_eq!(f.offered_to(item).as_deref(), Some("bob"));
}

#[test]
fn in_another_queue_what_is_asked_begins_anew() {
    let mut french = QueueSettings { members: german().members, ..queue("french", &[]) };
    french.demand = demand(&[("french", 1)], HIGHEST, &[(30, HIGHEST, HIGHEST)]);
    let mut f = Floor::new(vec![german(), french]);
    let item = f.arrive("support", "v1");
    f.advance(50_000);
    f.input(Input::Move { item, to: name("french") });
    f.ready("bob");
    f.advance(29_000);
    assert_eq!(f.offered_to(item), None);
    f.restart();
    f.ready("bob");
    let item = f.arrive("support", "v1");
    assert_eq!(f.offered_to(item), None, "nor does a restart relax anything");
    f.advance(1_000);
    assert_eq!(f.offered_to(item).as_deref(), Some("bob"), "and the wait goes on with the place");
}

#[test]
fn nobody_with_the_skill_means_the_overflow_and_no_caller_is_lost() {
    let never = QueueSettings { demand: demand(&[("greek", 1)], HIGHEST, &[(10, 0, HIGHEST)]), ..german() };
    let never = QueueSettings { max_wait_ms: Some(30_000), overflow: Some(name("sales")), ..never };
    let mut f = Floor::new(vec![never, queue("sales", &["dot"])]);
    for agent in ["ann", "bob", "cid", "dot"] {
        f.ready(agent);
    }
    let item = f.arrive("support", "v1");
    assert_eq!(f.engine.view(&name("support")).unwrap().working, 0, "nobody shares callers of whom nobody can have one");
    assert_eq!(offered_at(&mut f, item), (30, "dot".to_owned()));
    assert_eq!(f.refused(item), None);
    // Without an overflow the caller is told, and never just forgotten.
    let mut f =
        Floor::new(vec![QueueSettings { max_wait_ms: Some(30_000), overflow: None, demand: demand(&[("greek", 1)], 0, &[]), ..german() }]);
    let item = f.arrive("support", "v1");
    f.advance(30_000);
    assert_eq!(f.refused(item), Some(Refusal::TimedOut));
}

#[test]
fn whoever_is_in_charge_assigns_to_anybody() {
    let mut f = Floor::new(vec![german()]);
    f.ready("dot");
    let item = f.arrive("support", "v1");
    f.input(Input::Assign { item, agent: name("dot") });
    assert_eq!(f.offered_to(item).as_deref(), Some("dot"));
    f.declined(item);
    f.advance(6_000);
    assert_eq!(f.offered_to(item), None, "what was declined is asked for as before");
}

#[test]
fn a_queue_that_asks_something_else_asks_it_of_those_who_wait_too() {
    let mut f = Floor::new(vec![german()]);
    f.ready("dot");
    let item = f.arrive("support", "v1");
    f.advance(10_000);
    f.configure(vec![QueueSettings { demand: demand(&[("german", 5)], 0, &[(15, HIGHEST, HIGHEST)]), ..german() }]);
    assert_eq!(f.offered_to(item), None);
    f.advance(5_000);
    assert_eq!(f.offered_to(item).as_deref(), Some("dot"), "fifteen seconds of waiting in all");
    let mut f = Floor::new(vec![german()]);
    f.ready("dot");
    let item = f.arrive("support", "v1");
    let mut learned = german();
    learned.members[3] = member("dot", 0, &[("german", 5)]);
    f.configure(vec![learned]);
    assert_eq!(f.offered_to(item).as_deref(), Some("dot"), "whoever has learned it is rung at once");
    f.configure(vec![german()]);
    assert_eq!(f.answer(item), "dot", "and whoever is rung goes on ringing");
}

#[test]
fn the_view_says_what_is_missing_and_until_when() {
    let mut f = Floor::new(vec![german()]);
    f.ready("bob");
    f.arrive("support", "v1");
    let since = f.unix();
    let lack = |f: &Floor| f.engine.view(&name("support")).unwrap().first[0].lack.clone();
    assert_eq!(lack(&f), Some(Lack { skills: levels(&[("german", 5)]), until: Some(since + 20_000) }));
    f.phones("ann", true, 1);
    f.input(Input::Answers { agent: name("ann"), answers: true });
    assert!(lack(&f).is_some(), "whoever pauses is nobody who works");
    f.input(Input::SetMode { agent: name("ann"), mode: Mode::Ready, by: None });
    assert_eq!(lack(&f), None, "ann will be free again");
    f.pause("ann", "lunch");
    f.pause("bob", "lunch");
    f.advance(20_000);
    assert_eq!(lack(&f), Some(Lack { skills: levels(&[("german", 4)]), until: Some(since + 40_000) }));
    f.advance(40_000);
    assert_eq!(lack(&f), None, "nothing is asked any more");
}

#[test]
fn many_who_came_together_relax_together_in_portions() {
    let mut f = Floor::new(vec![QueueSettings { max_waiting: 10_000, ..german() }]);
    let items: Vec<ItemId> = (0..2_000).map(|n| f.arrive("support", &format!("v{n}"))).collect();
    f.ready("bob");
    f.now += 20_000;
    let mut inputs = 0;
    while f.engine.deadline().is_some_and(|at| at.0 <= f.now) {
        f.input(Input::Timer);
        inputs += 1;
    }
    assert!(inputs > 4, "{inputs} inputs");
    assert_eq!(f.offered_to(items[0]).as_deref(), Some("bob"));
    f.answer(items[0]);
    f.end("bob", items[0]);
    assert_eq!(f.offered_to(items[1]).as_deref(), Some("bob"), "all of them have come to the second step");
}

/// A caller who waits, as the rules of the documentation see them: the time that counts, and when they came.
#[derive(Debug, Clone, Copy)]
struct Waits {
    rank: (i64, ItemId),
    came: u64,
}

/// The first step of the demand of `german` at which each agent may be rung, worked out by hand.
const STEPS: [(&str, u64); 4] = [("ann", 0), ("bob", 20_000), ("cid", 40_000), ("dot", 60_000)];

/// The floor as the rules of the documentation have it.
#[derive(Default)]
struct Rules {
    waiting: BTreeMap<ItemId, Waits>,
    /// Since when each of those who are free is, and who has which call.
    free: BTreeMap<String, u64>,
    calls: BTreeMap<String, ItemId>,
    seen: usize,
}

impl Rules {
    /// Holds each offer so far against the rules; whoever is rung answers, which offers nobody anything.
    fn follow(&mut self, f: &mut Floor) {
        while let Some(output) = f.out.get(self.seen).cloned() {
            let now = f.at[self.seen];
            self.seen += 1;
            let Output::Offer { item, agent, .. } = output else { continue };
            let agent = agent.name.to_string();
            let penalty = |agent: &str| u8::from(agent == "cid") * 3;
            let offered = self.waiting[&item];
            assert!(may(&agent, &offered, now), "{agent} is rung too early");
            let first = self.waiting.values().filter(|waits| may(&agent, waits, now)).map(|waits| waits.rank).min();
            assert_eq!(first, Some(offered.rank), "the first caller whom {agent} may have");
            let free = self.free.iter().filter(|(agent, _)| may(agent, &offered, now));
            let best = free.map(|(agent, since)| (penalty(agent), *since, agent)).min();
            assert_eq!(best.map(|(_, _, agent)| agent), Some(&agent), "the first agent");
            self.waiting.remove(&item);
            self.free.remove(&agent);
            self.calls.insert(agent.clone(), item);
            f.answer_as(&agent, item);
        }
        for waits in self.waiting.values() {
            let beside = self.free.keys().find(|agent| may(agent, waits, f.now));
            assert!(beside.is_none(), "{waits:?} waits beside {beside:?}");
        }
    }
}

fn may(agent: &str, waits: &Waits, now: u64) -> bool {
    STEPS.iter().any(|(of, step)| *of == agent && waits.came + step <= now)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whoever is offered to whom: of the callers whom this agent may have, the one who is first with priority and age; of the agents who
    /// may be rung for this caller, the one who is first with penalty and idleness.
    #[test]
    fn each_offer_is_the_first_caller_for_the_first_agent(
        steps in prop::collection::vec((0..4_u8, 0..40_usize, 1..15_000_u64), 1..120),
    ) {
        let mut f = Floor::new(vec![german()]);
        let mut rules = Rules::default();
        for (agent, _) in STEPS {
            f.ready(agent);
            rules.free.insert(agent.into(), f.now);
            f.advance(1);
        }
        for (what, n, ms) in steps {
            // Apart by a millisecond at least: which of two who came in the same one relaxes first is nobody's right.
            for _ in 0..ms / 1_000 {
                f.advance(1_000);
                rules.follow(&mut f);
            }
            f.advance(ms % 1_000 + 1);
            rules.follow(&mut f);
            match what {
                0 | 1 => {
                    let item = ItemId(f.items() + 1);
                    rules.waiting.insert(item, Waits { rank: (f.unix(), item), came: f.now });
                    f.arrive("support", &format!("v{}", item.0));
                }
                2 => {
                    let talking: Vec<String> = rules.calls.keys().cloned().collect();
                    if let Some(agent) = talking.get(n % 4) {
                        let item = rules.calls.remove(agent).unwrap();
                        rules.free.insert(agent.clone(), f.now);
                        f.end(agent, item);
                    }
                }
                _ => {
                    let items: Vec<ItemId> = rules.waiting.keys().copied().collect();
                    if let (Some(item), Ok(priority)) = (items.get(n), u8::try_from(n % 3)) {
                        f.input(Input::Prioritise { item: *item, priority });
                        let unix = f.unix();
                        let waits = rules.waiting.get_mut(item).unwrap();
                        waits.rank.0 = unix - i64::try_from(f.now - waits.came).unwrap() - i64::from(priority) * PRIORITY_MS;
                    }
                }
            }
            rules.follow(&mut f);
        }
    }
}
