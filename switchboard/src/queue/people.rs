//! Agents: what they do and want, who is free, and who gets the next caller.

use super::agent::{Agent, Mode, SavedAgent, State, Talk, WrapUp};
use super::engine::{Due, Engine};
use super::io::{ItemId, Name, Output, Withdrawn};
use super::line::WHOLE;
use wire::PhoneFault;

/// Pause between two rings of an agent who did not answer the first one.
const REST_MS: u64 = 5_000;
/// Whoever is back so soon after a restart was never away.
pub(super) const BACK_MS: u64 = 60_000;
/// Reason of a pause that follows missed rings.
pub const MISSED: &str = "missed";

impl Engine {
    pub(super) fn phones(&mut self, name: &Name, registered: bool, ringing: u32, busy: u32) {
        self.change(name, |agent| (agent.registered, agent.ringing, agent.busy) = (registered, ringing, busy));
        self.settle(name);
    }

    /// Something is learned of an agent's phones or pages. Whoever was in a call of their own, or was away, has not been idle meanwhile.
    fn change(&mut self, name: &Name, change: impl FnOnce(&mut Agent)) {
        let unix = self.clock.unix_ms;
        let Some(agent) = self.agents.get_mut(name) else { return };
        let (there, busy) = (agent.there(), agent.busy > 0);
        change(agent);
        let back = !there && agent.there() && !std::mem::take(&mut agent.expected);
        if back || (busy && agent.busy == 0) {
            agent.idle_since = unix;
            self.out.push_back(Output::SaveState(name.clone()));
        } else if there != agent.there() {
            self.out.push_back(Output::SaveState(name.clone()));
        }
    }

    pub(super) fn answers(&mut self, name: &Name, answers: bool) {
        self.change(name, |agent| agent.answers = answers);
        if !answers {
            // A desk that does not answer a heartbeat answers no ring: the caller goes to somebody else at once.
            self.stop_ring(name, Withdrawn::Silent);
        }
        self.settle(name);
    }

    pub(super) fn fitness(&mut self, name: &Name, fault: Option<PhoneFault>) {
        self.change(name, |agent| agent.fault = fault);
        if fault.is_some() {
            // Nobody hears the ring, or whoever answers is not heard.
            self.stop_ring(name, Withdrawn::Unfit);
        }
        self.settle(name);
    }

    fn stop_ring(&mut self, name: &Name, why: Withdrawn) {
        if let Some(item) = self.agents.get(name).and_then(|agent| agent.offered) {
            self.out.push_back(Output::Withdraw { item, agent: name.clone(), why });
            self.not_rung(item, name);
        }
    }

    pub(super) fn set_mode(&mut self, name: &Name, mode: Mode, by: Option<String>) {
        let unix = self.clock.unix_ms;
        let Some(agent) = self.agents.get_mut(name) else { return };
        if agent.mode != mode {
            agent.set_by = by;
            if mode == Mode::Ready {
                agent.idle_since = agent.idle_since.max(unix);
                (agent.missed, agent.rest_until, agent.expected) = (0, None, false);
            }
            agent.mode = mode;
            agent.before = None;
            self.out.push_back(Output::SaveAgent(name.clone()));
            self.touch_queues(name);
        }
        self.settle(name);
    }

    pub(super) fn set_member(&mut self, name: &Name, queue: &Name, on: bool) {
        let Some(agent) = self.agents.get_mut(name) else { return };
        if !agent.queues.contains(queue) || on != agent.away.contains(queue) {
            return;
        }
        // Off the lists first: afterwards they are put on those of the queues that remain.
        self.unlist(name);
        let Some(agent) = self.agents.get_mut(name) else { return };
        if on {
            agent.away.remove(queue)
        } else {
            agent.away.insert(queue.clone())
        };
        self.out.push_back(Output::SaveAgent(name.clone()));
        self.out.push_back(Output::Agent(name.clone()));
        self.touch(queue);
        self.settle(name);
    }

