//! What one decision of the queue engine costs when 100,000 callers wait and 10,000 agents work: in one queue, and in two hundred; where
//! anybody takes any call, and where a skill is asked for that relaxes in eight steps.
//!
//! `cargo run --example queue_engine -- [WAITING] [AGENTS] [ANSWERED]`. The engine alone, with what the exchange reads of it: no socket.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program that stops at the first surprise")]

use jiff::tz::TimeZone;
use sip_ws::io::Millis;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};
use switchboard::clock::Clock;
use switchboard::queue::io::{Arrival, Input, ItemId, Member, Name, Output, QueueSettings, Strategy};
use switchboard::queue::{Demand, Engine, HIGHEST, Levels, Mode, Relax};

const UNIX: i64 = 1_800_000_000_000;

struct Floor {
    engine: Engine,
    now: u64,
    queues: Vec<Name>,
    last_item: u64,
    offers: VecDeque<(ItemId, Name)>,
    /// By kind of input.
    times: BTreeMap<&'static str, Vec<Duration>>,
    measuring: bool,
}

impl Floor {
    fn new(queues: usize, agents: usize, waiting: usize, strategy: Strategy, asks: bool) -> Self {
        let names: Vec<Name> = (0..queues).map(|n| Name::new("t1", &format!("queue{n}"))).collect();
        let mut members = vec![Vec::new(); queues];
        for n in 0..agents {
            // Three queues each, where there are so many.
            for of in 0..queues.min(3) {
                // Every level of the skill, and four penalties.
                let (level, penalty) = (u8::try_from(n % 10).unwrap() + 1, u8::try_from(n % 4).unwrap());
                let (skills, penalty) = if asks { ([("german".to_owned(), level)].into(), penalty) } else { (Levels::new(), 0) };
                members[(n + of * 7) % queues].push(Member { agent: Name::new("t1", &format!("agent{n}")), penalty, skills });
            }
        }
        let settings = names.iter().zip(members).map(|(queue, members)| QueueSettings {
            queue: queue.clone(),
            label: queue.name.to_string(),
            members,
            demand: if asks { demand() } else { Demand::default() },
            strategy,
            ring_at_once: 10,
            zone: TimeZone::UTC,
            ring_ms: 20_000,
            wrap_up_ms: 0,
            wrap_up_extend_ms: 0,
            wrap_up_extensions: 0,
            max_wait_ms: None,
            max_waiting: waiting * 2,
            overflow: None,
            pause_after_missed: 3,
            hours: None,
        });
        let engine = Engine::new(Clock { now: Millis(0), unix_ms: UNIX });
        let settings = settings.collect();
        let mut floor =
            Floor { engine, now: 0, queues: names, last_item: 0, offers: VecDeque::new(), times: BTreeMap::new(), measuring: false };
        floor.input("", Input::Configure(settings));
        floor
    }

