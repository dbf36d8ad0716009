//! Random floors: whatever agents and callers do, nobody is lost, nobody is rung twice at once, nobody waits beside an agent who is free
//! and may be rung for them, and nobody is rung before the rules have relaxed so far. Who is rung for whom is looked at by `oracle`.

use crate::support::{Floor, UNIX, demand, member, name, queue};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use switchboard::queue::io::{Input, ItemId, OfferEnd, Output, Strategy as Order};
use switchboard::queue::{Demand, HIGHEST, Mode, State, Turn, Unready};
use wire::PhoneFault;

const AGENTS: [&str; 4] = ["ann", "bob", "cid", "dot"];
/// Callers so far are people, those from here on are doors.
const FIRST_DOOR: usize = 8;
const QUEUES: [&str; 3] = ["support", "sales", "night"];

/// How many things a queue may ask.
const ASKED: usize = 4;

/// One of them. The last one is asked for ever, where callers go on elsewhere.
fn asked(what: usize, goes_on: bool) -> Demand {
    match what {
        0 => Demand::default(),
        1 => demand(&[("german", 5)], 0, &[(5, 1, 0), (20, 2, 3), (45, HIGHEST, HIGHEST)]),
        2 => demand(&[], 1, &[(10, 0, 4), (11, 0, HIGHEST)]),
        _ if goes_on => demand(&[("german", 8), ("french", 1)], 2, &[(25, 1, 2)]),
        _ => demand(&[("german", 8), ("french", 1)], 2, &[(25, 1, 2), (60, 9, HIGHEST)]),
    }
}

#[derive(Debug, Clone)]
enum Step {
    Arrive {
        queue: usize,
        caller: usize,
    },
    Leave(usize),
    Open(usize),
    Answer(usize),
    Decline(usize, bool),
    End(usize),
    Ready(usize),
    Pause(usize),
    EndWrapUp(usize),
    ExtendWrapUp(usize),
    Phone(usize, bool),
    Answers(usize, bool),
    Fit(usize, bool),
    OwnCall(usize, bool),
    Move(usize, usize),
    Prioritise(usize, u8),
    Assign(usize, usize),
    Member(usize, usize, bool),
    Ask(usize, usize),
    Wait(u64),
    /// The next day.
    Night,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let agent = 0..AGENTS.len();
    prop_oneof![
        4 => (0..QUEUES.len(), 0..12_usize).prop_map(|(queue, caller)| Step::Arrive { queue, caller }),
        1 => any::<usize>().prop_map(Step::Leave),
        2 => any::<usize>().prop_map(Step::Open),
        4 => any::<usize>().prop_map(Step::Answer),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(n, reachable)| Step::Decline(n, reachable)),
        3 => agent.clone().prop_map(Step::End),
        3 => agent.clone().prop_map(Step::Ready),
        1 => agent.clone().prop_map(Step::Pause),
        1 => agent.clone().prop_map(Step::EndWrapUp),
        1 => agent.clone().prop_map(Step::ExtendWrapUp),
        2 => (agent.clone(), any::<bool>()).prop_map(|(a, on)| Step::Phone(a, on)),
        2 => (agent.clone(), any::<bool>()).prop_map(|(a, on)| Step::Answers(a, on)),
        2 => (agent.clone(), any::<bool>()).prop_map(|(a, fit)| Step::Fit(a, fit)),
        1 => (agent.clone(), any::<bool>()).prop_map(|(a, on)| Step::OwnCall(a, on)),
        1 => (any::<usize>(), 0..QUEUES.len()).prop_map(|(n, to)| Step::Move(n, to)),
        1 => (any::<usize>(), 0..4_u8).prop_map(|(n, priority)| Step::Prioritise(n, priority)),
        2 => (any::<usize>(), agent.clone()).prop_map(|(n, to)| Step::Assign(n, to)),
        1 => (agent, 0..QUEUES.len(), any::<bool>()).prop_map(|(a, queue, on)| Step::Member(a, queue, on)),
        1 => (0..QUEUES.len(), 0..ASKED).prop_map(|(queue, what)| Step::Ask(queue, what)),
        3 => (0..40_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Night),
        1 => Just(Step::Restart),
    ]
}

