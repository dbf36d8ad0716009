//! Who is to be rung for whom, worked out anew from what goes into the engine and comes out of it: of the free agents who may be rung for
//! a caller the first one by penalty, strategy and idleness; of the callers whom an agent may have the first one by age and priority.
//! A restart changes nothing of that, for whoever is back soon.
//!
//! What happens within the same input has no order: whoever becomes free by it, and a caller for whom the rules relax at this very
//! instant, may come into their own a moment later.

use std::collections::{BTreeMap, BTreeSet};
use switchboard::queue::Mode;
use switchboard::queue::io::{Arrival, Input, ItemId, OfferEnd, Output, QueueSettings, Strategy, Withdrawn};

/// How long nobody is rung after a ring that was missed or declined.
const REST_MS: i64 = 5_000;
/// How soon.
const BACK_MS: i64 = 60_000;
/// What a step of priority is worth.
const STEP_MS: i64 = 5 * 60_000;
const DAY_MS: i64 = 24 * 3_600_000;

#[derive(Default)]
struct Agent {
    ready: bool,
    registered: bool,
    answers: bool,
    unfit: bool,
    /// A phone of theirs rings or is in a call, and whether it is the latter.
    busy: bool,
    talks_by_hand: bool,
    /// Until when they may be back from a restart as if they had never been away.
    awaited: Option<i64>,
    offered: Option<ItemId>,
    /// Queues of calls, by contact.
    talks: BTreeMap<String, String>,
    wraps_up: bool,
    rests_until: i64,
    missed: u32,
    idle: i64,
    away: BTreeSet<String>,
    /// The last offer of each queue, counted over all.
    last: BTreeMap<String, i64>,
    /// Calls of each queue on the day of the last one.
    calls: BTreeMap<String, (i64, i64)>,
}

struct Caller {
    who: String,
    contact: String,
    queue: String,
    since: i64,
    entered: i64,
    priority: u8,
    rung: BTreeSet<String>,
    /// Whoever was rung before, in this ring.
    past: BTreeSet<String>,
    /// Others may join.
    all: bool,
}

impl Agent {
    /// Would be heard, and would hear.
    fn there(&self) -> bool {
        self.registered && self.answers && !self.unfit
    }

    /// Something of phones and pages changed. Whoever was away or in a call was not idle.
    fn change(&mut self, now: i64, change: impl FnOnce(&mut Agent)) {
        let (there, talks) = (self.there(), self.talks_by_hand);
        change(self);
        let back = !there && self.there() && self.awaited.take().is_none_or(|until| now >= until);
        if back || (talks && !self.talks_by_hand) {
            self.idle = now;
        }
    }
}

impl Caller {
    fn rank(&self) -> i64 {
        self.since - i64::from(self.priority) * STEP_MS
    }
}

/// A kept place.
#[derive(Clone)]
struct Place {
    dialled: String,
    queue: String,
    since: i64,
    entered: i64,
    priority: u8,
}

/// See above.
#[derive(Default)]
pub struct Oracle {
    settings: BTreeMap<String, QueueSettings>,
    agents: BTreeMap<String, Agent>,
    callers: BTreeMap<ItemId, Caller>,
    /// Who arrives, and whether a place of theirs counts.
    arriving: BTreeMap<ItemId, (Arrival, bool)>,
    places: BTreeMap<String, Place>,
    /// Agents who were free before this input.
    free: BTreeSet<String>,
    /// Whom somebody in charge gives to whom.
    assigned: Option<(ItemId, String)>,
    offers: i64,
}

