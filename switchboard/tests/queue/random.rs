//! Random floors: whatever agents and callers do, nobody is lost, nobody is rung twice at once, nobody waits beside a free agent.

use crate::support::{Floor, name, queue};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use switchboard::queue::io::{Input, ItemId, OfferEnd, Output, Strategy as Order};
use switchboard::queue::{Mode, State, Unready};

const AGENTS: [&str; 4] = ["ann", "bob", "cid", "dot"];
const QUEUES: [&str; 3] = ["support", "sales", "night"];

#[derive(Debug, Clone)]
enum Step {
    Arrive { queue: usize, caller: usize },
    Leave(usize),
    Answer(usize),
    Decline(usize, bool),
    End(usize),
    Ready(usize),
    Pause(usize),
    EndWrapUp(usize),
    Phone(usize, bool),
    Answers(usize, bool),
    OwnCall(usize, bool),
    Move(usize, usize),
    Prioritise(usize, u8),
    Assign(usize, usize),
    Member(usize, usize, bool),
    Wait(u64),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let agent = 0..AGENTS.len();
    prop_oneof![
        4 => (0..QUEUES.len(), 0..12_usize).prop_map(|(queue, caller)| Step::Arrive { queue, caller }),
        1 => any::<usize>().prop_map(Step::Leave),
        4 => any::<usize>().prop_map(Step::Answer),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(n, reachable)| Step::Decline(n, reachable)),
        3 => agent.clone().prop_map(Step::End),
        3 => agent.clone().prop_map(Step::Ready),
        1 => agent.clone().prop_map(Step::Pause),
        1 => agent.clone().prop_map(Step::EndWrapUp),
        2 => (agent.clone(), any::<bool>()).prop_map(|(a, on)| Step::Phone(a, on)),
        2 => (agent.clone(), any::<bool>()).prop_map(|(a, on)| Step::Answers(a, on)),
        1 => (agent.clone(), any::<bool>()).prop_map(|(a, on)| Step::OwnCall(a, on)),
        1 => (any::<usize>(), 0..QUEUES.len()).prop_map(|(n, to)| Step::Move(n, to)),
        1 => (any::<usize>(), 0..4_u8).prop_map(|(n, priority)| Step::Prioritise(n, priority)),
        2 => (any::<usize>(), agent.clone()).prop_map(|(n, to)| Step::Assign(n, to)),
        1 => (agent, 0..QUEUES.len(), any::<bool>()).prop_map(|(a, queue, on)| Step::Member(a, queue, on)),
        3 => (0..40_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

/// What the outputs alone say.
#[derive(Default)]
struct Model {
    waiting: BTreeMap<ItemId, String>,
    /// Who is rung for whom: never empty.
    offered: BTreeMap<ItemId, BTreeSet<String>>,
    /// Callers whose call a restart cut off, by their contact: back at their place, or told as lost.
    cut: BTreeSet<String>,
    /// Callers who arrived, and those whose end was told or caused.
    arrived: BTreeSet<ItemId>,
    over: BTreeSet<ItemId>,
    talking: BTreeMap<String, ItemId>,
    queue_talked: BTreeMap<ItemId, String>,
    registered: BTreeSet<String>,
    seen: usize,
}

impl Model {
    fn follow(&mut self, f: &Floor) {
        for (n, output) in f.out.iter().enumerate().skip(self.seen) {
            match output {
                Output::Placed { item, queue, .. } => {
                    assert!(self.waiting.insert(*item, queue.name.to_string()).is_none());
                }
                Output::Offer { item, agent, queue } => {
                    let rung: Vec<&String> = self.offered.values().flatten().collect();
                    assert!(!rung.iter().any(|busy| **busy == *agent.name), "{} is rung twice at once", agent.name);
                    assert!(!self.talking.contains_key(&*agent.name), "{} is rung in a call", agent.name);
                    if let Some(waited) = self.waiting.remove(item) {
                        assert_eq!(waited, *queue.name);
                    } else {
                        assert!(self.offered.contains_key(item), "only a waiting caller is offered");
                        let settings = f.engine.settings(queue).unwrap();
                        assert_eq!(settings.strategy, Order::RingAll, "to several at once only where all are rung");
                        assert!(self.offered[item].len() < settings.ring_at_once);
                    }
                    self.offered.entry(*item).or_default().insert(agent.name.to_string());
                }
                Output::Withdraw { item, agent, .. } => {
                    assert!(self.offered[item].contains(&*agent.name));
                    self.silent(*item, &agent.name, &f.out[..n]);
                }
                Output::Moved { item, to, .. } => {
                    self.offered.remove(item);
                    self.waiting.insert(*item, to.name.to_string());
                }
                Output::Refuse { item, .. } => {
                    self.waiting.remove(item);
                    self.offered.remove(item);
                    assert!(self.over.insert(*item), "refused twice");
                }
                Output::Lost(place) => assert!(self.cut.remove(&place.contact), "lost twice, or never here"),
                _ => {}
            }
            if let Output::Placed { resumed: Some(contact), .. } = output {
                assert!(self.cut.remove(contact), "back twice, or never here");
            }
        }
        self.seen = f.out.len();
    }

    /// An agent is rung for a caller no longer; with the last one the caller waits again.
    fn silent(&mut self, item: ItemId, agent: &str, said_before: &[Output]) {
        let rung = self.offered.get_mut(&item).unwrap();
        rung.remove(agent);
        if rung.is_empty() {
            self.offered.remove(&item);
            self.waiting.insert(item, queue_of(said_before, item));
        }
    }

    /// The switchboard is killed: every call that nobody has answered is cut off.
    fn restart(&mut self) {
        let items: Vec<ItemId> = self.waiting.keys().chain(self.offered.keys()).copied().collect();
        self.cut.extend(items.iter().map(|item| format!("contact-{}", item.0)));
        self.over.extend(items);
        self.waiting.clear();
        self.offered.clear();
        self.registered.clear();
    }

    /// Somebody who is rung, and for whom.
    fn one_rung(&self, n: usize) -> Option<(ItemId, String)> {
        pick(self.offered.iter().flat_map(|(item, rung)| rung.iter().map(|agent| (*item, agent.clone()))), n)
    }

    fn check(&self, f: &Floor) {
        let somewhere = self.waiting.len() + self.offered.len();
        assert_eq!(somewhere + self.over.len(), self.arrived.len(), "a caller is lost, or in two places");
        assert_eq!(f.engine.load().0, somewhere);
        for queue in QUEUES {
            let view = f.engine.view(&name(queue)).unwrap();
            let waits = self.waiting.values().filter(|in_queue| *in_queue == queue).count();
            assert!(view.free == 0 || waits == 0, "{queue}: {waits} wait beside {} free agents", view.free);
            let work = AGENTS.iter().filter(|agent| {
                let status = f.engine.status(&name(agent)).unwrap();
                let takes = f.engine.memberships(&name(agent)).contains(&(name(queue), true));
                let there = status.state != State::Offline && status.unready != Some(Unready::Silent);
                takes && there && status.mode == Mode::Ready
            });
            assert_eq!(view.working, work.count(), "{queue}: who shares its callers");
            // So few wait here that all of them are listed.
            assert_eq!(view.first.len(), view.waiting);
            assert_eq!(view.longest, view.first.iter().map(|caller| caller.since).min(), "{queue}: who has waited longest");
        }
        for agent in AGENTS {
            let state = f.state(agent);
            let rung = self.offered.values().flatten().any(|offered| offered == agent);
            if rung && self.registered.contains(agent) {
                assert!(matches!(state, State::Ringing | State::OnCall), "{agent} rings and shows {state:?}");
            }
        }
    }
}

/// The queue of a caller who goes back, from the last thing said of them before.
fn queue_of(said_before: &[Output], of: ItemId) -> String {
    let said = said_before.iter().rev().find_map(|output| match output {
        Output::Offer { item, queue, .. } if *item == of => Some(queue.name.to_string()),
        _ => None,
    });
    said.unwrap()
}

fn pick<T: Clone>(from: impl Iterator<Item = T>, n: usize) -> Option<T> {
    let all: Vec<T> = from.collect();
    (!all.is_empty()).then(|| all[n % all.len()].clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_lost_and_nobody_is_rung_twice(
        steps in prop::collection::vec(step(), 1..120),
        orders in prop::array::uniform3(0..Order::NAMES.len()),
        at_once in 2..5_usize,
    ) {
        let mut support = queue("support", &["ann", "bob", "cid"]);
        support.max_wait_ms = Some(90_000);
        support.overflow = Some(name("sales"));
        support.wrap_up_ms = 15_000;
        let mut sales = queue("sales", &["bob", "dot"]);
        sales.max_waiting = 4;
        sales.pause_after_missed = 2;
        let mut night = queue("night", &["dot"]);
        night.max_wait_ms = Some(30_000);
        night.overflow = Some(name("support"));
        let mut settings = vec![support, sales, night];
        for (queue, order) in settings.iter_mut().zip(orders) {
            (queue.strategy, queue.ring_at_once) = (Order::NAMES[order].1, at_once);
        }
        let mut f = Floor::new(settings);
        let mut m = Model::default();
        for step in steps {
            match step {
                Step::Arrive { queue, caller } => {
                    let item = f.arrive(QUEUES[queue], &format!("v{caller}"));
                    m.arrived.insert(item);
                }
                Step::Leave(n) => {
                    if let Some(item) = pick(m.waiting.keys().chain(m.offered.keys()).copied(), n) {
                        m.waiting.remove(&item);
                        m.offered.remove(&item);
                        m.over.insert(item);
                        f.input(Input::Left { item });
                    }
                }
                Step::Answer(n) => {
                    if let Some((item, agent)) = m.one_rung(n) {
                        m.offered.remove(&item);
                        m.over.insert(item);
                        m.talking.insert(agent.clone(), item);
                        m.queue_talked.insert(item, queue_of(&f.out, item));
                        f.answer_as(&agent, item);
                        m.registered.insert(agent);
                    }
                }
                Step::Decline(n, reachable) => {
                    if let Some((item, agent)) = m.one_rung(n) {
                        m.silent(item, &agent, &f.out);
                        let cause = if reachable { OfferEnd::Declined } else { OfferEnd::Unreachable };
                        f.over(item, &agent, cause);
                    }
                }
                Step::End(agent) => {
                    if let Some(item) = m.talking.remove(AGENTS[agent]) {
                        f.end(AGENTS[agent], item);
                    }
                }
                Step::Ready(agent) => f.input(Input::SetMode { agent: name(AGENTS[agent]), mode: Mode::Ready, by: None }),
                Step::Pause(agent) => f.pause(AGENTS[agent], "lunch"),
                Step::EndWrapUp(agent) => {
                    if let Some(wrap_up) = f.engine.status(&name(AGENTS[agent])).unwrap().wrap_up.clone() {
                        f.input(Input::EndWrapUp { agent: name(AGENTS[agent]), contact: wrap_up.contact });
                    }
                }
                Step::Phone(agent, on) => {
                    let agent = AGENTS[agent];
                    if on { m.registered.insert(agent.into()); } else { m.registered.remove(agent); }
                    f.phones(agent, on, u32::from(m.talking.contains_key(agent)));
                }
                Step::Answers(agent, answers) => f.input(Input::Answers { agent: name(AGENTS[agent]), answers }),
                Step::OwnCall(agent, on) => {
                    let agent = AGENTS[agent];
                    m.registered.insert(agent.into());
                    f.phones(agent, true, u32::from(on || m.talking.contains_key(agent)));
                }
                Step::Move(n, to) => {
                    if let Some(item) = pick(m.waiting.keys().chain(m.offered.keys()).copied(), n) {
                        f.input(Input::Move { item, to: name(QUEUES[to]) });
                    }
                }
                Step::Prioritise(n, priority) => {
                    if let Some(item) = pick(m.waiting.keys().chain(m.offered.keys()).copied(), n) {
                        f.input(Input::Prioritise { item, priority });
                    }
                }
                Step::Assign(n, to) => {
                    if let Some(item) = pick(m.waiting.keys().chain(m.offered.keys()).copied(), n) {
                        f.input(Input::Assign { item, agent: name(AGENTS[to]) });
                    }
                }
                Step::Member(agent, queue, on) => {
                    f.input(Input::SetMember { agent: name(AGENTS[agent]), queue: name(QUEUES[queue]), on });
                }
                Step::Wait(ms) => f.advance(ms),
                Step::Restart => {
                    m.restart();
                    let wanted = AGENTS.map(|agent| f.engine.status(&name(agent)).unwrap().clone());
                    f.restart();
                    for (agent, before) in AGENTS.iter().zip(wanted) {
                        let after = f.engine.status(&name(agent)).unwrap();
                        assert_eq!((&after.mode, &after.wrap_up), (&before.mode, &before.wrap_up), "{agent} wants and finishes what they did");
                    }
                    for (agent, item) in m.talking.clone() {
                        let since = f.unix();
                        let queue = m.queue_talked[&item].clone();
                        f.input(Input::Talking { agent: name(&agent), contact: format!("contact-{}", item.0), queue: name(&queue), since });
                        f.phones(&agent, true, 1);
                        m.registered.insert(agent);
                    }
                }
            }
            m.follow(&f);
            m.check(&f);
        }
        // Everybody works: nobody stays behind.
        for agent in AGENTS {
            if let Some(item) = m.talking.remove(agent) {
                f.end(agent, item);
            }
            for queue in QUEUES {
                f.input(Input::SetMember { agent: name(agent), queue: name(queue), on: true });
            }
            f.ready(agent);
        }
        for _ in 0..200 {
            m.follow(&f);
            match m.one_rung(0) {
                Some((item, agent)) => {
                    m.offered.remove(&item);
                    m.over.insert(item);
                    f.answer_as(&agent, item);
                    f.end(&agent, item);
                }
                None => f.advance(16_000),
            }
            for agent in AGENTS {
                f.input(Input::SetMode { agent: name(agent), mode: Mode::Ready, by: None });
            }
        }
        m.follow(&f);
        prop_assert_eq!(m.waiting.len() + m.offered.len(), 0);
        f.advance(60_000);
        m.follow(&f);
        prop_assert!(m.cut.is_empty(), "cut off, and neither back nor told as lost: {:?}", m.cut);
        prop_assert_eq!(f.engine.load(), (0, 0), "callers and deadlines at rest");
    }
}
