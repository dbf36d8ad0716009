//! The state that feeds show, and what each connected page has not been told yet.

use crate::clock::now_ms;
use crate::directory::Directory;
use crate::floor::Floor;
use crate::ids::TenantId;
use crate::queue::QueueView;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use wire::{
    AgentStatus, CallItem, Change, Choice, FeedEnd, HistoryRow, Person, Presence, Queue, Release, ServerFrame, Snapshot, UnixMs,
    WaitingCaller,
};

/// Urgent changes that may wait for a slow page; one more and it gets a snapshot instead.
const MAX_URGENT: usize = 64;
/// How long a release is shown to whoever opens a page.
const RELEASES_MS: i64 = 120_000;
/// Releases that a new page is shown at most.
const MAX_RELEASES: usize = 100;

/// What the phones of one person do, as the exchange sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Phones {
    /// At least one device is registered.
    pub registered: bool,
    /// Calls that ring at this person.
    pub ringing: u32,
    /// Calls in progress, outgoing ones from the moment of dialling.
    pub busy: u32,
}

/// A clonable handle to the live state of all tenants.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Mutex<State>>, Floor);

#[derive(Debug, Default)]
struct State {
    tenants: HashMap<TenantId, TenantState>,
    clients: HashMap<u64, Client>,
    last_client: u64,
}

#[derive(Debug, Default)]
struct TenantState {
    /// By user name.
    people: BTreeMap<String, Person>,
    /// By user name, then contact.
    calls: HashMap<String, BTreeMap<String, CallItem>>,
    /// By user name: whoever is in a queue.
    agents: HashMap<String, AgentStatus>,
    /// By name.
    queues: BTreeMap<String, Shown>,
    pause_reasons: Vec<Choice>,
    /// By user name: where their roles hold.
    sites: HashMap<String, BTreeSet<String>>,
    /// Of the last minutes, oldest first.
    releases: Vec<Release>,
}

/// A queue, and who sees it.
#[derive(Debug)]
struct Shown {
    queue: Queue,
    members: BTreeSet<String>,
}

#[derive(Debug)]
struct Client {
    tenant: TenantId,
    user: String,
    session: String,
    seq: u64,
    pending: Pending,
    silent: bool,
    wake: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Pending {
    people: BTreeSet<String>,
    queues: BTreeSet<String>,
    agent: bool,
    urgent: Vec<Change>,
    resync: bool,
    end: Option<FeedEnd>,
}

/// One connected page. Dropping it disconnects the page from the hub.
#[derive(Debug)]
pub(super) struct Subscription {
    hub: Hub,
    id: u64,
    wake: Arc<Notify>,
}

/// What a page has not been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// Something that may be collected for a while.
    Later,
    /// Something that goes at once.
    Now,
}

impl Hub {
    /// A hub that shows everybody of the directory as offline. What it learns of pages it tells the floor.
    #[must_use]
    pub fn new(directory: &Directory, floor: Floor) -> Self {
        let mut state = State::default();
        for tenant in directory.tenants() {
            let people = directory.people(&tenant.id);
            let sites = people.iter().map(|person| (person.user.clone(), person.sites.iter().map(|site| site.id.clone()).collect()));
            let sites = sites.collect();
            let people = people.into_iter().map(|person| {
                let shown = Person {
                    id: person.id.as_str().to_owned(),
                    user: person.user.clone(),
                    display_name: person.display_name.clone(),
                    presence: Presence::Offline,
                    since: None,
                    silent: false,
                };
                (person.user.clone(), shown)
            });
            let people = people.collect();
            let queues = tenant.queues.iter().map(|queue| (queue.name.clone(), Shown::new(queue))).collect();
            let pause_reasons = tenant.pause_reasons.clone();
            let shown = TenantState { people, queues, pause_reasons, sites, ..TenantState::default() };
            state.tenants.insert(tenant.id.clone(), shown);
        }
        Self(Arc::new(Mutex::new(state)), floor)
    }

