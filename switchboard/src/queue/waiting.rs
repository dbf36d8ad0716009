//! Callers: arriving, waiting, overflowing, leaving.

use super::engine::{Due, Engine};
use super::io::{Arrival, ItemId, Name, Output, PRIORITY_MS, Refusal, Strategy};
use super::line::{Line, Rank};
use super::offers::Ringing;
use super::places::Place;
use sip_ws::io::Millis;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// Callers of a queue hear of a changed position this often at most.
const TELL_EVERY_MS: u64 = 5_000;
/// Every caller hears where they stand at least this often (design of the queue: 182 every 60 s).
const TELL_ALWAYS_MS: u64 = 60_000;
/// Callers who hear of each change; those behind them hear of it with the next minute.
const TELL_FIRST: u32 = 50;
/// Callers looked at by one input to tell them where they stand; the others follow with the next one, which is due at once.
pub(super) const TELL_WALK: usize = 250;

/// One caller.
#[derive(Debug)]
pub(super) struct Item {
    pub queue: Name,
    /// The queue that they called or were handed on to, wherever they are since.
    pub dialled: Name,
    pub caller: Name,
    pub display: String,
    pub contact: String,
    /// Since when, UTC ms, in whatever queue.
    pub since: i64,
    pub priority: u8,
    pub stand: Stand,
    /// Since when in this queue, UTC ms.
    pub entered: i64,
    /// How far what the queue asks has relaxed for this caller.
    pub step: usize,
    /// Counts sets of rules, so that a step of old ones relaxes nothing.
    pub graded: u32,
    /// Counts offers, so that the time-out of an old one ends no new one.
    pub round: u32,
    /// Counts queues entered, so that the longest wait of one that was left ends nothing.
    pub stay: u32,
    /// Queues that could not keep this caller.
    pub left: Vec<Name>,
    /// The longest wait was over during an offer.
    pub overdue: bool,
    told: Option<(u32, Millis)>,
}

/// Where a caller stands.
#[derive(Debug)]
pub(super) enum Stand {
    Waiting,
    Offered(Ringing),
}

impl Item {
    /// Where this caller stands in the order of a queue.
    pub fn rank(&self, id: ItemId) -> Rank {
        (self.since - i64::from(self.priority) * PRIORITY_MS, id)
    }
}

impl Engine {
    pub(super) fn arrived(&mut self, arrival: Arrival) {
        self.take_in(arrival, None);
    }

    /// Whoever answered a caller is gone. The place was theirs all the time: no hours and no number of others are in the way.
    pub(super) fn waits_on(&mut self, arrival: Arrival, entered: i64) {
        self.take_in(arrival, Some(entered));
    }

    fn take_in(&mut self, arrival: Arrival, entered_before: Option<i64>) {
        let Arrival { item: id, queue, caller, display, contact, priority, since: handed_on } = arrival;
        let (now, unix) = (self.clock.now, self.clock.unix_ms);
        // One whose call still waits has given up nothing.
        let waits = self.callers.contains_key(&caller);
        let place = if handed_on.is_none() { self.come_back(&caller, &queue) } else { None };
        let returned = place.as_ref().filter(|place| !waits && place.left).map(|place| place.contact.clone());
        let mut past = None;
        let dialled = place.as_ref().map_or_else(|| queue.clone(), Place::dialled);
        let queue = match &place {
            Some(place) => place.queue(),
            None if entered_before.is_some() && self.lines.contains_key(&queue) => queue,
            None => match self.admit(unix, &queue) {
                Ok((taken, why)) => {
                    past = why.map(|why| (queue, why));
                    taken
                }
                Err(why) => return self.out.push_back(Output::Refuse { item: id, why }),
            },
        };
        if place.is_none() {
            // Taken in: a caller is in one place.
            let _ = self.replace(&caller);
            let given_up = self.places.take(now, &caller).filter(|place| !place.left);
            self.out.extend(given_up.map(Output::Lost));
        }
        let priority = place.as_ref().map_or(priority, |place| place.priority);
        let (since, entered, resumed) = match place {
            None => (handed_on.unwrap_or(unix), entered_before.unwrap_or(unix), None),
            Some(place) => {
                let entered = if place.entered > 0 { place.entered } else { place.since };
                (place.since, entered, (!place.left).then_some(place.contact))
            }
        };
        let item = Item {
            queue: queue.clone(),
            dialled,
            caller: caller.clone(),
            display,
            contact,
            since,
            priority,
            stand: Stand::Waiting,
            entered,
            step: 0,
            graded: 0,
            round: 0,
            stay: 0,
            left: Vec::new(),
            overdue: false,
            told: None,
        };
        self.out.push_back(Output::Keep(place_of(&item)));
        self.out.push_back(Output::Placed { item: id, queue: queue.clone(), since, resumed, returned, past });
        self.contacts.insert((queue.tenant.clone(), item.contact.clone()), id);
        self.items.insert(id, item);
        self.callers.insert(caller, id);
        self.enter(&queue, id);
    }

