//! The handle that the rest of the server shows things with.

use super::doors::{Doors, veil};
use super::floor::{Scope, View};
use super::shown;
use super::state::{Client, Pending, State, TenantState, sees};
use super::subscription::Subscription;
use super::tickets::Holder;
use crate::clock::now_ms;
use crate::directory::{Directory, Person as Account};
use crate::doors::model::Premises;
use crate::floor::Floor;
use crate::ids::TenantId;
use crate::queue::{Listed, QueueView};
use crate::rights::Act;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use wire::{AgentStatus, CallItem, Callers, Change, FeedEnd, HistoryRow, Membership, Phone, Presence, QueueFigures, Release, Told, UnixMs};

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

impl Hub {
    /// A hub that shows everybody of the directory as offline. What it learns of pages it tells the floor.
    #[must_use]
    pub fn new(directory: &Directory, floor: Floor) -> Self {
        let hub = Self(Arc::default(), floor);
        hub.replace(directory);
        hub
    }

    /// Shows people, queues and rights as they are from now on, at once. Returns who with a page is an agent now and was none.
    pub fn replace(&self, directory: &Directory) -> BTreeSet<(TenantId, String)> {
        let mut state = self.state();
        let before = state.members();
        for tenant in directory.tenants() {
            state.replace(&tenant, directory.people(&tenant.id));
        }
        state.members().difference(&before).cloned().collect()
    }

    /// Recognises the doors of the configuration where they ring.
    #[must_use]
    pub fn with_doors(self, premises: &Premises) -> Self {
        for (id, tenant) in &mut self.state().tenants {
            tenant.doors = Doors::of(premises, id);
        }
        self
    }

    /// Says of new agents whether their pages answer. The exchange must know them as agents by then.
    pub fn new_agents(&self, new: &BTreeSet<(TenantId, String)>) {
        let mut state = self.state();
        for (tenant, user) in new {
            state.pages_changed(&self.1, tenant, user);
        }
    }

    /// Shows a person what they do for the queues, at once, and whoever is in charge within a quarter of a second.
    pub fn agent(&self, tenant: &TenantId, user: &str, status: AgentStatus, queues: Vec<Membership>) {
        let mut state = self.state();
        let Some(tenant_state) = state.tenants.get_mut(tenant) else { return };
        tenant_state.agents.insert(user.to_owned(), (status, queues));
        for client in state.clients.values_mut().filter(|c| c.is(tenant, user)) {
            client.pending.agent = true;
            client.wake.notify_one();
        }
        state.floor_agent(tenant, user);
    }

    /// Somebody is an agent no longer: pages that show them as one begin anew.
    pub fn agent_gone(&self, tenant: &TenantId, user: &str) {
        let mut state = self.state();
        // Whoever counts agents is told of another number.
        state.floor_agent(tenant, user);
        let State { tenants, clients, .. } = &mut *state;
        if tenants.get_mut(tenant).is_none_or(|t| t.agents.remove(user).is_none()) {
            return;
        }
        let shows = |client: &Client| client.is(tenant, user) || client.scope.as_ref().is_some_and(|scope| scope.agent(user));
        for client in clients.values_mut().filter(|client| client.of(tenant) && shows(client)) {
            client.pending.resync = true;
            client.wake.notify_one();
        }
    }

    /// Shows the figures of a queue to whoever is in charge. Collected.
    pub fn figures(&self, tenant: &TenantId, figures: QueueFigures) {
        let mut state = self.state();
        let State { tenants, clients, .. } = &mut *state;
        let Some(tenant_state) = tenants.get_mut(tenant) else { return };
        let queue = figures.queue.clone();
        if tenant_state.figures.insert(queue.clone(), figures.clone()) == Some(figures) {
            return;
        }
        for client in clients.values_mut().filter(|c| c.of(tenant) && c.scope.as_ref().is_some_and(|scope| scope.figures(&queue))) {
            client.note(|pending| pending.floor_figures.extend([queue.clone()]));
        }
        state.forget_alarms(tenant, &queue, now_ms());
    }