    /// Shows a person what they do for the queues, at once.
    pub fn agent(&self, tenant: &TenantId, user: &str, status: AgentStatus) {
        let mut state = self.state();
        let Some(tenant_state) = state.tenants.get_mut(tenant) else { return };
        tenant_state.agents.insert(user.to_owned(), status);
        for client in state.clients.values_mut().filter(|c| c.tenant == *tenant && c.user == user) {
            client.pending.agent = true;
            client.wake.notify_one();
        }
    }

    /// Shows a queue to its agents. Collected: pages learn it within a quarter of a second.
    pub fn queue(&self, tenant: &TenantId, view: &QueueView) {
        let mut state = self.state();
        let State { tenants, clients, .. } = &mut *state;
        let Some(shown) = tenants.get_mut(tenant).and_then(|t| t.queues.get_mut(&*view.queue.name)) else { return };
        shown.update(view);
        for client in clients.values_mut().filter(|c| c.tenant == *tenant && shown.members.contains(&c.user)) {
            client.pending.queues.insert(view.queue.name.to_string());
            client.wake.notify_one();
        }
    }

    /// Shows what the phones of a person do. Collected: pages learn it within a quarter of a second.
    pub fn phones(&self, tenant: &TenantId, user: &str, phones: Phones) {
        let presence = match phones {
            Phones { busy: 1.., .. } => Presence::OnCall,
            Phones { ringing: 1.., .. } => Presence::Ringing,
            Phones { registered: true, .. } => Presence::Available,
            Phones { registered: false, .. } => Presence::Offline,
        };
        self.state().change_person(tenant, user, |person| {
            if person.presence != presence {
                person.presence = presence;
                person.since = Some(now_ms());
            }
        });
    }

    /// Shows a release to everybody of its site, at once.
    pub fn release(&self, tenant: &TenantId, release: Release, now: UnixMs) {
        let mut state = self.state();
        let State { tenants, clients, .. } = &mut *state;
        let Some(tenant_state) = tenants.get_mut(tenant) else { return };
        let releases = &mut tenant_state.releases;
        releases.retain(|known| known.id != release.id && now - known.asked_at < RELEASES_MS);
        if releases.len() >= MAX_RELEASES {
            releases.remove(0);
        }
        releases.push(release.clone());
        for client in clients.values_mut().filter(|c| c.tenant == *tenant && tenant_state.sees(&c.user, &release.site)) {
            client.urgent(&Change::Release { release: release.clone() });
        }
    }

    /// Shows a person's own call to that person, at once. A station has no screen.
    pub fn call_changed(&self, tenant: &TenantId, user: &str, mut call: CallItem) {
        let mut state = self.state();
        let Some(tenant_state) = state.tenants.get_mut(tenant).filter(|t| t.people.contains_key(user)) else { return };
        let calls = tenant_state.calls.entry(user.to_owned()).or_default();
        call.away = calls.get(&call.contact).is_some_and(|before| before.away);
        calls.insert(call.contact.clone(), call.clone());
        state.urgent(tenant, user, &Change::Call { call });
    }

    /// Tells a person that the other side of a call has lost its connection, or is back, at once.
    pub fn call_away(&self, tenant: &TenantId, user: &str, contact: &str, away: bool) {
        let mut state = self.state();
        let calls = state.tenants.get_mut(tenant).and_then(|tenant_state| tenant_state.calls.get_mut(user));
        let Some(call) = calls.and_then(|calls| calls.get_mut(contact)).filter(|call| call.away != away) else { return };
        call.away = away;
        let call = call.clone();
        state.urgent(tenant, user, &Change::Call { call });
    }

    /// Takes an ended call off a person's screens and puts its row on top of their history, at once.
    pub fn call_ended(&self, tenant: &TenantId, user: &str, row: HistoryRow) {
        let mut state = self.state();
        let Some(tenant_state) = state.tenants.get_mut(tenant) else { return };
        if let Some(calls) = tenant_state.calls.get_mut(user) {
            calls.remove(&row.contact);
            if calls.is_empty() {
                tenant_state.calls.remove(user);
            }
        }
        state.urgent(tenant, user, &Change::CallEnded { row });
    }