    /// Whether a queue, or one that it overflows to, would take a new caller at this time, UTC ms.
    ///
    /// # Errors
    /// None of them would, and what the caller hears.
    pub fn admits(&self, unix_ms: i64, queue: &Name) -> Result<(), Refusal> {
        self.admit(unix_ms, queue).map(|_| ())
    }

    /// A queue for a new caller: the one that was called, or where it overflows to and why.
    fn admit(&self, unix: i64, queue: &Name) -> Result<(Name, Option<Refusal>), Refusal> {
        let mut line = self.lines.get(queue).ok_or(Refusal::Unknown)?;
        let mut tried = vec![queue];
        let mut first = None;
        loop {
            let why = match (line.open(unix), line.full()) {
                (false, _) => Refusal::Closed,
                (true, true) => Refusal::Full,
                (true, false) => return Ok((line.settings.queue.clone(), first)),
            };
            // What the caller hears, and what is counted, is about the queue that was called.
            let why = *first.get_or_insert(why);
            let next = line.settings.overflow.as_ref().filter(|next| !tried.contains(next));
            let Some((next, next_line)) = next.and_then(|next| Some((next, self.lines.get(next)?))) else { return Err(why) };
            tried.push(next);
            line = next_line;
        }
    }

    /// The place that a caller has or had, where they call for it: whoever calls another queue wants that one.
    fn come_back(&mut self, caller: &Name, queue: &Name) -> Option<Place> {
        let waits = self.callers.get(caller).and_then(|id| self.items.get(id)).map(place_of);
        let place = waits.as_ref().or_else(|| self.places.of(caller))?;
        if !place.is_meant_by(queue) || !self.lines.contains_key(&place.queue()) {
            return None;
        }
        self.replace(caller).or_else(|| self.places.take(self.clock.now, caller))
    }

    /// The caller's call of before, if it still waits, gives way to the new one.
    fn replace(&mut self, caller: &Name) -> Option<Place> {
        let old = *self.callers.get(caller)?;
        let place = self.items.get(&old).map(|item| Place { left: true, ..place_of(item) });
        // Said first: the agent who was rung may be offered somebody else at once.
        self.out.push_back(Output::Refuse { item: old, why: Refusal::Replaced });
        self.remove(old);
        place
    }

    /// Puts a caller into a queue: to a free agent, or to wait.
    fn enter(&mut self, queue: &Name, id: ItemId) {
        let unix = self.clock.unix_ms;
        let (Some(line), Some(item)) = (self.lines.get_mut(queue), self.items.get_mut(&id)) else { return };
        item.queue = queue.clone();
        item.stand = Stand::Waiting;
        item.stay += 1;
        line.ages.insert((item.since, id));
        // In another queue the wait begins anew; a place that was kept goes on as old as it is.
        let waited = u64::try_from(unix - item.entered).unwrap_or(0);
        item.step = line.settings.demand.step_at(waited);
        line.wait(item.step, item.rank(id));
        if let Some(ms) = line.settings.max_wait_ms {
            let due = Due::MaxWait(id, item.stay);
            self.after(ms.saturating_sub(waited), due);
        }
        self.relax_later(id, waited);
        self.touch(queue);
        if !self.serve(id) {
            self.tell(id);
        }
        self.tell_soon(queue);
    }

