//! The floor's rows: who may see which, and what stands in them.

use super::doors::{Doors, Seen};
use super::quality;
use super::shown::Shown;
use super::state::TenantState;
use crate::directory::Person;
use crate::rights::{Act, Reach, may_at, may_to, reach};
use crate::walls::Link;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use wire::{Change, Floor, FloorAgent, FloorQueue, Membership, Peer, Staff, WaitingCaller, WaitingDoor};

/// What one person may see of the floor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scope {
    agents: BTreeSet<String>,
    queues: BTreeSet<String>,
    figures: BTreeSet<String>,
    doors: Seen,
    steers: bool,
    /// A screen: it sees how many agents do what, of callers only how long they wait, and nobody's name.
    screen: bool,
}

impl Scope {
    /// `None` for whoever may see nothing of the floor.
    pub fn of(person: &Person, people: &[Arc<Person>], queues: &BTreeMap<String, Shown>, doors: &Doors) -> Option<Self> {
        let rows = [Act::SeeFloorAgents, Act::SeeFloorQueues, Act::SeeFloorFigures];
        if rows.into_iter().all(|act| reach(&person.roles, act) < Reach::Sites) {
            return None;
        }
        let at = |act| {
            let seen = queues.iter().filter(move |(_, shown)| may_at(person, act, std::iter::once(shown.site.as_str())));
            seen.map(|(name, _)| name.clone()).collect()
        };
        let agents = people.iter().filter(|other| may_to(person, Act::SeeFloorAgents, other));
        Some(Self {
            agents: agents.map(|other| other.user.clone()).collect(),
            queues: at(Act::SeeFloorQueues),
            figures: at(Act::SeeFloorFigures),
            doors: doors.seen_by(person),
            steers: reach(&person.roles, Act::SteerPause) >= Reach::Sites,
            screen: false,
        })
    }

    /// What a link to the wallboard shows; `None` where nothing is left of it.
    pub fn of_link(link: &Link, people: &[Arc<Person>], queues: &BTreeMap<String, Shown>) -> Option<Self> {
        let maker = people.iter().find(|person| person.id == link.maker)?;
        let seen = queues.iter().filter(|(name, shown)| link.shows(maker, name, &shown.site));
        let queues: BTreeSet<String> = seen.map(|(name, _)| name.clone()).collect();
        let nothing = queues.is_empty();
        let scope = Self { agents: BTreeSet::new(), figures: queues.clone(), queues, doors: Seen::default(), steers: false, screen: true };
        (!nothing).then_some(scope)
    }

    /// It is that of a screen.
    pub fn screen(&self) -> bool {
        self.screen
    }

    /// A queue's row.
    pub fn queue_row(&self, shown: &Shown) -> FloorQueue {
        let mut row = shown.floor(|site| self.doors.site(site));
        if self.screen {
            for caller in &mut row.queue.first {
                let door = caller.door.as_ref().map(|_| WaitingDoor::default());
                *caller = WaitingCaller { since: caller.since, door, ..WaitingCaller::default() };
            }
            for alarm in &mut row.known {
                alarm.by.clear();
            }
        }
        row
    }

    pub fn agent(&self, user: &str) -> bool {
        self.agents.contains(user)
    }

    pub fn queue(&self, name: &str) -> bool {
        self.queues.contains(name)
    }

    pub fn figures(&self, name: &str) -> bool {
        self.figures.contains(name)
    }
}

/// What pages with the same scope share: the scope, and agents' rows as they were last written for it. Two hundred supervisors of one
/// floor would otherwise have each row made two hundred times.
#[derive(Debug)]
pub(super) struct View {
    scope: Scope,
    rows: Mutex<HashMap<String, Arc<str>>>,
}

impl View {
    /// The view of a scope, which may be somebody's already.
    pub fn of<'a>(scope: Scope, mut others: impl Iterator<Item = &'a Arc<Self>>) -> Arc<Self> {
        let known = others.find(|other| other.scope == scope).cloned();
        known.unwrap_or_else(|| Arc::new(Self { scope, rows: Mutex::default() }))
    }

    /// An agent's row is another one from now on.
    pub fn forget(&self, user: &str) {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).remove(user);
    }

    /// An agent's row as the change that shows it, in JSON.
    pub fn row(&self, tenant: &TenantState, user: &str) -> Option<Arc<str>> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = rows.get(user) {
            return Some(row.clone());
        }
        let agent = tenant.floor_agent(&self.scope, user)?;
        let row: Arc<str> = serde_json::to_string(&Change::FloorAgent { agent }).ok()?.into();
        rows.insert(user.to_owned(), row.clone());
        Some(row)
    }
}

impl Deref for View {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.scope
    }
}

impl TenantState {
    /// Everything of the floor in a scope.
    pub fn floor(&self, scope: &Scope) -> Floor {
        let queues = self.queues.iter().filter(|(name, _)| scope.queue(name));
        let figures = self.figures.values().filter(|figures| scope.figures(&figures.queue));
        Floor {
            agents: self.people.keys().filter_map(|user| self.floor_agent(scope, user)).collect(),
            queues: queues.map(|(_, shown)| scope.queue_row(shown)).collect(),
            figures: figures.cloned().collect(),
            staff: scope.screen().then(|| self.staff(scope)),
            steers: scope.steers,
        }
    }

    /// How many agents of the scope's queues do what.
    pub fn staff(&self, scope: &Scope) -> Staff {
        let here = |queues: &[Membership]| queues.iter().any(|of| scope.queue(&of.queue));
        Staff::of(self.agents.values().filter(|(_, queues)| here(queues)).map(|(status, _)| status))
    }

    /// An agent's row; `None` for somebody in no queue or out of the scope. Queues of other sites are left out of it.
    pub fn floor_agent(&self, scope: &Scope, user: &str) -> Option<FloorAgent> {
        let (status, queues) = self.agents.get(user).filter(|_| scope.agent(user))?;
        let one_queue = queues.len() == 1;
        let queues = queues.iter().filter(|of| scope.queue(&of.queue)).cloned().collect::<Vec<Membership>>();
        let calls = self.calls.get(user).into_iter().flat_map(BTreeMap::values);
        // A call of another site's queue is nobody's business here but for the state that it makes.
        let calls = calls.filter(|call| call.queue.as_ref().is_none_or(|of| scope.queue(&of.name)));
        let mut call = calls.min_by_key(|call| call.started_at).cloned();
        let elsewhere = |door: &str| self.doors.at(door).is_some_and(|door| !scope.doors.site(&door.site));
        if let Some(call) = call.as_mut().filter(|call| elsewhere(&call.peer.address)) {
            call.peer = Peer { address: String::new(), display_name: None };
        }
        let quality = quality::shown(self.sounds.get(user), call.as_ref());
        Some(FloorAgent { user: user.to_owned(), status: status.clone(), queues, one_queue, call, quality })
    }
}