    fn input(&mut self, kind: &'static str, input: Input) {
        let clock = Clock { now: Millis(self.now), unix_ms: UNIX + i64::try_from(self.now).unwrap() };
        let began = Instant::now();
        self.engine.input(clock, input);
        let mut offers = Vec::new();
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Offer { item, agent, .. } => offers.push((item, agent)),
                Output::Queue(queue) => drop(std::hint::black_box(self.engine.view(&queue))),
                Output::SaveAgent(agent) | Output::SaveState(agent) => drop(std::hint::black_box(self.engine.saved(&agent))),
                Output::Agent(agent) => drop(std::hint::black_box(self.engine.status(&agent).cloned())),
                other => drop(std::hint::black_box(other)),
            }
        }
        if self.measuring {
            self.times.entry(kind).or_default().push(began.elapsed());
        }
        self.offers.extend(offers);
    }

    fn arrive(&mut self) {
        self.last_item += 1;
        let n = self.last_item;
        let queue = self.queues[usize::try_from(n).unwrap() % self.queues.len()].clone();
        let (caller, contact) = (Name::new("t1", &format!("caller{n}")), format!("contact-{n}"));
        self.input(
            "a caller arrives",
            Input::Arrived(Arrival { item: ItemId(n), queue, caller, display: String::new(), contact, priority: 0, since: None }),
        );
    }

    fn phones(&mut self, kind: &'static str, agent: &Name, busy: u32) {
        self.input(kind, Input::Phones { agent: agent.clone(), registered: true, ringing: 0, busy });
    }

    /// Answers the oldest offer.
    fn answer(&mut self) -> (ItemId, Name) {
        let (item, agent) = self.offers.pop_front().unwrap();
        // Of several who are rung the first one; the others are offered the next caller at once.
        self.offers.retain(|(other, _)| *other != item);
        self.input("an agent answers", Input::Answered { item, agent: agent.clone() });
        self.phones("an agent answers", &agent, 1);
        (item, agent)
    }
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap());
    let waiting = numbers.next().unwrap_or(100_000);
    let agents = numbers.next().unwrap_or(10_000);
    let answered = numbers.next().unwrap_or(20_000);
    for (queues, asks) in [(1, false), (1, true), (200, false), (200, true)] {
        for (label, strategy) in Strategy::NAMES {
            println!("{queues} queue(s), {label}{}", if asks { ", a skill is asked for" } else { "" });
            measure(&mut Floor::new(queues, agents, waiting, strategy, asks), label, (waiting, agents, answered), asks);
        }
    }
}

/// The highest level at first, one level less every 50 seconds, and in the end nothing.
fn demand() -> Demand {
    let step = |n: u8| Relax { after_ms: u64::from(n) * 50_000, less: if n == 8 { HIGHEST } else { n }, max_penalty: HIGHEST };
    Demand { skills: [("german".to_owned(), HIGHEST)].into(), max_penalty: HIGHEST, relax: (1..=8).map(step).collect() }
}

fn measure(f: &mut Floor, strategy: &str, (waiting, agents, answered): (usize, usize, usize), asks: bool) {
    for n in 0..agents {
        let agent = Name::new("t1", &format!("agent{n}"));
        f.phones("", &agent, 0);
        f.input("", Input::Answers { agent: agent.clone(), answers: true });
        f.input("", Input::SetMode { agent, mode: Mode::Ready, by: None });
    }
    let mut talks = VecDeque::new();
    // Everybody is in a call, then the others wait. While many are free, one call rings at several of them where all are rung.
    f.measuring = strategy == "ring-all";
    while f.engine.load().0 < waiting {
        f.arrive();
        while !f.offers.is_empty() {
            talks.push_back(f.answer());
        }
    }
    let mut filling = std::mem::take(&mut f.times);
    f.measuring = true;
    for n in 0..answered {
        f.now += 50;
        let Some((item, agent)) = talks.pop_front() else { break };
        f.input("an agent hangs up", Input::Ended { agent: agent.clone(), contact: format!("contact-{}", item.0) });
        f.phones("a free agent is offered a caller", &agent, 0);
        assert!(asks || !f.offers.is_empty(), "somebody free is offered nobody");
        while !f.offers.is_empty() {
            talks.push_back(f.answer());
        }
        f.arrive();
        if n % 7 == 0 {
            // One from the middle gives up: the place is kept.
            f.input("a caller leaves", Input::Left { item: ItemId(f.last_item - u64::try_from(waiting / 2).unwrap()) });
            f.arrive();
        }
        while f.engine.deadline().is_some_and(|at| at.0 <= f.now) {
            f.input("a deadline passes", Input::Timer);
        }
        while !f.offers.is_empty() {
            talks.push_back(f.answer());
        }
    }
    println!("  {} wait, {} agents talk", f.engine.load().0, talks.len());
    show("", &mut f.times);
    show(", ten at once", &mut filling);
}

fn show(when: &str, times: &mut BTreeMap<&'static str, Vec<Duration>>) {
    for (kind, times) in times {
        let kind = format!("{kind}{when}");
        times.sort_unstable();
        let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize];
        println!("  {kind:<34} p50 {:>10.1?}  p99 {:>10.1?}  slowest {:>10.1?}  of {}", at(0.5), at(0.99), at(1.0), times.len());
    }
}