    /// An id for something that people are told: none is given twice, nor by a server after this one.
    #[must_use]
    pub fn next_told(&self) -> u64 {
        let mut state = self.state();
        state.last_told = u64::try_from(now_ms()).unwrap_or_default().max(state.last_told + 1);
        state.last_told
    }

    /// Tells a person what somebody in charge did or wrote, at once, and keeps it until it is read.
    pub fn tell(&self, tenant: &TenantId, user: &str, told: Told) {
        let mut state = self.state();
        let Some(tenant_state) = state.tenants.get_mut(tenant).filter(|t| t.people.contains_key(user)) else { return };
        tenant_state.unread(user, told.clone());
        state.urgent(tenant, user, &Change::Told { told });
    }

    /// Goes on with what nobody had read before a restart, the oldest first.
    pub fn restore_unread(&self, unread: Vec<(TenantId, String, Told)>) {
        let mut state = self.state();
        for (tenant, user, told) in unread {
            state.last_told = state.last_told.max(told.id);
            if let Some(tenant_state) = state.tenants.get_mut(&tenant).filter(|t| t.people.contains_key(&user)) {
                tenant_state.unread(&user, told);
            }
        }
    }

    /// A person has read what they were told. Gives what it was, unless they had read it before.
    pub fn seen(&self, tenant: &TenantId, user: &str, told: u64) -> Option<Told> {
        let mut state = self.state();
        let unread = state.tenants.get_mut(tenant).and_then(|t| t.told.get_mut(user))?;
        let at = unread.iter().position(|known| known.id == told)?;
        Some(unread.remove(at))
    }

    /// Shows a queue to its agents and to whoever is in charge. Collected: pages learn it within a quarter of a second.
    pub fn queue(&self, tenant: &TenantId, view: &QueueView) {
        let mut state = self.state();
        let State { tenants, clients, .. } = &mut *state;
        let Some(TenantState { queues, doors, .. }) = tenants.get_mut(tenant) else { return };
        let Some(shown) = queues.get_mut(&*view.queue.name) else { return };
        shown.update(view, doors);
        for client in clients.values_mut().filter(|c| c.of(tenant)) {
            let name = &*view.queue.name;
            let own = shown.members.contains(&client.person.user);
            let seen = client.scope.as_ref().is_some_and(|scope| scope.queue(name));
            client.note(|pending| {
                pending.queues.extend(own.then(|| name.to_owned()));
                pending.floor_queues.extend(seen.then(|| name.to_owned()));
            });
        }
        state.forget_alarms(tenant, &view.queue.name, now_ms());
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
        for client in clients.values_mut().filter(|c| c.of(tenant) && sees(&c.person, &release)) {
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
        state.floor_agent(tenant, user);
    }

    /// Tells a person that the other side of a call has lost its connection, or is back, at once.
    pub fn call_away(&self, tenant: &TenantId, user: &str, contact: &str, away: bool) {
        let mut state = self.state();
        let calls = state.tenants.get_mut(tenant).and_then(|tenant_state| tenant_state.calls.get_mut(user));
        let Some(call) = calls.and_then(|calls| calls.get_mut(contact)).filter(|call| call.away != away) else { return };
        call.away = away;
        let call = call.clone();
        state.urgent(tenant, user, &Change::Call { call });
        state.floor_agent(tenant, user);
    }

    /// Takes an ended call off a person's screens and puts its row on top of their history, at once.
    pub fn call_ended(&self, tenant: &TenantId, user: &str, row: HistoryRow) {
        let mut state = self.state();
        let Some(tenant_state) = state.tenants.get_mut(tenant) else { return };
        if let Some(sounds) = tenant_state.sounds.get_mut(user) {
            sounds.remove(&row.contact);
            if sounds.is_empty() {
                tenant_state.sounds.remove(user);
            }
        }
        if let Some(calls) = tenant_state.calls.get_mut(user) {
            calls.remove(&row.contact);
            if calls.is_empty() {
                tenant_state.calls.remove(user);
            }
        }
        state.urgent(tenant, user, &Change::CallEnded { row });
        state.floor_agent(tenant, user);
    }

    /// Callers who wait in a queue.
    #[must_use]
    pub fn waiting(&self, tenant: &TenantId, queue: &str) -> u32 {
        self.state().tenants.get(tenant).and_then(|t| t.queues.get(queue)).map_or(0, |shown| shown.queue.waiting)
    }

    /// A part of those who wait in a queue as somebody sees it who may see the queue: doors of sites that they do not see have no names.
    #[must_use]
    pub fn callers(&self, person: &Account, listed: &Listed) -> Callers {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let state = self.state();
        let callers = state.tenants.get(&person.tenant).map(|tenant_state| {
            let (mut callers, sites) = shown::callers(&listed.callers, &tenant_state.doors);
            let seen = tenant_state.doors.seen_by(person);
            veil(&mut callers, &sites, |site| seen.site(site));
            callers
        });
        Callers {
            waiting: count(listed.waiting),
            before: count(listed.before),
            callers: callers.unwrap_or_default(),
            next: listed.next.map(|next| next.to_string()),
        }
    }

    /// Ends all feeds of a session.
    pub fn end_session(&self, session: &str, reason: FeedEnd) {
        let mut state = self.state();
        for client in state.clients.values_mut().filter(|client| client.session == session) {
            client.pending.end = Some(reason);
            client.wake.notify_one();
        }
    }

    /// Digests of the sessions that have a page connected.
    #[must_use]
    pub fn open_sessions(&self) -> HashSet<String> {
        self.state().clients.values().map(|client| client.session.clone()).collect()
    }

    /// Number of connected pages.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.state().clients.len()
    }