    /// Offers a waiting caller to the first of the free agents who may be rung for them; says whether there was one. Nobody else waits for
    /// one of those: whoever becomes free is offered a caller at once.
    pub(super) fn serve(&mut self, id: ItemId) -> bool {
        let Some((queue, agent)) = self.first_for(id) else { return false };
        self.offer(&queue, id, agent);
        true
    }

    /// The first of the free agents who may be rung for a caller, and the caller's queue.
    fn first_for(&mut self, id: ItemId) -> Option<(Name, Name)> {
        let queue = self.items.get(&id)?.queue.clone();
        self.begin_day(&queue);
        let (line, item) = (self.lines.get(&queue)?, self.items.get(&id)?);
        let (_, agent) = line.free.find_to(item.step, |_| true).cloned()?;
        Some((queue, agent))
    }

    /// Offers callers, in their order, to whoever is free and may be rung for them by now.
    pub(super) fn serve_all(&mut self) {
        let ranks = |of: fn(&Line) -> &BTreeSet<Rank>| {
            let mut ranks: Vec<Rank> = self.lines.values().flat_map(of).copied().collect();
            ranks.sort_unstable();
            ranks
        };
        let (waiting, offered) = (ranks(|line| &line.waiting), ranks(|line| &line.offered));
        // Nobody rings along while somebody waits.
        for (_, id) in &waiting {
            if let Some((queue, agent)) = self.first_for(*id) {
                self.offer_first(&queue, *id, agent);
            }
        }
        let mut all: Vec<Rank> = waiting.into_iter().chain(offered).collect();
        all.sort_unstable();
        for (_, id) in all {
            if let Some(queue) = self.items.get(&id).map(|item| item.queue.clone()) {
                self.ring_others(&queue, id);
            }
        }
    }

    /// After midnight the calls of yesterday order nobody.
    fn begin_day(&mut self, queue: &Name) {
        let unix = self.clock.unix_ms;
        let Some(line) = self.lines.get_mut(queue).filter(|line| line.settings.strategy == Strategy::FewestCalls) else { return };
        let day = line.day(unix);
        if std::mem::replace(&mut line.today, day) != day {
            let free: Vec<Name> = line.free.iter().map(|(_, agent)| agent.clone()).collect();
            for agent in free {
                self.list(&agent);
            }
        }
    }

    pub(super) fn left(&mut self, id: ItemId) {
        let Some(item) = self.items.get(&id) else { return };
        let place = Place { left: true, ..place_of(item) };
        self.out.push_back(Output::Keep(place.clone()));
        self.remove(id);
        self.keep(place);
    }

    pub(super) fn served(&mut self, id: ItemId) {
        let Some(caller) = self.items.get(&id).map(|item| item.caller.clone()) else { return };
        self.out.push_back(Output::Forget(caller));
        self.remove(id);
    }

    pub(super) fn max_wait_over(&mut self, id: ItemId, stay: u32) {
        let Some(item) = self.items.get_mut(&id).filter(|item| item.stay == stay) else { return };
        match item.stand {
            Stand::Offered(_) => {
                item.overdue = true;
                self.close_ring(id);
            }
            Stand::Waiting => self.overflow(id),
        }
    }

    /// A caller cannot stay: on to the next queue that takes callers, or out.
    pub(super) fn overflow(&mut self, id: ItemId) {
        let unix = self.clock.unix_ms;
        let Some(item) = self.items.get_mut(&id) else { return };
        let (from, rank, step, since) = (item.queue.clone(), item.rank(id), item.step, item.since);
        item.left.push(from.clone());
        item.overdue = false;
        let mut next = self.lines.get(&from).and_then(|line| line.settings.overflow.clone());
        let to = loop {
            let Some(line) = next.as_ref().filter(|to| !item.left.contains(to)).and_then(|to| self.lines.get(to)) else { break None };
            let to = line.settings.queue.clone();
            if line.open(unix) && !line.full() {
                break Some(to);
            }
            item.left.push(to);
            next = line.settings.overflow.clone();
        };
        let Some(to) = to else { return self.refuse(id, Refusal::TimedOut) };
        if let Some(line) = self.lines.get_mut(&from) {
            line.leave(step, &rank);
            line.ages.remove(&(since, id));
        }
        (item.queue, item.entered) = (to.clone(), unix);
        let place = place_of(item);
        self.out.push_back(Output::Moved { item: id, from: from.clone(), to: to.clone(), why: Some(Refusal::TimedOut) });
        self.out.push_back(Output::Keep(place));
        self.touch(&from);
        self.tell_soon(&from);
        self.enter(&to, id);
    }

