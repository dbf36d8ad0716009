//! Offers: who is rung for a caller, one agent or all at once, and how that ends.

use super::engine::{Due, Engine};
use super::io::{ItemId, Name, OfferEnd, Output, Strategy, Withdrawn};
use super::waiting::Stand;

/// Who is rung for a caller.
#[derive(Debug, Default)]
pub(super) struct Ringing {
    /// Somebody, or the caller waits again.
    pub rung: Vec<Rung>,
    /// Who was rung before during this offer. They are rung again when nobody is left.
    past: Vec<Name>,
    /// Others may be rung too.
    all: bool,
}

/// An agent who is rung.
#[derive(Debug)]
pub(super) struct Rung {
    pub agent: Name,
    /// Which of the caller's offers it is.
    round: u32,
}

impl Engine {
    /// Offers a waiting caller to a free agent; where the queue rings all, to every other free agent too.
    pub(super) fn offer(&mut self, queue: &Name, id: ItemId, agent: Name) {
        self.offer_first(queue, id, agent);
        self.ring_others(queue, id);
    }

    /// The same, and others are rung later.
    pub(super) fn offer_first(&mut self, queue: &Name, id: ItemId, agent: Name) {
        let all = self.lines.get(queue).is_some_and(|line| line.at_once() > 1);
        self.begin_offer(queue, id, all);
        self.ring(queue, id, agent);
    }

    /// Offers a waiting caller to this free agent and nobody else.
    pub(super) fn offer_to_one(&mut self, queue: &Name, id: ItemId, agent: Name) {
        self.begin_offer(queue, id, false);
        self.ring(queue, id, agent);
    }

    fn begin_offer(&mut self, queue: &Name, id: ItemId, all: bool) {
        let (Some(line), Some(item)) = (self.lines.get_mut(queue), self.items.get_mut(&id)) else { return };
        line.begin_offer(item.step, item.rank(id));
        item.stand = Stand::Offered(Ringing { all, ..Ringing::default() });
        self.tell_soon(queue);
    }

    /// Rings a free agent for a caller who is being offered.
    pub(super) fn ring(&mut self, queue: &Name, id: ItemId, name: Name) {
        let (Some(line), Some(item)) = (self.lines.get_mut(queue), self.items.get_mut(&id)) else { return };
        let rank = item.rank(id);
        let Stand::Offered(ringing) = &mut item.stand else { return };
        item.round += 1;
        let round = item.round;
        ringing.rung.push(Rung { agent: name.clone(), round });
        match ringing.all && !item.overdue && ringing.rung.len() < line.at_once() {
            true => line.open.insert(item.step, rank),
            false => drop(line.open.remove(item.step, &rank)),
        }
        let ring_ms = line.settings.ring_ms;
        let in_turn = line.settings.strategy == Strategy::RoundRobin;
        self.last_turn = self.clock.unix_ms.max(self.last_turn + 1);
        if let Some(agent) = self.agents.get_mut(&name) {
            agent.offered = Some(id);
            agent.turns.entry(queue.clone()).or_default().last = self.last_turn;
        }
        self.after(ring_ms, Due::Ring(id, round));
        if in_turn {
            // However this ring ends, the turn is taken.
            self.out.push_back(Output::SaveAgent(name.clone()));
        }
        self.out.push_back(Output::Offer { item: id, agent: name.clone(), queue: queue.clone() });
        self.touch(queue);
        self.settle(&name);
    }

    /// Rings further free agents, as many as may be rung at once.
    pub(super) fn ring_others(&mut self, queue: &Name, id: ItemId) {
        while let Some(agent) = self.another(queue, id) {
            self.ring(queue, id, agent);
        }
    }

    fn another(&self, queue: &Name, id: ItemId) -> Option<Name> {
        let (line, item) = (self.lines.get(queue)?, self.items.get(&id)?);
        let Stand::Offered(ringing) = &item.stand else { return None };
        if !line.open.contains(item.step, &item.rank(id)) {
            return None;
        }
        let next = line.free.find_to(item.step, |(_, agent)| !ringing.past.contains(agent));
        next.map(|(_, agent)| agent.clone())
    }

    /// The caller for whom others are being rung and a free agent is to be rung too: the first one who was not offered to them just now.
    pub(super) fn ring_to_join(&self, name: &Name) -> Option<(Name, ItemId)> {
        let fresh = |id: &ItemId| match self.items.get(id).map(|item| &item.stand) {
            Some(Stand::Offered(ringing)) => !ringing.past.contains(name),
            Some(Stand::Waiting) | None => false,
        };
        let agent = self.agents.get(name)?;
        let first = agent.serves().filter_map(|(queue, step, _)| {
            let rank = self.lines.get(queue)?.open.find_from(step, |(_, id)| fresh(id))?;
            Some((*rank, queue))
        });
        first.min().map(|((_, item), queue)| (queue.clone(), item))
    }

    /// Nobody else is rung for this caller.
    pub(super) fn close_ring(&mut self, id: ItemId) {
        let Some(item) = self.items.get(&id) else { return };
        if let Some(line) = self.lines.get_mut(&item.queue) {
            line.open.remove(item.step, &item.rank(id));
        }
    }