    /// Takes an agent off the lists of free agents.
    fn unlist(&mut self, name: &Name) {
        let Some(agent) = self.agents.get_mut(name) else { return };
        for (queue, step, standing) in std::mem::take(&mut agent.listed) {
            if let Some(line) = self.lines.get_mut(&queue) {
                line.free.remove(step, &(standing, name.clone()));
            }
        }
    }

    pub(super) fn end_wrap_up(&mut self, name: &Name, contact: &str) {
        let unix = self.clock.unix_ms;
        let Some(agent) = self.agents.get_mut(name) else { return };
        let Some(done) = agent.wrap_up.take_if(|wrap_up| wrap_up.contact == contact) else { return };
        agent.idle_since = unix;
        let queue = Name { tenant: name.tenant.clone(), name: done.queue.into() };
        let ms = (unix - done.since).max(0);
        self.learn(name, &queue, done.talk_ms + ms);
        self.out.push_back(Output::WrappedUp { agent: name.clone(), contact: done.contact, queue, ms });
        self.out.push_back(Output::SaveAgent(name.clone()));
        self.settle(name);
    }

    /// The limit of a wrap-up, as it was when it had been made longer so often.
    pub(super) fn wrap_up_over(&mut self, name: &Name, contact: &str, extended: u32) {
        let wrap_up = self.agents.get(name).and_then(|agent| agent.wrap_up.as_ref());
        if wrap_up.is_some_and(|wrap_up| wrap_up.extended == extended) {
            self.end_wrap_up(name, contact);
        }
    }

    pub(super) fn extend_wrap_up(&mut self, name: &Name, contact: &str) {
        let unix = self.clock.unix_ms;
        let Some(agent) = self.agents.get_mut(name) else { return };
        let Some(wrap_up) = agent.wrap_up.as_mut().filter(|wrap_up| wrap_up.contact == contact && wrap_up.extensions_left > 0) else {
            return;
        };
        let Some(line) = self.lines.get(&Name { tenant: name.tenant.clone(), name: wrap_up.queue.as_str().into() }) else { return };
        wrap_up.until = wrap_up.until.saturating_add_unsigned(line.settings.wrap_up_extend_ms);
        (wrap_up.extended, wrap_up.extensions_left) = (wrap_up.extended + 1, wrap_up.extensions_left - 1);
        let left = u64::try_from(wrap_up.until - unix).unwrap_or(0);
        let due = Due::WrapUp(name.clone(), contact.to_owned(), wrap_up.extended);
        self.after(left, due);
        self.out.push_back(Output::SaveAgent(name.clone()));
        self.settle(name);
    }

    pub(super) fn talking(&mut self, name: &Name, contact: String, queue: Name, since: i64) {
        if let Some(agent) = self.agents.get_mut(name) {
            agent.talks.insert(contact, Talk { queue, since });
            self.settle(name);
        }
    }

    pub(super) fn carried(&mut self, name: &Name, contact: &str, to: String) {
        let Some(agent) = self.agents.get_mut(name) else { return };
        let Some(talk) = agent.talks.remove(contact) else { return };
        agent.talks.insert(to, talk);
        self.settle(name);
    }

    pub(super) fn ended(&mut self, name: &Name, contact: &str) {
        let unix = self.clock.unix_ms;
        let Some(agent) = self.agents.get_mut(name) else { return };
        let Some(talk) = agent.talks.remove(contact) else { return };
        agent.idle_since = unix;
        let talk_ms = (unix - talk.since).max(0);
        match self.lines.get(&talk.queue).map(|line| (line.settings.wrap_up_ms, line.settings.wrap_up_extensions())) {
            Some((ms, extensions_left)) if ms > 0 => {
                let until = unix.saturating_add_unsigned(ms);
                let queue = talk.queue.name.to_string();
                let contact = contact.to_owned();
                agent.wrap_up = Some(WrapUp { contact: contact.clone(), queue, since: unix, until, talk_ms, extended: 0, extensions_left });
                self.after(ms, Due::WrapUp(name.clone(), contact, 0));
            }
            Some(_) => self.learn(name, &talk.queue, talk_ms),
            None => {}
        }
        self.out.push_back(Output::SaveAgent(name.clone()));
        self.settle(name);
    }

