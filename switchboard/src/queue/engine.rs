//! The engine itself: its state, its deadlines, and which input goes where.

use super::agent::{Agent, Fit, SavedAgent, Status};
use super::io::{Input, ItemId, Name, Output, QueueSettings};
use super::line::{LISTED, Line, QueueView};
use super::listed::Listed;
use super::people::BACK_MS;
use super::places::{Place, Places};
use super::relaxing::RELAX_WALK;
use super::stepped::Stepped;
use super::waiting::{Item, TELL_WALK};
use crate::clock::Clock;
use sip_ws::io::Millis;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// What a deadline is for. Entries are never removed: each looks whether it still matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// An offer to one agent was not answered in time.
    Ring(ItemId, u32),
    /// What a queue asks relaxes for a caller.
    Relax(ItemId, u32),
    /// A caller has waited as long as one may.
    MaxWait(ItemId, u32),
    /// A wrap-up has lasted as long as one may, unless it was made longer since.
    WrapUp(Name, String, u32),
    /// An agent who missed a ring has rested.
    Rest(Name),
    /// Callers of a queue are told where they stand.
    Tell(Name),
    /// A kept place ends.
    Place(Name),
    /// Whoever was there before a restart is back.
    Back,
    /// The next minute of the wall clock, at which a queue may open or close.
    Hours,
}

/// The queues. See the module documentation.
#[derive(Debug)]
pub struct Engine {
    pub(super) lines: BTreeMap<Name, Line>,
    pub(super) agents: BTreeMap<Name, Agent>,
    pub(super) items: BTreeMap<ItemId, Item>,
    /// The item of each caller.
    pub(super) callers: BTreeMap<Name, ItemId>,
    /// The item of each call: tenant and session identifier.
    pub(super) contacts: BTreeMap<(Arc<str>, String), ItemId>,
    pub(super) places: Places,
    pub(super) out: VecDeque<Output>,
    pub(super) clock: Clock,
    /// Of all turns, the last one.
    pub(super) last_turn: i64,
    /// The next minute is waited for.
    pub(super) minutes: bool,
    due: BTreeSet<(Millis, Due)>,
    touched: BTreeSet<Name>,
}

impl Engine {
    /// An engine without queues.
    pub fn new(clock: Clock) -> Self {
        Engine {
            lines: BTreeMap::new(),
            agents: BTreeMap::new(),
            items: BTreeMap::new(),
            callers: BTreeMap::new(),
            contacts: BTreeMap::new(),
            places: Places::default(),
            out: VecDeque::new(),
            clock,
            last_turn: 0,
            minutes: false,
            due: BTreeSet::new(),
            touched: BTreeSet::new(),
        }
    }

    /// Takes what the store kept of before a restart, after the first `Configure`.
    pub fn restore(&mut self, clock: Clock, agents: Vec<(Name, SavedAgent)>, places: Vec<Place>) {
        self.clock = clock;
        for (name, saved) in agents {
            self.restore_agent(&name, saved);
        }
        self.after(BACK_MS, Due::Back);
        for place in places {
            self.keep(place);
        }
        self.finish_input();
    }

    /// Takes one input. Drain [`Engine::poll`] afterwards.
    pub fn input(&mut self, clock: Clock, input: Input) {
        self.clock = clock;
        match input {
            Input::Configure(settings) => self.configure(settings),
            Input::Phones { agent, registered, ringing, busy } => self.phones(&agent, registered, ringing, busy),
            Input::Answers { agent, answers } => self.answers(&agent, answers),
            Input::Fitness { agent, fault } => self.fitness(&agent, fault),
            Input::SetMode { agent, mode, by } => self.set_mode(&agent, mode, by),
            Input::SetMember { agent, queue, on } => self.set_member(&agent, &queue, on),
            Input::Move { item, to } => self.move_to(item, &to),
            Input::Prioritise { item, priority } => self.prioritise(item, priority),
            Input::Assign { item, agent } => self.assign(item, &agent),
            Input::EndWrapUp { agent, contact } => self.end_wrap_up(&agent, &contact),
            Input::ExtendWrapUp { agent, contact } => self.extend_wrap_up(&agent, &contact),
            Input::Arrived(arrival) => self.arrived(arrival),
            Input::WaitsOn { arrival, entered } => self.waits_on(arrival, entered),
            Input::Left { item } => self.left(item),
            Input::Served { item } => self.served(item),
            Input::OfferOver { item, agent, cause } => self.offer_over(item, &agent, cause),
            Input::Answered { item, agent } => self.answered(item, &agent),
            Input::Talking { agent, contact, queue, since } => self.talking(&agent, contact, queue, since),
            Input::Carried { agent, contact, to } => self.carried(&agent, &contact, to),
            Input::Ended { agent, contact } => self.ended(&agent, &contact),
            Input::Timer => {}
        }
        // What is left over keeps its deadline, which has passed: the next `Timer` is wanted at once.
        let mut walk = TELL_WALK;
        while let Some((at, due)) = self.due.first().cloned() {
            if at > self.clock.now || walk == 0 {
                break;
            }
            self.due.pop_first();
            self.on_due(due, &mut walk);
        }
        self.finish_input();
    }