    /// An offered agent answered: the caller is theirs.
    pub(super) fn answered(&mut self, id: ItemId, name: &Name) {
        let unix = self.clock.unix_ms;
        if self.rung(id, |rung| rung.agent == *name).is_none() {
            return;
        }
        let Some(item) = self.items.get(&id) else { return };
        let (contact, queue, caller) = (item.contact.clone(), item.queue.clone(), item.caller.clone());
        let day = self.lines.get(&queue).map_or(0, |line| line.day(unix));
        if let Some(agent) = self.agents.get_mut(name) {
            agent.missed = 0;
            let turn = agent.turns.entry(queue.clone()).or_default();
            (turn.calls, turn.day) = if turn.day == day { (turn.calls + 1, day) } else { (1, day) };
        }
        self.out.push_back(Output::SaveAgent(name.clone()));
        self.talking(name, contact, queue, unix);
        self.remove(id);
        self.out.push_back(Output::Forget(caller));
    }

    /// The agent who is rung for a caller, of whom this is true.
    fn rung(&self, id: ItemId, which: impl Fn(&Rung) -> bool) -> Option<Name> {
        match &self.items.get(&id)?.stand {
            Stand::Offered(ringing) => ringing.rung.iter().find(|rung| which(rung)).map(|rung| rung.agent.clone()),
            Stand::Waiting => None,
        }
    }

    pub(super) fn offer_over(&mut self, id: ItemId, name: &Name, cause: OfferEnd) {
        if self.rung(id, |rung| rung.agent == *name).is_none() {
            return;
        }
        // A phone that cannot be reached is no fault of the agent's.
        let limit = match cause {
            OfferEnd::Declined => Some(self.missed_limit(id)),
            OfferEnd::Unreachable => None,
        };
        self.missed(name, limit);
        self.not_rung(id, name);
        self.settle(name);
    }

    /// The time of an offer is over.
    pub(super) fn ring_over(&mut self, id: ItemId, round: u32) {
        let Some(agent) = self.rung(id, |rung| rung.round == round) else { return };
        self.out.push_back(Output::Withdraw { item: id, agent: agent.clone(), why: Withdrawn::NoAnswer });
        let limit = self.missed_limit(id);
        self.missed(&agent, Some(limit));
        self.not_rung(id, &agent);
        self.settle(&agent);
    }

    fn missed_limit(&self, id: ItemId) -> u32 {
        let line = self.items.get(&id).and_then(|item| self.lines.get(&item.queue));
        line.map_or(0, |line| line.settings.pause_after_missed)
    }

    /// An agent is rung for a caller no longer. With the last one the caller waits again, at the same place.
    pub(super) fn not_rung(&mut self, id: ItemId, name: &Name) {
        if let Some(agent) = self.agents.get_mut(name) {
            agent.offered = None;
        }
        let Some(item) = self.items.get_mut(&id) else { return };
        let (queue, rank, step, overdue) = (item.queue.clone(), item.rank(id), item.step, item.overdue);
        let Stand::Offered(ringing) = &mut item.stand else { return };
        ringing.rung.retain(|rung| rung.agent != *name);
        ringing.past.push(name.clone());
        let (last, all) = (ringing.rung.is_empty(), ringing.all && !overdue);
        if last {
            item.stand = Stand::Waiting;
        }
        self.touch(&queue);
        if !last {
            if let Some(line) = self.lines.get_mut(&queue).filter(|_| all) {
                line.open.insert(step, rank);
            }
            return self.ring_others(&queue, id);
        }
        let Some(line) = self.lines.get_mut(&queue) else { return };
        line.end_offer(step, &rank);
        line.wait(step, rank);
        if overdue {
            self.overflow(id);
        } else if !self.serve(id) {
            self.tell(id);
        }
    }

    /// Nobody is rung for a caller any more: they wait at the same place and are offered to nobody yet. Returns who was rung; they are to
    /// be settled afterwards.
    pub(super) fn take_back(&mut self, id: ItemId) -> Vec<Name> {
        let Some(item) = self.items.get_mut(&id) else { return Vec::new() };
        let (queue, rank, step) = (item.queue.clone(), item.rank(id), item.step);
        let stand = std::mem::replace(&mut item.stand, Stand::Waiting);
        let rung = self.fall_silent(stand);
        for agent in &rung {
            self.out.push_back(Output::Withdraw { item: id, agent: agent.clone(), why: Withdrawn::Steered });
        }
        if let Some(line) = self.lines.get_mut(&queue) {
            line.end_offer(step, &rank);
            line.wait(step, rank);
        }
        rung
    }

    /// Nobody rings for this stand any more. Returns who did.
    pub(super) fn fall_silent(&mut self, stand: Stand) -> Vec<Name> {
        let Stand::Offered(ringing) = stand else { return Vec::new() };
        let rung: Vec<Name> = ringing.rung.into_iter().map(|rung| rung.agent).collect();
        for name in &rung {
            if let Some(agent) = self.agents.get_mut(name) {
                agent.offered = None;
            }
        }
        rung
    }
}