    /// An agent is free again after a call of this queue.
    fn learn(&mut self, name: &Name, queue: &Name, handling_ms: i64) {
        let unix = self.clock.unix_ms;
        let Some(line) = self.lines.get_mut(queue) else { return };
        let learned = line.learn(unix, handling_ms);
        if let Some(agent) = self.agents.get_mut(name) {
            agent.turns.entry(queue.clone()).or_default().learned = Some(learned);
        }
    }

    pub(super) fn restore_agent(&mut self, name: &Name, saved: SavedAgent) {
        let unix = self.clock.unix_ms;
        let Some(agent) = self.agents.get_mut(name) else { return };
        (agent.mode, agent.idle_since, agent.set_by) = (saved.mode, saved.idle_since, saved.set_by);
        (agent.missed, agent.before, agent.expected) = (saved.missed, saved.seen, saved.there);
        if let Some(gone) = agent.before.take_if(|seen| seen.state == State::Offline) {
            // Nobody is there yet, and they were not before.
            agent.shown.since = gone.since;
            self.out.push_back(Output::Agent(name.clone()));
        }
        let away = saved.away.iter().map(|queue| Name::new(&name.tenant, queue)).filter(|queue| agent.queues.contains(queue));
        agent.away = away.collect();
        if agent.away.len() < saved.away.len() {
            self.out.push_back(Output::SaveAgent(name.clone()));
        }
        agent.turns = saved.turns.into_iter().map(|(queue, turn)| (Name::new(&name.tenant, &queue), turn)).collect();
        for (queue, turn) in &agent.turns {
            if let (Some(line), Some(learned)) = (self.lines.get_mut(queue), turn.learned) {
                line.recall(learned);
            }
        }
        self.last_turn = agent.turns.values().map(|turn| turn.last).fold(self.last_turn, i64::max);
        if let Some(wrap_up) = saved.wrap_up {
            let left = u64::try_from(wrap_up.until - unix).unwrap_or(0);
            self.after(left, Due::WrapUp(name.clone(), wrap_up.contact.clone(), wrap_up.extended));
            if let Some(agent) = self.agents.get_mut(name) {
                agent.wrap_up = Some(wrap_up);
            }
        }
        self.settle(name);
    }

    /// Whoever was not back soon after a restart was away.
    pub(super) fn settled(&mut self) {
        for (name, agent) in &mut self.agents {
            let late = std::mem::take(&mut agent.expected);
            if agent.before.take().is_some() || late {
                self.out.push_back(Output::SaveState(name.clone()));
            }
        }
    }

    /// A ring was not answered: the agent rests a moment, and is paused where that happens too often. Without a `limit` it was no fault
    /// of theirs; a limit of 0 is never reached.
    pub(super) fn missed(&mut self, name: &Name, limit: Option<u32>) {
        let (unix, until) = (self.clock.unix_ms, self.clock.now.plus(REST_MS));
        let Some(agent) = self.agents.get_mut(name) else { return };
        agent.offered = None;
        agent.idle_since = unix;
        agent.rest_until = Some(until);
        if let Some(limit) = limit {
            agent.missed += 1;
            if limit > 0 && agent.missed >= limit && agent.mode == Mode::Ready {
                agent.mode = Mode::Paused { reason: Some(MISSED.to_owned()) };
                agent.set_by = None;
            }
        }
        self.out.push_back(Output::SaveAgent(name.clone()));
        self.after(REST_MS, Due::Rest(name.clone()));
        // Whoever is paused by this shares no callers any more: the one who waits again is told so.
        self.list(name);
        self.touch_queues(name);
    }

