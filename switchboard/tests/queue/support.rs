//! Queues on simulated time, with what the engine asked for.

use crate::oracle::Oracle;
use jiff::tz::TimeZone;
use sip_ws::io::Millis;
use std::collections::BTreeMap;
use switchboard::clock::Clock;
use switchboard::queue::io::{Arrival, Input, ItemId, Member, Name, OfferEnd, Output, QueueSettings, Refusal, Strategy};
use switchboard::queue::{Demand, Engine, Levels, Mode, Place, Relax, SavedAgent, State};
use wire::PhoneFault;

pub const UNIX: i64 = 1_800_000_000_000;

pub fn name(name: &str) -> Name {
    Name::new("t1", name)
}

/// An agent of a queue.
pub fn member(agent: &str, penalty: u8, skills: &[(&str, u8)]) -> Member {
    Member { agent: name(agent), penalty, skills: levels(skills) }
}

pub fn levels(of: &[(&str, u8)]) -> Levels {
    of.iter().map(|(skill, level)| ((*skill).to_owned(), *level)).collect()
}

/// A demand for these levels and penalties up to this one, and what comes after so many seconds: levels less, and the highest penalty.
pub fn demand(skills: &[(&str, u8)], max_penalty: u8, relax: &[(u64, u8, u8)]) -> Demand {
    let relax = relax.iter().map(|&(seconds, less, max_penalty)| Relax { after_ms: seconds * 1_000, less, max_penalty });
    Demand { skills: levels(skills), max_penalty, relax: relax.collect() }
}

/// A queue with simple settings.
pub fn queue(label: &str, members: &[&str]) -> QueueSettings {
    QueueSettings {
        queue: name(label),
        label: label.to_uppercase(),
        members: members.iter().map(|agent| member(agent, 0, &[])).collect(),
        demand: Demand::default(),
        strategy: Strategy::LongestIdle,
        ring_at_once: 3,
        zone: TimeZone::UTC,
        ring_ms: 20_000,
        wrap_up_ms: 0,
        wrap_up_extend_ms: 20_000,
        wrap_up_extensions: 2,
        max_wait_ms: None,
        max_waiting: 100,
        overflow: None,
        pause_after_missed: 0,
        hours: None,
    }
}

pub struct Floor {
    pub engine: Engine,
    pub now: u64,
    pub out: Vec<Output>,
    /// When each output came.
    pub at: Vec<u64>,
    /// Who is rung for each caller, as inputs and outputs say.
    pub ringing: BTreeMap<ItemId, Vec<String>>,
    /// What the store holds.
    pub places: BTreeMap<Name, Place>,
    pub saved: BTreeMap<Name, SavedAgent>,
    settings: Vec<QueueSettings>,
    last_item: u64,
    /// Looks at each offer.
    oracle: Oracle,
}

impl Floor {
    pub fn new(settings: Vec<QueueSettings>) -> Self {
        let mut floor = Floor {
            engine: Engine::new(Clock { now: Millis(0), unix_ms: UNIX }),
            now: 0,
            out: Vec::new(),
            at: Vec::new(),
            ringing: BTreeMap::new(),
            places: BTreeMap::new(),
            saved: BTreeMap::new(),
            settings: settings.clone(),
            last_item: 0,
            oracle: Oracle::default(),
        };
        floor.input(Input::Configure(settings));
        floor.out.clear();
        floor.at.clear();
        floor
    }

    pub fn clock(&self) -> Clock {
        Clock { now: Millis(self.now), unix_ms: self.unix() }
    }

    pub fn unix(&self) -> i64 {
        UNIX + i64::try_from(self.now).unwrap()
    }

    pub fn input(&mut self, input: Input) {
        let clock = self.clock();
        match &input {
            Input::OfferOver { item, agent, .. } => self.silent(*item, agent),
            Input::Answered { item, .. } | Input::Left { item } | Input::Served { item } => drop(self.ringing.remove(item)),
            _ => {}
        }
        self.oracle.input(self.unix(), &input);
        self.engine.input(clock, input);
        self.drain();
    }

    /// Other settings from now on.
    pub fn configure(&mut self, settings: Vec<QueueSettings>) {
        self.settings.clone_from(&settings);
        self.input(Input::Configure(settings));
    }

    fn drain(&mut self) {
        let unix = self.unix();
        while let Some(output) = self.engine.poll() {
            self.oracle.output(unix, &output);
            match &output {
                Output::Offer { item, agent, .. } => self.ringing.entry(*item).or_default().push(agent.name.to_string()),
                Output::Withdraw { item, agent, .. } => self.silent(*item, agent),
                Output::Refuse { item, .. } => drop(self.ringing.remove(item)),
                Output::Keep(place) => drop(self.places.insert(place.caller(), place.clone())),
                Output::Forget(caller) => drop(self.places.remove(caller)),
                Output::SaveAgent(agent) | Output::SaveState(agent) => {
                    drop(self.engine.saved(agent).map(|saved| self.saved.insert(agent.clone(), saved)))
                }
                _ => {}
            }
            self.out.push(output);
            self.at.push(self.now);
        }
        self.oracle.done(unix);
    }