    /// The next thing to do, if any.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When [`Input::Timer`] is wanted.
    pub fn deadline(&self) -> Option<Millis> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The status of an agent; `None` for somebody who is in no queue.
    pub fn status(&self, agent: &Name) -> Option<&Status> {
        self.agents.get(agent).map(|agent| &agent.shown)
    }

    /// What the store should keep of an agent.
    pub fn saved(&self, agent: &Name) -> Option<SavedAgent> {
        self.agents.get(agent).map(Agent::saved)
    }

    /// The queues of an agent.
    pub fn queues_of(&self, agent: &Name) -> &[Name] {
        self.agents.get(agent).map_or(&[], |agent| &agent.queues)
    }

    /// The queues of an agent, and whether they take its calls.
    pub fn memberships(&self, agent: &Name) -> Vec<(Name, bool)> {
        let queues = self.agents.get(agent).into_iter().flat_map(|agent| agent.queues.iter().map(|q| (q.clone(), !agent.away.contains(q))));
        queues.collect()
    }

    /// The waiting caller of a call, and the queue that they wait in.
    pub fn waiting(&self, tenant: &str, contact: &str) -> Option<(ItemId, Name)> {
        let id = *self.contacts.get(&(tenant.into(), contact.to_owned()))?;
        Some((id, self.items.get(&id)?.queue.clone()))
    }

    /// The priority of a caller who waits or is being offered.
    pub fn priority(&self, item: ItemId) -> Option<u8> {
        self.items.get(&item).map(|item| item.priority)
    }

    /// Since when a caller who waits or is being offered has been in their queue, UTC ms.
    pub fn entered(&self, item: ItemId) -> Option<i64> {
        self.items.get(&item).map(|item| item.entered)
    }

    /// Whether this caller waits, or is being offered, in any queue.
    pub fn waits(&self, caller: &Name) -> bool {
        self.callers.contains_key(caller)
    }

    /// Whether an agent can be offered a caller at this moment.
    pub fn free(&self, agent: &Name) -> bool {
        self.agents.get(agent).is_some_and(|agent| agent.free(self.clock.now))
    }

    /// Settings of a queue.
    pub fn settings(&self, queue: &Name) -> Option<&QueueSettings> {
        self.lines.get(queue).map(|line| &line.settings)
    }

    /// What is to be seen of a queue.
    pub fn view(&self, queue: &Name) -> Option<QueueView> {
        let line = self.lines.get(queue)?;
        let Listed { waiting, callers, .. } = self.listed(queue, None, LISTED)?;
        Some(QueueView {
            queue: queue.clone(),
            label: line.settings.label.clone(),
            waiting,
            first: callers,
            longest: line.ages.first().map(|(since, _)| *since),
            free: line.free.len(),
            working: line.working(),
            open: line.open(self.clock.unix_ms),
        })
    }

    /// Callers and deadlines: how much is kept.
    pub fn load(&self) -> (usize, usize) {
        (self.items.len(), self.due.len())
    }

    pub(super) fn after(&mut self, ms: u64, due: Due) {
        self.due.insert((self.clock.now.plus(ms), due));
    }

    /// What is shown of a queue may have changed.
    pub(super) fn touch(&mut self, queue: &Name) {
        if !self.touched.contains(queue) {
            self.touched.insert(queue.clone());
        }
    }

