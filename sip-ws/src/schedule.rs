//! Deadlines by key: the next one and the due ones in order, without a look at the others.

use std::collections::{BTreeMap, BTreeSet};

use crate::io::Millis;

/// At most one deadline per key.
#[derive(Clone, Debug)]
pub(crate) struct Schedule<K> {
    by_time: BTreeSet<(Millis, K)>,
    by_key: BTreeMap<K, Millis>,
}

impl<K: Copy + Ord> Schedule<K> {
    pub(crate) const fn new() -> Self {
        Self { by_time: BTreeSet::new(), by_key: BTreeMap::new() }
    }

    /// Sets, moves or (with `None`) clears the deadline of a key.
    pub(crate) fn set(&mut self, key: K, at: Option<Millis>) {
        if self.by_key.get(&key).copied() == at {
            return;
        }
        if let Some(old) = self.by_key.remove(&key) {
            self.by_time.remove(&(old, key));
        }
        if let Some(at) = at {
            self.by_key.insert(key, at);
            self.by_time.insert((at, key));
        }
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest deadline if it is due.
    pub(crate) fn pop_due(&mut self, now: Millis) -> Option<K> {
        let (at, key) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.by_time.remove(&(at, key));
        self.by_key.remove(&key);
        Some(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_key.len()
    }
}