/// What the outputs alone say.
#[derive(Default)]
struct Model {
    /// Who called, and since when each of them waits in which queue: who comes back to a place goes on from there.
    callers: BTreeMap<ItemId, usize>,
    entered: BTreeMap<usize, (String, u64)>,
    /// Doors that were opened while they rang: whoever rings there next is somebody else.
    opened: BTreeSet<usize>,
    /// Whom somebody in charge gives to whom: whatever is asked.
    assigned: Option<(ItemId, String)>,
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
                Output::Placed { item, queue, since, .. } => {
                    assert!(self.waiting.insert(*item, queue.name.to_string()).is_none());
                    let (caller, at) = (self.callers[item], f.at[n]);
                    let now = *since == UNIX + i64::try_from(at).unwrap();
                    // Their next ring is one like any other.
                    let opened = self.opened.remove(&caller);
                    assert!(now || !opened, "an opened door keeps no place");
                    if now {
                        self.entered.insert(caller, (queue.name.to_string(), at));
                    }
                    assert_eq!(self.entered[&caller].0, *queue.name, "the place of before");
                }
                Output::Offer { item, agent, queue } => {
                    let rung: Vec<&String> = self.offered.values().flatten().collect();
                    assert!(!rung.iter().any(|busy| **busy == *agent.name), "{} is rung twice at once", agent.name);
                    assert!(!self.talking.contains_key(&*agent.name), "{} is rung in a call", agent.name);
                    let waited = f.at[n] - self.entered[&self.callers[item]].1;
                    if self.assigned != Some((*item, agent.name.to_string())) {
                        assert!(Self::may_be_rung(f, &queue.name, &agent.name, waited), "{} is rung too early, after {waited}", agent.name);
                    }
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
                    self.entered.insert(self.callers[item], (to.name.to_string(), f.at[n]));
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

    /// Whether an agent may be rung for somebody who has waited so long in a queue: worked out from the settings anew.
    fn may_be_rung(f: &Floor, queue: &str, agent: &str, waited: u64) -> bool {
        let settings = f.engine.settings(&name(queue)).unwrap();
        let Some(member) = settings.members.iter().find(|member| *member.agent.name == *agent) else { return false };
        let passed = settings.demand.relax.iter().rfind(|relax| relax.after_ms <= waited);
        let (less, max_penalty) = passed.map_or((0, settings.demand.max_penalty), |relax| (relax.less, relax.max_penalty));
        let able = settings.demand.skills.iter().all(|(skill, least)| member.skills.get(skill).copied().unwrap_or(0) + less >= *least);
        able && member.penalty <= max_penalty
    }

    fn check(&self, f: &Floor) {
        let somewhere = self.waiting.len() + self.offered.len();
        assert_eq!(somewhere + self.over.len(), self.arrived.len(), "a caller is lost, or in two places");
        assert_eq!(f.engine.load().0, somewhere);
        for queue in QUEUES {
            let view = f.engine.view(&name(queue)).unwrap();
            let waits = self.waiting.values().filter(|in_queue| *in_queue == queue).count();
            let takes = |agent: &str| f.engine.memberships(&name(agent)).contains(&(name(queue), true));
            for (item, _) in self.waiting.iter().filter(|(_, in_queue)| *in_queue == queue) {
                let waited = f.now - self.entered[&self.callers[item]].1;
                for agent in AGENTS.iter().filter(|agent| takes(agent) && f.engine.free(&name(agent))) {
                    assert!(!Self::may_be_rung(f, queue, agent, waited), "{queue}: one of {waits} waits beside {agent}, for {waited}");
                }
            }
            let work = AGENTS.iter().filter(|agent| {
                let status = f.engine.status(&name(agent)).unwrap();
                let takes = takes(agent) && Self::may_be_rung(f, queue, agent, u64::MAX);
                let there = status.state != State::Offline && !matches!(status.unready, Some(Unready::Silent | Unready::Unfit(_)));
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
        asks in prop::array::uniform3(0..ASKED),
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
        for ((queue, order), what) in settings.iter_mut().zip(orders).zip(asks) {
            queue.demand = asked(what, queue.overflow.is_some());
            (queue.strategy, queue.ring_at_once) = (Order::NAMES[order].1, at_once);
        }
        settings[0].members = vec![member("ann", 0, &[("german", 8), ("french", 1)]), member("bob", 2, &[("german", 4)]), member("cid", 0, &[])];
        settings[1].members = vec![member("bob", 0, &[("german", 4)]), member("dot", 5, &[("german", 9), ("french", 3)])];
        settings[2].members = vec![member("dot", 0, &[("german", 9), ("french", 3)])];
        let mut f = Floor::new(settings.clone());
        let mut m = Model::default();
        for step in steps {
            match step {
                Step::Arrive { queue, caller } => {
                    let item = match caller {
                        FIRST_DOOR.. => f.door(QUEUES[queue], &format!("door{caller}"), u8::try_from(caller % 4).unwrap()),
                        _ => f.arrive(QUEUES[queue], &format!("v{caller}")),
                    };
                    m.arrived.insert(item);
                    m.callers.insert(item, caller);
                }
                Step::Leave(n) => {
                    if let Some(item) = pick(m.waiting.keys().chain(m.offered.keys()).copied(), n) {
                        m.waiting.remove(&item);
                        m.offered.remove(&item);
                        m.over.insert(item);
                        f.input(Input::Left { item });
                    }
                }
                Step::Open(n) => {
                    let doors = m.waiting.keys().chain(m.offered.keys()).copied().filter(|item| m.callers[item] >= FIRST_DOOR);
                    if let Some(item) = pick(doors, n) {
                        m.waiting.remove(&item);
                        m.offered.remove(&item);
                        m.over.insert(item);
                        m.opened.insert(m.callers[&item]);
                        f.input(Input::Served { item });
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
                Step::ExtendWrapUp(agent) => {
                    let wrap_up = |f: &Floor| f.engine.status(&name(AGENTS[agent])).unwrap().wrap_up.clone();
                    if let Some(before) = wrap_up(&f) {
                        f.input(Input::ExtendWrapUp { agent: name(AGENTS[agent]), contact: before.contact });
                        let after = wrap_up(&f).unwrap();
                        assert!(after.until <= after.since + 15_000 + 2 * 20_000, "bounded, however often it is asked for");
                    }
                }
                Step::Phone(agent, on) => {
                    let agent = AGENTS[agent];
                    if on { m.registered.insert(agent.into()); } else { m.registered.remove(agent); }
                    f.phones(agent, on, u32::from(m.talking.contains_key(agent)));
                }
                Step::Answers(agent, answers) => f.input(Input::Answers { agent: name(AGENTS[agent]), answers }),
                Step::Fit(agent, fit) => f.fitness(AGENTS[agent], (!fit).then_some(PhoneFault::NoMicrophone)),
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
                        m.assigned = Some((item, AGENTS[to].into()));
                        f.input(Input::Assign { item, agent: name(AGENTS[to]) });
                    }
                }
                Step::Member(agent, queue, on) => {
                    f.input(Input::SetMember { agent: name(AGENTS[agent]), queue: name(QUEUES[queue]), on });
                }
                Step::Ask(queue, what) => {
                    settings[queue].demand = asked(what, settings[queue].overflow.is_some());
                    f.configure(settings.clone());
                }
                Step::Wait(ms) => f.advance(ms),
                Step::Night => f.advance(9 * 3_600_000),
                Step::Restart => {
                    m.restart();
                    let known = |f: &Floor, agent: &str| {
                        let mut saved = f.engine.saved(&name(agent)).unwrap();
                        // Where nobody has a turn, that one was rung is written down with whatever comes of it.
                        for (queue, turn) in &mut saved.turns {
                            let at = QUEUES.iter().position(|known| known == queue).unwrap();
                            turn.last = if settings[at].strategy == Order::RoundRobin { turn.last } else { 0 };
                        }
                        saved.turns.retain(|_, turn| *turn != Turn::default());
                        saved
                    };
                    let before = AGENTS.map(|agent| known(&f, agent));
                    f.restart();
                    // Of whom nothing was ever stored nothing has happened yet.
                    for (agent, before) in AGENTS.iter().zip(before).filter(|(agent, _)| f.saved.contains_key(&name(agent))) {
                        assert_eq!(known(&f, agent), before, "{agent} wants, does and finishes what they did");
                        let status = f.engine.status(&name(agent)).unwrap();
                        assert_eq!((&status.mode, &status.wrap_up), (&before.mode, &before.wrap_up), "{agent}");
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
            m.assigned = None;
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
