//! The one task that owns the exchange: takes events from sockets, keeps its deadlines, carries out what it asks for.

use super::io::{Audit, CallKey, Clock, ContactKind, Device, Directory, Input, Output, Party, Rings, Station, StoredCall, Tenant};
use super::lifting::{self, Lifting};
use super::machine::{Counters, Machine, Seeds, Settings};
use super::persist::Stamped;
use super::promises::{Act, Promises, Write};
use super::socket::Outgoing;
use crate::accounts::ha1_of;
use crate::clock::now_ms;
use crate::doors::media::Sent;
use crate::doors::model;
use crate::feed::Phones;
use crate::floor::FloorEvent;
use crate::ids::TenantId;
use crate::keys::{hex, random};
use crate::orders;
use crate::queue::io::{Member, Name, QueueSettings};
use crate::queue::{Place, SavedAgent};
use crate::rights;
use crate::services::Services;
use crate::store::{DeviceHa1, OrderAnswer, OrderKey};
use jiff::tz::TimeZone;
use sip_ws::auth::Algorithm;
use sip_ws::io::{FlowId, Millis};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// Why sockets close when the server stops.
pub(super) const STOPPING: &str = "the exchange stops";
/// Events that may wait for the exchange; sockets wait when there are more.
pub(super) const QUEUE: usize = 1_024;

/// What sockets and the handle share with the task.
#[derive(Debug)]
pub(super) struct Shared {
    pub services: Services,
    pub events: mpsc::Sender<Event>,
    pub next_flow: AtomicU64,
    pub sockets: AtomicUsize,
    pub figures: Mutex<Figures>,
}