    pub(super) fn move_to(&mut self, id: ItemId, to: &Name) {
        let unix = self.clock.unix_ms;
        let Some(item) = self.items.get(&id).filter(|item| item.queue != *to) else { return };
        if !self.lines.contains_key(to) {
            return;
        }
        let (from, rank, step, since) = (item.queue.clone(), item.rank(id), item.step, item.since);
        let rung = self.take_back(id);
        if let Some(line) = self.lines.get_mut(&from) {
            line.leave(step, &rank);
            line.ages.remove(&(since, id));
        }
        let Some(item) = self.items.get_mut(&id) else { return };
        // Whoever moved them knows better than the way that they came: every queue is open to them again.
        item.left = vec![from.clone()];
        item.overdue = false;
        (item.queue, item.entered) = (to.clone(), unix);
        let place = place_of(item);
        self.out.push_back(Output::Moved { item: id, from: from.clone(), to: to.clone(), why: None });
        self.out.push_back(Output::Keep(place));
        self.touch(&from);
        self.tell_soon(&from);
        self.enter(to, id);
        for agent in rung {
            self.settle(&agent);
        }
    }

    pub(super) fn prioritise(&mut self, id: ItemId, priority: u8) {
        let Some(item) = self.items.get_mut(&id).filter(|item| item.priority != priority) else { return };
        let before = item.rank(id);
        item.priority = priority;
        let (after, step, queue, place) = (item.rank(id), item.step, item.queue.clone(), place_of(item));
        if let Some(line) = self.lines.get_mut(&queue) {
            if line.waiting.contains(&before) {
                line.leave(step, &before);
                line.wait(step, after);
            }
            if line.open.remove(step, &before) {
                line.open.insert(step, after);
            }
            if line.offered.remove(&before) {
                line.offered.insert(after);
            }
        }
        self.out.push_back(Output::Keep(place));
        self.touch(&queue);
        self.tell_soon(&queue);
    }

    pub(super) fn assign(&mut self, id: ItemId, agent: &Name) {
        let Some(queue) = self.items.get(&id).map(|item| item.queue.clone()) else { return };
        if !self.free(agent) {
            return;
        }
        let rung = self.take_back(id);
        self.offer_to_one(&queue, id, agent.clone());
        for before in rung {
            self.settle(&before);
        }
    }

    pub(super) fn refuse(&mut self, id: ItemId, why: Refusal) {
        if let Some(item) = self.items.get(&id) {
            let caller = item.caller.clone();
            self.out.push_back(Output::Refuse { item: id, why });
            self.out.push_back(Output::Forget(caller));
            self.remove(id);
        }
    }

    /// A queue is no longer configured: its callers go on to where it overflowed to, as old as they are, as if somebody in charge had moved
    /// them: hours and limits are for whoever comes. Where that is gone too, the way leads on from there. Without any they are refused.
    pub(super) fn close_line(&mut self, line: &Line, gone: &BTreeMap<Name, Line>) {
        let ways = std::iter::successors(line.settings.overflow.as_ref(), |to| gone.get(*to)?.settings.overflow.as_ref());
        // Whoever overflows in a circle comes to an end.
        let to = ways.take(gone.len()).find(|to| self.lines.contains_key(*to));
        let ids: Vec<ItemId> = line.waiting.iter().chain(&line.offered).map(|(_, id)| *id).collect();
        for id in ids {
            match to {
                Some(to) => self.move_to(id, to),
                None => self.refuse(id, Refusal::Unknown),
            }
        }
    }