    /// Callers who wait in a queue.
    #[must_use]
    pub fn waiting(&self, tenant: &TenantId, queue: &str) -> u32 {
        self.state().tenants.get(tenant).and_then(|t| t.queues.get(queue)).map_or(0, |shown| shown.queue.waiting)
    }

    /// Ends all feeds of a session: somebody signed out.
    pub fn end_session(&self, session: &str) {
        let mut state = self.state();
        for client in state.clients.values_mut().filter(|client| client.session == session) {
            client.pending.end = Some(FeedEnd::SignedOut);
            client.wake.notify_one();
        }
    }

    /// Number of connected pages.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.state().clients.len()
    }

    /// Connects a page of this person, or `None` where they have `limit` of them already.
    pub(super) fn subscribe(&self, tenant: &TenantId, user: &str, session: &str, limit: u32) -> Option<Subscription> {
        let mut state = self.state();
        let open = state.clients.values().filter(|c| c.tenant == *tenant && c.user == user).count();
        if open >= limit as usize {
            return None;
        }
        state.last_client += 1;
        let id = state.last_client;
        let wake = Arc::new(Notify::new());
        state.clients.insert(
            id,
            Client {
                tenant: tenant.clone(),
                user: user.to_owned(),
                session: session.to_owned(),
                seq: 0,
                pending: Pending { resync: true, ..Pending::default() },
                silent: false,
                wake: wake.clone(),
            },
        );
        state.update_silence(&self.1, tenant, user);
        Some(Subscription { hub: self.clone(), id, wake })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is complete before the lock is given back; a panic elsewhere must not end every feed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn change_person(&mut self, tenant: &TenantId, user: &str, change: impl FnOnce(&mut Person)) {
        let Some(person) = self.tenants.get_mut(tenant).and_then(|t| t.people.get_mut(user)) else { return };
        let before = person.clone();
        change(person);
        if *person == before {
            return;
        }
        for client in self.clients.values_mut().filter(|client| client.tenant == *tenant) {
            client.pending.people.insert(user.to_owned());
            client.wake.notify_one();
        }
    }

    fn urgent(&mut self, tenant: &TenantId, user: &str, change: &Change) {
        for client in self.clients.values_mut().filter(|c| c.tenant == *tenant && c.user == user) {
            client.urgent(change);
        }
    }

    /// A person is silent when pages of theirs are open and none of them answers.
    fn update_silence(&mut self, floor: &Floor, tenant: &TenantId, user: &str) {
        let mut pages = self.clients.values().filter(|c| c.tenant == *tenant && c.user == user).peekable();
        let open = pages.peek().is_some();
        let silent = open && pages.all(|client| client.silent);
        floor.answers(tenant, user, open && !silent);
        self.change_person(tenant, user, |person| person.silent = silent);
    }
}

impl Client {
    fn urgent(&mut self, change: &Change) {
        if self.pending.urgent.len() >= MAX_URGENT {
            self.pending.urgent.clear();
            self.pending.resync = true;
        } else {
            self.pending.urgent.push(change.clone());
        }
        self.wake.notify_one();
    }
}

impl TenantState {
    fn sees(&self, user: &str, site: &str) -> bool {
        self.sites.get(user).is_some_and(|sites| sites.contains(site))
    }
}

impl Shown {
    fn new(queue: &crate::config::Queue) -> Self {
        let shown = Queue {
            name: queue.name.clone(),
            label: queue.label.clone(),
            waiting: 0,
            first: Vec::new(),
            free: 0,
            working: 0,
            open: true,
            dispositions: queue.dispositions.clone(),
        };
        Self { queue: shown, members: queue.agents.iter().cloned().collect() }
    }