    /// Puts an agent where they belong: on or off the lists of free agents; tells a changed status; a free agent gets the next caller.
    /// Whoever was taken out of their last queue is forgotten with the last thing that they had to finish.
    pub(super) fn settle(&mut self, name: &Name) {
        let (now, unix) = (self.clock.now, self.clock.unix_ms);
        if self.agents.get(name).is_some_and(|agent| !agent.is_agent()) {
            return self.forget(name);
        }
        let free = self.list(name);
        if free {
            if let Some((queue, item)) = self.next_for(name) {
                self.offer(&queue, item, name.clone());
            } else if let Some((queue, item)) = self.ring_to_join(name) {
                self.ring(&queue, item, name.clone());
            }
        }
        let Some(agent) = self.agents.get_mut(name) else { return };
        let status = agent.status(now, unix);
        if status != agent.shown {
            let works = |status: &super::agent::Status| status.mode == Mode::Ready && status.unready.is_none();
            let moved = works(&status) != works(&agent.shown) || status.state != agent.shown.state;
            if agent.show(status) {
                self.out.push_back(Output::SaveState(name.clone()));
            }
            self.out.push_back(Output::Agent(name.clone()));
            if moved {
                self.touch_queues(name);
            }
        }
    }

    /// Somebody is an agent no longer.
    pub(super) fn forget(&mut self, name: &Name) {
        self.agents.remove(name);
        self.out.push_back(Output::Agent(name.clone()));
    }

    /// Counts an agent among those who work, in each queue whose calls they take: a caller's estimate looks at no list of members.
    fn count(&mut self, name: &Name) {
        let Some(agent) = self.agents.get_mut(name) else { return };
        let works = agent.works();
        let serves = || agent.serves().filter(|_| works).map(|(queue, step, _)| (queue, step));
        if agent.counted.iter().map(|(queue, step)| (queue, *step)).eq(serves()) {
            return;
        }
        let counted: Vec<(Name, usize)> = serves().map(|(queue, step)| (queue.clone(), step)).collect();
        // Divided by how many there are: whoever serves two queues is half an agent in each.
        let part = |queues: &[(Name, usize)]| WHOLE / (queues.len() as u64).max(1);
        let (before, now) = (part(&agent.counted), part(&counted));
        for (queue, step) in std::mem::replace(&mut agent.counted, counted.clone()) {
            let Some(line) = self.lines.get_mut(&queue) else { continue };
            line.share = line.share.saturating_sub(before);
            if let Some(able) = line.able.get_mut(step) {
                *able = able.saturating_sub(1);
            }
        }
        for (queue, step) in counted {
            let Some(line) = self.lines.get_mut(&queue) else { continue };
            line.share += now;
            if let Some(able) = line.able.get_mut(step) {
                *able += 1;
            }
        }
    }

    /// Puts an agent on the lists of free agents where they stand now, or takes them off. Says whether they are free.
    pub(super) fn list(&mut self, name: &Name) -> bool {
        self.count(name);
        let (now, unix) = (self.clock.now, self.clock.unix_ms);
        let Some(agent) = self.agents.get_mut(name) else { return false };
        let free = agent.free(now);
        let mut listed = Vec::new();
        for (queue, step, penalty) in agent.serves().filter(|_| free) {
            if let Some(line) = self.lines.get(queue) {
                listed.push((queue.clone(), step, agent.standing(queue, penalty, line.settings.strategy, line.day(unix))));
            }
        }
        if agent.listed != listed {
            for (queue, step, standing) in std::mem::replace(&mut agent.listed, listed.clone()) {
                if let Some(line) = self.lines.get_mut(&queue) {
                    line.free.remove(step, &(standing, name.clone()));
                }
            }
            for (queue, step, standing) in listed {
                if let Some(line) = self.lines.get_mut(&queue) {
                    line.free.insert(step, (standing, name.clone()));
                }
            }
            self.touch_queues(name);
        }
        free
    }

    /// The caller who has waited longest in any of an agent's queues, of those for whom they may be rung.
    fn next_for(&self, name: &Name) -> Option<(Name, ItemId)> {
        let agent = self.agents.get(name)?;
        let heads = agent.serves().filter_map(|(queue, step, _)| Some((*self.lines.get(queue)?.ripe.first_from(step)?, queue)));
        heads.min().map(|((_, item), queue)| (queue.clone(), item))
    }

    pub(super) fn touch_queues(&mut self, name: &Name) {
        let queues = self.agents.get(name).map(|agent: &Agent| agent.queues.clone()).unwrap_or_default();
        for queue in &queues {
            self.touch(queue);
        }
    }
}