    /// Screens that show a link to the wallboard.
    #[must_use]
    pub fn screens(&self, session: &str) -> u32 {
        let screens = self.state().clients.values().filter(|client| client.session == session).count();
        u32::try_from(screens).unwrap_or(u32::MAX)
    }

    /// Connects a page of this person or screen with its `phone`, or `None` where they have `limit` of them already.
    pub(super) fn subscribe(&self, person: &Arc<Account>, holder: &Holder, phone: Option<Phone>, limit: u32) -> Option<Subscription> {
        let Holder { session, link, .. } = holder;
        let mut state = self.state();
        let open = state.clients.values().filter(|c| c.is(&person.tenant, &person.user)).count();
        if open >= limit as usize {
            return None;
        }
        state.last_client += 1;
        let id = state.last_client;
        let wake = Arc::new(Notify::new());
        let scope = state.tenants.get(&person.tenant).and_then(|t| match link {
            Some(link) => Scope::of_link(link, &t.accounts, &t.queues),
            None => Scope::of(person, &t.accounts, &t.queues, &t.doors),
        });
        let others = state.clients.values().filter(|other| other.of(&person.tenant)).filter_map(|other| other.scope.as_ref());
        let scope = scope.map(|scope| View::of(scope, others));
        let mut client = Client {
            person: person.clone(),
            link: link.clone(),
            scope,
            session: session.clone(),
            seq: 0,
            pending: Pending { resync: true, ..Pending::default() },
            silent: false,
            phone: None,
            wake: wake.clone(),
        };
        client.phone = phone.filter(|_| client.may(Act::SayPhone));
        state.clients.insert(id, client);
        state.pages_changed(&self.1, &person.tenant, &person.user);
        Some(Subscription { hub: self.clone(), id, wake })
    }

    /// Whom the hub tells what it learns of pages.
    pub(super) fn floor(&self) -> &Floor {
        &self.1
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Each change is complete before the lock is given back; a panic elsewhere must not end every feed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