    fn update(&mut self, view: &QueueView) {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let queue = &mut self.queue;
        (queue.waiting, queue.free, queue.working) = (count(view.waiting), count(view.free), count(view.working));
        queue.open = view.open;
        queue.first = view
            .first
            .iter()
            .map(|caller| WaitingCaller {
                contact: caller.contact.clone(),
                display_name: caller.display.clone(),
                since: caller.since,
                offered_to: caller.offered_to.as_ref().map(|agent| agent.name.to_string()),
            })
            .collect();
    }
}

impl Subscription {
    /// Returns when something may be due. Safe to drop and to call again.
    pub(super) async fn changed(&self) {
        self.wake.notified().await;
    }

    /// What is waiting for this page.
    pub(super) fn due(&self) -> Due {
        let state = self.hub.state();
        match state.clients.get(&self.id).map(|client| &client.pending) {
            Some(p) if p.resync || p.end.is_some() || p.agent || !p.urgent.is_empty() => Due::Now,
            Some(p) if !(p.people.is_empty() && p.queues.is_empty()) => Due::Later,
            Some(_) | None => Due::Nothing,
        }
    }

    /// Asks for a new snapshot.
    pub(super) fn resync(&self) {
        if let Some(client) = self.hub.state().clients.get_mut(&self.id) {
            client.pending.resync = true;
            client.wake.notify_one();
        }
    }

    /// Notes whether the page answers its heartbeats.
    pub(super) fn set_silent(&self, silent: bool) {
        let mut state = self.hub.state();
        let Some(client) = state.clients.get_mut(&self.id) else { return };
        if client.silent != silent {
            client.silent = silent;
            let (tenant, user) = (client.tenant.clone(), client.user.clone());
            state.update_silence(&self.hub.1, &tenant, &user);
        }
    }

    /// Takes the next frame for this page, if any.
    pub(super) fn take(&self) -> Option<ServerFrame> {
        let mut state = self.hub.state();
        let State { tenants, clients, .. } = &mut *state;
        let client = clients.get_mut(&self.id)?;
        if let Some(reason) = client.pending.end.take() {
            return Some(ServerFrame::End { reason });
        }
        let tenant = tenants.get(&client.tenant)?;
        let pending = std::mem::take(&mut client.pending);
        if pending.resync {
            client.seq += 1;
            let mut people: Vec<Person> = tenant.people.values().cloned().collect();
            people.sort_by(|a, b| (&a.display_name, &a.user).cmp(&(&b.display_name, &b.user)));
            let calls = tenant.calls.get(&client.user).map(|calls| calls.values().cloned().collect()).unwrap_or_default();
            let queues = tenant.queues.values().filter(|shown| shown.members.contains(&client.user));
            return Some(ServerFrame::Snapshot(Snapshot {
                seq: client.seq,
                now: now_ms(),
                people,
                calls,
                agent: tenant.agents.get(&client.user).cloned(),
                queues: queues.map(|shown| shown.queue.clone()).collect(),
                pause_reasons: tenant.pause_reasons.clone(),
                releases: tenant.releases.iter().filter(|release| tenant.sees(&client.user, &release.site)).cloned().collect(),
            }));
        }
        let people = pending.people.iter().filter_map(|user| tenant.people.get(user));
        let mut changes: Vec<Change> = people.map(|person| Change::Person { person: person.clone() }).collect();
        let queues = pending.queues.iter().filter_map(|name| tenant.queues.get(name));
        changes.extend(queues.map(|shown| Change::Queue { queue: shown.queue.clone() }));
        let status = tenant.agents.get(&client.user).filter(|_| pending.agent);
        changes.extend(status.map(|status| Change::Agent { status: status.clone() }));
        changes.extend(pending.urgent);
        if changes.is_empty() {
            return None;
        }
        client.seq += 1;
        Some(ServerFrame::Delta { seq: client.seq, now: now_ms(), changes })
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        if let Some(client) = state.clients.remove(&self.id) {
            state.update_silence(&self.hub.1, &client.tenant, &client.user);
        }
    }
}
