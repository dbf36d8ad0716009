//! The state behind all feeds, and what each connected page has not been told yet.

use super::doors::Doors;
use super::floor::View;
use super::quality::Sounds;
use super::shown::Shown;
use crate::directory::Person as Account;
use crate::floor::Floor;
use crate::ids::TenantId;
use crate::rights::{Act, Reach, may_at, reach};
use crate::store::MAX_UNREAD;
use crate::walls::{Link, is_screen};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::Notify;
use wire::{AgentStatus, CallItem, Change, Choice, FeedEnd, Membership, Person, Phone, QueueFigures, Release, Told};

/// Urgent changes that may wait for a slow page; one more and it gets a snapshot instead.
const MAX_URGENT: usize = 64;

#[derive(Debug, Default)]
pub(super) struct State {
    pub tenants: HashMap<TenantId, TenantState>,
    pub clients: HashMap<u64, Client>,
    pub last_client: u64,
    pub last_told: u64,
}

#[derive(Debug, Default)]
pub(super) struct TenantState {
    /// By user name.
    pub people: BTreeMap<String, Person>,
    /// By user name, then contact.
    pub calls: HashMap<String, BTreeMap<String, CallItem>>,
    /// By user name: how their calls sound.
    pub sounds: HashMap<String, Sounds>,
    /// By user name: whoever is in a queue.
    pub agents: HashMap<String, (AgentStatus, Vec<Membership>)>,
    /// By name.
    pub queues: BTreeMap<String, Shown>,
    /// Doors of the configuration.
    pub doors: Doors,
    /// By queue.
    pub figures: BTreeMap<String, QueueFigures>,
    pub pause_reasons: Vec<Choice>,
    /// Of all queues, by what is shown.
    pub queue_names: Vec<Choice>,
    /// Everybody, for rights.
    pub accounts: Vec<Arc<Account>>,
    /// Of the last minutes, oldest first.
    pub releases: Vec<Release>,
    /// By user name: what they have not read, oldest first.
    pub told: HashMap<String, Vec<Told>>,
}

#[derive(Debug)]
pub(super) struct Client {
    pub person: Arc<Account>,
    /// It is no person but a screen with this link to the wallboard.
    pub link: Option<Arc<Link>>,
    /// What of the floor this person may see.
    pub scope: Option<Arc<View>>,
    pub session: String,
    pub seq: u64,
    pub pending: Pending,
    pub silent: bool,
    /// Its phone, where it has said something of one.
    pub phone: Option<Phone>,
    pub wake: Arc<Notify>,
}

#[derive(Debug, Default)]
pub(super) struct Pending {
    pub people: BTreeSet<String>,
    pub queues: BTreeSet<String>,
    pub floor_agents: BTreeSet<Arc<str>>,
    pub floor_queues: BTreeSet<String>,
    pub floor_figures: BTreeSet<String>,
    pub floor_staff: bool,
    pub agent: bool,
    pub urgent: Vec<Change>,
    pub resync: bool,
    pub end: Option<FeedEnd>,
}

impl TenantState {
    /// Keeps what a person was told until they have read it.
    pub fn unread(&mut self, user: &str, told: Told) {
        let unread = self.told.entry(user.to_owned()).or_default();
        if unread.len() >= MAX_UNREAD {
            unread.remove(0);
        }
        unread.push(told);
    }
}

impl State {
    pub fn change_person(&mut self, tenant: &TenantId, user: &str, change: impl FnOnce(&mut Person)) {
        let Some(person) = self.tenants.get_mut(tenant).and_then(|t| t.people.get_mut(user)) else { return };
        let before = person.clone();
        change(person);
        if *person == before {
            return;
        }
        for client in self.clients.values_mut().filter(|client| client.of(tenant)) {
            client.note(|pending| pending.people.extend([user.to_owned()]));
        }
    }