impl Oracle {
    /// An input, before the engine has it.
    pub fn input(&mut self, now: i64, input: &Input) {
        match input {
            Input::Configure(settings) => {
                self.settings = settings.iter().map(|queue| (queue.queue.name.to_string(), queue.clone())).collect();
            }
            Input::Phones { agent, registered, ringing, busy } => {
                self.agent(&agent.name).change(now, |agent| {
                    (agent.registered, agent.busy, agent.talks_by_hand) = (*registered, ringing + busy > 0, *busy > 0);
                });
            }
            Input::Answers { agent, answers } => self.agent(&agent.name).change(now, |agent| agent.answers = *answers),
            Input::Fitness { agent, fault } => self.agent(&agent.name).change(now, |agent| agent.unfit = fault.is_some()),
            Input::SetMode { agent, mode, .. } => {
                let agent = self.agent(&agent.name);
                let ready = *mode == Mode::Ready;
                if ready && !agent.ready {
                    (agent.idle, agent.missed, agent.rests_until, agent.awaited) = (agent.idle.max(now), 0, 0, None);
                }
                agent.ready = ready;
            }
            Input::SetMember { agent, queue, on } => {
                let away = &mut self.agent(&agent.name).away;
                if *on {
                    away.remove(&*queue.name);
                } else {
                    away.insert(queue.name.to_string());
                }
            }
            Input::Prioritise { item, priority } => {
                if let Some(caller) = self.callers.get_mut(item) {
                    caller.priority = *priority;
                    if let Some(place) = self.places.get_mut(&caller.who) {
                        place.priority = *priority;
                    }
                }
            }
            Input::Assign { item, agent } => {
                let may = self.callers.contains_key(item) && self.is_free(now, &agent.name);
                self.assigned = may.then(|| (*item, agent.name.to_string()));
            }
            Input::Arrived(arrival) | Input::WaitsOn { arrival, .. } => {
                self.arriving.insert(arrival.item, (arrival.clone(), arrival.since.is_none()));
            }
            Input::Left { item } | Input::Served { item } => self.gone(*item),
            Input::OfferOver { item, agent, cause } => {
                if self.is_rung(*item, &agent.name) {
                    self.missed(now, *item, &agent.name, *cause == OfferEnd::Declined);
                    self.silent(*item, &agent.name);
                }
            }
            Input::Answered { item, agent } => {
                if self.is_rung(*item, &agent.name) {
                    let (queue, contact) = (self.callers[item].queue.clone(), self.callers[item].contact.clone());
                    let day = self.day(now, &queue);
                    let agent = self.agent(&agent.name);
                    agent.missed = 0;
                    let (of, calls) = agent.calls.get(&queue).copied().unwrap_or_default();
                    agent.calls.insert(queue.clone(), (day, if of == day { calls + 1 } else { 1 }));
                    agent.talks.insert(contact, queue);
                    self.gone(*item);
                }
            }
            Input::Talking { agent, contact, queue, .. } => {
                self.agent(&agent.name).talks.insert(contact.clone(), queue.name.to_string());
            }
            Input::Carried { agent, contact, to } => {
                let talks = &mut self.agent(&agent.name).talks;
                if let Some(queue) = talks.remove(contact) {
                    talks.insert(to.clone(), queue);
                }
            }
            Input::Ended { agent, contact } => {
                if let Some(queue) = self.agent(&agent.name).talks.remove(contact) {
                    let wraps_up = self.settings.get(&queue).is_some_and(|queue| queue.wrap_up_ms > 0);
                    let agent = self.agent(&agent.name);
                    (agent.idle, agent.wraps_up) = (now, agent.wraps_up || wraps_up);
                }
            }
            // What comes of these is said.
            Input::Move { .. } | Input::EndWrapUp { .. } | Input::ExtendWrapUp { .. } | Input::Timer => {}
        }
    }