/// What `/metrics` shows.
#[derive(Debug, Default, Clone)]
pub(super) struct Figures {
    pub counters: Counters,
    pub gauges: [(&'static str, usize); 5],
    /// Promises that went out before the disk had what they rest on.
    pub late: u64,
    /// Groups of writes that are not on the disk.
    pub behind: u64,
}

/// What reaches the task.
#[derive(Debug)]
pub(super) enum Event {
    Opened { flow: FlowId, address: IpAddr, outgoing: Outgoing },
    Received { flow: FlowId, bytes: Vec<u8> },
    Closed { flow: FlowId, leaving: bool },
    Directory { directory: Directory, done: Option<oneshot::Sender<()>> },
    Floor(FloorEvent),
    Lift { ticket: u64, call: CallKey, answer: Vec<u8>, by: Party, lifted: oneshot::Sender<bool> },
    Lower { ticket: u64, sent: bool },
}

/// The task's state.
pub(super) struct Actor {
    machine: Machine,
    shared: Arc<Shared>,
    origin: Instant,
    flows: HashMap<FlowId, Outgoing>,
    journal: mpsc::UnboundedSender<Stamped>,
    audits: mpsc::UnboundedSender<Audit>,
    promises: Promises,
    deadline: Option<Millis>,
    /// Orders that wait for their answer.
    orders: HashMap<u64, Asked>,
    tones: HashMap<u64, oneshot::Sender<Vec<Option<u16>>>>,
    lifts: HashMap<u64, oneshot::Sender<bool>>,
    next_order: u64,
}

impl Actor {
    pub fn new(
        shared: Arc<Shared>,
        directory: Directory,
        stored: Stored,
        journal: mpsc::UnboundedSender<Stamped>,
        audits: mpsc::UnboundedSender<Audit>,
    ) -> Result<Self, crate::keys::KeysError> {
        let mut seeds = Seeds { endpoint: [0; 32], nonce: [0; 32], epoch: String::new() };
        random(&mut seeds.endpoint)?;
        random(&mut seeds.nonce)?;
        let mut epoch = [0; 8];
        random(&mut epoch)?;
        seeds.epoch = hex(&epoch);
        let accounts = shared.services.accounts.clone();
        let password = Box::new(move |realm: &str, account: &str| accounts.desk_password(realm, account).expose().to_owned());
        let limits = &shared.services.config.limits;
        let settings = Settings {
            unregistered_ms: u64::from(limits.sip_unregistered_seconds) * 1000,
            flows_per_person: limits.sip_sockets_per_person as usize,
        };
        let origin = Instant::now();
        let clock = Clock { now: Millis(0), unix_ms: now_ms() };
        let mut machine = Machine::new(seeds, password, settings, directory, clock);
        machine.refuse_sessions(stored.ended);
        machine.restore_queues(clock, stored.agents, stored.places);
        machine.restore(clock, stored.calls);
        let mut actor = Actor {
            machine,
            shared,
            origin,
            flows: HashMap::new(),
            journal,
            audits,
            promises: Promises::default(),
            deadline: None,
            orders: HashMap::new(),
            tones: HashMap::new(),
            lifts: HashMap::new(),
            next_order: 0,
        };
        actor.carry_out(false);
        Ok(actor)
    }

    /// Runs until the stop signal; then every socket is told to go elsewhere. Calls stay stored.
    pub async fn run(mut self, mut events: mpsc::Receiver<Event>, mut durable: watch::Receiver<u64>) {
        let stop = self.shared.services.stop.clone();
        let mut batch = Vec::with_capacity(64);
        loop {
            let deadline = [self.deadline, self.promises.deadline()].into_iter().flatten().min();
            let wake = deadline.map(|at| self.origin + std::time::Duration::from_millis(at.0));
            tokio::select! {
                count = events.recv_many(&mut batch, 64) => {
                    if count == 0 {
                        return;
                    }
                    // What ends with the server says nothing of anybody: whoever was there is there again with the next one.
                    for event in batch.drain(..).take_while(|_| !stop.stopped()) {
                        self.take(event);
                    }
                }
                () = async { if let Some(at) = wake { sleep_until(at).await } else { std::future::pending().await } } => {
                    self.expire();
                    self.input(Input::Timer);
                }
                // Its other end goes after this one.
                Ok(()) = durable.changed() => {
                    let number = *durable.borrow_and_update();
                    let acts = self.promises.durable(number);
                    self.perform(acts);
                }
                () = stop.wait() => {
                    for (_, outgoing) in self.flows.drain() {
                        outgoing.close(STOPPING);
                    }
                    return;
                }
            }
            let mut figures = self.shared.figures.lock().unwrap_or_else(PoisonError::into_inner);
            *figures = Figures {
                counters: self.machine.counters().clone(),
                gauges: self.machine.gauges(),
                late: self.promises.late(),
                behind: self.promises.behind(),
            };
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Opened { flow, address, outgoing } => {
                self.flows.insert(flow, outgoing);
                self.input(Input::FlowOpened { flow, address });
            }
            Event::Received { flow, bytes } => self.input(Input::Received { flow, bytes }),
            Event::Closed { flow, leaving } => {
                self.flows.remove(&flow);
                self.promises.forget(flow);
                self.input(Input::FlowClosed { flow, leaving });
            }
            Event::Directory { directory, done } => {
                self.input(Input::Directory(directory));
                self.end_what_is_forbidden();
                // Whoever changed something may have gone meanwhile.
                let _ = done.map(|done| done.send(()));
            }
            // Loaded on the way here.
            Event::Floor(FloorEvent::Directory { done }) => drop(done.send(())),
            Event::Floor(FloorEvent::Pages { tenant, user, answers, fault }) => {
                let party = Party { tenant: tenant.as_str().to_owned(), user };
                let fitness = Input::Fitness { party: party.clone(), fault };
                let pages = Input::Answers { party, answers };
                // Nobody is rung in between who may not be rung before or after.
                let both = if answers { [fitness, pages] } else { [pages, fitness] };
                both.into_iter().for_each(|input| self.input(input));
            }
            Event::Floor(FloorEvent::Quality { tenant, user, contact, measured }) => {
                self.input(Input::Quality { party: Party { tenant: tenant.as_str().to_owned(), user }, contact, measured });
            }
            Event::Floor(FloorEvent::Order { tenant, user, order, key, answer }) => {
                self.next_order += 1;
                self.orders.insert(self.next_order, Asked { answer, key });
                let party = Party { tenant: tenant.as_str().to_owned(), user };
                self.input(Input::Order { party, order, ticket: self.next_order });
            }
            Event::Lift { ticket, call, answer, by, lifted } => {
                self.lifts.insert(ticket, lifted);
                self.input(Input::Lift { call, answer, by, ticket });
            }
            Event::Lower { ticket, sent } => self.input(Input::Lower { ticket, sent }),
            Event::Floor(FloorEvent::Opened { tenant, station, by }) => {
                let party = |user| Party { tenant: tenant.as_str().to_owned(), user };
                self.input(Input::Opened { station: party(station), by: party(by) });
            }
            Event::Floor(FloorEvent::Lift { tenant, station, by, code, tones, answer }) => {
                let party = |user| Party { tenant: tenant.as_str().to_owned(), user };
                let (station, by) = (party(station), party(by));
                let Some((call, offer)) = self.machine.unanswered(&station) else {
                    let _ = answer.send(Sent::Nothing);
                    return;
                };
                self.next_order += 1;
                let lifting = Lifting { ticket: self.next_order, call, offer, by, code, tones };
                let shared = self.shared.clone();
                tokio::spawn(async move { answer.send(lifting::lift(shared, lifting).await) });
            }
            Event::Floor(FloorEvent::SessionEnded { session, until, done }) => {
                self.input(Input::SessionEnded { session, until });
                // Whoever ended it may have gone meanwhile.
                let _ = done.send(());
            }
            Event::Floor(FloorEvent::Talks { tenant, station, user, answer }) => {
                let party = |user| Party { tenant: tenant.as_str().to_owned(), user };
                // The release may have ended meanwhile.
                let _ = answer.send(self.machine.talks(&party(station), &party(user)));
            }
            Event::Floor(FloorEvent::Callers { queue, after, limit, answer }) => {
                // Whoever asked may have gone meanwhile.
                let _ = answer.send(self.machine.callers(&queue, after, limit));
            }
            Event::Floor(FloorEvent::Admits { queue, answer }) => {
                // Whoever asked may have gone meanwhile.
                let _ = answer.send(self.machine.admits(now_ms(), &queue));
            }
            Event::Floor(FloorEvent::Steer { tenant, user, by, steer, queues, key, answer }) => {
                self.next_order += 1;
                self.orders.insert(self.next_order, Asked { answer, key });
                let party = Party { tenant: tenant.as_str().to_owned(), user };
                self.input(Input::Steer { party, by, steer, queues, ticket: self.next_order });
            }
            Event::Floor(FloorEvent::Tones { tenant, station, infos, answer }) => {
                self.next_order += 1;
                self.tones.insert(self.next_order, answer);
                let station = Party { tenant: tenant.as_str().to_owned(), user: station };
                self.input(Input::Tones { station, infos, ticket: self.next_order });
            }
        }
    }

    /// Whoever lost the right to take part in a call by what just changed is in it no longer, and comes into none.
    fn end_what_is_forbidden(&mut self) {
        let services = self.shared.services.clone();
        let may = |by: &Party, agent: &Party, queue: Option<&String>, act| {
            orders::may_come_in(&services, &TenantId::new(&*by.tenant), &by.user, &agent.user, queue, act)
        };
        for entering in self.machine.entries() {
            let act = if entering.takes_over { rights::Act::SteerTakeOver } else { rights::Act::SteerSupervise };
            if !may(&entering.by, &entering.agent, entering.queue.as_ref(), act) {
                self.input(Input::EntryLost { by: entering.by });
            }
        }
        for part in self.machine.parts() {
            if !may(&part.by, &part.agent, part.queue.as_ref(), rights::Act::SteerSupervise) {
                self.input(Input::RightLost { call: part.call });
            }
        }
    }

    fn input(&mut self, input: Input) {
        let clock = self.clock();
        let saved = matches!(input, Input::Saved { .. });
        self.machine.input(clock, input);
        self.carry_out(saved);
    }

    fn carry_out(&mut self, saved: bool) {
        let mut outputs = Vec::new();
        self.deadline = loop {
            match self.machine.poll() {
                Output::Wait(at) => break at,
                output => outputs.push(output),
            }
        };
        let now = self.clock().now;
        let (group, acts) = self.promises.take(now, outputs, saved);
        if let Some(group) = group {
            let at = now_ms();
            let answer = |write: &Write| match write {
                Write::Answer(ticket, result) => {
                    Some(OrderAnswer { key: self.orders.get(ticket)?.key.clone()?, result: result.clone(), at })
                }
                _ => None,
            };
            let answers = group.writes.iter().filter_map(answer).collect();
            // A closed channel means that the server stops.
            let _ = self.journal.send(Stamped { at, group, answers });
        }
        self.perform(acts);
    }

    /// What was promised goes out although the disk has not written what it rests on.
    fn expire(&mut self) {
        let (now, before) = (self.clock().now, self.promises.late());
        let acts = self.promises.expire(now);
        let late = self.promises.late() - before;
        if late > 0 {
            tracing::error!(late, behind = self.promises.behind(), "the disk is slow: calls go on, and would lose this by a kill");
        }
        self.perform(acts);
    }

    fn perform(&mut self, acts: Vec<Act>) {
        let mut saved = Vec::new();
        for act in acts {
            match act {
                Act::Do(output) => self.perform_one(output),
                Act::Saved(call) => saved.push(call),
            }
        }
        // After everything that was held before it.
        for call in saved {
            self.input(Input::Saved { call });
        }
    }

    fn perform_one(&mut self, output: Output) {
        match output {
            Output::Send { flow, bytes } => self.send(flow, bytes),
            Output::Close { flow, reason } => {
                if let Some(outgoing) = self.flows.remove(&flow) {
                    outgoing.close(reason);
                }
            }
            Output::Contact(event) => {
                if matches!(event.kind, ContactKind::Offered | ContactKind::Queued) {
                    self.shared.services.doors.rang(&TenantId::new(&*event.from.tenant), &event.from.user, &event.contact);
                }
            }
            Output::Audit(audit) => drop(self.audits.send(audit)),
            Output::Agent { party, status, queues } => {
                let queues = queues.into_iter().map(|(queue, on)| wire::Membership { queue, on }).collect();
                self.shared.services.hub.agent(&TenantId::new(party.tenant), &party.user, (&status).into(), queues);
            }
            Output::AgentGone(party) => self.shared.services.hub.agent_gone(&TenantId::new(party.tenant), &party.user),
            Output::Queue(view) => self.shared.services.hub.queue(&TenantId::new(&*view.queue.tenant), &view),
            Output::Ordered { ticket, result } => {
                if let Some(asked) = self.orders.remove(&ticket) {
                    // The page may have gone meanwhile.
                    let _ = asked.answer.send(result);
                }
            }
            Output::Toned { ticket, answers } => {
                if let Some(answer) = self.tones.remove(&ticket) {
                    // The release may have ended meanwhile.
                    let _ = answer.send(answers);
                }
            }
            Output::Lifted { ticket, lifted } => {
                if let Some(tell) = self.lifts.remove(&ticket) {
                    let _ = tell.send(lifted);
                }
            }
            Output::Person(person) => {
                let phones = Phones { registered: person.registered, ringing: person.ringing, busy: person.busy };
                self.shared.services.hub.phones(&TenantId::new(person.party.tenant), &person.party.user, phones);
            }
            Output::Away { party, contact, away } => {
                self.shared.services.hub.call_away(&TenantId::new(party.tenant), &party.user, &contact, away);
            }
            // The journal's, and the end of the outputs.
            Output::Save { .. }
            | Output::Delete(_)
            | Output::SaveAgent { .. }
            | Output::KeepPlace(_)
            | Output::ForgetPlace(_)
            | Output::Wait(_) => {}
        }
    }

    fn send(&mut self, flow: FlowId, bytes: Vec<u8>) {
        let Some(outgoing) = self.flows.get(&flow) else { return };
        if !outgoing.send(bytes) {
            self.shared.services.metrics.count("portico_sip_slow_readers_total", &[]);
            if let Some(outgoing) = self.flows.remove(&flow) {
                outgoing.close("reads too slowly");
            }
            // The machine hears of it as of any other lost socket, when the socket's task ends.
        }
    }

    fn clock(&self) -> Clock {
        let passed = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        Clock { now: Millis(passed), unix_ms: now_ms() }
    }
}

/// An order that waits for its answer.
struct Asked {
    answer: oneshot::Sender<wire::OrderResult>,
    /// What the answer is kept by.
    key: Option<OrderKey>,
}

/// What the store kept of before a restart.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub calls: Vec<StoredCall>,
    pub agents: Vec<(Party, SavedAgent)>,
    pub places: Vec<Place>,
    /// Sessions that were ended before their time, and until when.
    pub ended: Vec<(String, i64)>,
}

/// A queue of the configuration, as the engine takes it.
fn settings(tenant: &crate::directory::Tenant, queue: &crate::config::Queue) -> QueueSettings {
    let ms = |seconds: u32| u64::from(seconds) * 1000;
    let member = |agent: &String| Member {
        agent: Name::new(tenant.id.as_str(), agent),
        penalty: queue.penalties.get(agent).copied().unwrap_or(0),
        skills: tenant.skills.get(agent).cloned().unwrap_or_default(),
    };
    QueueSettings {
        queue: Name::new(tenant.id.as_str(), &queue.name),
        label: queue.label.clone(),
        members: queue.agents.iter().map(member).collect(),
        demand: queue.demand.clone(),
        strategy: queue.strategy,
        ring_at_once: queue.ring_at_once as usize,
        zone: TimeZone::get(&queue.zone).unwrap_or(TimeZone::UTC),
        ring_ms: ms(queue.ring_seconds),
        wrap_up_ms: ms(queue.wrap_up_seconds),
        wrap_up_extend_ms: ms(queue.wrap_up_extend_seconds),
        wrap_up_extensions: queue.wrap_up_extensions,
        max_wait_ms: queue.max_wait_seconds.map(ms),
        max_waiting: queue.max_waiting as usize,
        overflow: queue.overflow.as_ref().map(|overflow| Name::new(tenant.id.as_str(), overflow)),
        pause_after_missed: queue.pause_after_missed,
        hours: queue.hours.clone(),
    }
}

fn rings(rings: &model::Rings) -> Rings {
    match rings {
        model::Rings::People(users) => Rings::People(users.clone()),
        model::Rings::Queue { name, priority } => Rings::Queue { name: name.clone(), priority: *priority },
    }
}

/// Everybody with a SIP address, from the configuration and the store.
pub(super) async fn directory(services: &Services) -> Result<Directory, crate::store::StoreError> {
    let devices = services.accounts.devices().await?;
    let tenants = services.directory.tenants();
    let tenants = tenants.iter().map(|tenant| {
        let mut entry = Tenant {
            id: tenant.id.as_str().to_owned(),
            sip_domain: tenant.domain.clone(),
            people: services.directory.people(&tenant.id).iter().map(|p| (p.user.clone(), p.display_name.clone())).collect(),
            devices: std::collections::BTreeMap::new(),
            queues: tenant.queues.iter().map(|queue| settings(tenant, queue)).collect(),
            dispositions: tenant.queues.iter().map(|q| (q.name.clone(), q.dispositions.iter().map(|d| d.name.clone()).collect())).collect(),
            silent_supervision: tenant.silent_supervision,
            pause_reasons: tenant.pause_reasons.iter().map(|reason| reason.name.clone()).collect(),
            stations: std::collections::BTreeMap::new(),
        };
        let mut account = |user: &str, auth_user: &str, ha1: &DeviceHa1| {
            let ha1 = vec![(Algorithm::Sha256, ha1.sha256.clone()), (Algorithm::Md5, ha1.md5.clone())];
            entry.devices.entry(auth_user.to_owned()).or_default().push(Device { user: user.to_owned(), ha1 });
        };
        for device in devices.iter().filter(|device| device.person.tenant == tenant.id) {
            account(&device.person.user, &device.auth_user, &device.ha1);
        }
        let sites = services.doors.premises().sites.iter().filter(|site| site.tenant == tenant.id);
        for entrance in sites.flat_map(|site| &site.entrances) {
            if let (Some(user), Some(line)) = (&entrance.station.sip_user, &entrance.station.line) {
                account(user, user, &ha1_of(user, &tenant.domain, &line.password));
                entry.stations.insert(user.clone(), Station { display: entrance.name.clone(), rings: rings(&line.rings) });
            }
        }
        Arc::new(entry)
    });
    Ok(Directory { tenants: tenants.collect() })
}
