//! Places that are kept for callers whose call broke off: whoever calls again soon gets the same place.

use super::io::Name;
use serde::{Deserialize, Serialize};
use sip_ws::io::Millis;
use std::collections::{BTreeMap, BTreeSet};

/// How long a place is kept after its caller is gone, in milliseconds.
pub const KEPT_MS: u64 = 30_000;
/// Places of callers who left that are kept at one time; beyond it the oldest one is given up. Those of callers whom a restart cut off are
/// no more than callers there were.
const MAX_KEPT: usize = 10_000;

/// A caller's place in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Tenant row id.
    pub tenant: String,
    /// Whose place.
    pub caller: String,
    /// Name to show.
    pub display: String,
    /// In which queue.
    pub queue: String,
    /// The queue that they called, wherever they are since; empty where that was not stored, and a call of any queue counts.
    #[serde(default)]
    pub dialled: String,
    /// Since when, UTC ms.
    pub since: i64,
    /// Session identifier of the call that has or had it.
    pub contact: String,
    /// When they came into this queue, UTC ms; 0 where that was not stored, and `since` counts.
    #[serde(default)]
    pub entered: i64,
    /// Priority.
    #[serde(default)]
    pub priority: u8,
    /// The caller has left: the contact has ended, and only the place is kept.
    pub left: bool,
}

impl Place {
    /// The caller as a name.
    pub fn caller(&self) -> Name {
        Name::new(&self.tenant, &self.caller)
    }

    /// The queue that was called.
    pub fn dialled(&self) -> Name {
        let dialled = if self.dialled.is_empty() { &self.queue } else { &self.dialled };
        Name::new(&self.tenant, dialled)
    }

    /// Whether a call of this queue is one for the place.
    pub fn is_meant_by(&self, queue: &Name) -> bool {
        *self.tenant == *queue.tenant && (self.dialled.is_empty() || [&*self.queue, &*self.dialled].contains(&&*queue.name))
    }

    /// The queue as a name.
    pub fn queue(&self) -> Name {
        Name::new(&self.tenant, &self.queue)
    }
}

/// A kept place.
#[derive(Debug)]
struct Kept {
    place: Place,
    until: Millis,
}

/// All kept places.
#[derive(Debug, Default)]
pub(super) struct Places {
    kept: BTreeMap<Name, Kept>,
    /// Those of callers who left, the oldest first.
    left: BTreeSet<(Millis, Name)>,
}

impl Places {
    /// Keeps a place for a while. Returns until when, and whose place of somebody who left had to go instead.
    pub fn keep(&mut self, now: Millis, place: Place) -> (Millis, Option<Place>) {
        let (until, caller) = (now.plus(KEPT_MS), place.caller());
        self.remove(&caller);
        if place.left {
            self.left.insert((until, caller.clone()));
        }
        self.kept.insert(caller, Kept { place, until });
        let over = if self.left.len() > MAX_KEPT { self.left.first().map(|(_, oldest)| oldest.clone()) } else { None };
        (until, over.and_then(|oldest| self.remove(&oldest)).map(|kept| kept.place))
    }

    /// The place of a caller.
    pub fn of(&self, caller: &Name) -> Option<&Place> {
        self.kept.get(caller).map(|kept| &kept.place)
    }

    /// The place of a caller who is back.
    pub fn take(&mut self, now: Millis, caller: &Name) -> Option<Place> {
        let kept = self.remove(caller)?;
        (kept.until > now).then_some(kept.place)
    }

    /// Gives up a place whose time is over.
    pub fn expire(&mut self, now: Millis, caller: &Name) -> Option<Place> {
        if self.kept.get(caller)?.until > now {
            return None;
        }
        self.remove(caller).map(|kept| kept.place)
    }

    fn remove(&mut self, caller: &Name) -> Option<Kept> {
        let kept = self.kept.remove(caller)?;
        self.left.remove(&(kept.until, caller.clone()));
        Some(kept)
    }
}