    fn silent(&mut self, item: ItemId, agent: &Name) {
        if let Some(rung) = self.ringing.get_mut(&item) {
            rung.retain(|name| *name != *agent.name);
            if rung.is_empty() {
                self.ringing.remove(&item);
            }
        }
    }

    /// The engine as it comes back after a kill, with what was stored: no phone is there, no page answers, and nobody rings.
    pub fn restart(&mut self) {
        self.engine = Engine::new(self.clock());
        self.ringing.clear();
        self.oracle.restart(self.unix());
        self.input(Input::Configure(self.settings.clone()));
        let (clock, saved) = (self.clock(), self.saved.clone().into_iter().collect());
        self.engine.restore(clock, saved, self.places.values().cloned().collect());
        self.drain();
    }

    /// Lets time pass, stopping at every deadline.
    pub fn advance(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(at) = self.engine.deadline().filter(|at| at.0 <= end) {
            self.now = self.now.max(at.0);
            self.input(Input::Timer);
        }
        self.now = end;
    }

    /// An agent who is there and wants calls.
    pub fn ready(&mut self, agent: &str) {
        self.phones(agent, true, 0);
        self.fitness(agent, None);
        self.input(Input::Answers { agent: name(agent), answers: true });
        self.input(Input::SetMode { agent: name(agent), mode: Mode::Ready, by: None });
    }

    pub fn fitness(&mut self, agent: &str, fault: Option<PhoneFault>) {
        self.input(Input::Fitness { agent: name(agent), fault });
    }

    pub fn phones(&mut self, agent: &str, registered: bool, busy: u32) {
        self.input(Input::Phones { agent: name(agent), registered, ringing: 0, busy });
    }

    pub fn pause(&mut self, agent: &str, reason: &str) {
        self.input(Input::SetMode { agent: name(agent), mode: Mode::Paused { reason: Some(reason.into()) }, by: None });
    }

    pub fn arrive(&mut self, queue: &str, caller: &str) -> ItemId {
        self.arrive_from(queue, caller, None)
    }

    /// A door rings, with a priority of its own.
    pub fn door(&mut self, queue: &str, station: &str, priority: u8) -> ItemId {
        self.arrive_with(queue, station, None, priority)
    }

    /// The same, out of a conversation where `since` says so.
    pub fn arrive_from(&mut self, queue: &str, caller: &str, since: Option<i64>) -> ItemId {
        self.arrive_with(queue, caller, since, 0)
    }

    fn arrive_with(&mut self, queue: &str, caller: &str, since: Option<i64>, priority: u8) -> ItemId {
        self.last_item += 1;
        let item = ItemId(self.last_item);
        self.input(Input::Arrived(Arrival {
            item,
            queue: name(queue),
            caller: name(caller),
            display: caller.to_uppercase(),
            contact: format!("contact-{}", self.last_item),
            priority,
            since,
        }));
        item
    }

    /// Callers so far.
    pub fn items(&self) -> u64 {
        self.last_item
    }

    pub fn declined(&mut self, item: ItemId) {
        let agent = self.offered_to(item).expect("nobody is offered this caller");
        self.over(item, &agent, OfferEnd::Declined);
    }

    pub fn over(&mut self, item: ItemId, agent: &str, cause: OfferEnd) {
        self.input(Input::OfferOver { item, agent: name(agent), cause });
    }

    /// The offered agent answers: what the exchange says of it, in its order.
    pub fn answer(&mut self, item: ItemId) -> String {
        let agent = self.offered_to(item).expect("nobody is offered this caller");
        self.answer_as(&agent, item);
        agent
    }

    pub fn answer_as(&mut self, agent: &str, item: ItemId) {
        self.input(Input::Answered { item, agent: name(agent) });
        self.phones(agent, true, 1);
    }

    pub fn end(&mut self, agent: &str, item: ItemId) {
        self.input(Input::Ended { agent: name(agent), contact: format!("contact-{}", item.0) });
        self.phones(agent, true, 0);
    }

    /// Whom a caller is being offered to: of several the last one.
    pub fn offered_to(&self, item: ItemId) -> Option<String> {
        self.ringing.get(&item)?.last().cloned()
    }

    /// Everybody who is rung for a caller.
    pub fn rung(&self, item: ItemId) -> Vec<String> {
        self.ringing.get(&item).cloned().unwrap_or_default()
    }

    /// Every offer so far: who, and the number of the caller.
    pub fn offers(&self) -> Vec<(String, u64)> {
        let offers = self.out.iter().filter_map(|output| match output {
            Output::Offer { item, agent, .. } => Some((agent.name.to_string(), item.0)),
            _ => None,
        });
        offers.collect()
    }

    pub fn refused(&self, item: ItemId) -> Option<Refusal> {
        self.out.iter().find_map(|output| match output {
            Output::Refuse { item: of, why } if *of == item => Some(*why),
            _ => None,
        })
    }

    /// Positions that a caller was told, in order.
    pub fn told(&self, item: ItemId) -> Vec<u32> {
        let told = self.out.iter().filter_map(|output| match output {
            Output::Tell { item: of, position, .. } if *of == item => Some(*position),
            _ => None,
        });
        told.collect()
    }

    pub fn state(&self, agent: &str) -> State {
        self.engine.status(&name(agent)).unwrap().state
    }
}
