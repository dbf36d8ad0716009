//! Attempts since a moment, by address, account or browser: how many there were, and how long nothing is looked at.

use super::gate::{Attempt, Kept, Locked, News};
use crate::ids::PersonId;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::net::IpAddr;
use wire::{LockoutKind, UnixMs};

/// Attempts are counted over this time, from the first one on.
pub(super) const WINDOW_MS: i64 = 15 * 60 * 1000;
/// Addresses and accounts that are remembered. A flood from more of them pushes out the oldest.
const MAX_KEYS: usize = 20_000;
/// People whose accounts were tried that are remembered with a count.
const MAX_PEOPLE: usize = 16;

#[derive(Debug)]
pub(super) struct Window<K>(HashMap<K, Count>);

/// Attempts since a moment.
#[derive(Debug)]
struct Count {
    since: UnixMs,
    count: u32,
    address: IpAddr,
    people: Vec<PersonId>,
}

impl<K> Default for Window<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq + Clone + Debug + Serialize> Window<K> {
    /// Seconds until something is looked at again.
    pub fn wait(&self, key: &K, limit: u32, now: UnixMs) -> Option<u32> {
        let left = self.0.get(key)?.left(limit, now);
        (left > 0).then(|| u32::try_from(left / 1000 + 1).unwrap_or(u32::MAX))
    }

    /// Counts an attempt. Gives what is to be kept: the lock-out where with it the limit is reached, which from that moment on lasts its
    /// whole time, or the count.
    pub fn count(&mut self, kind: LockoutKind, key: K, attempt: Attempt<'_>, limit: u32, now: UnixMs) -> Option<News> {
        if self.0.len() >= MAX_KEYS && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let fresh = || Count { since: now, count: 0, address: attempt.address, people: Vec::new() };
        let entry = self.0.entry(key.clone()).or_insert_with(fresh);
        if entry.since + WINDOW_MS <= now {
            *entry = fresh();
        }
        entry.count += 1;
        entry.address = attempt.address;
        if let Some(person) = attempt.person.filter(|person| !entry.people.contains(person) && entry.people.len() < MAX_PEOPLE) {
            entry.people.push(person.clone());
        }
        if entry.count != limit {
            return entry.kept(kind, &key, entry.count).map(News::Counted);
        }
        entry.since = now;
        entry.kept(kind, &key, u32::MAX).map(News::Begun)
    }

    /// A lock-out or a count of before a restart.
    pub fn restore(&mut self, key: K, locked: Locked, count: u32) {
        self.0.insert(key, Count { since: locked.since, count, address: locked.address, people: locked.people });
    }

    /// Takes an attempt back, or all of them. Gives what is to be kept of them.
    pub fn give_back(&mut self, kind: LockoutKind, key: &K, forgive: bool) -> Option<News> {
        let entry = self.0.get_mut(key)?;
        entry.count = if forgive { 0 } else { entry.count.saturating_sub(1) };
        if entry.count > 0 {
            return entry.kept(kind, key, entry.count).map(News::Counted);
        }
        self.0.remove(key);
        Some(News::Over(id(kind, key)))
    }

    /// The lock-outs that last.
    pub fn locked(&self, kind: LockoutKind, limit: u32, now: UnixMs) -> Vec<Locked> {
        let lasting = self.0.iter().filter(|(_, entry)| entry.left(limit, now) > 0);
        lasting.map(|(key, entry)| entry.locked(kind, key)).collect()
    }

    /// Forgets the one with this id. Says whether there was one.
    pub fn lift(&mut self, kind: LockoutKind, wanted: &str) -> bool {
        let key = self.0.keys().find(|key| id(kind, *key) == wanted).cloned();
        key.is_some_and(|key| self.0.remove(&key).is_some())
    }

    fn make_room(&mut self, now: UnixMs) {
        self.0.retain(|_, entry| entry.since + WINDOW_MS > now);
        if self.0.len() >= MAX_KEYS {
            // A quarter at once, so that a flood does not pay for each entry.
            let mut ages: Vec<UnixMs> = self.0.values().map(|entry| entry.since).collect();
            ages.sort_unstable();
            let limit = ages[MAX_KEYS / 4];
            self.0.retain(|_, entry| entry.since > limit);
        }
    }
}

impl Count {
    fn locked<K: Debug>(&self, kind: LockoutKind, key: &K) -> Locked {
        let (since, until) = (self.since, self.since + WINDOW_MS);
        Locked { id: id(kind, key), kind, people: self.people.clone(), address: self.address, since, until }
    }

    fn kept<K: Debug + Serialize>(&self, kind: LockoutKind, key: &K, tries: u32) -> Option<Kept> {
        let locked = self.locked(kind, key);
        serde_json::to_string(key).ok().map(|key| Kept { locked, key, tries })
    }

    /// Milliseconds that nothing is looked at.
    fn left(&self, limit: u32, now: UnixMs) -> i64 {
        if self.count >= limit { self.since + WINDOW_MS - now } else { 0 }
    }
}

/// What a lock-out is known by outside: it says nothing about its key.
fn id<K: Debug>(kind: LockoutKind, key: &K) -> String {
    crate::keys::token_digest(&format!("{kind:?} {key:?}"))[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_keys_stays_bounded() {
        let address = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        let attempt = Attempt { address, account: "x", person: None, known: None };
        let mut window = Window::default();
        for key in 0..100_000_u32 {
            window.count(LockoutKind::Account, key, attempt, 10, i64::from(key));
        }
        assert!(window.0.len() <= MAX_KEYS);
    }
}