    /// Who has a page and belongs to a queue.
    pub fn members(&self) -> BTreeSet<(TenantId, String)> {
        let is_member = |client: &&Client| {
            let queues = self.tenants.get(&client.person.tenant).map(|t| t.queues.values());
            queues.into_iter().flatten().any(|queue| queue.members.contains(&client.person.user))
        };
        let members = self.clients.values().filter(is_member);
        members.map(|client| (client.person.tenant.clone(), client.person.user.clone())).collect()
    }

    pub fn urgent(&mut self, tenant: &TenantId, user: &str, change: &Change) {
        for client in self.clients.values_mut().filter(|c| c.is(tenant, user)) {
            client.urgent(change);
        }
    }

    /// An agent's row of the floor changed.
    pub fn floor_agent(&mut self, tenant: &TenantId, user: &str) {
        if !self.tenants.get(tenant).is_some_and(|t| t.agents.contains_key(user)) {
            return;
        }
        let user: Arc<str> = user.into();
        let mut last: Option<Arc<View>> = None;
        for client in self.clients.values_mut().filter(|c| c.of(tenant)) {
            match &client.scope {
                Some(view) if view.screen() => client.note(|pending| pending.floor_staff = true),
                Some(view) if view.agent(&user) => {
                    // Most pages share the view of the page before.
                    if !last.as_ref().is_some_and(|last| Arc::ptr_eq(last, view)) {
                        view.forget(&user);
                        last = Some(view.clone());
                    }
                    client.note(|pending| pending.floor_agents.extend([user.clone()]));
                }
                Some(_) | None => {}
            }
        }
    }

    /// A person is silent when pages of theirs are open and none of them answers.
    pub fn pages_changed(&mut self, floor: &Floor, tenant: &TenantId, user: &str) {
        if is_screen(user) {
            return;
        }
        let mut pages = self.clients.values().filter(|c| c.is(tenant, user)).peekable();
        let open = pages.peek().is_some();
        let silent = open && pages.all(|client| client.silent);
        floor.pages(tenant, user, open && !silent, self.phone_fault(tenant, user));
        self.change_person(tenant, user, |person| person.silent = silent);
    }
}

impl Client {
    /// Whether this page may do this, or is shown rows of this kind, at all.
    pub fn may(&self, act: Act) -> bool {
        match self.link {
            Some(_) => act.of_screens(),
            None => reach(&self.person.roles, act) != Reach::Nothing,
        }
    }

    pub fn of(&self, tenant: &TenantId) -> bool {
        self.person.tenant == *tenant
    }

    pub fn is(&self, tenant: &TenantId, user: &str) -> bool {
        self.of(tenant) && self.person.user == user
    }

    /// Notes what the page is to be told. It is woken only where it has to be told sooner than it knew: a floor that changes two hundred
    /// times a second wakes each page four times.
    pub fn note(&mut self, what: impl FnOnce(&mut Pending)) {
        let before = self.pending.due();
        what(&mut self.pending);
        if self.pending.due() > before {
            self.wake.notify_one();
        }
    }

    pub fn urgent(&mut self, change: &Change) {
        if self.pending.urgent.len() >= MAX_URGENT {
            self.pending.urgent.clear();
            self.pending.resync = true;
        } else {
            self.pending.urgent.push(change.clone());
        }
        self.wake.notify_one();
    }
}

/// Whether a person may see a release.
pub(super) fn sees(person: &Account, release: &Release) -> bool {
    may_at(person, Act::SeeReleases, std::iter::once(release.site.as_str()))
}

/// What a page has not been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// Something that may be collected for a while.
    Later,
    /// Something that goes at once.
    Now,
}

impl Pending {
    /// What of it is due.
    pub fn due(&self) -> Due {
        if self.resync || self.end.is_some() || self.agent || !self.urgent.is_empty() {
            return Due::Now;
        }
        let names = [&self.people, &self.queues, &self.floor_queues, &self.floor_figures];
        let later = self.floor_staff || !self.floor_agents.is_empty() || names.into_iter().any(|set| !set.is_empty());
        if later { Due::Later } else { Due::Nothing }
    }
}