    /// What came of it, one after the other.
    pub fn output(&mut self, now: i64, output: &Output) {
        match output {
            Output::Placed { item, queue, since, .. } => {
                let (Arrival { caller, contact, queue: called, priority: asked, .. }, counts) =
                    self.arriving.remove(item).expect("somebody arrives");
                let (who, called, queue) = (caller.name.to_string(), called.name.to_string(), queue.name.to_string());
                // Only of a place that they call for, and then of all of it.
                let kept = self.places.get(&who).filter(|place| counts && (place.dialled == called || place.queue == called)).cloned();
                if let Some(kept) = &kept {
                    assert_eq!((&queue, *since), (&kept.queue, kept.since), "{who} has had a place");
                } else if counts {
                    assert!(!self.places.contains_key(&who) || *since == now, "{who} is new in {queue}");
                }
                let new = Place { dialled: called, queue: queue.clone(), since: *since, entered: now, priority: asked };
                let place = kept.unwrap_or(new);
                let (priority, entered) = (place.priority, place.entered);
                self.places.insert(who.clone(), place);
                let (rung, past) = (BTreeSet::new(), BTreeSet::new());
                self.callers.insert(*item, Caller { who, contact, queue, since: *since, entered, priority, rung, past, all: false });
            }
            Output::Offer { item, agent, .. } => {
                assert!(!self.agents[&*agent.name].unfit, "{} is rung and would not be heard, or does not hear", agent.name);
                if self.assigned.as_ref() == Some(&(*item, agent.name.to_string())) {
                    self.rings(*item, &agent.name, false);
                } else {
                    self.check(now, *item, &agent.name);
                    self.rings(*item, &agent.name, true);
                }
            }
            Output::Withdraw { item, agent, why } => {
                if *why == Withdrawn::NoAnswer {
                    self.missed(now, *item, &agent.name, true);
                }
                self.silent(*item, &agent.name);
            }
            Output::Moved { item, to, .. } => {
                if let Some(caller) = self.callers.get_mut(item) {
                    (caller.queue, caller.entered) = (to.name.to_string(), now);
                    if let Some(place) = self.places.get_mut(&caller.who) {
                        (place.queue, place.entered) = (to.name.to_string(), now);
                    }
                }
            }
            Output::Refuse { item, .. } => self.gone(*item),
            Output::WrappedUp { agent, .. } => {
                let agent = self.agent(&agent.name);
                (agent.wraps_up, agent.idle) = (false, now);
            }
            Output::Forget(caller) => {
                self.places.remove(&*caller.name);
            }
            _ => {}
        }
    }

    /// The input is done with.
    pub fn done(&mut self, now: i64) {
        self.assigned = None;
        self.free = self.agents.keys().filter(|agent| self.is_free(now, agent)).cloned().collect();
    }

    /// The engine was killed: no phone is there, no page answers, and nobody rings or waits. Rings that were missed stay missed.
    pub fn restart(&mut self, now: i64) {
        self.callers.clear();
        self.free.clear();
        for agent in self.agents.values_mut() {
            let expected = agent.there() || agent.awaited.is_some_and(|until| now < until);
            agent.awaited = expected.then_some(now + BACK_MS);
            (agent.registered, agent.answers, agent.busy, agent.offered) = (false, false, false, None);
            agent.talks_by_hand = false;
            (agent.unfit, agent.rests_until) = (false, 0);
            agent.talks.clear();
        }
    }

    /// The day of a queue.
    fn day(&self, now: i64, queue: &str) -> i64 {
        let at = jiff::Timestamp::from_millisecond(now).unwrap();
        (now + i64::from(self.settings[queue].zone.to_offset(at).seconds()) * 1_000).div_euclid(DAY_MS)
    }

    fn agent(&mut self, name: &str) -> &mut Agent {
        self.agents.entry(name.to_owned()).or_default()
    }

    fn is_free(&self, now: i64, name: &str) -> bool {
        self.agents.get(name).is_some_and(|agent| {
            let there = agent.ready && agent.registered && agent.answers && !agent.unfit;
            let works = agent.busy || agent.offered.is_some() || !agent.talks.is_empty() || agent.wraps_up;
            there && !works && agent.rests_until <= now
        })
    }

    fn is_rung(&self, item: ItemId, agent: &str) -> bool {
        self.callers.get(&item).is_some_and(|caller| caller.rung.contains(agent))
    }

    fn rings(&mut self, item: ItemId, name: &str, may_join: bool) {
        self.offers += 1;
        let offers = self.offers;
        let caller = self.callers.get_mut(&item).expect("somebody who waits");
        let settings = &self.settings[&caller.queue];
        if caller.rung.is_empty() {
            caller.past.clear();
            caller.all = may_join && settings.strategy == Strategy::RingAll && settings.ring_at_once > 1;
        }
        caller.rung.insert(name.to_owned());
        let queue = caller.queue.clone();
        let agent = self.agent(name);
        agent.offered = Some(item);
        agent.last.insert(queue, offers);
    }