    /// Takes a caller out of everything.
    pub(super) fn remove(&mut self, id: ItemId) {
        let Some(item) = self.items.remove(&id) else { return };
        self.callers.remove(&item.caller);
        self.contacts.remove(&(item.queue.tenant.clone(), item.contact.clone()));
        if let Some(line) = self.lines.get_mut(&item.queue) {
            let rank = item.rank(id);
            line.leave(item.step, &rank);
            line.ages.remove(&(item.since, id));
            line.end_offer(item.step, &rank);
        }
        for agent in self.fall_silent(item.stand) {
            self.settle(&agent);
        }
        self.touch(&item.queue);
        self.tell_soon(&item.queue);
    }

    /// Tells one caller where they stand.
    pub(super) fn tell(&mut self, id: ItemId) {
        let now = self.clock.now;
        let Some(item) = self.items.get(&id) else { return };
        let Some(line) = self.lines.get(&item.queue) else { return };
        let waits = line.position(&item.rank(id));
        let estimate_s = line.estimate_s(waits);
        let position = waits.saturating_add(line.offered_before(&item.rank(id)));
        if let Some(item) = self.items.get_mut(&id) {
            item.told = Some((position, now));
            self.out.push_back(Output::Tell { item: id, position, estimate_s });
        }
    }

    /// A walk along the callers follows soon.
    pub(super) fn tell_soon(&mut self, queue: &Name) {
        if let Some(line) = self.lines.get_mut(queue)
            && !line.telling
            && !line.waiting.is_empty()
        {
            line.telling = true;
            self.after(TELL_EVERY_MS, Due::Tell(queue.clone()));
        }
    }

    /// Tells the callers of a queue whose position changed, and those who have heard nothing for a minute: up to `limit` of them, from where
    /// the walk has come to. Returns how many were looked at.
    pub(super) fn tell_some(&mut self, queue: &Name, limit: usize) -> usize {
        let now = self.clock.now;
        let Some(line) = self.lines.get_mut(queue) else { return 0 };
        let (from, mut waits, mut served) = match (line.walked.take(), line.waiting.first()) {
            (Some((rank, waits, served)), _) => (Bound::Excluded(rank), waits, served),
            (None, Some(first)) => (Bound::Included(*first), 0, line.offered_before(first)),
            (None, None) => (Bound::Unbounded, 0, 0),
        };
        let mut between = line.offered.range((from, Bound::Unbounded)).peekable();
        let mut last = None;
        let mut looked = 0;
        let mut tell = Vec::new();
        for rank in line.waiting.range((from, Bound::Unbounded)).take(limit) {
            while between.next_if(|other| *other < rank).is_some() {
                served = served.saturating_add(1);
            }
            waits = waits.saturating_add(1);
            looked += 1;
            last = Some((*rank, waits, served));
            let position = waits.saturating_add(served);
            let (_, id) = rank;
            let due = match self.items.get(id).and_then(|item| item.told) {
                Some((told, at)) => (position <= TELL_FIRST && told != position) || now.since(at) >= TELL_ALWAYS_MS,
                None => true,
            };
            if due {
                tell.push((*id, position, line.estimate_s(waits)));
            }
        }
        let more = looked == limit;
        if more {
            line.walked = last;
        } else {
            line.telling = false;
        }
        for (id, position, estimate_s) in tell {
            if let Some(item) = self.items.get_mut(&id) {
                item.told = Some((position, now));
                self.out.push_back(Output::Tell { item: id, position, estimate_s });
            }
        }
        if more {
            self.after(0, Due::Tell(queue.clone()));
        } else {
            self.tell_soon(queue);
        }
        looked
    }
}

fn place_of(item: &Item) -> Place {
    Place {
        tenant: item.caller.tenant.to_string(),
        caller: item.caller.name.to_string(),
        display: item.display.clone(),
        queue: item.queue.name.to_string(),
        dialled: item.dialled.name.to_string(),
        since: item.since,
        contact: item.contact.clone(),
        entered: item.entered,
        priority: item.priority,
        left: false,
    }
}