    /// Keeps the place of a caller who may call again.
    pub(super) fn keep(&mut self, place: Place) {
        let caller = place.caller();
        let (until, gone) = self.places.keep(self.clock.now, place);
        if let Some(gone) = gone {
            self.out.push_back(Output::Forget(gone.caller()));
        }
        self.due.insert((until, Due::Place(caller)));
    }

    fn configure(&mut self, settings: Vec<QueueSettings>) {
        let mut known: BTreeMap<Name, Line> = std::mem::take(&mut self.lines);
        let mut before = BTreeMap::new();
        for (name, agent) in &mut self.agents {
            before.insert(name.clone(), std::mem::take(&mut agent.queues));
            agent.fits.clear();
            agent.listed.clear();
            agent.counted.clear();
        }
        for settings in settings {
            let queue = settings.queue.clone();
            for member in &settings.members {
                let unix = self.clock.unix_ms;
                let fit = Fit { step: settings.demand.step_of(&member.skills, member.penalty), penalty: member.penalty };
                let agent = self.agents.entry(member.agent.clone()).or_insert_with(|| Agent::new(unix));
                agent.queues.push(queue.clone());
                agent.fits.push(fit);
            }
            let mut line = known.remove(&queue).unwrap_or_else(|| Line::new(settings.clone()));
            let other = line.settings.demand != settings.demand;
            line.settings = settings;
            (line.free, line.able) = (Stepped::new(line.settings.demand.steps()), vec![0; line.settings.demand.steps()]);
            line.share = 0;
            line.was_open = line.open(self.clock.unix_ms);
            self.lines.insert(queue.clone(), line);
            if other {
                self.grade(&queue);
            }
            self.touch(&queue);
        }
        for line in known.values() {
            self.close_line(line, &known);
        }
        if !self.minutes {
            self.next_minute();
        }
        // Whoever is in no queue any more is forgotten; a call of one is finished first, and the work after it.
        let none: Vec<Name> = self.agents.iter().filter(|(_, agent)| !agent.is_agent()).map(|(name, _)| name.clone()).collect();
        for name in none {
            self.forget(&name);
        }
        for (name, agent) in &mut self.agents {
            // Whoever is taken into a queue again takes its calls, whatever was before.
            let away = agent.away.len();
            agent.away.retain(|queue| agent.queues.contains(queue));
            if agent.away.len() < away {
                self.out.push_back(Output::SaveAgent(name.clone()));
            }
        }
        let agents: Vec<Name> = self.agents.keys().cloned().collect();
        // Everybody stands where they belong before anybody is rung: who comes first is no matter of names.
        for name in &agents {
            self.list(name);
        }
        self.serve_all();
        for name in agents {
            // Whoever is new or has other queues is told of: those in charge want to see who does nothing too.
            if before.get(&name).map(Vec::as_slice) != Some(self.queues_of(&name)) {
                self.out.push_back(Output::Agent(name.clone()));
            }
            self.settle(&name);
        }
    }

    fn on_due(&mut self, due: Due, walk: &mut usize) {
        match due {
            Due::Ring(item, round) => self.ring_over(item, round),
            Due::Relax(item, graded) => {
                *walk = walk.saturating_sub(RELAX_WALK);
                self.relax(item, graded);
            }
            Due::MaxWait(item, stay) => self.max_wait_over(item, stay),
            Due::WrapUp(agent, contact, extended) => self.wrap_up_over(&agent, &contact, extended),
            Due::Rest(agent) => self.settle(&agent),
            Due::Back => self.settled(),
            Due::Hours => self.look_at_hours(),
            Due::Tell(queue) => *walk = walk.saturating_sub(self.tell_some(&queue, *walk)),
            Due::Place(caller) => {
                if let Some(place) = self.places.expire(self.clock.now, &caller) {
                    self.out.push_back(Output::Forget(caller));
                    if !place.left {
                        self.out.push_back(Output::Lost(place));
                    }
                }
            }
        }
    }

    fn finish_input(&mut self) {
        for queue in std::mem::take(&mut self.touched) {
            self.out.push_back(Output::Queue(queue));
        }
    }
}