    fn missed(&mut self, now: i64, item: ItemId, name: &str, own_fault: bool) {
        let limit = self.callers.get(&item).map_or(0, |caller| self.settings[&caller.queue].pause_after_missed);
        let agent = self.agent(name);
        (agent.idle, agent.rests_until) = (now, now + REST_MS);
        if own_fault {
            agent.missed += 1;
            agent.ready &= limit == 0 || agent.missed < limit;
        }
    }

    fn silent(&mut self, item: ItemId, name: &str) {
        self.agent(name).offered = None;
        if let Some(caller) = self.callers.get_mut(&item) {
            caller.rung.remove(name);
            caller.past.insert(name.to_owned());
        }
    }

    fn gone(&mut self, item: ItemId) {
        let rung = self.callers.remove(&item).map(|caller| caller.rung).unwrap_or_default();
        for name in rung {
            self.agent(&name).offered = None;
        }
    }

    /// Whether an agent may be rung for somebody who has waited so long in a queue.
    fn may(&self, name: &str, queue: &str, waited: i64) -> bool {
        let settings = &self.settings[queue];
        let Some(member) = settings.members.iter().find(|member| *member.agent.name == *name) else { return false };
        let step = settings.demand.relax.iter().rfind(|step| i64::try_from(step.after_ms).unwrap() <= waited);
        let (less, most) = step.map_or((0, settings.demand.max_penalty), |step| (step.less, step.max_penalty));
        let able = settings.demand.skills.iter().all(|(skill, least)| member.skills.get(skill).copied().unwrap_or(0) + less >= *least);
        able && member.penalty <= most && !self.agents[name].away.contains(queue)
    }

    /// Where an agent stands in the order of a queue: the lowest first.
    fn standing(&self, now: i64, name: &str, queue: &str) -> (u8, i64, i64) {
        let (settings, agent) = (&self.settings[queue], &self.agents[name]);
        let penalty = settings.members.iter().find(|member| *member.agent.name == *name).map_or(0, |member| member.penalty);
        let key = match settings.strategy {
            Strategy::LongestIdle | Strategy::RingAll => 0,
            Strategy::RoundRobin => agent.last.get(queue).copied().unwrap_or(0),
            Strategy::FewestCalls => agent.calls.get(queue).filter(|(day, _)| *day == self.day(now, queue)).map_or(0, |(_, calls)| *calls),
        };
        (penalty, key, agent.idle)
    }

    /// An agent is about to be rung for a caller: nobody comes before them, and before that caller nobody either.
    fn check(&self, now: i64, item: ItemId, name: &str) {
        let caller = &self.callers[&item];
        let waited = |caller: &Caller| now - caller.entered;
        assert!(self.may(name, &caller.queue, waited(caller)), "{name} may not be rung for {} yet", caller.contact);
        // Where only the present instant lets this agent have the caller, the others may as well.
        let before = self.may(name, &caller.queue, waited(caller) - 1);
        let since = waited(caller) - i64::from(before);
        let own = self.standing(now, name, &caller.queue);
        for other in self.free.iter().filter(|other| *other != name && self.is_free(now, other)) {
            if self.may(other, &caller.queue, since) && !caller.past.contains(other) {
                let theirs = self.standing(now, other, &caller.queue);
                assert!(own <= theirs, "{}: {name} {own:?} is rung before {other} {theirs:?}", caller.queue);
            }
        }
        let joins = !caller.rung.is_empty();
        for (id, other) in self.callers.iter().filter(|(id, _)| **id != item) {
            let theirs = self.may(name, &other.queue, waited(other) - 1);
            let settings = &self.settings[&other.queue];
            let overdue = settings.max_wait_ms.is_some_and(|ms| waited(other) >= i64::try_from(ms).unwrap());
            let open = other.all && other.rung.len() < settings.ring_at_once && !overdue && !other.past.contains(name);
            let first = match (other.rung.is_empty(), joins) {
                (true, true) => true,
                (true, false) => other.rank() < caller.rank(),
                (false, true) => open && other.rank() < caller.rank(),
                (false, false) => false,
            };
            assert!(!(theirs && first), "{name} is rung for {} before {} ({id:?})", caller.contact, other.contact);
        }
    }
}
